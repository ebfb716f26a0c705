//! The hub and the judge in virtual time, through the hub's inputs and effects.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod glare;
mod guests;
mod loss;
mod people;
mod properties;
mod resume;
mod ring;
mod rings;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use ringdove_protocol::{
    CallId, ClientMessage, DeviceKey, EndReason, EndedBy, ErrorCode, Media, Name, RingRule,
    ServerMessage, SessionId,
};
use serde_json::Value;

use super::{Claim, Dialect, Effect, Hub, HubTimers, Input, Login, Now};
use crate::{
    accounts::{ClaimError, Likeness},
    calls::{CallTimers, Departure, Limit, RingLimits},
    guest,
    ice::IceSettings,
    join::Entry,
};

/// A hub, a clock that the test moves, and what everybody has been sent.
pub(super) struct Town {
    hub: Hub,
    start: Instant,
    now: Duration,
    next_session: u8,
    /// Stands in for the database.
    owners: HashMap<String, DeviceKey>,
    heard: HashMap<SessionId, Vec<String>>,
    closed: HashMap<SessionId, u16>,
}

impl Town {
    pub(super) fn new() -> Self {
        Self::with(CallTimers::default())
    }

    /// For those who call without end.
    pub(super) fn without_limits() -> Self {
        Self::with(CallTimers { limits: no_limits(), ..CallTimers::default() })
    }

    fn with(calls: CallTimers) -> Self {
        let timers = HubTimers {
            calls,
            login: Duration::from_secs(10),
            presence: Duration::from_millis(50),
            guest_list: Duration::from_millis(200),
        };
        let mut next_call = 200;
        let fresh_call_id = Box::new(move || {
            next_call += 1;
            CallId::from_bytes([next_call; 16])
        });
        Self {
            hub: Hub::new(timers, IceSettings::default(), Vec::new(), fresh_call_id),
            start: Instant::now(),
            now: Duration::ZERO,
            next_session: 0,
            owners: HashMap::new(),
            heard: HashMap::new(),
            closed: HashMap::new(),
        }
    }

