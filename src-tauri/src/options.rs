//! The command line: what the demo and the tests set, and nobody else needs.

use std::path::PathBuf;

use ringdove_protocol::Name;

/// How the app is started.
#[derive(Clone, Debug, Default, clap::Parser)]
#[command(name = "ringdove", version, about = "Press a name, it rings, you talk")]
pub struct Options {
    /// Where this device's key and settings are kept [default: the system's folder for app data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// The server to propose instead of the remembered one
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,

    /// A moving picture and beeps in place of camera and microphone
    #[cfg(target_os = "linux")]
    #[arg(long)]
    pub test_devices: bool,

    /// Sign in with this name at once
    #[arg(long, value_name = "NAME", value_parser = |text: &str| Name::parse(text))]
    pub name: Option<Name>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // Fixed texts.

    use clap::{CommandFactory, Parser};

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn everything_is_optional_and_a_wrong_name_is_refused_at_the_start() {
        assert!(Options::try_parse_from(["ringdove"]).unwrap().name.is_none());
        let options = Options::try_parse_from(["ringdove", "--name", " Anna  Lee "]).unwrap();
        assert_eq!(options.name.unwrap().as_str(), "Anna Lee");
        assert!(Options::try_parse_from(["ringdove", "--name", "<b>"]).is_err());
    }
}
