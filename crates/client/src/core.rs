//! The client as a pure state machine: commands, frames and the time in; events and frames out.

use std::{collections::VecDeque, fmt, time::Duration};

use ringdove_call::{Agent, CallPhase, Timers};
use ringdove_protocol::{ClientMessage, DeviceLink, ErrorCode};
use ringdove_seal::vouched;
use serde::Serialize;

mod commands;
mod devices;
mod messages;
mod privacy;
mod trust;

use crate::{
    Book, Identity,
    app::{Command, Event, Known, LinkTrouble, LinkView, Notice, Security, Snapshot},
    link::{self, Link},
    people::People,
    privacy::Privacy,
    room::Room,
    sealing::Sealing,
};

/// Fills a buffer with bytes that nobody can guess.
pub type Entropy = Box<dyn FnMut(&mut [u8]) + Send>;

/// What a client needs to know before it starts.
#[derive(Debug)]
pub struct CoreConfig {
    /// The key of this device.
    pub identity: Identity,
    /// Where a sign-in goes that names no server: a `ws://` or `wss://` address.
    pub default_server: String,
    /// Present on every device but the first of an account: what [`Output::Keep`] gave last of
    /// [`Kept::Link`]. One that is not of `identity` is left out.
    pub link: Option<DeviceLink>,
    /// The deadlines of calls.
    pub timers: Timers,
    /// Whom this user has met: what [`Output::Keep`] gave last of [`Kept::Book`].
    pub book: Book,
    /// Who may ring: what [`Output::Keep`] gave last of [`Kept::Privacy`].
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
    /// Keep this in place of what was kept before.
    Keep {
        /// What it is.
        what: Kept,
        /// The whole of it.
        text: String,
    },
    /// Send a frame.
    Send {
        /// The frame.
        text: String,
    },
}

/// What a host keeps between two starts for the core, each in its own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum Kept {
    /// Whom this user has met; [`Book::parse`] reads it back.
    Book,
    /// A [`DeviceLink`] as JSON; `null` for none.
    Link,
    /// A [`Privacy`] as JSON.
    Privacy,
}

/// A deadline that is missed by this much was slept through.
const SLEPT: Duration = Duration::from_secs(5);
/// How often one looks at the clock during a call: the devices of one that was slept through must not
/// stay open.
const LOOK: Duration = Duration::from_secs(1);

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
    /// For the device that was vouched for last, while signed in.
    signed: Option<DeviceLink>,
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
    /// When anything happened last.
    seen: Duration,
}

impl Core {
    /// A client that is signed out.
    pub fn new(config: CoreConfig, entropy: Entropy) -> Self {
        let device = config.identity.device_key();
        let device_link = config.link.filter(|link| vouched(link, &device));
        let sealing = Sealing::new(config.identity.clone(), device_link.clone());
        let link = Link::new(config.identity, device_link);
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
            signed: None,
            peer: None,
            privacy: config.privacy,
            rings_untold: false,
            outputs: VecDeque::new(),
            seen: Duration::ZERO,
        }
    }

    /// Takes what happened; what follows from it comes out of [`Core::poll_output`].
    pub fn handle(&mut self, now: Duration, input: Input) {
        let late = self.poll_timeout().map_or(Duration::ZERO, |due| now.saturating_sub(due));
        self.seen = now;
        if late >= SLEPT {
            self.woken(now, late);
        }
        match input {
            Input::Closed { code, trouble } => {
                tracing::debug!(code, "transport closed");
                self.drive_link(now, link::Input::Closed { trouble });
            }
            Input::Command(command) => self.command(now, command),
            Input::Message(frame) => self.message(now, &frame),
            Input::NetworkChanged => {
                self.drive_link(now, link::Input::NetworkChanged);
                self.drive_agent(now, ringdove_call::Input::NetworkChanged);
            }
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
        let look = self.agent.open_call().map(|_| self.seen + LOOK);
        [self.link.poll_timeout(), self.agent.poll_timeout(), look].into_iter().flatten().min()
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
            devices: self.devices(),
            call,
            privacy: self.privacy.clone(),
        }
    }

    /// The machine, or this process alone, was stopped for so long.
    fn woken(&mut self, now: Duration, slept: Duration) {
        tracing::info!(?slept, "woke up");
        self.drive_link(now, link::Input::NetworkChanged);
        self.drive_agent(now, ringdove_call::Input::Woken { slept });
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
                self.settle_signed();
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

    /// Has something kept, as JSON.
    fn keep(&mut self, what: Kept, value: &impl Serialize) {
        // What is kept are texts, keys and numbers: their `Serialize` does not fail.
        #[expect(clippy::expect_used, reason = "see above")]
        let text = serde_json::to_string(value).expect("what is kept serializes");
        self.outputs.push_back(Output::Keep { what, text });
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
