//! The server, the devices and what is between them, on one clock.

use std::{collections::BTreeMap, time::Duration};

use ringdove_call::{MediaReport, Timers};
use ringdove_client::{Input, Output, app::Command, app::Event as AppEvent};
use ringdove_protocol::{CallId, DescriptionKind, SessionId};
use ringdove_server::simulated::{Reply, SimulatedServer};
use ringdove_tests::Rng;

use crate::{
    device::{Device, Sleep},
    network::{Connection, Faults, Packet},
    users::Whim,
};

/// More frames than the server lets wait for a client that does not read.
const WAITING: usize = 256;
/// How long the server lets a client be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// What is due.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A try to connect reaches the server.
    Dial {
        connection: usize,
    },
    /// A client hears that its try came to nothing, or that its connection is gone.
    Gone {
        connection: usize,
        code: Option<u16>,
    },
    /// A client hears that its connection is open.
    Opened {
        connection: usize,
    },
    Packet {
        connection: usize,
        is_up: bool,
        packet: Packet,
    },
    /// The server notices that a connection is gone.
    Lost {
        connection: usize,
        code: u16,
    },
    ServerReturns,
    Second,
    Wake {
        device: usize,
    },
    Whim {
        device: usize,
        whim: Whim,
    },
    /// The media side makes an offer or an answer.
    Describe {
        device: usize,
        life: u64,
        call_id: CallId,
        kind: DescriptionKind,
    },
    Report {
        device: usize,
        life: u64,
        report: MediaReport,
    },
}

/// Which clockwork an event belongs to. Events of one moment happen in this order, so that a seed
/// gives the same run every time, whatever order the server's hash tables have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    World,
    Device(usize),
    Connection(usize),
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) rng: Rng,
    pub(crate) faults: Faults,
    pub(crate) users_act: bool,
    pub(crate) now: Duration,
    pub(crate) devices: Vec<Device>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) server: SimulatedServer,
    pub(crate) server_is_up: bool,
    pub(crate) wall: Duration,
    /// The wall clock does not jump after all.
    pub(crate) clock_is_fixed: bool,
    by_session: BTreeMap<SessionId, usize>,
    due: BTreeMap<(Duration, Lane, u64), Event>,
    scheduled: u64,
    steps_of_now: u32,
    /// What happened, for comparisons of two runs.
    pub(crate) history: Vec<String>,
    is_told: bool,
}

impl World {
    /// Nobody is signed in. `devices` says how many each account has.
    pub(crate) fn new(seed: u64, faults: Faults, devices: &[usize]) -> Self {
        let device = |(account, count): (usize, &usize)| {
            (0..*count).map(move |number| Device::new(account, number, seed)).collect::<Vec<_>>()
        };
        let mut world = Self {
            seed,
            rng: Rng::new(seed, 0),
            faults,
            users_act: true,
            now: Duration::ZERO,
            devices: devices.iter().enumerate().flat_map(device).collect(),
            connections: Vec::new(),
            server: SimulatedServer::new().unwrap(),
            server_is_up: true,
            wall: Duration::from_secs(1_800_000_000),
            clock_is_fixed: false,
            by_session: BTreeMap::new(),
            due: BTreeMap::new(),
            scheduled: 0,
            steps_of_now: 0,
            history: Vec::new(),
            is_told: std::env::var_os("RINGDOVE_SEED").is_some(),
        };
        world.server.set_wall_clock(world.wall);
        world.schedule(Lane::World, Duration::ZERO, Event::Second);
        for device in 0..world.devices.len() {
            world.command(device, world.devices[device].sign_in());
        }
        world
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.next_at().filter(|at| *at <= end) {
            self.step(at);
        }
        self.now = end;
    }

    /// Runs until something holds; fails after `limit`.
    pub(crate) fn run_until(&mut self, limit: Duration, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = self.now + limit;
        while !holds(self) {
            let at = self.next_at().filter(|at| *at <= end);
            self.step(at.unwrap_or_else(|| panic!("not within {limit:?}: {what}")));
        }
    }

