//! The whole server behind its sockets, against arbitrary frames.

use std::time::Duration;

use ringdove_client::{Identity, Seed};
use ringdove_protocol::{ErrorCode, Name, RingRule, ServerMessage, SessionId};
use ringdove_server::simulated::{Reply, SimulatedServer};

use crate::script;

/// Longer than every deadline of the server.
const LONG: Duration = Duration::from_secs(300);

struct Run {
    server: SimulatedServer,
    now: Duration,
    connections: Vec<Connection>,
}

struct Connection {
    session: SessionId,
    is_guest: bool,
    is_open: bool,
    identity: Identity,
    /// What the server said first.
    hello: Option<ServerMessage>,
}

/// Connections 0 to 2 are users, 3 and 4 guests, logged in; 5 and 6 are a user and a guest that have
/// said nothing yet. A step is one of
///
/// - `NUMBER FRAME`: the connection sends a frame;
/// - `login NUMBER NAME`: it logs in;
/// - `close NUMBER CODE`: it is gone, with the close code or without;
/// - `open NUMBER`: it comes anew;
/// - `wait MILLISECONDS`.
///
/// Nothing panics, every reply to a user is a message of the protocol, one frame leads to few
/// replies, and nothing stays behind when everybody has gone.
pub fn server_hub(data: &[u8]) {
    let mut run = Run {
        server: SimulatedServer::new().unwrap(),
        now: Duration::ZERO,
        connections: Vec::new(),
    };
    for number in 0..7 {
        let is_guest = matches!(number, 3 | 4 | 6);
        run.connect(number, is_guest);
    }
    for (number, name) in ["Anna", "Ben", "Cleo"].into_iter().enumerate() {
        run.log_in(number, name);
    }
    for (number, name) in [(3, "Gus"), (4, "Hal")] {
        run.say(number, &format!(r#"{{"type":"username","name":"{name}"}}"#));
    }
    for (word, rest) in script::steps(data) {
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "wait" => run.wait(script::time(rest)),
            "login" => run.log_in(number(first), second),
            "close" => run.close(number(first), second.parse().unwrap_or(1006)),
            "open" => run.open(number(first)),
            speaker => run.say(number(speaker), rest),
        }
    }
    for number in 0..run.connections.len() {
        run.close(number, 1006);
    }
    run.wait(LONG);
    assert_eq!((run.server.call_count(), run.server.session_count()), (0, 0));
    assert_eq!(run.server.poll_timeout(), None, "nothing is left to wait for");
}

fn number(text: &str) -> usize {
    text.parse::<usize>().unwrap_or(0) % 7
}

impl Run {
    fn connect(&mut self, number: usize, is_guest: bool) {
        let identity = Identity::from_seed(&Seed::from_bytes([number as u8 + 1; 32]));
        let session = self.server.open(self.now, is_guest);
        let connection = Connection { session, is_guest, is_open: true, identity, hello: None };
        if number < self.connections.len() {
            self.connections[number] = connection;
        } else {
            self.connections.push(connection);
        }
        self.hear();
    }

    fn open(&mut self, number: usize) {
        if !self.connections[number].is_open {
            self.connect(number, self.connections[number].is_guest);
        }
    }

    fn log_in(&mut self, number: usize, name: &str) {
        let connection = &self.connections[number];
        if let Some(ServerMessage::Hello { server, nonce, .. }) = &connection.hello
            && let Ok(name) = Name::parse(name)
        {
            let login = connection
                .identity
                .login(server, nonce, &name, None, &RingRule::default(), None)
                .encode();
            self.say(number, &login);
        }
    }

    fn say(&mut self, number: usize, frame: &str) {
        if self.connections[number].is_open {
            self.server.text(self.now, self.connections[number].session, frame);
            self.hear();
        }
    }

    fn close(&mut self, number: usize, code: u16) {
        if std::mem::take(&mut self.connections[number].is_open) {
            self.server.closed(self.now, self.connections[number].session, code);
            self.hear();
        }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.server.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.server.on_timeout(self.now);
            self.hear();
        }
        self.now = end;
    }

    fn hear(&mut self) {
        let mut replies = 0;
        while let Some(reply) = self.server.poll_reply() {
            replies += 1;
            match reply {
                Reply::Close { session, .. } => {
                    if let Some(closed) = self.connections.iter_mut().find(|c| c.session == session)
                    {
                        closed.is_open = false;
                        self.server.closed(self.now, session, 1006);
                    }
                }
                Reply::Frame { session, text } => self.take(session, &text),
            }
        }
        // The most is a resume: 64 held signals, and a word on each call.
        assert!(replies <= 300, "{replies} replies to one event");
    }

    fn take(&mut self, session: SessionId, frame: &str) {
        let connection = self.connections.iter_mut().find(|c| c.session == session);
        let is_guest = connection.as_ref().is_some_and(|connection| connection.is_guest);
        if is_guest {
            let message: serde_json::Value = serde_json::from_str(frame).unwrap();
            assert!(message["type"].is_string(), "{frame}");
            return;
        }
        match ServerMessage::decode(frame) {
            Ok(ServerMessage::Error { code, .. }) => assert_ne!(code, ErrorCode::ServerError),
            Ok(hello @ ServerMessage::Hello { .. }) => {
                if let Some(connection) = connection {
                    connection.hello = Some(hello);
                }
            }
            Ok(_) => {}
            // Passed on from somebody else: only that it is JSON is known of it.
            Err(_) => drop(serde_json::from_str::<serde_json::Value>(frame).unwrap()),
        }
    }
}
