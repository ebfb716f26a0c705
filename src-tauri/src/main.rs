//! The Ringdove app.

// A release build on Windows opens no console beside its window.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::io::IsTerminal;

use clap::Parser;
use ringdove_lib::Options;
use ringdove_protocol::UNLOGGED;
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<()> {
    let wanted = std::env::var("RINGDOVE_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::new(format!("{wanted},{UNLOGGED}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    ringdove_lib::run(Options::parse())
}
