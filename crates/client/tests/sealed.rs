//! Sealed calls between two cores: what an honest server sees, and what a hostile one gets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::wildcard_enum_match_arm, reason = "messages that a test is not about pass")]

mod support;

use ringdove_call::{CallPhase, MediaAction, MediaEvent};
use ringdove_client::app::{Command, Notice, Trust};
use ringdove_protocol::{
    AgreementKey, CallId, EndReason, Media, PersonKind, Role, SealedBody, ServerMessage, Setup,
    Signal,
};
use support::{
    name,
    pair::{Pair, Tamper, Who},
};

const NOT_SECURE: Option<EndReason> = Some(EndReason::NotSecure);

#[test]
fn two_who_never_met_hear_each_other_and_see_the_same_pictures() {
    let mut pair = Pair::new();
    pair.call();
    assert!(pair.anna.started() && pair.ben.started());
    assert_eq!((pair.anna.heard(), pair.ben.heard()), (1, 2));
    let (anna, ben) = (pair.anna.security().unwrap(), pair.ben.security().unwrap());
    assert_eq!((anna.trust, ben.trust), (Trust::New, Trust::New));
    assert!(anna.pictures.is_some());
    assert_eq!(anna.pictures, ben.pictures);
    assert_eq!((pair.anna.shown, pair.ben.shown), (Some(anna), Some(ben)), "the UI is told");
}

#[test]
fn the_server_reads_nothing_and_the_opening_goes_no_longer_than_needed() {
    let mut pair = Pair::new();
    pair.call();
    let bodies = |signals: &[String]| -> Vec<SealedBody> {
        signals.iter().map(|body| SealedBody::decode(body).unwrap()).collect()
    };
    let (anna, ben) = (bodies(&pair.anna.signals), bodies(&pair.ben.signals));
    let with_opening = |bodies: &[SealedBody]| -> Vec<bool> {
        bodies.iter().map(|body| body.opening.is_some()).collect()
    };
    assert_eq!(with_opening(&anna), [true, false]);
    assert_eq!(with_opening(&ben), [false]);
    for body in pair.anna.signals.iter().chain(&pair.ben.signals) {
        assert!(Signal::decode(body).is_err() && !body.contains("candidate"), "{body}");
    }
}

#[test]
fn whoever_speaks_first_waits_for_the_keys() {
    let mut pair = Pair::new();
    pair.place(Who::Anna);
    pair.answer(Who::Ben);
    pair.signal(Who::Ben);
    assert_eq!((pair.ben.signals.len(), pair.anna.heard()), (0, 0));
    pair.signal(Who::Anna);
    assert_eq!((pair.ben.signals.len(), pair.anna.heard()), (1, 1));
}

#[test]
fn a_connection_that_is_made_anew_stays_under_the_same_seal() {
    let mut pair = Pair::new();
    pair.call();
    for end in [&mut pair.anna, &mut pair.ben] {
        end.orders.clear();
    }
    pair.report(Who::Ben, MediaEvent::StartedOver);
    for end in [&pair.anna, &pair.ben] {
        assert!(matches!(end.orders[..], [MediaAction::Stop, MediaAction::Start { .. }]));
    }
    pair.talk();
    assert!(pair.anna.heard() > 0 && pair.ben.heard() > 0);
    assert_eq!(
        (pair.anna.phase(), pair.ben.phase()),
        (Some(CallPhase::Reconnecting), Some(CallPhase::Reconnecting))
    );
    let mut all: Vec<&String> = pair.anna.signals.iter().chain(&pair.ben.signals).collect();
    let sent = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), sent, "no text was sealed twice alike");
}

#[test]
fn glare_is_sealed_as_well() {
    let mut pair = Pair::new();
    // Neither hears of the other's invite before placing a call.
    pair.tamper = Box::new(|_, message| match message {
        ServerMessage::CallInvite { .. } => Vec::new(),
        message => vec![message],
    });
    pair.place(Who::Anna);
    pair.place(Who::Ben);
    pair.talk();
    assert!(pair.anna.started() && pair.ben.started());
    assert_eq!((pair.anna.heard(), pair.ben.heard()), (1, 2));
    let pictures = pair.anna.security().unwrap().pictures;
    assert!(pictures.is_some());
    assert_eq!(pictures, pair.ben.security().unwrap().pictures);
}

