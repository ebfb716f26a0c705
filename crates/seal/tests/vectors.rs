//! A call with every value in between, for whoever writes another client: `vectors/call.json`.
//!
//! `RINGDOVE_UPDATE=1 cargo test -p ringdove-seal --test vectors` writes it anew, and
//! `ui/src/sealedCalls.test.ts` computes the same without a line of this crate.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{env, fs, path::PathBuf};

use ringdove_protocol::{DeviceKey, SEALED_VERSION, SealedBody, Setup};
use ringdove_seal::safety_number;
use serde_json::json;
use support::{Device, call, facts};

#[test]
fn the_call_of_the_vectors_comes_out_the_same() {
    let (anna, account) = (Device::first(1), Device::first(3));
    let ben = Device::further(2, &account);
    let call = call(&anna, &ben);
    let facts = facts();
    let opening = call.placed.opening().clone();
    let (offer, answer) = (r#"{"v":1,"kind":"candidate","candidate":null}"#, "answer");
    let body = |opening, sealed| SealedBody { v: SEALED_VERSION, opening, sealed };
    let vectors = json!({
        "given": {
            "server": facts.server, "call": facts.call,
            "caller": facts.caller, "callee": facts.callee,
            "caller_device_seed": "01 x 32", "callee_device_seed": "02 x 32",
            "callee_account_seed": "03 x 32",
            "caller_agreement_secret": "0b x 32", "blind": "0b x 32",
            "callee_agreement_secret": "0c x 32",
            "invite_media": {"audio": true, "video": true},
            "accept_media": {"audio": true, "video": false},
            "signal_of_caller": {"seq": 0, "text": offer},
            "signal_of_callee": {"seq": 7, "text": answer},
        },
        "invite": Setup::Invite(call.placed.setup().clone()),
        "accept": Setup::Accept(call.accepting.setup().clone()),
        "body_of_caller": body(Some(opening), call.caller.seal(0, offer)),
        "body_of_callee": body(None, call.callee.seal(7, answer)),
        "pictures": call.caller.pictures().numbers(),
        "safety_number": safety_number(&anna.public(), &account.public()),
    });

    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/call.json");
    let text = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
    if env::var_os("RINGDOVE_UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn the_safety_number_is_sixty_digits_and_the_same_for_both() {
    let keys = [1, 2, 3].map(|seed| Device::first(seed).public());
    let number = safety_number(&keys[0], &keys[1]);
    assert_eq!(number.len(), 60);
    assert!(number.bytes().all(|digit| digit.is_ascii_digit()));
    assert_eq!(number, safety_number(&keys[1], &keys[0]));
    assert_ne!(number, safety_number(&keys[0], &keys[2]));
    assert_ne!(number, safety_number(&keys[0], &DeviceKey::from_bytes([0; 32])));
}
