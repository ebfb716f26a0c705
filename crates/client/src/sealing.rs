//! The seal of each call: what the agent says is signed and sealed here on its way out, and checked
//! and opened on its way in.
//!
//! The agent's rules know nothing of it. What is not as it must be never reaches them, and ends
//! the call instead: there is no way back to an open one. Only with guests of the tutorial's protocol,
//! whom the user sees as not verified, things are said openly.

use std::collections::BTreeMap;

use ringdove_protocol::{
    CallId, ClientMessage, DeviceKey, DeviceLink, EndReason, Media, Name, Opening, Person,
    PersonKind, Role, SEALED_VERSION, SealedBody, ServerMessage, Setup, SetupError, Signature,
    Speaker,
};
use ringdove_seal::{
    Accepting, CALLEE_SECRET_BYTES, CALLER_SECRET_BYTES, Caller, Facts, Invited, SealError,
    Session, Signer,
};
use zeroize::Zeroizing;

use crate::{Entropy, Identity};

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

/// What became of a message of the server.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    /// For the agent.
    pub(crate) message: Option<ServerMessage>,
    /// To be sent before whatever the agent says to it.
    pub(crate) replies: Vec<ClientMessage>,
    /// Whom the call turned out to be with.
    pub(crate) met: Option<Met>,
}

/// The other end has proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    /// The key that it is known by.
    pub(crate) account: DeviceKey,
    /// What to compare; none before both have the keys.
    pub(crate) pictures: Option<[u8; 5]>,
}

impl From<ServerMessage> for Opened {
    fn from(message: ServerMessage) -> Self {
        Self { message: Some(message), ..Self::default() }
    }
}

impl Sealing {
    pub(crate) fn new(identity: Identity, link: Option<DeviceLink>) -> Self {
        Self { device: Device { identity, link }, calls: BTreeMap::new() }
    }

