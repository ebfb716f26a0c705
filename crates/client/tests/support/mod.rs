//! A client core in virtual time, and the server's half of a conversation.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub(crate) mod pair;

use std::time::Duration;

use ringdove_client::{
    Book, Core, CoreConfig, Entropy, Identity, Input, Output, Privacy, Seed,
    app::{Command, Event, LinkView, Notice},
};
use ringdove_protocol::{
    ClientMessage, DeviceId, DeviceLink, ErrorCode, Name, Nonce, Person, PersonKind, ServerMessage,
    SessionId,
};

pub(crate) const SERVER: &str = "ws://attic.local:6503/";

/// A core with its clock.
pub(crate) struct Desk {
    pub(crate) core: Core,
    pub(crate) now: Duration,
}

impl Desk {
    /// Signed out; waits are as long as they may be.
    pub(crate) fn new() -> Self {
        Self::with_entropy(Box::new(|bytes| bytes.fill(0xff)))
    }

    pub(crate) fn with_entropy(entropy: Entropy) -> Self {
        Self::with(Seed::from_bytes([1; 32]), None, entropy)
    }

    /// Signed out, with a key of its own and whoever vouches for it.
    pub(crate) fn of(seed: Seed, link: Option<DeviceLink>) -> Self {
        Self::with(seed, link, Box::new(|bytes| bytes.fill(0xff)))
    }

    fn with(seed: Seed, link: Option<DeviceLink>, entropy: Entropy) -> Self {
        let config = CoreConfig {
            identity: Identity::from_seed(&seed),
            default_server: SERVER.to_owned(),
            link,
            timers: Default::default(),
            book: Book::default(),
            privacy: Privacy::default(),
        };
        Self { core: Core::new(config, entropy), now: Duration::ZERO }
    }

    /// Logged in as Anna, with Ben and Cleo there.
    pub(crate) fn online() -> Self {
        let mut desk = Self::new();
        desk.sign_in("Anna");
        desk.log_in("Anna");
        desk.server(presence(&["Ben", "Cleo"]));
        desk
    }

    pub(crate) fn input(&mut self, input: Input) -> Vec<Output> {
        self.core.handle(self.now, input);
        std::iter::from_fn(|| self.core.poll_output()).collect()
    }

    pub(crate) fn command(&mut self, command: Command) -> Vec<Output> {
        self.input(Input::Command(command))
    }

    pub(crate) fn server(&mut self, message: ServerMessage) -> Vec<Output> {
        self.input(Input::Message(message.encode()))
    }

    pub(crate) fn closed(&mut self) -> Vec<Output> {
        self.input(Input::Closed { code: Some(1006), trouble: None })
    }

    pub(crate) fn sign_in(&mut self, name: &str) -> Vec<Output> {
        self.command(Command::SignIn { server: None, name: name.to_owned(), invite: None })
    }

    /// The server's half of a login, from the open transport to `welcome`.
    pub(crate) fn log_in(&mut self, name: &str) -> Vec<Output> {
        let mut outputs = self.input(Input::Opened);
        outputs.extend(self.server(hello()));
        outputs.extend(self.server(welcome(name)));
        outputs
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// Moves time to the next deadline.
    pub(crate) fn wait(&mut self) -> Vec<Output> {
        self.now = self.core.poll_timeout().unwrap().max(self.now);
        self.input(Input::Timeout)
    }

    /// Whether another device vouches for this one.
    pub(crate) fn is_linked(&self) -> bool {
        self.core.snapshot(self.now).devices.linked
    }

    pub(crate) fn link(&self) -> LinkView {
        self.core.snapshot(self.now).link
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn user(text: &str) -> Person {
    Person { name: name(text), kind: PersonKind::User }
}

/// With whom nothing is sealed.
pub(crate) fn guest(text: &str) -> Person {
    Person { name: name(text), kind: PersonKind::Guest }
}

pub(crate) fn hello() -> ServerMessage {
    ServerMessage::Hello { v: 1, server: "attic".to_owned(), nonce: Nonce::from_bytes([2; 32]) }
}

pub(crate) fn welcome(text: &str) -> ServerMessage {
    ServerMessage::Welcome {
        name: name(text),
        device: DeviceId::from_bytes([3; 8]),
        session: SessionId::from_bytes([4; 16]),
        ring_limit_ms: 45_000,
    }
}

pub(crate) fn presence(names: &[&str]) -> ServerMessage {
    ServerMessage::Presence { people: names.iter().map(|name| user(name)).collect() }
}

pub(crate) fn error(code: ErrorCode, about: &str) -> ServerMessage {
    let (text, about) = ("no".to_owned(), Some(about.to_owned()));
    ServerMessage::Error { code, text, about, call_id: None }
}

/// The messages among the outputs.
pub(crate) fn sent(outputs: &[Output]) -> Vec<ClientMessage> {
    let text = |output: &Output| match output {
        Output::Send { text } => Some(ClientMessage::decode(text).unwrap()),
        Output::Close { .. } | Output::Connect { .. } | Output::Event(_) | Output::Keep { .. } => {
            None
        }
    };
    outputs.iter().filter_map(text).collect()
}

/// The events among the outputs.
pub(crate) fn events(outputs: &[Output]) -> Vec<Event> {
    let event = |output: &Output| match output {
        Output::Event(event) => Some(event.clone()),
        Output::Close { .. }
        | Output::Connect { .. }
        | Output::Keep { .. }
        | Output::Send { .. } => None,
    };
    outputs.iter().filter_map(event).collect()
}

/// The notices among the outputs.
pub(crate) fn notices(outputs: &[Output]) -> Vec<Notice> {
    let notice = |event: Event| match event {
        Event::Notice { notice } => Some(notice),
        Event::Call { .. }
        | Event::Devices { .. }
        | Event::Known { .. }
        | Event::Line { .. }
        | Event::Link { .. }
        | Event::Media { .. }
        | Event::People { .. }
        | Event::Privacy { .. } => None,
    };
    events(outputs).into_iter().filter_map(notice).collect()
}

pub(crate) fn connects(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Connect { .. }))
}

/// Whether the client says goodbye, which ends its calls.
pub(crate) fn leaves(outputs: &[Output]) -> bool {
    outputs.contains(&Output::Close { code: 1000 })
}

/// Whether the client gives a connection up, but means to come back.
pub(crate) fn gives_up(outputs: &[Output]) -> bool {
    outputs.contains(&Output::Close { code: 4000 })
}
