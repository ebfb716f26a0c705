//! A page for tests: speaks the engine's wire, and writes the synthetic offers that TypeScript
//! writes.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "test support; each test file uses its part"
)]

pub mod coturn;

use std::collections::VecDeque;
use std::sync::Once;
use std::time::Duration;

use peer_connection_engine::{Configuration, Engine, Out};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

pub const PATIENCE: Duration = Duration::from_secs(15);

/// A binary frame, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub line: u16,
    pub pc: u32,
    pub time: f64,
    pub payload: Vec<u8>,
}

/// One page with one connection.
pub struct Page {
    pub engine: Engine,
    pub pc: u32,
    pub fingerprint: String,
    pub ufrag: String,
    pub pwd: String,
    pub ssrcs: u32,
    out: mpsc::Receiver<Out>,
    next_id: u64,
    events: VecDeque<Value>,
    frames: VecDeque<Frame>,
}

/// What both sides negotiated.
#[derive(Clone)]
pub struct Line {
    pub kind: &'static str,
    /// From the point of view of the page that is called first, "sendrecv" and so on.
    pub direction: &'static str,
}

pub fn all_lines() -> Vec<Line> {
    ["audio", "video", "application"].map(|kind| Line { kind, direction: "sendrecv" }).to_vec()
}

impl Page {
    pub async fn new(pc: u32) -> Self {
        Self::with(pc, Configuration::default()).await
    }

    /// One whose engine trusts these certificates (DER) of TURN servers too.
    pub async fn trusting(pc: u32, roots: Vec<Vec<u8>>) -> Self {
        let mut configuration = Configuration::default();
        configuration.extra_roots = roots;
        Self::with(pc, configuration).await
    }

    pub async fn with(pc: u32, configuration: Configuration) -> Self {
        static LOOPBACK: Once = Once::new();
        // Before any thread of these tests reads the environment.
        LOOPBACK.call_once(|| {
            if std::env::var_os("PEER_CONNECTION_LOOPBACK").is_none() {
                unsafe { std::env::set_var("PEER_CONNECTION_LOOPBACK", "1") }
            }
        });
        if std::env::var_os("RUST_LOG").is_some() {
            let _ = tracing_subscriber::fmt()
                .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
                .with_test_writer()
                .try_init();
        }
        let (out, from_engine) = mpsc::channel(64);
        let mut page = Self {
            engine: Engine::with_configuration(out, configuration),
            pc,
            fingerprint: String::new(),
            ufrag: format!("u{pc:05}"),
            pwd: format!("passwordOfThePage{pc:08}"),
            ssrcs: 1000 * pc,
            out: from_engine,
            next_id: 1,
            events: VecDeque::new(),
            frames: VecDeque::new(),
        };
        let ok = page.ask("create", json!({ "iceServers": [], "relayOnly": false })).await.unwrap();
        page.fingerprint = ok["fingerprint"].as_str().unwrap().to_owned();
        assert!(page.fingerprint.starts_with("sha-256 "), "{}", page.fingerprint);
        page
    }

    /// One request and its reply.
    pub async fn ask(&mut self, op: &str, members: Value) -> Result<Value, Value> {
        let id = self.next_id;
        self.next_id += 1;
        let mut request = members;
        request["id"] = id.into();
        request["pc"] = self.pc.into();
        request["op"] = op.into();
        self.raw(&request.to_string());
        self.reply(id).await
    }

    pub fn raw(&mut self, text: &str) {
        self.engine.text(text);
    }

