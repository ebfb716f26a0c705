//! Identifiers, keys and signatures: fixed-size byte strings, written as unpadded base64url.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {bytes} bytes as unpadded base64url ({chars} characters)")]
pub struct IdError {
    bytes: usize,
    chars: usize,
}

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string", export_to = "protocol.ts"))]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// How many bytes it holds.
            pub const BYTES: usize = $bytes;

            /// Wraps the bytes; their meaning is the caller's affair.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The bytes themselves.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Reads the base64url form.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let error = IdError { bytes: $bytes, chars: ($bytes * 4_usize).div_ceil(3) };
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| error.clone())?;
                bytes.try_into().map(Self).map_err(|_| error)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(de::Error::custom)
            }
        }
    };
}

bytes_id! {
    /// A public X25519 key (RFC 7748), made for one call.
    AgreementKey, 32
}
bytes_id! {
    /// A random number that hides what a [`Commitment`] is to.
    Blind, 32
}
bytes_id! {
    /// A SHA-256 digest that fixes a key before it is shown.
    Commitment, 32
}
bytes_id! {
    /// Names one call: 128 random bits, chosen by the caller (by the server for a guest's call).
    ///
    /// Ordered bytewise; on glare the smaller id wins.
    CallId, 16
}
bytes_id! {
    /// Names one device of a user: the first 8 bytes of its [`DeviceKey`].
    DeviceId, 8
}
bytes_id! {
    /// The public Ed25519 key of a device (RFC 8032), which is also its identity.
    DeviceKey, 32
}
bytes_id! {
    /// A random number that the server sends once for each connection; the login signs it.
    Nonce, 32
}
bytes_id! {
    /// Names one connection: 128 random bits, unguessable.
    SessionId, 16
}
bytes_id! {
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
}

impl DeviceKey {
    /// The short name of the device that holds this key.
    pub fn device_id(&self) -> DeviceId {
        let mut id = [0; DeviceId::BYTES];
        id.copy_from_slice(&self.0[..DeviceId::BYTES]);
        DeviceId(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_read_back() {
        let id = CallId::from_bytes([0xfe; 16]);
        assert_eq!(CallId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn wrong_length_and_alphabet_are_refused() {
        for text in ["", "AAAA", "!!!!!!!!!!!!!!!!!!!!!!", "AAAAAAAAAAAAAAAAAAAAAA=="] {
            assert!(CallId::parse(text).is_err(), "{text:?}");
        }
    }
}
