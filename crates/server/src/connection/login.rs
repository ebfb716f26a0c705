//! The proof that a login is by whom it says.

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};
use ringdove_protocol::{
    DeviceKey, DeviceLink, Name, Nonce, RingRule, Signature, device_link_transcript,
    login_transcript,
};

use crate::{hub::Login, join::Entry};

/// Checks the signatures of a login (RFC 8032, and strictly: no weak key, no second form).
pub(super) fn prove(
    server: &str,
    nonce: &Nonce,
    name: Name,
    device: DeviceKey,
    signature: &Signature,
    link: Option<DeviceLink>,
    entry: Entry,
) -> Option<Login> {
    verify(&device, &login_transcript(server, nonce, &name, &device), signature)?;
    let account = match link {
        Some(DeviceLink { account_key, signature }) => {
            verify(&account_key, &device_link_transcript(&account_key, &device), &signature)?;
            account_key
        }
        None => device,
    };
    Some(Login { account, device, name, rings: RingRule::default(), entry })
}

fn verify(key: &DeviceKey, transcript: &[u8], signature: &Signature) -> Option<()> {
    let key = VerifyingKey::from_bytes(key.as_bytes()).ok()?;
    let signature = Ed25519Signature::from_bytes(signature.as_bytes());
    key.verify_strict(transcript, &signature).ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    const NONCE: Nonce = Nonce::from_bytes([3; 32]);

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap_or_else(|e| panic!("{e}"))
    }

    fn public(key: &SigningKey) -> DeviceKey {
        DeviceKey::from_bytes(key.verifying_key().to_bytes())
    }

    fn sign(key: &SigningKey, transcript: &[u8]) -> Signature {
        Signature::from_bytes(key.sign(transcript).to_bytes())
    }

    #[test]
    fn the_own_signature_proves_the_account() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let signature = sign(&key, &login_transcript("here", &NONCE, &name("Anna"), &public(&key)));
        let login =
            prove("here", &NONCE, name("Anna"), public(&key), &signature, None, Entry::Free);
        assert_eq!(login.map(|login| login.account), Some(public(&key)));
    }

    #[test]
    fn a_login_is_good_for_one_server_nonce_name_and_key() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let other = SigningKey::from_bytes(&[2; 32]);
        let signature = sign(&key, &login_transcript("here", &NONCE, &name("Anna"), &public(&key)));
        let nonce = Nonce::from_bytes([4; 32]);
        let tries = [
            prove("there", &NONCE, name("Anna"), public(&key), &signature, None, Entry::Free),
            prove("here", &nonce, name("Anna"), public(&key), &signature, None, Entry::Free),
            prove("here", &NONCE, name("Ben"), public(&key), &signature, None, Entry::Free),
            prove("here", &NONCE, name("Anna"), public(&other), &signature, None, Entry::Free),
        ];
        assert_eq!(tries, [None, None, None, None]);
    }

    #[test]
    fn a_link_counts_only_with_the_account_keys_signature() {
        let account = SigningKey::from_bytes(&[1; 32]);
        let device = SigningKey::from_bytes(&[2; 32]);
        let signature =
            sign(&device, &login_transcript("here", &NONCE, &name("Anna"), &public(&device)));
        let link_by = |signer: &SigningKey| DeviceLink {
            account_key: public(&account),
            signature: sign(signer, &device_link_transcript(&public(&account), &public(&device))),
        };
        let login = |link| {
            prove(
                "here",
                &NONCE,
                name("Anna"),
                public(&device),
                &signature,
                Some(link),
                Entry::Free,
            )
            .map(|login| login.account)
        };
        assert_eq!(login(link_by(&account)), Some(public(&account)));
        assert_eq!(login(link_by(&device)), None);
    }
}
