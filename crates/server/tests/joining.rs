//! Who may take a name that nobody has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use std::{path::Path, process::Command, time::Duration};

use ringdove_protocol::{ClientMessage, ErrorCode, SUBPROTOCOL, ServerMessage};
use ringdove_server::{Config, JoinPolicy, TrustedProxies, make_invite};
use support::{User, World, key_of, name};
use tokio_tungstenite::tungstenite::Error;

async fn by_invitation(database: &Path) -> World {
    let database = Some(database.to_owned());
    World::with(Config { join: JoinPolicy::Invite, database, ..Config::default() }).await
}

async fn log_in(user: &mut User, as_name: &str, code: Option<&str>) {
    let ClientMessage::Login { v, name, device_key, signature, link, .. } =
        user.login(as_name, &key_of(as_name), None)
    else {
        unreachable!()
    };
    let invite = code.map(str::to_owned);
    user.send(ClientMessage::Login { v, name, device_key, signature, link, rings: None, invite })
        .await;
}

#[tokio::test]
async fn a_code_lets_one_newcomer_in_and_the_device_needs_none_later() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("server.db");
    let world = by_invitation(&database).await;
    // Made by another process, as it were, while the server runs.
    let code = make_invite(&database, Duration::from_secs(60)).unwrap();

    let mut anna = User::connect(&world).await;
    log_in(&mut anna, "Anna", None).await;
    assert_eq!(anna.expect_error().await, ErrorCode::InviteNeeded);
    log_in(&mut anna, "Anna", Some("no code at all")).await;
    assert_eq!(anna.expect_error().await, ErrorCode::InviteInvalid);
    log_in(&mut anna, "Anna", Some(&code.to_lowercase())).await;
    anna.expect_welcome().await;

    let mut ben = User::connect(&world).await;
    log_in(&mut ben, "Ben", Some(&code)).await;
    assert_eq!(ben.expect_error().await, ErrorCode::InviteInvalid, "it was used");

    anna.send(ClientMessage::Rename { name: name("Hanna") }).await;
    assert!(matches!(anna.next().await, ServerMessage::Welcome { .. }));
    anna.leave().await;
    let mut anna = User::connect(&world).await;
    anna.send(anna.login("Hanna", &key_of("Anna"), None)).await;
    anna.expect_welcome().await;
}

#[tokio::test]
async fn an_operator_makes_codes_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("server.db");
    let made = Command::new(env!("CARGO_BIN_EXE_ringdove-server"))
        .args(["invite", "--url", "https://calls.example.org/", "--count", "2", "--database"])
        .arg(&database)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let printed = String::from_utf8(made.stdout).unwrap();
    let codes: Vec<&str> = printed
        .lines()
        .map(|line| line.strip_prefix("https://calls.example.org/#invite=").expect("a link"))
        .collect();
    let world = by_invitation(&database).await;
    for (name, code) in ["Anna", "Ben"].into_iter().zip(&codes) {
        let mut user = User::connect(&world).await;
        log_in(&mut user, name, Some(code)).await;
        user.expect_welcome().await;
    }
    let kept = std::fs::read(&database).unwrap();
    for code in codes {
        let bare = code.replace('-', "");
        for shown in [code, &bare] {
            let found = kept.windows(shown.len()).any(|window| window == shown.as_bytes());
            assert!(!found, "the database holds {shown}");
        }
    }
}

/// A WebSocket with a header of a proxy.
async fn connect_as(world: &World, users: &[&str]) -> Result<User, Error> {
    let headers: Vec<_> = users.iter().map(|user| ("x-remote-user", *user)).collect();
    Ok(User::greeted(world.connect_with(SUBPROTOCOL, &headers).await?).await)
}

fn by_header(proxy: &str) -> Config {
    let proxies =
        TrustedProxies { networks: vec![proxy.parse().unwrap()], ..TrustedProxies::default() };
    let join = JoinPolicy::Header("x-remote-user".parse().unwrap());
    Config { join, proxies, ..Config::default() }
}

#[tokio::test]
async fn a_trusted_proxy_says_who_somebody_is() {
    let world = World::with(by_header("127.0.0.1/32")).await;
    let mut anna = connect_as(&world, &["Anna"]).await.unwrap();
    anna.send(anna.login("Whatever", &key_of("Anna"), None)).await;
    assert!(
        matches!(anna.next().await, ServerMessage::Welcome { name, .. } if name.as_str() == "Anna")
    );
    assert!(matches!(anna.next().await, ServerMessage::Presence { .. }));
    anna.send(ClientMessage::Rename { name: name("Ben") }).await;
    assert_eq!(anna.expect_error().await, ErrorCode::NameFixed);
    for users in [&[][..], &["Anna", "Ben"], &["<b>"]] {
        match connect_as(&world, users).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 403, "{users:?}"),
            other => panic!("expected a refusal of {users:?}, got {:?}", other.map(|_| "hello")),
        }
    }
}

#[tokio::test]
async fn nobody_but_a_trusted_proxy_says_who_somebody_is() {
    let world = World::with(by_header("127.0.0.9/32")).await;
    match connect_as(&world, &["Anna"]).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("expected a refusal, got {:?}", other.map(|_| "hello")),
    }
}
