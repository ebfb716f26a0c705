//! Signatures of devices (Ed25519, RFC 8032), checked strictly.

use ed25519_dalek::VerifyingKey;
use ringdove_protocol::{DeviceKey, DeviceLink, Signature, Speaker, device_link_transcript};

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
    match &speaker.link {
        Some(link) if !vouched(link, &speaker.device) => Err(SealError::Signature),
        Some(_) | None => Ok(()),
    }
}

/// Whether the account of a link vouches for this very device.
pub fn vouched(link: &DeviceLink, device: &DeviceKey) -> bool {
    let message = device_link_transcript(&link.account_key, device);
    verify(&link.account_key, &message, &link.signature).is_ok()
}

fn verify(key: &DeviceKey, message: &[u8], signature: &Signature) -> Result<(), SealError> {
    let key = VerifyingKey::from_bytes(key.as_bytes()).map_err(|_| SealError::Signature)?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    key.verify_strict(message, &signature).map_err(|_| SealError::Signature)
}
