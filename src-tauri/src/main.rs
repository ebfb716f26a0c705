//! The Ringdove app.

// A release build on Windows opens no console beside its window.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::io::IsTerminal;

use clap::Parser;
use ringdove_lib::Options;
use tracing_subscriber::EnvFilter;

/// The crates of the TURN client tell addresses of people from `info` on, and what is worth a line is
/// told by the engine.
const LOGGED: &str = "info,turn_client_proto=off,turn_types=off,stun_proto=off,stun_types=off";

fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("RINGDOVE_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    ringdove_lib::run(Options::parse())
}
