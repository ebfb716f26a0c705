//! The hub: who is there, who says what to whom. Sans-IO: inputs and the time go in, effects come
//! out; the [`shell`] carries them out.
//!
//! One hub runs on one task, so every decision sees the whole state and nothing is locked.

mod chat;
mod guests;
mod login;
mod people;
mod presence;
mod rings;
mod shell;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use ringdove_protocol::{
    CallId, ClientMessage, DeviceKey, ErrorCode, Name, RingRule, ServerMessage, SessionId,
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    LinkTimers,
    accounts::{ClaimError, Likeness},
    calls::{Answer, CallTimers, Calls, Departure, Invite, Notice, Relayed, Resume},
    guest::GuestMessage,
    ice::IceSettings,
    join::Entry,
    pass_on::PassOn,
};
use guests::GuestCall;
use login::Names;
pub(crate) use people::{Endpoint, Now, Party, People};
use presence::Presence;
pub(crate) use shell::{HubHandle, Shell};

/// One encoded message; cheap to send to many.
pub(crate) type Frame = Utf8Bytes;

/// What happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// The accounts answered an [`Effect::Claim`].
    Claimed { session: SessionId, account: DeviceKey, result: Result<Name, ClaimError> },
    /// A connection is gone.
    Closed { session: SessionId, departure: Departure },
    /// A guest said something.
    Guest { session: SessionId, message: GuestMessage },
    /// A user proved a key and asks for a name.
    Login { session: SessionId, login: Login },
    /// A user said something.
    Message { session: SessionId, message: ClientMessage },
    /// A connection is open.
    Opened { session: SessionId, dialect: Dialect },
    /// A user said something of an unknown type to somebody.
    PassOn { session: SessionId, message: PassOn },
}

impl Input {
    pub(crate) fn session(&self) -> SessionId {
        match self {
            Self::Claimed { session, .. }
            | Self::Closed { session, .. }
            | Self::Guest { session, .. }
            | Self::Login { session, .. }
            | Self::Message { session, .. }
            | Self::Opened { session, .. }
            | Self::PassOn { session, .. } => *session,
        }
    }

    /// For the log, which must not tell what people say.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "claimed",
            Self::Closed { .. } => "closed",
            Self::Guest { .. } => "a guest's message",
            Self::Login { .. } => "login",
            Self::Message { .. } => "message",
            Self::Opened { .. } => "opened",
            Self::PassOn { .. } => "to be passed on",
        }
    }
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Ask the accounts for a name.
    Claim { session: SessionId, claim: Claim },
    /// Close a connection after what was sent before.
    Close { session: SessionId, code: u16, reason: &'static str },
    /// Send one message to each.
    Send { to: Vec<SessionId>, frame: Frame },
    /// Send what somebody who just logged in needs to know. As large as the people are many, so it
    /// does not count for the limit of the queue.
    Snapshot { to: SessionId, frames: Vec<Frame> },
}

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `ringdove.v1`.
    Ringdove,
    /// The tutorial's `json`.
    Tutorial,
}

/// A login whose signatures were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) account: DeviceKey,
    pub(crate) device: DeviceKey,
    pub(crate) name: Name,
    pub(crate) rings: RingRule,
    pub(crate) entry: Entry,
}

/// An account's wish for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) account: DeviceKey,
    pub(crate) device: DeviceKey,
    pub(crate) name: Name,
    pub(crate) entry: Entry,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HubTimers {
    pub(crate) calls: CallTimers,
    /// From the connection to the login.
    pub(crate) login: Duration,
    /// How long presence is collected for users.
    pub(crate) presence: Duration,
    /// How long presence is collected for guests, who get whole lists.
    pub(crate) guest_list: Duration,
}

impl HubTimers {
    pub(crate) fn new(calls: CallTimers, links: &LinkTimers) -> Self {
        Self {
            calls,
            login: links.login,
            presence: Duration::from_millis(50),
            guest_list: Duration::from_millis(200),
        }
    }
}

