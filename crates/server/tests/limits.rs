//! What one address, one account and everybody together may ask of the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use ringdove_protocol::ErrorCode;
use ringdove_server::{Config, Limits, TrustedProxies};
use support::{PATIENCE, User, World};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

/// A server whose limits hold for this machine, too.
async fn strict(limits: Limits) -> World {
    World::with(Config { limits: Limits { loopback: true, ..limits }, ..Config::default() }).await
}

async fn connect_from(source: [u8; 4], world: &World) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    socket.connect(world.address).await
}

/// Sends a request; the whole answer, or nothing if the connection is closed without one.
async fn ask(mut stream: TcpStream, headers: &str) -> String {
    let request = format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    let mut answer = Vec::new();
    // A connection that was refused may be reset while this writes.
    if stream.write_all(request.as_bytes()).await.is_ok() {
        let mut chunk = [0; 4096];
        loop {
            match timeout(PATIENCE, stream.read(&mut chunk)).await.expect("in time") {
                Ok(0) | Err(_) => break,
                Ok(read) => answer.extend_from_slice(&chunk[..read]),
            }
            if answer.windows(4).any(|end| end == b"\r\n\r\n") {
                break;
            }
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ringdove.v1\r\n";

#[tokio::test]
async fn an_address_that_holds_too_much_does_not_shut_others_out() {
    let world = strict(Limits { connections_per_address: 8, ..Limits::default() }).await;
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..16 {
        let mut stream = connect_from([127, 0, 0, 2], &world).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n");
        let mut first = [0; 1];
        let heard = match stream.write_all(request.as_bytes()).await {
            Ok(()) => stream.read(&mut first).await.unwrap_or(0),
            Err(_) => 0,
        };
        if heard == 1 { held.push(stream) } else { refused += 1 }
    }
    assert_eq!((held.len(), refused), (8, 8));
    for source in 3..=8 {
        let stream = connect_from([127, 0, 0, source], &world).await.unwrap();
        assert!(ask(stream, UPGRADE).await.starts_with("HTTP/1.1 101"), "from 127.0.0.{source}");
    }
    drop(held.pop());
    let again = async {
        loop {
            let stream = connect_from([127, 0, 0, 2], &world).await.unwrap();
            if ask(stream, UPGRADE).await.starts_with("HTTP/1.1 101") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("the place is free again");
}

#[tokio::test]
async fn an_address_that_connects_too_fast_is_held_back() {
    let world = strict(Limits { connections_per_second: 5, ..Limits::default() }).await;
    let mut answered = 0;
    for _ in 0..100 {
        let stream = connect_from([127, 0, 0, 2], &world).await.unwrap();
        answered += u32::from(!ask(stream, "Connection: close\r\n").await.is_empty());
    }
    // Slow machines take longer for the hundred, and get more of them.
    assert!((5..100).contains(&answered), "{answered} of 100");
    let stream = connect_from([127, 0, 0, 3], &world).await.unwrap();
    assert!(!ask(stream, "Connection: close\r\n").await.is_empty());
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_counted_each_and_nobody_elses_word_is_taken() {
    let networks = vec!["127.0.0.2/32".parse().unwrap()];
    let limits = Limits {
        connections_per_address: 2,
        connections_per_second: 1000,
        loopback: true,
        ..Limits::default()
    };
    let proxies = TrustedProxies { networks, ..TrustedProxies::default() };
    let world = World::with(Config { limits, proxies, ..Config::default() }).await;
    let mut held = Vec::new();
    let mut open = async |source, client: &str| {
        let mut stream = connect_from(source, &world).await.unwrap();
        let request =
            format!("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\n{UPGRADE}\r\n");
        stream.write_all(request.as_bytes()).await.ok();
        let mut status = [0; 12];
        let heard = timeout(PATIENCE, stream.read_exact(&mut status)).await.expect("in time");
        held.push(stream);
        heard.ok().map(|_| String::from_utf8_lossy(&status[9..]).into_owned())
    };
    let (proxy, stranger) = ([127, 0, 0, 2], [127, 0, 0, 3]);
    for client in ["203.0.113.1", "203.0.113.2"] {
        for expected in ["101", "101", "429"] {
            assert_eq!(open(proxy, client).await.as_deref(), Some(expected), "{client}");
        }
    }
    let lies = ["1.1.1.1", "1.1.1.2", "1.1.1.3"];
    let answers = [
        open(stranger, lies[0]).await,
        open(stranger, lies[1]).await,
        open(stranger, lies[2]).await,
    ];
    assert_eq!(answers.map(|answer| answer.is_some()), [true, true, false]);
}

#[tokio::test]
async fn a_full_gate_says_when_to_come_again() {
    // As if that many were in work already.
    let world = World::with(Config {
        limits: Limits { handshakes: 0, ..Limits::default() },
        ..Config::default()
    })
    .await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let answer = ask(stream, UPGRADE).await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 503"), "{answer}");
    let wait = answer.lines().find_map(|line| line.strip_prefix("retry-after: ")).expect("a wait");
    assert!((1..=5).contains(&wait.parse::<u32>().unwrap()), "{wait}");
}

#[tokio::test]
async fn silent_connections_do_not_fill_the_gate() {
    let world = World::with(Config {
        limits: Limits { handshakes: 4, ..Limits::default() },
        ..Config::default()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(User::connect(&world).await);
    }
    world.user("Anna").await.hears_nothing().await;
    world.user("Ben").await.hears_nothing().await;
}

async fn until_limited(user: &mut User) {
    let limited = async {
        loop {
            match user.socket.next().await {
                Some(Ok(Message::Text(frame))) if frame.contains("rate_limited") => break,
                Some(Ok(_)) => {}
                end => panic!("never limited: {end:?}"),
            }
        }
    };
    timeout(PATIENCE, limited).await.expect("limited");
}

#[tokio::test]
async fn devices_of_an_account_share_one_budget() {
    let limits = Limits { messages_per_second: 1, ..Limits::default() };
    let world = World::with(Config { limits, ..Config::default() }).await;
    let (mut phone, mut desk) = (world.user("Anna").await, world.other_device("Anna", 1).await);
    let mut ben = world.user("Ben").await;
    for _ in 0..400 {
        phone.socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    }
    until_limited(&mut phone).await;
    // What is left over is less than a burst of the desk's own would be.
    for _ in 0..190 {
        desk.socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    }
    until_limited(&mut desk).await;
    ben.hears_nothing().await;
}

#[tokio::test]
async fn requests_that_dawdle_are_ended() {
    let links = ringdove_server::LinkTimers {
        headers: Duration::from_millis(200),
        ..ringdove_server::LinkTimers::default()
    };
    let world = World::with(Config { links, ..Config::default() }).await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(b"GET / HT").await.unwrap();
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "still open");
}

#[tokio::test]
async fn metrics_count_and_name_nobody() {
    let metrics = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let world = World::with(Config { metrics, ..Config::default() }).await;
    let (mut anna, _gus) = (world.user("Anna").await, world.guest("Gus").await);
    anna.sees("Gus", true).await;
    assert!(world.connect("soap").await.is_err());
    anna.send_text("nonsense").await;
    assert_eq!(anna.expect_error().await, ErrorCode::BadMessage);
    let address = world.metrics.expect("is told");
    let page = timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).await.unwrap();
        page
    })
    .await
    .expect("in time");
    for line in [
        "ringdove_users 1",
        "ringdove_guests 1",
        "ringdove_sessions 2",
        "ringdove_calls 0",
        "ringdove_refused_total{reason=\"bad_request\"} 1",
        "ringdove_messages_dropped_total 0",
    ] {
        assert!(page.contains(&format!("{line}\n")), "{line} is not in {page}");
    }
    for secret in ["Anna", "Gus", "127.0.0.1"] {
        assert!(!page.contains(secret), "{secret} is in {page}");
    }
    let public = TcpStream::connect(world.address).await.unwrap();
    assert!(!ask(public, "").await.contains("ringdove_users"), "not where everybody can ask");
}
