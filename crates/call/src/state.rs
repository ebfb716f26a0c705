//! The states of a call and what each of them owns.

use std::{collections::BTreeMap, time::Duration};

use ringdove_protocol::{CallId, DeviceId, IceServer, Media, Person, Role};

use crate::{
    CallEnd, CallPhase, CallView,
    signals::{Inbox, Outbox},
};

/// Where the agent stands.
///
/// ```text
///                 place                              invite
///        ┌──────────────────────── Idle ────────────────────────┐
///        ▼                                                      ▼
///  Outgoing: Dialing → Reached ⇄ RemoteRinging    Incoming: Ringing → Silenced
///        │                                                      │ accept
///        │                                                      ▼
///        │                                               Incoming: Accepting
///        │ accepted (also of the winner on glare)               │ accepted
///        ▼                                                      ▼
///  Answered: Connecting ──connected──► Active ⇄ Lost (shown as reconnecting)
///        │                                │       │
///        └── hangup, ended, a deadline ───┴───────┴──► Ended ──dismiss──► Idle
/// ```
///
/// `Outgoing` and `Incoming` reach `Ended` as well: by cancel, decline, `call.ended`, a deadline.
#[derive(Debug, Default)]
pub(crate) enum State {
    #[default]
    Idle,
    Outgoing(Outgoing),
    Incoming(Incoming),
    Answered(Answered),
    Ended(Ended),
}

/// What every state of a call knows.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) role: Role,
    pub(crate) peer: Person,
    pub(crate) media: Media,
    pub(crate) peer_media: Media,
    /// When the present phase began.
    pub(crate) phase_since: Duration,
}

#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) call: Call,
    pub(crate) devices: BTreeMap<DeviceId, DeviceProgress>,
    /// None once the server has confirmed the invite.
    pub(crate) repeat_at: Option<Duration>,
    pub(crate) guard_at: Duration,
}

/// What one device of the callee does about the invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceProgress {
    Reached,
    Ringing,
    Silenced,
}

#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) call: Call,
    pub(crate) step: IncomingStep,
    pub(crate) guard_at: Duration,
}

#[derive(Debug)]
pub(crate) enum IncomingStep {
    Ringing,
    Silenced,
    /// The inbox holds signals that overtook the server's confirmation.
    Accepting {
        repeat_at: Duration,
        inbox: Inbox,
    },
}

#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) call: Call,
    pub(crate) inbox: Inbox,
    pub(crate) outbox: Outbox,
    pub(crate) path: MediaPath,
    pub(crate) ice_servers: Vec<IceServer>,
    /// What this end sends at the moment.
    pub(crate) sending: Media,
    pub(crate) runs: Runs,
    pub(crate) talk_since: Option<Duration>,
}

/// How many connections were given up by each end. Where the numbers differ, what the other end says is of
/// a connection that this end has no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) own: u32,
    pub(crate) peer: u32,
}

/// Whether media flows.
#[derive(Debug)]
pub(crate) enum MediaPath {
    Connecting {
        /// None once it was ordered.
        restart_at: Option<Duration>,
        limit_at: Duration,
    },
    Active,
    Lost {
        /// None once it is shown.
        shown_at: Option<Duration>,
        restart_at: Duration,
        limit_at: Duration,
    },
}

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) call: Call,
    pub(crate) end: CallEnd,
}

impl Outgoing {
    /// The caller's progress: the best that any device of the callee reports.
    pub(crate) fn phase(&self) -> CallPhase {
        if self.devices.values().any(|progress| *progress == DeviceProgress::Ringing) {
            CallPhase::RemoteRinging
        } else if self.devices.is_empty() {
            CallPhase::Dialing
        } else {
            CallPhase::Reached
        }
    }
}

impl Incoming {
    pub(crate) fn phase(&self) -> CallPhase {
        match self.step {
            IncomingStep::Ringing => CallPhase::Ringing,
            IncomingStep::Silenced => CallPhase::Silenced,
            IncomingStep::Accepting { .. } => CallPhase::Accepting,
        }
    }
}

impl Answered {
    pub(crate) fn phase(&self) -> CallPhase {
        match self.path {
            MediaPath::Connecting { .. } => CallPhase::Connecting,
            // A blip is not worth a word.
            MediaPath::Active | MediaPath::Lost { shown_at: Some(_), .. } => CallPhase::Active,
            MediaPath::Lost { shown_at: None, .. } => CallPhase::Reconnecting,
        }
    }
}

impl State {
    /// The call that is not over, if there is one.
    pub(crate) fn open_call(&self) -> Option<&Call> {
        match self {
            Self::Idle | Self::Ended(_) => None,
            Self::Outgoing(outgoing) => Some(&outgoing.call),
            Self::Incoming(incoming) => Some(&incoming.call),
            Self::Answered(answered) => Some(&answered.call),
        }
    }

    pub(crate) fn view(&self, now: Duration) -> Option<CallView> {
        match self {
            Self::Idle => None,
            Self::Outgoing(outgoing) => Some(outgoing.call.view(now, outgoing.phase())),
            Self::Incoming(incoming) => Some(incoming.call.view(now, incoming.phase())),
            Self::Answered(answered) => {
                let mut view = answered.call.view(now, answered.phase());
                view.talk_elapsed_ms = answered.talk_since.map(|since| millis(now, since));
                Some(view)
            }
            Self::Ended(ended) => {
                let mut view = ended.call.view(now, CallPhase::Ended);
                view.end = Some(ended.end);
                Some(view)
            }
        }
    }
}

impl Call {
    fn view(&self, now: Duration, phase: CallPhase) -> CallView {
        CallView {
            call_id: self.id,
            role: self.role,
            peer: self.peer.clone(),
            media: self.media,
            peer_media: self.peer_media,
            phase,
            phase_elapsed_ms: millis(now, self.phase_since),
            talk_elapsed_ms: None,
            end: None,
        }
    }
}

/// Whole milliseconds from `since` to `now`.
pub(crate) fn millis(now: Duration, since: Duration) -> u64 {
    u64::try_from(now.saturating_sub(since).as_millis()).unwrap_or(u64::MAX)
}
