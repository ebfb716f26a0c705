//! Who may ring, and when the server is told.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use ringdove_call::CallPhase;
use ringdove_client::{
    Core, CoreConfig, Identity, Input, Kept, Output, Privacy, Seed,
    app::{Command, Event, Notice},
};
use ringdove_protocol::{
    CallId, ClientMessage, EndReason, Media, RING_NAMES_MAX, RingRule, ServerMessage, WhoMayRing,
};
use support::{Desk, SERVER, events, guest, hello, name, notices, sent, welcome};

fn block(who: &str) -> Command {
    Command::SetBlocked { name: name(who), blocked: true }
}

fn contact(who: &str) -> Command {
    Command::SetContact { name: name(who), contact: true }
}

fn rings_of(message: &ClientMessage) -> Option<RingRule> {
    match message {
        ClientMessage::Login { rings, .. } => rings.as_ref().map(|rings| (**rings).clone()),
        ClientMessage::Rings { rings } => Some(rings.clone()),
        ClientMessage::Rename { .. }
        | ClientMessage::Chat { .. }
        | ClientMessage::Text { .. }
        | ClientMessage::Ping {}
        | ClientMessage::CallInvite { .. }
        | ClientMessage::CallRinging { .. }
        | ClientMessage::CallSilenced { .. }
        | ClientMessage::CallAccept { .. }
        | ClientMessage::CallDecline { .. }
        | ClientMessage::CallCancel { .. }
        | ClientMessage::CallHangup { .. }
        | ClientMessage::CallSignal { .. }
        | ClientMessage::CallResume { .. } => None,
    }
}

fn invite(number: u8, from: &str) -> ServerMessage {
    ServerMessage::CallInvite {
        call_id: CallId::from_bytes([number; 16]),
        from: guest(from),
        media: Media::VIDEO,
        remaining_ms: 45_000,
        setup: None,
    }
}

#[test]
fn changes_are_told_to_the_server_and_to_whoever_keeps_them() {
    let mut desk = Desk::online();
    let outputs = desk.command(block("Ben"));
    let rings = RingRule { blocked: [name("Ben")].into(), ..RingRule::default() };
    assert_eq!(sent(&outputs), [ClientMessage::Rings { rings: rings.clone() }]);
    let privacy = Privacy { rings, ..Privacy::default() };
    assert_eq!(events(&outputs), [Event::Privacy { privacy: privacy.clone() }]);
    let text = serde_json::to_string(&privacy).unwrap();
    assert!(outputs.contains(&Output::Keep { what: Kept::Privacy, text }), "{outputs:?}");
    assert_eq!(desk.core.snapshot(desk.now).privacy, privacy);
    assert_eq!(desk.command(block("Ben")), [], "nothing new");

    let outputs = desk.command(Command::SetWhoMayRing { who: WhoMayRing::Contacts });
    assert_eq!(rings_of(&sent(&outputs)[0]).unwrap().who, WhoMayRing::Contacts);

    let outputs = desk.command(contact("Ben"));
    let told = rings_of(&sent(&outputs)[0]).unwrap();
    assert!(told.contacts.contains(&name("Ben")) && told.blocked.is_empty(), "{told:?}");
}

#[test]
fn each_login_says_who_may_ring_from_the_first_moment() {
    let rings = RingRule { who: WhoMayRing::Nobody, ..RingRule::default() };
    let config = CoreConfig {
        identity: Identity::from_seed(&Seed::from_bytes([1; 32])),
        default_server: SERVER.to_owned(),
        link: None,
        timers: Default::default(),
        book: Default::default(),
        privacy: Privacy { quiet: true, rings: rings.clone() },
    };
    let core = Core::new(config, Box::new(|bytes| bytes.fill(0xff)));
    let mut desk = Desk { core, now: Default::default() };
    desk.sign_in("Anna");
    let login = &sent(&desk.log_in("Anna"))[..];
    assert_eq!(login.iter().map(rings_of).collect::<Vec<_>>(), [Some(rings)]);
    desk.server(invite(1, "Ben"));
    let phase = desk.core.snapshot(desk.now).call.map(|call| call.phase);
    assert_eq!(phase, Some(CallPhase::Silenced), "quiet was kept too");
}

#[test]
fn what_changes_during_the_login_is_said_after_it() {
    let mut desk = Desk::new();
    desk.sign_in("Anna");
    desk.input(Input::Opened);
    desk.server(hello());
    assert_eq!(sent(&desk.command(block("Ben"))), []);
    let told = sent(&desk.server(welcome("Anna")));
    assert!(rings_of(&told[0]).unwrap().blocked.contains(&name("Ben")), "{told:?}");
    desk.closed();
    desk.wait();
    let login = sent(&desk.log_in("Anna"));
    assert_eq!(login.len(), 1, "once is enough");
    assert!(rings_of(&login[0]).unwrap().blocked.contains(&name("Ben")));
}

#[test]
fn to_block_somebody_who_calls_is_to_decline() {
    let mut desk = Desk::online();
    desk.server(invite(1, "Ben"));
    assert_eq!(sent(&desk.command(block("Cleo"))).len(), 1, "somebody else");
    let outputs = sent(&desk.command(block("Ben")));
    assert!(
        matches!(
            &outputs[..],
            [
                ClientMessage::CallDecline { reason: EndReason::Declined, .. },
                ClientMessage::Rings { .. }
            ]
        ),
        "{outputs:?}"
    );
}

#[test]
fn lists_follow_a_new_name() {
    let mut desk = Desk::online();
    desk.command(block("Ben"));
    let (from, to) = (name("Ben"), name("Benno"));
    let outputs = desk.server(ServerMessage::RingsRenamed { from: from.clone(), to: to.clone() });
    assert!(rings_of(&sent(&outputs)[0]).unwrap().blocked.contains(&to));
    assert!(matches!(&events(&outputs)[..], [Event::Privacy { .. }]));
    assert_eq!(desk.server(ServerMessage::RingsRenamed { from, to }), [], "said twice");
}

#[test]
fn a_full_list_takes_nobody_more() {
    let mut desk = Desk::online();
    for number in 0..RING_NAMES_MAX {
        desk.command(contact(&format!("c{number}")));
        desk.command(block(&format!("b{number}")));
    }
    for one_more in [contact("Ben"), block("Ben")] {
        let outputs = desk.command(one_more);
        assert_eq!((sent(&outputs), notices(&outputs)), (vec![], vec![Notice::ListFull]));
    }
    assert_eq!(desk.command(contact("c7")), [], "nor is that one more");
}
