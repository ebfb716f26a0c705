//! The microphones and the loudspeaker of the machine: mono sound at 48 kHz.
//!
//! On Linux by the protocol of PulseAudio, which PipeWire speaks as well; elsewhere there are none,
//! since there the webview has WebRTC, and with it its own.
//!
//! ```no_run
//! # async fn run() -> Result<(), peer_connection_sound::SoundError> {
//! // Silence, for as long as the stream is kept.
//! let stream = peer_connection_sound::loudspeaker(|samples| samples.fill(0)).await?;
//! # drop(stream);
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod stream;

#[cfg(target_os = "linux")]
pub use stream::{Stream, loudspeaker, microphone};

#[cfg(not(target_os = "linux"))]
mod none;
#[cfg(not(target_os = "linux"))]
pub use none::{Stream, loudspeaker, microphone};

/// Samples per second.
pub const SAMPLE_RATE: u32 = 48_000;

/// Why there is no sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoundError {
    /// No server of sound runs, or it refused.
    #[error("no sound server: {0}")]
    NoServer(String),
    /// No microphone has that description.
    #[error("no microphone of that name")]
    NoMicrophone,
    /// The server does not answer.
    #[error("the sound server does not answer")]
    Timeout,
}
