//! The caller's half.

use ringdove_protocol::{
    AcceptSetup, AgreementKey, Blind, InviteSetup, Media, Opening, Role, SETUP_VERSION,
};
use x25519_dalek::StaticSecret;

use crate::{
    Facts, SealError, Session, Signer,
    facts::{Agreed, Keys},
    keys, sign,
};

/// How many random bytes a caller needs for one call.
pub const CALLER_SECRET_BYTES: usize = 64;

/// A call that was placed and is not answered yet.
pub struct Caller {
    facts: Facts,
    secret: StaticSecret,
    opening: Opening,
    setup: InviteSetup,
}

impl Caller {
    /// Promises a key. `secret` is random and of this call only; `media` is what the invite says.
    pub fn new(
        signer: &impl Signer,
        facts: Facts,
        media: Media,
        secret: &[u8; CALLER_SECRET_BYTES],
    ) -> Self {
        let (mut key, mut blind) = ([0; 32], [0; 32]);
        key.copy_from_slice(&secret[..32]);
        blind.copy_from_slice(&secret[32..]);
        let secret = StaticSecret::from(key);
        let opening = Opening { key: keys::public(&secret), blind: Blind::from_bytes(blind) };
        let commitment = keys::commit(&opening.key, &opening.blind);
        let speaker = signer.speaker();
        let signature = signer.sign(&facts.invite(Keys::from(&speaker), &commitment, media));
        let setup = InviteSetup { v: SETUP_VERSION, speaker, commitment, signature };
        Self { facts, secret, opening, setup }
    }

    /// What goes into the invite.
    pub fn setup(&self) -> &InviteSetup {
        &self.setup
    }

    /// What the callee needs to open the first signals. Not to be shown before
    /// [`Caller::conclude`] has succeeded: whoever knows it could choose a key to fit.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Takes the callee's answer; `media` is what the accept says.
    pub fn conclude(&self, accept: &AcceptSetup, media: Media) -> Result<Session, SealError> {
        let agreed = Agreed {
            caller: Keys::from(&self.setup.speaker),
            callee: Keys::from(&accept.speaker),
            commitment: self.setup.commitment,
            callee_key: accept.key,
        };
        sign::check(&accept.speaker, &self.facts.accept(&agreed, media), &accept.signature)?;
        let own: &AgreementKey = &self.opening.key;
        keys::derive(Role::Caller, &self.facts, &agreed, own, &self.secret)
    }
}

/// Redacted: holds a secret.
impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("call", &self.facts.call).finish_non_exhaustive()
    }
}
