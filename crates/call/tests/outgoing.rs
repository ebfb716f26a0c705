//! The caller's side, from the press of a name to the answer.

mod support;

use ringdove_call::{CallCommand, CallPhase, CallRefusal, EndedSide, Input, MediaAction};
use ringdove_protocol::{ClientMessage, EndReason, EndedBy, ErrorCode, Role, ServerMessage};
use support::*;

fn invites(device: &Device) -> usize {
    device.sent.iter().filter(|m| matches!(m, ClientMessage::CallInvite { .. })).count()
}

#[test]
fn the_phase_is_the_best_that_any_device_of_the_callee_reports() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    assert_eq!(alice.phase(), Some(CallPhase::Dialing));
    alice.server(ServerMessage::CallReached { call_id: call(1), device: device(1) });
    assert_eq!(alice.phase(), Some(CallPhase::Reached));
    alice.server(ServerMessage::CallRinging { call_id: call(1), device: device(2) });
    alice.server(ServerMessage::CallReached { call_id: call(1), device: device(2) });
    assert_eq!(alice.phase(), Some(CallPhase::RemoteRinging));
    alice.server(ServerMessage::CallSilenced { call_id: call(1), device: device(2) });
    assert_eq!(alice.phase(), Some(CallPhase::Reached), "nothing rings any more");
}

#[test]
fn the_answer_starts_media_as_caller() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    assert!(!alice.has_started_media());
    alice.server(accepted(call(1), Role::Caller, "Bob", None));
    assert_eq!(alice.phase(), Some(CallPhase::Connecting));
    assert!(matches!(alice.actions()[..], [MediaAction::Start { role: Role::Caller, .. }]));
}

#[test]
fn an_answer_to_a_call_that_was_not_placed_starts_nothing() {
    let mut alice = Device::online();
    alice.server(accepted(call(1), Role::Callee, "Bob", None));
    alice.place(call(2), "Bob");
    alice.server(accepted(call(3), Role::Caller, "Bob", None));
    alice.server(accepted(call(2), Role::Caller, "Mallory", None));
    alice.server(accepted(call(4), Role::Callee, "Mallory", Some(call(2))));
    assert!(!alice.has_started_media());
    assert_eq!(alice.phase(), Some(CallPhase::Dialing));
}

#[test]
fn each_end_tells_its_reason() {
    for (reason, by, side) in [
        (EndReason::Declined, EndedBy::Callee, EndedSide::Peer),
        (EndReason::Busy, EndedBy::Callee, EndedSide::Peer),
        (EndReason::NoAnswer, EndedBy::Server, EndedSide::Server),
        (EndReason::Unreachable, EndedBy::Server, EndedSide::Server),
        (EndReason::Cancelled, EndedBy::Caller, EndedSide::Me),
    ] {
        let mut alice = Device::online();
        alice.place(call(1), "Bob");
        alice.server(ended(call(1), reason, by));
        assert_eq!(alice.end(), Some((reason, side)));
        assert!(!alice.has_started_media());
    }
}

#[test]
fn errors_end_the_call_with_a_reason() {
    for (code, reason) in [
        (ErrorCode::Offline, EndReason::Unreachable),
        (ErrorCode::AlreadyInCall, EndReason::Busy),
        (ErrorCode::RateLimited, EndReason::RateLimited),
        (ErrorCode::ServerError, EndReason::ServerError),
    ] {
        let mut alice = Device::online();
        alice.place(call(1), "Bob");
        let (text, about) = (String::new(), Some("call.invite".to_owned()));
        alice.server(ServerMessage::Error { code, text, about, call_id: Some(call(1)) });
        assert_eq!(alice.end(), Some((reason, EndedSide::Server)), "{code:?}");
    }
}

#[test]
fn hanging_up_cancels_and_repeats_until_the_server_confirms() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.command(CallCommand::HangUp);
    assert_eq!(alice.end(), Some((EndReason::Cancelled, EndedSide::Me)));
    let cancels = |device: &Device| {
        device.sent.iter().filter(|m| matches!(m, ClientMessage::CallCancel { .. })).count()
    };
    assert_eq!(cancels(&alice), 1);
    alice.pass(secs(5));
    assert_eq!(cancels(&alice), 3);
    alice.server(ended(call(1), EndReason::Cancelled, EndedBy::Caller));
    alice.pass(secs(60));
    assert_eq!(cancels(&alice), 3);
}

#[test]
fn of_two_ends_that_cross_the_one_that_the_server_heard_first_is_shown() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.command(CallCommand::HangUp);
    alice.server(ended(call(1), EndReason::Declined, EndedBy::Callee));
    assert_eq!(alice.end(), Some((EndReason::Declined, EndedSide::Peer)));
}

