//! Calls that outlive a connection, and the server.

use ringdove_protocol::{
    CallId, ClientMessage,
    EndReason::{ConnectionLost, HungUp, Unreachable},
    EndedBy::{Caller, Server},
    ErrorCode, Media, Role, ServerMessage, SessionId,
};

use super::{
    Departure, Dialect, Town, cancel, ended, error_codes, hang_up, id, invite, kinds, name, signal,
};

fn resume(call_id: CallId, peer: &str, role: Role) -> ClientMessage {
    ClientMessage::CallResume { call_id, peer: name(peer), role, media: Media::VIDEO }
}

/// Logs in again with the first device; welcome and presence are heard already.
fn back(town: &mut Town, who: &str) -> SessionId {
    let session = town.connect(Dialect::Ringdove);
    town.log_in(session, who, 0);
    assert_eq!(kinds(&town.hear(session)), ["welcome", "presence"]);
    session
}

#[test]
fn a_device_that_is_back_gets_what_it_missed() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.close(ben, Departure::Lost);
    town.say(anna, signal(id(1), 0, "first"));
    town.say(anna, signal(id(1), 1, "second"));
    town.secs(30);
    let ben = back(&mut town, "Ben");
    town.say(ben, resume(id(1), "Anna", Role::Callee));
    match &town.hear(ben)[..] {
        [
            ServerMessage::CallAccepted { role: Role::Callee, replaces: None, .. },
            ServerMessage::CallSignal { seq: 0, .. },
            ServerMessage::CallSignal { seq: 1, .. },
        ] => {}
        other => panic!("expected what was missed, got {other:?}"),
    }
    town.secs(100);
    assert_eq!(town.hear(anna), [], "the other end notices nothing");
    town.say(ben, signal(id(1), 0, "answer"));
    assert_eq!(kinds(&town.hear(anna)), ["call.signal"]);
}

#[test]
fn what_is_held_for_a_lost_device_is_bounded() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.close(ben, Departure::Lost);
    for seq in 0..64 {
        town.say(anna, signal(id(1), seq, "x"));
    }
    assert_eq!(town.hear(anna), []);
    town.say(anna, signal(id(1), 64, "x"));
    assert_eq!(error_codes(&town.hear(anna)), [ErrorCode::RateLimited]);
}

#[test]
fn a_second_login_with_the_same_key_takes_the_call_over() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    let again = back(&mut town, "Ben");
    assert_eq!(error_codes(&town.hear(ben)), [ErrorCode::SessionReplaced]);
    assert_eq!(town.close_code(ben), Some(4001));
    town.close(ben, Departure::Lost);
    town.say(again, resume(id(1), "Anna", Role::Callee));
    assert_eq!(kinds(&town.hear(again)), ["call.accepted"]);
    town.secs(100);
    assert_eq!(town.open_calls(), 1);
    assert_eq!(town.hear(anna), []);
}

#[test]
fn both_ends_bring_a_call_back_after_a_restart() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.restart();
    let anna = back(&mut town, "Anna");
    town.say(anna, resume(id(1), "Ben", Role::Caller));
    town.say(anna, resume(id(1), "Ben", Role::Caller));
    town.say(anna, signal(id(1), 7, "restart ICE"));
    assert_eq!(town.hear(anna), []);
    let ben = back(&mut town, "Ben");
    town.say(ben, resume(id(1), "Anna", Role::Callee));
    assert_eq!(kinds(&town.hear(ben)), ["call.accepted", "call.signal"]);
    match &town.hear(anna)[..] {
        [ServerMessage::CallAccepted { role: Role::Caller, peer, .. }] => {
            assert_eq!(peer.name, name("Ben"));
        }
        other => panic!("expected accepted, got {other:?}"),
    }
    town.say(anna, hang_up(id(1)));
    assert_eq!(town.hear(ben), [ended(id(1), HungUp, Caller)]);
}

#[test]
fn one_end_alone_brings_nothing_back_and_makes_nobody_busy() {
    let mut town = Town::new();
    let (anna, ben, carl) = (town.user("Anna"), town.user("Ben"), town.user("Carl"));
    town.say(anna, resume(id(1), "Ben", Role::Caller));
    town.say(carl, invite(id(2), "Ben"));
    assert_eq!(kinds(&town.hear(ben)), ["call.invite"]);
    town.secs(60);
    assert_eq!(town.hear(anna), [ended(id(1), ConnectionLost, Server)]);
}

#[test]
fn names_and_roles_must_fit() {
    for (who, peer, role) in
        [("Eve", "Anna", Role::Callee), ("Ben", "Anna", Role::Caller), ("Ben", "Eve", Role::Callee)]
    {
        let mut town = Town::new();
        let anna = town.user("Anna");
        let other = town.user(who);
        town.say(anna, resume(id(1), "Ben", Role::Caller));
        town.say(other, resume(id(1), peer, role));
        assert_eq!(error_codes(&town.hear(other)), [ErrorCode::UnknownCall], "{who} {peer}");
        assert_eq!(town.hear(anna), []);
    }
}

#[test]
fn a_resumed_call_that_ended_meanwhile_is_over() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.close(ben, Departure::Lost);
    town.say(anna, hang_up(id(1)));
    let ben = back(&mut town, "Ben");
    town.say(ben, resume(id(1), "Anna", Role::Callee));
    assert_eq!(town.hear(ben), [ended(id(1), HungUp, Caller)]);
}

#[test]
fn a_restarted_server_gives_those_it_knows_time_to_come_back() {
    let mut town = Town::new();
    let start = town.start;
    town.hub.expect_returns(start);
    let anna = town.user("Anna");
    town.say(anna, invite(id(1), "Ben"));
    assert_eq!(town.hear(anna), [], "not yet: Anna asks again");
    town.user("Ben");
    town.say(anna, invite(id(1), "Ben"));
    assert!(matches!(town.hear(anna)[..], [ServerMessage::CallReached { .. }]));
    town.say(anna, cancel(id(1)));
    town.hear(anna);
    town.secs(15);
    town.say(anna, invite(id(2), "Carl"));
    let unreachable = ended(id(2), Unreachable, Server);
    assert_eq!(town.hear(anna), [unreachable]);
}
