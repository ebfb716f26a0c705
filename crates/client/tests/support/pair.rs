//! Two cores and an honest server between them, whose every message a test may change.
#![allow(clippy::wildcard_enum_match_arm, reason = "what these tests are not about means nothing")]

use std::{collections::BTreeMap, time::Duration};

use ringdove_call::{CallPhase, CallView, MediaAction, MediaEvent, MediaReport};
use ringdove_client::{
    Book, Core, CoreConfig, Identity, Input, Kept, Output, Seed,
    app::{Command, Event, Notice, Security},
};
use ringdove_protocol::{
    CallId, ClientMessage, EndReason, EndedBy, Media, Person, Role, ServerMessage, Signal,
};

use super::{SERVER, hello, user, welcome};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Anna,
    Ben,
}

impl Who {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Anna => Self::Ben,
            Self::Ben => Self::Anna,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Anna => "Anna",
            Self::Ben => "Ben",
        }
    }

    fn person(self) -> Person {
        user(self.name())
    }
}

/// What a test does to a message on its way to somebody: the messages that arrive in its place.
pub(crate) type Tamper = Box<dyn FnMut(Who, ServerMessage) -> Vec<ServerMessage>>;

/// A core, and what it was told to do.
pub(crate) struct End {
    pub(crate) core: Core,
    pub(crate) orders: Vec<MediaAction>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) book: String,
    /// Each `call.signal` that it sent.
    pub(crate) signals: Vec<String>,
    /// What the UI was told last of the other end.
    pub(crate) shown: Option<Security>,
}

impl End {
    fn new(seed: u8, book: &str) -> Self {
        let config = CoreConfig {
            identity: Identity::from_seed(&Seed::from_bytes([seed; 32])),
            default_server: SERVER.to_owned(),
            link: None,
            timers: Default::default(),
            privacy: Default::default(),
            book: if book.is_empty() { Book::default() } else { Book::parse(book).unwrap() },
        };
        let mut next = seed;
        let entropy = move |bytes: &mut [u8]| {
            for byte in bytes {
                next = next.wrapping_mul(73).wrapping_add(41);
                *byte = next;
            }
        };
        Self {
            core: Core::new(config, Box::new(entropy)),
            orders: Vec::new(),
            notices: Vec::new(),
            book: book.to_owned(),
            signals: Vec::new(),
            shown: None,
        }
    }

    pub(crate) fn call(&self) -> Option<CallView> {
        self.core.snapshot(Duration::ZERO).call
    }

    pub(crate) fn phase(&self) -> Option<CallPhase> {
        self.call().map(|call| call.phase)
    }

    pub(crate) fn reason(&self) -> Option<EndReason> {
        self.call()?.end.map(|end| end.reason)
    }

    pub(crate) fn security(&self) -> Option<Security> {
        self.core.snapshot(Duration::ZERO).security
    }

    pub(crate) fn started(&self) -> bool {
        self.orders.iter().any(|action| matches!(action, MediaAction::Start { .. }))
    }

    /// What the other end said, as the media side got it.
    pub(crate) fn heard(&self) -> usize {
        self.orders.iter().filter(|action| matches!(action, MediaAction::Signal { .. })).count()
    }
}

/// What the server of this pair knows of a call.
#[derive(Clone, Default)]
struct Record {
    caller: Option<(Who, Media, Option<String>)>,
    callee: Option<(Media, Option<String>)>,
}

/// Anna and Ben, logged in.
pub(crate) struct Pair {
    pub(crate) anna: End,
    pub(crate) ben: End,
    pub(crate) tamper: Tamper,
    records: BTreeMap<CallId, Record>,
}

impl Pair {
    /// Two who have never met.
    pub(crate) fn new() -> Self {
        Self::with_books("", "", 2)
    }

    /// Two with what they know; Ben's key is made from `ben_seed`.
    pub(crate) fn with_books(anna: &str, ben: &str, ben_seed: u8) -> Self {
        let mut pair = Self {
            anna: End::new(1, anna),
            ben: End::new(ben_seed, ben),
            tamper: Box::new(|_, message| vec![message]),
            records: BTreeMap::new(),
        };
        for who in [Who::Anna, Who::Ben] {
            let name = who.name().to_owned();
            pair.command(who, Command::SignIn { server: None, name, invite: None });
            pair.input(who, Input::Opened);
            pair.input(who, Input::Message(hello().encode()));
            pair.input(who, Input::Message(welcome(who.name()).encode()));
            let people = vec![who.other().person()];
            pair.input(who, Input::Message(ServerMessage::Presence { people }.encode()));
        }
        pair
    }

    pub(crate) fn end(&mut self, who: Who) -> &mut End {
        match who {
            Who::Anna => &mut self.anna,
            Who::Ben => &mut self.ben,
        }
    }

    pub(crate) fn command(&mut self, who: Who, command: Command) {
        self.input(who, Input::Command(command));
    }

