//! The client as a pure state machine: commands, frames and the time in; events and frames out.

use std::{collections::VecDeque, fmt, time::Duration};

use ringdove_call::{Agent, CallCommand, CallPhase, CallRefusal, Timers};
use ringdove_protocol::{
    CallId, ClientMessage, DeviceLink, ErrorCode, Media, Name, ServerMessage, TEXT_MAX_CHARS,
};

mod trust;

use crate::{
    Book, Identity,
    address::server_address,
    app::{Command, Event, Known, Line, LinkTrouble, LinkView, Notice, Security, Snapshot},
    link::{self, Link},
    people::People,
    privacy::{Full, Privacy},
    room::Room,
    sealing::Sealing,
};
use trust::Of;

/// Fills a buffer with bytes that nobody can guess.
pub type Entropy = Box<dyn FnMut(&mut [u8]) + Send>;

/// What a client needs to know before it starts.
#[derive(Debug)]
pub struct CoreConfig {
    /// The key of this device.
    pub identity: Identity,
    /// Where a sign-in goes that names no server: a `ws://` or `wss://` address.
    pub default_server: String,
    /// Present on every device but the first of an account.
    pub link: Option<DeviceLink>,
    /// The deadlines of calls.
    pub timers: Timers,
    /// Whom this user has met: what [`Output::Keep`] gave last.
    pub book: Book,
    /// What the host has kept of [`Event::Privacy`].
    pub privacy: Privacy,
}

/// What happened. Times count from the start of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The transport is gone, or could not be opened.
    Closed {
        /// The WebSocket's close code, where there was one; only for the log.
        code: Option<u16>,
        /// What a person can do something about, where the host knows it.
        trouble: Option<LinkTrouble>,
    },
    /// The user, or the media side, wants something.
    Command(Command),
    /// A frame came in.
    Message(String),
    /// The host has other network addresses than before, or has just woken up.
    NetworkChanged,
    /// The transport is open.
    Opened,
    /// The deadline of [`Core::poll_timeout`] has come.
    Timeout,
}

/// What is to be done.
///
/// There is at most one transport. From `Close`, and from `Connect`, on, the host reports nothing
/// more of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Close the transport.
    Close {
        /// The WebSocket's close code.
        code: u16,
    },
    /// Open a transport, with the subprotocol [`ringdove_protocol::SUBPROTOCOL`].
    Connect {
        /// A `ws://` or `wss://` address.
        url: String,
    },
    /// Tell the UI.
    Event(Event),
    /// Keep this in place of what was kept before; [`Book::parse`] reads it back.
    Keep {
        /// The whole book.
        book: String,
    },
    /// Send a frame.
    Send {
        /// The frame.
        text: String,
    },
}

/// A client: link, login, people, chat and calls.
pub struct Core {
    default_server: String,
    entropy: Entropy,
    link: Link,
    agent: Agent,
    people: People,
    room: Room,
    sealing: Sealing,
    book: Book,
    /// The other end of the call that was in sight last.
    peer: Option<trust::Peer>,
    privacy: Privacy,
    /// Whether the server does not know yet who may ring.
    rings_untold: bool,
    /// What the UI was last told.
    shown_link: LinkView,
    shown_known: Known,
    shown_security: Option<Security>,
    outputs: VecDeque<Output>,
}

impl Core {
    /// A client that is signed out.
    pub fn new(config: CoreConfig, entropy: Entropy) -> Self {
        let sealing = Sealing::new(config.identity.clone(), config.link.clone());
        let link = Link::new(config.identity, config.link);
        let mut agent = Agent::new(config.timers);
        agent.handle(Duration::ZERO, ringdove_call::Input::Quiet(config.privacy.quiet));
        Self {
            default_server: config.default_server,
            entropy,
            shown_link: link.view(),
            shown_known: Known::default(),
            shown_security: None,
            link,
            agent,
            people: People::default(),
            room: Room::default(),
            sealing,
            book: config.book,
            peer: None,
            privacy: config.privacy,
            rings_untold: false,
            outputs: VecDeque::new(),
        }
    }

