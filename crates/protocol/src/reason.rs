//! The roles of a call and the reasons for its end.

use serde::{Deserialize, Serialize};

/// Which end of a call one is. Each call has exactly one of each, also after glare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum Role {
    /// Placed the call; makes the first offer; the impolite peer of perfect negotiation.
    Caller,
    /// Was called; the polite peer.
    Callee,
}

impl Role {
    /// The other end's role.
    pub fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }
}

/// Why a call ended. Both ends are told the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum EndReason {
    /// Another device of the callee accepted.
    AnsweredElsewhere,
    /// The callee is in another call.
    Busy,
    /// The caller gave up before an answer.
    Cancelled,
    /// Media did not connect in time after the answer.
    ConnectFailed,
    /// Media was lost and did not come back in time.
    ConnectionLost,
    /// The callee said no.
    Declined,
    /// Another device of the callee declined.
    DeclinedElsewhere,
    /// Both called each other; this call gave way to the other one.
    GlareLost,
    /// Somebody hung up an answered call.
    HungUp,
    /// A side closed its app or page.
    Left,
    /// Nobody answered within the ring limit.
    NoAnswer,
    /// A side has no microphone or camera that works.
    NoDevice,
    /// A side refused the microphone or camera.
    NoPermission,
    /// The callee does not take calls from this caller.
    NotAllowed,
    /// An end could not prove who it is, or a message between the ends was changed on its way.
    NotSecure,
    /// The caller has called too often; never in `call.ended`, it stands for the error
    /// `rate_limited`.
    RateLimited,
    /// The same peer called anew, so the old call gave way.
    Replaced,
    /// The server could not go on with the call.
    ServerError,
    /// No device of the callee could be reached.
    Unreachable,
    /// The two sides speak different versions.
    Version,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum EndedBy {
    /// The caller.
    Caller,
    /// The callee, or one of the callee's devices.
    Callee,
    /// The server: a limit, a rule, or a lost peer.
    Server,
}

impl From<Role> for EndedBy {
    fn from(role: Role) -> Self {
        match role {
            Role::Caller => Self::Caller,
            Role::Callee => Self::Callee,
        }
    }
}