    /// Lets time pass, with everything that is due in it.
    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.hub.poll_timeout().map(|at| at - self.start)
            && due <= end
        {
            self.now = self.now.max(due);
            let now = self.clock();
            self.hub.on_timeout(now);
            self.carry_out();
        }
        self.now = end;
    }

    pub(super) fn secs(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    /// The server is killed and comes back without its memory; the database lasts.
    pub(super) fn restart(&mut self) {
        let owners = std::mem::take(&mut self.owners);
        let (now, next_session) = (self.now, self.next_session);
        *self = Self { owners, next_session, start: self.start, now, ..Self::new() };
    }

    pub(super) fn connect(&mut self, dialect: Dialect) -> SessionId {
        self.next_session += 1;
        let session = SessionId::from_bytes([self.next_session; 16]);
        self.input(Input::Opened { session, dialect });
        session
    }

    /// Logs in with the first device of an account.
    pub(super) fn user(&mut self, name: &str) -> SessionId {
        self.device(name, 0)
    }

    /// Logs in with any device of an account.
    pub(super) fn device(&mut self, name: &str, number: u8) -> SessionId {
        let session = self.connect(Dialect::Ringdove);
        self.log_in(session, name, number);
        assert!(matches!(
            self.hear(session)[..],
            [ServerMessage::Welcome { .. }, ServerMessage::Presence { .. }, ..]
        ));
        session
    }

    pub(super) fn log_in(&mut self, session: SessionId, as_name: &str, number: u8) {
        let login = Login {
            account: key(as_name, 0),
            device: key(as_name, number),
            name: name(as_name),
            rings: RingRule::default(),
            entry: Entry::Free,
        };
        self.input(Input::Login { session, login });
    }

    pub(super) fn guest(&mut self, name: &str) -> SessionId {
        let session = self.connect(Dialect::Tutorial);
        self.guest_says(session, &format!(r#"{{"type":"username","name":{name:?}}}"#));
        session
    }

    pub(super) fn say(&mut self, session: SessionId, message: ClientMessage) {
        self.input(Input::Message { session, message });
    }

    pub(super) fn guest_says(&mut self, session: SessionId, frame: &str) {
        let message = guest::decode(frame, session).expect("a message of the tutorial");
        self.input(Input::Guest { session, message });
    }

    pub(super) fn close(&mut self, session: SessionId, departure: Departure) {
        self.input(Input::Closed { session, departure });
    }

    pub(super) fn input(&mut self, input: Input) {
        let now = self.clock();
        self.hub.handle(now, input);
        self.carry_out();
    }

    /// Everything that a user has been sent since the last look, without who is there.
    pub(super) fn hear(&mut self, session: SessionId) -> Vec<ServerMessage> {
        let frames = self.heard.remove(&session).unwrap_or_default();
        let messages = frames.iter().map(|frame| ServerMessage::decode(frame).expect("decodes"));
        messages.filter(|m| !matches!(m, ServerMessage::PresenceChanged { .. })).collect()
    }

    /// Everything that anybody has been sent, as it stands.
    pub(super) fn hear_raw(&mut self, session: SessionId) -> Vec<String> {
        self.heard.remove(&session).unwrap_or_default()
    }

    /// Everything that a guest has been sent since the last look, without lists.
    pub(super) fn guest_hears(&mut self, session: SessionId) -> Vec<Value> {
        let frames = self.heard.remove(&session).unwrap_or_default();
        let messages = frames.iter().map(|frame| serde_json::from_str::<Value>(frame).unwrap());
        messages.filter(|message| message["type"] != "userlist").collect()
    }

    pub(super) fn close_code(&self, session: SessionId) -> Option<u16> {
        self.closed.get(&session).copied()
    }

    pub(super) fn open_calls(&self) -> usize {
        self.hub.call_count()
    }

    /// Two users in an answered call; nothing of it is left to be heard.
    pub(super) fn call(&mut self, id: CallId, caller: SessionId, callee: SessionId, to: &str) {
        self.say(caller, invite(id, to));
        self.say(callee, accept(id));
        assert!(matches!(self.hear(caller)[..], [.., ServerMessage::CallAccepted { .. }]));
        assert!(matches!(self.hear(callee)[..], [.., ServerMessage::CallAccepted { .. }]));
    }

    fn clock(&self) -> Now {
        Now { instant: self.start + self.now, unix: self.now }
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.hub.poll_effect() {
            match effect {
                Effect::Claim { session, claim } => {
                    let account = claim.account;
                    let result = self.claim(claim);
                    let now = self.clock();
                    self.hub.handle(now, Input::Claimed { session, account, result });
                }
                Effect::Close { session, code, .. } => {
                    self.closed.insert(session, code);
                }
                Effect::Send { to, frame } => {
                    for session in to {
                        self.heard.entry(session).or_default().push(frame.to_string());
                    }
                }
                Effect::Snapshot { to, frames } => {
                    let frames = frames.iter().map(ToString::to_string);
                    self.heard.entry(to).or_default().extend(frames);
                }
            }
        }
    }

    fn claim(&mut self, claim: Claim) -> Result<Name, ClaimError> {
        let likeness = Likeness::of(&claim.name);
        let is_free = |key: &str| self.owners.get(key).is_none_or(|o| *o == claim.account);
        if !likeness.keys().all(is_free) {
            return Err(ClaimError::Taken);
        }
        self.owners.retain(|_, owner| *owner != claim.account);
        self.owners.extend(likeness.keys().map(|key| (key.to_owned(), claim.account)));
        Ok(claim.name)
    }
}

pub(super) fn no_limits() -> RingLimits {
    let limit = Limit { count: usize::MAX, window: Duration::ZERO };
    RingLimits { pair: limit, in_vain: limit, strangers: limit }
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The key of a device; device 0 has the account's key.
pub(super) fn key(name: &str, number: u8) -> DeviceKey {
    let mut key = [number; 32];
    for (place, byte) in key[1..].iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    // The short name of a device is made of the first bytes.
    key[0] = number;
    DeviceKey::from_bytes(key)
}

pub(super) fn id(number: u8) -> CallId {
    CallId::from_bytes([number; 16])
}

pub(super) fn invite(id: CallId, to: &str) -> ClientMessage {
    ClientMessage::CallInvite { call_id: id, to: name(to), media: Media::VIDEO, setup: None }
}

pub(super) fn accept(id: CallId) -> ClientMessage {
    ClientMessage::CallAccept { call_id: id, media: Media::AUDIO, setup: None }
}

pub(super) fn decline(id: CallId, reason: EndReason) -> ClientMessage {
    ClientMessage::CallDecline { call_id: id, reason }
}

pub(super) fn cancel(id: CallId) -> ClientMessage {
    ClientMessage::CallCancel { call_id: id }
}

pub(super) fn hang_up(id: CallId) -> ClientMessage {
    ClientMessage::CallHangup { call_id: id, reason: EndReason::HungUp }
}

pub(super) fn signal(id: CallId, seq: u32, body: &str) -> ClientMessage {
    ClientMessage::CallSignal { call_id: id, seq, body: body.to_owned() }
}

pub(super) fn ended(id: CallId, reason: EndReason, by: EndedBy) -> ServerMessage {
    ServerMessage::CallEnded { call_id: id, reason, by }
}

/// The kinds of messages, for a look at their order.
pub(super) fn kinds(messages: &[ServerMessage]) -> Vec<String> {
    let kind = |message: &ServerMessage| -> String {
        let value: Value = serde_json::from_str(&message.encode()).unwrap();
        value["type"].as_str().unwrap().to_owned()
    };
    messages.iter().map(kind).collect()
}

pub(super) fn error_codes(messages: &[ServerMessage]) -> Vec<ErrorCode> {
    let code = |message: &ServerMessage| {
        if let ServerMessage::Error { code, .. } = message { Some(*code) } else { None }
    };
    messages.iter().filter_map(code).collect()
}
