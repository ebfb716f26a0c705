//! The callee's side, from the ring to the answer.

#![allow(clippy::wildcard_enum_match_arm, reason = "tests pick the messages they look at")]

mod support;

use ringdove_call::{CallCommand, CallPhase, EndedSide, Input, MediaAction};
use ringdove_protocol::{ClientMessage, EndReason, EndedBy, Media, Role, ServerMessage};
use support::*;

fn ringing() -> Device {
    let mut bob = Device::online();
    bob.server(invite(call(1), "Alice"));
    assert_eq!(bob.phase(), Some(CallPhase::Ringing));
    bob
}

fn declines(device: &Device) -> Vec<EndReason> {
    let reason = |message: &ClientMessage| match message {
        ClientMessage::CallDecline { reason, .. } => Some(*reason),
        _ => None,
    };
    device.sent.iter().filter_map(reason).collect()
}

#[test]
fn an_invite_rings_and_says_so() {
    let bob = ringing();
    assert_eq!(bob.sent, [ClientMessage::CallRinging { call_id: call(1) }]);
    assert!(!bob.has_started_media());
}

#[test]
fn who_is_not_to_be_disturbed_is_shown_the_call_without_a_ring() {
    let mut bob = Device::online();
    bob.input(Input::Quiet(true));
    bob.server(invite(call(1), "Alice"));
    assert_eq!(bob.phase(), Some(CallPhase::Silenced));
    // Also to a server that asks again.
    bob.server(invite(call(1), "Alice"));
    let silenced = ClientMessage::CallSilenced { call_id: call(1) };
    assert_eq!(bob.sent, [silenced.clone(), silenced]);
    bob.command(CallCommand::Accept { media: Media::AUDIO });
    assert_eq!(bob.phase(), Some(CallPhase::Accepting), "and can answer it");
}

#[test]
fn quiet_begins_at_once_and_ends_with_the_next_call() {
    let mut bob = ringing();
    bob.input(Input::Quiet(true));
    assert_eq!(bob.phase(), Some(CallPhase::Silenced));
    bob.input(Input::Quiet(false));
    assert_eq!(bob.phase(), Some(CallPhase::Silenced));
    bob.server(ended(call(1), EndReason::Cancelled, EndedBy::Caller));
    bob.server(invite(call(2), "Alice"));
    assert_eq!(bob.phase(), Some(CallPhase::Ringing));
}

#[test]
fn media_starts_when_the_server_confirms_the_answer() {
    let mut bob = ringing();
    bob.command(CallCommand::Accept { media: Media::AUDIO });
    assert_eq!(bob.phase(), Some(CallPhase::Accepting));
    assert!(!bob.has_started_media());
    bob.server(accepted(call(1), Role::Callee, "Alice", None));
    assert_eq!(bob.phase(), Some(CallPhase::Connecting));
    assert!(matches!(
        bob.actions()[..],
        [MediaAction::Start { role: Role::Callee, media: Media::AUDIO, .. }]
    ));
}

#[test]
fn calling_somebody_who_is_calling_answers() {
    let mut bob = ringing();
    bob.place(call(2), "Alice");
    assert_eq!(bob.phase(), Some(CallPhase::Accepting));
    assert_eq!(bob.view().map(|view| view.call_id), Some(call(1)));
    assert_eq!(bob.refused, []);
}

#[test]
fn no_server_can_answer_for_the_user() {
    let mut bob = ringing();
    bob.server(signal(call(1), 0, &candidate("early")));
    bob.server(accepted(call(1), Role::Callee, "Alice", None));
    bob.server(accepted(call(1), Role::Callee, "Alice", Some(call(1))));
    bob.server(signal(call(1), 1, &candidate("late")));
    assert_eq!(bob.media, []);
    assert_eq!(bob.phase(), Some(CallPhase::Ringing));
}

#[test]
fn signals_that_overtake_the_confirmation_are_held() {
    let mut bob = ringing();
    bob.accept();
    bob.server(signal(call(1), 1, &candidate("b")));
    bob.server(signal(call(1), 0, &candidate("a")));
    assert_eq!(bob.media, []);
    bob.server(accepted(call(1), Role::Callee, "Alice", None));
    assert!(matches!(bob.actions()[0], MediaAction::Start { .. }));
    assert_eq!(
        bob.actions()[1..],
        [
            &MediaAction::Signal { signal: candidate("a") },
            &MediaAction::Signal { signal: candidate("b") },
        ]
    );
}

#[test]
fn declining_tells_the_server_and_ends_here() {
    let mut bob = ringing();
    bob.command(CallCommand::Decline);
    assert_eq!(bob.end(), Some((EndReason::Declined, EndedSide::Me)));
    assert_eq!(declines(&bob), [EndReason::Declined]);
    assert!(!bob.has_started_media());
}

#[test]
fn silencing_stops_the_ring_and_leaves_the_call_open() {
    let mut bob = ringing();
    bob.command(CallCommand::Silence);
    assert_eq!(bob.phase(), Some(CallPhase::Silenced));
    assert!(bob.sent.contains(&ClientMessage::CallSilenced { call_id: call(1) }));
    bob.accept();
    assert_eq!(bob.phase(), Some(CallPhase::Accepting));
}

