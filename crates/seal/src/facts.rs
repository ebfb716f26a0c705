//! What both ends of a call must agree on.

use ringdove_protocol::{
    CallId, Commitment, DeviceKey, Media, Name, Speaker, transcript as fields,
};

/// What both ends know of a call before they trust each other. It goes into each signature and
/// into the keys, so that ends who were told different things never come together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `hello.server`.
    pub server: String,
    /// The call.
    pub call: CallId,
    /// The caller's name.
    pub caller: Name,
    /// The callee's name.
    pub callee: Name,
}

/// Who an end is: the two keys that its [`Speaker`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) account: DeviceKey,
    pub(crate) device: DeviceKey,
}

impl From<&Speaker> for Keys {
    fn from(speaker: &Speaker) -> Self {
        Self { account: speaker.account(), device: speaker.device }
    }
}

impl Facts {
    /// The bytes that the caller's device signs.
    pub(crate) fn invite(&self, caller: Keys, commitment: &Commitment, media: Media) -> Vec<u8> {
        fields(&[
            b"ringdove-invite-v1",
            self.server.as_bytes(),
            self.call.as_bytes(),
            self.caller.as_str().as_bytes(),
            self.callee.as_str().as_bytes(),
            caller.account.as_bytes(),
            caller.device.as_bytes(),
            commitment.as_bytes(),
            &flags(media),
        ])
    }

    /// The bytes that the callee's device signs.
    pub(crate) fn accept(&self, agreed: &Agreed, media: Media) -> Vec<u8> {
        fields(&[
            b"ringdove-accept-v1",
            self.server.as_bytes(),
            self.call.as_bytes(),
            self.caller.as_str().as_bytes(),
            self.callee.as_str().as_bytes(),
            agreed.caller.account.as_bytes(),
            agreed.caller.device.as_bytes(),
            agreed.commitment.as_bytes(),
            agreed.callee.account.as_bytes(),
            agreed.callee.device.as_bytes(),
            agreed.callee_key.as_bytes(),
            &flags(media),
        ])
    }
}

/// What is settled once the callee has answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    pub(crate) caller: Keys,
    pub(crate) callee: Keys,
    pub(crate) commitment: Commitment,
    pub(crate) callee_key: ringdove_protocol::AgreementKey,
}

fn flags(media: Media) -> [u8; 2] {
    [u8::from(media.audio), u8::from(media.video)]
}