/// The books of two who have spoken once.
fn met() -> (String, String) {
    let mut pair = Pair::new();
    pair.call();
    (pair.anna.book, pair.ben.book)
}

/// The books of two who have also compared keys.
fn compared() -> (String, String) {
    let mut pair = Pair::new();
    pair.call();
    pair.command(Who::Anna, Command::Verify { name: name("Ben"), verified: true });
    pair.command(Who::Ben, Command::Verify { name: name("Anna"), verified: true });
    assert_eq!(pair.anna.security().unwrap().trust, Trust::Verified);
    (pair.anna.book, pair.ben.book)
}

#[test]
fn a_second_call_is_with_somebody_known_and_a_third_with_somebody_verified() {
    let (anna, ben) = met();
    let mut pair = Pair::with_books(&anna, &ben, 2);
    pair.call();
    assert_eq!(pair.ben.security().unwrap().trust, Trust::Known);
    let (anna, ben) = compared();
    let mut pair = Pair::with_books(&anna, &ben, 2);
    pair.place(Who::Anna);
    assert_eq!(pair.ben.security().unwrap().trust, Trust::Verified, "seen while it rings");
}

#[test]
fn a_caller_hears_nobody_whose_key_has_changed() {
    for (anna, _) in [met(), compared()] {
        let mut pair = Pair::with_books(&anna, "", 9);
        pair.call();
        assert!(!pair.anna.started() && pair.ben.heard() == 0);
        assert_eq!(pair.anna.reason(), NOT_SECURE);
        assert!(matches!(
            pair.anna.security().unwrap().trust,
            Trust::Changed | Trust::VerifiedChanged
        ));

        pair.command(Who::Anna, Command::TrustKey);
        pair.command(Who::Anna, Command::DismissCall);
        pair.call();
        assert_eq!(pair.anna.security().unwrap().trust, Trust::Known);
        assert!(pair.anna.heard() > 0);
    }
}

#[test]
fn a_changed_key_rings_with_a_warning_and_an_answer_is_a_yes() {
    let (anna, _) = met();
    let mut pair = Pair::with_books(&anna, "", 9);
    pair.place(Who::Ben);
    assert_eq!(pair.anna.phase(), Some(CallPhase::Ringing));
    assert_eq!(pair.anna.security().unwrap().trust, Trust::Changed);
    pair.answer(Who::Anna);
    pair.talk();
    assert!(pair.anna.heard() > 0);
    let mut again = Pair::with_books(&pair.anna.book, "", 9);
    again.place(Who::Ben);
    assert_eq!(again.anna.security().unwrap().trust, Trust::Known);
}

#[test]
fn a_compared_key_that_changed_needs_a_word_before_the_answer() {
    let (anna, _) = compared();
    let mut pair = Pair::with_books(&anna, "", 9);
    pair.place(Who::Ben);
    assert_eq!(pair.anna.security().unwrap().trust, Trust::VerifiedChanged);
    pair.answer(Who::Anna);
    assert_eq!(pair.anna.phase(), Some(CallPhase::Ringing));
    assert_eq!(pair.anna.notices.last(), Some(&Notice::KeyChanged { name: name("Ben") }));
    pair.command(Who::Anna, Command::TrustKey);
    pair.answer(Who::Anna);
    pair.talk();
    assert!(pair.anna.heard() > 0);
}

