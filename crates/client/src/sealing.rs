//! The seal of each call: what the agent says is signed and sealed here on its way out, and checked
//! and opened on its way in.
//!
//! The agent's rules know nothing of it. What is not as it must be never reaches them, and ends
//! the call instead: there is no way back to an open one. Only with guests of the tutorial's protocol,
//! whom the user sees as not verified, things are said openly.

mod incoming;
mod outgoing;

use std::collections::BTreeMap;

use ringdove_protocol::{
    CallId, ClientMessage, DeviceKey, DeviceLink, Media, Name, Opening, Person, PersonKind,
    SEALED_VERSION, SealedBody, Setup, Signature, Speaker,
};
use ringdove_seal::{Accepting, CALLER_SECRET_BYTES, Caller, Facts, Invited, Session, Signer};
use zeroize::Zeroizing;

use crate::{Entropy, Identity};
pub(crate) use incoming::Met;

/// Signals that wait for the keys; the agent itself keeps no more.
const HELD: usize = 64;

/// Where and as whom a message is sent or came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// `hello.server`.
    pub(crate) server: &'a str,
    /// One's own name.
    pub(crate) name: &'a Name,
}

/// The calls of one device, and the key that vouches for it.
#[derive(Debug)]
pub(crate) struct Sealing {
    device: Device,
    calls: BTreeMap<CallId, Stage>,
}

#[derive(Debug)]
struct Device {
    identity: Identity,
    link: Option<DeviceLink>,
}

impl Signer for Device {
    fn speaker(&self) -> Speaker {
        Speaker { device: self.identity.device_key(), link: self.link.clone() }
    }

    fn sign(&self, message: &[u8]) -> Signature {
        self.identity.sign(message)
    }
}

/// How far a call's keys are.
#[derive(Debug)]
enum Stage {
    /// The other end is a guest: nothing is sealed.
    Guest,
    /// Placed here: the callee's half is missing.
    Placed { caller: Caller, media: Media },
    /// Rings here; its caller has proved who they are.
    Ringing(Invited),
    /// Answered here: the caller's opening is missing.
    Answered(Answered),
    /// Both ends have the keys. The opening goes along until the other end is known to have it.
    Sealed { session: Session, opening: Option<Opening> },
}

#[derive(Debug)]
struct Answered {
    caller: DeviceKey,
    accepting: Accepting,
    media: Media,
    /// Glare: the accept went out after the server had called the call accepted, so only this end
    /// knows whether it arrived.
    late: bool,
    held: Vec<(u32, String)>,
}

impl Sealing {
    pub(crate) fn new(identity: Identity, link: Option<DeviceLink>) -> Self {
        Self { device: Device { identity, link }, calls: BTreeMap::new() }
    }

    /// The key that this user is known by.
    pub(crate) fn account(&self) -> DeviceKey {
        self.device.speaker().account()
    }

    /// For the calls from now on.
    pub(crate) fn set_link(&mut self, link: Option<DeviceLink>) {
        self.device.link = link;
    }

    /// The user calls somebody.
    pub(crate) fn place(
        &mut self,
        place: Place<'_>,
        call: CallId,
        to: &Person,
        media: Media,
        entropy: &mut Entropy,
    ) {
        let stage = match to.kind {
            PersonKind::Guest => Stage::Guest,
            PersonKind::User => {
                let mut secret = Zeroizing::new([0; CALLER_SECRET_BYTES]);
                entropy(secret.as_mut_slice());
                let facts = place.facts(call, place.name, &to.name);
                Stage::Placed { caller: Caller::new(&self.device, facts, media, &secret), media }
            }
        };
        self.calls.insert(call, stage);
    }

    /// Forgets all calls but this one.
    pub(crate) fn keep(&mut self, open: Option<CallId>) {
        self.calls.retain(|call, _| Some(*call) == open);
    }
}

impl Answered {
    fn message(&self, call_id: CallId) -> ClientMessage {
        let setup = Some(Setup::Accept(self.accepting.setup().clone()).encode());
        ClientMessage::CallAccept { call_id, media: self.media, setup }
    }
}

impl Place<'_> {
    fn facts(&self, call: CallId, caller: &Name, callee: &Name) -> Facts {
        let (server, caller, callee) = (self.server.to_owned(), caller.clone(), callee.clone());
        Facts { server, call, caller, callee }
    }
}

fn sealed(session: &Session, opening: Option<Opening>, seq: u32, text: &str) -> String {
    SealedBody { v: SEALED_VERSION, opening, sealed: session.seal(seq, text) }.encode()
}
