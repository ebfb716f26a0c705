//! What a user typed is said, or comes back: nothing is lost in silence.

mod support;

use ringdove_call::CallRefusal;
use ringdove_client::app::{Command, Event, Line, Notice};
use ringdove_protocol::{ClientMessage, ErrorCode, Media, ServerMessage};
use support::{Desk, error, events, name, notices, sent};

#[test]
fn offline_texts_come_back() {
    let mut desk = Desk::new();
    let text = || "hello".to_owned();
    for command in [
        Command::Chat { text: text() },
        Command::Text { to: name("Ben"), text: text() },
        Command::Rename { name: text() },
    ] {
        assert_eq!(notices(&desk.command(command)), [Notice::NotSent { text: text() }]);
    }
}

#[test]
fn offline_calls_are_refused() {
    let mut desk = Desk::online();
    desk.closed();
    let outputs = desk.command(Command::Call { to: name("Ben"), media: Media::AUDIO });
    assert_eq!(notices(&outputs), [Notice::CallRefused { refusal: CallRefusal::Offline }]);
}

#[test]
fn lines_come_back_from_the_server_and_are_kept() {
    let mut desk = Desk::online();
    let text = "hello".to_owned();
    let outputs = desk.command(Command::Chat { text: text.clone() });
    assert_eq!(sent(&outputs), [ClientMessage::Chat { text: text.clone() }]);
    assert_eq!(events(&outputs), [], "shown when the server has it");

    let from = name("Anna");
    let outputs =
        desk.server(ServerMessage::Chat { from: from.clone(), text: text.clone(), at: 7 });
    let line = Line { from, to: None, text, at: 7 };
    assert_eq!(events(&outputs), [Event::Line { line: line.clone() }]);
    assert_eq!(desk.core.snapshot(desk.now).lines, [line]);
    assert_eq!(notices(&desk.closed()), [], "it was not lost with the link");
}

#[test]
fn newest_five_hundred_lines_are_kept() {
    let mut desk = Desk::online();
    for at in 0..501 {
        desk.server(ServerMessage::Chat { from: name("Ben"), text: "hi".to_owned(), at });
    }
    let lines = desk.core.snapshot(desk.now).lines;
    assert_eq!((lines.len(), lines[0].at, lines[499].at), (500, 1, 500));
}

#[test]
fn text_that_may_be_lost_with_the_link_comes_back() {
    let mut desk = Desk::online();
    desk.command(Command::Text { to: name("Ben"), text: "one".to_owned() });
    desk.command(Command::Chat { text: "two".to_owned() });
    let text = |text: &str| Notice::NotSent { text: text.to_owned() };
    assert_eq!(notices(&desk.closed()), [text("one"), text("two")]);
}

#[test]
fn refused_text_comes_back_with_the_reason() {
    let mut desk = Desk::online();
    desk.command(Command::Chat { text: "public".to_owned() });
    desk.command(Command::Text { to: name("Gone"), text: "private".to_owned() });
    let outputs = desk.server(error(ErrorCode::Offline, "text"));
    assert_eq!(
        notices(&outputs),
        [
            Notice::ServerError { code: ErrorCode::Offline, text: "no".to_owned() },
            Notice::NotSent { text: "private".to_owned() },
        ]
    );
}

#[test]
fn text_beyond_the_limit_is_not_sent() {
    let mut desk = Desk::online();
    for text in [" ".to_owned(), "é".repeat(2001), "x".repeat(100_000)] {
        let outputs = desk.command(Command::Chat { text });
        assert_eq!(sent(&outputs), []);
        assert!(matches!(
            notices(&outputs)[..],
            [Notice::ServerError { code: ErrorCode::BadText, .. }]
        ));
    }
    assert_eq!(sent(&desk.command(Command::Chat { text: "é".repeat(2000) })).len(), 1);
}

#[test]
fn errors_of_calls_are_the_calls_affair() {
    let mut desk = Desk::online();
    assert_eq!(notices(&desk.server(error(ErrorCode::WrongState, "call.ringing"))), []);
}
