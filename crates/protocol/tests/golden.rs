//! One file for each message, read by Rust here and by TypeScript in `ui/src/golden.test.ts`.
//!
//! Changing a file is changing the protocol. `RINGDOVE_UPDATE=1 cargo test -p ringdove-protocol
//! --test golden` writes them anew.
#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use ringdove_protocol::{
    AcceptSetup, AgreementKey, Blind, CallId, Candidate, ClientMessage, Commitment, Description,
    DescriptionKind, DeviceId, DeviceKey, DeviceLink, EndReason, EndedBy, ErrorCode, IceServer,
    InviteSetup, Media, Name, Nonce, Opening, Person, PersonKind, RingRule, Role, SEALED_VERSION,
    SETUP_VERSION, SealedBody, ServerMessage, SessionId, Setup, Signal, Signature, Speaker,
    VERSION, WhoMayRing,
};
use serde_json::Value;

#[test]
fn client_messages_are_written_and_read_as_in_their_files() {
    let mut types = BTreeSet::new();
    for (file, message) in client_messages() {
        let text = golden("client", file, &message.encode());
        assert_eq!(ClientMessage::decode(&text), Ok(message), "{file}");
        types.insert(type_of(&text));
    }
    assert_eq!(types, ClientMessage::TYPES.iter().map(ToString::to_string).collect());
}

#[test]
fn server_messages_are_written_and_read_as_in_their_files() {
    let mut types = BTreeSet::new();
    for (file, message) in server_messages() {
        let text = golden("server", file, &message.encode());
        assert_eq!(ServerMessage::decode(&text), Ok(message), "{file}");
        types.insert(type_of(&text));
    }
    assert_eq!(types, ServerMessage::TYPES.iter().map(ToString::to_string).collect());
}

#[test]
fn signals_are_written_and_read_as_in_their_files() {
    for (file, signal) in signals() {
        let text = golden("signal", file, &signal.encode());
        assert_eq!(Signal::decode(&text), Ok(signal), "{file}");
    }
}

#[test]
fn setups_and_sealed_bodies_are_written_and_read_as_in_their_files() {
    let speaker = || Speaker { device: DeviceKey::from_bytes([1; 32]), link: None };
    let (v, signature) = (SETUP_VERSION, Signature::from_bytes([2; 64]));
    let commitment = Commitment::from_bytes([3; 32]);
    let key = AgreementKey::from_bytes([4; 32]);
    let link = Some(DeviceLink { account_key: DeviceKey::from_bytes([5; 32]), signature });
    let linked = Speaker { link, ..speaker() };
    for (file, setup) in [
        ("invite", Setup::Invite(InviteSetup { v, speaker: speaker(), commitment, signature })),
        ("accept", Setup::Accept(AcceptSetup { v, speaker: linked, key, signature })),
    ] {
        let text = golden("setup", file, &setup.encode());
        assert_eq!(Setup::decode(&text), Ok(setup), "{file}");
    }
    let opening = Opening { key, blind: Blind::from_bytes([6; 32]) };
    for (file, opening) in [("first", Some(opening)), ("later", None)] {
        let body = SealedBody { v: SEALED_VERSION, opening, sealed: "b3BhcXVl".to_owned() };
        let text = golden("sealed", file, &body.encode());
        assert_eq!(SealedBody::decode(&text), Some(body), "{file}");
    }
}

fn client_messages() -> Vec<(&'static str, ClientMessage)> {
    let call_id = call_id();
    let media = Media::VIDEO;
    let login = |link, rings, invite: Option<&str>| ClientMessage::Login {
        v: VERSION,
        name: name("Anna"),
        device_key: DeviceKey::from_bytes([1; 32]),
        signature: Signature::from_bytes([2; 64]),
        link,
        rings,
        invite: invite.map(str::to_owned),
    };
    let rings = RingRule {
        who: WhoMayRing::Contacts,
        contacts: [name("Bob"), name("Cleo")].into(),
        blocked: [name("Eve")].into(),
    };
    let link = DeviceLink {
        account_key: DeviceKey::from_bytes([3; 32]),
        signature: Signature::from_bytes([4; 64]),
    };
    vec![
        ("login", login(None, None, None)),
        ("login-invited", login(None, None, Some("7KQ2M-9XW4T-H3B8N-C5R6D"))),
        ("login-linked", login(Some(link), None, None)),
        ("login-rings", login(None, Some(Box::new(rings.clone())), None)),
        ("rings", ClientMessage::Rings { rings }),
        ("rename", ClientMessage::Rename { name: name("Anna B.") }),
        ("chat", ClientMessage::Chat { text: "Hello <b>all</b>".to_owned() }),
        ("text", ClientMessage::Text { to: name("Bob"), text: "Coffee?".to_owned() }),
        ("ping", ClientMessage::Ping {}),
        ("call.invite", ClientMessage::CallInvite { call_id, to: name("Bob"), media, setup: None }),
        ("call.ringing", ClientMessage::CallRinging { call_id }),
        ("call.silenced", ClientMessage::CallSilenced { call_id }),
        ("call.accept", ClientMessage::CallAccept { call_id, media: Media::AUDIO, setup: None }),
        ("call.decline", ClientMessage::CallDecline { call_id, reason: EndReason::Declined }),
        ("call.cancel", ClientMessage::CallCancel { call_id }),
        ("call.hangup", ClientMessage::CallHangup { call_id, reason: EndReason::HungUp }),
        ("call.signal", ClientMessage::CallSignal { call_id, seq: 7, body: "opaque".to_owned() }),
        (
            "call.resume",
            ClientMessage::CallResume { call_id, peer: name("Bob"), role: Role::Caller, media },
        ),
    ]
}

