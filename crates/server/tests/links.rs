//! Connections that come, go, hang and are ended.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use std::{collections::HashSet, time::Duration};

use futures_util::{SinkExt, StreamExt};
use ringdove_protocol::{ClientMessage, EndReason, EndedBy, ErrorCode, Role, ServerMessage};
use ringdove_server::{Config, LinkTimers, Server, StartError};
use support::{User, World, accept, call_id, invite, key_of, name};
use tokio_tungstenite::tungstenite::Message;

async fn in_a_call(world: &World) -> (User, User) {
    let (mut anna, mut ben) = (world.user("Anna").await, world.user("Ben").await);
    anna.send(invite(call_id(1), "Ben")).await;
    assert!(matches!(ben.next().await, ServerMessage::CallInvite { .. }));
    ben.send(accept(call_id(1))).await;
    assert!(matches!(ben.next().await, ServerMessage::CallAccepted { .. }));
    assert!(matches!(anna.next().await, ServerMessage::CallReached { .. }));
    assert!(matches!(anna.next().await, ServerMessage::CallAccepted { .. }));
    (anna, ben)
}

#[tokio::test]
async fn a_closed_page_is_told_at_once() {
    let world = World::start().await;
    let (mut anna, ben) = in_a_call(&world).await;
    ben.leave().await;
    let left = ServerMessage::CallEnded {
        call_id: call_id(1),
        reason: EndReason::Left,
        by: EndedBy::Callee,
    };
    assert_eq!(anna.next().await, left, "no wait for a dead connection");
}

#[tokio::test]
async fn busy_is_told_at_once() {
    let world = World::start().await;
    let (_anna, _ben) = in_a_call(&world).await;
    let mut carl = world.user("Carl").await;
    carl.send(invite(call_id(2), "Ben")).await;
    assert!(matches!(carl.next().await, ServerMessage::CallEnded { reason: EndReason::Busy, .. }));
}

#[tokio::test]
async fn a_call_survives_the_death_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("server.db");
    let world = World::with_database(&database).await;
    let (mut anna, mut ben) = in_a_call(&world).await;
    let server = anna.server.clone();
    world.stop().await;
    assert_eq!(anna.expect_close().await, Some(1012));
    assert_eq!(ben.expect_close().await, Some(1012));

    let world = World::with_database(&database).await;
    let resume = |peer: &str, role| ClientMessage::CallResume {
        call_id: call_id(1),
        peer: name(peer),
        role,
        media: ringdove_protocol::Media::VIDEO,
    };
    let mut anna = world.user("Anna").await;
    assert_eq!(anna.server, server, "the same server as before");
    anna.send(resume("Ben", Role::Caller)).await;
    let mut ben = world.user("Ben").await;
    ben.send(resume("Anna", Role::Callee)).await;
    assert!(matches!(anna.next().await, ServerMessage::CallAccepted { .. }));
    assert!(matches!(ben.next().await, ServerMessage::CallAccepted { .. }));

    let mut eve = User::connect(&world).await;
    eve.send(eve.login("Anna", &key_of("Eve"), None)).await;
    assert_eq!(eve.expect_error().await, ErrorCode::NameTaken, "names outlive the server");
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_client_that_hangs() {
    let world = World::start().await;
    let _hangs = world.user("Anna").await;
    world.stop().await;
}

#[tokio::test]
async fn the_same_key_takes_its_session_over() {
    let world = World::start().await;
    let mut first = world.user("Anna").await;
    let mut second = world.user("Anna").await;
    assert_eq!(first.expect_error().await, ErrorCode::SessionReplaced);
    assert_eq!(first.expect_close().await, Some(4001));
    second.hears_nothing().await;
}

#[tokio::test]
async fn a_linked_device_has_the_same_name() {
    let world = World::start().await;
    let (mut phone, mut desk) = (world.user("Ben").await, world.other_device("Ben", 1).await);
    let mut anna = world.user("Anna").await;
    assert_eq!(anna.people.len(), 1);
    anna.send(invite(call_id(1), "Ben")).await;
    for device in [&mut phone, &mut desk] {
        assert!(matches!(device.next().await, ServerMessage::CallInvite { .. }));
    }
}

