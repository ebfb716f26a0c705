//! The server as a process under floods, slow connections and storms. The short form runs with
//! all tests; `cargo xtask load` runs the long one and prints the figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a failing test panics; figures are printed"
)]
#![cfg(target_os = "linux")]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use ringdove_client::{
    Identity, Seed,
    app::{Command, Event, LinkView},
    native::{Client, NativeConfig, spawn},
};
use ringdove_protocol::{ClientMessage, ServerMessage};
use support::{User, World, name, process::Process};
use tokio::{
    io::AsyncWriteExt,
    net::TcpSocket,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

/// For what takes a moment on an idle machine. Reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(120);

const MIB: u64 = 1024 * 1024;

struct Figures(Vec<Duration>);

impl Figures {
    fn quantile(&mut self, share: f64) -> Duration {
        self.0.sort();
        self.0[((self.0.len() - 1) as f64 * share) as usize]
    }

    fn print(&mut self, what: &str) {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| self.quantile(share));
        println!("{what}: {} times, p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?}", self.0.len());
    }
}

/// Sends texts from one to the other, at a rate that is allowed; how long each took.
async fn relay(from: &mut User, to: &mut User, to_name: &str, count: usize) -> Figures {
    let mut took = Vec::new();
    for number in 0..count {
        let text = format!("text {number}");
        let began = Instant::now();
        from.send(ClientMessage::Text { to: name(to_name), text: text.clone() }).await;
        match to.next().await {
            ServerMessage::Text { text: heard, .. } => assert_eq!(heard, text),
            other => panic!("expected a text, got {other:?}"),
        }
        took.push(began.elapsed());
        // The sender hears it, too.
        assert!(matches!(from.next().await, ServerMessage::Text { .. }));
        sleep(Duration::from_millis(25)).await;
    }
    Figures(took)
}

