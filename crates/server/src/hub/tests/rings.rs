//! Who may ring whom, and what the blocked notice of it.

use std::{collections::BTreeSet, time::Duration};

use ringdove_protocol::{
    CallId, ClientMessage, EndReason, EndedBy, ErrorCode, Name, RingRule, ServerMessage, SessionId,
    WhoMayRing,
};

use crate::join::Entry;

use super::{
    Departure, Dialect, Input, Login, Town, accept, cancel, decline, ended, error_codes, id,
    invite, key, kinds, name,
};

fn rule(who: WhoMayRing, contacts: &[&str], blocked: &[&str]) -> RingRule {
    let names = |list: &[&str]| -> BTreeSet<Name> { list.iter().map(|n| name(n)).collect() };
    RingRule { who, contacts: names(contacts), blocked: names(blocked) }
}

fn blocking(blocked: &[&str]) -> RingRule {
    rule(WhoMayRing::Everybody, &[], blocked)
}

fn says(town: &mut Town, session: SessionId, rings: RingRule) {
    town.say(session, ClientMessage::Rings { rings });
}

/// Logs in with a rule; what the login gives stays to be heard.
fn login_with(town: &mut Town, as_name: &str, number: u8, rings: RingRule) -> SessionId {
    let session = town.connect(Dialect::Ringdove);
    let (account, device) = (key(as_name, 0), key(as_name, number));
    let login = Login { account, device, name: name(as_name), rings, entry: Entry::Free };
    town.input(Input::Login { session, login });
    session
}

