//! Signatures of devices (Ed25519, RFC 8032), checked strictly.

use ed25519_dalek::VerifyingKey;
use ringdove_protocol::{DeviceKey, Signature, Speaker, device_link_transcript};

use crate::SealError;

/// A device that can prove who it is.
pub trait Signer {
    /// The device, and the account that vouches for it.
    fn speaker(&self) -> Speaker;

    /// Signs with the device's key.
    fn sign(&self, message: &[u8]) -> Signature;
}

/// Whether the device signed the message, and its account vouches for it.
pub(crate) fn check(
    speaker: &Speaker,
    message: &[u8],
    signature: &Signature,
) -> Result<(), SealError> {
    verify(&speaker.device, message, signature)?;
    if let Some(link) = &speaker.link {
        let vouched = device_link_transcript(&link.account_key, &speaker.device);
        verify(&link.account_key, &vouched, &link.signature)?;
    }
    Ok(())
}

fn verify(key: &DeviceKey, message: &[u8], signature: &Signature) -> Result<(), SealError> {
    let key = VerifyingKey::from_bytes(key.as_bytes()).map_err(|_| SealError::Signature)?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    key.verify_strict(message, &signature).map_err(|_| SealError::Signature)
}
