//! Who is there.

mod support;

use ringdove_client::app::{Command, Event};
use ringdove_protocol::{Media, ServerMessage};
use support::{Desk, events, name, notices, presence, sent, user};

#[test]
fn list_is_sorted_and_without_oneself() {
    let mut desk = Desk::online();
    let outputs = desk.server(presence(&["Cleo", "Anna", "Ben"]));
    assert_eq!(events(&outputs), [Event::People { people: vec![user("Ben"), user("Cleo")] }]);
}

#[test]
fn differences_remove_first_and_come_as_one_event() {
    let mut desk = Desk::online();
    let outputs = desk.server(ServerMessage::PresenceChanged {
        left: vec![name("Ben"), name("Nobody")],
        joined: vec![user("Ben"), user("Zoe"), user("Abe")],
    });
    let people = ["Abe", "Ben", "Cleo", "Zoe"].map(user).to_vec();
    assert_eq!(events(&outputs), [Event::People { people }]);
}

#[test]
fn lost_link_keeps_the_list_until_the_next_one_comes() {
    let mut desk = Desk::online();
    desk.closed();
    assert_eq!(desk.core.snapshot(desk.now).people, [user("Ben"), user("Cleo")]);
    desk.wait();
    desk.log_in("Anna");
    desk.server(presence(&["Cleo"]));
    assert_eq!(desk.core.snapshot(desk.now).people, [user("Cleo")]);
}

#[test]
fn only_somebody_else_who_is_there_can_be_called() {
    let mut desk = Desk::online();
    for (to, code) in [("Anna", "oneself"), ("ben", "offline"), ("Dora", "offline")] {
        let outputs = desk.command(Command::Call { to: name(to), media: Media::VIDEO });
        assert_eq!(sent(&outputs), [], "{to}");
        let notice = serde_json::to_value(notices(&outputs)).unwrap_or_default();
        assert_eq!(notice[0]["code"], code, "{to}");
    }
    let outputs = desk.command(Command::Call { to: name("Ben"), media: Media::VIDEO });
    assert_eq!(sent(&outputs).len(), 1);
}

#[test]
fn among_a_thousand_people_a_change_is_one_event() {
    let mut desk = Desk::online();
    let everybody: Vec<_> = (0..1000).map(|n| format!("User {n:04}")).collect();
    let names: Vec<_> = everybody.iter().map(String::as_str).collect();
    desk.server(presence(&names));
    for somebody in names {
        let changed = ServerMessage::PresenceChanged {
            left: vec![name(somebody)],
            joined: vec![user(somebody)],
        };
        assert_eq!(events(&desk.server(changed)).len(), 1);
    }
    assert_eq!(desk.core.snapshot(desk.now).people.len(), 1000);
}
