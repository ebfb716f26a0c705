//! From two halves of a key agreement to the keys of a call.

use hkdf::Hkdf;
use ringdove_protocol::{AgreementKey, Blind, Commitment, Role, transcript as fields};
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::{Facts, Pictures, SealError, Session, facts::Agreed};

/// Fixes a key without showing it.
pub(crate) fn commit(key: &AgreementKey, blind: &Blind) -> Commitment {
    let promised = fields(&[b"ringdove-commitment-v1", key.as_bytes(), blind.as_bytes()]);
    Commitment::from_bytes(Sha256::digest(promised).into())
}

/// The public half of a secret.
pub(crate) fn public(secret: &StaticSecret) -> AgreementKey {
    AgreementKey::from_bytes(PublicKey::from(secret).to_bytes())
}

/// The session of one end: X25519 (RFC 7748), then HKDF with SHA-256 (RFC 5869).
pub(crate) fn derive(
    role: Role,
    facts: &Facts,
    agreed: &Agreed,
    caller_key: &AgreementKey,
    own: &StaticSecret,
) -> Result<Session, SealError> {
    let theirs = match role {
        Role::Caller => agreed.callee_key,
        Role::Callee => *caller_key,
    };
    let shared = own.diffie_hellman(&PublicKey::from(*theirs.as_bytes()));
    if !shared.was_contributory() {
        return Err(SealError::WeakKey);
    }
    let schedule = Hkdf::<Sha256>::new(Some(facts.call.as_bytes()), shared.as_bytes());
    let expand = |purpose: &[u8]| {
        let info = fields(&[
            b"ringdove-call-v1",
            purpose,
            facts.server.as_bytes(),
            facts.call.as_bytes(),
            facts.caller.as_str().as_bytes(),
            facts.callee.as_str().as_bytes(),
            agreed.caller.account.as_bytes(),
            agreed.callee.account.as_bytes(),
            agreed.caller.device.as_bytes(),
            agreed.callee.device.as_bytes(),
            agreed.commitment.as_bytes(),
            agreed.callee_key.as_bytes(),
            caller_key.as_bytes(),
        ]);
        let mut key = Zeroizing::new([0; 32]);
        // It fails for more than 255 blocks only, and this is one.
        #[expect(clippy::expect_used, reason = "see above")]
        schedule.expand(&info, key.as_mut_slice()).expect("one block");
        key
    };
    let (of_caller, of_callee) = (expand(b"caller"), expand(b"callee"));
    let pictures = Pictures::from_key(&expand(b"compare"));
    Ok(match role {
        Role::Caller => Session::new(role, facts.call, &of_caller, &of_callee, pictures),
        Role::Callee => Session::new(role, facts.call, &of_callee, &of_caller, pictures),
    })
}