    pub async fn reply(&mut self, id: u64) -> Result<Value, Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.read(deadline).await.unwrap_or_else(|| panic!("no reply to {id}")) {
                Out::Text(text) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["id"] == id {
                        return match message.get("ok") {
                            Some(ok) => Ok(ok.clone()),
                            None => Err(message["error"].clone()),
                        };
                    }
                    assert!(message.get("event").is_some(), "{message}");
                    self.events.push_back(message);
                }
                Out::Binary(frame) => self.keep(&frame),
            }
        }
    }

    /// The next event of that name for which `wanted` holds; those before it are lost.
    pub async fn event(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        match self.event_within(name, PATIENCE, wanted).await {
            Some(event) => event,
            None => panic!("page {}: no {name}; events {:?}", self.pc, self.events),
        }
    }

    pub async fn event_within(
        &mut self,
        name: &str,
        time: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        let deadline = Instant::now() + time;
        let fits = |event: &Value| event["event"] == name && wanted(event);
        loop {
            if let Some(at) = self.events.iter().position(&fits) {
                return self.events.remove(at);
            }
            match self.read(deadline).await? {
                Out::Text(text) => self.events.push_back(serde_json::from_str(&text).unwrap()),
                Out::Binary(frame) => self.keep(&frame),
            }
        }
    }

    pub async fn frame(&mut self, wanted: impl Fn(&Frame) -> bool) -> Frame {
        match self.frame_within(PATIENCE, wanted).await {
            Some(frame) => frame,
            None => panic!("page {}: no frame; events {:?}", self.pc, self.events),
        }
    }

    pub async fn frame_within(
        &mut self,
        time: Duration,
        wanted: impl Fn(&Frame) -> bool,
    ) -> Option<Frame> {
        let deadline = Instant::now() + time;
        loop {
            while let Some(frame) = self.frames.pop_front() {
                if wanted(&frame) {
                    return Some(frame);
                }
            }
            match self.read(deadline).await? {
                Out::Text(text) => self.events.push_back(serde_json::from_str(&text).unwrap()),
                Out::Binary(frame) => self.keep(&frame),
            }
        }
    }

    /// All events that have come, by their names and states.
    pub fn seen(&self) -> Vec<(String, Value)> {
        let text = |event: &Value| event["event"].as_str().unwrap().to_owned();
        self.events.iter().map(|event| (text(event), event["state"].clone())).collect()
    }

    /// Drops the events that have come.
    pub fn forget(&mut self) {
        self.events.clear();
    }

    /// Gathers; gives the candidates of 127.0.0.1.
    pub async fn gather(&mut self) -> Vec<String> {
        let members = json!({ "ufrag": self.ufrag, "pwd": self.pwd });
        self.ask("gather", members).await.unwrap();
        self.event("gathering", |event| event["state"] == "gathering").await;
        self.event("gathering", |event| event["state"] == "complete").await;
        let mut candidates = Vec::new();
        self.events.retain(|event| {
            if event["event"] == "candidate" {
                candidates.push(event["candidate"].as_str().unwrap().to_owned());
            }
            event["event"] != "candidate"
        });
        let suffix = format!(" ufrag {}", self.ufrag);
        assert!(candidates.iter().all(|c| c.starts_with("candidate:") && c.ends_with(&suffix)));
        candidates.retain(|candidate| candidate.contains(" 127.0.0.1 "));
        assert!(!candidates.is_empty());
        candidates
    }

    pub async fn add_candidates(&mut self, candidates: &[String]) {
        for candidate in candidates {
            self.ask("addCandidate", json!({ "candidate": candidate })).await.unwrap();
        }
        self.ask("addCandidate", json!({ "candidate": "" })).await.unwrap();
    }

    pub async fn apply(
        &mut self,
        remote_offer: &str,
        controlling: bool,
        lines: &[Line],
    ) -> Result<Value, Value> {
        let lines: Vec<Value> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| {
                let mut spec = json!({ "line": at, "mid": format!("m{at}"), "kind": line.kind });
                if line.kind != "application" {
                    spec["ssrc"] = (self.ssrcs + at as u32 * 2).into();
                    spec["sendPt"] = if line.kind == "audio" { 111.into() } else { 96.into() };
                }
                if line.kind == "video" {
                    spec["rtx"] = (self.ssrcs + at as u32 * 2 + 1).into();
                }
                spec
            })
            .collect();
        let members = json!({
            "controlling": controlling,
            "ufrag": self.ufrag,
            "pwd": self.pwd,
            "offer": remote_offer,
            "lines": lines,
        });
        self.ask("apply", members).await
    }

    /// The synthetic offer that stands for this page.
    pub fn offer(&self, setup: &str, lines: &[Line]) -> String {
        let mids: Vec<String> = (0..lines.len()).map(|at| format!("m{at}")).collect();
        let mut sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\na=msid-semantic: WMS\r\n",
            mids.join(" ")
        );
        for (at, line) in lines.iter().enumerate() {
            let (media, codecs) = match line.kind {
                "audio" => ("audio 9 UDP/TLS/RTP/SAVPF 111", AUDIO),
                "video" => ("video 9 UDP/TLS/RTP/SAVPF 96 97", VIDEO),
                _ => ("application 9 UDP/DTLS/SCTP webrtc-datachannel", DATA),
            };
            sdp += &format!("m={media}\r\nc=IN IP4 0.0.0.0\r\na=mid:m{at}\r\n");
            sdp += &format!("a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", self.ufrag, self.pwd);
            sdp += &format!(
                "a=ice-options:trickle\r\na=fingerprint:{}\r\na=setup:{setup}\r\n",
                self.fingerprint
            );
            for codec in codecs {
                sdp += &format!("a={codec}\r\n");
            }
            if line.kind == "application" {
                continue;
            }
            sdp += &format!("a={}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n", line.direction);
            let ssrc = self.ssrcs + at as u32 * 2;
            if line.kind == "video" {
                sdp +=
                    &format!("a=ssrc-group:FID {ssrc} {}\r\na=ssrc:{ssrc} cname:c\r\n", ssrc + 1);
                sdp += &format!("a=ssrc:{} cname:c\r\n", ssrc + 1);
            } else {
                sdp += &format!("a=ssrc:{ssrc} cname:c\r\n");
            }
        }
        sdp
    }

    pub fn send(&mut self, kind: u8, flags: u8, line: u16, time: f64, payload: &[u8]) {
        let mut frame = vec![kind, flags];
        frame.extend(line.to_le_bytes());
        frame.extend(self.pc.to_le_bytes());
        frame.extend(time.to_le_bytes());
        frame.extend(payload);
        self.engine.binary(&frame);
    }

    async fn read(&mut self, deadline: Instant) -> Option<Out> {
        match timeout_at(deadline, self.out.recv()).await {
            Ok(out) => Some(out.expect("the engine's outbox closed")),
            Err(_) => None,
        }
    }

    fn keep(&mut self, frame: &[u8]) {
        self.frames.push_back(Frame {
            kind: frame[0],
            flags: frame[1],
            line: u16::from_le_bytes(frame[2..4].try_into().unwrap()),
            pc: u32::from_le_bytes(frame[4..8].try_into().unwrap()),
            time: f64::from_le_bytes(frame[8..16].try_into().unwrap()),
            payload: frame[16..].to_vec(),
        });
    }
}

