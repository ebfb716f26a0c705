//! Remote candidates with names of multicast DNS, against a responder on the loopback interface.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use socket2::{Domain, Socket, Type};
use support::{Page, all_lines, turned};
use tokio::net::UdpSocket;

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// Answers for `name` as browsers do, to everybody; gives the labels that were asked for.
fn respond(name: &'static str) -> Arc<Mutex<Vec<String>>> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 5353).into()).unwrap();
    socket.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST).unwrap();
    socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
    let socket = UdpSocket::from_std(socket.into()).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        loop {
            let (length, _) = socket.recv_from(&mut buffer).await.unwrap();
            let message = &buffer[..length];
            if message[2] & 0x80 != 0 {
                continue; // a response
            }
            let label = &message[13..13 + usize::from(message[12])];
            heard.lock().unwrap().push(String::from_utf8_lossy(label).into_owned());
            if label != name.as_bytes() {
                continue;
            }
            let mut response = vec![0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, label.len() as u8];
            response.extend(label);
            response.extend(b"\x05local\0\0\x01\x80\x01\0\0\0\x78\0\x04\x7f\0\0\x01");
            socket.send_to(&response, (GROUP, 5353)).await.unwrap();
        }
    });
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_multicast_dns_are_resolved_and_others_are_not_asked_for() {
    const NAME: &str = "5f2b2c3d-0000-4000-8000-000000000001";
    let asked = respond(NAME);
    let (mut a, mut b) = (Page::new(1).await, Page::new(2).await);
    let lines = all_lines();
    a.gather().await;
    let own = b.gather().await;
    b.apply(&a.offer("passive", &lines), false, &lines).await.unwrap();
    a.apply(&b.offer("active", &turned(&lines)), true, &lines).await.unwrap();
    for other in ["ringdove.example", "a.b.local", "-.test", "127.1", "nobody.local", "..local"] {
        let candidate = own[0].replace("127.0.0.1", other);
        a.ask("addCandidate", json!({ "candidate": candidate })).await.unwrap();
    }
    // Nothing but the name leads to `b`, which learns of `a` by its checks.
    let named = own[0].replace("127.0.0.1", &format!("{NAME}.local"));
    a.ask("addCandidate", json!({ "candidate": named })).await.unwrap();
    for page in [&mut a, &mut b] {
        page.event("ice", |e| e["state"] == "connected").await;
        page.event("dtls", |e| e["state"] == "connected").await;
    }
    // On each interface once, and for what nobody has twice. Others on this machine may ask too.
    tokio::time::sleep(Duration::from_millis(2200)).await;
    let asked = asked.lock().unwrap().clone();
    let times = |label: &str| asked.iter().filter(|asked| *asked == label).count();
    assert!(times(NAME) >= 1 && times("nobody") == 2 * times(NAME), "{asked:?}");
    for label in ["ringdove", "a", "-", "127"] {
        assert_eq!(times(label), 0, "{asked:?}");
    }
    a.ask("stats", json!({})).await.unwrap();
}
