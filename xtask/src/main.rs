//! The project's own commands, the same on every system: `cargo xtask demo`, `cargo xtask test`.
//!
//! Each command does what it needs itself, from installing missing packages to building, and says
//! so. Nothing here knows how a call works: what drives pages and windows stands in `tests/e2e`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talks to a person at a terminal")]

mod build;
mod demo;
mod faults;
mod gates;
mod run;
mod setup;
mod steps;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Ringdove's own commands", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the server for others to use, with the web client inside.
    BuildServer,
    /// Shows a call: starts a server and two people, Alice and Bob, ready to call each other.
    Demo(demo::Options),
    /// Breaks what calls rest on, and looks at what becomes of them; needs root on Linux.
    Faults(faults::Options),
    /// Puts a server under floods, slow connections and storms, and prints the figures; Linux only.
    Load,
    /// Installs what this project needs and this machine lacks.
    Setup,
    /// Runs everything that CI runs, and stops at the first failure.
    Test,
    /// Builds the user interface to `ui/dist`, with the client core in it.
    Ui,
    /// Builds the client core as WebAssembly to `ui/wasm/ringdove.wasm`.
    Wasm,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::BuildServer => release_server(),
        Task::Demo(options) => demo::run_demo(&options),
        Task::Faults(options) => faults::run_faults(&options),
        Task::Load => load(),
        Task::Setup => setup::run(setup::Purpose::ALL),
        Task::Test => gates::run_all(),
        Task::Ui => wasm::build().and_then(|()| build::ui()),
        Task::Wasm => wasm::build(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The long form of what `cargo test` runs in short: minutes, and thousands of sockets.
fn load() -> anyhow::Result<()> {
    setup::run(&[setup::Purpose::Compiler])?;
    let test = ["test", "--release", "--package", "ringdove-server", "--test", "load"];
    run::run(run::cargo().args(test).args(["--", "--ignored", "--nocapture", "--test-threads=1"]))
}

fn release_server() -> anyhow::Result<()> {
    setup::run(&[setup::Purpose::Compiler, setup::Purpose::Wasm])?;
    wasm::build()?;
    build::ui()?;
    build::server(build::Profile::Release)
}
