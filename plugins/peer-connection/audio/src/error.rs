//! What can go wrong in making or driving a codec.

use thiserror::Error;

/// Tells why audio could not be coded.
#[derive(Debug, Error)]
pub enum AudioError {
    /// The Opus decoder could not be made.
    #[error("no Opus decoder: {0}")]
    Decoder(#[source] opus::Error),
    /// The Opus encoder could not be made or set up.
    #[error("no Opus encoder: {0}")]
    Encoder(#[source] opus::Error),
    /// A frame could not be encoded.
    #[error("frame not encoded: {0}")]
    Encoding(#[source] opus::Error),
}