#[test]
fn a_link_makes_a_first_call_verified_and_a_false_one_is_seen() {
    let mut pair = Pair::new();
    let link = pair.ben.core.snapshot(Default::default()).known.link.unwrap();
    pair.command(Who::Anna, Command::AddPerson { link: link.clone() });
    pair.call();
    assert_eq!(pair.anna.security().unwrap().trust, Trust::Verified);
    let digits = |pair: &Pair, who: Who| {
        let end = if who == Who::Anna { &pair.anna } else { &pair.ben };
        end.core.snapshot(Default::default()).known.people[0].safety_number.clone()
    };
    assert_eq!(digits(&pair, Who::Anna), digits(&pair, Who::Ben));

    let mut pair = Pair::with_books("", "", 9);
    pair.command(Who::Anna, Command::AddPerson { link });
    pair.call();
    assert_eq!(pair.anna.reason(), NOT_SECURE);
    for link in ["", "ringdove://elsewhere/Ben#key"] {
        pair.command(Who::Anna, Command::AddPerson { link: link.to_owned() });
        assert_eq!(pair.anna.notices.last(), Some(&Notice::LinkInvalid));
    }
}

/// Passes everything on, changed or not.
fn changed(mut change: impl FnMut(Who, &mut ServerMessage) + 'static) -> Tamper {
    Box::new(move |to, mut message| {
        change(to, &mut message);
        vec![message]
    })
}

#[test]
fn an_invite_that_proves_nothing_does_not_ring() {
    for change in 0..5 {
        let mut pair = Pair::new();
        pair.tamper = changed(move |_, message| {
            let ServerMessage::CallInvite { from, media, setup, .. } = message else { return };
            match change {
                0 => *setup = None,
                1 => *setup = Some("{}".to_owned()),
                2 => *media = Media::AUDIO,
                3 => from.name = name("Mallory"),
                _ => {
                    let kind = |setup: String| setup.replace("\"invite\"", "\"accept\"");
                    *setup = setup.take().map(kind);
                }
            }
        });
        pair.place(Who::Anna);
        assert_eq!(pair.ben.phase(), None, "{change}");
        let told = matches!(
            pair.ben.notices.last(),
            Some(Notice::CallRefusedUnseen { reason: EndReason::NotSecure, .. })
        );
        assert!(told, "{change}: {:?}", pair.ben.notices);
        assert_eq!(pair.anna.reason(), NOT_SECURE, "{change}");
    }
}

#[test]
fn an_invite_of_a_later_version_is_answered_so() {
    let mut pair = Pair::new();
    pair.tamper = changed(|_, message| {
        if let ServerMessage::CallInvite { setup, .. } = message {
            *setup = setup.take().map(|setup| setup.replace("\"v\":1", "\"v\":2"));
        }
    });
    pair.place(Who::Anna);
    assert_eq!(pair.anna.reason(), Some(EndReason::Version));
}

#[test]
fn an_accept_that_proves_nothing_starts_no_media_at_the_caller() {
    for change in 0..3 {
        let mut pair = Pair::new();
        pair.tamper = changed(move |_, message| {
            let ServerMessage::CallAccepted { peer, setup, .. } = message else { return };
            match change {
                0 => *setup = None,
                // The tutorial's protocol is no way down from a sealed call.
                1 => {
                    peer.kind = PersonKind::Guest;
                    *setup = None;
                }
                _ => {
                    let Some(Ok(Setup::Accept(mut accept))) = setup.as_deref().map(Setup::decode)
                    else {
                        return;
                    };
                    accept.key = AgreementKey::from_bytes([5; 32]);
                    *setup = Some(Setup::Accept(accept).encode());
                }
            }
        });
        pair.call();
        assert!(!pair.anna.started(), "{change}");
        assert_eq!(pair.anna.reason(), NOT_SECURE, "{change}");
        assert_eq!(pair.ben.reason(), NOT_SECURE, "{change}");
        assert_eq!(pair.ben.heard(), 0);
    }
}

