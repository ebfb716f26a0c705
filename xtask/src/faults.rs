//! `cargo xtask faults`: breaks what calls rest on, and looks at what becomes of them.
//!
//! Builds what the tests in `tests/e2e/faults` need and hands over to them.

use anyhow::{Result, bail};

use crate::{
    build,
    run::{npm, run},
    setup::{self, Purpose},
    wasm,
};

/// How many faults, and how long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The short form, a few minutes: leaves out what has to be waited for, and says so
    #[arg(long)]
    quick: bool,
    /// Only tests whose name fits this pattern, such as `F6` or `blackout`
    #[arg(long, value_name = "PATTERN")]
    only: Option<String>,
}

/// Runs the faults and prints a table, one line a fault; fails if a promise was broken.
pub(crate) fn run_faults(options: &Options) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("faults are made with network namespaces, which only Linux has");
    }
    setup::run(&[
        Purpose::Compiler,
        Purpose::Wasm,
        Purpose::App,
        Purpose::AppTests,
        Purpose::AppWindows,
        Purpose::Browser,
    ])?;
    wasm::build()?;
    build::ui()?;
    build::server_and_app()?;
    let mut npm = npm();
    npm.args(["run", "faults", "-w", "@ringdove/e2e", "--"]);
    if let Some(pattern) = &options.only {
        npm.args(["--grep", pattern]);
    }
    if options.quick {
        npm.env("RINGDOVE_FAULTS", "quick");
    }
    run(&mut npm)
}
