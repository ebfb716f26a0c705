//! What the system is to do about an incoming call, told from one view of the call to the next.

use ringdove_call::{CallPhase, CallView};
use ringdove_protocol::{CallId, EndReason, Name, Role};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chime {
    /// Say that somebody calls.
    Ring(Name),
    /// Take back what [`Chime::Ring`] put up.
    Quiet,
    /// Say that somebody called in vain.
    Missed(Name),
}

/// Remembers what the system was last told.
///
/// ```text
/// Idle --> Ringing --> Waiting --> Over --> Idle
/// ```
/// Each step can be left out, and a new call can ring at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bell {
    /// Nobody calls, or somebody has answered.
    #[default]
    Idle,
    /// This device rings.
    Ringing(CallId),
    /// The person does not want to hear it, but can still answer.
    Waiting(CallId),
    /// The call has ended.
    Over(CallId),
}

impl Bell {
    /// Takes the newest view of the call and tells what follows from it.
    pub(crate) fn update(&mut self, view: Option<&CallView>) -> Vec<Chime> {
        let before = *self;
        *self = Self::of(view);
        let mut chimes = Vec::new();
        if *self == before {
            return chimes;
        }
        if matches!(before, Self::Ringing(_)) {
            chimes.push(Chime::Quiet);
        }
        let Some(view) = view else { return chimes };
        match *self {
            Self::Idle | Self::Waiting(_) => {}
            Self::Ringing(_) => chimes.push(Chime::Ring(view.peer.name.clone())),
            Self::Over(_) if is_missed(before, view) => {
                chimes.push(Chime::Missed(view.peer.name.clone()));
            }
            Self::Over(_) => {}
        }
        chimes
    }

    fn of(view: Option<&CallView>) -> Self {
        let Some(view) = view else { return Self::Idle };
        match view.phase {
            CallPhase::Ringing => Self::Ringing(view.call_id),
            CallPhase::Silenced => Self::Waiting(view.call_id),
            CallPhase::Ended => Self::Over(view.call_id),
            CallPhase::Dialing
            | CallPhase::Reached
            | CallPhase::RemoteRinging
            | CallPhase::Accepting
            | CallPhase::Connecting
            | CallPhase::Active
            | CallPhase::Reconnecting => Self::Idle,
        }
    }
}

/// The call ended without this person having had a say in it.
fn is_missed(before: Bell, view: &CallView) -> bool {
    let Some(end) = view.end else { return false };
    let unanswered = match before {
        Bell::Ringing(call) | Bell::Waiting(call) => call == view.call_id,
        Bell::Idle | Bell::Over(_) => false,
    };
    view.role == Role::Callee
        && match end.reason {
            // Said of unanswered calls only; one that came too late to ring ends with them at once.
            EndReason::Cancelled | EndReason::NoAnswer => true,
            EndReason::ConnectionLost
            | EndReason::Left
            | EndReason::ServerError
            | EndReason::Unreachable => unanswered,
            EndReason::AnsweredElsewhere
            | EndReason::Busy
            | EndReason::ConnectFailed
            | EndReason::Declined
            | EndReason::DeclinedElsewhere
            | EndReason::GlareLost
            | EndReason::HungUp
            | EndReason::NoDevice
            | EndReason::NoPermission
            | EndReason::NotAllowed
            | EndReason::NotSecure
            | EndReason::RateLimited
            | EndReason::Replaced
            | EndReason::Version => false,
        }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // Fixed texts.

    use ringdove_call::{CallEnd, EndedSide};
    use ringdove_protocol::{Media, Person, PersonKind};

    use super::*;

    #[test]
    fn rings_once_and_is_quiet_when_answered() {
        let mut bell = Bell::default();
        assert_eq!(bell.update(Some(&view(CallPhase::Ringing))), [Chime::Ring(alice())]);
        assert_eq!(bell.update(Some(&view(CallPhase::Ringing))), []);
        assert_eq!(bell.update(Some(&view(CallPhase::Accepting))), [Chime::Quiet]);
        assert_eq!(bell.update(Some(&view(CallPhase::Active))), []);
        assert_eq!(bell.update(Some(&ended(EndReason::HungUp))), []);
        assert_eq!(bell.update(None), []);
    }

    #[test]
    fn a_call_that_the_caller_cancels_is_missed() {
        let mut bell = Bell::default();
        bell.update(Some(&view(CallPhase::Ringing)));
        let chimes = bell.update(Some(&ended(EndReason::Cancelled)));
        assert_eq!(chimes, [Chime::Quiet, Chime::Missed(alice())]);
    }

    #[test]
    fn a_silenced_call_can_still_be_missed() {
        let mut bell = Bell::default();
        bell.update(Some(&view(CallPhase::Ringing)));
        assert_eq!(bell.update(Some(&view(CallPhase::Silenced))), [Chime::Quiet]);
        let chimes = bell.update(Some(&ended(EndReason::NoAnswer)));
        assert_eq!(chimes, [Chime::Missed(alice())]);
    }

    #[test]
    fn a_call_that_somebody_decided_on_is_not_missed() {
        for reason in
            [EndReason::Declined, EndReason::DeclinedElsewhere, EndReason::AnsweredElsewhere]
        {
            let mut bell = Bell::default();
            bell.update(Some(&view(CallPhase::Ringing)));
            assert_eq!(bell.update(Some(&ended(reason))), [Chime::Quiet], "{reason:?}");
        }
    }

    #[test]
    fn a_call_that_came_too_late_to_ring_is_missed_once() {
        let mut bell = Bell::default();
        assert_eq!(bell.update(Some(&ended(EndReason::NoAnswer))), [Chime::Missed(alice())]);
        assert_eq!(bell.update(Some(&ended(EndReason::NoAnswer))), []);
    }

    #[test]
    fn an_answered_call_is_never_missed() {
        let mut bell = Bell::default();
        bell.update(Some(&view(CallPhase::Ringing)));
        bell.update(Some(&view(CallPhase::Active)));
        assert_eq!(bell.update(Some(&ended(EndReason::Left))), []);
    }

    #[test]
    fn another_call_takes_the_place_of_the_first() {
        let mut bell = Bell::default();
        bell.update(Some(&view(CallPhase::Ringing)));
        let other = CallView { call_id: CallId::from_bytes([2; 16]), ..view(CallPhase::Ringing) };
        assert_eq!(bell.update(Some(&other)), [Chime::Quiet, Chime::Ring(alice())]);
    }

    #[test]
    fn an_outgoing_call_never_rings_here() {
        let mut bell = Bell::default();
        let mut call = CallView { role: Role::Caller, ..view(CallPhase::RemoteRinging) };
        assert_eq!(bell.update(Some(&call)), []);
        call.phase = CallPhase::Ended;
        call.end = Some(CallEnd { reason: EndReason::NoAnswer, by: EndedSide::Server, talk_ms: 0 });
        assert_eq!(bell.update(Some(&call)), []);
    }

    fn alice() -> Name {
        Name::parse("Alice").unwrap()
    }

    fn view(phase: CallPhase) -> CallView {
        CallView {
            call_id: CallId::from_bytes([1; 16]),
            role: Role::Callee,
            peer: Person { name: alice(), kind: PersonKind::User },
            media: Media::VIDEO,
            peer_media: Media::VIDEO,
            phase,
            phase_elapsed_ms: 0,
            talk_elapsed_ms: None,
            end: None,
        }
    }

    fn ended(reason: EndReason) -> CallView {
        let end = CallEnd { reason, by: EndedSide::Peer, talk_ms: 0 };
        CallView { end: Some(end), ..view(CallPhase::Ended) }
    }
}
