//! One device in virtual time: an agent, its clock, and what it asked for.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::time::Duration;

use ringdove_call::{
    Agent, CallCommand, CallPhase, CallView, EndedSide, Input, MediaAction, MediaCommand,
    MediaEvent, MediaReport, Output, Timers,
};
use ringdove_protocol::{
    CallId, ClientMessage, DeviceId, EndReason, EndedBy, Media, Name, Person, PersonKind, Role,
    ServerMessage, Signal,
};

pub const RING_LIMIT: Duration = Duration::from_secs(45);

pub struct Device {
    pub agent: Agent,
    pub now: Duration,
    pub sent: Vec<ClientMessage>,
    pub media: Vec<MediaCommand>,
    pub refused: Vec<ringdove_call::CallRefusal>,
}

impl Device {
    /// A device that is logged in.
    pub fn online() -> Self {
        let mut device = Self {
            agent: Agent::new(Timers::default()),
            now: Duration::ZERO,
            sent: Vec::new(),
            media: Vec::new(),
            refused: Vec::new(),
        };
        device.input(Input::LinkUp);
        device
    }

    /// A caller whose call is answered.
    pub fn answered() -> Self {
        let mut device = Self::online();
        device.place(call(1), "Bob");
        device.server(accepted(call(1), Role::Caller, "Bob", None));
        device.forget();
        device
    }

    /// A caller who talks.
    pub fn talking() -> Self {
        let mut device = Self::answered();
        device.report(call(1), MediaEvent::Connected);
        device.forget();
        device
    }

    pub fn input(&mut self, input: Input) {
        self.agent.handle(self.now, input);
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Media(command) => self.media.push(command),
                Output::Refused(refusal) => self.refused.push(refusal),
                Output::Send(message) => self.sent.push(message),
                Output::View => {}
            }
        }
    }

    pub fn command(&mut self, command: CallCommand) {
        self.input(Input::Command(command));
    }

    pub fn server(&mut self, message: ServerMessage) {
        self.input(Input::Server(message));
    }

    pub fn report(&mut self, call_id: CallId, event: MediaEvent) {
        self.input(Input::Media(MediaReport { call_id, event }));
    }

    pub fn place(&mut self, call_id: CallId, to: &str) {
        self.command(CallCommand::Place { call_id, to: person(to), media: Media::VIDEO });
    }

    pub fn accept(&mut self) {
        self.command(CallCommand::Accept { media: Media::VIDEO });
    }

    /// Lets time pass, with every timeout on the way, each of which must change something.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.agent.poll_timeout().filter(|deadline| *deadline <= end) {
            assert!(
                self.now < deadline || deadline == self.now,
                "a deadline in the past: {deadline:?} at {:?}",
                self.now
            );
            self.now = deadline;
            self.input(Input::Timeout);
            let next = self.agent.poll_timeout();
            assert!(next.is_none_or(|next| next > self.now), "a timeout that changes nothing");
        }
        self.now = end;
    }

    pub fn view(&self) -> Option<CallView> {
        self.agent.view(self.now)
    }

    pub fn phase(&self) -> Option<CallPhase> {
        self.view().map(|view| view.phase)
    }

    pub fn end(&self) -> Option<(EndReason, EndedSide)> {
        self.view().and_then(|view| view.end).map(|end| (end.reason, end.by))
    }

    pub fn actions(&self) -> Vec<&MediaAction> {
        self.media.iter().map(|command| &command.action).collect()
    }

    pub fn has_started_media(&self) -> bool {
        self.actions().iter().any(|action| matches!(action, MediaAction::Start { .. }))
    }

    pub fn count(&self, action: &MediaAction) -> usize {
        self.media.iter().filter(|command| command.action == *action).count()
    }

    /// Forgets what was asked for so far.
    pub fn forget(&mut self) {
        self.sent.clear();
        self.media.clear();
        self.refused.clear();
    }
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub fn call(number: u8) -> CallId {
    CallId::from_bytes([number; 16])
}

pub fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 8])
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

pub fn person(text: &str) -> Person {
    Person { name: name(text), kind: PersonKind::User }
}

pub fn invite(call_id: CallId, from: &str) -> ServerMessage {
    ServerMessage::CallInvite {
        call_id,
        from: person(from),
        media: Media::VIDEO,
        remaining_ms: 45_000,
        setup: None,
    }
}

pub fn accepted(
    call_id: CallId,
    role: Role,
    peer: &str,
    replaces: Option<CallId>,
) -> ServerMessage {
    ServerMessage::CallAccepted {
        call_id,
        role,
        peer: person(peer),
        media: Media::VIDEO,
        ice_servers: Vec::new(),
        replaces,
        setup: None,
    }
}

pub fn ended(call_id: CallId, reason: EndReason, by: EndedBy) -> ServerMessage {
    ServerMessage::CallEnded { call_id, reason, by }
}

pub fn candidate(text: &str) -> Signal {
    Signal::Candidate {
        candidate: Some(ringdove_protocol::Candidate {
            candidate: text.to_owned(),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        }),
    }
}

pub fn signal(call_id: CallId, seq: u32, signal: &Signal) -> ServerMessage {
    ServerMessage::CallSignal { call_id, from: name("Bob"), seq, body: signal.encode() }
}
