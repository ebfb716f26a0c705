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
    /// No windows to be seen: a call by itself. Chosen where there is no display.
    #[arg(long)]
    headless: bool,
    /// Where the pictures of a call without windows go.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    out: PathBuf,
    /// That many calls in a row between web clients, each verified.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    calls: Option<u32>,
}

/// What carries out the demo.
struct Script {
    /// In `tests/e2e/demo`.
    name: &'static str,
    arguments: Vec<String>,
    needs: &'static [Purpose],
}

impl Script {
    fn choose(options: &Options, headless: bool) -> Result<Self> {
        if let Some(calls) = options.calls {
            let mut arguments = vec!["--calls".to_owned(), calls.to_string()];
            arguments.extend(headless.then(|| "--headless".to_owned()));
            return Ok(Self { name: "calls", arguments, needs: &[Purpose::Browser] });
        }
        // Only on Linux can a window be shown where nobody sees it.
        let web = options.web || (headless && !cfg!(target_os = "linux"));
        let (name, needs): (_, &[Purpose]) = match (web, headless) {
            (true, true) => ("webHeadless", &[Purpose::Browser]),
            (true, false) => ("web", &[Purpose::Browser]),
            (false, true) => {
                ("appHeadless", &[Purpose::App, Purpose::AppTests, Purpose::AppWindows])
            }
            (false, false) => ("app", &[Purpose::App, Purpose::AppWindows]),
        };
        let mut arguments = Vec::new();
        if headless {
            let out = env::current_dir()?.join(&options.out);
            arguments = vec!["--out".to_owned(), out.to_string_lossy().into_owned()];
        }
        Ok(Self { name, arguments, needs })
    }
}

/// Installs, builds and shows.
pub(crate) fn run_demo(options: &Options) -> Result<()> {
    let headless = options.headless || !has_display();
    if headless && !options.headless {
        println!("There is no display here, so the call runs without windows (--headless).");
    }
    let Script { name, arguments, needs } = Script::choose(options, headless)?;
    let mut purposes = vec![Purpose::Compiler, Purpose::Wasm];
    purposes.extend(needs);
    setup::run(&purposes)?;
    wasm::build()?;
    build::ui()?;
    if needs.contains(&Purpose::App) {
        build::server_and_app()?;
    } else {
        build::server(build::Profile::Dev)?;
    }
    let mut node = program("node");
    node.args(["--import", "tsx"]).arg(format!("tests/e2e/demo/{name}.ts")).args(arguments);
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
