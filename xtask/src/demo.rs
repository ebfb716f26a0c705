//! `cargo xtask demo`: shows a call.

use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Options {}

pub(crate) fn run(_: &Options) -> Result<()> {
    let _ = (crate::build::server, crate::build::server_and_app);
    Ok(())
}
