//! Who comes together, and who does not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use ringdove_protocol::{AgreementKey, Blind, CallId, Commitment, Media, Name, Opening, Signature};
use ringdove_seal::{Caller, Facts, Invited, SealError};
use support::{Device, call, facts};

#[test]
fn both_ends_read_each_other_and_see_the_same_pictures() {
    let (anna, ben) = (Device::first(1), Device::further(2, &Device::first(3)));
    let call = call(&anna, &ben);

    assert_eq!(call.callee.open(0, &call.caller.seal(0, "offer")).unwrap(), "offer");
    assert_eq!(call.caller.open(0, &call.callee.seal(0, "answer")).unwrap(), "answer");
    assert_eq!(call.caller.pictures(), call.callee.pictures());
    assert_eq!(call.invited.account(), anna.public());
    assert_eq!(call.accepting.setup().speaker.account(), Device::first(3).public());
}

/// Each fact as one end could be told it wrongly.
fn other_facts() -> Vec<Facts> {
    vec![
        Facts { server: "cellar".to_owned(), ..facts() },
        Facts { call: CallId::from_bytes([8; 16]), ..facts() },
        Facts { caller: Name::parse("Anne").unwrap(), ..facts() },
        Facts { callee: Name::parse("Bert").unwrap(), ..facts() },
    ]
}

#[test]
fn an_invite_counts_only_as_it_was_signed() {
    let anna = Device::first(1);
    let setup = Caller::new(&anna, facts(), Media::VIDEO, &[11; 64]).setup().clone();
    let check = |facts, setup, media| Invited::check(facts, setup, media).map(drop);

    assert_eq!(check(facts(), setup.clone(), Media::VIDEO), Ok(()));
    for told in other_facts() {
        assert_eq!(check(told, setup.clone(), Media::VIDEO), Err(SealError::Signature));
    }
    assert_eq!(check(facts(), setup.clone(), Media::AUDIO), Err(SealError::Signature));

    let mut other = setup.clone();
    other.commitment = Commitment::from_bytes([0; 32]);
    assert_eq!(check(facts(), other, Media::VIDEO), Err(SealError::Signature));
    let mut other = setup.clone();
    other.speaker.device = Device::first(4).public();
    assert_eq!(check(facts(), other, Media::VIDEO), Err(SealError::Signature));
    let mut other = setup;
    other.signature = Signature::from_bytes([0; 64]);
    assert_eq!(check(facts(), other, Media::VIDEO), Err(SealError::Signature));
}

#[test]
fn a_device_needs_the_word_of_the_account_that_it_names() {
    let (account, stranger) = (Device::first(3), Device::first(4));
    let honest = Device::further(2, &account);
    let mut setup = Caller::new(&honest, facts(), Media::VIDEO, &[11; 64]).setup().clone();
    Invited::check(facts(), setup.clone(), Media::VIDEO).unwrap();

    // Signed by another account than the one that it names.
    let other = Device::further(2, &stranger);
    let forged = Caller::new(&other, facts(), Media::VIDEO, &[11; 64]).setup().clone();
    if let (Some(link), Some(forged)) = (&mut setup.speaker.link, &forged.speaker.link) {
        link.signature = forged.signature;
    }
    let checked = Invited::check(facts(), setup, Media::VIDEO).map(drop);
    assert_eq!(checked, Err(SealError::Signature));
}

#[test]
fn an_accept_counts_only_for_the_invite_that_it_answers() {
    let (anna, ben) = (Device::first(1), Device::first(2));
    let call = call(&anna, &ben);
    let accept = call.accepting.setup().clone();

    let error = call.placed.conclude(&accept, Media::VIDEO).map(drop);
    assert_eq!(error, Err(SealError::Signature));
    for told in other_facts() {
        let placed = Caller::new(&anna, told, Media::VIDEO, &[11; 64]);
        let error = placed.conclude(&accept, Media::AUDIO).map(drop);
        assert_eq!(error, Err(SealError::Signature));
    }
    // The same call with another promise of the caller.
    let placed = Caller::new(&anna, facts(), Media::VIDEO, &[13; 64]);
    assert_eq!(placed.conclude(&accept, Media::AUDIO).map(drop), Err(SealError::Signature));
    // Another key than the one that was signed.
    let mut other = accept.clone();
    other.key = AgreementKey::from_bytes([5; 32]);
    assert_eq!(call.placed.conclude(&other, Media::AUDIO).map(drop), Err(SealError::Signature));
}

#[test]
fn only_the_promised_key_opens_a_call() {
    let call = call(&Device::first(1), &Device::first(2));
    let opening = call.placed.opening().clone();

    let other = Opening { key: AgreementKey::from_bytes([5; 32]), ..opening.clone() };
    assert_eq!(call.accepting.open(&other).map(drop), Err(SealError::Commitment));
    let other = Opening { blind: Blind::from_bytes([5; 32]), ..opening };
    assert_eq!(call.accepting.open(&other).map(drop), Err(SealError::Commitment));
}

#[test]
fn a_key_that_gives_a_secret_known_to_all_is_refused() {
    // The server as a callee of its own name could sign it; the all-zero key has order one.
    let (anna, ben) = (Device::first(1), Device::first(2));
    let placed = Caller::new(&anna, facts(), Media::VIDEO, &[11; 64]);
    let invited = Invited::check(facts(), placed.setup().clone(), Media::VIDEO).unwrap();
    let accepting = invited.accept(&ben, Media::AUDIO, &[12; 32]);
    let weak = support::accept_with_key(&ben, &placed, AgreementKey::from_bytes([0; 32]));
    assert_eq!(placed.conclude(&weak, Media::AUDIO).map(drop), Err(SealError::WeakKey));
    assert!(placed.conclude(accepting.setup(), Media::AUDIO).is_ok());
}

#[test]
fn a_signal_opens_in_its_place_only() {
    let call = call(&Device::first(1), &Device::first(2));
    let sealed = call.caller.seal(3, "candidate");

    assert_eq!(call.callee.open(4, &sealed), Err(SealError::Tampered), "another number");
    assert_eq!(call.caller.open(3, &sealed), Err(SealError::Tampered), "reflected");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(call.callee.open(3, &changed), Err(SealError::Tampered), "character {at}");
    }
    for cut in 0..sealed.len() {
        assert_eq!(call.callee.open(3, &sealed[..cut]), Err(SealError::Tampered), "cut at {cut}");
    }
    assert_eq!(call.callee.open(3, &sealed).unwrap(), "candidate");
}

#[test]
fn who_sits_in_between_shows_other_pictures() {
    // A server that plays Ben to Anna and Anna to Ben, with keys of its own.
    let server = Device::first(66);
    let with_anna = call(&Device::first(1), &server);
    let with_ben = call(&server, &Device::first(2));
    assert_ne!(with_anna.caller.pictures(), with_ben.callee.pictures());
}

#[test]
fn secrets_are_never_printed() {
    let call = call(&Device::first(1), &Device::first(2));
    let shown = format!("{:?} {:?} {:?}", call.placed, call.accepting, call.caller);
    assert!(!shown.contains("11, 11") && !shown.contains("12, 12"), "{shown}");
    assert_eq!(format!("{:?}", call.caller.pictures()), "Pictures(..)");
}
