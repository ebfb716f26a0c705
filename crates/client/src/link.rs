//! The link to the server: connecting, login, heartbeat and back-off.

use std::{collections::VecDeque, time::Duration};

use ringdove_protocol::{ClientMessage, DeviceLink, ErrorCode, Name, RingRule, ServerMessage};

use crate::{
    Entropy, Identity,
    app::{LinkTrouble, LinkView},
    backoff,
};

/// From asking for a connection to giving up on it.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// From the open connection to `welcome`.
const LOGIN_LIMIT: Duration = Duration::from_secs(10);
/// How long the server may be silent before it is asked whether it is still there.
const PING_AFTER: Duration = Duration::from_secs(15);
/// How long it may take to answer. A browser cannot send WebSocket pings, and slows the timers of
/// a hidden page down; so this counts from the ping, never from the last message.
const PONG_LIMIT: Duration = Duration::from_secs(15);
/// The same after the network has changed, when a dead link is likely.
const PROBE_LIMIT: Duration = Duration::from_secs(3);
/// A login that lasts at least this long makes the next loss of the link a new outage.
const STABLE_AFTER: Duration = Duration::from_secs(5);

/// A goodbye (RFC 6455, section 7.4.1): the server ends one's calls at once.
const GOODBYE: u16 = 1000;
/// Says, should it arrive after all, that the client comes back and its calls are to live on. A
/// browser allows no other codes than 1000 and 3000 to 4999.
const GIVEN_UP: u16 = 4000;

/// What happened to the link, but for messages.
#[derive(Debug)]
pub(crate) enum Input {
    /// The transport is gone, or could not be opened.
    Closed { trouble: Option<LinkTrouble> },
    /// The host has other network addresses than before, or has just woken up.
    NetworkChanged,
    /// The transport is open.
    Opened,
    /// Connect and log in, now and after every loss of the link.
    SignIn { server: String, name: Name, invite: Option<String> },
    /// Leave.
    SignOut,
    /// A deadline has come.
    Timeout,
}

/// What is to be done with the transport.
///
/// After `Close`, and after `Connect`, nothing of the former transport may come in any more.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every one is the large one")]
pub(crate) enum Output {
    Close { code: u16 },
    Connect { url: String },
    Send(ClientMessage),
}

/// Keeps a client logged in.
#[derive(Debug)]
pub(crate) struct Link {
    identity: Identity,
    device_link: Option<DeviceLink>,
    /// What the server called itself last.
    greeting: Option<String>,
    state: State,
    outputs: VecDeque<Output>,
}

/// ```text
/// SignedOut ─sign in→ Connecting ─opened→ AwaitHello ─hello→ LoggingIn ─welcome→ Online
///     ↑                 ↑   └──────┬───────────┴───────────────┴──────────────────┤
///     │              deadline      │ closed, deadline            closed, no pong  │
///     │                 └─────── BackOff ←────────────────────────────────────────┘
///     └── from everywhere: sign out, final error
/// ```
#[derive(Debug)]
enum State {
    SignedOut { error: Option<ErrorCode> },
    Connecting { goal: Goal, deadline: Duration },
    AwaitHello { goal: Goal, deadline: Duration },
    LoggingIn { goal: Goal, deadline: Duration },
    Online { goal: Goal, since: Duration, heartbeat: Heartbeat },
    BackOff { goal: Goal, until: Duration },
}

/// Where one wants to be logged in, and how that went.
#[derive(Clone, Debug)]
struct Goal {
    server: String,
    name: Name,
    /// What lets a newcomer in, if that is needed.
    invite: Option<String>,
    /// Whether a login has succeeded since signing in.
    was_online: bool,
    /// Tries that failed since the outage began.
    failures: u32,
    /// What was wrong with the last try.
    trouble: Option<LinkTrouble>,
    /// When the outage, or the sign-in, began.
    outage_since: Duration,
}

/// Whether the server is known to be there.
#[derive(Debug)]
enum Heartbeat {
    /// It spoke lately; asked at `ping_at`.
    Heard { ping_at: Duration },
    /// It was asked; taken for dead at `deadline`.
    Asked { deadline: Duration },
}

