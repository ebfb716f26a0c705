//! What is served over plain HTTP, and what is not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use std::path::Path;

use ringdove_server::Config;
use support::World;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// Sends a path as it stands: a proper client would tidy it.
async fn get(world: &World, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n",
        world.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

#[tokio::test]
async fn health_tells_numbers_and_no_names() {
    let world = World::start().await;
    let _anna = world.user("Anna").await;
    let answer = get(&world, "/health", "").await;
    assert_eq!(answer.status, 200);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (&body["status"], &body["sessions"], &body["calls"]),
        (&"ok".into(), &1.into(), &0.into())
    );
    assert!(!answer.body.contains("Anna"));
}

#[tokio::test]
async fn the_page_or_a_plain_word_about_it_stands_at_the_root() {
    let world = World::start().await;
    let answer = get(&world, "/", "").await;
    assert_eq!(answer.status, 200);
    if Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist/index.html").exists() {
        assert!(answer.head.contains("content-type: text/html"), "{}", answer.head);
        assert!(answer.head.contains("cache-control: no-cache"), "{}", answer.head);
        for policy in
            ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'"]
        {
            assert!(answer.head.contains(policy), "{}", answer.head);
        }
        let tag = answer.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
        // Tags are case-sensitive, so the lowered one must not match.
        assert!(tag.starts_with('"'));
    } else {
        assert!(answer.body.contains("no web client"), "{}", answer.body);
    }
    assert!(answer.head.contains("x-content-type-options: nosniff"), "{}", answer.head);
}

#[tokio::test]
async fn who_offers_another_protocol_gets_the_page() {
    let world = World::start().await;
    let answer = get(&world, "/", "Connection: Upgrade\r\nUpgrade: h2c\r\n").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn nothing_outside_is_served() {
    let world = World::start().await;
    for path in [
        "/../Cargo.toml",
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/Cargo.toml",
        "/..%2f..%2fCargo.toml",
        "/assets/../../package.json",
        "/assets/..\\..\\package.json",
        "//etc/passwd",
        "/.git/config",
        "/src/main.rs",
        "/Cargo.toml",
        "/%00",
        "/tutorial/",
        "/tutorial/chat-server.js",
    ] {
        assert_eq!(get(&world, path, "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_copy_of_the_tutorial_is_served_without_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    std::fs::create_dir(&page).unwrap();
    for file in ["index.html", "chatclient.js", "chat.css", "chat-server.js", "package.json"] {
        std::fs::write(page.join(file), file).unwrap();
    }
    std::fs::write(folder.path().join("secret.html"), "secret").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("secret.html"), page.join("link.html")).unwrap();
    let world = World::with(Config { tutorial: Some(page), ..Config::default() }).await;

    for (path, kind) in [
        ("/tutorial/", "text/html"),
        ("/tutorial/chatclient.js", "text/javascript"),
        ("/tutorial/chat.css", "text/css"),
    ] {
        let answer = get(&world, path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.head.contains(&format!("content-type: {kind}")), "{}", answer.head);
        assert!(!answer.head.contains("content-security-policy"), "its page has inline handlers");
    }
    for path in [
        "/tutorial/chat-server.js",
        "/tutorial/package.json",
        "/tutorial/../secret.html",
        "/tutorial/%2e%2e/secret.html",
        "/tutorial/..%2fsecret.html",
        "/tutorial/link.html",
        "/tutorial//etc/passwd",
    ] {
        assert_eq!(get(&world, path, "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_foreign_origin_cannot_connect() {
    let world = World::start().await;
    let upgrade = |origin: &str| {
        format!(
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             Sec-WebSocket-Protocol: ringdove.v1\r\nOrigin: {origin}\r\n"
        )
    };
    let answer = get(&world, "/", &upgrade("https://evil.example")).await;
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains("origin"), "{}", answer.body);
}
