//! The judge and two real call agents over a bad network, in virtual time.
//!
//! Wires delay, repeat, reorder and lose messages; links are cut and come back; the server may
//! restart and forget everything. Users press buttons at random. Whatever happened, once the
//! network is well again both ends and the server must agree. A failing seed is printed;
//! `RINGDOVE_SEED=N cargo test -p ringdove-server simulation` runs it alone.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ringdove_call::{
    Agent, CallCommand, CallPhase, Input as CallInput, MediaAction, MediaEvent, MediaReport,
    Output, Timers,
};
use ringdove_protocol::{
    CallId, ClientMessage, Description, DescriptionKind, DeviceKey, EndReason, Media, Name, Person,
    PersonKind, RingRule, Role, ServerMessage, SessionId, Signal,
};

use super::{
    super::{Claim, Dialect, Effect, Hub, HubTimers, Input, Login, Now},
    no_limits,
};
use crate::{
    calls::{CallTimers, Departure},
    ice::IceSettings,
    join::Entry,
};

#[test]
fn both_ends_and_the_server_agree_over_a_bad_network() {
    each_seed(600, |seed| {
        let mut world = World::new(seed, Faults::BAD);
        world.live(Duration::from_secs(120));
        world.heal();
        world.check_agreement();
    });
}

#[test]
fn over_a_good_network_both_ends_tell_the_same_reason() {
    each_seed(600, |seed| {
        let mut world = World::new(seed, Faults::NONE);
        world.live(Duration::from_secs(120));
        world.heal();
        world.check_agreement();
        world.check_same_reasons();
    });
}

#[test]
fn glare_gives_one_call_in_whatever_order_the_messages_come() {
    each_seed(400, |seed| {
        let mut world = World::new(seed, Faults { cut: 0.0, loss: 0.0, ..Faults::BAD });
        world.users_act = false;
        for end in [0, 1] {
            let at = Duration::from_millis(world.rng.below(40));
            let call_id = world.fresh_call_id();
            world.schedule(at, Event::Press(end, Button::Call(call_id)));
        }
        world.run_until(Duration::from_secs(30));
        let phases = [0, 1].map(|end| world.phase(end));
        assert_eq!(phases, [Some(CallPhase::Active); 2], "{:?}", world.endings());
        world.check_agreement();
        assert_eq!(world.hub.call_count(), 1);
    });
}

fn each_seed(seeds: u64, run: impl Fn(u64)) {
    if let Ok(seed) = std::env::var("RINGDOVE_SEED") {
        return run(seed.parse().unwrap());
    }
    for seed in 0..seeds {
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(seed))) {
            #[allow(clippy::print_stderr, reason = "how to run it again")]
            {
                eprintln!("failed with RINGDOVE_SEED={seed}");
            }
            std::panic::resume_unwind(panic);
        }
    }
}

#[derive(Clone, Copy)]
struct Faults {
    /// Longest delay of a message, in milliseconds.
    delay_ms: u64,
    /// Whether a message may overtake another.
    reorder: bool,
    repeat: f64,
    loss: f64,
    /// That a link is cut, for each second.
    cut: f64,
    /// That the server restarts, for each second.
    restart: f64,
}

impl Faults {
    const NONE: Self =
        Self { delay_ms: 40, reorder: false, repeat: 0.0, loss: 0.0, cut: 0.0, restart: 0.0 };
    const BAD: Self =
        Self { delay_ms: 400, reorder: true, repeat: 0.1, loss: 0.05, cut: 0.03, restart: 0.01 };
}

/// What is due in the simulation.
#[derive(Clone, Debug)]
enum Event {
    ToServer(SessionId, ClientMessage),
    ToClient(SessionId, ServerMessage),
    Reconnect(usize),
    Report(usize, MediaReport),
    Press(usize, Button),
    /// The next second of random presses and faults.
    Second,
}

#[derive(Clone, Copy, Debug)]
enum Button {
    Accept,
    Call(CallId),
    Decline,
    HangUp,
}

/// One user with one device.
struct End {
    name: Name,
    key: DeviceKey,
    session: Option<SessionId>,
    agent: Agent,
    /// The call whose media runs.
    media: Option<CallId>,
    /// The calls that this user placed or accepted.
    consented: Vec<CallId>,
    ended: BTreeMap<CallId, EndReason>,
    /// When the wire in each direction delivers next, so that order is kept.
    up_free: Duration,
    down_free: Duration,
}

