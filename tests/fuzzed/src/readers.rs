//! Readers that hold no state.

use peer_connection_engine::fuzzing;
use ringdove_protocol::{ClientMessage, Name, ServerMessage, Signal};

/// What a client, a server and the other end of a call say: what was read is written and read again
/// as the same.
pub fn messages(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(message) = ClientMessage::decode(text) {
        assert_eq!(ClientMessage::decode(&message.encode()), Ok(message));
    }
    if let Ok(message) = ServerMessage::decode(text) {
        assert_eq!(ServerMessage::decode(&message.encode()), Ok(message));
    }
    if let Ok(signal) = Signal::decode(text) {
        assert_eq!(Signal::decode(&signal.encode()), Ok(signal));
    }
}

/// Names: one that is well-formed stays as it is.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(name) = Name::parse(text) {
        assert!((1..=ringdove_protocol::NAME_MAX_CHARS).contains(&name.as_str().chars().count()));
        assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
        assert!(!ringdove_server::simulated::likenesses(&name).is_empty());
    }
}

/// Frames between webview and engine.
pub fn bridge(data: &[u8]) {
    fuzzing::bridge_binary(data);
    if let Ok(text) = std::str::from_utf8(data) {
        fuzzing::bridge_text(text);
    }
}

/// What the other end of a call says of its media and addresses, and URLs of ICE servers.
pub fn descriptions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    fuzzing::description(text);
    fuzzing::candidate(text);
    fuzzing::server_url(text);
}

/// Datagrams of servers: STUN, TURN, multicast DNS.
pub fn network(data: &[u8]) {
    fuzzing::stun_answer(data);
    fuzzing::turn_answers(data);
    fuzzing::mdns_answer(data);
}
