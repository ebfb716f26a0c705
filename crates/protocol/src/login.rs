//! What a device signs.
//!
//! Each field is preceded by its length as a big-endian `u32`, so that no two different logins give
//! the same bytes.

use crate::{DeviceKey, Name, Nonce};

/// The bytes that `login.signature` covers: purpose, server, nonce, name and device key.
pub fn login_transcript(server: &str, nonce: &Nonce, name: &Name, key: &DeviceKey) -> Vec<u8> {
    transcript(&[
        b"ringdove-login-v1",
        server.as_bytes(),
        nonce.as_bytes(),
        name.as_str().as_bytes(),
        key.as_bytes(),
    ])
}

/// The bytes that [`crate::DeviceLink::signature`] covers: purpose, account key and device key.
pub fn device_link_transcript(account_key: &DeviceKey, device_key: &DeviceKey) -> Vec<u8> {
    transcript(&[b"ringdove-device-v1", account_key.as_bytes(), device_key.as_bytes()])
}

/// Fields, each preceded by its length in bytes as a big-endian `u32`.
pub fn transcript(fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        // Fields are names, keys and short texts: their lengths fit.
        bytes.extend_from_slice(&(field.len() as u32).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_fields_changes_the_transcript() {
        let key = DeviceKey::from_bytes([1; 32]);
        let nonce = Nonce::from_bytes([2; 32]);
        let name = |text| Name::parse(text).unwrap_or_else(|e| panic!("{e}"));
        assert_ne!(
            login_transcript("server", &nonce, &name("xAnna"), &key),
            login_transcript("serverx", &nonce, &name("Anna"), &key),
        );
    }
}