struct World {
    rng: Rng,
    faults: Faults,
    users_act: bool,
    now: Duration,
    epoch: Instant,
    hub: Hub,
    ends: [End; 2],
    due: BTreeMap<(Duration, u64), Event>,
    next: u64,
}

impl World {
    fn new(seed: u64, faults: Faults) -> Self {
        let end = |number: u8, name: &str| End {
            name: Name::parse(name).unwrap(),
            key: DeviceKey::from_bytes([number; 32]),
            session: None,
            agent: Agent::new(Timers::default()),
            media: None,
            consented: Vec::new(),
            ended: BTreeMap::new(),
            up_free: Duration::ZERO,
            down_free: Duration::ZERO,
        };
        let mut world = Self {
            rng: Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            faults,
            users_act: true,
            now: Duration::ZERO,
            epoch: Instant::now(),
            hub: fresh_hub(),
            ends: [end(1, "Anna"), end(2, "Bob")],
            due: BTreeMap::new(),
            next: 0,
        };
        world.connect(0);
        world.connect(1);
        world
    }

    /// Lets the users press buttons and the network misbehave.
    fn live(&mut self, time: Duration) {
        self.schedule(Duration::ZERO, Event::Second);
        self.run_until(self.now + time);
    }

    /// Lets the network be well and the users idle until nothing is left to happen.
    fn heal(&mut self) {
        self.faults = Faults::NONE;
        self.users_act = false;
        self.run_until(self.now + Duration::from_secs(200));
    }

    fn run_until(&mut self, end: Duration) {
        while let Some(at) = self.next_at().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = end;
    }

    fn next_at(&self) -> Option<Duration> {
        let event = self.due.keys().next().map(|(at, _)| *at);
        let hub = self.hub.poll_timeout().map(|at| at.duration_since(self.epoch));
        let agents = self.ends.iter().filter_map(|end| end.agent.poll_timeout());
        agents.chain(event).chain(hub).min()
    }

