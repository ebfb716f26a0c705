//! What the tests across crates share: the generated TypeScript types.

use std::path::{Path, PathBuf};

use ringdove_client::app::{Command, Event, Snapshot};
use ringdove_protocol::{ClientMessage, ServerMessage, SignalBody};
use ts_rs::{Config, TS};

/// The project's top folder.
pub fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Writes the TypeScript declarations of the wire and the app interface below `folder`.
pub fn export_typescript(folder: &Path) -> Result<(), ts_rs::ExportError> {
    let config = Config::new().with_out_dir(folder);
    ClientMessage::export_all(&config)?;
    ServerMessage::export_all(&config)?;
    SignalBody::export_all(&config)?;
    Command::export_all(&config)?;
    Event::export_all(&config)?;
    Snapshot::export_all(&config)
}