/// Sends as fast as it can, again and again after it is closed.
async fn flood(world: &World, stop: &AtomicBool, sent: &AtomicU32) {
    while !stop.load(Ordering::Relaxed) {
        let (mut write, mut read) = world.user("Flood").await.socket.split();
        let reading = tokio::spawn(async move { while let Some(Ok(_)) = read.next().await {} });
        while !stop.load(Ordering::Relaxed) {
            if write.feed(Message::text(r#"{"type":"chat","text":"x"}"#)).await.is_err() {
                break;
            }
            sent.fetch_add(1, Ordering::Relaxed);
        }
        reading.abort();
    }
}

async fn a_flood_beside_a_pair(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(0, &folder.path().join("server.db"), &[]);
    let world = process.world();
    let (mut anna, mut ben) = (world.user("Anna").await, world.user("Ben").await);
    relay(&mut anna, &mut ben, "Ben", count).await.print("relay, quiet");
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let flooding = tokio::spawn({
        let (world, stop, sent) = (process.world(), stop.clone(), sent.clone());
        async move { flood(&world, &stop, &sent).await }
    });
    process.until_metric("messages_dropped_total", 1, PATIENCE).await;
    let began = Instant::now();
    let relayed = async {
        // What gets through of the flood is chat, which both hear.
        let mut took = Vec::new();
        for number in 0..count {
            let text = format!("text {number}");
            let began = Instant::now();
            anna.send(ClientMessage::Text { to: name("Ben"), text: text.clone() }).await;
            while !matches!(ben.next().await, ServerMessage::Text { text: heard, .. } if heard == text)
            {
            }
            took.push(began.elapsed());
            while !matches!(anna.next().await, ServerMessage::Text { .. }) {}
            sleep(Duration::from_millis(25)).await;
        }
        Figures(took)
    };
    let mut took = timeout(PATIENCE, relayed).await.expect("every text arrives");
    took.print("relay, beside a flood");
    let rate = f64::from(sent.load(Ordering::Relaxed)) / began.elapsed().as_secs_f64();
    println!("the flood: {rate:.0} messages/s");
    stop.store(true, Ordering::Relaxed);
    timeout(PATIENCE, flooding).await.expect("ends").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_does_not_harm_another_pair() {
    a_flood_beside_a_pair(40).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: cargo xtask load"]
async fn load_a_flood_does_not_harm_another_pair() {
    a_flood_beside_a_pair(1000).await;
}

/// People who log in and never read again, while others say as much as they can.
async fn stalled_readers(rounds: u64) {
    const READERS: u64 = 100;
    const SPEAKERS: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("server.db");
    // Nobody is held back, so that it is the queues that are tested.
    let options = ["--limit-messages", "1000000", "--limit-burst", "1000000"];
    let process = Process::start(0, &database, &options);
    let world = process.world();
    let mut speakers = JoinSet::new();
    let mut stalled = Vec::new();
    let mut before = 0;
    let stop = Arc::new(AtomicBool::new(false));
    for round in 1..=rounds {
        stalled.clear();
        for number in 0..READERS {
            stalled.push(world.user_with_small_buffer(&format!("Stalled {number}")).await);
        }
        if round == 1 {
            before = process.memory("VmRSS");
            for number in 0..SPEAKERS {
                let (mut write, mut read) =
                    world.user(&format!("Speaker {number}")).await.socket.split();
                let stop = stop.clone();
                speakers.spawn(async move {
                    let reading = async { while let Some(Ok(_)) = read.next().await {} };
                    let writing = async {
                        // To one at a time: what is said to all is kept once.
                        for reader in (0..READERS).cycle() {
                            if stop.load(Ordering::Relaxed) {
                                break;
                            }
                            let to = name(&format!("Stalled {reader}"));
                            let text = ClientMessage::Text { to, text: "\u{10400}".repeat(2000) };
                            write.send(Message::text(text.encode())).await.expect("is heard");
                            // Fast enough to fill any queue, slow enough to be read by speakers.
                            sleep(Duration::from_millis(2)).await;
                        }
                    };
                    tokio::select! { () = reading => panic!("a speaker was closed"), () = writing => {} }
                });
            }
        }
        process.until_metric("slow_readers_closed_total", round * READERS, PATIENCE).await;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = speakers.join_next().await {
        ended.unwrap();
    }
    let grown = process.memory("VmHWM").saturating_sub(before);
    let closed = process.metric("slow_readers_closed_total").await;
    println!(
        "{closed} stalled readers: {:.1} MiB before, at most {:.1} MiB more",
        before as f64 / MIB as f64,
        grown as f64 / MIB as f64
    );
    assert!(grown <= 40 * MIB, "{grown} bytes more");
}

#[tokio::test(flavor = "multi_thread")]
async fn stalled_readers_cost_little_memory() {
    stalled_readers(1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: cargo xtask load"]
async fn load_stalled_readers_cost_little_memory() {
    stalled_readers(10).await;
}

/// A connection that sends one byte a second, and another after it is closed.
async fn dawdle(world: Arc<World>, number: u32) {
    let request = b"GET / HTTP/1.1\r\nHost: somebody who has a lot of time\r\n";
    loop {
        // Several addresses, for each has its own range of ports.
        let [_, _, high, low] = number.to_be_bytes();
        let connected = async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(([127, 1, high, low.max(1)], 0).into())?;
            socket.connect(world.address).await
        };
        if let Ok(mut stream) = connected.await {
            for byte in request.iter().cycle() {
                if stream.write_all(&[*byte]).await.is_err() {
                    break;
                }
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn slow_connections(count: u32, logins: usize) {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(0, &folder.path().join("server.db"), &[]);
    let world = Arc::new(process.world());
    let mut dawdling = JoinSet::new();
    for number in 0..count {
        dawdling.spawn(dawdle(world.clone(), number));
    }
    // Some are always between two connections.
    process.until_metric("connections", u64::from(count) * 9 / 10, PATIENCE).await;
    let mut took = Vec::new();
    for number in 0..logins {
        let began = Instant::now();
        let name = format!("User {number}");
        timeout(PATIENCE, world.user(&name)).await.expect("logs in").leave().await;
        took.push(began.elapsed());
    }
    println!("{} connections at 1 byte/s", process.metric("connections").await);
    Figures(took).print("login beside them");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_connections_do_not_keep_a_user_out() {
    slow_connections(500, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: cargo xtask load"]
async fn load_slow_connections_do_not_keep_a_user_out() {
    slow_connections(5000, 50).await;
}

/// One headless client and how its link does.
struct Person {
    _client: Client,
    state: Arc<LinkState>,
}

#[derive(Default)]
struct LinkState {
    online: AtomicBool,
    /// Tries that failed in this outage.
    failures: AtomicU32,
}

impl Person {
    fn new(number: u32, address: std::net::SocketAddr) -> Self {
        let mut seed = [3; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let (client, mut events) = spawn(NativeConfig {
            server: format!("ws://{address}/"),
            identity: Identity::from_seed(&Seed::from_bytes(seed)),
            link: None,
            timers: Default::default(),
            book: Default::default(),
            store: None,
            privacy: Default::default(),
            extra_roots: Vec::new(),
        });
        let sign_in =
            Command::SignIn { server: None, name: format!("Person {number}"), invite: None };
        client.dispatch(sign_in).unwrap();
        let state = Arc::new(LinkState::default());
        let told = state.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let Event::Link { link } = event else { continue };
                if let LinkView::Connecting { failures, .. }
                | LinkView::Reconnecting { failures, .. } = &link
                {
                    told.failures.store(*failures, Ordering::Relaxed);
                }
                told.online.store(matches!(link, LinkView::Online { .. }), Ordering::Relaxed);
            }
        });
        Self { _client: client, state }
    }

    fn is_online(&self) -> bool {
        self.state.online.load(Ordering::Relaxed)
    }

    fn failures(&self) -> u32 {
        self.state.failures.load(Ordering::Relaxed)
    }
}

/// Waits until all are online; when each was.
async fn until_online(people: &[Person]) -> Figures {
    let began = Instant::now();
    let mut back: Vec<Option<Duration>> = vec![None; people.len()];
    while back.iter().any(Option::is_none) {
        assert!(
            began.elapsed() < PATIENCE,
            "{} are missing",
            back.iter().filter(|b| b.is_none()).count()
        );
        for (person, back) in people.iter().zip(&mut back) {
            if back.is_none() && person.is_online() {
                *back = Some(began.elapsed());
            }
        }
        sleep(Duration::from_millis(5)).await;
    }
    Figures(back.into_iter().flatten().collect())
}

async fn a_killed_server_comes_back(count: u32) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("server.db");
    let process = Process::start(0, &database, &[]);
    let address = process.address;
    let mut people = Vec::new();
    for number in 0..count {
        people.push(Person::new(number, address));
        // Not the storm that is measured.
        sleep(Duration::from_millis(5)).await;
    }
    until_online(&people).await.print("first logins");
    process.kill();
    let noticed = async {
        while people.iter().any(Person::is_online) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, noticed).await.expect("everybody notices");
    sleep(Duration::from_secs(2)).await;
    // Tries before this instant fail for want of a server.
    let failed: Vec<u32> = people.iter().map(Person::failures).collect();
    let process = Process::start(address.port(), &database, &[]);
    until_online(&people).await.print("back after kill -9");
    let tries = people.iter().zip(&failed).map(|(person, failed)| person.failures() + 1 - failed);
    let tries: Vec<u32> = tries.collect();
    let most = tries.iter().max().copied().unwrap_or(0);
    let alone = tries.iter().filter(|tries| **tries == 1).count();
    println!("tries: {alone} of {count} needed one, none more than {most}");
    println!(
        "refused by the gate: {}",
        process.metric("refused_total{reason=\"handshakes\"}").await
    );
    assert!(most <= 4, "{most} tries");
    assert_eq!(process.metric("users").await, u64::from(count));
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_back_after_the_server_was_killed() {
    a_killed_server_comes_back(50).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: cargo xtask load"]
async fn load_clients_are_back_after_the_server_was_killed() {
    // They all share this process, each with a list of all the others.
    let count = std::env::var("RINGDOVE_LOAD_CLIENTS").map_or(1000, |count| count.parse().unwrap());
    a_killed_server_comes_back(count).await;
}