impl Link {
    pub(crate) fn new(identity: Identity, device_link: Option<DeviceLink>) -> Self {
        let state = State::SignedOut { error: None };
        Self { identity, device_link, greeting: None, state, outputs: VecDeque::new() }
    }

    pub(crate) fn handle(&mut self, now: Duration, input: Input, entropy: &mut Entropy) {
        let state = std::mem::replace(&mut self.state, State::SignedOut { error: None });
        self.state = match input {
            Input::Closed { trouble } => closed(now, state, trouble, entropy),
            Input::NetworkChanged => self.network_changed(now, state),
            Input::Opened => opened(now, state),
            Input::SignIn { server, name, invite } => {
                self.sign_in(now, state, server, name, invite)
            }
            Input::SignOut => self.sign_out(state),
            Input::Timeout => self.timeout(now, state, entropy),
        };
    }

    /// Takes a frame of the server; `None` stands for one that this version cannot read. `rings` is
    /// for a login that may follow.
    pub(crate) fn message(
        &mut self,
        now: Duration,
        message: Option<&ServerMessage>,
        rings: &RingRule,
        entropy: &mut Entropy,
    ) {
        let state = std::mem::replace(&mut self.state, State::SignedOut { error: None });
        self.state = match state {
            // Between sign-out or back-off and the transport's end, what still comes in is void.
            State::SignedOut { .. } | State::BackOff { .. } | State::Connecting { .. } => state,
            State::AwaitHello { goal, deadline } => match message {
                Some(ServerMessage::Hello { server, nonce, .. }) => {
                    let link = self.device_link.as_ref();
                    let login = self.identity.login(
                        server,
                        nonce,
                        &goal.name,
                        link,
                        rings,
                        goal.invite.as_deref(),
                    );
                    self.greeting = Some(server.clone());
                    self.outputs.push_back(Output::Send(login));
                    State::LoggingIn { goal, deadline }
                }
                Some(ServerMessage::Error { code, .. }) => {
                    self.login_failed(now, goal, *code, entropy)
                }
                // A server of ours says `hello` first; what comes before it means nothing.
                Some(_) | None => State::AwaitHello { goal, deadline },
            },
            State::LoggingIn { goal, deadline } => match message {
                Some(ServerMessage::Welcome { name, .. }) => {
                    let goal = Goal {
                        name: name.clone(),
                        // Used up.
                        invite: None,
                        was_online: true,
                        trouble: None,
                        ..goal
                    };
                    State::Online { goal, since: now, heartbeat: Heartbeat::heard(now) }
                }
                Some(ServerMessage::Error { code, .. }) => {
                    self.login_failed(now, goal, *code, entropy)
                }
                // Nothing else has a meaning before `welcome`.
                Some(_) | None => State::LoggingIn { goal, deadline },
            },
            State::Online { mut goal, since, .. } => match message {
                Some(ServerMessage::Error { code, .. }) if ends_session(*code) => {
                    self.give_up(*code)
                }
                message => {
                    // A second `welcome` confirms a rename.
                    if let Some(ServerMessage::Welcome { name, .. }) = message {
                        goal.name = name.clone();
                    }
                    State::Online { goal, since, heartbeat: Heartbeat::heard(now) }
                }
            },
        };
    }

    /// Hands a message to the server; false, and nothing done, while not logged in.
    pub(crate) fn send(&mut self, message: ClientMessage) -> bool {
        let online = self.is_online();
        if online {
            self.outputs.push_back(Output::Send(message));
        }
        online
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        match &self.state {
            State::SignedOut { .. } => None,
            State::Connecting { deadline, .. }
            | State::AwaitHello { deadline, .. }
            | State::LoggingIn { deadline, .. }
            | State::BackOff { until: deadline, .. } => Some(*deadline),
            State::Online { heartbeat, .. } => Some(heartbeat.deadline()),
        }
    }

    pub(crate) fn is_online(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    pub(crate) fn is_signed_out(&self) -> bool {
        matches!(self.state, State::SignedOut { .. })
    }

    /// One's own name, wanted or real.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.goal().map(|goal| &goal.name)
    }

