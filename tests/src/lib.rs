//! What the tests across crates share: chance, a world of a real server and headless clients, and the
//! generated TypeScript types.

mod mallory;
pub mod raw;
mod rng;
mod wiretap;
mod world;

use std::path::{Path, PathBuf};

use ringdove_client::app::{Command, Event, Snapshot};
use ringdove_protocol::{ClientMessage, ServerMessage, SignalBody};
use ringdove_web::{HostConfig, HostInput, HostReply};
use ts_rs::{Config, TS};

pub use mallory::Mallory;
pub use raw::Socket;
pub use rng::Rng;
pub use wiretap::{Frame, Tamper, Way, Wiretap};
pub use world::{User, World, fresh_identity, said};

/// The project's top folder.
pub fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Writes the TypeScript declarations of the wire, the app interface and the browser's core below `folder`.
pub fn export_typescript(folder: &Path) -> Result<(), ts_rs::ExportError> {
    let config = Config::new().with_out_dir(folder);
    ClientMessage::export_all(&config)?;
    ServerMessage::export_all(&config)?;
    SignalBody::export_all(&config)?;
    Command::export_all(&config)?;
    Event::export_all(&config)?;
    Snapshot::export_all(&config)?;
    HostConfig::export_all(&config)?;
    HostInput::export_all(&config)?;
    HostReply::export_all(&config)
}
