//! The server without its sockets, for simulation and fuzzing: the same decoding, hub, judge and
//! accounts, in virtual time.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use ringdove_protocol::{CallId, Name, Nonce, SessionId};

use crate::{
    CallTimers, DatabaseError, IceSettings, JoinPolicy, LinkTimers,
    accounts::{Accounts, Likeness},
    connection::{Edge, Refusal, departure},
    hub::{Dialect, Effect, Hub, HubTimers, Input, Now},
};

/// RFC 6455, section 7.4.1: how the server closes after an error that ends the connection.
const POLICY: u16 = 1008;

/// What the server does to one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Closes it, after what was sent before. [`SimulatedServer::closed`] is to follow.
    Close {
        /// Which connection.
        session: SessionId,
        /// The WebSocket's close code.
        code: u16,
    },
    /// Sends a text frame.
    Frame {
        /// Which connection.
        session: SessionId,
        /// The frame.
        text: String,
    },
}

/// A server whose connections and clock are the test's. Times count from its making; they must not
/// go back.
pub struct SimulatedServer {
    epoch: Instant,
    wall: Duration,
    accounts: Accounts,
    hub: Hub,
    edges: HashMap<SessionId, Edge>,
    opened: u64,
    replies: VecDeque<Reply>,
}

impl SimulatedServer {
    /// A server with an empty database in memory.
    pub fn new() -> Result<Self, DatabaseError> {
        let accounts = Accounts::open(None)?;
        Ok(Self {
            epoch: Instant::now(),
            wall: Duration::ZERO,
            hub: hub(&accounts)?,
            accounts,
            edges: HashMap::new(),
            opened: 0,
            replies: VecDeque::new(),
        })
    }

    /// Takes the server down and brings it back at `now`: connections, people and calls are forgotten, the
    /// accounts last.
    pub fn restart(&mut self, now: Duration) -> Result<(), DatabaseError> {
        self.hub = hub(&self.accounts)?;
        self.hub.expect_returns(self.epoch + now);
        self.edges.clear();
        self.replies.clear();
        Ok(())
    }

    /// Sets the wall clock, as time since 1970.
    pub fn set_wall_clock(&mut self, wall: Duration) {
        self.wall = wall;
    }

    /// Opens a connection; `is_guest` says that it speaks the tutorial's protocol.
    pub fn open(&mut self, now: Duration, is_guest: bool) -> SessionId {
        self.opened += 1;
        let number = u128::from(self.opened).to_be_bytes();
        let (session, mut nonce) = (SessionId::from_bytes(number), [0; 32]);
        nonce[..16].copy_from_slice(&number);
        let dialect = if is_guest { Dialect::Tutorial } else { Dialect::Ringdove };
        let (nonce, join) = (Nonce::from_bytes(nonce), JoinPolicy::Open);
        let edge = Edge { dialect, session, nonce, join, vouched: None };
        if let Some(text) = edge.hello(self.accounts.server_id()) {
            self.replies.push_back(Reply::Frame { session, text });
        }
        self.edges.insert(session, edge);
        self.tell(now, Input::Opened { session, dialect });
        session
    }

    /// Takes a text frame of a connection.
    pub fn text(&mut self, now: Duration, session: SessionId, frame: &str) {
        let Some(edge) = self.edges.get(&session) else { return };
        match edge.read(self.accounts.server_id(), frame) {
            Ok(input) => self.tell(now, input),
            Err(Refusal { code, text, about, closes }) => {
                let text = edge.encode_error(code, &text, about.as_deref());
                self.replies.push_back(Reply::Frame { session, text });
                if closes.is_some() {
                    self.close(session, POLICY);
                }
            }
        }
    }

    /// A connection is gone: with the peer's close code, or 1006 if there was none.
    pub fn closed(&mut self, now: Duration, session: SessionId, code: u16) {
        self.edges.remove(&session);
        self.tell(now, Input::Closed { session, departure: departure(Some(code)) });
    }

    /// What is to be done next, in order.
    pub fn poll_reply(&mut self) -> Option<Reply> {
        self.replies.pop_front()
    }

    /// When [`Self::on_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.hub.poll_timeout().map(|at| at.saturating_duration_since(self.epoch))
    }

    /// Lets time do its work.
    pub fn on_timeout(&mut self, now: Duration) {
        let now = self.now(now);
        self.hub.on_timeout(now);
        self.carry_out(now);
    }

    /// How many connections there are.
    pub fn session_count(&self) -> usize {
        self.hub.session_count()
    }

    /// How many calls are open.
    pub fn call_count(&self) -> usize {
        self.hub.call_count()
    }

    fn tell(&mut self, now: Duration, input: Input) {
        let now = self.now(now);
        self.hub.handle(now, input);
        self.carry_out(now);
    }

    fn carry_out(&mut self, now: Now) {
        while let Some(effect) = self.hub.poll_effect() {
            match effect {
                Effect::Claim { session, claim } => {
                    let (account, result) = (claim.account, self.accounts.decide(&claim));
                    self.hub.handle(now, Input::Claimed { session, account, result });
                }
                Effect::Close { session, code, .. } => self.close(session, code),
                Effect::Send { to, frame } => {
                    for session in to {
                        self.replies.push_back(Reply::Frame { session, text: frame.to_string() });
                    }
                }
                Effect::Snapshot { to: session, frames } => {
                    let frame = |frame: crate::hub::Frame| frame.to_string();
                    let frames = frames.into_iter().map(frame);
                    self.replies.extend(frames.map(|text| Reply::Frame { session, text }));
                }
            }
        }
    }

    /// From now on the connection is not read.
    fn close(&mut self, session: SessionId, code: u16) {
        self.edges.remove(&session);
        self.replies.push_back(Reply::Close { session, code });
    }

    fn now(&self, now: Duration) -> Now {
        Now { instant: self.epoch + now, unix: self.wall }
    }
}

impl std::fmt::Debug for SimulatedServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedServer").finish_non_exhaustive()
    }
}

/// What a name must not share with another account's, so that the two are told apart.
pub fn likenesses(name: &Name) -> Vec<String> {
    Likeness::of(name).keys().map(str::to_owned).collect()
}

fn hub(accounts: &Accounts) -> Result<Hub, DatabaseError> {
    let timers = HubTimers::new(CallTimers::default(), &LinkTimers::default());
    let mut next_call = 0_u128;
    let fresh_call_id = move || {
        next_call += 1;
        CallId::from_bytes(next_call.to_be_bytes())
    };
    Ok(Hub::new(timers, IceSettings::default(), accounts.claimed()?, Box::new(fresh_call_id)))
}
