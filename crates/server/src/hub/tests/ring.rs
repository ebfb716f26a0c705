//! What happens until somebody answers.

use ringdove_protocol::{
    ClientMessage,
    EndReason::{
        AnsweredElsewhere, Busy, Cancelled, Declined, DeclinedElsewhere, HungUp, NoAnswer,
        Replaced, Unreachable, Version,
    },
    EndedBy::{Callee, Caller, Server},
    ErrorCode, Role, ServerMessage,
};

use super::{
    Town, accept, cancel, decline, ended, error_codes, hang_up, id, invite, key, kinds, name,
};

#[test]
fn the_caller_hears_of_each_device() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    let (phone_key, desk_key) = (key("Ben", 0).device_id(), key("Ben", 1).device_id());
    assert_eq!(
        town.hear(anna),
        [
            ServerMessage::CallReached { call_id: id(1), device: phone_key },
            ServerMessage::CallReached { call_id: id(1), device: desk_key },
        ],
    );
    town.say(desk, ClientMessage::CallRinging { call_id: id(1) });
    town.say(desk, ClientMessage::CallRinging { call_id: id(1) });
    town.say(desk, ClientMessage::CallSilenced { call_id: id(1) });
    assert_eq!(
        town.hear(anna),
        [
            ServerMessage::CallRinging { call_id: id(1), device: desk_key },
            ServerMessage::CallSilenced { call_id: id(1), device: desk_key },
        ],
    );
    assert_eq!(kinds(&town.hear(phone)), ["call.invite"]);
}

#[test]
fn the_first_device_that_accepts_gets_the_call() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    town.say(desk, accept(id(1)));
    town.say(phone, accept(id(1)));
    assert_eq!(kinds(&town.hear(desk)), ["call.invite", "call.accepted"]);
    let elsewhere = ended(id(1), AnsweredElsewhere, Callee);
    assert_eq!(town.hear(phone)[1..], [elsewhere.clone(), elsewhere.clone()]);
    assert_eq!(kinds(&town.hear(anna)), ["call.reached", "call.reached", "call.accepted"]);
    town.say(anna, hang_up(id(1)));
    town.say(phone, accept(id(1)));
    assert_eq!(town.hear(phone), [elsewhere], "also after the end");
}

#[test]
fn a_decline_ends_the_ringing_everywhere() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    town.say(phone, decline(id(1), Declined));
    assert_eq!(town.hear(anna).last(), Some(&ended(id(1), Declined, Callee)));
    assert_eq!(town.hear(phone).last(), Some(&ended(id(1), Declined, Callee)));
    assert_eq!(town.hear(desk).last(), Some(&ended(id(1), DeclinedElsewhere, Callee)));
    assert_eq!(town.open_calls(), 0);
    town.say(phone, decline(id(1), Declined));
    assert_eq!(town.hear(phone), [ended(id(1), Declined, Callee)], "repeats are answered");
}

#[test]
fn a_busy_device_drops_out_and_the_last_one_ends_the_call() {
    for reason in [Busy, Version] {
        let mut town = Town::new();
        let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
        town.say(anna, invite(id(1), "Ben"));
        town.say(phone, decline(id(1), reason));
        assert_eq!(town.hear(phone).last(), Some(&ended(id(1), reason, Callee)));
        assert_eq!(kinds(&town.hear(anna)), ["call.reached", "call.reached"]);
        town.say(phone, accept(id(1)));
        assert_eq!(town.hear(phone), [ended(id(1), reason, Callee)], "the first word counts");
        town.say(desk, decline(id(1), reason));
        assert_eq!(town.hear(anna), [ended(id(1), reason, Callee)]);
    }
}

#[test]
fn a_device_that_said_busy_cannot_decline_for_the_others() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    town.say(phone, decline(id(1), Busy));
    town.hear(phone);
    town.say(phone, decline(id(1), Declined));
    assert_eq!(town.hear(phone), [ended(id(1), Busy, Callee)], "its first word counts");
    town.say(desk, accept(id(1)));
    assert_eq!(kinds(&town.hear(anna))[2..], ["call.accepted"]);
}

#[test]
fn only_the_reasons_of_a_decline_can_be_given() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.say(ben, decline(id(1), NoAnswer));
    assert_eq!(error_codes(&town.hear(ben)), [ErrorCode::BadMessage]);
    town.say(ben, accept(id(1)));
    let reason = AnsweredElsewhere;
    town.say(ben, ClientMessage::CallHangup { call_id: id(1), reason });
    assert_eq!(error_codes(&town.hear(ben)), [ErrorCode::BadMessage]);
    assert_eq!(town.open_calls(), 1);
}

