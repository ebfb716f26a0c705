//! Login, heartbeat, loss and return of the link, in virtual time.

mod support;

use std::time::Duration;

use ringdove_client::{
    Input, Output,
    app::{Command, Event, LinkTrouble, LinkView, Notice},
};
use ringdove_protocol::{ClientMessage, ErrorCode};
use support::{
    Desk, SERVER, connects, error, events, gives_up, hello, leaves, name, notices, sent, welcome,
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn sign_in_connects_and_logs_in() {
    let mut desk = Desk::new();

    let outputs = desk.sign_in("  Anna ");
    let connecting = LinkView::Connecting { name: name("Anna"), failures: 0, trouble: None };
    assert_eq!(
        outputs,
        [
            Output::Connect { url: SERVER.to_owned() },
            Output::Event(Event::Link { link: connecting })
        ]
    );
    assert_eq!(desk.input(Input::Opened), []);
    let login = sent(&desk.server(hello()));
    assert!(matches!(&login[..], [ClientMessage::Login { name: n, .. }] if *n == name("Anna")));
    let online = LinkView::Online { name: name("Anna") };
    let told = events(&desk.server(welcome("Anna")));
    assert_eq!(told[..1], [Event::Link { link: online }]);
    let Event::Known { known } = &told[1] else { panic!("{told:?}") };
    assert!(
        known
            .link
            .as_ref()
            .is_some_and(|link| link.starts_with("ringdove://attic.local:6503/Anna#"))
    );
}

#[test]
fn server_that_comes_back_has_everybody_logged_in_within_two_seconds() {
    for down in [0, 1, 5, 20, 50].map(Duration::from_secs) {
        let mut desk = Desk::online();
        desk.pass(60 * SECOND);
        desk.closed();
        let back = desk.now + down;
        loop {
            assert!(connects(&desk.wait()));
            if desk.now >= back {
                break;
            }
            // Nobody listens on the port of a server that restarts.
            desk.closed();
        }
        desk.log_in("Anna");
        assert_eq!(desk.link(), LinkView::Online { name: name("Anna") });
        let late = desk.now - back;
        assert!(late <= 2 * SECOND, "{late:?} after an outage of {down:?}");
    }
}

#[test]
fn tries_become_rare_but_never_stop() {
    let mut desk = Desk::new();
    desk.sign_in("Anna");
    for _ in 0..200 {
        assert!(!gives_up(&desk.closed()), "the transport was gone already");
        let before = desk.now;
        assert!(connects(&desk.wait()));
        assert!(desk.now - before <= 10 * SECOND);
    }
    desk.closed();
    assert_eq!(desk.core.poll_timeout(), Some(desk.now + 10 * SECOND));
    assert_eq!(
        desk.link(),
        LinkView::Connecting { name: name("Anna"), failures: 201, trouble: None }
    );
}

#[test]
fn server_that_drops_everybody_after_welcome_is_not_asked_without_a_pause() {
    let mut desk = Desk::online();
    let start = desk.now;
    for _ in 0..20 {
        desk.closed();
        desk.wait();
        desk.log_in("Anna");
    }
    assert!(desk.now - start > 20 * SECOND);
}

#[test]
fn silent_transport_and_silent_login_are_given_up() {
    let mut desk = Desk::new();
    desk.sign_in("Anna");
    assert!(gives_up(&desk.wait()));
    assert_eq!(desk.now, 5 * SECOND);

    assert!(connects(&desk.wait()));
    let start = desk.now;
    desk.input(Input::Opened);
    desk.server(hello());
    assert!(gives_up(&desk.wait()));
    assert_eq!(desk.now - start, 10 * SECOND);
    assert_eq!(
        desk.link(),
        LinkView::Connecting { name: name("Anna"), failures: 2, trouble: None }
    );
}

#[test]
fn silent_server_is_asked_and_then_given_up() {
    let mut desk = Desk::online();
    assert_eq!(sent(&desk.wait()), [ClientMessage::Ping {}]);
    assert_eq!(desk.now, 15 * SECOND);
    assert!(gives_up(&desk.wait()));
    assert_eq!(desk.now, 30 * SECOND);
    assert_eq!(
        desk.link(),
        LinkView::Reconnecting { name: name("Anna"), failures: 0, trouble: None }
    );
    assert!(connects(&desk.wait()));
}

#[test]
fn any_frame_shows_that_the_server_lives() {
    let mut desk = Desk::online();
    for frame in [r#"{"type":"pong"}"#, r#"{"type":"of a later version"}"#, "nonsense"] {
        assert_eq!(sent(&desk.wait()), [ClientMessage::Ping {}]);
        desk.pass(14 * SECOND);
        desk.input(Input::Message(frame.to_owned()));
        assert_eq!(desk.core.poll_timeout(), Some(desk.now + 15 * SECOND), "{frame}");
    }
}

/// A browser runs the timers of a hidden page once a minute.
#[test]
fn late_timer_does_not_take_a_living_server_for_dead() {
    let mut desk = Desk::online();
    for _ in 0..5 {
        desk.pass(60 * SECOND);
        assert_eq!(sent(&desk.input(Input::Timeout)), [ClientMessage::Ping {}]);
        desk.input(Input::Message(r#"{"type":"pong"}"#.to_owned()));
    }
    assert_eq!(desk.link(), LinkView::Online { name: name("Anna") });
}

#[test]
fn changed_network_is_looked_into_at_once() {
    let mut desk = Desk::online();
    assert_eq!(sent(&desk.input(Input::NetworkChanged)), [ClientMessage::Ping {}]);
    assert!(gives_up(&desk.wait()));
    assert_eq!(desk.now, 3 * SECOND);
    assert!(connects(&desk.input(Input::NetworkChanged)), "without waiting for the deadline");
}

#[test]
fn login_that_cannot_succeed_is_not_repeated() {
    for code in [
        ErrorCode::BadLogin,
        ErrorCode::NameInvalid,
        ErrorCode::NameTaken,
        ErrorCode::SessionReplaced,
        ErrorCode::Version,
    ] {
        let mut desk = Desk::new();
        desk.sign_in("Anna");
        desk.input(Input::Opened);
        desk.server(hello());
        let outputs = desk.server(error(code, "login"));
        assert!(leaves(&outputs), "{code:?}");
        let signed_out = LinkView::SignedOut { error: Some(code) };
        assert_eq!(events(&outputs), [Event::Link { link: signed_out }]);
        assert_eq!(desk.core.poll_timeout(), None);
        assert!(connects(&desk.sign_in("Anne")));
    }
}

#[test]
fn fault_of_the_server_during_login_is_tried_again() {
    let mut desk = Desk::new();
    desk.sign_in("Anna");
    desk.input(Input::Opened);
    desk.server(hello());
    assert!(gives_up(&desk.server(error(ErrorCode::ServerError, "login"))));
    let trouble = Some(LinkTrouble::ServerFault);
    assert_eq!(desk.link(), LinkView::Connecting { name: name("Anna"), failures: 1, trouble });
    assert!(connects(&desk.wait()));
}

#[test]
fn device_that_took_over_is_not_pushed_out_again() {
    let mut desk = Desk::online();
    let outputs = desk.server(error(ErrorCode::SessionReplaced, "login"));
    assert!(leaves(&outputs));
    assert_eq!(desk.link(), LinkView::SignedOut { error: Some(ErrorCode::SessionReplaced) });
    assert_eq!(desk.closed(), []);
    assert_eq!(desk.core.poll_timeout(), None);
}

#[test]
fn refused_rename_only_gives_a_notice() {
    let mut desk = Desk::online();
    let outputs = desk.command(Command::Rename { name: "Ben".to_owned() });
    assert_eq!(sent(&outputs), [ClientMessage::Rename { name: name("Ben") }]);
    let outputs = desk.server(error(ErrorCode::NameTaken, "rename"));
    let notice = Notice::ServerError { code: ErrorCode::NameTaken, text: "no".to_owned() };
    assert_eq!(notices(&outputs), [notice]);
    assert_eq!(desk.link(), LinkView::Online { name: name("Anna") });
}

#[test]
fn new_name_lasts_beyond_the_link() {
    let mut desk = Desk::online();
    desk.command(Command::Rename { name: "Anne".to_owned() });
    let online = LinkView::Online { name: name("Anne") };
    assert_eq!(events(&desk.server(welcome("Anne")))[0], Event::Link { link: online });
    desk.closed();
    desk.wait();
    desk.input(Input::Opened);
    let login = sent(&desk.server(hello()));
    assert!(matches!(&login[..], [ClientMessage::Login { name: n, .. }] if *n == name("Anne")));
}

#[test]
fn sign_out_closes_and_forgets() {
    let mut desk = Desk::online();
    let outputs = desk.command(Command::SignOut);
    assert!(leaves(&outputs));
    let snapshot = desk.core.snapshot(desk.now);
    assert_eq!(snapshot.link, LinkView::SignedOut { error: None });
    assert_eq!((snapshot.people, snapshot.lines), (vec![], vec![]));
    assert_eq!(desk.core.poll_timeout(), None);
    assert_eq!(desk.command(Command::SignOut), []);
}

#[test]
fn sign_in_again_changes_only_what_differs() {
    let mut desk = Desk::online();
    assert_eq!(desk.sign_in("Anna"), [], "already there");
    let outputs = desk.sign_in("Dora");
    assert!(leaves(&outputs) && connects(&outputs));
    desk.closed();
    assert!(connects(&desk.sign_in("Dora")), "without waiting for the deadline");
}

#[test]
fn sign_in_needs_a_name_and_an_address() {
    let mut desk = Desk::new();
    assert_eq!(notices(&desk.sign_in("<b>")), [Notice::NameInvalid]);
    for address in ["ftp://attic.local", "attic.local"] {
        let server = Some(address.to_owned());
        let outputs =
            desk.command(Command::SignIn { server, name: "Anna".to_owned(), invite: None });
        let address = address.to_owned();
        assert_eq!(notices(&outputs), [Notice::ServerInvalid { address }]);
    }
    assert_eq!(desk.link(), LinkView::SignedOut { error: None });
}

#[test]
fn what_is_wrong_with_a_certificate_is_shown_until_the_server_is_reached() {
    let mut desk = Desk::new();
    desk.sign_in("Anna");
    let trouble = Some(LinkTrouble::CertificateExpired { at: Some(1) });
    desk.input(Input::Closed { code: None, trouble: trouble.clone() });
    let (name, failures) = (name("Anna"), 1);
    assert_eq!(desk.link(), LinkView::Connecting { name, failures, trouble });
    desk.wait();
    desk.log_in("Anna");
    desk.closed();
    assert!(matches!(desk.link(), LinkView::Reconnecting { trouble: None, .. }));
}
