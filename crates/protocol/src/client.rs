//! What a client sends.

use serde::{Deserialize, Serialize};

use crate::{
    CallId, DecodeError, DeviceKey, EndReason, Media, Name, RingRule, Role, ServerMessage,
    Signature, error::message_type,
};

/// A message from a client to the server.
///
/// No message names its sender: the server knows who is connected and tells the receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum ClientMessage {
    /// Proves the device key and asks for a name. The first message after `hello`.
    #[serde(rename = "login")]
    Login {
        /// [`crate::VERSION`].
        v: u32,
        /// The wanted name.
        name: Name,
        /// The key of this device.
        device_key: DeviceKey,
        /// Over [`crate::login_transcript`], by `device_key`.
        signature: Signature,
        /// Present on every device but the first of an account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        link: Option<DeviceLink>,
        /// Who may ring this device; absent for everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        rings: Option<Box<RingRule>>,
        /// A code that lets a newcomer in, where the server wants one; as a person typed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        invite: Option<String>,
    },
    /// Says anew who may ring this device.
    #[serde(rename = "rings")]
    Rings {
        /// In place of what was said before.
        rings: RingRule,
    },
    /// Asks for another name for the same account.
    #[serde(rename = "rename")]
    Rename {
        /// The wanted name.
        name: Name,
    },
    /// Says something in the public room.
    #[serde(rename = "chat")]
    Chat {
        /// 1 to [`crate::TEXT_MAX_CHARS`] characters.
        text: String,
    },
    /// Says something to one user.
    #[serde(rename = "text")]
    Text {
        /// Whom.
        to: Name,
        /// 1 to [`crate::TEXT_MAX_CHARS`] characters.
        text: String,
    },
    /// Asks for a `pong`, to see that the link lives.
    #[serde(rename = "ping")]
    Ping {},
    /// Calls a user.
    #[serde(rename = "call.invite")]
    CallInvite {
        /// New, random.
        call_id: CallId,
        /// Whom.
        to: Name,
        /// What the caller wants to send.
        media: Media,
        /// A [`crate::Setup`] as text; opaque to the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        setup: Option<String>,
    },
    /// This device of the callee rings, audibly.
    #[serde(rename = "call.ringing")]
    CallRinging {
        /// Which call.
        call_id: CallId,
    },
    /// The callee silenced the ringing on this device; the others ring on.
    #[serde(rename = "call.silenced")]
    CallSilenced {
        /// Which call.
        call_id: CallId,
    },
    /// The callee answers on this device.
    #[serde(rename = "call.accept")]
    CallAccept {
        /// Which call.
        call_id: CallId,
        /// What the callee wants to send.
        media: Media,
        /// As in `call.invite`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        setup: Option<String>,
    },
    /// The callee refuses: `declined`, `busy`, `no_device`, `no_permission`, `not_secure` or
    /// `version`.
    #[serde(rename = "call.decline")]
    CallDecline {
        /// Which call.
        call_id: CallId,
        /// Why.
        reason: EndReason,
    },
    /// The caller gives up before an answer.
    #[serde(rename = "call.cancel")]
    CallCancel {
        /// Which call.
        call_id: CallId,
    },
    /// Either side ends an answered call: `hung_up`, `connect_failed`, `connection_lost`, `left`,
    /// `no_device`, `no_permission`, `not_secure` or `version`.
    #[serde(rename = "call.hangup")]
    CallHangup {
        /// Which call.
        call_id: CallId,
        /// Why.
        reason: EndReason,
    },
    /// Passes a body on to the other end of an answered call.
    #[serde(rename = "call.signal")]
    CallSignal {
        /// Which call.
        call_id: CallId,
        /// Counts up from 0 for each sender and call.
        seq: u32,
        /// A [`crate::SealedBody`] as text, to and from a guest a [`crate::SignalBody`]; opaque to
        /// the server.
        body: String,
    },
    /// Tells the server of an answered call after a new login, so that the call lives on.
    #[serde(rename = "call.resume")]
    CallResume {
        /// Which call.
        call_id: CallId,
        /// The other end.
        peer: Name,
        /// The own role.
        role: Role,
        /// What this side sends.
        media: Media,
    },
}

/// Proof that an account's first key vouches for another device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct DeviceLink {
    /// The key that the name is bound to.
    pub account_key: DeviceKey,
    /// Over [`crate::device_link_transcript`], by `account_key`.
    pub signature: Signature,
}

impl ClientMessage {
    /// Reads one frame.
    pub fn decode(frame: &str) -> Result<Self, DecodeError> {
        let kind = message_type(frame)?;
        serde_json::from_str(frame).map_err(|error| {
            if Self::TYPES.contains(&kind.as_str()) {
                DecodeError::Invalid { kind, detail: error.to_string() }
            } else if ServerMessage::TYPES.contains(&kind.as_str()) {
                DecodeError::ServerOwned { kind }
            } else {
                DecodeError::UnknownType { kind }
            }
        })
    }

    /// Writes one frame.
    pub fn encode(&self) -> String {
        crate::error::encode(self)
    }

    /// The `type` of each message that a client may send.
    pub const TYPES: &'static [&'static str] = &[
        "login",
        "rings",
        "rename",
        "chat",
        "text",
        "ping",
        "call.invite",
        "call.ringing",
        "call.silenced",
        "call.accept",
        "call.decline",
        "call.cancel",
        "call.hangup",
        "call.signal",
        "call.resume",
    ];
}