#[test]
fn cancel_reaches_every_device() {
    let mut town = Town::new();
    let (anna, phone, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.say(anna, invite(id(1), "Ben"));
    town.say(anna, cancel(id(1)));
    town.say(anna, cancel(id(1)));
    let over = ended(id(1), Cancelled, Caller);
    for device in [phone, desk] {
        assert_eq!(town.hear(device).last(), Some(&over));
    }
    assert_eq!(town.hear(anna)[2..], [over.clone(), over.clone()]);
    town.say(phone, accept(id(1)));
    assert_eq!(town.hear(phone), [over], "an accept that comes too late hears the outcome");
}

#[test]
fn a_cancel_that_comes_after_the_answer_hangs_up() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.say(anna, cancel(id(1)));
    assert_eq!(town.hear(ben), [ended(id(1), HungUp, Caller)]);
    assert_eq!(town.hear(anna), [ended(id(1), HungUp, Caller)]);
}

#[test]
fn nobody_answers_within_the_ring_limit() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.secs(44);
    assert_eq!(town.open_calls(), 1);
    town.secs(1);
    for user in [anna, ben] {
        assert_eq!(town.hear(user).last(), Some(&ended(id(1), NoAnswer, Server)));
    }
}

#[test]
fn a_device_that_comes_while_it_rings_rings_for_the_rest() {
    let mut town = Town::new();
    let (anna, _phone) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.secs(20);
    let session = town.connect(super::Dialect::Ringdove);
    town.log_in(session, "Ben", 1);
    match &town.hear(session)[..] {
        [_, _, ServerMessage::CallInvite { remaining_ms: 25_000, .. }] => {}
        other => panic!("expected an invite, got {other:?}"),
    }
}

#[test]
fn offline_and_unknown_look_the_same() {
    let mut town = Town::new();
    let anna = town.user("Anna");
    let ben = town.user("Ben");
    town.close(ben, super::Departure::Clean);
    town.say(anna, invite(id(1), "Ben"));
    town.say(anna, invite(id(2), "Nobody"));
    let expected = [ended(id(1), Unreachable, Server), ended(id(2), Unreachable, Server)];
    assert_eq!(town.hear(anna), expected);
    let _ben = town.user("Ben");
    town.say(anna, invite(id(1), "Ben"));
    assert_eq!(town.hear(anna), expected[..1], "a repeated invite does not ring after its end");
}

#[test]
fn a_third_caller_hears_busy_at_once() {
    let mut town = Town::new();
    let (anna, ben, carl) = (town.user("Anna"), town.user("Ben"), town.user("Carl"));
    town.say(anna, invite(id(1), "Ben"));
    town.hear(ben);
    for (call, callee) in [(id(2), "Ben"), (id(3), "Anna")] {
        town.say(carl, invite(call, callee));
        assert_eq!(town.hear(carl), [ended(call, Busy, Server)]);
    }
    town.say(ben, accept(id(1)));
    town.hear(ben);
    town.say(carl, invite(id(4), "Ben"));
    assert_eq!(town.hear(carl), [ended(id(4), Busy, Server)]);
    assert_eq!(town.hear(ben), [], "the running call is untouched");
    town.say(ben, hang_up(id(1)));
    town.hear(ben);
    town.say(carl, invite(id(5), "Ben"));
    assert_eq!(kinds(&town.hear(carl)), ["call.reached"], "and free again after it");
}

#[test]
fn a_device_makes_one_call_at_a_time() {
    let mut town = Town::new();
    let (anna, _ben, _carl) = (town.user("Anna"), town.user("Ben"), town.user("Carl"));
    town.say(anna, invite(id(1), "Ben"));
    town.hear(anna);
    town.say(anna, invite(id(2), "Carl"));
    match &town.hear(anna)[..] {
        [ServerMessage::Error { code: ErrorCode::AlreadyInCall, call_id: Some(call), .. }] => {
            assert_eq!(*call, id(2));
        }
        other => panic!("expected an error, got {other:?}"),
    }
    town.say(anna, invite(id(3), "Anna"));
    assert_eq!(error_codes(&town.hear(anna)), [ErrorCode::Oneself]);
}

#[test]
fn a_new_invite_of_the_same_peer_replaces_the_old_call() {
    for from_callee in [false, true] {
        let mut town = Town::new();
        let (anna, ben) = (town.user("Anna"), town.user("Ben"));
        town.call(id(1), anna, ben, "Ben");
        let (from, to, to_name, by) =
            if from_callee { (ben, anna, "Anna", Callee) } else { (anna, ben, "Ben", Caller) };
        town.say(from, invite(id(2), to_name));
        let heard = town.hear(to);
        assert_eq!(heard[0], ended(id(1), Replaced, by));
        assert_eq!(kinds(&heard[1..]), ["call.invite"]);
        assert_eq!(kinds(&town.hear(from)), ["call.ended", "call.reached"]);
        town.say(to, accept(id(2)));
        assert_eq!(town.open_calls(), 1);
    }
}

