//! The JSON that the browser and the core exchange.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ringdove_protocol::{Nonce, ServerMessage};
use ringdove_web::{HostOutput, HostReply, Machine};
use serde_json::{Value, json};

#[test]
fn browser_drives_a_sign_in() {
    let mut machine = machine();
    let sign_in = json!({
        "kind": "command",
        "command": { "kind": "signIn", "server": null, "name": "Anna" },
    });
    let reply = input(&mut machine, sign_in, 100.0);
    assert_eq!(reply["outputs"][0], json!({ "kind": "connect", "url": "wss://attic.example/" }));
    assert_eq!(reply["outputs"][1]["event"]["link"]["phase"], "connecting");
    assert_eq!(reply["wakeAtMs"], 5100.0);

    input(&mut machine, json!({ "kind": "opened" }), 200.0);
    let (server, nonce) = ("attic".to_owned(), Nonce::from_bytes([5; 32]));
    let hello = ServerMessage::Hello { v: 1, server, nonce }.encode();
    let reply = input(&mut machine, json!({ "kind": "message", "text": hello }), 300.0);
    let login: Value = serde_json::from_str(reply["outputs"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!((&login["type"], &login["name"]), (&json!("login"), &json!("Anna")));
}

#[test]
fn snapshot_is_answered() {
    let reply = input(&mut machine(), json!({ "kind": "snapshot" }), 0.0);
    let link = &reply["outputs"][0]["snapshot"]["link"];
    assert_eq!(*link, json!({ "phase": "signedOut", "error": null }));
    assert_eq!(reply["wakeAtMs"], Value::Null);
}

#[test]
fn nonsense_is_a_fault_and_changes_nothing() {
    let mut machine = machine();
    for nonsense in ["", "null", "{\"kind\":\"command\"}", "{\"kind\":\"other\"}"] {
        let reply = machine.input(nonsense.as_bytes(), f64::NAN);
        assert!(reply.fault.is_some(), "{nonsense}");
    }
    let reply = machine.input(br#"{"kind":"snapshot"}"#, -1.0);
    assert!(matches!(reply, HostReply { fault: None, .. }));
    assert!(matches!(reply.outputs[..], [HostOutput::Snapshot { .. }]));
}

#[test]
fn machine_needs_a_whole_seed() {
    let config = json!({ "seed": "AAAA", "server": "ws://attic.example/" }).to_string();
    assert!(Machine::start(config.as_bytes(), Box::new(|_| ())).is_err());
}

#[test]
fn what_was_kept_comes_back_and_what_cannot_be_read_stands_in_nobodys_way() {
    let started = |privacy: Value| {
        let server = "wss://attic.example/";
        let config = json!({ "seed": "A".repeat(43), "server": server, "privacy": privacy });
        let config = config.to_string();
        let mut machine = Machine::start(config.as_bytes(), Box::new(|_| ())).unwrap();
        let reply = input(&mut machine, json!({ "kind": "snapshot" }), 0.0);
        reply["outputs"][0]["snapshot"]["privacy"].clone()
    };
    let rings = json!({ "who": "contacts", "contacts": ["Anna"], "blocked": ["Eve"] });
    let kept = json!({ "quiet": true, "rings": rings });
    assert_eq!(started(json!(kept.to_string())), kept);
    let fresh = started(Value::Null);
    assert_eq!(fresh["rings"]["who"], "everybody");
    assert_eq!(started(json!("{\"quiet\":")), fresh);
}

fn machine() -> Machine {
    let config = json!({ "seed": "A".repeat(43), "server": "wss://attic.example/" }).to_string();
    Machine::start(config.as_bytes(), Box::new(|bytes| bytes.fill(1))).unwrap()
}

fn input(machine: &mut Machine, input: Value, now_ms: f64) -> Value {
    serde_json::to_value(machine.input(input.to_string().as_bytes(), now_ms)).unwrap()
}
