//! The readers of what comes from the page, from the other end of a call and from the servers on
//! the way, one function each, for fuzzing. None of them may panic.

use crate::{
    connection::fuzzing as of_connection,
    wire::{Header, Op, heard},
};

/// A text frame of the page.
pub fn bridge_text(frame: &str) {
    let _ = serde_json::from_str::<Op>(frame);
}

/// A binary frame of the page.
pub fn bridge_binary(frame: &[u8]) {
    if let Some((header, payload)) = Header::parse(frame) {
        assert_eq!(header.frame(payload).len(), frame.len());
        let _ = heard(payload);
    }
}

/// A session description of the other end, as the page passes it on.
pub fn description(sdp: &str) {
    of_connection::description(sdp);
}

/// A candidate of the other end.
pub fn candidate(text: &str) {
    of_connection::candidate(text);
}

/// The URL of an ICE server.
pub fn server_url(url: &str) {
    of_connection::server_url(url);
}

/// An answer to a STUN binding request.
pub fn stun_answer(answer: &[u8]) {
    of_connection::stun_answer(answer);
}

/// An answer to a multicast DNS query.
pub fn mdns_answer(answer: &[u8]) {
    of_connection::mdns_answer(answer);
}

/// What a TURN server sends, as one stream of messages.
pub fn turn_answers(bytes: &[u8]) {
    of_connection::turn_answers(bytes);
}