#[test]
fn an_invite_that_is_refused_replaces_nothing() {
    let mut town = Town::new();
    let (phone, desk) = (town.user("Anna"), town.device("Anna", 1));
    let (ben, carl) = (town.user("Ben"), town.user("Carl"));
    town.call(id(1), phone, ben, "Ben");
    town.call(id(2), desk, carl, "Carl");
    town.say(desk, invite(id(3), "Ben"));
    assert_eq!(error_codes(&town.hear(desk)), [ErrorCode::AlreadyInCall]);
    assert_eq!(town.hear(ben), [], "the call with the other device goes on");
}

#[test]
fn repeats_of_invite_and_accept_get_the_same_answer() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.say(ben, ClientMessage::CallRinging { call_id: id(1) });
    town.hear(anna);
    town.say(anna, invite(id(1), "Ben"));
    assert_eq!(kinds(&town.hear(anna)), ["call.ringing"]);
    assert_eq!(kinds(&town.hear(ben)), ["call.invite"], "it rings once");
    town.say(ben, accept(id(1)));
    town.say(ben, accept(id(1)));
    town.say(anna, invite(id(1), "Ben"));
    assert_eq!(kinds(&town.hear(ben)), ["call.accepted", "call.accepted"]);
    match &town.hear(anna)[..] {
        [first, second] => {
            assert_eq!(first, second);
            assert!(matches!(
                first,
                ServerMessage::CallAccepted { role: Role::Caller, peer, .. } if peer.name == name("Ben")
            ));
        }
        other => panic!("expected two, got {other:?}"),
    }
}

#[test]
fn strangers_cannot_touch_a_call() {
    let mut town = Town::new();
    let (anna, ben, eve) = (town.user("Anna"), town.user("Ben"), town.user("Eve"));
    town.say(anna, invite(id(1), "Ben"));
    for _ in 0..2 {
        town.say(eve, accept(id(1)));
        town.say(eve, decline(id(1), Declined));
        town.say(eve, cancel(id(1)));
        town.say(eve, hang_up(id(1)));
        town.say(eve, super::signal(id(1), 0, "x"));
        town.say(eve, ClientMessage::CallRinging { call_id: id(1) });
        town.say(eve, invite(id(1), "Ben"));
        let codes = error_codes(&town.hear(eve));
        assert_eq!(codes.len(), 7);
        assert!(
            codes.iter().all(|code| matches!(code, ErrorCode::UnknownCall | ErrorCode::WrongState))
        );
        town.say(ben, accept(id(1)));
        assert_eq!(town.open_calls(), 1);
    }
    town.say(anna, hang_up(id(1)));
    town.say(eve, hang_up(id(1)));
    assert_eq!(error_codes(&town.hear(eve)), [ErrorCode::UnknownCall]);
}

#[test]
fn signals_pass_only_in_an_answered_call() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(1), "Ben"));
    town.say(anna, super::signal(id(1), 0, "early"));
    assert_eq!(error_codes(&town.hear(anna)), [ErrorCode::WrongState]);
    town.say(ben, accept(id(1)));
    town.hear(ben);
    town.say(anna, super::signal(id(1), 0, "in time"));
    assert_eq!(
        town.hear(ben),
        [ServerMessage::CallSignal {
            call_id: id(1),
            from: name("Anna"),
            seq: 0,
            body: "in time".to_owned(),
        }],
    );
    town.say(ben, hang_up(id(1)));
    town.hear(anna);
    town.say(anna, super::signal(id(1), 1, "late"));
    assert_eq!(town.hear(anna), [ended(id(1), HungUp, Callee)]);
    assert_eq!(kinds(&town.hear(ben)), ["call.ended"]);
}

#[test]
fn outcomes_are_forgotten_after_a_minute() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.call(id(1), anna, ben, "Ben");
    town.say(anna, hang_up(id(1)));
    town.hear(anna);
    town.secs(59);
    town.say(anna, hang_up(id(1)));
    assert_eq!(town.hear(anna), [ended(id(1), HungUp, Caller)]);
    town.secs(1);
    town.say(anna, hang_up(id(1)));
    assert_eq!(error_codes(&town.hear(anna)), [ErrorCode::UnknownCall]);
}
