//! What strangers send, read as it is read in a call, for fuzzing.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::Candidate;
use str0m::change::SdpOffer;

use super::ice::{is_named, is_usable};
use super::mdns::LocalName;
use super::names::name_of;
use super::negotiate::ufrag_of;
use super::server_url::ServerUrl;
use super::stun::StunClient;
pub(crate) use super::turn::fuzzing::turn_answers;

/// A description of the other end.
pub(crate) fn description(sdp: &str) {
    let _ = ufrag_of(sdp);
    let _ = SdpOffer::from_sdp_string(sdp);
}

/// A candidate of the other end.
pub(crate) fn candidate(text: &str) {
    if is_usable(text) && !is_named(text) {
        let _ = Candidate::from_sdp_string(text);
    }
    let _ = name_of(text);
}

/// The URL of an ICE server.
pub(crate) fn server_url(url: &str) {
    if let Some(url) = ServerUrl::parse(url) {
        assert!(!url.host.is_empty() && url.port != 0);
    }
}

/// Whatever answers a STUN request: the transaction is put in, since nobody guesses it.
pub(crate) fn stun_answer(answer: &[u8]) {
    let local = SocketAddr::from(([192, 0, 2, 1], 4000));
    let server = SocketAddr::from(([198, 51, 100, 1], 3478));
    let now = Instant::now();
    let mut client = StunClient::default();
    client.ask(local, server, now);
    let request = client.due(now).remove(0);
    let mut answer = answer.to_vec();
    if let Some(transaction) = answer.get_mut(8..20) {
        transaction.copy_from_slice(&request.bytes[8..]);
    }
    if let Some(Some((_, mapped))) = client.answer(server, local, &answer) {
        assert!(mapped.port() != 0 && client.is_idle());
    }
}

/// Whatever answers a multicast DNS query.
pub(crate) fn mdns_answer(answer: &[u8]) {
    if let Some(name) = LocalName::parse("5f2b2c3d-0000-4000-8000-000000000000.local") {
        let _ = name.answer(answer);
    }
}
