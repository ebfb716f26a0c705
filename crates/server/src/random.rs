//! Unguessable numbers from the operating system.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ringdove_protocol::{CallId, Nonce, SessionId};

pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without a source of randomness no id and no nonce would be safe: better no server at all.
    // Operating systems fail here only before they are fully started.
    #[expect(clippy::expect_used, reason = "see above")]
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

pub(crate) fn call_id() -> CallId {
    CallId::from_bytes(bytes())
}

pub(crate) fn nonce() -> Nonce {
    Nonce::from_bytes(bytes())
}

pub(crate) fn session_id() -> SessionId {
    SessionId::from_bytes(bytes())
}

pub(crate) fn server_id() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<16>())
}

/// From 1 to `most`, which is small.
pub(crate) fn up_to(most: u32) -> u32 {
    1 + u32::from_be_bytes(bytes()) % most
}
