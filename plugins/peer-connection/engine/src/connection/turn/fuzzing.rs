//! What a TURN server sends, for fuzzing.

use std::net::SocketAddr;
use std::time::Instant;

use super::{Credentials, client::Client, transport::take_message};

/// Whatever a TURN server answers, as datagrams and as a stream. The transaction of the first
/// request is put in where a STUN message has its own, since nobody guesses it.
pub(crate) fn turn_answers(bytes: &[u8]) {
    let mut received = bytes.to_vec();
    let mut messages = Vec::new();
    while let Ok(Some(message)) = take_message(&mut received) {
        messages.push(message);
    }
    for is_stream in [false, true] {
        let local = SocketAddr::from(([192, 0, 2, 1], 4000));
        let server = SocketAddr::from(([198, 51, 100, 1], 3478));
        let now = Instant::now();
        let credentials = Credentials { username: "u".to_owned(), credential: "c".to_owned() };
        let mut client = Client::new(local, server, is_stream, &credentials, now);
        for message in &messages {
            let mut message = message.clone();
            if let super::client::Step::Send(request) = client.step(now)
                && let (Some(to), Some(from)) = (message.get_mut(4..20), request.get(4..20))
            {
                to.copy_from_slice(from);
            }
            client.receive(message, now);
        }
        let _ = client.step(now);
        let _ = client.error();
    }
}