fn numbered(number: u32) -> CallId {
    let mut bytes = [9; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    CallId::from_bytes(bytes)
}

fn text(to: &str) -> ClientMessage {
    ClientMessage::Text { to: name(to), text: "psst".to_owned() }
}

const WAVE: &str = r#"{"type":"wave","to":"Ben"}"#;

fn wave(town: &mut Town, session: SessionId) {
    let message = crate::pass_on::PassOn::read(WAVE, "wave", "to").unwrap();
    town.input(Input::PassOn { session, message });
}

/// All that Anna can find out about Ben, byte by byte.
fn probe(town: &mut Town, anna: SessionId) -> Vec<String> {
    town.secs(1);
    town.hear_raw(anna);
    for message in [invite(id(1), "Ben"), text("Ben"), invite(id(1), "Ben"), cancel(id(1))] {
        town.say(anna, message);
    }
    wave(town, anna);
    // Ben may say what he wants meanwhile.
    town.secs(60);
    town.say(anna, invite(id(2), "Ben"));
    // Once more as somebody who has just come.
    town.close(anna, Departure::Clean);
    let again = login_with(town, "Anna", 0, RingRule::default());
    let mut heard = town.hear_raw(anna);
    let later = town.hear_raw(again);
    // The session of one's own is another each time.
    heard.extend(later.into_iter().filter(|frame| !frame.contains("welcome")));
    heard
}

#[test]
fn blocked_offline_and_unknown_sound_the_same_byte_by_byte() {
    let town = || {
        let mut town = Town::new();
        let (dora, anna) = (town.user("Dora"), town.user("Anna"));
        (town, dora, anna)
    };
    let (mut unknown, _, anna) = town();
    let unknown = probe(&mut unknown, anna);
    assert!(unknown[0].contains("unreachable") && unknown[1].contains("offline"), "{unknown:?}");
    assert_eq!(unknown.len(), 7, "{unknown:?}");

    let (mut offline, _, anna) = town();
    let ben = offline.user("Ben");
    offline.close(ben, Departure::Clean);
    assert_eq!(probe(&mut offline, anna), unknown);

    let (mut blocked, _, anna) = town();
    let ben = blocked.user("Ben");
    says(&mut blocked, ben, blocking(&["Anna"]));
    assert_eq!(probe(&mut blocked, anna), unknown);
    assert_eq!(blocked.hear(ben), [], "and the blocker hears nothing");

    // From the login on, and while Ben is busy.
    let (mut busy, dora, anna) = town();
    let ben = login_with(&mut busy, "Ben", 0, blocking(&["Anna"]));
    busy.call(id(7), dora, ben, "Ben");
    assert_eq!(probe(&mut busy, anna), unknown);
    busy.secs(1);
    assert_eq!(busy.hear_raw(anna), [""; 0]);
}

#[test]
fn a_guest_cannot_tell_either() {
    let offer = r#"{"type":"video-offer","target":" Ben","sdp":{"type":"offer","sdp":"x"}}"#;
    let message = r#"{"type":"message","target":"Ben","text":"hi"}"#;
    let probe = |town: &mut Town, guest: SessionId| {
        town.secs(1);
        town.hear_raw(guest);
        for frame in [offer, message] {
            town.guest_says(guest, frame);
        }
        town.user("Carl");
        town.secs(1);
        town.hear_raw(guest)
    };
    let mut unknown = Town::new();
    let guest = unknown.guest("Eve");
    let unknown = probe(&mut unknown, guest);
    assert_eq!(unknown.len(), 4, "{unknown:?}");

    let mut blocked = Town::new();
    let (guest, ben) = (blocked.guest("Eve"), blocked.user("Ben"));
    says(&mut blocked, ben, blocking(&["Eve"]));
    assert_eq!(probe(&mut blocked, guest), unknown);

    let mut contacts_only = Town::new();
    let (guest, ben) = (contacts_only.guest("Eve"), contacts_only.user("Ben"));
    says(&mut contacts_only, ben, rule(WhoMayRing::Contacts, &[], &[]));
    contacts_only.hear_raw(guest);
    contacts_only.guest_says(guest, offer);
    assert_eq!(contacts_only.hear_raw(guest), unknown[..2]);
}

#[test]
fn contacts_only_means_contacts_only() {
    let mut town = Town::new();
    let (anna, ben, carl) = (town.user("Anna"), town.user("Ben"), town.user("Carl"));
    says(&mut town, ben, rule(WhoMayRing::Contacts, &["Anna"], &[]));
    town.say(carl, invite(id(1), "Ben"));
    let unreachable = ended(id(1), EndReason::Unreachable, EndedBy::Server);
    assert_eq!(town.hear(carl), [unreachable]);
    assert_eq!(town.hear(ben), []);
    town.say(anna, invite(id(2), "Ben"));
    assert_eq!(kinds(&town.hear(ben)), ["call.invite"]);
    town.say(carl, invite(id(3), "Ben"));
    let unreachable = ended(id(3), EndReason::Unreachable, EndedBy::Server);
    assert_eq!(town.hear(carl), [unreachable], "nor does a stranger learn that he is busy");
    town.say(carl, text("Ben"));
    assert_eq!(kinds(&town.hear(carl)), ["text"], "writing is another matter");
}

#[test]
fn each_device_rings_for_whom_it_will() {
    let mut town = Town::new();
    let (anna, desk) = (town.user("Anna"), town.user("Ben"));
    let nobody = rule(WhoMayRing::Nobody, &["Anna"], &[]);
    let phone = login_with(&mut town, "Ben", 1, nobody.clone());
    town.hear(phone);
    town.say(anna, invite(id(1), "Ben"));
    assert_eq!(kinds(&town.hear(desk)), ["call.invite"]);
    assert_eq!(town.hear(phone), []);
    // Nor does it ring when it comes back in the middle of the ring.
    town.close(phone, Departure::Lost);
    let phone = login_with(&mut town, "Ben", 1, nobody);
    assert_eq!(kinds(&town.hear(phone)), ["welcome", "presence"]);
    town.say(phone, accept(id(1)));
    assert_eq!(error_codes(&town.hear(phone)), [ErrorCode::UnknownCall]);
}

#[test]
fn a_block_on_one_device_counts_for_all() {
    let mut town = Town::new();
    let (eve, desk, phone) = (town.user("Eve"), town.user("Ben"), town.device("Ben", 1));
    says(&mut town, phone, blocking(&["Eve"]));
    town.say(eve, invite(id(1), "Ben"));
    assert_eq!(town.hear(eve), [ended(id(1), EndReason::Unreachable, EndedBy::Server)]);
    assert_eq!(town.hear(desk), []);
}

/// Who is there for a session now, from all that it was told.
fn sees(told: &mut BTreeSet<String>, town: &mut Town, session: SessionId) -> Vec<String> {
    town.secs(1);
    for frame in town.hear_raw(session) {
        match ServerMessage::decode(&frame).unwrap() {
            ServerMessage::Presence { people } => {
                *told = people.iter().map(|person| person.name.to_string()).collect();
            }
            ServerMessage::PresenceChanged { left, joined } => {
                for gone in left {
                    assert!(told.remove(gone.as_str()), "{gone} was not known: {frame}");
                }
                told.extend(joined.iter().map(|person| person.name.to_string()));
            }
            _ => {}
        }
    }
    told.iter().cloned().collect()
}

#[test]
fn the_blocked_see_the_blocker_leave_and_come_back() {
    let mut town = Town::new();
    let (eve, ben) = (town.user("Eve"), town.user("Ben"));
    let carl = login_with(&mut town, "Carl", 0, RingRule::default());
    let (mut told, mut carls) = (BTreeSet::new(), BTreeSet::new());
    assert_eq!(sees(&mut told, &mut town, eve), ["Ben", "Carl"]);
    assert_eq!(sees(&mut carls, &mut town, carl), ["Ben", "Eve"]);
    says(&mut town, ben, blocking(&["Eve"]));
    assert_eq!(sees(&mut told, &mut town, eve), ["Carl"]);
    town.say(ben, ClientMessage::Rename { name: name("Benno") });
    assert_eq!(sees(&mut told, &mut town, eve), ["Carl"]);
    assert_eq!(sees(&mut carls, &mut town, carl), ["Benno", "Eve"]);
    // Blocked and unblocked at once is nothing.
    says(&mut town, ben, RingRule::default());
    says(&mut town, ben, blocking(&["Eve"]));
    town.secs(1);
    assert_eq!(town.hear_raw(eve), [""; 0]);
    // A device that takes its block along.
    let desk = town.connect(Dialect::Ringdove);
    let (account, device) = (key("Ben", 0), key("Ben", 1));
    let login = Login {
        account,
        device,
        name: name("Benno"),
        rings: RingRule::default(),
        entry: Entry::Free,
    };
    town.input(Input::Login { session: desk, login });
    assert_eq!(sees(&mut told, &mut town, eve), ["Carl"]);
    town.close(ben, Departure::Clean);
    assert_eq!(sees(&mut told, &mut town, eve), ["Benno", "Carl"]);
    town.close(desk, Departure::Clean);
    assert_eq!(sees(&mut told, &mut town, eve), ["Carl"]);
}

#[test]
fn a_new_name_does_not_shake_a_block_off() {
    let mut town = Town::new();
    let (eve, ben) = (town.user("Eve"), town.user("Ben"));
    says(&mut town, ben, rule(WhoMayRing::Everybody, &[], &["Eve", "Eva"]));
    let mut told = BTreeSet::new();
    assert_eq!(sees(&mut told, &mut town, eve), [""; 0]);
    town.hear(ben);
    town.say(eve, ClientMessage::Rename { name: name("Evelyn") });
    let renamed = ServerMessage::RingsRenamed { from: name("Eve"), to: name("Evelyn") };
    assert_eq!(town.hear(ben), [renamed]);
    assert_eq!(sees(&mut told, &mut town, eve), [""; 0]);
    town.say(eve, invite(id(1), "Ben"));
    assert!(town.hear(eve).contains(&ended(id(1), EndReason::Unreachable, EndedBy::Server)));
    // Whoever takes a name that is blocked is blocked.
    let carl = login_with(&mut town, "Carl", 0, RingRule::default());
    let mut carls = BTreeSet::new();
    sees(&mut carls, &mut town, carl);
    town.say(carl, ClientMessage::Rename { name: name("Eva") });
    assert_eq!(sees(&mut carls, &mut town, carl), ["Evelyn"]);
}

#[test]
fn the_two_exchange_no_word() {
    let mut town = Town::new();
    let (eve, ben, carl) = (town.user("Eve"), town.user("Ben"), town.user("Carl"));
    let guest = town.guest("Mallory");
    says(&mut town, ben, blocking(&["Eve", "Mallory"]));
    town.hear_raw(guest);
    for (speaker, deaf) in [(eve, ben), (ben, eve)] {
        town.say(speaker, ClientMessage::Chat { text: "hello".to_owned() });
        assert_eq!(kinds(&town.hear(speaker)), ["chat"], "the speaker notices nothing");
        assert_eq!(kinds(&town.hear(carl)), ["chat"]);
        assert_eq!(town.hear(deaf), []);
    }
    assert_eq!(town.guest_hears(guest).len(), 1, "what Eve said");
    town.guest_says(guest, r#"{"type":"message","text":"hello"}"#);
    assert_eq!(town.hear(ben), []);
    assert_eq!(town.guest_hears(guest).len(), 1);
}

#[test]
fn who_calls_somebody_gets_through_to_their_call() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    says(&mut town, ben, rule(WhoMayRing::Nobody, &[], &[]));
    town.say(ben, invite(id(1), "Anna"));
    town.say(anna, invite(id(2), "Ben"));
    assert!(kinds(&town.hear(ben)).contains(&"call.accepted".to_owned()));
}

#[test]
fn a_thousand_invites_ring_six_times_and_a_friend_gets_through() {
    let mut town = Town::new();
    let (eve, ben, anna) = (town.user("Eve"), town.user("Ben"), town.user("Anna"));
    // Even where strangers are not worn out: the limit of the pair holds for contacts as well.
    says(&mut town, ben, rule(WhoMayRing::Everybody, &["Eve", "Anna"], &[]));
    let mut heard = Vec::new();
    for n in 0..1000 {
        town.say(eve, invite(numbered(n), "Ben"));
        heard.extend(town.hear(eve));
        town.say(eve, cancel(numbered(n)));
        town.hear(eve);
        town.wait(Duration::from_millis(10));
    }
    let rings = kinds(&town.hear(ben)).iter().filter(|kind| *kind == "call.invite").count();
    assert_eq!(rings, 6);
    let refusals: Vec<&str> = heard
        .iter()
        .filter_map(|message| match message {
            ServerMessage::Error { code: ErrorCode::RateLimited, text, call_id, .. } => {
                assert!(call_id.is_some());
                Some(text.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(refusals.len(), 994);
    assert_eq!(refusals[0], "you have called this name too often; wait 60 s");
    assert_eq!(refusals[993], "you have called this name too often; wait 51 s");
    town.say(anna, invite(id(1), "Ben"));
    town.wait(Duration::from_secs(1));
    assert!(kinds(&town.hear(ben)).contains(&"call.invite".to_owned()));
}

#[test]
fn a_stranger_who_rings_does_not_keep_a_friend_from_it() {
    let mut town = Town::new();
    let (eve, ben, anna) = (town.user("Eve"), town.user("Ben"), town.user("Anna"));
    says(&mut town, ben, rule(WhoMayRing::Everybody, &["Anna"], &[]));
    town.say(eve, invite(id(1), "Ben"));
    town.hear(ben);
    town.say(anna, invite(id(2), "Ben"));
    assert_eq!(kinds(&town.hear(ben)), ["call.ended", "call.invite"]);
    let missed = ended(id(1), EndReason::NoAnswer, EndedBy::Server);
    assert_eq!(town.hear(eve).last(), Some(&missed));
    town.say(eve, invite(id(3), "Ben"));
    assert_eq!(town.hear(eve), [ended(id(3), EndReason::Busy, EndedBy::Server)]);
}

#[test]
fn a_stranger_rings_in_vain_three_times_and_is_then_not_heard() {
    let mut town = Town::new();
    let (eve, ben) = (town.user("Eve"), town.user("Ben"));
    let ring = |town: &mut Town, n: u8| {
        town.say(eve, invite(id(n), "Ben"));
        let rang = kinds(&town.hear(ben)).contains(&"call.invite".to_owned());
        if rang {
            town.say(ben, decline(id(n), EndReason::Declined));
        }
        let heard = town.hear(eve);
        town.hear(ben);
        town.secs(30);
        (rang, heard)
    };
    for n in 1..=3 {
        assert!(ring(&mut town, n).0);
    }
    let unreachable = |n| vec![ended(id(n), EndReason::Unreachable, EndedBy::Server)];
    assert_eq!(ring(&mut town, 4), (false, unreachable(4)));
    // Others are heard, and so is Eve once she is a contact, or once time has passed.
    let carl = town.user("Carl");
    town.say(carl, invite(id(90), "Ben"));
    assert_eq!(kinds(&town.hear(ben)), ["call.invite"]);
    town.say(carl, cancel(id(90)));
    town.hear(ben);
    says(&mut town, ben, rule(WhoMayRing::Everybody, &["Eve"], &[]));
    assert!(ring(&mut town, 5).0);
    says(&mut town, ben, RingRule::default());
    assert_eq!(ring(&mut town, 6), (false, unreachable(6)));
    town.secs(600);
    assert!(ring(&mut town, 7).0);
}

#[test]
fn an_answer_makes_up_for_what_was_in_vain() {
    let mut town = Town::new();
    let (eve, ben) = (town.user("Eve"), town.user("Ben"));
    for n in 1..=9 {
        town.say(eve, invite(id(n), "Ben"));
        if n % 3 == 0 {
            town.say(ben, accept(id(n)));
            town.say(ben, super::hang_up(id(n)));
        } else {
            town.say(eve, cancel(id(n)));
        }
        assert_eq!(kinds(&town.hear(ben))[0], "call.invite", "call {n}");
        town.secs(20);
    }
}

#[test]
fn twenty_strangers_an_hour_are_enough() {
    let mut town = Town::new();
    let (eve, ben) = (town.user("Eve"), town.user("Ben"));
    says(&mut town, ben, rule(WhoMayRing::Everybody, &["Eve"], &[]));
    town.hear(ben);
    for n in 0..25 {
        town.say(eve, invite(numbered(n), &format!("stranger {n}")));
        town.secs(10);
        let heard = town.hear(eve);
        if n < 20 {
            assert_eq!(heard, [ended(numbered(n), EndReason::Unreachable, EndedBy::Server)]);
        } else {
            let [ServerMessage::Error { code: ErrorCode::RateLimited, text, .. }] = &heard[..]
            else {
                panic!("{heard:?}")
            };
            assert!(text.ends_with("wait 57 min") || n > 20, "{text}");
        }
    }
    town.say(eve, invite(id(1), "Ben"));
    assert_eq!(kinds(&town.hear(ben)), ["call.invite"], "a friend is no stranger");
}