    /// The key that this user is known by.
    pub(crate) fn account(&self) -> DeviceKey {
        self.device.speaker().account()
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

    /// What a message becomes on its way out: nothing if it has to wait, or has no call any more.
    pub(crate) fn seal(
        &mut self,
        message: ClientMessage,
        entropy: &mut Entropy,
    ) -> Vec<ClientMessage> {
        match message {
            ClientMessage::CallInvite { call_id, to, media, .. } => {
                let setup = match self.calls.get(&call_id) {
                    Some(Stage::Placed { caller, .. }) => {
                        Some(Setup::Invite(caller.setup().clone()).encode())
                    }
                    // The callee has answered: the server only needs to be asked again.
                    Some(Stage::Guest | Stage::Sealed { .. }) => None,
                    Some(Stage::Ringing(_) | Stage::Answered(_)) | None => return Vec::new(),
                };
                vec![ClientMessage::CallInvite { call_id, to, media, setup }]
            }
            ClientMessage::CallAccept { call_id, media, .. } => {
                self.accept(call_id, media, false, entropy).into_iter().collect()
            }
            ClientMessage::CallSignal { call_id, seq, body } => {
                self.seal_signal(call_id, seq, body).into_iter().collect()
            }
            ClientMessage::CallResume { call_id, .. } => {
                let again = match self.calls.get(&call_id) {
                    Some(Stage::Answered(answered)) if answered.late => {
                        Some(answered.message(call_id))
                    }
                    Some(_) | None => None,
                };
                std::iter::once(message).chain(again).collect()
            }
            // Nothing in them is for the other end alone.
            ClientMessage::Login { .. }
            | ClientMessage::Rename { .. }
            | ClientMessage::Chat { .. }
            | ClientMessage::Text { .. }
            | ClientMessage::Ping {}
            | ClientMessage::Rings { .. }
            | ClientMessage::CallRinging { .. }
            | ClientMessage::CallSilenced { .. }
            | ClientMessage::CallDecline { .. }
            | ClientMessage::CallCancel { .. }
            | ClientMessage::CallHangup { .. } => vec![message],
        }
    }

    fn seal_signal(&mut self, call_id: CallId, seq: u32, body: String) -> Option<ClientMessage> {
        let body = match self.calls.get_mut(&call_id)? {
            Stage::Guest => body,
            Stage::Sealed { session, opening } => sealed(session, opening.clone(), seq, &body),
            Stage::Answered(answered) => {
                if answered.held.len() < HELD {
                    answered.held.push((seq, body));
                }
                return None;
            }
            Stage::Placed { .. } | Stage::Ringing(_) => return None,
        };
        Some(ClientMessage::CallSignal { call_id, seq, body })
    }

    /// The accept of a call that rings here, the first time and again.
    fn accept(
        &mut self,
        call_id: CallId,
        media: Media,
        late: bool,
        entropy: &mut Entropy,
    ) -> Option<ClientMessage> {
        if let Stage::Ringing(invited) = self.calls.get(&call_id)? {
            let mut secret = Zeroizing::new([0; CALLEE_SECRET_BYTES]);
            entropy(secret.as_mut_slice());
            let accepting = invited.accept(&self.device, media, &secret);
            let (caller, held) = (invited.account(), Vec::new());
            let answered = Answered { caller, accepting, media, late, held };
            self.calls.insert(call_id, Stage::Answered(answered));
        }
        match self.calls.get(&call_id)? {
            Stage::Guest => Some(ClientMessage::CallAccept { call_id, media, setup: None }),
            Stage::Answered(answered) => Some(answered.message(call_id)),
            Stage::Placed { .. } | Stage::Ringing(_) | Stage::Sealed { .. } => None,
        }
    }

    /// Checks and opens a message of the server. An error ends the call, for its reason.
    pub(crate) fn open(
        &mut self,
        place: Place<'_>,
        message: ServerMessage,
        entropy: &mut Entropy,
    ) -> Result<Opened, EndReason> {
        match message {
            ServerMessage::CallInvite { call_id, ref from, media, ref setup, .. } => self
                .invited(place, call_id, from, media, setup.as_deref())
                .map(|met| Opened { met, ..message.into() }),
            ServerMessage::CallAccepted { .. } => self.accepted(place, message, entropy),
            ServerMessage::CallSignal { call_id, from, seq, body } => {
                self.signal(call_id, from, seq, body).map_err(|_| EndReason::NotSecure)
            }
            // The server's own word.
            ServerMessage::Hello { .. }
            | ServerMessage::Welcome { .. }
            | ServerMessage::Presence { .. }
            | ServerMessage::PresenceChanged { .. }
            | ServerMessage::Chat { .. }
            | ServerMessage::Text { .. }
            | ServerMessage::Pong {}
            | ServerMessage::RingsRenamed { .. }
            | ServerMessage::CallReached { .. }
            | ServerMessage::CallRinging { .. }
            | ServerMessage::CallSilenced { .. }
            | ServerMessage::CallEnded { .. }
            | ServerMessage::Error { .. } => Ok(message.into()),
        }
    }

    fn invited(
        &mut self,
        place: Place<'_>,
        call: CallId,
        from: &Person,
        media: Media,
        setup: Option<&str>,
    ) -> Result<Option<Met>, EndReason> {
        // Repeated: what counted before counts.
        if self.calls.contains_key(&call) {
            return Ok(None);
        }
        let (stage, met) = match from.kind {
            PersonKind::Guest => (Stage::Guest, None),
            PersonKind::User => {
                let invited = self.check_invite(place, call, &from.name, media, setup)?;
                let met = Met { account: invited.account(), pictures: None };
                (Stage::Ringing(invited), Some(met))
            }
        };
        self.calls.insert(call, stage);
        Ok(met)
    }

    fn check_invite(
        &self,
        place: Place<'_>,
        call: CallId,
        from: &Name,
        media: Media,
        setup: Option<&str>,
    ) -> Result<Invited, EndReason> {
        let Setup::Invite(setup) = decode(setup)? else { return Err(EndReason::NotSecure) };
        let facts = place.facts(call, from, place.name);
        Invited::check(facts, setup, media).map_err(|_| EndReason::NotSecure)
    }

    fn accepted(
        &mut self,
        place: Place<'_>,
        message: ServerMessage,
        entropy: &mut Entropy,
    ) -> Result<Opened, EndReason> {
        let ServerMessage::CallAccepted {
            call_id, role, ref peer, media, replaces, ref setup, ..
        } = message
        else {
            return Ok(message.into());
        };
        let is_guest = peer.kind == PersonKind::Guest;
        match (role, self.calls.get(&call_id)) {
            (_, Some(Stage::Guest)) => {
                if is_guest {
                    Ok(message.into())
                } else {
                    Err(EndReason::NotSecure)
                }
            }
            // It was settled before who that is: a repeat, or a resume.
            (_, Some(Stage::Sealed { .. })) | (Role::Callee, Some(Stage::Answered(_))) => {
                if is_guest {
                    Err(EndReason::NotSecure)
                } else {
                    Ok(message.into())
                }
            }
            (Role::Caller, Some(Stage::Placed { caller, .. })) => {
                let accept = match decode(setup.as_deref())? {
                    Setup::Accept(accept) => accept,
                    // Glare: the callee placed a call too and has not answered this one yet. Its
                    // accept follows; until then no key of this end may be shown.
                    Setup::Invite(_) => return Ok(Opened::default()),
                };
                let session = caller.conclude(&accept, media).map_err(|_| EndReason::NotSecure)?;
                let pictures = Some(session.pictures().numbers());
                let met = Some(Met { account: accept.speaker.account(), pictures });
                let opening = Some(caller.opening().clone());
                self.calls.insert(call_id, Stage::Sealed { session, opening });
                Ok(Opened { met, ..message.into() })
            }
            // Glare, and this end's call gave way: what it wanted to send is its answer.
            (Role::Callee, _) if replaces.is_some_and(|lost| self.calls.contains_key(&lost)) => {
                let own = replaces.and_then(|lost| self.calls.get(&lost));
                match own {
                    Some(Stage::Guest) if is_guest => {
                        self.calls.insert(call_id, Stage::Guest);
                        Ok(message.into())
                    }
                    Some(Stage::Placed { media: own, .. }) if !is_guest => {
                        let own = *own;
                        let peer = &peer.name;
                        let invited =
                            self.check_invite(place, call_id, peer, media, setup.as_deref())?;
                        let met = Some(Met { account: invited.account(), pictures: None });
                        self.calls.insert(call_id, Stage::Ringing(invited));
                        let accept = self.accept(call_id, own, true, entropy);
                        let replies = accept.into_iter().collect();
                        Ok(Opened { met, replies, ..message.into() })
                    }
                    Some(_) | None => Err(EndReason::NotSecure),
                }
            }
            // Of no call of this device: the agent says so.
            (_, None) if replaces.is_none() => Ok(message.into()),
            (_, _) => Err(EndReason::NotSecure),
        }
    }

    fn signal(
        &mut self,
        call_id: CallId,
        from: Name,
        seq: u32,
        body: String,
    ) -> Result<Opened, SealError> {
        let Some(stage) = self.calls.get_mut(&call_id) else { return Ok(Opened::default()) };
        let signal = |body| ServerMessage::CallSignal { call_id, from, seq, body };
        match stage {
            Stage::Guest => Ok(signal(body).into()),
            // Nobody has said yes, so there is nobody to hear it.
            Stage::Placed { .. } | Stage::Ringing(_) => Ok(Opened::default()),
            Stage::Sealed { session, opening } => {
                let body = SealedBody::decode(&body).ok_or(SealError::Tampered)?;
                let text = session.open(seq, &body.sealed)?;
                *opening = None;
                Ok(signal(text).into())
            }
            Stage::Answered(Answered { caller, accepting, held, .. }) => {
                let body = SealedBody::decode(&body).ok_or(SealError::Tampered)?;
                let session = accepting.open(&body.opening.ok_or(SealError::Tampered)?)?;
                let text = session.open(seq, &body.sealed)?;
                let send = |(seq, text): (u32, String)| {
                    let body = sealed(&session, None, seq, &text);
                    ClientMessage::CallSignal { call_id, seq, body }
                };
                let replies = std::mem::take(held).into_iter().map(send).collect();
                let pictures = Some(session.pictures().numbers());
                let met = Some(Met { account: *caller, pictures });
                *stage = Stage::Sealed { session, opening: None };
                Ok(Opened { message: Some(signal(text)), replies, met })
            }
        }
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

/// Reads a setup that must be there.
fn decode(setup: Option<&str>) -> Result<Setup, EndReason> {
    match setup.map(Setup::decode) {
        Some(Ok(setup)) => Ok(setup),
        Some(Err(SetupError::Version(_))) => Err(EndReason::Version),
        Some(Err(SetupError::Invalid(_))) | None => Err(EndReason::NotSecure),
    }
}
