//! A whole client against an arbitrary server and an arbitrary user.

use std::time::Duration;

use ringdove_call::{MediaAction, Timers};
use ringdove_client::{
    Book, Core, CoreConfig, Identity, Input, Kept, Output, Seed,
    app::{Command, Event},
};
use ringdove_protocol::{CallId, ClientMessage};

use crate::script;

struct Run {
    core: Core,
    now: Duration,
    /// The user has called or answered somebody.
    has_said_yes: bool,
    running: Option<CallId>,
}

/// The client has asked for a connection. A step is one of
///
/// - `server FRAME`: a frame comes in;
/// - `user COMMAND`: the user, or the media side, wants something;
/// - `opened`, `closed CODE`, `network`: what the transport reports;
/// - `wait MILLISECONDS`.
///
/// Nothing panics, everything that is sent is a message of the protocol, one input leads to few
/// outputs, media starts only after the user called or answered somebody, and runs for one call at
/// a time.
pub fn client_core(data: &[u8]) {
    let config = CoreConfig {
        identity: Identity::from_seed(&Seed::from_bytes([1; 32])),
        default_server: "ws://fuzzed:6503/".to_owned(),
        link: None,
        timers: Timers::default(),
        book: Default::default(),
        privacy: Default::default(),
    };
    let mut number = 0_u8;
    let entropy = move |bytes: &mut [u8]| {
        number = number.wrapping_add(1);
        bytes.fill(number);
    };
    let core = Core::new(config, Box::new(entropy));
    let mut run = Run { core, now: Duration::ZERO, has_said_yes: false, running: None };
    run.input(Input::Command(Command::SignIn {
        server: None,
        name: "Anna".to_owned(),
        invite: None,
    }));
    for (word, rest) in script::steps(data) {
        match word {
            "server" => run.input(Input::Message(rest.to_owned())),
            "user" => {
                if let Ok(command) = serde_json::from_str::<Command>(rest) {
                    run.has_said_yes |=
                        matches!(command, Command::Accept { .. } | Command::Call { .. });
                    run.input(Input::Command(command));
                }
            }
            "opened" => run.input(Input::Opened),
            "closed" => run.input(Input::Closed { code: rest.parse().ok(), trouble: None }),
            "network" => run.input(Input::NetworkChanged),
            "wait" => run.wait(script::time(rest)),
            _ => {}
        }
    }
    run.wait(Duration::from_secs(60));
}

impl Run {
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        let mut steps = 0;
        while let Some(at) = self.core.poll_timeout().filter(|at| *at <= end) {
            // Tries to connect, repeats, restarts of ICE: some in each second, not thousands.
            steps += 1;
            assert!(steps < 10_000, "time does not go on");
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    fn input(&mut self, input: Input) {
        self.core.handle(self.now, input);
        let mut outputs = 0;
        while let Some(output) = self.core.poll_output() {
            outputs += 1;
            match output {
                Output::Keep { what: Kept::Book, text } => drop(Book::parse(&text).unwrap()),
                Output::Keep { what: Kept::Link | Kept::Privacy, .. } => {}
                Output::Send { text } => drop(ClientMessage::decode(&text).unwrap()),
                Output::Event(Event::Media { command }) => match command.action {
                    MediaAction::Start { .. } => {
                        assert!(self.has_said_yes, "media that nobody wanted");
                        assert_eq!(self.running.replace(command.call_id), None);
                    }
                    MediaAction::Stop => {
                        assert_eq!(self.running.take(), Some(command.call_id));
                    }
                    MediaAction::HangUp | MediaAction::RestartIce | MediaAction::Signal { .. } => {
                        assert_eq!(self.running, Some(command.call_id));
                    }
                },
                Output::Event(_) | Output::Close { .. } | Output::Connect { .. } => {}
            }
        }
        assert!(outputs < 300, "{outputs} outputs of one input");
        let _ = self.core.snapshot(self.now);
    }
}
