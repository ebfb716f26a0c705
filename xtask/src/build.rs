//! Building the user interface, the server and the app.

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, npm, run};

/// Builds the user interface to `ui/dist`, and the plugin's script; takes seconds, so it is not
/// skipped.
pub(crate) fn ui() -> Result<()> {
    run(npm().args(["run", "build"]))
}

/// How well cargo optimises.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

/// Builds the server alone, without the app's large dependencies.
pub(crate) fn server(profile: Profile) -> Result<()> {
    let mut cargo = cargo();
    cargo.args(["build", "--package", "ringdove-server"]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    run(&mut cargo)
}

/// Builds server and app as the tests do.
pub(crate) fn server_and_app() -> Result<()> {
    run(&mut workspace("build"))
}

/// A cargo command over the whole workspace.
///
/// Always with the same features: another set would compile most dependencies once more. With
/// `custom-protocol` the app carries the built user interface instead of asking a development
/// server for it.
pub(crate) fn workspace(command: &str) -> Command {
    let mut cargo = cargo();
    cargo.args([command, "--workspace", "--features", "ringdove/custom-protocol"]);
    cargo
}
