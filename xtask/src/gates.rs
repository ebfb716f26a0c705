//! `cargo xtask test`: everything that CI runs.

use anyhow::Result;

use crate::{
    build,
    run::{cargo, npm, run},
    setup::{self, Purpose},
    steps::Steps,
    wasm,
};

const STEPS: &[&str] = &[
    "install what is missing",
    "Rust: formatting",
    "client core as WebAssembly",
    "user interface: build",
    "TypeScript: formatting, lints, types, tests",
    "Rust: lints",
    "Rust: build",
    "Rust: tests",
    "media between two ends in Chromium",
    "calls between pages in Chromium",
    "calls between app windows",
    "what is heard",
    "calls between app, Chromium and Firefox",
];

/// Runs all gates; the first failure ends it.
pub(crate) fn run_all() -> Result<()> {
    let mut steps = Steps::new(STEPS);
    steps.step(STEPS[0], || setup::run(Purpose::ALL))?;
    steps.step(STEPS[1], || run(cargo().args(["fmt", "--all", "--check"])))?;
    // The server and the app carry the built user interface inside, so it comes before them.
    steps.step(STEPS[2], wasm::build)?;
    steps.step(STEPS[3], build::ui)?;
    steps.step(STEPS[4], || {
        for script in ["format:check", "lint", "check", "test"] {
            run(npm().args(["run", script]))?;
        }
        Ok(())
    })?;
    steps.step(STEPS[5], || {
        let mut clippy = build::workspace("clippy");
        run(clippy.args(["--all-targets", "--", "-D", "warnings"]))
    })?;
    steps.step(STEPS[6], || run(&mut build::workspace("build")))?;
    steps.step(STEPS[7], || run(&mut build::workspace("test")))?;
    for (step, script) in STEPS[8..].iter().zip(["media", "web", "app", "sound", "matrix"]) {
        steps.step(step, || run(npm().args(["run", script, "-w", "@ringdove/e2e"])))?;
    }
    steps.finish();
    Ok(())
}