    /// Everything is well again, and users leave calls as they are, until nothing is left to happen.
    pub(crate) fn heal(&mut self) {
        self.faults = Faults::NONE;
        self.users_act = false;
        self.run(Duration::from_secs(200));
    }

    fn next_at(&self) -> Option<Duration> {
        let event = self.due.keys().next().map(|(at, ..)| *at);
        let server = self.server.poll_timeout().filter(|_| self.server_is_up);
        let devices = self.devices.iter().filter_map(Device::poll_timeout);
        devices.chain(event).chain(server).min()
    }

    fn step(&mut self, at: Duration) {
        self.steps_of_now = if at > self.now { 0 } else { self.steps_of_now + 1 };
        assert!(self.steps_of_now < 10_000, "time stands still");
        self.now = self.now.max(at);
        let device =
            self.devices.iter().position(|d| d.poll_timeout().is_some_and(|at| at <= self.now));
        if let Some(device) = device {
            self.input(device, Input::Timeout);
        } else if self.server_is_up && self.server.poll_timeout().is_some_and(|at| at <= self.now) {
            self.server.on_timeout(self.now);
            self.carry_out();
        } else if let Some((_, event)) = self.due.pop_first() {
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Dial { connection } => self.dial(connection),
            Event::Gone { connection, code } => {
                if let Some(device) = self.client_of(connection) {
                    self.devices[device].connection = None;
                    self.input(device, Input::Closed { code, trouble: None });
                }
            }
            Event::Opened { connection } => {
                if let Some(device) = self.client_of(connection) {
                    self.input(device, Input::Opened);
                }
            }
            Event::Packet { connection, is_up, packet } => self.arrive(connection, is_up, packet),
            Event::Lost { connection, code } => self.lose(connection, code),
            Event::ServerReturns => {
                self.server_is_up = true;
                self.server.restart(self.now).unwrap();
            }
            Event::Second => self.second(),
            Event::Wake { device } => self.wake(device),
            Event::Whim { device, whim } => self.whim(device, whim),
            Event::Describe { device, life, call_id, kind } => {
                if self.devices[device].life == life {
                    let event = self.devices[device].describe(kind);
                    let report = MediaReport { call_id, event };
                    self.command(device, Command::Media { report });
                }
            }
            Event::Report { device, life, report } => {
                if self.devices[device].life == life {
                    self.command(device, Command::Media { report });
                }
            }
        }
    }

    fn second(&mut self) {
        self.schedule(Lane::World, Duration::from_secs(1), Event::Second);
        for device in &self.devices {
            if device.sleep.is_none() {
                device.witness.check_deadlines(device.clock(self.now), &Timers::default());
            }
        }
        assert!(self.server.call_count() <= self.devices.len(), "calls pile up");
        assert!(self.server.session_count() <= self.connections.len());
        if self.users_act {
            self.draw_whims();
            self.draw_faults();
        }
    }

    pub(crate) fn command(&mut self, device: usize, command: Command) {
        self.input(device, Input::Command(command));
    }

    pub(crate) fn input(&mut self, device: usize, input: Input) {
        if self.is_told && !matches!(input, Input::Timeout) {
            self.tell(format_args!("{}: {input:?}", self.label(device)));
        }
        for output in self.devices[device].handle(self.now, input) {
            match output {
                Output::Close { code } => self.close(device, code),
                Output::Connect { .. } => self.connect(device),
                Output::Event(AppEvent::Link { link }) => {
                    self.note(device, format_args!("{link:?}"));
                    self.devices[device].link = link;
                }
                Output::Event(AppEvent::Media { command }) => {
                    self.note(device, format_args!("{command:?}"));
                    self.media(device, command);
                }
                Output::Event(AppEvent::Call { call, .. }) => {
                    let call = call.map(|call| (call.call_id, call.role, call.phase, call.end));
                    self.note(device, format_args!("{call:?}"));
                }
                Output::Event(_) | Output::Keep { .. } => {}
                Output::Send { text } => {
                    if let Some(connection) = self.devices[device].connection {
                        self.send(connection, true, Packet::Text(text));
                    }
                }
            }
        }
    }

