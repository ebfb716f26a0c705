//! A media side that starts over in a call: its page crashed or was loaded anew.

#![allow(clippy::wildcard_enum_match_arm, reason = "tests pick what they look at")]

mod support;

use ringdove_call::{CallPhase, EndedSide, MediaAction, MediaEvent};
use ringdove_protocol::{
    ClientMessage, EndReason, Media, Person, PersonKind, Role, ServerMessage, Signal,
};
use support::*;

#[test]
fn makes_the_connection_anew_and_tells_the_other_end() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::StartedOver);
    assert_eq!(alice.actions(), [&MediaAction::Stop, &start(Role::Caller, Media::VIDEO)]);
    assert_eq!(said(&alice), [Signal::Restart { run: 1 }]);
    assert_eq!(alice.phase(), Some(CallPhase::Reconnecting));
    alice.report(call(1), MediaEvent::Connected);
    assert_eq!(alice.phase(), Some(CallPhase::Active));
}

#[test]
fn sends_no_more_than_it_sent_before() {
    let mut alice = Device::talking();
    let media = Media::AUDIO;
    alice.report(call(1), MediaEvent::Signal { signal: Signal::Media { media } });
    alice.forget();
    alice.report(call(1), MediaEvent::StartedOver);
    assert_eq!(alice.actions(), [&MediaAction::Stop, &start(Role::Caller, media)]);
}

#[test]
fn what_the_other_end_says_of_the_old_connection_is_dropped() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::StartedOver);
    alice.forget();
    hear(&mut alice, 0, candidate("old"));
    hear(&mut alice, 1, Signal::Restart { run: 1 });
    hear(&mut alice, 2, candidate("new"));
    assert_eq!(alice.actions(), [&MediaAction::Signal { signal: candidate("new") }]);
}

#[test]
fn the_other_end_follows_and_says_so() {
    let mut alice = Device::talking();
    hear(&mut alice, 0, Signal::Restart { run: 1 });
    assert_eq!(alice.actions(), [&MediaAction::Stop, &start(Role::Caller, Media::VIDEO)]);
    assert_eq!(said(&alice), [Signal::Restart { run: 1 }]);
    assert_eq!(alice.phase(), Some(CallPhase::Reconnecting));
    alice.forget();
    hear(&mut alice, 1, candidate("new"));
    assert_eq!(alice.actions(), [&MediaAction::Signal { signal: candidate("new") }]);
}

#[test]
fn both_at_once_are_one() {
    let mut alice = Device::talking();
    alice.report(call(1), MediaEvent::StartedOver);
    alice.forget();
    hear(&mut alice, 0, Signal::Restart { run: 1 });
    assert_eq!(alice.actions(), [] as [&MediaAction; 0]);
    assert_eq!(said(&alice), []);
}

#[test]
fn an_answer_to_an_older_start_is_not_taken_for_this_one() {
    let mut alice = Device::talking();
    for _ in 0..2 {
        alice.report(call(1), MediaEvent::StartedOver);
    }
    alice.forget();
    hear(&mut alice, 0, Signal::Restart { run: 1 });
    hear(&mut alice, 1, candidate("older"));
    assert_eq!(alice.actions(), [] as [&MediaAction; 0]);
    hear(&mut alice, 2, Signal::Restart { run: 2 });
    hear(&mut alice, 3, candidate("new"));
    assert_eq!(alice.actions(), [&MediaAction::Signal { signal: candidate("new") }]);
}

#[test]
fn without_the_other_end_the_call_is_lost_however_often_it_starts_over() {
    let mut alice = Device::talking();
    for _ in 0..5 {
        alice.report(call(1), MediaEvent::StartedOver);
        alice.pass(secs(9));
    }
    assert_eq!(alice.end(), Some((EndReason::ConnectionLost, EndedSide::Server)));
}

#[test]
fn a_guest_knows_one_connection_only() {
    let mut alice = Device::online();
    let guest = Person { kind: PersonKind::Guest, ..person("Bob") };
    alice.command(ringdove_call::CallCommand::Place {
        call_id: call(1),
        to: guest.clone(),
        media: Media::VIDEO,
    });
    let mut accept = accepted(call(1), Role::Caller, "Bob", None);
    if let ServerMessage::CallAccepted { peer, .. } = &mut accept {
        *peer = guest;
    }
    alice.server(accept);
    alice.report(call(1), MediaEvent::StartedOver);
    assert_eq!(alice.end(), Some((EndReason::Left, EndedSide::Me)));
}

fn start(role: Role, media: Media) -> MediaAction {
    MediaAction::Start { role, ice_servers: Vec::new(), media }
}

fn hear(alice: &mut Device, seq: u32, said: Signal) {
    alice.server(signal(call(1), seq, &said));
}

fn said(alice: &Device) -> Vec<Signal> {
    let signal = |message: &ClientMessage| match message {
        ClientMessage::CallSignal { body, .. } => Signal::decode(body).ok(),
        _ => None,
    };
    alice.sent.iter().filter_map(signal).collect()
}
