//! Logins, names, presence, texts.

use std::time::Duration;

use ringdove_protocol::{ClientMessage, ErrorCode, Person, PersonKind, ServerMessage, SessionId};

use super::{Departure, Dialect, Town, error_codes, kinds, name};

fn changes(town: &mut Town, session: SessionId) -> Vec<(Vec<String>, Vec<String>)> {
    let frames = town.hear_raw(session);
    let messages = frames.iter().map(|frame| ServerMessage::decode(frame).unwrap());
    let change = |message| {
        let ServerMessage::PresenceChanged { left, joined } = message else { return None };
        let left = left.iter().map(ToString::to_string).collect();
        Some((left, joined.iter().map(|person| person.name.to_string()).collect()))
    };
    messages.filter_map(change).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn the_snapshot_holds_everybody_else() {
    let mut town = Town::new();
    let (_ben, _anna) = (town.user("Ben"), town.user("Anna"));
    let session = town.connect(Dialect::Ringdove);
    town.log_in(session, "Carl", 0);
    let person = |text| Person { name: name(text), kind: PersonKind::User };
    let people = vec![person("Anna"), person("Ben")];
    assert_eq!(town.hear(session)[1], ServerMessage::Presence { people });
}

#[test]
fn joins_of_one_moment_come_in_one_message() {
    let mut town = Town::new();
    let anna = town.user("Anna");
    town.secs(1);
    town.hear_raw(anna);
    for user in ["Ben", "Carl", "Dora"] {
        town.user(user);
    }
    town.wait(Duration::from_millis(50));
    assert_eq!(changes(&mut town, anna), [(vec![], names(&["Ben", "Carl", "Dora"]))]);
}

#[test]
fn a_second_device_is_no_second_person() {
    let mut town = Town::new();
    let (anna, _phone) = (town.user("Anna"), town.user("Ben"));
    town.secs(1);
    town.hear_raw(anna);
    let desk = town.device("Ben", 1);
    town.secs(1);
    town.close(desk, Departure::Clean);
    town.secs(1);
    assert_eq!(changes(&mut town, anna), []);
}

#[test]
fn a_rename_is_one_who_left_and_one_who_joined() {
    let mut town = Town::new();
    let (anna, ben, desk) = (town.user("Anna"), town.user("Ben"), town.device("Ben", 1));
    town.secs(1);
    for session in [anna, ben, desk] {
        town.hear_raw(session);
    }
    town.say(ben, ClientMessage::Rename { name: name("Benjamin") });
    town.secs(1);
    assert_eq!(changes(&mut town, anna), [(names(&["Ben"]), names(&["Benjamin"]))]);
    for session in [ben, desk] {
        let heard = town.hear(session);
        assert!(
            matches!(&heard[..], [ServerMessage::Welcome { name: new, .. }] if *new == name("Benjamin"))
        );
        assert_eq!(changes(&mut town, session), [], "nothing about oneself");
    }
    town.say(ben, ClientMessage::Rename { name: name("Benjamin") });
    assert_eq!(kinds(&town.hear(ben)), ["welcome"], "the present name is an answer too");
    let old_name_is_free = town.user("Anna");
    town.say(old_name_is_free, ClientMessage::Rename { name: name("Ben") });
    assert_eq!(error_codes(&town.hear(old_name_is_free)), []);
}

#[test]
fn a_name_of_somebody_else_cannot_be_had() {
    let mut town = Town::new();
    let (_anna, ben) = (town.user("Anna"), town.user("Ben"));
    town.say(ben, ClientMessage::Rename { name: name("\u{410}nna") });
    assert_eq!(error_codes(&town.hear(ben)), [ErrorCode::NameTaken]);
    let session = town.connect(Dialect::Ringdove);
    let login = super::Login {
        account: super::key("Eve", 0),
        device: super::key("Eve", 0),
        name: name("ANNA"),
        rings: Default::default(),
        entry: super::Entry::Free,
    };
    town.input(super::Input::Login { session, login });
    assert_eq!(error_codes(&town.hear(session)), [ErrorCode::NameTaken]);
    town.log_in(session, "Eve", 0);
    assert_eq!(kinds(&town.hear(session)), ["welcome", "presence"], "another name may be tried");
}

#[test]
fn nothing_is_heard_and_nothing_said_before_the_login() {
    let mut town = Town::new();
    let (anna, stranger) = (town.user("Anna"), town.connect(Dialect::Ringdove));
    town.say(stranger, ClientMessage::Chat { text: "hello?".to_owned() });
    town.say(anna, ClientMessage::Chat { text: "anybody?".to_owned() });
    assert_eq!(error_codes(&town.hear(stranger)), [ErrorCode::LoginRequired]);
    assert_eq!(kinds(&town.hear(anna)), ["chat"]);
    town.log_in(anna, "Anna", 0);
    assert_eq!(error_codes(&town.hear(anna)), [ErrorCode::LoginRequired], "twice is once too many");
}

#[test]
fn who_does_not_log_in_is_closed() {
    for dialect in [Dialect::Ringdove, Dialect::Tutorial] {
        let mut town = Town::new();
        let silent = town.connect(dialect);
        town.secs(9);
        assert_eq!(town.close_code(silent), None);
        town.secs(1);
        assert_eq!(town.close_code(silent), Some(1008));
    }
}

#[test]
fn chat_reaches_everybody_once_with_its_true_sender() {
    let mut town = Town::new();
    let everybody = [town.user("Anna"), town.user("Ben"), town.device("Ben", 1)];
    town.say(everybody[1], ClientMessage::Chat { text: "<b>hi</b>".to_owned() });
    for session in everybody {
        let chat = ServerMessage::Chat { from: name("Ben"), text: "<b>hi</b>".to_owned(), at: 0 };
        assert_eq!(town.hear(session), [chat]);
    }
}

#[test]
fn private_text_reaches_all_devices_of_both_and_nobody_else() {
    let mut town = Town::new();
    let (anna, tablet) = (town.user("Anna"), town.device("Anna", 1));
    let (ben, carl) = (town.user("Ben"), town.user("Carl"));
    town.say(anna, ClientMessage::Text { to: name("Ben"), text: "psst".to_owned() });
    for session in [anna, tablet, ben] {
        assert_eq!(kinds(&town.hear(session)), ["text"]);
    }
    assert_eq!(town.hear(carl), []);
    for (to, code) in [("Dora", ErrorCode::Offline), ("Anna", ErrorCode::Oneself)] {
        town.say(anna, ClientMessage::Text { to: name(to), text: "psst".to_owned() });
        assert_eq!(error_codes(&town.hear(anna)), [code]);
    }
}

#[test]
fn empty_and_endless_texts_are_refused() {
    let mut town = Town::new();
    let anna = town.user("Anna");
    for text in [String::new(), " \n".to_owned(), "x".repeat(2001)] {
        town.say(anna, ClientMessage::Chat { text });
        assert_eq!(error_codes(&town.hear(anna)), [ErrorCode::BadText]);
    }
    town.say(anna, ClientMessage::Chat { text: "ü".repeat(2000) });
    assert_eq!(kinds(&town.hear(anna)), ["chat"]);
}
