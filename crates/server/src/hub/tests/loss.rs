//! Connections that end while there is a call.

use ringdove_protocol::{
    ClientMessage,
    EndReason::{Busy, Cancelled, ConnectionLost, Left, Unreachable},
    EndedBy::{Callee, Caller, Server},
    ServerMessage,
};

use super::{Departure, Dialect, Town, accept, decline, ended, id, invite, key, kinds, signal};

#[test]
fn a_closed_page_ends_an_answered_call_at_once() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.close(ben, Departure::Clean);
    assert_eq!(town.hear(anna), [ended(id(1), Left, Callee)]);
}

#[test]
fn a_closed_page_cancels_its_unanswered_call_at_once() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.close(anna, Departure::Clean);
    assert_eq!(town.hear(ben).last(), Some(&ended(id(1), Cancelled, Caller)));
}

#[test]
fn a_lost_caller_has_five_seconds_to_come_back() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.hear(ben);
    town.close(anna, Departure::Lost);
    town.secs(4);
    assert_eq!(town.hear(ben), []);
    let anna = town.connect(Dialect::Ringdove);
    town.log_in(anna, "Anna", 0);
    assert_eq!(kinds(&town.hear(anna)), ["welcome", "presence", "call.reached"]);
    town.secs(10);
    town.say(ben, accept(id(1)));
    assert_eq!(kinds(&town.hear(anna)), ["call.accepted"]);
}

#[test]
fn a_lost_caller_who_stays_away_has_cancelled() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.hear(ben);
    town.close(anna, Departure::Lost);
    town.secs(5);
    assert_eq!(town.hear(ben), [ended(id(1), Cancelled, Caller)]);
}

#[test]
fn a_lost_device_of_the_callee_only_stops_ringing() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    town.hear(anna);
    town.close(phone, Departure::Lost);
    assert_eq!(town.hear(anna), []);
    town.say(desk, accept(id(1)));
    assert_eq!(kinds(&town.hear(anna)), ["call.accepted"]);
}

#[test]
fn a_lost_callee_rings_again_when_it_is_back() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.close(ben, Departure::Lost);
    town.secs(10);
    let ben = town.connect(Dialect::Ringdove);
    town.log_in(ben, "Ben", 0);
    match &town.hear(ben)[..] {
        [_, _, ServerMessage::CallInvite { remaining_ms: 35_000, .. }] => {}
        other => panic!("expected an invite, got {other:?}"),
    }
}

#[test]
fn a_device_that_rang_and_is_gone_rings_no_more_for_the_caller() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.say(ben, ClientMessage::CallRinging { call_id: id(1) });
    town.hear(anna);
    town.close(ben, Departure::Clean);
    let device = key("Ben", 0).device_id();
    assert_eq!(town.hear(anna), [ServerMessage::CallSilenced { call_id: id(1), device }]);
}

#[test]
fn a_callee_who_does_not_come_back_is_not_reachable() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    town.hear(anna);
    town.close(phone, Departure::Lost);
    town.secs(20);
    assert_eq!(town.hear(anna), [], "another device has the invite");
    town.close(desk, Departure::Clean);
    town.secs(14);
    assert_eq!(town.hear(anna), []);
    town.secs(1);
    assert_eq!(town.hear(anna), [ended(id(1), Unreachable, Server)]);
}

#[test]
fn when_the_last_device_that_could_answer_is_gone_the_refusal_of_another_counts() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    town.say(phone, decline(id(1), Busy));
    town.hear(anna);
    town.close(desk, Departure::Lost);
    town.secs(15);
    assert_eq!(town.hear(anna), [ended(id(1), Busy, Callee)]);
}

#[test]
fn an_answered_call_outlives_a_lost_connection_for_a_minute() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.close(ben, Departure::Lost);
    town.say(anna, signal(id(1), 0, "media flows on"));
    town.secs(59);
    assert_eq!(town.hear(anna), [], "nobody is told");
    town.secs(1);
    assert_eq!(town.hear(anna), [ended(id(1), ConnectionLost, Server)]);
}

#[test]
fn a_device_that_is_back_without_its_call_ends_it_soon() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.close(ben, Departure::Lost);
    let _restarted_app = town.user("Ben");
    town.secs(10);
    assert_eq!(town.hear(anna), [ended(id(1), ConnectionLost, Server)]);
}

#[test]
fn a_third_person_finds_a_lost_end_busy_or_unreachable() {
    let mut town = Town::new();
    let (anna, ben, carl) = (town.user("Anna"), town.user("Ben"), town.user("Carl"));
    town.call(id(1), anna, ben, "Ben");
    town.close(ben, Departure::Lost);
    town.say(carl, invite(id(2), "Anna"));
    town.say(carl, invite(id(3), "Ben"));
    let heard = town.hear(carl);
    assert_eq!(heard[0], ended(id(2), ringdove_protocol::EndReason::Busy, Server));
    assert_eq!(heard[1], ended(id(3), ringdove_protocol::EndReason::Unreachable, Server));
    assert_eq!(town.hear(anna), []);
}
