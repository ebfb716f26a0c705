//! What holds whatever comes, in whatever order.

mod support;

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;
use ringdove_call::{CallCommand, DeviceFailure, Input, MediaAction, MediaEvent, MediaReport};
use ringdove_protocol::{ClientMessage, EndReason, EndedBy, ErrorCode, Media, Role, ServerMessage};
use support::*;

#[derive(Clone, Debug)]
enum Step {
    Input(Input),
    Pass(u64),
}

fn any_input() -> impl Strategy<Value = Input> {
    let number = || 1..4_u8;
    let peer = || prop::sample::select(vec!["Bob", "Carol"]);
    let role = || prop::sample::select(vec![Role::Caller, Role::Callee]);
    let reason = prop::sample::select(vec![
        EndReason::Busy,
        EndReason::Cancelled,
        EndReason::Declined,
        EndReason::GlareLost,
        EndReason::HungUp,
        EndReason::Replaced,
    ]);
    let by = prop::sample::select(vec![EndedBy::Caller, EndedBy::Callee, EndedBy::Server]);
    let code = prop::sample::select(vec![ErrorCode::UnknownCall, ErrorCode::Offline]);
    let replaces = prop::option::of(number());
    let event = prop::sample::select(vec![
        MediaEvent::Connected,
        MediaEvent::Disconnected,
        MediaEvent::Failed,
        MediaEvent::RemoteHangUp,
        MediaEvent::FirstFrame,
        MediaEvent::StartedOver,
        MediaEvent::Signal { signal: candidate("own") },
        MediaEvent::DeviceFailed { failure: DeviceFailure::NoDevice },
    ]);
    prop_oneof![
        (number(), peer()).prop_map(|(id, to)| Input::Command(CallCommand::Place {
            call_id: call(id),
            to: person(to),
            media: Media::VIDEO
        })),
        Just(Input::Command(CallCommand::Accept { media: Media::AUDIO })),
        Just(Input::Command(CallCommand::Decline)),
        Just(Input::Command(CallCommand::Dismiss)),
        Just(Input::Command(CallCommand::HangUp)),
        Just(Input::Command(CallCommand::Silence)),
        Just(Input::LinkDown),
        Just(Input::LinkUp),
        Just(Input::NetworkChanged),
        (0..90_u64).prop_map(|slept| Input::Woken { slept: Duration::from_secs(slept) }),
        (number(), event)
            .prop_map(|(id, event)| Input::Media(MediaReport { call_id: call(id), event })),
        (number(), peer()).prop_map(|(id, from)| Input::Server(invite(call(id), from))),
        (number(), number()).prop_map(|(id, number)| Input::Server(ServerMessage::CallRinging {
            call_id: call(id),
            device: device(number)
        })),
        (number(), role(), peer(), replaces).prop_map(|(id, role, peer, replaces)| {
            Input::Server(accepted(call(id), role, peer, replaces.map(call)))
        }),
        (number(), reason, by).prop_map(|(id, reason, by)| Input::Server(ended(
            call(id),
            reason,
            by
        ))),
        (number(), 0..80_u32).prop_map(|(id, seq)| Input::Server(signal(
            call(id),
            seq,
            &candidate("theirs")
        ))),
        (number(), code).prop_map(|(id, code)| Input::Server(ServerMessage::Error {
            code,
            text: String::new(),
            about: None,
            call_id: Some(call(id))
        })),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![8 => any_input().prop_map(Step::Input), 1 => (1..60_u64).prop_map(Step::Pass)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn media_starts_only_after_this_user_said_yes_and_stops_once(
        steps in prop::collection::vec(any_step(), 1..60)
    ) {
        let mut alice = Device::online();
        // The calls that the user of this device placed or accepted.
        let mut consented = BTreeSet::new();
        let mut running = None;
        for step in steps {
            let placing = match &step {
                Step::Input(Input::Command(CallCommand::Place { .. })) => true,
                Step::Input(Input::Command(CallCommand::Accept { .. })) => true,
                Step::Input(_) | Step::Pass(_) => false,
            };
            let replaced = match &step {
                Step::Input(Input::Server(ServerMessage::CallAccepted {
                    call_id, replaces: Some(lost), ..
                })) => Some((*call_id, *lost)),
                Step::Input(_) | Step::Pass(_) => None,
            };
            alice.forget();
            match step {
                Step::Input(input) => alice.input(input),
                Step::Pass(secs) => alice.pass(Duration::from_secs(secs)),
            }
            if placing && alice.refused.is_empty() {
                consented.extend(alice.view().map(|view| view.call_id));
            }
            if let Some((winner, lost)) = replaced && consented.contains(&lost) {
                consented.insert(winner);
            }
            for command in &alice.media {
                match &command.action {
                    MediaAction::Start { .. } => {
                        prop_assert!(consented.contains(&command.call_id));
                        prop_assert_eq!(running.replace(command.call_id), None);
                    }
                    MediaAction::Stop => {
                        prop_assert_eq!(running.take(), Some(command.call_id));
                    }
                    MediaAction::HangUp
                    | MediaAction::RestartIce
                    | MediaAction::Signal { .. } => {
                        prop_assert_eq!(running, Some(command.call_id));
                    }
                }
            }
            for message in &alice.sent {
                if let ClientMessage::CallSignal { call_id, .. } = message {
                    prop_assert_eq!(running, Some(*call_id));
                }
            }
            let is_answered = alice.view().is_some_and(|view| {
                use ringdove_call::CallPhase::{Active, Connecting, Reconnecting};
                matches!(view.phase, Connecting | Active | Reconnecting)
            });
            prop_assert_eq!(is_answered, running.is_some());
        }
    }

    #[test]
    fn without_news_every_call_but_a_talking_one_ends_by_itself(
        steps in prop::collection::vec(any_input(), 1..40)
    ) {
        let mut alice = Device::online();
        for input in steps {
            alice.input(input);
        }
        alice.pass(Duration::from_secs(120));
        let phase = alice.phase();
        use ringdove_call::CallPhase::{Active, Ended};
        prop_assert!(matches!(phase, None | Some(Active | Ended)), "{:?}", phase);
        prop_assert_eq!(alice.agent.poll_timeout(), None);
    }
}
