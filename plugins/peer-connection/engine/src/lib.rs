//! The engine of an `RTCPeerConnection` that lives outside the webview: ICE, DTLS, SRTP, RTP, SCTP
//! (by str0m), Opus, jitter buffer and echo cancellation (by `peer-connection-audio`), the sound devices
//! (by `peer-connection-sound`), behind one
//! message interface.
//!
//! It does what needs sockets and time. What it never does: JSEP (RFC 8829) is TypeScript's, which
//! sends one synthetic remote offer for each completed negotiation; pictures are encoded and
//! decoded in the webview; frames of the bridge are read and written by whoever owns the
//! [`Engine`]. No type of Tauri occurs here.
//!
//! ```no_run
//! # async fn run() {
//! let (out, mut from_engine) = tokio::sync::mpsc::channel(64);
//! let mut engine = peer_connection_engine::Engine::new(out);
//! engine.text(r#"{"id":1,"pc":1,"op":"create","iceServers":[],"relayOnly":false}"#);
//! let reply = from_engine.recv().await; // Out::Text({"id":1,"ok":{"fingerprint":"sha-256 …"}})
//! # }
//! ```
#![warn(missing_docs)]

mod audio;
mod connection;
mod engine;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod outbox;
mod pairing;
mod queue;
mod sound;
mod trust;
mod wire;

pub use connection::NetworkWatch;
pub use engine::{Configuration, Engine};
pub use outbox::Out;