#[test]
fn an_answer_that_crosses_the_cancel_starts_nothing() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.command(CallCommand::HangUp);
    alice.server(accepted(call(1), Role::Caller, "Bob", None));
    assert!(!alice.has_started_media());
    assert_eq!(alice.end(), Some((EndReason::Cancelled, EndedSide::Me)));
}

#[test]
fn a_silent_server_is_outwaited_by_ring_limit_and_guard() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.server(ServerMessage::CallRinging { call_id: call(1), device: device(1) });
    alice.pass(RING_LIMIT + secs(4));
    assert_eq!(alice.phase(), Some(CallPhase::RemoteRinging));
    alice.pass(secs(1));
    assert_eq!(alice.end(), Some((EndReason::NoAnswer, EndedSide::Server)));
    assert!(alice.sent.contains(&ClientMessage::CallCancel { call_id: call(1) }));
}

#[test]
fn a_server_that_stays_away_is_named_as_the_reason() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.input(Input::LinkDown);
    alice.pass(RING_LIMIT + secs(5));
    assert_eq!(alice.end(), Some((EndReason::ServerError, EndedSide::Server)));
}

#[test]
fn the_invite_is_repeated_until_a_device_is_reached() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.pass(secs(5));
    assert_eq!(invites(&alice), 3);
    alice.server(ServerMessage::CallReached { call_id: call(1), device: device(1) });
    alice.pass(secs(20));
    assert_eq!(invites(&alice), 3);
}

#[test]
fn a_new_login_says_the_invite_again() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.server(ServerMessage::CallRinging { call_id: call(1), device: device(1) });
    alice.input(Input::LinkDown);
    alice.pass(secs(3));
    alice.forget();
    alice.input(Input::LinkUp);
    assert_eq!(invites(&alice), 1);
    assert_eq!(alice.phase(), Some(CallPhase::RemoteRinging));
}

#[test]
fn a_second_call_is_refused_and_the_open_one_untouched() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.place(call(2), "Carol");
    assert_eq!(alice.refused, [CallRefusal::AlreadyInCall]);
    assert_eq!(alice.view().map(|view| view.call_id), Some(call(1)));
}

#[test]
fn nobody_can_be_called_while_offline() {
    let mut alice = Device::online();
    alice.input(Input::LinkDown);
    alice.place(call(1), "Bob");
    assert_eq!(alice.refused, [CallRefusal::Offline]);
    assert_eq!(alice.view(), None);
}

#[test]
fn after_a_new_login_the_invite_is_repeated_until_the_server_confirms_it_anew() {
    let mut alice = Device::online();
    alice.place(call(1), "Bob");
    alice.server(ServerMessage::CallRinging { call_id: call(1), device: device(1) });
    alice.input(Input::LinkDown);
    alice.input(Input::LinkUp);
    assert_eq!(invites(&alice), 2);
    alice.pass(secs(2));
    assert_eq!(invites(&alice), 3, "a restarted server may wait for the callee");
    alice.server(ServerMessage::CallRinging { call_id: call(1), device: device(1) });
    alice.pass(secs(10));
    assert_eq!(invites(&alice), 3);
    assert_eq!(alice.phase(), Some(CallPhase::RemoteRinging));
}

#[test]
fn a_call_that_is_over_does_not_come_back_by_glare() {
    let mut alice = Device::online();
    alice.server(invite(call(1), "Bob"));
    alice.command(CallCommand::Decline);
    alice.server(ended(call(1), EndReason::Declined, EndedBy::Callee));
    alice.place(call(2), "Bob");
    alice.sent.clear();
    alice.server(accepted(call(1), Role::Callee, "Bob", Some(call(2))));
    assert!(!alice.has_started_media());
    let hangup = ClientMessage::CallHangup { call_id: call(2), reason: EndReason::Left };
    assert_eq!(alice.sent, [hangup], "which ends both calls");
    assert_eq!(alice.phase(), Some(CallPhase::Ended));
}

#[test]
fn on_glare_the_winning_call_takes_the_place_of_the_own_one() {
    let mut loser = Device::online();
    loser.place(call(2), "Bob");
    loser.server(invite(call(1), "Bob"));
    loser.server(ended(call(2), EndReason::GlareLost, EndedBy::Server));
    assert_eq!(loser.phase(), Some(CallPhase::Dialing), "the server decides");
    loser.server(accepted(call(1), Role::Callee, "Bob", Some(call(2))));
    assert_eq!(loser.view().map(|view| (view.call_id, view.role)), Some((call(1), Role::Callee)));
    assert!(loser.has_started_media());
    loser.server(ended(call(2), EndReason::GlareLost, EndedBy::Server));
    assert_eq!(loser.phase(), Some(CallPhase::Connecting));
}
