//! At the most talkative level, neither the server nor the headless clients log what people say,
//! who and where they are, or a secret.
#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::{
    collections::BTreeSet,
    io::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::SinkExt;
use ringdove_call::{CallPhase, MediaAction, MediaEvent};
use ringdove_client::{Identity, Seed, app::Command};
use ringdove_protocol::{
    CallId, Candidate, ClientMessage, Description, DescriptionKind, Media, Name, Nonce, RingRule,
    SUBPROTOCOL, ServerMessage, Signal, TUTORIAL_SUBPROTOCOL, UNLOGGED,
};
use ringdove_server::{Config, IceSettings, TurnSettings};
use ringdove_tests::{Socket, User, Way, Wiretap, World, fresh_identity, raw};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tracing_subscriber::EnvFilter;

/// Stands in each text, description, candidate, code and broken frame.
const SAID: &str = "nightingale";
/// Stands in each description and candidate.
const ADDRESS: &str = "192.0.2.77";
const TURN_SECRET: &str = "pigeon-post";
const SEED: [u8; 32] = *b"the seed that is Anna's identity";

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Writes to [`LOG`].
struct ToLog;

impl Write for ToLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_tells_what_was_said_where_somebody_is_or_a_secret() -> anyhow::Result<()> {
    // As both hosts make theirs.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("trace,{UNLOGGED}")))
        .with_ansi(false)
        .with_writer(|| ToLog)
        .init();
    let turn = TurnSettings {
        urls: vec!["turn:192.0.2.9:3478".to_owned()],
        secret: TURN_SECRET.as_bytes().to_vec(),
        ttl: Duration::from_secs(60),
    };
    let ice = IceSettings { stun: vec!["stun:192.0.2.9:3478".to_owned()], turn: Some(turn) };
    let world = World::with(Config { ice, ..Config::default() }).await?;
    let tap = Wiretap::new(world.address());
    let ways_in = [tap.listen("Anna").await?, tap.listen("Ben").await?];
    let anna = Identity::from_seed(&Seed::from_bytes(SEED));
    let mut anna = User::log_in(ways_in[0], "Anna", anna, None).await?;
    let mut ben = User::log_in(ways_in[1], "Ben", fresh_identity()?, None).await?;

    talk(&anna, &mut ben).await?;
    sealed_call(&mut anna, &mut ben).await?;
    guest_call(&world, &mut anna).await?;
    broken_signal_to_a_guest(&world).await?;
    refused_logins(&world).await?;
    broken_frames(&world, &mut ben).await?;
    broken_frames_of_the_server(&tap, &mut anna).await?;

    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let log = String::from_utf8(log)?;
    for (line, times) in [
        ("TRACE ringdove_server", 20),
        ("logged in", 3),
        ("guest joined", 2),
        ("call accepted", 2),
        ("call ended", 2),
        ("to be passed on", 1),
        ("not for the tutorial's page", 1),
        ("unreadable frame", 1),
    ] {
        let found = log.matches(line).count();
        assert!(found >= times, "{line:?} stands {found} times in a log of what was done:\n{log}");
    }
    let mut secrets = vec![SAID.to_owned(), ADDRESS.to_owned(), TURN_SECRET.to_owned()];
    secrets.push(Seed::from_bytes(SEED).to_text().to_string());
    secrets.push(SEED.map(|byte| format!("{byte:02x}")).concat());
    secrets.extend([format!("{SEED:?}"), String::from_utf8(SEED.to_vec())?]);
    // Names of people neither; these stand in no other word.
    secrets.extend(["Gustav", "Evelyn", "Mallory"].map(str::to_owned));
    let credentials = credentials(&anna);
    assert!(!credentials.is_empty());
    secrets.extend(credentials);
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "holds {secret:?}");
    }
    let listeners = [world.address(), ways_in[0], ways_in[1]].map(|a| a.to_string());
    for address in addresses(&log) {
        assert!(listeners.contains(&address), "the log holds {address}, which is no listener's");
    }
    Ok(())
}

async fn talk(anna: &User, ben: &mut User) -> anyhow::Result<()> {
    anna.dispatch(Command::Chat { text: format!("to all: {SAID}") })?;
    let to = Name::parse("Ben")?;
    anna.dispatch(Command::Text { to, text: format!("for you: {SAID}") })?;
    ben.until("both lines", |user| user.snapshot.lines.len() == 2).await?;
    Ok(())
}

