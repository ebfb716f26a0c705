//! What the server sends.

use serde::{Deserialize, Serialize};

use crate::{
    CallId, DecodeError, DeviceId, EndReason, EndedBy, ErrorCode, IceServer, Media, Name, Nonce,
    Role, SessionId, error::message_type,
};

/// Somebody who is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct Person {
    /// Unique on the server.
    pub name: Name,
    /// How they joined.
    pub kind: PersonKind,
}

/// How somebody joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum PersonKind {
    /// With the tutorial's page: no key, not verified, cannot ring.
    Guest,
    /// With a device key that the name is bound to.
    User,
}

/// A message from the server to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum ServerMessage {
    /// The first message on every connection.
    #[serde(rename = "hello")]
    Hello {
        /// The newest version that the server speaks.
        v: u32,
        /// The server's lasting random name; a signed login is good for this server only.
        server: String,
        /// To be signed in `login`.
        nonce: Nonce,
    },
    /// The login succeeded.
    #[serde(rename = "welcome")]
    Welcome {
        /// The name that this client really has.
        name: Name,
        /// This device.
        device: DeviceId,
        /// This connection.
        session: SessionId,
        /// How long a call rings before it ends with `no_answer`, in milliseconds.
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        ring_limit_ms: u64,
    },
    /// Everybody who is there. Sent once, after `welcome`; does not name the receiver.
    #[serde(rename = "presence")]
    Presence {
        /// Sorted by name.
        people: Vec<Person>,
    },
    /// Who came and went since. A rename is one of each.
    #[serde(rename = "presence.changed")]
    PresenceChanged {
        /// To be removed first.
        left: Vec<Name>,
        /// To be added then.
        joined: Vec<Person>,
    },
    /// Somebody spoke in the public room; the speaker gets it as well.
    #[serde(rename = "chat")]
    Chat {
        /// The speaker.
        from: Name,
        /// As typed; text, never markup.
        text: String,
        /// The server's clock: milliseconds since 1970-01-01 UTC.
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        at: u64,
    },
    /// A private text; goes to all devices of both.
    #[serde(rename = "text")]
    Text {
        /// The writer.
        from: Name,
        /// The reader.
        to: Name,
        /// As typed; text, never markup.
        text: String,
        /// As in `chat`.
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        at: u64,
    },
    /// Somebody in a list of this device's [`crate::RingRule`] has another name now; the server has
    /// changed its copy.
    #[serde(rename = "rings.renamed")]
    RingsRenamed {
        /// The name in the list.
        from: Name,
        /// The name to put in its place.
        to: Name,
    },
    /// Answers `ping`.
    #[serde(rename = "pong")]
    Pong {},
    /// A call comes in: ring.
    #[serde(rename = "call.invite")]
    CallInvite {
        /// Which call.
        call_id: CallId,
        /// The true caller.
        from: Person,
        /// What the caller wants to send.
        media: Media,
        /// How much of the ring limit is left, in milliseconds.
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        remaining_ms: u64,
        /// Opaque; as the caller sent it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        setup: Option<String>,
    },
    /// To the caller: the invite was handed to this device of the callee.
    #[serde(rename = "call.reached")]
    CallReached {
        /// Which call.
        call_id: CallId,
        /// Which device.
        device: DeviceId,
    },
    /// To the caller: this device of the callee rings, audibly.
    #[serde(rename = "call.ringing")]
    CallRinging {
        /// Which call.
        call_id: CallId,
        /// Which device.
        device: DeviceId,
    },
    /// To the caller: the ringing was silenced on this device.
    #[serde(rename = "call.silenced")]
    CallSilenced {
        /// Which call.
        call_id: CallId,
        /// Which device.
        device: DeviceId,
    },
    /// To both ends: the call is answered, media may start; the caller makes the offer.
    ///
    /// Also sent to confirm `call.resume`, and then with fresh ICE servers.
    #[serde(rename = "call.accepted")]
    CallAccepted {
        /// Which call.
        call_id: CallId,
        /// The receiver's role.
        role: Role,
        /// The other end.
        peer: Person,
        /// What the other end wants to send.
        media: Media,
        /// Good for this call and for a short time.
        ice_servers: Vec<IceServer>,
        /// On glare: the receiver's own call, which this one takes the place of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        replaces: Option<CallId>,
        /// Opaque; as the other end sent it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        setup: Option<String>,
    },
    /// The call is over. Final; may come more than once; repeats mean nothing.
    #[serde(rename = "call.ended")]
    CallEnded {
        /// Which call.
        call_id: CallId,
        /// Why.
        reason: EndReason,
        /// Who.
        by: EndedBy,
    },
    /// A body from the other end of an answered call.
    #[serde(rename = "call.signal")]
    CallSignal {
        /// Which call.
        call_id: CallId,
        /// The true sender.
        from: Name,
        /// As the sender counted.
        seq: u32,
        /// As the sender sent it.
        body: String,
    },
    /// A message could not be carried out. The connection lives on unless the code says otherwise.
    #[serde(rename = "error")]
    Error {
        /// Stable; programs match on this.
        code: ErrorCode,
        /// For people; may change.
        text: String,
        /// The `type` of the message at fault, where it had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        about: Option<String>,
        /// The call at fault.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        call_id: Option<CallId>,
    },
}

impl ServerMessage {
    /// Reads one frame.
    pub fn decode(frame: &str) -> Result<Self, DecodeError> {
        let kind = message_type(frame)?;
        serde_json::from_str(frame).map_err(|error| {
            if Self::TYPES.contains(&kind.as_str()) {
                DecodeError::Invalid { kind, detail: error.to_string() }
            } else {
                DecodeError::UnknownType { kind }
            }
        })
    }

    /// Writes one frame.
    pub fn encode(&self) -> String {
        crate::error::encode(self)
    }

    /// The `type` of each message that the server sends.
    pub const TYPES: &'static [&'static str] = &[
        "hello",
        "welcome",
        "presence",
        "presence.changed",
        "chat",
        "text",
        "rings.renamed",
        "pong",
        "call.invite",
        "call.reached",
        "call.ringing",
        "call.silenced",
        "call.accepted",
        "call.ended",
        "call.signal",
        "error",
    ];
}
