//! An answered call: connecting, talking, losing and restoring media, ending.

#![allow(clippy::wildcard_enum_match_arm, reason = "tests pick the messages they look at")]

mod support;

use ringdove_call::{
    CallCommand, CallPhase, DeviceFailure, EndedSide, Input, MediaAction, MediaCommand, MediaEvent,
};
use ringdove_protocol::{ClientMessage, EndReason, EndedBy, Media, Role, Signal};
use support::*;

fn hangups(device: &Device) -> Vec<EndReason> {
    let reason = |message: &ClientMessage| match message {
        ClientMessage::CallHangup { reason, .. } => Some(*reason),
        _ => None,
    };
    device.sent.iter().filter_map(reason).collect()
}

#[test]
fn media_that_connects_makes_the_call_active() {
    let mut alice = Device::answered();
    alice.pass(secs(1));
    alice.report(call(1), MediaEvent::Connected);
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    alice.pass(secs(100));
    assert_eq!(alice.view().and_then(|view| view.talk_elapsed_ms), Some(100_000));
}

#[test]
fn media_that_does_not_connect_is_restarted_once_and_given_up() {
    let mut alice = Device::answered();
    alice.pass(secs(19));
    assert_eq!(alice.media, []);
    alice.pass(secs(1));
    assert_eq!(alice.actions(), [&MediaAction::RestartIce]);
    alice.pass(secs(15));
    assert_eq!(alice.end(), Some((EndReason::ConnectFailed, EndedSide::Server)));
    assert_eq!(alice.actions(), [&MediaAction::RestartIce, &MediaAction::Stop]);
    assert_eq!(hangups(&alice), [EndReason::ConnectFailed]);
}

#[test]
fn failed_tries_a_restart_first() {
    let mut alice = Device::answered();
    alice.report(call(1), MediaEvent::Failed);
    assert_eq!(alice.actions(), [&MediaAction::RestartIce]);
    assert_eq!(alice.phase(), Some(CallPhase::Connecting));

    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::Failed);
    assert_eq!(alice.actions(), [&MediaAction::RestartIce]);
    alice.pass(secs(45));
    assert_eq!(alice.end(), Some((EndReason::ConnectionLost, EndedSide::Server)));
}

#[test]
fn a_blip_is_not_shown() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::Disconnected);
    alice.pass(secs(1));
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    alice.report(call(1), MediaEvent::Connected);
    alice.pass(secs(60));
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    assert_eq!(alice.media, []);
}

#[test]
fn a_loss_is_shown_restarted_and_given_up_in_time() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::Disconnected);
    alice.pass(secs(2));
    assert_eq!(alice.phase(), Some(CallPhase::Reconnecting));
    alice.pass(secs(2));
    assert_eq!(alice.count(&MediaAction::RestartIce), 1);
    alice.pass(secs(40));
    assert_eq!(alice.phase(), Some(CallPhase::Reconnecting));
    assert_eq!(alice.count(&MediaAction::RestartIce), 4);
    alice.pass(secs(1));
    assert_eq!(alice.end(), Some((EndReason::ConnectionLost, EndedSide::Server)));
    assert_eq!(hangups(&alice), [EndReason::ConnectionLost]);
}

#[test]
fn media_that_comes_back_makes_the_call_active_again() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::Disconnected);
    alice.pass(secs(10));
    alice.report(call(1), MediaEvent::Connected);
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    alice.pass(secs(100));
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    assert_eq!(alice.view().and_then(|view| view.talk_elapsed_ms), Some(110_000));
}

#[test]
fn a_network_change_restarts_ice_at_once() {
    let mut alice = Device::talking();
    alice.input(Input::NetworkChanged);
    assert_eq!(alice.actions(), [&MediaAction::RestartIce]);
    assert_eq!(alice.phase(), Some(CallPhase::Active));
}

#[test]
fn a_call_that_was_slept_through_ends_at_once() {
    let mut alice = Device::talking();
    alice.input(Input::Woken { slept: secs(45) });
    assert_eq!(alice.actions(), [&MediaAction::Stop]);
    assert_eq!(hangups(&alice), [EndReason::ConnectionLost]);
    assert_eq!(alice.end(), Some((EndReason::ConnectionLost, EndedSide::Server)));
}

#[test]
fn after_a_nap_the_call_goes_on() {
    let mut alice = Device::talking();
    alice.input(Input::Woken { slept: secs(44) });
    assert_eq!(alice.actions(), [&MediaAction::RestartIce]);
    assert_eq!(alice.phase(), Some(CallPhase::Active));
}

#[test]
fn hanging_up_tells_the_peer_both_ways_and_releases_media() {
    let mut alice = Device::talking();
    alice.pass(secs(3));
    alice.command(CallCommand::HangUp);
    assert_eq!(alice.actions(), [&MediaAction::HangUp, &MediaAction::Stop]);
    assert_eq!(hangups(&alice), [EndReason::HungUp]);
    assert_eq!(alice.end(), Some((EndReason::HungUp, EndedSide::Me)));
    assert_eq!(alice.view().and_then(|view| view.end).map(|end| end.talk_ms), Some(3_000));
    alice.command(CallCommand::HangUp);
    assert_eq!(alice.media.len(), 2, "pressed twice");
}

