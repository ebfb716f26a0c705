//! Two people with fixed keys.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ed25519_dalek::{Signer as _, SigningKey};
use ringdove_protocol::{
    AcceptSetup, AgreementKey, CallId, DeviceKey, DeviceLink, Media, Name, SETUP_VERSION,
    Signature, Speaker, device_link_transcript, transcript,
};
use ringdove_seal::{Accepting, Caller, Facts, Invited, Session, Signer};

/// A device, of an account that may be another one's.
pub(crate) struct Device {
    key: SigningKey,
    link: Option<DeviceLink>,
}

impl Device {
    pub(crate) fn first(seed: u8) -> Self {
        Self { key: SigningKey::from_bytes(&[seed; 32]), link: None }
    }

    pub(crate) fn further(seed: u8, account: &Device) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let account_key = account.public();
        let device = DeviceKey::from_bytes(key.verifying_key().to_bytes());
        let signature = account.sign(&device_link_transcript(&account_key, &device));
        Self { key, link: Some(DeviceLink { account_key, signature }) }
    }

    pub(crate) fn public(&self) -> DeviceKey {
        DeviceKey::from_bytes(self.key.verifying_key().to_bytes())
    }
}

impl Signer for Device {
    fn speaker(&self) -> Speaker {
        Speaker { device: self.public(), link: self.link.clone() }
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.key.sign(message).to_bytes())
    }
}

pub(crate) fn facts() -> Facts {
    Facts {
        server: "attic".to_owned(),
        call: CallId::from_bytes([9; 16]),
        caller: Name::parse("Anna").unwrap(),
        callee: Name::parse("Ben").unwrap(),
    }
}

/// A call between two devices, set up to its end.
pub(crate) struct Call {
    pub(crate) placed: Caller,
    pub(crate) invited: Invited,
    pub(crate) accepting: Accepting,
    pub(crate) caller: Session,
    pub(crate) callee: Session,
}

pub(crate) fn call(anna: &Device, ben: &Device) -> Call {
    let placed = Caller::new(anna, facts(), Media::VIDEO, &[11; 64]);
    let invited = Invited::check(facts(), placed.setup().clone(), Media::VIDEO).unwrap();
    let accepting = invited.accept(ben, Media::AUDIO, &[12; 32]);
    let caller = placed.conclude(accepting.setup(), Media::AUDIO).unwrap();
    let callee = accepting.open(placed.opening()).unwrap();
    Call { placed, invited, accepting, caller, callee }
}

/// An accept with a key that nobody holds, well signed.
pub(crate) fn accept_with_key(callee: &Device, placed: &Caller, key: AgreementKey) -> AcceptSetup {
    let facts = facts();
    let caller = &placed.setup().speaker;
    let speaker = callee.speaker();
    let signed = transcript(&[
        b"ringdove-accept-v1",
        facts.server.as_bytes(),
        facts.call.as_bytes(),
        facts.caller.as_str().as_bytes(),
        facts.callee.as_str().as_bytes(),
        caller.account().as_bytes(),
        caller.device.as_bytes(),
        placed.setup().commitment.as_bytes(),
        speaker.account().as_bytes(),
        speaker.device.as_bytes(),
        key.as_bytes(),
        &[1, 0],
    ]);
    let signature = callee.sign(&signed);
    AcceptSetup { v: SETUP_VERSION, speaker, key, signature }
}