async fn sealed_call(anna: &mut User, ben: &mut User) -> anyhow::Result<()> {
    anna.call("Ben").await?;
    ben.until_phase(CallPhase::Ringing).await?;
    ben.accept()?;
    for end in [&mut *anna, &mut *ben] {
        end.until_phase(CallPhase::Connecting).await?;
    }
    for signal in [describe(DescriptionKind::Offer), candidate()] {
        anna.report(MediaEvent::Signal { signal })?;
    }
    ben.until("two signals", |user| signals(user) == 2).await?;
    for signal in [describe(DescriptionKind::Answer), candidate()] {
        ben.report(MediaEvent::Signal { signal })?;
    }
    anna.until("two signals", |user| signals(user) == 2).await?;
    anna.dispatch(Command::HangUp)?;
    for end in [anna, ben] {
        end.until_phase(CallPhase::Ended).await?;
        end.dispatch(Command::DismissCall)?;
        end.until("no call", |user| user.phase().is_none()).await?;
    }
    Ok(())
}

/// What a guest's call says is read by the server.
async fn guest_call(world: &World, anna: &mut User) -> anyhow::Result<()> {
    let mut gus = guest(world, "Gus").await?;
    let before = signals(anna);
    say(&mut gus, json!({"type": "message", "text": SAID})).await?;
    say(&mut gus, json!({"type": "message", "text": SAID, "target": "Anna"})).await?;
    let sdp = json!({"type": "offer", "sdp": description()});
    say(&mut gus, json!({"type": "video-offer", "target": "Anna", "sdp": sdp})).await?;
    let found = json!({"candidate": candidate_line(), "sdpMid": "0", "sdpMLineIndex": 0});
    let found = json!({"type": "new-ice-candidate", "target": "Anna", "candidate": found});
    say(&mut gus, found).await?;
    anna.until_phase(CallPhase::Ringing).await?;
    anna.accept()?;
    anna.until("the guest's signals", |user| signals(user) == before + 2).await?;
    for signal in [describe(DescriptionKind::Answer), candidate()] {
        anna.report(MediaEvent::Signal { signal })?;
    }
    raw::hear(&mut gus, "video-answer").await?;
    raw::hear(&mut gus, "new-ice-candidate").await?;
    say(&mut gus, json!({"type": "hang-up", "name": "Gus", "target": "Anna"})).await?;
    anna.until_phase(CallPhase::Ended).await?;
    Ok(())
}

/// The server cannot say it in the tutorial's words.
async fn broken_signal_to_a_guest(world: &World) -> anyhow::Result<()> {
    let mut gus = guest(world, "Gustav").await?;
    let mut eve = raw::connect(world, SUBPROTOCOL).await?;
    raw::log_in(&mut eve, "Eve").await?;
    let (call_id, to) = (CallId::from_bytes([5; 16]), Name::parse("Gustav")?);
    let invite = ClientMessage::CallInvite { call_id, to, media: Media::AUDIO, setup: None };
    raw::say(&mut eve, invite.encode()).await?;
    raw::hear(&mut eve, "call.accepted").await?;
    let body = json!({"v": 1, "kind": "candidate", "candidate": candidate_line()}).to_string();
    raw::say(&mut eve, ClientMessage::CallSignal { call_id, seq: 0, body }.encode()).await?;
    let body = candidate().encode();
    raw::say(&mut eve, ClientMessage::CallSignal { call_id, seq: 1, body }.encode()).await?;
    raw::hear(&mut gus, "new-ice-candidate").await?;
    Ok(())
}

async fn refused_logins(world: &World) -> anyhow::Result<()> {
    let rings = RingRule::default();
    let stranger = fresh_identity()?;
    let mut socket = raw::connect(world, SUBPROTOCOL).await?;
    let (server, nonce) = raw::greeting(&mut socket).await?;
    let taken =
        stranger.login(&server, &nonce, &Name::parse("Anna")?, None, &rings, Some(SAID)).encode();
    raw::say(&mut socket, taken).await?;
    raw::hear(&mut socket, "name_taken").await?;

    let mut socket = raw::connect(world, SUBPROTOCOL).await?;
    raw::greeting(&mut socket).await?;
    let (old, name) = (Nonce::from_bytes([0; 32]), Name::parse("Mallory")?);
    let forged = stranger.login(&server, &old, &name, None, &rings, Some(SAID)).encode();
    raw::say(&mut socket, forged).await?;
    raw::hear(&mut socket, "bad_login").await?;
    Ok(())
}

