//! What the two ends of a call tell each other so that nobody else can listen: the key agreement in
//! `call.invite` and `call.accept`, and the sealed form of a signal.
//!
//! The server passes all of it on unread. `docs/sealed-calls.md` says what is signed, what is
//! committed to and how keys are derived; the crate `ringdove-seal` does it.

use serde::{Deserialize, Serialize};

use crate::{AgreementKey, Blind, Commitment, DeviceKey, DeviceLink, Signature};

/// The version of [`Setup`] that this crate speaks.
pub const SETUP_VERSION: u32 = 1;

/// The version that stands in [`SealedBody`], so that it can be told from a [`crate::SignalBody`].
pub const SEALED_VERSION: u32 = 2;

/// The text in the member `setup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Setup {
    /// Of the callee: its half of the key agreement.
    Accept(AcceptSetup),
    /// Of the caller: a promise of its half.
    Invite(InviteSetup),
}

/// Who speaks: a device, and the account that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    /// The device's key.
    pub device: DeviceKey,
    /// Present on every device but the first of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<DeviceLink>,
}

impl Speaker {
    /// The key that people know this person by: the first device's.
    pub fn account(&self) -> DeviceKey {
        self.link.as_ref().map_or(self.device, |link| link.account_key)
    }
}

/// What the caller says in `call.invite`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteSetup {
    /// [`SETUP_VERSION`].
    pub v: u32,
    /// The caller.
    #[serde(flatten)]
    pub speaker: Speaker,
    /// To the caller's half of the key agreement.
    pub commitment: Commitment,
    /// Of the device, over the invite.
    pub signature: Signature,
}

/// What the callee says in `call.accept`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptSetup {
    /// [`SETUP_VERSION`].
    pub v: u32,
    /// The callee.
    #[serde(flatten)]
    pub speaker: Speaker,
    /// The callee's half of the key agreement.
    pub key: AgreementKey,
    /// Of the device, over the accept and the invite that it answers.
    pub signature: Signature,
}

/// Why a setup cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// Not a setup of the version that it claims.
    #[error("not a setup: {0}")]
    Invalid(String),
    /// Of a version that is not spoken here.
    #[error("setup version {0} is not spoken here")]
    Version(u32),
}

impl Setup {
    /// Reads the text.
    pub fn decode(text: &str) -> Result<Self, SetupError> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let invalid = |error: serde_json::Error| SetupError::Invalid(error.to_string());
        let Versioned { v } = serde_json::from_str(text).map_err(invalid)?;
        if v != SETUP_VERSION {
            return Err(SetupError::Version(v));
        }
        serde_json::from_str(text).map_err(invalid)
    }

    /// Writes the text.
    pub fn encode(&self) -> String {
        crate::error::encode(self)
    }
}

/// The body of `call.signal` between two users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedBody {
    /// [`SEALED_VERSION`].
    pub v: u32,
    /// In every signal of the caller until it has opened one of the callee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// A [`crate::SignalBody`], encrypted and authenticated, as unpadded base64url.
    pub sealed: String,
}

/// What the caller's [`Commitment`] was to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The caller's half of the key agreement.
    pub key: AgreementKey,
    /// Random, so that the commitment tells nothing.
    pub blind: Blind,
}

impl SealedBody {
    /// Reads a body; none if it is not a sealed one.
    pub fn decode(body: &str) -> Option<Self> {
        serde_json::from_str::<Self>(body).ok().filter(|body| body.v == SEALED_VERSION)
    }

    /// Writes a body.
    pub fn encode(&self) -> String {
        crate::error::encode(self)
    }
}
