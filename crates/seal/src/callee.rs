//! The callee's half.

use ringdove_protocol::{
    AcceptSetup, AgreementKey, DeviceKey, InviteSetup, Media, Opening, Role, SETUP_VERSION,
};
use x25519_dalek::StaticSecret;

use crate::{
    CALLEE_SECRET_BYTES, Facts, SealError, Session, Signer,
    facts::{Agreed, Keys},
    keys, sign,
};

/// A call that rings: its caller has proved who they are.
#[derive(Clone, Debug)]
pub struct Invited {
    facts: Facts,
    setup: InviteSetup,
}

/// A call that was answered and whose keys wait for the caller's opening.
pub struct Accepting {
    facts: Facts,
    agreed: Agreed,
    secret: StaticSecret,
    setup: AcceptSetup,
}

impl Invited {
    /// Checks an invite; `media` is what it says.
    pub fn check(facts: Facts, setup: InviteSetup, media: Media) -> Result<Self, SealError> {
        let signed = facts.invite(Keys::from(&setup.speaker), &setup.commitment, media);
        sign::check(&setup.speaker, &signed, &setup.signature)?;
        Ok(Self { facts, setup })
    }

    /// The key that the caller is known by.
    pub fn account(&self) -> DeviceKey {
        self.setup.speaker.account()
    }

    /// Answers. `secret` is random and of this call only; `media` is what the accept says.
    pub fn accept(
        &self,
        signer: &impl Signer,
        media: Media,
        secret: &[u8; CALLEE_SECRET_BYTES],
    ) -> Accepting {
        let secret = StaticSecret::from(*secret);
        let speaker = signer.speaker();
        let agreed = Agreed {
            caller: Keys::from(&self.setup.speaker),
            callee: Keys::from(&speaker),
            commitment: self.setup.commitment,
            callee_key: keys::public(&secret),
        };
        let signature = signer.sign(&self.facts.accept(&agreed, media));
        let key: AgreementKey = agreed.callee_key;
        let setup = AcceptSetup { v: SETUP_VERSION, speaker, key, signature };
        Accepting { facts: self.facts.clone(), agreed, secret, setup }
    }
}

impl Accepting {
    /// What goes into the accept.
    pub fn setup(&self) -> &AcceptSetup {
        &self.setup
    }

    /// Takes the caller's opening, which comes with the first signal.
    pub fn open(&self, opening: &Opening) -> Result<Session, SealError> {
        if keys::commit(&opening.key, &opening.blind) != self.agreed.commitment {
            return Err(SealError::Commitment);
        }
        keys::derive(Role::Callee, &self.facts, &self.agreed, &opening.key, &self.secret)
    }
}

/// Redacted: holds a secret.
impl std::fmt::Debug for Accepting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accepting").field("call", &self.facts.call).finish_non_exhaustive()
    }
}