/// Makes a random call id.
pub(crate) type FreshCallId = Box<dyn FnMut() -> CallId + Send>;

/// Close codes of ours (RFC 6455, section 7.4.2: 4000 to 4999 are for applications).
pub(crate) mod close_code {
    /// RFC 6455, section 7.4.1: a rule was broken.
    pub(crate) const POLICY: u16 = 1008;
    /// The same device key logged in on another connection.
    pub(crate) const SESSION_REPLACED: u16 = 4001;
}

/// What a connection is to the hub.
#[derive(Debug)]
enum Session {
    /// Nothing but connected.
    Greeted { dialect: Dialect, until: Instant },
    /// Waits for the accounts.
    LoggingIn { login: Login },
    /// Logged in.
    User { account: DeviceKey, device: DeviceKey },
    /// Has a name.
    Guest { call: Option<GuestCall> },
}

pub(crate) struct Hub {
    timers: HubTimers,
    fresh_call_id: FreshCallId,
    sessions: HashMap<SessionId, Session>,
    by_device: HashMap<DeviceKey, SessionId>,
    people: People,
    names: Names,
    presence: Presence,
    calls: Calls,
    /// Connections in the order in which their login is due; some are logged in or gone.
    logins_due: VecDeque<(Instant, SessionId)>,
    effects: VecDeque<Effect>,
}

impl Hub {
    /// A hub without anybody. `claimed` is what the accounts hold.
    pub(crate) fn new(
        timers: HubTimers,
        ice: IceSettings,
        claimed: Vec<(DeviceKey, Likeness)>,
        fresh_call_id: FreshCallId,
    ) -> Self {
        Self {
            timers,
            fresh_call_id,
            sessions: HashMap::new(),
            by_device: HashMap::new(),
            people: People::default(),
            names: Names::new(claimed),
            presence: Presence::default(),
            calls: Calls::new(timers.calls, ice),
            logins_due: VecDeque::new(),
            effects: VecDeque::new(),
        }
    }

    /// The server was started at `now` and knows accounts from before.
    pub(crate) fn expect_returns(&mut self, now: Instant) {
        self.calls.expect_returns(now);
    }

    /// How many connections there are.
    pub(crate) fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// How many users and how many guests are there.
    pub(crate) fn people_count(&self) -> (usize, usize) {
        self.people.count()
    }