    fn connect(&mut self, device: usize) {
        let connection = self.connections.len();
        self.connections.push(Connection::new(device, self.seed, connection));
        self.devices[device].connection = Some(connection);
        let refused = self.rng.chance(self.faults.refuse);
        let slow = refused && self.rng.chance(0.3);
        // A slow one comes up when its client has given up on it.
        let limit = if slow { 8000 } else { self.faults.delay_ms };
        let at = Duration::from_millis(1 + self.rng.below(limit));
        let gone = Event::Gone { connection, code: None };
        let event = if refused && !slow { gone } else { Event::Dial { connection } };
        self.schedule(Lane::Connection(connection), at, event);
    }

    /// The client closes its transport.
    fn close(&mut self, device: usize, code: u16) {
        if let Some(connection) = self.devices[device].connection.take() {
            self.send(connection, true, Packet::Close(code));
        }
    }

    fn dial(&mut self, connection: usize) {
        let lane = Lane::Connection(connection);
        let at = Duration::from_millis(1 + self.faults.delay_ms / 2);
        if !self.server_is_up {
            return self.schedule(lane, at, Event::Gone { connection, code: None });
        }
        let session = self.server.open(self.now, false);
        self.by_session.insert(session, connection);
        self.connections[connection].session = Some(session);
        self.schedule(lane, at, Event::Opened { connection });
        // What the server says must not overtake that the connection is open.
        let hello = self.now + at;
        self.connections[connection].down.not_before(hello);
        self.carry_out();
    }

    fn send(&mut self, connection: usize, is_up: bool, packet: Packet) {
        let (now, faults) = (self.now, self.faults);
        for at in self.connections[connection].arrivals(now, &faults, is_up, &packet) {
            let packet = packet.clone();
            let event = Event::Packet { connection, is_up, packet };
            self.schedule(Lane::Connection(connection), at - now, event);
        }
        let waiting = self.connections[connection].down.under_way;
        assert!(waiting < 10 * WAITING, "{waiting} frames wait");
    }

    fn arrive(&mut self, connection: usize, is_up: bool, packet: Packet) {
        if !self.connections[connection].arrives(self.now, is_up) {
            return;
        }
        match (is_up, packet) {
            (true, Packet::Text(text)) => {
                if let Some(session) = self.connections[connection].session {
                    self.server.text(self.now, session, &text);
                    self.carry_out();
                }
            }
            (true, Packet::Close(code)) => self.lose(connection, code),
            (false, Packet::Text(text)) => {
                let Some(device) = self.client_of(connection) else { return };
                self.input(device, Input::Message(text));
                let sleep = self.devices[device].sleep.as_ref();
                if sleep.is_some_and(|sleep| sleep.waiting.len() > WAITING) {
                    self.cut(connection, false);
                }
            }
            (false, Packet::Close(code)) => {
                self.happen(Event::Gone { connection, code: Some(code) });
            }
        }
    }

    /// The server hears that a connection is gone.
    fn lose(&mut self, connection: usize, code: u16) {
        if let Some(session) = self.connections[connection].session.take() {
            self.by_session.remove(&session);
            self.server.closed(self.now, session, code);
            self.carry_out();
        }
    }

    fn carry_out(&mut self) {
        while let Some(reply) = self.server.poll_reply() {
            match reply {
                Reply::Frame { session, text } => {
                    if let Some(connection) = self.by_session.get(&session).copied() {
                        self.send(connection, false, Packet::Text(text));
                    }
                }
                Reply::Close { session, code } => {
                    if let Some(connection) = self.by_session.get(&session).copied() {
                        self.send(connection, false, Packet::Close(code));
                        let at = Duration::from_millis(500);
                        let lost = Event::Lost { connection, code: 1006 };
                        self.schedule(Lane::Connection(connection), at, lost);
                    }
                }
            }
        }
    }

