//! A page, or a remote through the page, that sends nonsense: each request has its error, and the
//! engine lives.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::Duration;

use peer_connection_engine::Configuration;
use serde_json::json;
use support::{Page, all_lines, connect};

#[tokio::test]
async fn frames_that_are_no_requests_have_no_effect() {
    let mut page = Page::new(1).await;
    for text in
        ["", "{", "[]", "null", "\"x\"", "{\"pc\":1,\"op\":\"stats\"}", "{\"id\":-1}", "\u{0}"]
    {
        page.raw(text);
    }
    page.raw(&format!(
        "{{\"id\":900,\"pc\":1,\"op\":\"stats\",\"x\":\"{}\"}}",
        "x".repeat(300 << 10)
    ));
    for frame in [&[][..], &[1], &[0; 15], &[9; 16], &[2; 20], &[255; 64], &vec![1; 5 << 20]] {
        page.engine.binary(frame);
    }
    page.ask("stats", json!({})).await.unwrap();
    assert!(page.frame_within(Duration::from_millis(50), |_| true).await.is_none());
}

#[tokio::test]
async fn wrong_requests_are_answered_with_errors() {
    let mut page = Page::new(1).await;
    let good = ("u", "p");
    for (op, members, name) in [
        ("nonsense", json!({}), "TypeError"),
        ("gather", json!({}), "TypeError"),
        ("gather", json!({ "ufrag": good.0, "pwd": good.1 }), "TypeError"),
        ("gather", json!({ "ufrag": "abcd\r\na=x", "pwd": "0123456789012345678901" }), "TypeError"),
        ("create", json!({ "iceServers": [], "relayOnly": false }), "InvalidStateError"),
        ("addCandidate", json!({ "candidate": "candidate:nonsense" }), "OperationError"),
        ("addCandidate", json!({ "candidate": 5 }), "TypeError"),
        ("openChannel", json!({ "channel": 0 }), "TypeError"),
        ("openChannel", json!({ "channel": 40000 }), "TypeError"),
        ("openChannel", json!({ "channel": 1, "negotiated": true }), "TypeError"),
        (
            "openChannel",
            json!({ "channel": 1, "maxRetransmits": 1, "maxPacketLifeTime": 1 }),
            "TypeError",
        ),
        ("closeChannel", json!({ "channel": 1 }), "InvalidStateError"),
        ("requestKeyFrame", json!({ "line": 3 }), "InvalidStateError"),
        ("setBitrate", json!({ "bps": -1 }), "TypeError"),
        ("loudspeaker", json!({ "line": 0, "volume": "loud", "toPage": false }), "TypeError"),
        ("microphone", json!({ "line": 0, "label": "no microphone" }), "TypeError"),
        (
            "microphone",
            json!({ "line": 0, "label": "no microphone", "muted": false }),
            "NotAllowedError",
        ),
    ] {
        let error = page.ask(op, members.clone()).await.unwrap_err();
        assert_eq!(error["name"], name, "{op} {members} {error}");
        assert!(error["message"].is_string());
    }
    page.pc = 5;
    assert_eq!(page.ask("stats", json!({})).await.unwrap_err()["name"], "InvalidStateError");
    page.raw(r#"{"id":700,"pc":-1,"op":"stats"}"#);
    assert_eq!(page.reply(700).await.unwrap_err()["name"], "TypeError");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_page_that_may_have_microphones_gets_one_looked_for() {
    let microphone = json!({ "line": 0, "label": "no microphone", "muted": false });
    let mut stranger = Page::new(1).await;
    let error = stranger.ask("microphone", microphone.clone()).await.unwrap_err();
    assert_eq!(error["name"], "NotAllowedError");
    let mut configuration = Configuration::default();
    configuration.microphones = true;
    let mut own = Page::with(2, configuration).await;
    // There is no sound server, or it has no such microphone.
    let error = own.ask("microphone", microphone).await.unwrap_err();
    assert_eq!(error["name"], "OperationError");
    for page in [&mut stranger, &mut own] {
        page.ask("microphone", json!({ "line": 0, "label": null, "muted": false })).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_offers_are_refused_and_a_good_one_still_works() {
    let (mut a, mut b) = (Page::new(1).await, Page::new(2).await);
    let good = b.offer("active", &all_lines());
    for offer in [
        String::new(),
        "v=0\r\n".to_owned(),
        "\u{1f600}".to_owned(),
        good.lines().filter(|l| !l.contains("ice-ufrag")).map(|l| format!("{l}\r\n")).collect(),
        good[..good.len() / 2].to_owned(),
    ] {
        // Half an offer may be a shorter good one, but not an error of ours.
        if let Err(error) = Page::new(3).await.apply(&offer, true, &all_lines()).await {
            assert_eq!(error["name"], "OperationError", "{error}");
        }
    }
    connect(&mut a, &mut b, &all_lines()).await;
}

#[tokio::test]
async fn names_and_tcp_candidates_are_skipped_silently() {
    let mut page = Page::new(1).await;
    for candidate in [
        "candidate:1 1 udp 2122260223 5f2b2c3d-0000-4000-8000-000000000000.local 5000 typ host ufrag abcd",
        "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active ufrag abcd",
        "",
    ] {
        page.ask("addCandidate", json!({ "candidate": candidate, "ufrag": "abcd" })).await.unwrap();
    }
}

#[tokio::test]
async fn turn_and_nonsense_servers_do_not_hold_up_gathering() {
    let mut page = Page::new(1).await;
    let servers = json!([
        { "urls": "turn:192.0.2.1", "username": "u", "credential": "c" },
        { "urls": ["stuns:192.0.2.1", "nonsense", "stun:"] }
    ]);
    page.ask("setIceServers", json!({ "iceServers": servers, "relayOnly": false })).await.unwrap();
    page.gather().await;
    // Nothing but relays, and there is none: no address leaks.
    page.ask("setIceServers", json!({ "iceServers": [], "relayOnly": true })).await.unwrap();
    let members = json!({ "ufrag": "fresh", "pwd": "0123456789012345678901" });
    page.ask("gather", members).await.unwrap();
    page.event("gathering", |e| e["state"] == "complete").await;
    assert!(page.event_within("candidate", Duration::from_millis(50), |_| true).await.is_none());
}