    /// How many calls are open.
    pub(crate) fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// Takes what happened.
    pub(crate) fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Claimed { session, account, result } => {
                self.on_claimed(now, session, account, result);
            }
            Input::Closed { session, departure } => self.on_closed(now, session, departure),
            Input::Guest { session, message } => self.on_guest(now, session, message),
            Input::Login { session, login } => self.on_login(session, login),
            Input::Message { session, message } => self.on_message(now, session, message),
            Input::Opened { session, dialect } => self.on_opened(now, session, dialect),
            Input::PassOn { session, message } => self.on_pass_on(session, message),
        }
        self.settle(now);
    }

    /// What is to be done next, in order.
    pub(crate) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Self::on_timeout`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let login = self.logins_due.front().map(|(at, _)| *at);
        [login, self.presence.poll_timeout(), self.calls.poll_timeout()].into_iter().flatten().min()
    }

    /// Lets time do its work.
    pub(crate) fn on_timeout(&mut self, now: Now) {
        self.close_idle_logins(now);
        self.calls.on_timeout(now);
        self.tell_presence(now);
        self.settle(now);
    }

    /// Brings out what the judge has to say, and opens the presence windows.
    fn settle(&mut self, now: Now) {
        while let Some(Notice { to, message }) = self.calls.poll_notice() {
            match to {
                Endpoint::Device(device) => {
                    if let Some(session) = self.by_device.get(&device).copied() {
                        self.send(session, &message);
                    }
                }
                Endpoint::Guest(session) => self.tell_guest_of_call(now, session, message),
            }
        }
        self.presence
            .schedule(now.instant + self.timers.presence, now.instant + self.timers.guest_list);
    }

    fn send(&mut self, to: SessionId, message: &ServerMessage) {
        self.send_frame(to, message.encode());
    }

    fn send_frame(&mut self, to: SessionId, frame: String) {
        self.effects.push_back(Effect::Send { to: vec![to], frame: frame.into() });
    }

    fn refuse(&mut self, to: SessionId, about: &str, code: ErrorCode, text: &str) {
        let message = ServerMessage::Error {
            code,
            text: text.to_owned(),
            about: (!about.is_empty()).then(|| about.to_owned()),
            call_id: None,
        };
        self.send(to, &message);
    }

    /// A user's message. Logins come as [`Input::Login`], since they need proof.
    fn on_message(&mut self, now: Now, session: SessionId, message: ClientMessage) {
        let Some(Session::User { account, device }) = self.sessions.get(&session) else {
            let text = "log in first";
            return self.refuse(session, "", ErrorCode::LoginRequired, text);
        };
        let (account, device) = (*account, *device);
        let (party, endpoint) = (Party::User(account), Endpoint::Device(device));
        match message {
            ClientMessage::Login { .. } => {
                let text = "this connection is logged in already";
                self.refuse(session, "login", ErrorCode::LoginRequired, text);
            }
            ClientMessage::Rings { rings } => self.set_rings(account, device, rings),
            ClientMessage::Rename { name } => {
                // Who is logged in has a name.
                let claim = Claim { account, device, name, entry: Entry::None };
                self.effects.push_back(Effect::Claim { session, claim });
            }
            ClientMessage::Chat { text } => self.chat(now, session, party, text),
            ClientMessage::Text { to, text } => self.text(now, session, party, &to, text),
            ClientMessage::Ping {} => self.send(session, &ServerMessage::Pong {}),
            ClientMessage::CallInvite { call_id, to, media, setup } => {
                let invite = Invite { call_id, to, media, setup };
                self.calls.invite(now, &self.people, party, endpoint, invite);
            }
            ClientMessage::CallRinging { call_id } => {
                self.calls.ringing(party, endpoint, call_id, true);
            }
            ClientMessage::CallSilenced { call_id } => {
                self.calls.ringing(party, endpoint, call_id, false);
            }
            ClientMessage::CallAccept { call_id, media, setup } => {
                let answer = Answer { call_id, media, setup };
                self.calls.accept(now, &self.people, party, endpoint, answer);
            }
            ClientMessage::CallDecline { call_id, reason } => {
                if Calls::DECLINE_REASONS.contains(&reason) {
                    self.calls.decline(now, party, endpoint, call_id, reason);
                } else {
                    self.refuse_reason(session, "call.decline", call_id);
                }
            }
            ClientMessage::CallCancel { call_id } => {
                self.calls.cancel(now, party, endpoint, call_id);
            }
            ClientMessage::CallHangup { call_id, reason } => {
                if Calls::HANGUP_REASONS.contains(&reason) {
                    self.calls.hang_up(now, party, endpoint, call_id, reason);
                } else {
                    self.refuse_reason(session, "call.hangup", call_id);
                }
            }
            ClientMessage::CallSignal { call_id, seq, body } => {
                if let Some(person) = self.people.person(party) {
                    let signal = Relayed { from: person.name, seq, body };
                    self.calls.signal(party, endpoint, call_id, signal);
                }
            }
            ClientMessage::CallResume { call_id, peer, role, media } => {
                let resume = Resume { call_id, peer, role, media };
                self.calls.resume(now, &self.people, party, endpoint, resume);
            }
        }
    }

    fn refuse_reason(&mut self, to: SessionId, about: &str, call_id: CallId) {
        let message = ServerMessage::Error {
            code: ErrorCode::BadMessage,
            text: format!("{about} cannot give this reason"),
            about: Some(about.to_owned()),
            call_id: Some(call_id),
        };
        self.send(to, &message);
    }
}
