//! Calls through a real TURN server (coturn), over UDP, TCP and TLS.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests, whose figures are worth seeing"
)]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::coturn::{Coturn, PASSWORD, USER};
use support::{PATIENCE, Page, all_lines, connect, vp8, vp8_number};

const VIDEO: u8 = 1;
const DATA: u8 = 3;

/// A page that may use nothing but relays of these URLs.
async fn relayed(pc: u32, server: &Coturn, urls: &[String]) -> Page {
    let servers = json!([{ "urls": urls, "username": USER, "credential": PASSWORD }]);
    let mut page = Page::trusting(pc, vec![server.root.clone()]).await;
    let members = json!({ "iceServers": servers, "relayOnly": true });
    page.ask("setIceServers", members).await.unwrap();
    page
}

async fn errors_of(page: &mut Page) -> Value {
    let members = json!({ "ufrag": page.ufrag, "pwd": page.pwd });
    page.ask("gather", members).await.unwrap();
    let error = page.event("candidateError", |_| true).await;
    page.event("gathering", |e| e["state"] == "complete").await;
    assert!(page.event_within("candidate", Duration::from_millis(20), |_| true).await.is_none());
    error
}

/// Sends numbered frames until `count` of them have arrived, and gives how many were sent.
async fn video(from: &mut Page, to: &mut Page, count: u32) -> u32 {
    let (mut sent, mut arrived) = (0_u32, 0);
    let patience = Instant::now() + 2 * PATIENCE;
    while arrived < count {
        assert!(Instant::now() < patience, "{arrived} of {sent} frames arrived");
        let key = sent.is_multiple_of(10);
        let frame = vp8(key, sent, if key { 6000 } else { 300 });
        from.send(VIDEO, u8::from(key), 1, 1e6 + f64::from(sent) * 33_333.0, &frame);
        sent += 1;
        while let Some(frame) =
            to.frame_within(Duration::from_millis(15), |f| f.kind == VIDEO).await
        {
            let number = vp8_number(&frame.payload);
            let key = number.is_multiple_of(10);
            assert_eq!(frame.payload, vp8(key, number, if key { 6000 } else { 300 }));
            arrived += 1;
        }
    }
    sent
}

