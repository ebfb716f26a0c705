//! Where calls meet the link. The rules of a call itself are tested in `ringdove-call`, those of
//! sealed calls in `sealed.rs`; with a guest nothing is sealed.

mod support;

use std::time::Duration;

use ringdove_call::{CallPhase, CallView, MediaAction, MediaCommand};
use ringdove_client::{
    Input, Output,
    app::{Command, Event},
};
use ringdove_protocol::{CallId, ClientMessage, EndReason, ErrorCode, Media, Role, ServerMessage};
use support::{Desk, error, events, guest, leaves, name, sent};

const SECOND: Duration = Duration::from_secs(1);
const CALL: CallId = CallId::from_bytes([5; 16]);

#[test]
fn invite_rings() {
    let mut desk = Desk::online();
    let outputs = desk.server(invite());
    assert_eq!(sent(&outputs), [ClientMessage::CallRinging { call_id: CALL }]);
    assert_eq!(phases(&outputs), [CallPhase::Ringing]);
    assert_eq!(desk.core.snapshot(desk.now).call.map(|call| call.peer), Some(guest("Ben")));
}

#[test]
fn answered_call_outlives_the_link() {
    let mut desk = in_call();
    assert_eq!(phases(&desk.closed()), [], "media does not need the server");
    desk.wait();

    let resume = ClientMessage::CallResume {
        call_id: CALL,
        peer: name("Ben"),
        role: Role::Callee,
        media: Media::AUDIO,
    };
    let after_login = sent(&desk.log_in("Anna"));
    assert!(after_login.contains(&resume), "{after_login:?}");
}

#[test]
fn machine_that_slept_through_a_call_ends_it_and_asks_for_the_server() {
    let mut desk = in_call();
    desk.pass(300 * SECOND);
    let outputs = desk.input(Input::Timeout);
    assert_eq!(phases(&outputs), [CallPhase::Ended]);
    let reason = EndReason::ConnectionLost;
    let hangup = ClientMessage::CallHangup { call_id: CALL, reason };
    assert_eq!(sent(&outputs), [ClientMessage::Ping {}, hangup]);
}

#[test]
fn machine_that_did_not_sleep_is_looked_at_each_second() {
    let mut desk = in_call();
    for _ in 0..10 {
        let before = desk.now;
        assert_eq!(phases(&desk.wait()), []);
        assert!(desk.now - before <= SECOND);
    }
}

#[test]
fn changed_network_restarts_media_and_asks_for_the_server() {
    let mut desk = in_call();
    let outputs = desk.input(Input::NetworkChanged);
    assert_eq!(sent(&outputs), [ClientMessage::Ping {}]);
    let action = MediaAction::RestartIce;
    let command = MediaCommand { call_id: CALL, action };
    assert_eq!(events(&outputs), [Event::Media { command }]);
}

#[test]
fn sign_out_hangs_up_before_it_leaves() {
    let mut desk = in_call();
    let outputs = desk.command(Command::SignOut);
    let hangup = ClientMessage::CallHangup { call_id: CALL, reason: EndReason::HungUp };
    assert_eq!(sent(&outputs), std::slice::from_ref(&hangup));
    let place = |wanted: &Output| outputs.iter().position(|output| output == wanted);
    let hangup = place(&Output::Send { text: hangup.encode() });
    assert!(leaves(&outputs) && hangup < place(&Output::Close { code: 1000 }));
    assert_eq!(phases(&outputs).last(), Some(&CallPhase::Ended));
}

#[test]
fn device_that_took_over_takes_the_call_along() {
    let mut desk = in_call();
    desk.server(error(ErrorCode::SessionReplaced, "login"));
    assert!(desk.core.snapshot(desk.now).people.is_empty());
    // No message can leave any more; what is left of the call runs into its own deadlines.
    for _ in 0..1000 {
        if desk.core.poll_timeout().is_none() {
            break;
        }
        assert_eq!(sent(&desk.wait()), []);
    }
    assert_eq!(desk.core.poll_timeout(), None, "nothing goes on for ever");
}

fn invite() -> ServerMessage {
    ServerMessage::CallInvite {
        call_id: CALL,
        from: guest("Ben"),
        media: Media::AUDIO,
        remaining_ms: 45_000,
        setup: None,
    }
}

fn in_call() -> Desk {
    let mut desk = Desk::online();
    desk.server(invite());
    desk.command(Command::Accept { media: Media::AUDIO });
    desk.server(ServerMessage::CallAccepted {
        call_id: CALL,
        role: Role::Callee,
        peer: guest("Ben"),
        media: Media::AUDIO,
        ice_servers: vec![],
        replaces: None,
        setup: None,
    });
    desk
}

fn phases(outputs: &[Output]) -> Vec<CallPhase> {
    let phase = |event| match event {
        Event::Call { call, .. } => call.map(|call: CallView| call.phase),
        Event::Devices { .. }
        | Event::Known { .. }
        | Event::Line { .. }
        | Event::Link { .. }
        | Event::Media { .. }
        | Event::Notice { .. }
        | Event::People { .. }
        | Event::Privacy { .. } => None,
    };
    events(outputs).into_iter().filter_map(phase).collect()
}
