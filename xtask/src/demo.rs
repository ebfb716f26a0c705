//! `cargo xtask demo`: shows a call.
//!
//! Builds what the demo needs and hands over to `tests/e2e/demo`, which drives pages and windows.

use std::{env, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    build,
    run::program,
    setup::{self, Purpose},
    wasm,
};

/// What to show, and where.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Two browser windows in place of two app windows.
    #[arg(long)]
    web: bool,
    /// No windows: a call by itself, between web clients. Chosen where there is no display.
    #[arg(long)]
    headless: bool,
    /// Where the pictures of a call without windows go.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    out: PathBuf,
    /// That many calls in a row between web clients, each verified.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    calls: Option<u32>,
}

/// The script in `tests/e2e/demo` that runs the demo, with its arguments.
fn script(options: &Options, headless: bool) -> Result<(&'static str, Vec<String>)> {
    if let Some(calls) = options.calls {
        let mut arguments = vec!["--calls".to_owned(), calls.to_string()];
        arguments.extend(headless.then(|| "--headless".to_owned()));
        return Ok(("calls", arguments));
    }
    if headless {
        let out = env::current_dir()?.join(&options.out);
        return Ok(("headless", vec!["--out".to_owned(), out.to_string_lossy().into_owned()]));
    }
    Ok((if options.web { "web" } else { "app" }, Vec::new()))
}

/// Installs, builds and shows.
pub(crate) fn run_demo(options: &Options) -> Result<()> {
    let headless = options.headless || !has_display();
    if headless && !options.headless {
        println!("There is no display here, so the call runs without windows (--headless).");
    }
    let (script, arguments) = script(options, headless)?;
    let in_app = script == "app";
    let mut purposes = vec![Purpose::Compiler, Purpose::Wasm];
    purposes.extend(if in_app {
        [Purpose::App, Purpose::AppWindows].as_slice()
    } else {
        &[Purpose::Browser]
    });
    setup::run(&purposes)?;
    wasm::build()?;
    build::ui()?;
    if in_app {
        build::server_and_app()?;
    } else {
        build::server(build::Profile::Dev)?;
    }
    let mut node = program("node");
    node.args(["--import", "tsx"]).arg(format!("tests/e2e/demo/{script}.ts")).args(arguments);
    hand_over(&mut node)
}

fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// Becomes the program, so that Ctrl-C and the exit code are its own.
#[cfg(unix)]
fn hand_over(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    println!("$ {}", crate::run::line(command));
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn hand_over(command: &mut Command) -> Result<()> {
    crate::run::run(command)
}