fn server_messages() -> Vec<(&'static str, ServerMessage)> {
    let call_id = call_id();
    let device = DeviceId::from_bytes([5; 8]);
    let media = Media::VIDEO;
    let anna = || Person { name: name("Anna"), kind: PersonKind::User };
    let guest = Person { name: name("guest1"), kind: PersonKind::Guest };
    let at = 1_790_000_000_000;
    let turn = IceServer {
        urls: vec!["turn:turn.example.org:3478?transport=udp".to_owned()],
        username: Some(format!("1790000300:{call_id}")),
        credential: Some("c2hvcnQtbGl2ZWQ=".to_owned()),
    };
    let stun = IceServer {
        urls: vec!["stun:stun.example.org:3478".to_owned()],
        username: None,
        credential: None,
    };
    let accepted = |role, replaces| ServerMessage::CallAccepted {
        call_id,
        role,
        peer: anna(),
        media,
        ice_servers: vec![stun.clone(), turn.clone()],
        replaces,
        setup: None,
    };
    vec![
        (
            "hello",
            ServerMessage::Hello {
                v: VERSION,
                server: "q83vEjRWeJCrze8SNFZ4kA".to_owned(),
                nonce: Nonce::from_bytes([6; 32]),
            },
        ),
        (
            "welcome",
            ServerMessage::Welcome {
                name: name("Anna"),
                device,
                session: SessionId::from_bytes([7; 16]),
                ring_limit_ms: 45_000,
            },
        ),
        ("presence", ServerMessage::Presence { people: vec![anna(), guest.clone()] }),
        (
            "presence.changed",
            ServerMessage::PresenceChanged { left: vec![name("Bob")], joined: vec![guest] },
        ),
        (
            "chat",
            ServerMessage::Chat { from: name("Anna"), text: "Hello <b>all</b>".to_owned(), at },
        ),
        (
            "text",
            ServerMessage::Text {
                from: name("Anna"),
                to: name("Bob"),
                text: "Coffee?".to_owned(),
                at,
            },
        ),
        ("rings.renamed", ServerMessage::RingsRenamed { from: name("Eve"), to: name("Eva") }),
        ("pong", ServerMessage::Pong {}),
        (
            "call.invite",
            ServerMessage::CallInvite {
                call_id,
                from: anna(),
                media,
                remaining_ms: 45_000,
                setup: None,
            },
        ),
        ("call.reached", ServerMessage::CallReached { call_id, device }),
        ("call.ringing", ServerMessage::CallRinging { call_id, device }),
        ("call.silenced", ServerMessage::CallSilenced { call_id, device }),
        ("call.accepted", accepted(Role::Caller, None)),
        ("call.accepted-glare", accepted(Role::Callee, Some(CallId::from_bytes([9; 16])))),
        (
            "call.ended",
            ServerMessage::CallEnded { call_id, reason: EndReason::Busy, by: EndedBy::Callee },
        ),
        (
            "call.signal",
            ServerMessage::CallSignal {
                call_id,
                from: name("Anna"),
                seq: 7,
                body: "opaque".to_owned(),
            },
        ),
        (
            "error",
            ServerMessage::Error {
                code: ErrorCode::Offline,
                text: "Bob is not connected".to_owned(),
                about: Some("text".to_owned()),
                call_id: None,
            },
        ),
    ]
}

fn signals() -> Vec<(&'static str, Signal)> {
    let description =
        |kind| Signal::Description { description: Description { kind, sdp: "v=0\r\n".to_owned() } };
    let candidate = Candidate {
        candidate: "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host".to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some("Yh3a".to_owned()),
    };
    vec![
        ("offer", description(DescriptionKind::Offer)),
        ("answer", description(DescriptionKind::Answer)),
        ("candidate", Signal::Candidate { candidate: Some(candidate) }),
        ("candidate-end", Signal::Candidate { candidate: None }),
        ("media", Signal::Media { media: Media::AUDIO }),
        ("restart", Signal::Restart { run: 1 }),
    ]
}

/// Reads a golden file and checks that `written` says the same.
fn golden(folder: &str, file: &str, written: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(folder)
        .join(format!("{file}.json"));
    let written: Value = serde_json::from_str(written).unwrap();
    if std::env::var_os("RINGDOVE_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, serde_json::to_string_pretty(&written).unwrap() + "\n").unwrap();
    }
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), written, "{path:?}");
    text
}

fn type_of(text: &str) -> String {
    let message: Value = serde_json::from_str(text).unwrap();
    message["type"].as_str().unwrap().to_owned()
}

fn call_id() -> CallId {
    CallId::from_bytes([8; 16])
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}
