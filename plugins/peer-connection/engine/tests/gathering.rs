//! Gathering with a STUN server.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use serde_json::json;
use support::Page;
use tokio::net::UdpSocket;

#[tokio::test]
async fn a_stun_server_gives_a_server_reflexive_candidate() {
    // The machine's own address; without one there is nothing that could be mapped.
    let probe = UdpSocket::bind("0.0.0.0:0").await.unwrap();
    if probe.connect("192.0.2.1:9").await.is_err() {
        return;
    }
    let own = probe.local_addr().unwrap().ip();
    let server = UdpSocket::bind((own, 0)).await.unwrap();
    let url = format!("stun:{}", server.local_addr().unwrap());
    tokio::spawn(async move {
        let mut buffer = [0; 100];
        let mut first = true;
        loop {
            let (length, from) = server.recv_from(&mut buffer).await.unwrap();
            assert_eq!((length, &buffer[..4]), (20, &[0, 1, 0, 0][..]));
            if std::mem::take(&mut first) {
                continue; // lost: the client has to ask again
            }
            // XOR-MAPPED-ADDRESS 203.0.113.7:5000 (RFC 8489 14.2).
            let mut reply = vec![1, 1, 0, 12];
            reply.extend(&buffer[4..20]);
            reply.extend([0, 0x20, 0, 8, 0, 1]);
            reply.extend((5000u16 ^ 0x2112).to_be_bytes());
            reply.extend([203 ^ 0x21, 0x12, 113 ^ 0xA4, 7 ^ 0x42]);
            server.send_to(&reply, from).await.unwrap();
        }
    });

    let mut page = Page::new(1).await;
    let servers = json!([{ "urls": [url] }]);
    let members = json!({ "iceServers": servers, "relayOnly": false });
    page.ask("setIceServers", members).await.unwrap();
    let members = json!({ "ufrag": "abcd", "pwd": "0123456789012345678901" });
    page.ask("gather", members).await.unwrap();
    let reflexive =
        |e: &serde_json::Value| e["candidate"].as_str().unwrap().contains(" typ srflx ");
    let event = page.event("candidate", reflexive).await;
    let candidate = event["candidate"].as_str().unwrap();
    assert!(candidate.contains(" 203.0.113.7 5000 typ srflx raddr "), "{candidate}");
    assert!(candidate.ends_with(" ufrag abcd"), "{candidate}");
    page.event("gathering", |e| e["state"] == "complete").await;

    // An ICE restart announces the same candidates for the new generation, before it asks again.
    let members = json!({ "ufrag": "fresh", "pwd": "0123456789012345678901" });
    page.ask("gather", members).await.unwrap();
    let event = page.event("candidate", |e| reflexive(e)).await;
    assert!(event["candidate"].as_str().unwrap().ends_with(" ufrag fresh"), "{event}");
}