const AUDIO: &[&str] = &[
    "extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "rtpmap:111 opus/48000/2",
    "rtcp-fb:111 transport-cc",
    "fmtp:111 minptime=10;useinbandfec=1",
];
const VIDEO: &[&str] = &[
    "extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "rtpmap:96 VP8/90000",
    "rtcp-fb:96 transport-cc",
    "rtcp-fb:96 ccm fir",
    "rtcp-fb:96 nack",
    "rtcp-fb:96 nack pli",
    "rtpmap:97 rtx/90000",
    "fmtp:97 apt=96",
];
const DATA: &[&str] = &["sctp-port:5000", "max-message-size:262144"];

/// Negotiates: `a` offers, `b` answers and is the DTLS client.
pub async fn negotiate(a: &mut Page, b: &mut Page, lines: &[Line]) {
    let from_a = a.gather().await;
    let from_b = b.gather().await;
    let seen_by_b = a.offer("passive", lines);
    let seen_by_a = b.offer("active", &turned(lines));
    // Some candidates come before the descriptions.
    b.add_candidates(&from_a).await;
    b.apply(&seen_by_b, false, lines).await.unwrap();
    a.apply(&seen_by_a, true, lines).await.unwrap();
    a.add_candidates(&from_b).await;
}

/// Connects two pages by nothing but a relay: `a` knows it by the first address, `b` by the second.
pub async fn connect_through(a: &mut Page, b: &mut Page, lines: &[Line], relay: [u16; 2]) {
    a.gather().await;
    b.gather().await;
    let at = |port: u16| [format!("candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host")];
    let (seen_by_a, seen_by_b) = (b.offer("active", &turned(lines)), a.offer("passive", lines));
    b.apply(&seen_by_b, false, lines).await.unwrap();
    a.apply(&seen_by_a, true, lines).await.unwrap();
    a.add_candidates(&at(relay[0])).await;
    b.add_candidates(&at(relay[1])).await;
    for page in [a, b] {
        page.event("dtls", |e| e["state"] == "connected").await;
    }
}

pub async fn connect(a: &mut Page, b: &mut Page, lines: &[Line]) {
    negotiate(a, b, lines).await;
    for page in [a, b] {
        page.event("ice", |e| e["state"] == "connected").await;
        page.event("dtls", |e| e["state"] == "connected").await;
    }
}

/// The same lines as the other side sees them.
pub fn turned(lines: &[Line]) -> Vec<Line> {
    let turn = |direction| match direction {
        "sendonly" => "recvonly",
        "recvonly" => "sendonly",
        same => same,
    };
    lines.iter().map(|l| Line { kind: l.kind, direction: turn(l.direction) }).collect()
}

/// Something that a VP8 depacketizer takes for a frame, numbered.
pub fn vp8(key: bool, number: u32, length: usize) -> Vec<u8> {
    let mut frame = if key {
        vec![0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01]
    } else {
        vec![0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    };
    frame.extend(number.to_le_bytes());
    frame.resize(length.max(14), 0xa5);
    frame
}

pub fn vp8_number(frame: &[u8]) -> u32 {
    u32::from_le_bytes(frame[10..14].try_into().unwrap())
}
