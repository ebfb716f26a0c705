//! Why a call is not secure.

/// Why a call is not secure. Each of them means: end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The opening does not fit the commitment of the invite.
    #[error("the caller's key is not the one that the invite promised")]
    Commitment,
    /// A public key that leads to a secret which everybody knows (RFC 7748, section 6.1).
    #[error("a key of the call is a weak one")]
    WeakKey,
    /// A signature is wrong: of the device over its message, or of the account over the device.
    #[error("a signature does not fit")]
    Signature,
    /// Not what the other end sealed for this place in this call.
    #[error("a message was changed, or is not of this call")]
    Tampered,
}