#[test]
fn every_end_before_the_answer_stops_the_ring_with_its_reason() {
    for (reason, by, side) in [
        (EndReason::Cancelled, EndedBy::Caller, EndedSide::Peer),
        (EndReason::NoAnswer, EndedBy::Server, EndedSide::Server),
        (EndReason::AnsweredElsewhere, EndedBy::Callee, EndedSide::Me),
        (EndReason::DeclinedElsewhere, EndedBy::Callee, EndedSide::Me),
    ] {
        let mut bob = ringing();
        bob.server(ended(call(1), reason, by));
        assert_eq!(bob.end(), Some((reason, side)));
        let mut bob = ringing();
        bob.accept();
        bob.server(ended(call(1), reason, by));
        assert_eq!(bob.end(), Some((reason, side)), "although Answer was pressed");
        assert!(!bob.has_started_media());
    }
}

#[test]
fn a_third_caller_is_told_busy_and_the_open_call_goes_on() {
    let mut bob = ringing();
    bob.server(invite(call(2), "Carol"));
    assert_eq!(declines(&bob), [EndReason::Busy]);
    assert_eq!(bob.view().map(|view| view.call_id), Some(call(1)));

    let mut alice = Device::talking();
    alice.server(invite(call(2), "Carol"));
    assert_eq!(declines(&alice), [EndReason::Busy]);
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    assert_eq!(alice.media, []);
}

#[test]
fn a_peer_who_calls_anew_replaces_the_old_call() {
    let mut alice = Device::talking();
    alice.server(ended(call(1), EndReason::Replaced, EndedBy::Callee));
    alice.server(invite(call(2), "Bob"));
    assert_eq!(alice.phase(), Some(CallPhase::Ringing));
    assert_eq!(alice.view().map(|view| view.call_id), Some(call(2)));
    assert_eq!(alice.actions(), [&MediaAction::Stop]);
}

#[test]
fn a_late_invite_of_the_call_that_lost_the_glare_changes_nothing() {
    let mut alice = Device::talking();
    alice.server(invite(call(2), "Bob"));
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    assert_eq!(alice.media, []);
    assert_eq!(alice.sent, []);
}

#[test]
fn repeated_and_late_invites_do_not_ring_again() {
    let mut bob = ringing();
    bob.forget();
    bob.server(invite(call(1), "Alice"));
    assert_eq!(bob.sent, [ClientMessage::CallRinging { call_id: call(1) }], "where it stands");
    bob.command(CallCommand::Decline);
    bob.server(invite(call(1), "Alice"));
    assert_eq!(declines(&bob), [EndReason::Declined; 2], "the server has not heard yet");
    bob.server(ended(call(1), EndReason::Declined, EndedBy::Callee));
    bob.command(CallCommand::Dismiss);
    bob.server(invite(call(1), "Alice"));
    assert_eq!(bob.view(), None);
}

#[test]
fn an_invite_with_little_time_left_is_a_missed_call() {
    let mut bob = Device::online();
    let ServerMessage::CallInvite { call_id, from, media, setup, .. } = invite(call(1), "Alice")
    else {
        unreachable!()
    };
    bob.server(ServerMessage::CallInvite { call_id, from, media, remaining_ms: 2_900, setup });
    assert_eq!(bob.end(), Some((EndReason::NoAnswer, EndedSide::Server)));
    assert_eq!(bob.sent, []);
}

#[test]
fn the_ring_stops_by_itself_when_the_server_stays_silent() {
    let mut bob = ringing();
    bob.pass(RING_LIMIT + secs(5));
    assert_eq!(bob.end(), Some((EndReason::NoAnswer, EndedSide::Server)));
    let mut bob = ringing();
    bob.input(Input::LinkDown);
    bob.pass(RING_LIMIT + secs(5));
    assert_eq!(bob.end(), Some((EndReason::ServerError, EndedSide::Server)));
}

#[test]
fn an_answer_given_while_the_link_is_down_is_said_at_the_next_login() {
    let mut bob = ringing();
    bob.input(Input::LinkDown);
    bob.forget();
    bob.accept();
    assert_eq!(bob.sent, []);
    bob.input(Input::LinkUp);
    assert!(matches!(bob.sent[..], [ClientMessage::CallAccept { .. }]));
    bob.pass(secs(4));
    assert_eq!(bob.sent.len(), 3, "repeated until confirmed");
}

#[test]
fn messages_of_another_call_change_nothing() {
    let mut bob = ringing();
    let before = bob.view();
    bob.server(ended(call(9), EndReason::Cancelled, EndedBy::Caller));
    bob.server(signal(call(9), 0, &candidate("x")));
    bob.server(ServerMessage::CallRinging { call_id: call(9), device: device(1) });
    assert_eq!(bob.view(), before);
    assert_eq!(bob.media, []);
}
