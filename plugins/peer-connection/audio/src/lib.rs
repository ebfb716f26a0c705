//! The audio of a peer connection: Opus, an adaptive jitter buffer, and echo cancellation.
//!
//! Everything here works on frames of 480 samples: 10 ms, mono, 48 kHz. Nothing here waits, reads a
//! clock, opens a device or a socket; the caller brings the time and calls in the audio's pace.
//!
//! ```
//! use std::time::Duration;
//! use peer_connection_audio::{Encoder, FRAME, Receiver};
//!
//! # fn main() -> Result<(), peer_connection_audio::AudioError> {
//! let mut encoder = Encoder::new()?;
//! let mut receiver = Receiver::new()?;
//! for tick in 0..10_u64 {
//!     if let Some(packet) = encoder.encode(&[0; FRAME])? {
//!         let sent = tick / 2;
//!         let rtp_time = sent as u32 * packet.samples;
//!         receiver.insert(sent as u16, rtp_time, &packet.data, Duration::from_millis(tick * 10));
//!     }
//!     let _played = receiver.pull();
//! }
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod decoder;
mod delay;
mod encoder;
mod error;
mod playout;
mod processor;
mod queue;
mod receiver;
mod statistics;
mod stretch;
mod timeline;

pub use encoder::{Encoder, Packet};
pub use error::AudioError;
pub use processor::{Options, Processor};
pub use receiver::Receiver;
pub use statistics::ReceiverStatistics;

/// Samples per second of everything in this crate, and of Opus' RTP clock (RFC 7587, section 4.1).
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples of one frame: 10 ms.
pub const FRAME: usize = 480;