#[tokio::test]
async fn ids_are_unguessable_and_differ() {
    let world = World::start().await;
    let mut seen = HashSet::new();
    for number in 1..=10 {
        let mut user = User::connect(&world).await;
        user.send(user.login(&format!("User {number}"), &key_of(&number.to_string()), None)).await;
        assert!(seen.insert(*user.expect_welcome().await.as_bytes()));
        assert!(seen.insert(user.nonce.as_bytes()[..16].try_into().unwrap()));
    }
    let distances: HashSet<u128> = seen
        .iter()
        .flat_map(|a| {
            seen.iter().map(|b| u128::from_be_bytes(*a).abs_diff(u128::from_be_bytes(*b)))
        })
        .collect();
    assert!(distances.iter().all(|distance| *distance == 0 || *distance > 1 << 64));
}

#[tokio::test]
async fn a_silent_peer_is_dead_after_its_limit() {
    let links = LinkTimers {
        ping: Duration::from_millis(300),
        // Long enough for Ben, who does not read while Anna logs in.
        dead: Duration::from_secs(3),
        ..LinkTimers::default()
    };
    let world = World::with(Config { links, ..Config::default() }).await;
    let mut ben = world.user("Ben").await;
    // Its task never reads, so it answers no ping, as if the cable were pulled.
    let _silent = world.user("Anna").await;
    ben.sees("Anna", true).await;
    ben.sees("Anna", false).await;
    ben.hears_nothing().await;
}

#[tokio::test]
async fn who_does_not_log_in_is_closed() {
    let links = LinkTimers { login: Duration::from_millis(100), ..LinkTimers::default() };
    let world = World::with(Config { links, ..Config::default() }).await;
    let mut user = User::connect(&world).await;
    assert_eq!(user.expect_close().await, Some(1008));
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_closed_and_others_hear_everything() {
    // As many texts as each may say at once; together far more than the silent reader's queue holds.
    const SPEAKERS: usize = 8;
    const TEXTS: usize = 20;
    let world = World::start().await;
    let mut carl = world.user("Carl").await;
    let _silent = world.user_with_small_buffer("Anna").await;
    carl.sees("Anna", true).await;

    let mut speakers = Vec::new();
    let mut reading = Vec::new();
    for number in 0..SPEAKERS {
        let name = format!("Speaker {number}");
        let (write, mut read) = world.user(&name).await.socket.split();
        carl.sees(&name, true).await;
        speakers.push(write);
        reading.push(tokio::spawn(async move { while read.next().await.is_some() {} }));
    }
    let chat = ClientMessage::Chat { text: "\u{10400}".repeat(2000) }.encode();
    for _ in 0..TEXTS {
        for speaker in &mut speakers {
            speaker.send(Message::text(chat.clone())).await.expect("is heard");
            assert!(matches!(carl.next().await, ServerMessage::Chat { .. }));
        }
    }
    carl.sees("Anna", false).await;
    assert!(reading.iter().all(|reading| !reading.is_finished()), "no speaker was closed");
}

#[tokio::test]
async fn a_taken_port_and_a_damaged_database_are_told_apart() {
    let world = World::start().await;
    let taken = Config { listen: world.address, ..Config::default() };
    assert!(matches!(Server::bind(taken).await, Err(StartError::Address { .. })));

    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("server.db");
    std::fs::write(&database, "this is no database".repeat(1000)).unwrap();
    let listen = ([127, 0, 0, 1], 0).into();
    let damaged = Config { listen, database: Some(database.clone()), ..Config::default() };
    match Server::bind(damaged).await {
        Err(error @ StartError::Database(_)) => {
            let text = error.to_string();
            assert!(text.contains("damaged") && text.contains("server.db"), "{text}");
        }
        other => panic!("expected damage, got {other:?}"),
    }
}
