//! What the two ends of a call say to each other.
//!
//! A [`SignalBody`] travels as text in `call.signal`, between two users inside a
//! [`crate::SealedBody`]; the server passes it on unread.

use serde::{Deserialize, Serialize};

use crate::Media;

/// The version of [`SignalBody`] that this crate speaks.
pub const SIGNAL_VERSION: u32 = 1;

/// The body of `call.signal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct SignalBody {
    /// [`SIGNAL_VERSION`].
    pub v: u32,
    /// What is said.
    #[serde(flatten)]
    #[cfg_attr(feature = "typescript", ts(flatten))]
    pub signal: Signal,
}

/// One thing that an end of a call says to the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum Signal {
    /// An ICE candidate (RFC 8838), or the end of candidates for now where it is null.
    Candidate {
        /// In the order found.
        candidate: Option<Candidate>,
    },
    /// A session description (RFC 8829).
    Description {
        /// Set by the receiver unchanged.
        description: Description,
    },
    /// What this end sends at the moment: muted is `false`.
    Media {
        /// Microphone and camera.
        media: Media,
    },
    /// This end makes a connection anew: what it says from here on is of that one.
    Restart {
        /// How many connections of the call were given up. The end that begins counts one up, the other
        /// one follows and says the same number.
        run: u32,
    },
}

/// W3C WebRTC `RTCSessionDescriptionInit`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct Description {
    /// Offer or answer.
    #[serde(rename = "type")]
    pub kind: DescriptionKind,
    /// Never looked into by our own code.
    pub sdp: String,
}

/// The kinds of session description that travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum DescriptionKind {
    /// RFC 3264.
    Answer,
    /// RFC 3264.
    Offer,
}

/// W3C WebRTC `RTCIceCandidateInit`, with its names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct Candidate {
    /// The candidate attribute (RFC 8839), or empty for the end of one generation.
    pub candidate: String,
    /// The media section it belongs to.
    #[serde(default)]
    pub sdp_mid: Option<String>,
    /// The media section's index.
    #[serde(default)]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE generation it belongs to.
    #[serde(default)]
    pub username_fragment: Option<String>,
}

/// Redacted: descriptions hold addresses.
impl std::fmt::Debug for Description {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Description({:?}, {} bytes)", self.kind, self.sdp.len())
    }
}

/// Redacted: candidates are addresses.
impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Candidate({} bytes)", self.candidate.len())
    }
}

/// Why a body cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// Not a body of the version that it claims.
    #[error("not a signal: {0}")]
    Invalid(String),
    /// Of a version that is not spoken here.
    #[error("signal version {0} is not spoken here")]
    Version(u32),
}

impl Signal {
    /// Reads a body.
    pub fn decode(body: &str) -> Result<Self, SignalError> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let invalid = |error: serde_json::Error| SignalError::Invalid(error.to_string());
        let Versioned { v } = serde_json::from_str(body).map_err(invalid)?;
        if v != SIGNAL_VERSION {
            return Err(SignalError::Version(v));
        }
        serde_json::from_str::<SignalBody>(body).map(|body| body.signal).map_err(invalid)
    }

    /// Writes a body.
    pub fn encode(&self) -> String {
        crate::error::encode(&SignalBody { v: SIGNAL_VERSION, signal: self.clone() })
    }
}