    /// `server` of the last `hello`, which one's login was signed for.
    pub(crate) fn greeting(&self) -> Option<&str> {
        self.greeting.as_deref()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What this device signs in with, if it is not the first of its account.
    pub(crate) fn device_link(&self) -> Option<&DeviceLink> {
        self.device_link.as_ref()
    }

    /// For the logins from now on.
    pub(crate) fn set_device_link(&mut self, link: Option<DeviceLink>) {
        self.device_link = link;
    }

    /// The server that one is, or wants to be, logged in to.
    pub(crate) fn server(&self) -> Option<&str> {
        self.goal().map(|goal| goal.server.as_str())
    }

    pub(crate) fn view(&self) -> LinkView {
        match &self.state {
            State::SignedOut { error } => LinkView::SignedOut { error: *error },
            State::Online { goal, .. } => LinkView::Online { name: goal.name.clone() },
            State::Connecting { goal, .. }
            | State::AwaitHello { goal, .. }
            | State::LoggingIn { goal, .. }
            | State::BackOff { goal, .. } => {
                let (name, failures) = (goal.name.clone(), goal.failures);
                let trouble = goal.trouble.clone();
                if goal.was_online {
                    LinkView::Reconnecting { name, failures, trouble }
                } else {
                    LinkView::Connecting { name, failures, trouble }
                }
            }
        }
    }

    fn goal(&self) -> Option<&Goal> {
        match &self.state {
            State::SignedOut { .. } => None,
            State::Connecting { goal, .. }
            | State::AwaitHello { goal, .. }
            | State::LoggingIn { goal, .. }
            | State::Online { goal, .. }
            | State::BackOff { goal, .. } => Some(goal),
        }
    }

    fn sign_in(
        &mut self,
        now: Duration,
        state: State,
        server: String,
        name: Name,
        invite: Option<String>,
    ) -> State {
        let same = |goal: &Goal| {
            let same_code = goal.was_online || goal.invite == invite;
            goal.server == server && goal.name == name && same_code
        };
        match state {
            // Asked for once more: nothing to change but the wait.
            State::BackOff { goal, .. } if same(&goal) => return self.connect(now, goal),
            State::Connecting { ref goal, .. }
            | State::AwaitHello { ref goal, .. }
            | State::LoggingIn { ref goal, .. }
            | State::Online { ref goal, .. }
                if same(goal) =>
            {
                return state;
            }
            State::Connecting { .. }
            | State::AwaitHello { .. }
            | State::LoggingIn { .. }
            | State::Online { .. } => self.close(GOODBYE),
            State::SignedOut { .. } | State::BackOff { .. } => {}
        }
        let goal = Goal {
            server,
            name,
            invite,
            was_online: false,
            failures: 0,
            trouble: None,
            outage_since: now,
        };
        self.connect(now, goal)
    }

    fn sign_out(&mut self, state: State) -> State {
        match state {
            State::SignedOut { .. } | State::BackOff { .. } => {}
            State::Connecting { .. }
            | State::AwaitHello { .. }
            | State::LoggingIn { .. }
            | State::Online { .. } => self.close(GOODBYE),
        }
        State::SignedOut { error: None }
    }

    fn timeout(&mut self, now: Duration, state: State, entropy: &mut Entropy) -> State {
        match state {
            State::SignedOut { .. } => state,
            State::Connecting { goal, deadline }
            | State::AwaitHello { goal, deadline }
            | State::LoggingIn { goal, deadline }
                if deadline <= now =>
            {
                self.close(GIVEN_UP);
                back_off(now, goal, None, entropy)
            }
            State::BackOff { goal, until } if until <= now => self.connect(now, goal),
            State::Online { goal, since, heartbeat } if heartbeat.deadline() <= now => {
                match heartbeat {
                    Heartbeat::Heard { .. } => {
                        self.outputs.push_back(Output::Send(ClientMessage::Ping {}));
                        let heartbeat = Heartbeat::Asked { deadline: now + PONG_LIMIT };
                        State::Online { goal, since, heartbeat }
                    }
                    Heartbeat::Asked { .. } => {
                        self.close(GIVEN_UP);
                        lost(now, goal, since, entropy)
                    }
                }
            }
            // Somebody else's deadline, or one that has moved since.
            State::Connecting { .. }
            | State::AwaitHello { .. }
            | State::LoggingIn { .. }
            | State::Online { .. }
            | State::BackOff { .. } => state,
        }
    }

    fn network_changed(&mut self, now: Duration, state: State) -> State {
        match state {
            State::BackOff { goal, .. } => self.connect(now, goal),
            State::Online { goal, since, heartbeat } => {
                self.outputs.push_back(Output::Send(ClientMessage::Ping {}));
                let deadline = match heartbeat {
                    Heartbeat::Heard { .. } => now + PROBE_LIMIT,
                    Heartbeat::Asked { deadline } => deadline.min(now + PROBE_LIMIT),
                };
                State::Online { goal, since, heartbeat: Heartbeat::Asked { deadline } }
            }
            // A try that is under way has a short limit of its own.
            State::SignedOut { .. }
            | State::Connecting { .. }
            | State::AwaitHello { .. }
            | State::LoggingIn { .. } => state,
        }
    }

    fn login_failed(
        &mut self,
        now: Duration,
        goal: Goal,
        code: ErrorCode,
        entropy: &mut Entropy,
    ) -> State {
        if refuses_login(code) {
            return self.give_up(code);
        }
        self.close(GIVEN_UP);
        let trouble = (code == ErrorCode::ServerError).then_some(LinkTrouble::ServerFault);
        back_off(now, goal, trouble, entropy)
    }

    fn give_up(&mut self, code: ErrorCode) -> State {
        self.close(GOODBYE);
        State::SignedOut { error: Some(code) }
    }

    fn connect(&mut self, now: Duration, goal: Goal) -> State {
        self.outputs.push_back(Output::Connect { url: goal.server.clone() });
        State::Connecting { goal, deadline: now + CONNECT_LIMIT }
    }

    fn close(&mut self, code: u16) {
        self.outputs.push_back(Output::Close { code });
    }
}

impl Heartbeat {
    fn heard(now: Duration) -> Self {
        Self::Heard { ping_at: now + PING_AFTER }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Heard { ping_at } => *ping_at,
            Self::Asked { deadline } => *deadline,
        }
    }
}

