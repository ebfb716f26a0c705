//! The core behind JSON.

use std::time::Duration;

use ringdove_client::{Book, Core, CoreConfig, Entropy, Identity, Input, Output, Seed};

use crate::{HostConfig, HostInput, HostOutput, HostReply};

/// A client core that speaks JSON.
#[derive(Debug)]
pub struct Machine {
    core: Core,
    now: Duration,
}

impl Machine {
    /// Starts a client that is signed out. `config` is a [`HostConfig`] as JSON.
    pub fn start(config: &[u8], entropy: Entropy) -> Result<Self, String> {
        let config: HostConfig =
            serde_json::from_slice(config).map_err(|error| format!("config: {error}"))?;
        let seed = Seed::parse(&config.seed).map_err(|error| format!("seed: {error}"))?;
        let book = config.book.as_deref().map_or_else(|| Ok(Book::default()), Book::parse);
        let config = CoreConfig {
            identity: Identity::from_seed(&seed),
            default_server: config.server,
            // Whoever has lost it can be vouched for once more.
            link: config.link.and_then(|kept| serde_json::from_str(&kept).ok()).flatten(),
            timers: Default::default(),
            book: book.map_err(|error| error.to_string())?,
            // What cannot be read any more must not keep anybody from calling.
            privacy: config
                .privacy
                .and_then(|kept| serde_json::from_str(&kept).ok())
                .unwrap_or_default(),
        };
        Ok(Self { core: Core::new(config, entropy), now: Duration::ZERO })
    }

    /// Takes a [`HostInput`] as JSON, and the time since the page was opened.
    pub fn input(&mut self, input: &[u8], now_ms: f64) -> HostReply {
        // A clock that goes back or shows nonsense is taken to stand still.
        let now =
            Duration::try_from_secs_f64(now_ms / 1000.0).map_or(self.now, |t| t.max(self.now));
        self.now = now;
        let mut outputs = Vec::new();
        let fault = match serde_json::from_slice::<HostInput>(input) {
            Ok(HostInput::Snapshot) => {
                outputs.push(HostOutput::Snapshot { snapshot: Box::new(self.core.snapshot(now)) });
                None
            }
            Ok(HostInput::Closed { code }) => {
                // A browser tells no page what was wrong with a certificate.
                self.handle(Input::Closed { code, trouble: None })
            }
            Ok(HostInput::Command { command }) => self.handle(Input::Command(command)),
            Ok(HostInput::Message { text }) => self.handle(Input::Message(text)),
            Ok(HostInput::NetworkChanged) => self.handle(Input::NetworkChanged),
            Ok(HostInput::Opened) => self.handle(Input::Opened),
            Ok(HostInput::Timeout) => self.handle(Input::Timeout),
            Err(error) => Some(format!("input: {error}")),
        };
        while let Some(output) = self.core.poll_output() {
            outputs.push(order(output));
        }
        let wake_at_ms = self.core.poll_timeout().map(|deadline| deadline.as_secs_f64() * 1000.0);
        HostReply { outputs, wake_at_ms, fault }
    }

    fn handle(&mut self, input: Input) -> Option<String> {
        self.core.handle(self.now, input);
        None
    }
}

fn order(output: Output) -> HostOutput {
    match output {
        Output::Close { code } => HostOutput::Close { code },
        Output::Connect { url } => HostOutput::Connect { url },
        Output::Event(event) => HostOutput::Event { event: Box::new(event) },
        Output::Keep { what, text } => HostOutput::Keep { what, text },
        Output::Send { text } => HostOutput::Send { text },
    }
}