    /// Takes what happened; what follows from it comes out of [`Core::poll_output`].
    pub fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Closed { code, trouble } => {
                tracing::debug!(code, "transport closed");
                self.drive_link(now, link::Input::Closed { trouble });
            }
            Input::Command(command) => self.command(now, command),
            Input::Message(frame) => self.message(now, &frame),
            Input::NetworkChanged => self.drive_link(now, link::Input::NetworkChanged),
            Input::Opened => self.drive_link(now, link::Input::Opened),
            Input::Timeout => {
                self.drive_link(now, link::Input::Timeout);
                if self.agent.poll_timeout().is_some_and(|deadline| deadline <= now) {
                    self.drive_agent(now, ringdove_call::Input::Timeout);
                }
            }
        }
    }

    /// The next thing to be done, in order; to be asked until it is `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due at the latest.
    pub fn poll_timeout(&self) -> Option<Duration> {
        [self.link.poll_timeout(), self.agent.poll_timeout()].into_iter().flatten().min()
    }

    /// Everything as it is now.
    pub fn snapshot(&self, now: Duration) -> Snapshot {
        let call = self.agent.view(now);
        Snapshot {
            link: self.link.view(),
            people: self.people.without(self.link.name()),
            lines: self.room.lines(),
            security: call.as_ref().and_then(|call| self.security(call.call_id)),
            known: self.known(),
            call,
            privacy: self.privacy.clone(),
        }
    }

    fn command(&mut self, now: Duration, command: Command) {
        match command {
            Command::AddPerson { link } => self.add_person(&link),
            Command::Accept { media } => self.call(now, CallCommand::Accept { media }),
            Command::Call { to, media } => self.place(now, &to, media),
            Command::Chat { text } => self.say(None, text),
            Command::Decline => self.call(now, CallCommand::Decline),
            Command::DismissCall => self.call(now, CallCommand::Dismiss),
            Command::Forget { name } => self.forget(&name),
            Command::HangUp => self.call(now, CallCommand::HangUp),
            Command::Media { report } => {
                self.drive_agent(now, ringdove_call::Input::Media(report));
            }
            Command::Rename { name } => self.rename(&name),
            Command::SetBlocked { name, blocked } => self.set_blocked(now, name, blocked),
            Command::SetContact { name, contact } => {
                self.change_privacy(now, |privacy| privacy.set_contact(name, contact));
            }
            Command::SetQuiet { quiet } => self.change_privacy(now, |privacy| {
                privacy.quiet = quiet;
                Ok(())
            }),
            Command::SetWhoMayRing { who } => self.change_privacy(now, |privacy| {
                privacy.rings.who = who;
                Ok(())
            }),
            Command::SignIn { server, name, invite } => self.sign_in(now, server, &name, invite),
            Command::SignOut => self.sign_out(now),
            Command::Silence => self.call(now, CallCommand::Silence),
            Command::Text { to, text } => self.say(Some(to), text),
            Command::TrustKey => self.trust_key(now),
            Command::Verify { name, verified } => self.verify(now, &name, verified),
        }
    }

    fn call(&mut self, now: Duration, command: CallCommand) {
        let answers = matches!(command, CallCommand::Accept { .. } | CallCommand::Place { .. });
        if answers && self.is_barred(self.agent.open_call()) {
            return self.bar();
        }
        self.drive_agent(now, ringdove_call::Input::Command(command));
    }

    fn place(&mut self, now: Duration, to: &Name, media: Media) {
        if !self.link.is_online() {
            return self.notice(Notice::CallRefused { refusal: CallRefusal::Offline });
        }
        if self.link.name() == Some(to) {
            return self.server_would_refuse(ErrorCode::Oneself, "you cannot call yourself");
        }
        let Some(to) = self.people.find(to) else {
            return self.server_would_refuse(ErrorCode::Offline, "nobody of this name is here");
        };
        let mut id = [0; CallId::BYTES];
        (self.entropy)(&mut id);
        let call_id = CallId::from_bytes(id);
        if self.agent.open_call().is_none() {
            self.seal_placed(call_id, &to, media);
        }
        self.call(now, CallCommand::Place { call_id, to, media });
    }

    fn say(&mut self, to: Option<Name>, text: String) {
        if !self.link.is_online() {
            return self.notice(Notice::NotSent { text });
        }
        if text.trim().is_empty() || text.chars().count() > TEXT_MAX_CHARS {
            return self.server_would_refuse(ErrorCode::BadText, "empty or too long");
        }
        self.room.sent(to.clone(), text.clone());
        self.link.send(match to {
            None => ClientMessage::Chat { text },
            Some(to) => ClientMessage::Text { to, text },
        });
        self.flush_link();
    }

    fn rename(&mut self, typed: &str) {
        match Name::parse(typed) {
            Err(_) => self.notice(Notice::NameInvalid),
            Ok(name) => {
                if self.link.send(ClientMessage::Rename { name }) {
                    self.flush_link();
                } else {
                    self.notice(Notice::NotSent { text: typed.to_owned() });
                }
            }
        }
    }

    fn sign_in(
        &mut self,
        now: Duration,
        server: Option<String>,
        typed: &str,
        invite: Option<String>,
    ) {
        let Ok(name) = Name::parse(typed) else {
            return self.notice(Notice::NameInvalid);
        };
        let typed = server.unwrap_or_else(|| self.default_server.clone());
        let Some(server) = server_address(&typed) else {
            return self.notice(Notice::ServerInvalid { address: typed });
        };
        if self.link.server().is_some_and(|present| present != server)
            || self.link.name().is_some_and(|present| *present != name)
        {
            self.sign_out(now);
        }
        self.drive_link(now, link::Input::SignIn { server, name, invite });
    }

    fn sign_out(&mut self, now: Duration) {
        let in_call = |view: ringdove_call::CallView| view.phase != CallPhase::Ended;
        if self.agent.view(now).is_some_and(in_call) {
            self.call(now, CallCommand::HangUp);
        }
        self.drive_link(now, link::Input::SignOut);
    }

    fn set_blocked(&mut self, now: Duration, name: Name, blocked: bool) {
        let calls = self.agent.view(now).is_some_and(|view| {
            matches!(view.phase, CallPhase::Ringing | CallPhase::Silenced) && view.peer.name == name
        });
        if blocked && calls {
            self.call(now, CallCommand::Decline);
        }
        self.change_privacy(now, |privacy| privacy.set_blocked(name, blocked));
    }

    /// The one way in which it changes who may ring: server, agent and UI are told.
    fn change_privacy(
        &mut self,
        now: Duration,
        change: impl FnOnce(&mut Privacy) -> Result<(), Full>,
    ) {
        let before = self.privacy.clone();
        if change(&mut self.privacy) == Err(Full) {
            return self.notice(Notice::ListFull);
        }
        if self.privacy.rings != before.rings {
            self.rings_untold = true;
            self.tell_rings();
        }
        if self.privacy.quiet != before.quiet {
            self.drive_agent(now, ringdove_call::Input::Quiet(self.privacy.quiet));
        }
        if self.privacy != before {
            self.event(Event::Privacy { privacy: self.privacy.clone() });
        }
    }

    /// What changes between the login and its answer has to wait for that.
    fn tell_rings(&mut self) {
        if self.rings_untold && self.link.is_online() {
            self.rings_untold = false;
            self.link.send(ClientMessage::Rings { rings: self.privacy.rings.clone() });
            self.flush_link();
        }
    }

    fn message(&mut self, now: Duration, frame: &str) {
        let message = match ServerMessage::decode(frame) {
            Ok(message) => Some(message),
            Err(error) => {
                // The error quotes the frame, so it stays below what is logged by default.
                tracing::debug!(%error, "unreadable frame");
                None
            }
        };
        let was_online = self.link.is_online();
        self.link.message(now, message.as_ref(), &self.privacy.rings, &mut self.entropy);
        self.flush_link();
        self.settle(now, was_online);
        let Some(message) = message.filter(|_| self.link.is_online()) else {
            return;
        };
        self.logged_in_message(now, message);
        if !was_online {
            self.tell_rings();
            self.drive_agent(now, ringdove_call::Input::LinkUp);
        }
    }

    fn logged_in_message(&mut self, now: Duration, message: ServerMessage) {
        match message {
            ServerMessage::Presence { people } => {
                self.people.replace(people);
                self.show_people();
            }
            ServerMessage::PresenceChanged { left, joined } => {
                self.people.change(&left, joined);
                self.show_people();
            }
            ServerMessage::Chat { from, text, at } => {
                self.line(Line { from, to: None, text, at });
            }
            ServerMessage::Text { from, to, text, at } => {
                self.line(Line { from, to: Some(to), text, at });
            }
            ServerMessage::Error { code, text, about, call_id } => {
                let about_call = call_id.is_some()
                    || about.as_deref().is_some_and(|about| about.starts_with("call."));
                if about_call {
                    let error = ServerMessage::Error { code, text, about, call_id };
                    self.drive_agent(now, ringdove_call::Input::Server(error));
                } else {
                    self.server_error(code, text, about.as_deref());
                }
            }
            ServerMessage::CallInvite { call_id, ref from, .. } => {
                self.invited(now, call_id, from.clone(), message);
            }
            ServerMessage::CallAccepted { call_id, replaces, ref peer, .. } => {
                let peer = Some(&peer.clone());
                self.sealed(now, Of { call: call_id, replaces, peer }, message);
            }
            ServerMessage::CallSignal { call_id, .. } => {
                self.sealed(now, Of { call: call_id, replaces: None, peer: None }, message);
            }
            ServerMessage::Welcome { .. }
            | ServerMessage::CallReached { .. }
            | ServerMessage::CallRinging { .. }
            | ServerMessage::CallSilenced { .. }
            | ServerMessage::CallEnded { .. } => {
                self.drive_agent(now, ringdove_call::Input::Server(message));
            }
            // Said back, in case the lists have changed while this was on its way.
            ServerMessage::RingsRenamed { from, to } => self.change_privacy(now, |privacy| {
                privacy.rings.rename(&from, &to);
                Ok(())
            }),
            // The link has taken note that the server lives; a second hello means nothing.
            ServerMessage::Hello { .. } | ServerMessage::Pong {} => {}
        }
    }

    fn server_error(&mut self, code: ErrorCode, text: String, about: Option<&str>) {
        let unsaid = match about {
            Some("chat") => self.room.refused(false),
            Some("text") => self.room.refused(true),
            Some(_) | None => None,
        };
        self.notice(Notice::ServerError { code, text });
        if let Some(text) = unsaid {
            self.notice(Notice::NotSent { text });
        }
    }

    fn line(&mut self, line: Line) {
        let own = self.link.name() == Some(&line.from);
        self.room.heard(line.clone(), own);
        self.event(Event::Line { line });
    }

    fn drive_link(&mut self, now: Duration, input: link::Input) {
        let was_online = self.link.is_online();
        self.link.handle(now, input, &mut self.entropy);
        self.flush_link();
        self.settle(now, was_online);
    }

    /// Tells everybody what a step of the link has led to.
    fn settle(&mut self, now: Duration, was_online: bool) {
        let lost = was_online && !self.link.is_online();
        self.show_link();
        if lost {
            for text in self.room.link_lost() {
                self.notice(Notice::NotSent { text });
            }
        }
        // While the link is coming back the last known list stays in sight; it is replaced whole.
        if self.link.is_signed_out() {
            self.room.clear();
            if self.people.clear() {
                self.show_people();
            }
        }
        if lost {
            self.drive_agent(now, ringdove_call::Input::LinkDown);
        }
    }

    fn drive_agent(&mut self, now: Duration, input: ringdove_call::Input) {
        self.agent.handle(now, input);
        let mut changed = false;
        while let Some(output) = self.agent.poll_output() {
            match output {
                ringdove_call::Output::Media(command) => self.event(Event::Media { command }),
                ringdove_call::Output::Refused(refusal) => {
                    self.notice(Notice::CallRefused { refusal });
                }
                ringdove_call::Output::Send(message) => {
                    if let ClientMessage::CallDecline { call_id, .. } = &message {
                        self.note_end(*call_id);
                    }
                    for message in self.sealing.seal(message, &mut self.entropy) {
                        if !self.link.send(message) {
                            tracing::debug!("call message dropped: the link is down");
                        }
                    }
                }
                ringdove_call::Output::View => changed = true,
            }
        }
        self.flush_link();
        self.sealing.keep(self.agent.open_call());
        if changed {
            self.show_call(now);
        }
    }

    fn show_call(&mut self, now: Duration) {
        let call = self.agent.view(now);
        if let Some(call) = &call
            && call.phase == CallPhase::Ended
        {
            self.note_end(call.call_id);
        }
        let security = call.as_ref().and_then(|call| self.security(call.call_id));
        self.shown_security = security;
        self.event(Event::Call { call, security });
    }

    fn flush_link(&mut self) {
        while let Some(output) = self.link.poll_output() {
            self.outputs.push_back(match output {
                link::Output::Close { code } => Output::Close { code },
                link::Output::Connect { url } => Output::Connect { url },
                link::Output::Send(message) => Output::Send { text: message.encode() },
            });
        }
    }

    fn show_link(&mut self) {
        let link = self.link.view();
        if link != self.shown_link {
            self.shown_link = link.clone();
            // Whom one knows, and one's own link, go with the server and the name.
            let is_settled = matches!(link, LinkView::Online { .. } | LinkView::SignedOut { .. });
            self.event(Event::Link { link });
            if is_settled {
                self.show_known();
            }
        }
    }

    fn show_people(&mut self) {
        let people = self.people.without(self.link.name());
        self.event(Event::People { people });
    }

    /// For what the server would refuse, in its own words, without asking it.
    fn server_would_refuse(&mut self, code: ErrorCode, text: &str) {
        self.notice(Notice::ServerError { code, text: text.to_owned() });
    }

    fn notice(&mut self, notice: Notice) {
        self.event(Event::Notice { notice });
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// Names and texts stay out of logs.
impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").finish_non_exhaustive()
    }
}
