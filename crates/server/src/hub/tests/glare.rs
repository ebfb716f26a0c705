//! Both call each other at once: one call comes of it.

use ringdove_protocol::{CallId, ClientMessage, EndReason, EndedBy, Role, ServerMessage};

use super::{Town, accept, cancel, ended, hang_up, id, invite, kinds};

/// What `call.accepted` said: winner, role, and the call that gave way.
fn accepted(messages: &[ServerMessage]) -> Option<(CallId, Role, Option<CallId>)> {
    messages.iter().find_map(|message| {
        if let ServerMessage::CallAccepted { call_id, role, replaces, .. } = message {
            Some((*call_id, *role, *replaces))
        } else {
            None
        }
    })
}

#[test]
fn smaller_call_id_wins_in_either_order() {
    for first in 1..=100 {
        for second in [first - 1, first + 1] {
            let mut town = Town::new();
            let (anna, ben) = (town.user("Anna"), town.user("Ben"));
            town.say(anna, invite(id(first), "Ben"));
            town.say(ben, invite(id(second), "Anna"));
            let (anna, ben) = (town.hear(anna), town.hear(ben));
            let (a, b) = (accepted(&anna).unwrap(), accepted(&ben).unwrap());
            let (winner, loser) = (first.min(second), first.max(second));
            let (won, lost) = if winner == first { (a, b) } else { (b, a) };
            assert_eq!(won, (id(winner), Role::Caller, None));
            assert_eq!(lost, (id(winner), Role::Callee, Some(id(loser))));
            assert_eq!(town.open_calls(), 1);
        }
    }
}

#[test]
fn other_devices_hear_answered_elsewhere() {
    for winner in [1, 3] {
        let mut town = Town::new();
        let (anna, ben, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
        town.say(anna, invite(id(2), "Ben"));
        town.say(ben, invite(id(winner), "Anna"));
        let elsewhere = ended(id(2), EndReason::AnsweredElsewhere, EndedBy::Callee);
        assert_eq!(town.hear(desk)[1..], [elsewhere]);
    }
}

#[test]
fn the_loser_may_repeat_its_invite_and_hears_the_winner() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(2), "Ben"));
    town.say(ben, invite(id(1), "Anna"));
    town.hear(anna);
    town.say(anna, invite(id(2), "Ben"));
    assert_eq!(accepted(&town.hear(anna)), Some((id(1), Role::Callee, Some(id(2)))));
    town.say(ben, hang_up(id(1)));
    town.hear(anna);
    town.say(anna, invite(id(2), "Ben"));
    let over = ended(id(2), EndReason::HungUp, EndedBy::Callee);
    assert_eq!(town.hear(anna), [over], "seen from the call that gave way");
}

#[test]
fn cancelling_the_call_that_gave_way_ends_the_one_call() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(anna, invite(id(2), "Ben"));
    town.say(ben, invite(id(1), "Anna"));
    town.hear(anna);
    town.hear(ben);
    town.say(anna, cancel(id(2)));
    assert_eq!(town.hear(ben), [ended(id(1), EndReason::HungUp, EndedBy::Callee)]);
    assert_eq!(kinds(&town.hear(anna)), ["call.ended", "call.ended"], "for both ids");
    assert_eq!(town.open_calls(), 0);
}

#[test]
fn a_third_caller_finds_both_busy() {
    let mut town = Town::new();
    let (anna, ben, carl) = (town.user("Anna"), town.user("Ben"), town.user("Carl"));
    town.say(anna, invite(id(2), "Ben"));
    town.say(ben, invite(id(1), "Anna"));
    for (call, callee) in [(id(3), "Anna"), (id(4), "Ben")] {
        town.say(carl, invite(call, callee));
        assert_eq!(town.hear(carl), [ended(call, EndReason::Busy, EndedBy::Server)]);
    }
}

#[test]
fn the_loser_s_accept_comes_late_and_reaches_the_winner() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    let with = |message, text: &str| match message {
        ClientMessage::CallInvite { call_id, to, media, .. } => {
            ClientMessage::CallInvite { call_id, to, media, setup: Some(text.to_owned()) }
        }
        ClientMessage::CallAccept { call_id, media, .. } => {
            ClientMessage::CallAccept { call_id, media, setup: Some(text.to_owned()) }
        }
        other => panic!("{other:?}"),
    };
    let setups = |messages: Vec<ServerMessage>| -> Vec<Option<String>> {
        let setup = |message| {
            if let ServerMessage::CallAccepted { setup, .. } = message { Some(setup) } else { None }
        };
        messages.into_iter().filter_map(setup).collect()
    };
    let said = |text: &str| Some(text.to_owned());
    town.say(anna, with(invite(id(2), "Ben"), "Anna's promise"));
    town.say(ben, with(invite(id(1), "Anna"), "Ben's promise"));
    assert_eq!(setups(town.hear(anna)), [said("Ben's promise")]);
    assert_eq!(setups(town.hear(ben)), [said("Anna's promise")]);

    town.say(anna, with(accept(id(1)), "Anna's key"));
    assert_eq!(setups(town.hear(ben)), [said("Anna's key")]);
    assert_eq!(setups(town.hear(anna)), [said("Ben's promise")]);
    // A repeat is no news to the winner.
    town.say(anna, with(accept(id(1)), "Anna's key"));
    assert_eq!(setups(town.hear(ben)), [] as [Option<String>; 0]);
    assert_eq!(setups(town.hear(anna)), [said("Ben's promise")]);
}