#[test]
fn the_peers_hangup_is_heard_over_either_way() {
    let mut alice = Device::talking();
    alice.server(ended(call(1), EndReason::HungUp, EndedBy::Callee));
    assert_eq!(alice.end(), Some((EndReason::HungUp, EndedSide::Peer)));
    assert_eq!(alice.actions(), [&MediaAction::Stop]);

    let mut alice = Device::talking();
    alice.input(Input::LinkDown);
    alice.report(call(1), MediaEvent::RemoteHangUp);
    assert_eq!(alice.end(), Some((EndReason::HungUp, EndedSide::Peer)));
    assert_eq!(hangups(&alice), [], "offline");
    alice.input(Input::LinkUp);
    assert_eq!(hangups(&alice), [EndReason::HungUp], "said at the next login");
}

/// Told by both, the server would take the faster one for the one who hung up.
#[test]
fn whoever_hears_a_hangup_leaves_it_to_the_peer_to_tell_the_server() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::RemoteHangUp);
    alice.pass(secs(1));
    assert_eq!(hangups(&alice), []);
    alice.server(ended(call(1), EndReason::HungUp, EndedBy::Callee));
    alice.pass(secs(60));
    assert_eq!(hangups(&alice), []);

    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::RemoteHangUp);
    alice.pass(secs(2));
    assert_eq!(hangups(&alice), [EndReason::HungUp], "the peer's link may be down");

    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::RemoteHangUp);
    alice.place(call(2), "Carol");
    assert_eq!(hangups(&alice), [EndReason::HungUp], "before the next call");
}

#[test]
fn device_failures_end_the_call_with_their_reason() {
    for (failure, reason) in [
        (DeviceFailure::NoPermission, EndReason::NoPermission),
        (DeviceFailure::NoDevice, EndReason::NoDevice),
        (DeviceFailure::Unsupported, EndReason::ConnectFailed),
    ] {
        let mut alice = Device::answered();
        alice.report(call(1), MediaEvent::DeviceFailed { failure });
        assert_eq!(alice.end(), Some((reason, EndedSide::Me)));
        assert_eq!(hangups(&alice), [reason]);
        assert_eq!(alice.actions(), [&MediaAction::Stop]);
    }
}

#[test]
fn a_lost_link_ends_nothing_and_the_next_login_resumes() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::Signal { signal: candidate("a") });
    alice.input(Input::LinkDown);
    alice.report(call(1), MediaEvent::Signal { signal: candidate("b") });
    alice.pass(secs(300));
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    assert_eq!(alice.media, []);
    alice.forget();
    alice.input(Input::LinkUp);
    let resume = ClientMessage::CallResume {
        call_id: call(1),
        peer: name("Bob"),
        role: Role::Caller,
        media: Media::VIDEO,
    };
    let signal = |seq, text: &str| ClientMessage::CallSignal {
        call_id: call(1),
        seq,
        body: candidate(text).encode(),
    };
    assert_eq!(alice.sent, [resume, signal(0, "a"), signal(1, "b")]);
    alice.server(accepted(call(1), Role::Caller, "Bob", None));
    assert_eq!(alice.media, [], "a confirmed resume starts nothing anew");
}

#[test]
fn what_the_peer_mutes_is_shown_and_told_to_the_media_side() {
    let mut alice = Device::talking();
    let muted = Signal::Media { media: Media::AUDIO };
    alice.server(signal(call(1), 0, &muted));
    assert_eq!(alice.view().map(|view| view.peer_media), Some(Media::AUDIO));
    let action = MediaAction::Signal { signal: muted };
    assert_eq!(alice.media, [MediaCommand { call_id: call(1), action }]);
}

#[test]
fn nonsense_from_the_peer_harms_nothing_and_another_version_ends_the_call() {
    let mut alice = Device::talking();
    let body = |seq, body: &str| ringdove_protocol::ServerMessage::CallSignal {
        call_id: call(1),
        from: name("Bob"),
        seq,
        body: body.to_owned(),
    };
    alice.server(body(0, "nonsense"));
    alice.server(body(1, r#"{"v":1,"kind":"dance"}"#));
    assert_eq!(alice.phase(), Some(CallPhase::Active));
    alice.server(body(2, r#"{"v":7,"sealed":"…"}"#));
    assert_eq!(alice.end(), Some((EndReason::Version, EndedSide::Me)));
}

#[test]
fn after_every_kind_of_end_the_next_call_works() {
    let ends: [fn(&mut Device); 5] = [
        |device| device.command(CallCommand::HangUp),
        |device| device.server(ended(call(1), EndReason::HungUp, EndedBy::Callee)),
        |device| device.report(call(1), MediaEvent::RemoteHangUp),
        |device| {
            device.report(call(1), MediaEvent::Disconnected);
            device.pass(secs(45));
        },
        |device| {
            let failure = DeviceFailure::NoDevice;
            device.report(call(1), MediaEvent::DeviceFailed { failure });
        },
    ];
    for end in ends {
        let mut alice = Device::talking();
        end(&mut alice);
        assert_eq!(alice.phase(), Some(CallPhase::Ended));
        alice.forget();
        alice.place(call(2), "Bob");
        alice.server(accepted(call(2), Role::Caller, "Bob", None));
        alice.report(call(1), MediaEvent::Connected);
        assert_eq!(alice.phase(), Some(CallPhase::Connecting), "an old report");
        alice.report(call(2), MediaEvent::Connected);
        assert_eq!(alice.phase(), Some(CallPhase::Active));
    }
}
