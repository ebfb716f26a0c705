//! `cargo xtask setup`: finds out what this machine lacks and installs it where that is known.
//!
//! Debian's packages are installed through `apt-get`; on every other system the missing parts are
//! named and nothing is installed.

mod debian;
mod node;
mod parts;

use anyhow::{Result, bail};

use crate::run::on_path;
use parts::Part;

/// What parts are needed for, so that a demo does not install what only tests need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building the app.
    App,
    /// Testing the app on a display of its own.
    AppTests,
    /// Showing the app's windows.
    AppWindows,
    /// Web clients in Chromium.
    Browser,
    /// Testing calls with other browsers.
    BrowserTests,
    /// Compiling anything.
    Compiler,
    /// Testing calls through a relay.
    Relay,
    /// Compiling the client core to WebAssembly.
    Wasm,
}

impl Purpose {
    /// Everything that the tests need.
    pub(crate) const ALL: &[Self] = &[
        Self::App,
        Self::AppTests,
        Self::AppWindows,
        Self::Browser,
        Self::BrowserTests,
        Self::Compiler,
        Self::Relay,
        Self::Wasm,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::App => "to build the app",
            Self::AppTests => "to test the app on a display of its own",
            Self::AppWindows => "to show the app's windows",
            Self::Browser => "to run web clients",
            Self::BrowserTests => "to test calls with Firefox",
            Self::Compiler => "to compile",
            Self::Relay => "to test calls through a relay",
            Self::Wasm => "to compile the client core to WebAssembly",
        }
    }
}

/// Makes the machine fit for the purposes, or says what it lacks.
pub(crate) fn run(purposes: &[Purpose]) -> Result<()> {
    let missing = parts::missing(purposes);
    if missing.is_empty() {
        println!("Nothing is missing from this machine.");
    } else if debian::is_this() {
        debian::install(&missing)?;
        let still = parts::missing(purposes);
        if !still.is_empty() {
            bail!("still missing after installing:\n{}", list(&still));
        }
    } else {
        bail!(
            "this machine lacks something. On Debian it would be installed now; here, please \
             install it yourself (the names are Debian's):\n{}",
            list(&missing)
        );
    }
    for program in ["node", "npm"] {
        if !on_path(program) {
            bail!("{program} is missing: please install Node.js 20 or later with npm");
        }
    }
    node::install_packages()
}

fn list(parts: &[&Part]) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for part in parts {
        match lines.iter_mut().find(|(package, _)| *package == part.package) {
            Some((_, words)) => *words = format!("{words}, {}", part.purpose.words()),
            None => lines.push((part.package, part.purpose.words().to_owned())),
        }
    }
    let lines: Vec<_> =
        lines.iter().map(|(package, words)| format!("  {package:<30} {words}")).collect();
    lines.join("\n")
}
