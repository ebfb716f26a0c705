//! What travels on Ringdove's wire.
//!
//! One WebSocket text frame holds one JSON object with a `type`. [`ClientMessage`] is what a client
//! sends, [`ServerMessage`] what the server sends, [`Signal`] what the two ends of a call say to
//! each other inside an opaque body that the server passes on unread. Everything is parsed once, at
//! the edge; after it a value cannot be malformed.
//!
//! This crate holds no IO, no clock and no rule of a call. `docs/protocol.md` tells the same for
//! people who write a client in another language; `golden/` holds one file for each message, read by
//! the Rust and the TypeScript tests.

mod client;
mod error;
mod id;
mod log;
mod login;
mod media;
mod name;
mod reason;
mod rings;
mod server;
mod setup;
mod signal;

pub use client::{ClientMessage, DeviceLink};
pub use error::{DecodeError, ErrorCode};
pub use id::{
    AgreementKey, Blind, CallId, Commitment, DeviceId, DeviceKey, IdError, Nonce, SessionId,
    Signature,
};
pub use log::UNLOGGED;
pub use login::{device_link_transcript, login_transcript, transcript};
pub use media::{IceServer, Media};
pub use name::{NAME_MAX_CHARS, Name, NameError};
pub use reason::{EndReason, EndedBy, Role};
pub use rings::{RING_NAMES_MAX, RingRule, WhoMayRing};
pub use server::{Person, PersonKind, ServerMessage};
pub use setup::{
    AcceptSetup, InviteSetup, Opening, SEALED_VERSION, SETUP_VERSION, SealedBody, Setup,
    SetupError, Speaker,
};
pub use signal::{
    Candidate, Description, DescriptionKind, SIGNAL_VERSION, Signal, SignalBody, SignalError,
};

/// The version of the wire protocol that this crate speaks.
pub const VERSION: u32 = 1;

/// The WebSocket subprotocol of Ringdove's own clients (RFC 6455, section 1.9).
pub const SUBPROTOCOL: &str = "ringdove.v1";

/// The WebSocket subprotocol of the tutorial's page, which joins as a guest.
pub const TUTORIAL_SUBPROTOCOL: &str = "json";

/// The default TCP port of a server: the tutorial's.
pub const DEFAULT_PORT: u16 = 6503;

/// The longest frame and message that a server accepts, in bytes.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;

/// The longest frame and message that a client must accept, in bytes.
///
/// Longer than [`MAX_FRAME_BYTES`]: what is passed on gains its sender, and the description of a
/// guest is escaped once more, which at the worst doubles it.
pub const MAX_SERVER_FRAME_BYTES: usize = 2 * MAX_FRAME_BYTES + 4 * 1024;

/// The longest chat or private text, in characters.
pub const TEXT_MAX_CHARS: usize = 2000;