    /// Anna calls, Ben answers, both say a word to each other.
    pub(crate) fn call(&mut self) {
        self.place(Who::Anna);
        self.answer(Who::Ben);
        self.talk();
    }

    pub(crate) fn place(&mut self, who: Who) {
        self.command(who, Command::Call { to: who.other().person().name, media: Media::VIDEO });
    }

    pub(crate) fn answer(&mut self, who: Who) {
        self.command(who, Command::Accept { media: Media::AUDIO });
    }

    /// Both media sides signal, if they were started.
    pub(crate) fn talk(&mut self) {
        for who in [Who::Anna, Who::Ben, Who::Anna] {
            let end = self.end(who);
            if end.started() && end.reason().is_none() {
                self.signal(who);
            }
        }
    }

    pub(crate) fn signal(&mut self, who: Who) {
        self.report(who, MediaEvent::Signal { signal: Signal::Candidate { candidate: None } });
    }

    pub(crate) fn report(&mut self, who: Who, event: MediaEvent) {
        let Some(call_id) = self.end(who).call().map(|call| call.call_id) else { return };
        let report = MediaReport { call_id, event };
        self.command(who, Command::Media { report });
    }

    pub(crate) fn input(&mut self, who: Who, input: Input) {
        let end = self.end(who);
        end.core.handle(Duration::ZERO, input);
        let mut sent = Vec::new();
        while let Some(output) = end.core.poll_output() {
            match output {
                Output::Close { .. } | Output::Connect { .. } => {}
                Output::Event(Event::Media { command }) => end.orders.push(command.action),
                Output::Event(Event::Notice { notice }) => end.notices.push(notice),
                Output::Event(Event::Call { security, .. }) => end.shown = security,
                Output::Event(_) => {}
                Output::Keep { what: Kept::Book, text } => end.book = text,
                Output::Keep { what: Kept::Link | Kept::Privacy, .. } => {}
                Output::Send { text } => sent.push(ClientMessage::decode(&text).unwrap()),
            }
        }
        for message in sent {
            self.serve(who, message);
        }
    }

    /// Hands a message to somebody, past the test's hands.
    pub(crate) fn tell(&mut self, who: Who, message: ServerMessage) {
        for message in (self.tamper)(who, message) {
            self.input(who, Input::Message(message.encode()));
        }
    }

    /// What an honest server does, as far as these tests need it.
    fn serve(&mut self, from: Who, message: ClientMessage) {
        let to = from.other();
        match message {
            ClientMessage::CallInvite { call_id, media, setup, .. } => {
                let crossing = self.records.iter().find_map(|(id, record)| match record {
                    Record { caller: Some((who, ..)), callee: None } if *who == to => Some(*id),
                    _ => None,
                });
                if let Some(winner) = crossing {
                    // Glare: the first call wins here.
                    if let Some(record) = self.records.get_mut(&winner) {
                        record.callee = Some((media, setup));
                    }
                    self.accepted(winner, to, None);
                    self.accepted(winner, from, Some(call_id));
                    return;
                }
                let caller = Some((from, media, setup.clone()));
                self.records.insert(call_id, Record { caller, callee: None });
                let (from, remaining_ms) = (from.person(), 45_000);
                let invite =
                    ServerMessage::CallInvite { call_id, from, media, remaining_ms, setup };
                self.tell(to, invite);
            }
            ClientMessage::CallAccept { call_id, media, setup } => {
                if let Some(record) = self.records.get_mut(&call_id) {
                    record.callee = Some((media, setup));
                }
                self.accepted(call_id, to, None);
                self.accepted(call_id, from, None);
            }
            ClientMessage::CallSignal { call_id, seq, body } => {
                self.end(from).signals.push(body.clone());
                let from = from.person().name;
                self.tell(to, ServerMessage::CallSignal { call_id, from, seq, body });
            }
            ClientMessage::CallDecline { call_id, reason }
            | ClientMessage::CallHangup { call_id, reason } => {
                let by = match self.records.get(&call_id).and_then(|record| record.caller.as_ref())
                {
                    Some((caller, ..)) if *caller == from => EndedBy::Caller,
                    _ => EndedBy::Callee,
                };
                self.records.remove(&call_id);
                for who in [Who::Anna, Who::Ben] {
                    self.tell(who, ServerMessage::CallEnded { call_id, reason, by });
                }
            }
            _ => {}
        }
    }

    fn accepted(&mut self, call_id: CallId, to: Who, replaces: Option<CallId>) {
        let Some(Record { caller: Some(caller), callee: Some(callee) }) =
            self.records.get(&call_id).cloned()
        else {
            return;
        };
        let (role, media, setup) = if caller.0 == to {
            (Role::Caller, callee.0, callee.1)
        } else {
            (Role::Callee, caller.1, caller.2)
        };
        let (peer, ice_servers) = (to.other().person(), Vec::new());
        let accepted = ServerMessage::CallAccepted {
            call_id,
            role,
            peer,
            media,
            ice_servers,
            replaces,
            setup,
        };
        self.tell(to, accepted);
    }
}
