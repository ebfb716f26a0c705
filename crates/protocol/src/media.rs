//! What a call carries, and over which servers it may find its way.

use serde::{Deserialize, Serialize};

/// Which kinds of media a side wants to send, or is sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct Media {
    /// Microphone.
    pub audio: bool,
    /// Camera.
    pub video: bool,
}

impl Media {
    /// Microphone only.
    pub const AUDIO: Self = Self { audio: true, video: false };
    /// Microphone and camera.
    pub const VIDEO: Self = Self { audio: true, video: true };
}

/// A STUN or TURN server, in the form of W3C WebRTC `RTCIceServer`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` addresses (RFC 7064, RFC 7065).
    pub urls: Vec<String>,
    /// Absent for STUN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub username: Option<String>,
    /// A short-lived password; absent for STUN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub credential: Option<String>,
}

/// Redacted: credentials never reach a log.
impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}
