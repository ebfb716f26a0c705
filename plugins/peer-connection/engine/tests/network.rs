//! Addresses that come and go during a call, in a network namespace of its own (Linux, as root).

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests, whose figures are worth seeing"
)]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Page, all_lines, turned, vp8, vp8_number};

const VIDEO: u8 = 1;

/// Runs an ignored test of this file in a fresh namespace, which ends with it.
fn in_a_namespace(test: &str) {
    let possible = Command::new("unshare").args(["--net", "ip", "link"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        eprintln!("left out: network namespaces need root and iproute2");
        return;
    }
    let status = Command::new("unshare")
        .arg("--net")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        // All addresses but those of the loopback interface.
        .env("PEER_CONNECTION_LOOPBACK", "0")
        .status();
    assert!(status.unwrap().success(), "{test}");
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Two interfaces; the second one has no address yet.
fn interfaces() {
    // What goes to an address of one's own goes through it.
    ip("link set lo up");
    for name in ["one", "two"] {
        ip(&format!("link add {name} type bridge"));
        ip(&format!("link set {name} up"));
    }
    ip("addr add 10.9.1.1/24 dev one");
}

async fn gather(page: &mut Page) -> Vec<String> {
    let members = json!({ "ufrag": page.ufrag, "pwd": page.pwd });
    page.ask("gather", members).await.unwrap();
    gathered(page).await
}

/// The candidates up to the end of gathering.
async fn gathered(page: &mut Page) -> Vec<String> {
    page.event("gathering", |e| e["state"] == "complete").await;
    let mut candidates = Vec::new();
    while let Some(event) = page.event_within("candidate", Duration::ZERO, |_| true).await {
        candidates.push(event["candidate"].as_str().unwrap().to_owned());
    }
    candidates
}

async fn negotiate(a: &mut Page, b: &mut Page) {
    let lines = all_lines();
    let (from_a, from_b) = (gather(a).await, gather(b).await);
    b.apply(&a.offer("passive", &lines), false, &lines).await.unwrap();
    a.apply(&b.offer("active", &turned(&lines)), true, &lines).await.unwrap();
    b.add_candidates(&from_a).await;
    a.add_candidates(&from_b).await;
    for page in [a, b] {
        page.event("dtls", |e| e["state"] == "connected").await;
    }
}

/// Sends frames from `first` on until one arrives; gives its number.
async fn next_frame(from: &mut Page, to: &mut Page, first: u32) -> u32 {
    let patience = Instant::now() + Duration::from_secs(15);
    for number in first.. {
        assert!(Instant::now() < patience, "no frame arrives");
        from.send(VIDEO, 1, 1, f64::from(number) * 33_333.0, &vp8(true, number, 300));
        let wait = Duration::from_millis(30);
        if let Some(frame) =
            to.frame_within(wait, |f| f.kind == VIDEO && vp8_number(&f.payload) >= first).await
        {
            return vp8_number(&frame.payload);
        }
    }
    0
}

async fn pair_in_use(page: &mut Page) -> Value {
    // The counters come every half second.
    tokio::time::sleep(Duration::from_millis(600)).await;
    page.ask("stats", json!({})).await.unwrap()["peer"].clone()
}

#[test]
fn a_call_goes_on_over_another_address() {
    in_a_namespace("over_another_address");
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn over_another_address() {
    interfaces();
    let (mut a, mut b) = (Page::new(1).await, Page::new(2).await);
    negotiate(&mut a, &mut b).await;
    let last = next_frame(&mut a, &mut b, 0).await;
    assert!(pair_in_use(&mut a).await["local"].as_str().unwrap().contains(" 10.9.1.1 "));

    // A second network; its candidates come by themselves, and go to the other end by trickle.
    let begun = Instant::now();
    ip("addr add 10.9.2.1/24 dev two");
    let mut found = Vec::new();
    for page in [&mut a, &mut b] {
        page.event("networkChanged", |_| true).await;
        page.event("gathering", |e| e["state"] == "gathering").await;
        found.push(gathered(page).await);
    }
    eprintln!("a new address is gathered after {:?}", begun.elapsed());
    for candidates in &found {
        assert_eq!(candidates.len(), 1, "{candidates:?}");
        assert!(candidates[0].contains(" 10.9.2.1 "), "{candidates:?}");
    }
    b.add_candidates(&found[0]).await;
    a.add_candidates(&found[1]).await;
    let last = next_frame(&mut a, &mut b, last + 1).await;

    // The first network goes away with what is in use.
    let begun = Instant::now();
    ip("addr del 10.9.1.1/24 dev one");
    let last = next_frame(&mut a, &mut b, last + 100).await;
    eprintln!("video goes on {:?} after the address was lost", begun.elapsed());
    for page in [&mut a, &mut b] {
        page.event("networkChanged", |_| true).await;
        let pair = pair_in_use(page).await;
        assert!(pair["local"].as_str().unwrap().contains(" 10.9.2.1 "), "{pair}");
        assert!(!page.seen().iter().any(|(_, state)| *state == "failed" || *state == "closed"));
    }

    // And it comes back, under another address.
    ip("addr add 10.9.3.1/24 dev one");
    ip("addr del 10.9.2.1/24 dev two");
    a.event("networkChanged", |_| true).await;
    b.event("networkChanged", |_| true).await;
    let (from_a, from_b) = (gathered(&mut a).await, gathered(&mut b).await);
    b.add_candidates(&from_a).await;
    a.add_candidates(&from_b).await;
    let last = next_frame(&mut a, &mut b, last + 1000).await;

    // With no network at all the connection waits, and needs no restart when there is one again.
    a.forget();
    b.forget();
    ip("addr del 10.9.3.1/24 dev one");
    for page in [&mut a, &mut b] {
        page.event("ice", |e| e["state"] == "disconnected").await;
    }
    a.forget();
    b.forget();
    ip("addr add 10.9.4.1/24 dev one");
    for page in [&mut a, &mut b] {
        page.event("networkChanged", |_| true).await;
        found.push(gathered(page).await);
    }
    let (from_b, from_a) = (found.pop().unwrap(), found.pop().unwrap());
    b.add_candidates(&from_a).await;
    a.add_candidates(&from_b).await;
    for page in [&mut a, &mut b] {
        page.event("ice", |e| e["state"] == "connected").await;
    }
    next_frame(&mut a, &mut b, last + 1000).await;
}

#[test]
fn nothing_is_told_of_addresses_that_are_not_gathered() {
    in_a_namespace("not_gathered");
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn not_gathered() {
    interfaces();
    let mut page = Page::new(1).await;
    gather(&mut page).await;
    // Link-local ones are never candidates.
    ip("addr add 169.254.7.7/16 dev two");
    let told = page.event_within("networkChanged", Duration::from_millis(600), |_| true).await;
    assert_eq!(told, None);
    let mut unused = Page::new(2).await;
    ip("addr add 10.9.2.1/24 dev two");
    page.event("networkChanged", |_| true).await;
    assert_eq!(unused.event_within("candidate", Duration::from_millis(100), |_| true).await, None);
}