    fn step(&mut self) {
        if let Some(entry) = self.due.first_entry()
            && entry.key().0 <= self.now
        {
            let event = entry.remove();
            self.happen(event);
        } else if self.hub.poll_timeout().is_some_and(|at| at <= self.clock().instant) {
            self.hub.on_timeout(self.clock());
            self.carry_out_effects();
        } else {
            for end in 0..2 {
                if self.ends[end].agent.poll_timeout().is_some_and(|at| at <= self.now) {
                    self.agent(end, CallInput::Timeout);
                }
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::ToServer(session, message) => {
                if self.owner(session).is_some() {
                    self.hub.handle(self.clock(), Input::Message { session, message });
                    self.carry_out_effects();
                }
            }
            Event::ToClient(session, message) => {
                if let Some(end) = self.owner(session) {
                    if let ServerMessage::CallAccepted { call_id, replaces: Some(lost), .. } =
                        message
                        && self.ends[end].consented.contains(&lost)
                    {
                        // Glare: who called the other wants the one call that comes of both.
                        self.ends[end].consented.push(call_id);
                    }
                    self.agent(end, CallInput::Server(message));
                }
            }
            Event::Reconnect(end) => {
                if self.ends[end].session.is_none() {
                    self.connect(end);
                }
            }
            Event::Report(end, report) => self.agent(end, CallInput::Media(report)),
            Event::Press(end, button) => self.press(end, button),
            Event::Second => self.second(),
        }
    }

    /// One second of a user's whims and the network's.
    fn second(&mut self) {
        if !self.users_act {
            return;
        }
        self.schedule(Duration::from_secs(1), Event::Second);
        for end in 0..2 {
            let at = Duration::from_millis(self.rng.below(1000));
            let button = match self.rng.below(12) {
                0 => Button::Call(self.fresh_call_id()),
                1 | 2 => Button::Accept,
                3 => Button::Decline,
                4 => Button::HangUp,
                _ => continue,
            };
            self.schedule(at, Event::Press(end, button));
        }
        for end in 0..2 {
            if self.rng.chance(self.faults.cut) {
                self.cut(end);
            }
        }
        if self.rng.chance(self.faults.restart) {
            self.hub = fresh_hub();
            for end in 0..2 {
                self.lose_session(end);
            }
        }
    }

    fn press(&mut self, end: usize, button: Button) {
        let peer = Person { name: self.ends[1 - end].name.clone(), kind: PersonKind::User };
        let media = Media::VIDEO;
        let (command, says_yes) = match button {
            Button::Accept => (CallCommand::Accept { media }, true),
            Button::Call(call_id) => (CallCommand::Place { call_id, to: peer, media }, true),
            Button::Decline => (CallCommand::Decline, false),
            Button::HangUp => (CallCommand::HangUp, false),
        };
        if says_yes {
            self.ends[end].consented.extend(self.open_call(end));
        }
        self.agent(end, CallInput::Command(command));
        if says_yes {
            self.ends[end].consented.extend(self.open_call(end));
        }
    }

    fn connect(&mut self, end: usize) {
        let session = SessionId::from_bytes(self.rng.bytes());
        self.ends[end].session = Some(session);
        let (account, name) = (self.ends[end].key, self.ends[end].name.clone());
        let (rings, entry) = (RingRule::default(), Entry::Free);
        let login = Login { account, device: account, name, rings, entry };
        let now = self.clock();
        self.hub.handle(now, Input::Opened { session, dialect: Dialect::Ringdove });
        self.hub.handle(now, Input::Login { session, login });
        self.carry_out_effects();
        self.agent(end, CallInput::LinkUp);
    }

    fn cut(&mut self, end: usize) {
        let Some(session) = self.ends[end].session else { return };
        let departure = Departure::Lost;
        self.hub.handle(self.clock(), Input::Closed { session, departure });
        self.carry_out_effects();
        self.lose_session(end);
    }

    fn lose_session(&mut self, end: usize) {
        if self.ends[end].session.take().is_some() {
            self.agent(end, CallInput::LinkDown);
            let at = Duration::from_millis(self.rng.below(8000));
            self.schedule(at, Event::Reconnect(end));
        }
    }

    fn carry_out_effects(&mut self) {
        while let Some(effect) = self.hub.poll_effect() {
            match effect {
                Effect::Claim { session, claim: Claim { account, name, .. } } => {
                    let claimed = Input::Claimed { session, account, result: Ok(name) };
                    self.hub.handle(self.clock(), claimed);
                }
                Effect::Close { session, .. } => {
                    panic!("{:?} was closed", self.owner(session));
                }
                // Who is there is no affair of a call.
                Effect::Snapshot { .. } => {}
                Effect::Send { to, frame } => {
                    let message = ServerMessage::decode(&frame).unwrap();
                    for session in to {
                        self.send_down(session, &message);
                    }
                }
            }
        }
    }

    fn send_down(&mut self, session: SessionId, message: &ServerMessage) {
        let Some(end) = self.owner(session) else { return };
        let event = Event::ToClient(session, message.clone());
        let mut free = self.ends[end].down_free;
        self.travel(&mut free, event);
        self.ends[end].down_free = free;
    }

    fn send_up(&mut self, end: usize, message: ClientMessage) {
        let Some(session) = self.ends[end].session else { return };
        let mut free = self.ends[end].up_free;
        self.travel(&mut free, Event::ToServer(session, message));
        self.ends[end].up_free = free;
    }

    fn travel(&mut self, free: &mut Duration, event: Event) {
        let copies = if self.rng.chance(self.faults.repeat) { 2 } else { 1 };
        for _ in 0..copies {
            if self.rng.chance(self.faults.loss) {
                continue;
            }
            let mut at = self.now + Duration::from_millis(1 + self.rng.below(self.faults.delay_ms));
            if !self.faults.reorder {
                at = at.max(*free + Duration::from_nanos(1));
                *free = at;
            }
            self.schedule(at - self.now, event.clone());
        }
    }

    fn agent(&mut self, end: usize, input: CallInput) {
        let now = self.now;
        self.ends[end].agent.handle(now, input);
        while let Some(output) = self.ends[end].agent.poll_output() {
            match output {
                Output::Media(command) => self.media(end, command.call_id, command.action),
                Output::Refused(_) => {}
                Output::Send(message) => self.send_up(end, message),
                Output::View => self.note_view(end),
            }
        }
    }

    /// A media side that connects as soon as an offer was answered.
    fn media(&mut self, end: usize, call_id: CallId, action: MediaAction) {
        let side = &mut self.ends[end];
        match action {
            MediaAction::Start { role, .. } => {
                assert!(side.consented.contains(&call_id), "{:?} did not say yes", side.name);
                assert_eq!(side.media.replace(call_id), None, "two calls at once");
                if role == Role::Caller {
                    self.report(end, call_id, describe(DescriptionKind::Offer));
                }
            }
            MediaAction::Stop => {
                assert_eq!(side.media.take(), Some(call_id));
                // What ICE sees of it when nobody says so.
                let report = MediaReport { call_id, event: MediaEvent::Disconnected };
                self.schedule(Duration::from_secs(5), Event::Report(1 - end, report));
            }
            MediaAction::RestartIce => {
                assert_eq!(side.media, Some(call_id));
                self.report(end, call_id, describe(DescriptionKind::Offer));
            }
            MediaAction::Signal { signal: Signal::Description { description } } => {
                assert_eq!(side.media, Some(call_id));
                match description.kind {
                    DescriptionKind::Offer => {
                        self.report(end, call_id, describe(DescriptionKind::Answer));
                        self.report(end, call_id, MediaEvent::Connected);
                    }
                    DescriptionKind::Answer => self.report(end, call_id, MediaEvent::Connected),
                }
            }
            MediaAction::HangUp | MediaAction::Signal { .. } => {
                assert_eq!(side.media, Some(call_id));
            }
        }
    }

    fn report(&mut self, end: usize, call_id: CallId, event: MediaEvent) {
        let at = Duration::from_millis(self.rng.below(60));
        self.schedule(at, Event::Report(end, MediaReport { call_id, event }));
    }

    fn note_view(&mut self, end: usize) {
        let side = &mut self.ends[end];
        let Some(view) = side.agent.view(self.now) else { return };
        if let Some(end) = view.end {
            side.ended.insert(view.call_id, end.reason);
        }
    }

    fn schedule(&mut self, after: Duration, event: Event) {
        self.next += 1;
        self.due.insert((self.now + after, self.next), event);
    }

    fn owner(&self, session: SessionId) -> Option<usize> {
        self.ends.iter().position(|end| end.session == Some(session))
    }

    fn clock(&self) -> Now {
        Now { instant: self.epoch + self.now, unix: self.now }
    }

    fn fresh_call_id(&mut self) -> CallId {
        CallId::from_bytes(self.rng.bytes())
    }

    fn phase(&self, end: usize) -> Option<CallPhase> {
        self.ends[end].agent.view(self.now).map(|view| view.phase)
    }

    fn open_call(&self, end: usize) -> Option<CallId> {
        let view = self.ends[end].agent.view(self.now)?;
        (view.phase != CallPhase::Ended).then_some(view.call_id)
    }

    fn endings(&self) -> [&BTreeMap<CallId, EndReason>; 2] {
        self.ends.each_ref().map(|end| &end.ended)
    }

    fn check_agreement(&self) {
        let [anna, bob] = [0, 1].map(|end| self.open_call(end));
        assert_eq!(anna, bob, "{:?}", self.endings());
        if anna.is_some() {
            assert_eq!([0, 1].map(|end| self.phase(end)), [Some(CallPhase::Active); 2]);
            let roles = self.ends.each_ref().map(|e| e.agent.view(self.now).unwrap().role);
            assert_eq!(roles[0], roles[1].other());
        }
        assert_eq!(self.hub.call_count(), usize::from(anna.is_some()), "the server's record");
        assert_eq!(self.ends.each_ref().map(|end| end.media), [anna; 2], "media runs");
    }

    fn check_same_reasons(&self) {
        let [anna, bob] = self.ends.each_ref().map(|end| &end.ended);
        for (call_id, reason) in anna {
            if let Some(other) = bob.get(call_id) {
                assert_eq!(reason, other, "{call_id}");
            }
        }
    }
}

fn describe(kind: DescriptionKind) -> MediaEvent {
    let description = Description { kind, sdp: String::new() };
    MediaEvent::Signal { signal: Signal::Description { description } }
}

fn fresh_hub() -> Hub {
    let timers = HubTimers {
        // Impatient users are what is tested here.
        calls: CallTimers { limits: no_limits(), ..CallTimers::default() },
        login: Duration::from_secs(10),
        presence: Duration::from_millis(50),
        guest_list: Duration::from_millis(250),
    };
    let no_guests = Box::new(|| CallId::from_bytes([0; 16]));
    Hub::new(timers, IceSettings::default(), Vec::new(), no_guests)
}

/// xorshift64*: small, and the same on every machine.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn chance(&mut self, probability: f64) -> bool {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64 <= probability && probability > 0.0
    }

    fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }
}
