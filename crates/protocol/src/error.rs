//! What can be wrong with a message.

use serde::{Deserialize, Serialize};

/// The stable code of a [`crate::ServerMessage::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum ErrorCode {
    /// This device is in a call already.
    AlreadyInCall,
    /// The login's signature or key is wrong. The connection is closed.
    BadLogin,
    /// Not JSON, not an object, a missing or wrong field, a binary frame.
    BadMessage,
    /// The target is not connected.
    Offline,
    /// The invitation code was used, has expired, or is none. The client may try another.
    InviteInvalid,
    /// A new name needs an invitation code here. The client may log in with one.
    InviteNeeded,
    /// A first message other than `login`, or `login` twice.
    LoginRequired,
    /// Empty or too long text.
    BadText,
    /// The name comes from the server's own sign-in and cannot be changed.
    NameFixed,
    /// The name is not well-formed.
    NameInvalid,
    /// The name, or one that looks like it, belongs to somebody else. The client may try another.
    NameTaken,
    /// Oneself cannot be called or written to.
    Oneself,
    /// Too many messages, some were dropped; or too many calls.
    RateLimited,
    /// The type belongs to the server.
    ServerOwned,
    /// The server has a fault of its own, such as a full disk.
    ServerError,
    /// The same device key logged in on another connection. The connection is closed.
    SessionReplaced,
    /// No such call, or not this device's.
    UnknownCall,
    /// An unknown type without a target.
    UnknownType,
    /// The version is not spoken here. The connection is closed.
    Version,
    /// The message does not fit the state of the call.
    WrongState,
}

/// Why a frame is not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A field is missing or wrong.
    #[error("{kind}: {detail}")]
    Invalid {
        /// The message's type.
        kind: String,
        /// What was expected and what came.
        detail: String,
    },
    /// No text `type`.
    #[error("a message needs a \"type\" that is a string")]
    MissingType,
    /// Not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// JSON, but no object.
    #[error("a message is a JSON object")]
    NotObject,
    /// A type that only the server sends.
    #[error("only the server sends {kind:?}")]
    ServerOwned {
        /// The message's type.
        kind: String,
    },
    /// A type of a later version, or nonsense.
    #[error("unknown type {kind:?}")]
    UnknownType {
        /// The message's type.
        kind: String,
    },
}

/// Reads only the `type` of a frame.
pub(crate) fn message_type(frame: &str) -> Result<String, DecodeError> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "type")]
        kind: Option<serde_json::Value>,
    }
    if !frame.trim_start().starts_with('{') {
        return match serde_json::from_str::<serde::de::IgnoredAny>(frame) {
            Ok(_) => Err(DecodeError::NotObject),
            Err(error) => Err(DecodeError::NotJson(error.to_string())),
        };
    }
    let envelope: Envelope = serde_json::from_str(frame).map_err(|error| {
        if error.is_data() {
            DecodeError::MissingType
        } else {
            DecodeError::NotJson(error.to_string())
        }
    })?;
    match envelope.kind {
        Some(serde_json::Value::String(kind)) => Ok(kind),
        Some(_) | None => Err(DecodeError::MissingType),
    }
}

/// Writes a message as one frame.
pub(crate) fn encode(message: &impl Serialize) -> String {
    // Our messages have string keys and no failing `Serialize`, so this cannot fail.
    #[expect(clippy::expect_used, reason = "see above")]
    serde_json::to_string(message).expect("messages serialize")
}