fn opened(now: Duration, state: State) -> State {
    match state {
        State::Connecting { goal, .. } => State::AwaitHello { goal, deadline: now + LOGIN_LIMIT },
        // A transport that nobody waits for.
        State::SignedOut { .. }
        | State::AwaitHello { .. }
        | State::LoggingIn { .. }
        | State::Online { .. }
        | State::BackOff { .. } => state,
    }
}

fn closed(
    now: Duration,
    state: State,
    trouble: Option<LinkTrouble>,
    entropy: &mut Entropy,
) -> State {
    match state {
        // The end of a transport that was given up already.
        State::SignedOut { .. } | State::BackOff { .. } => state,
        State::Connecting { goal, .. }
        | State::AwaitHello { goal, .. }
        | State::LoggingIn { goal, .. } => back_off(now, goal, trouble, entropy),
        State::Online { goal, since, .. } => lost(now, goal, since, entropy),
    }
}

/// A login that did not last counts as one more failed try: else a server that drops everybody
/// right after `welcome` would be asked again without a pause.
fn lost(now: Duration, goal: Goal, since: Duration, entropy: &mut Entropy) -> State {
    if now.saturating_sub(since) < STABLE_AFTER {
        return back_off(now, goal, None, entropy);
    }
    let until = now + backoff::delay(0, Duration::ZERO, entropy);
    State::BackOff { goal: Goal { failures: 0, outage_since: now, ..goal }, until }
}

fn back_off(
    now: Duration,
    mut goal: Goal,
    trouble: Option<LinkTrouble>,
    entropy: &mut Entropy,
) -> State {
    goal.trouble = trouble;
    goal.failures = goal.failures.saturating_add(1);
    let outage = now.saturating_sub(goal.outage_since);
    let until = now + backoff::delay(goal.failures, outage, entropy);
    State::BackOff { goal, until }
}

/// Errors that no repeat of the same login can cure.
fn refuses_login(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InviteInvalid
            | ErrorCode::InviteNeeded
            | ErrorCode::NameInvalid
            | ErrorCode::NameTaken
    ) || ends_session(code)
}

/// Errors after which the server closes the connection of a client that was logged in.
fn ends_session(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::BadLogin | ErrorCode::SessionReplaced | ErrorCode::Version)
}