    /// Kills a connection; `is_silent` says that its client hears nothing of it.
    pub(crate) fn cut(&mut self, connection: usize, is_silent: bool) {
        let (server, client) = self.connections[connection].die(self.now, is_silent);
        let lane = Lane::Connection(connection);
        self.schedule(lane, server - self.now, Event::Lost { connection, code: 1006 });
        if let Some(client) = client {
            self.schedule(lane, client - self.now, Event::Gone { connection, code: None });
        }
    }

    /// The server crashes and is back after a while; the accounts last. `silence` is the share of
    /// clients that hear nothing of it.
    pub(crate) fn crash(&mut self, away: Duration, silence: f64) {
        self.server_is_up = false;
        self.by_session.clear();
        for connection in 0..self.connections.len() {
            if self.connections[connection].session.take().is_some() {
                let is_silent = self.rng.chance(silence);
                self.cut(connection, is_silent);
            }
        }
        self.tell(format_args!("server: crashed for {away:?}"));
        self.schedule(Lane::World, away, Event::ServerReturns);
    }

    pub(crate) fn fall_asleep(&mut self, device: usize, time: Duration, stops_clock: bool) {
        if self.devices[device].sleep.is_some() {
            return;
        }
        let waiting = Default::default();
        self.devices[device].sleep = Some(Sleep { since: self.now, stops_clock, waiting });
        if let Some(connection) = self.devices[device].connection
            && time > SILENCE
        {
            let lost = Event::Lost { connection, code: 1006 };
            self.schedule(Lane::Connection(connection), SILENCE, lost);
            let gone = Event::Gone { connection, code: None };
            self.schedule(Lane::Connection(connection), time - Duration::from_millis(1), gone);
        }
        self.tell(format_args!("{}: sleeps for {time:?}", self.label(device)));
        self.schedule(Lane::Device(device), time, Event::Wake { device });
    }

    fn wake(&mut self, device: usize) {
        let Some(sleep) = self.devices[device].sleep.take() else { return };
        if sleep.stops_clock {
            self.devices[device].behind += self.now - sleep.since;
        }
        self.tell(format_args!("{}: wakes", self.label(device)));
        self.input(device, Input::Timeout);
        for input in sleep.waiting {
            self.input(device, input);
        }
        self.input(device, Input::NetworkChanged);
    }

    /// The device whose present transport this is.
    fn client_of(&self, connection: usize) -> Option<usize> {
        let device = self.connections[connection].device;
        (self.devices[device].connection == Some(connection)).then_some(device)
    }

    pub(crate) fn schedule_for(&mut self, device: usize, after: Duration, event: Event) {
        self.schedule(Lane::Device(device), after, event);
    }

    fn schedule(&mut self, lane: Lane, after: Duration, event: Event) {
        self.scheduled += 1;
        self.due.insert((self.now + after, lane, self.scheduled), event);
    }

    pub(crate) fn label(&self, device: usize) -> String {
        format!("{}/{device}", crate::device::first_name(self.devices[device].account))
    }

    fn note(&mut self, device: usize, what: std::fmt::Arguments<'_>) {
        let line = format!("{:?} {}: {what}", self.now, self.label(device));
        self.tell(format_args!("{}: → {what}", self.label(device)));
        self.history.push(line);
    }

    /// Says what happens, when one seed is run alone.
    pub(crate) fn tell(&self, what: std::fmt::Arguments<'_>) {
        if self.is_told {
            #[allow(clippy::print_stderr, reason = "for whoever looks for the cause")]
            {
                eprintln!("{:>10.3} {what}", self.now.as_secs_f64());
            }
        }
    }
}