async fn broken_frames(world: &World, ben: &mut User) -> anyhow::Result<()> {
    let mut eve = raw::connect(world, SUBPROTOCOL).await?;
    raw::log_in(&mut eve, "Evelyn").await?;
    for broken in [
        format!("{{\"type\":\"chat\",\"text\":\"{SAID}"),
        json!({"type": "text", "to": "Ben", "text": [SAID]}).to_string(),
        json!({"type": "text", "to": {"name": SAID}, "text": SAID}).to_string(),
        json!({"type": "call.signal", "call_id": SAID, "seq": SAID, "body": ADDRESS}).to_string(),
        json!({"type": "call.hangup", "call_id": "AAAAAAAAAAAAAAAAAAAAAA", "reason": SAID})
            .to_string(),
        json!({"type": SAID, "text": SAID}).to_string(),
        json!({"type": "chat", "text": SAID.repeat(500)}).to_string(),
        SAID.to_owned(),
    ] {
        raw::say(&mut eve, broken).await?;
        raw::hear(&mut eve, "\"error\"").await?;
    }
    eve.send(Message::binary(SAID.as_bytes())).await?;
    raw::hear(&mut eve, "\"error\"").await?;
    // Of an unknown kind, and so passed on as it is.
    raw::say(&mut eve, json!({"type": "wave", "to": "Ben", "note": SAID}).to_string()).await?;
    let said = ben.snapshot.lines.len();
    raw::say(&mut eve, json!({"type": "chat", "text": SAID}).to_string()).await?;
    ben.until("what came after it", |user| user.snapshot.lines.len() > said).await?;
    Ok(())
}

/// A server that says nonsense to a client.
async fn broken_frames_of_the_server(tap: &Wiretap, anna: &mut User) -> anyhow::Result<()> {
    let said = anna.snapshot.lines.len();
    tap.tamper(Box::new(|frame| {
        let is_chat = matches!(ServerMessage::decode(&frame.text), Ok(ServerMessage::Chat { .. }));
        if frame.way == Way::Up || !is_chat {
            return vec![frame];
        }
        let broken = json!({"type": "chat", "from": "Ben", "text": "x", "at": SAID}).to_string();
        [broken, format!("{{{SAID}"), frame.text.clone()]
            .map(|text| ringdove_tests::Frame { text, ..frame.clone() })
            .to_vec()
    }));
    anna.dispatch(Command::Chat { text: format!("again {SAID}") })?;
    anna.until("the good frame", |user| user.snapshot.lines.len() > said).await?;
    Ok(())
}

async fn guest(world: &World, name: &str) -> anyhow::Result<Socket> {
    let mut socket = raw::connect(world, TUTORIAL_SUBPROTOCOL).await?;
    say(&mut socket, json!({"type": "username", "name": name})).await?;
    raw::hear(&mut socket, "userlist").await?;
    Ok(socket)
}

async fn say(socket: &mut Socket, message: Value) -> anyhow::Result<()> {
    raw::say(socket, message.to_string()).await
}

fn signals(user: &User) -> usize {
    user.orders.iter().filter(|o| matches!(o.action, MediaAction::Signal { .. })).count()
}

/// What a client was given for the TURN server.
fn credentials(user: &User) -> BTreeSet<String> {
    let servers = user.orders.iter().filter_map(|order| match &order.action {
        MediaAction::Start { ice_servers, .. } => Some(ice_servers),
        MediaAction::HangUp
        | MediaAction::RestartIce
        | MediaAction::Signal { .. }
        | MediaAction::Stop => None,
    });
    servers.flatten().filter_map(|server| server.credential.clone()).collect()
}

/// Each IPv4 address of a log, with its port.
fn addresses(log: &str) -> BTreeSet<String> {
    let apart = |c: char| !(c.is_ascii_digit() || c == '.' || c == ':');
    let is_address = |word: &&str| {
        let host = word.split(':').next().unwrap_or_default();
        host.parse::<std::net::Ipv4Addr>().is_ok()
    };
    log.split(apart).filter(is_address).map(str::to_owned).collect()
}

fn describe(kind: DescriptionKind) -> Signal {
    Signal::Description { description: Description { kind, sdp: description() } }
}

fn description() -> String {
    format!("v=0\r\ns={SAID}\r\nc=IN IP4 {ADDRESS}\r\n")
}

fn candidate_line() -> String {
    format!("candidate:1 1 udp 1 {ADDRESS} 5000 typ host ufrag {SAID}")
}

fn candidate() -> Signal {
    let (sdp_mid, sdp_m_line_index) = (Some("0".to_owned()), Some(0));
    let (candidate, username_fragment) = (candidate_line(), Some(SAID.to_owned()));
    Signal::Candidate {
        candidate: Some(Candidate { candidate, sdp_mid, sdp_m_line_index, username_fragment }),
    }
}
