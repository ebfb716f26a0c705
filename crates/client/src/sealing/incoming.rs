//! On the way in: what the server passes on is checked and opened.

use ringdove_protocol::{
    CallId, ClientMessage, DeviceKey, EndReason, Media, Name, Person, PersonKind, Role, SealedBody,
    ServerMessage, Setup, SetupError,
};
use ringdove_seal::{Invited, SealError};

use super::{Answered, Place, Sealing, Stage, sealed};
use crate::Entropy;

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

/// Reads a setup that must be there.
fn decode(setup: Option<&str>) -> Result<Setup, EndReason> {
    match setup.map(Setup::decode) {
        Some(Ok(setup)) => Ok(setup),
        Some(Err(SetupError::Version(_))) => Err(EndReason::Version),
        Some(Err(SetupError::Invalid(_))) | None => Err(EndReason::NotSecure),
    }
}