async fn a_call_through(transport: &str) {
    let mut server = Coturn::start();
    let urls = [server.url(transport)];
    let (mut a, mut b) = (relayed(1, &server, &urls).await, relayed(2, &server, &urls).await);
    for page in [&mut a, &mut b] {
        let negotiated = json!({
            "channel": 8, "label": "n", "protocol": "", "ordered": true, "negotiated": true, "streamId": 40
        });
        page.ask("openChannel", negotiated).await.unwrap();
    }
    let begun = Instant::now();
    connect(&mut a, &mut b, &all_lines()).await;
    eprintln!("{transport}: connected after {:?}", begun.elapsed());
    for page in [&mut a, &mut b] {
        page.event("channelOpen", |e| e["channel"] == 8).await;
        let peer = page.ask("stats", json!({})).await.unwrap();
        // The counters come every half second.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let peer = page.ask("stats", json!({})).await.unwrap_or(peer)["peer"].clone();
        assert!(peer["local"].as_str().unwrap().contains(" typ relay "), "{peer}");
    }
    let sent = video(&mut a, &mut b, 30).await;
    eprintln!("{transport}: {sent} frames sent for 30");
    video(&mut b, &mut a, 30).await;
    // Odd lengths, which a stream pads, and more than SCTP's window.
    let begun = Instant::now();
    let messages: Vec<Vec<u8>> = [1, 2, 3, 1001, 65_537, 256 << 10, 256 << 10, 256 << 10]
        .iter()
        .map(|length| vec![*length as u8; *length])
        .collect();
    for message in &messages {
        a.send(DATA, 0, 8, 0.0, message);
    }
    for message in &messages {
        let frame = b.frame(|f| f.kind == DATA).await;
        assert!(frame.payload == *message, "{} {}", frame.payload.len(), message.len());
    }
    eprintln!("{transport}: 850 kB of data in {:?}", begun.elapsed());

    // Each gives its allocation back: a refresh with a lifetime of 0.
    assert!(!server.log().contains("lifetime=0"), "{}", server.log());
    a.ask("close", json!({})).await.unwrap();
    drop(b);
    let patience = Instant::now() + Duration::from_secs(3);
    while server.log().matches("lifetime=0").count() < 2 {
        assert!(Instant::now() < patience, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_through_turn_over_udp() {
    a_call_through("udp").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_through_turn_over_tcp() {
    a_call_through("tcp").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_through_turn_over_tls() {
    a_call_through("tls").await;
}

#[tokio::test]
async fn wrong_credentials_are_told_and_end_gathering() {
    let server = Coturn::start();
    for transport in ["udp", "tcp", "tls"] {
        let mut page = relayed(1, &server, &[]).await;
        let url = server.url(transport);
        let servers = json!([{ "urls": url, "username": USER, "credential": "wrong" }]);
        let members = json!({ "iceServers": servers, "relayOnly": true });
        page.ask("setIceServers", members).await.unwrap();
        let error = errors_of(&mut page).await;
        assert_eq!((&error["errorCode"], &error["url"]), (&json!(401), &json!(url)), "{error}");
        assert_eq!(error["address"], "127.0.0.1", "{error}");
        assert!(error["port"].as_u64().is_some_and(|port| port > 0), "{error}");
        assert_eq!(error["errorText"], "Unauthorized", "{error}");
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_told_and_ends_gathering() {
    let server = Coturn::start();
    let mut page = Page::new(1).await;
    let urls = server.url("tls");
    let servers = json!([{ "urls": urls, "username": USER, "credential": PASSWORD }]);
    let members = json!({ "iceServers": servers, "relayOnly": true });
    page.ask("setIceServers", members).await.unwrap();
    let error = errors_of(&mut page).await;
    assert_eq!(error["errorCode"], 701, "{error}");
    assert!(error["errorText"].as_str().unwrap().contains("certificate"), "{error}");

    // The right certificate under a wrong name is no better.
    let urls = urls.replace("localhost", "127.0.0.1");
    let mut page = relayed(2, &server, &[urls]).await;
    let error = errors_of(&mut page).await;
    assert!(error["errorText"].as_str().unwrap().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_dead_server_costs_only_its_own_candidate() {
    let server = Coturn::start();
    let mut dead = Coturn::start();
    dead.kill();
    // One that takes connections and says nothing.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("turns:localhost:{}", mute.local_addr().unwrap().port());
    let urls = [dead.url("udp"), dead.url("tcp"), mute.clone(), server.url("udp")];
    let mut page = relayed(1, &server, &urls).await;
    let begun = Instant::now();
    let members = json!({ "ufrag": page.ufrag, "pwd": page.pwd });
    page.ask("gather", members).await.unwrap();
    page.event("candidate", |e| e["candidate"].as_str().unwrap().contains(" typ relay ")).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    page.event("gathering", |e| e["state"] == "complete").await;
    assert!(begun.elapsed() < Duration::from_secs(14), "{:?}", begun.elapsed());
    for url in &urls[..3] {
        let error = page.event("candidateError", |e| e["url"] == *url).await;
        assert_eq!(error["errorCode"], 701, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_relay_takes_over_when_a_server_dies() {
    let mut server = Coturn::start();
    let mut other = Coturn::start();
    // The first has the higher preference, being asked first and answering first.
    let mut pages = Vec::new();
    for pc in 1..=2 {
        let urls = [server.url("udp")];
        let mut page = relayed(pc, &server, &urls).await;
        page.gather().await;
        let servers = json!([{
            "urls": [urls[0], other.url("tcp")], "username": USER, "credential": PASSWORD
        }]);
        let members = json!({ "iceServers": servers, "relayOnly": true });
        page.ask("setIceServers", members).await.unwrap();
        pages.push(page);
    }
    let (mut b, mut a) = (pages.pop().unwrap(), pages.pop().unwrap());
    connect(&mut a, &mut b, &all_lines()).await;
    video(&mut a, &mut b, 10).await;
    server.kill();
    let begun = Instant::now();
    video(&mut a, &mut b, 30).await;
    eprintln!("video goes on {:?} after the server died", begun.elapsed());

    // Without any, the connection ends as one does whose network is gone.
    other.kill();
    a.event("ice", |e| e["state"] == "disconnected").await;
    let begun = Instant::now();
    a.ask("close", json!({})).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3));
}