#[test]
fn a_changed_signal_ends_the_call_and_reaches_nobody() {
    type Change = fn(SealedBody) -> Option<String>;
    let changes: [Change; 5] = [
        // Opened, as with a guest.
        |_| Some(Signal::Candidate { candidate: None }.encode()),
        // Cut short.
        |body| {
            Some(
                SealedBody { sealed: body.sealed[..body.sealed.len() - 4].to_owned(), ..body }
                    .encode(),
            )
        },
        // Without the opening.
        |body| body.opening.is_some().then(|| SealedBody { opening: None, ..body }.encode()),
        // Nonsense.
        |_| Some("nonsense".to_owned()),
        // Empty.
        |body| Some(SealedBody { sealed: String::new(), ..body }.encode()),
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let mut pair = Pair::new();
        pair.tamper = changed(move |to, message| {
            if let ServerMessage::CallSignal { body, .. } = message
                && to == Who::Ben
                && let Some(other) = change(SealedBody::decode(body).unwrap())
            {
                *body = other;
            }
        });
        pair.call();
        assert_eq!(pair.ben.heard(), 0, "{nth}");
        assert_eq!(pair.ben.reason(), NOT_SECURE, "{nth}");
        assert_eq!(pair.anna.reason(), NOT_SECURE, "{nth}");
    }
}

#[test]
fn repeats_change_nothing_and_reflections_end_the_call() {
    let mut pair = Pair::new();
    pair.tamper = Box::new(|_, message| vec![message.clone(), message]);
    pair.call();
    assert_eq!((pair.anna.heard(), pair.ben.heard()), (1, 2));

    let mut pair = Pair::new();
    pair.call();
    let (call_id, body) = (pair.anna.call().unwrap().call_id, pair.anna.signals[1].clone());
    pair.tell(Who::Anna, ServerMessage::CallSignal { call_id, from: name("Ben"), seq: 1, body });
    assert_eq!(pair.anna.reason(), NOT_SECURE);
}

#[test]
fn a_call_that_is_over_never_rings_again_also_after_a_restart() {
    let mut pair = Pair::new();
    let invite = std::rc::Rc::new(std::cell::RefCell::new(None));
    let seen = invite.clone();
    pair.tamper = Box::new(move |_, message| {
        if matches!(message, ServerMessage::CallInvite { .. }) {
            *seen.borrow_mut() = Some(message.clone());
        }
        vec![message]
    });
    pair.place(Who::Anna);
    pair.command(Who::Ben, Command::Decline);
    let replay = invite.borrow().clone().unwrap();
    for seed in [2, 2] {
        let mut later = Pair::with_books("", &pair.ben.book, seed);
        later.tell(Who::Ben, replay.clone());
        assert_eq!(later.ben.phase(), None);
    }
}

#[test]
fn a_known_name_that_comes_without_a_key_is_called_changed() {
    let (anna, _) = met();
    let mut pair = Pair::with_books(&anna, "", 2);
    let mut from = support::user("Ben");
    from.kind = PersonKind::Guest;
    let invite = ServerMessage::CallInvite {
        call_id: CallId::from_bytes([77; 16]),
        from,
        media: Media::VIDEO,
        remaining_ms: 45_000,
        setup: None,
    };
    pair.tell(Who::Anna, invite);
    assert_eq!(pair.anna.security().unwrap().trust, Trust::Changed);
}

#[test]
fn a_known_person_whom_the_server_lists_as_a_guest_is_not_spoken_with() {
    for (anna, _) in [met(), compared()] {
        let mut pair = Pair::with_books(&anna, "", 2);
        let guest = support::guest("Ben");
        // The true Ben hears nothing of it.
        pair.tamper =
            Box::new(|to, message| (to == Who::Anna).then_some(message).into_iter().collect());
        pair.tell(Who::Anna, ServerMessage::Presence { people: vec![guest.clone()] });
        pair.place(Who::Anna);
        let call_id = pair.anna.call().unwrap().call_id;
        let accepted = ServerMessage::CallAccepted {
            call_id,
            role: Role::Caller,
            peer: guest.clone(),
            media: Media::VIDEO,
            ice_servers: Vec::new(),
            replaces: None,
            setup: None,
        };
        pair.tell(Who::Anna, accepted);
        assert!(!pair.anna.started());
        assert_eq!(pair.anna.reason(), NOT_SECURE);

        // The user says that it is so: from now on the name is a guest's.
        pair.command(Who::Anna, Command::TrustKey);
        assert_eq!(pair.anna.security().unwrap().trust, Trust::Guest);
    }
}
