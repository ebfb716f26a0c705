//! What fuzzing drives: every reader that a stranger reaches, one function each. A function that
//! panics has found a fault.
//!
//! `fuzz/` feeds them with mutations; the test of this crate feeds them with `fuzz/seeds`, so that
//! they cannot rot.

#![allow(clippy::unwrap_used, reason = "a fault is found by a panic")]

mod client;
mod readers;
mod script;
mod server;

pub use client::client_core;
pub use readers::{bridge, descriptions, messages, names, network};
pub use server::server_hub;

/// A function that takes whatever comes.
pub type Target = fn(&[u8]);

/// Each target with the name of its seeds and of its program in `fuzz/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("bridge", bridge),
    ("client_core", client_core),
    ("descriptions", descriptions),
    ("messages", messages),
    ("names", names),
    ("network", network),
    ("server_hub", server_hub),
];
