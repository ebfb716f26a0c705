//! The key of this device, which is also its identity: made silently at the first start.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use ringdove_protocol::{
    ClientMessage, DeviceKey, DeviceLink, Name, Nonce, RingRule, Signature, VERSION,
    device_link_transcript, login_transcript,
};
use zeroize::Zeroizing;

/// The 32 secret bytes that a device key is made from (RFC 8032, section 5.1.5).
///
/// Wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; Self::BYTES]>);

/// A text that is not the form of a [`Seed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {} bytes as unpadded base64url", Seed::BYTES)]
pub struct SeedError;

impl Seed {
    /// How many bytes it holds.
    pub const BYTES: usize = 32;

    /// Takes bytes from a source that nobody can guess.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the form that [`Seed::to_text`] writes.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| SeedError)?);
        let bytes = <[u8; Self::BYTES]>::try_from(bytes.as_slice()).map_err(|_| SeedError)?;
        Ok(Self::from_bytes(bytes))
    }

    /// The secret as unpadded base64url, for a place that only its owner can read.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }
}

/// Redacted: the secret never reaches a log.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A device that can prove who it is.
#[derive(Clone)]
pub struct Identity(SigningKey);

impl Identity {
    /// The identity that belongs to a seed; the same seed always gives the same one.
    pub fn from_seed(seed: &Seed) -> Self {
        Self(SigningKey::from_bytes(&seed.0))
    }

    /// The public key.
    pub fn device_key(&self) -> DeviceKey {
        DeviceKey::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// Signs with the device's key.
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).to_bytes())
    }

    /// Says that another device is of the account whose first device this is.
    pub(crate) fn vouch(&self, device: &DeviceKey) -> DeviceLink {
        let account_key = self.device_key();
        let signature = self.sign(&device_link_transcript(&account_key, device));
        DeviceLink { account_key, signature }
    }

    /// The login that answers a server's `hello`.
    pub fn login(
        &self,
        server: &str,
        nonce: &Nonce,
        name: &Name,
        link: Option<&DeviceLink>,
        rings: &RingRule,
        invite: Option<&str>,
    ) -> ClientMessage {
        let device_key = self.device_key();
        let signature = self.sign(&login_transcript(server, nonce, name, &device_key));
        ClientMessage::Login {
            v: VERSION,
            name: name.clone(),
            device_key,
            signature,
            link: link.cloned(),
            rings: (*rings != RingRule::default()).then(|| Box::new(rings.clone())),
            invite: invite.map(str::to_owned),
        }
    }
}

/// Shows the public half only.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.device_key()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ed25519_dalek::VerifyingKey;

    use super::*;

    #[test]
    fn login_is_signed_by_the_device_key() {
        let identity = Identity::from_seed(&Seed::from_bytes([7; 32]));
        let (nonce, name) = (Nonce::from_bytes([9; 32]), Name::parse("Anna").unwrap());

        let login = identity.login("server", &nonce, &name, None, &RingRule::default(), None);

        let ClientMessage::Login { device_key, signature, .. } = login else { panic!("{login:?}") };
        let key = VerifyingKey::from_bytes(device_key.as_bytes()).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        let signed = login_transcript("server", &nonce, &name, &device_key);
        key.verify_strict(&signed, &signature).unwrap();
        let other = login_transcript("other", &nonce, &name, &device_key);
        assert!(key.verify_strict(&other, &signature).is_err());
    }

    #[test]
    fn seed_is_read_back_and_never_printed() {
        let seed = Seed::from_bytes([200; 32]);
        let text = seed.to_text();
        assert_eq!(Seed::parse(&text).unwrap().to_text(), text);
        assert!(Seed::parse("short").is_err());
        assert_eq!(format!("{seed:?}"), "Seed(..)");
        assert!(!format!("{:?}", Identity::from_seed(&seed)).contains(text.as_str()));
    }
}
