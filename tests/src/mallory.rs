//! The strongest attack: a server that plays Ben to Anna and Anna to Ben, with good signatures of a
//! key of its own, and opens, reads and seals anew all that they say.
#![allow(clippy::wildcard_enum_match_arm, reason = "what is of no use to her passes")]

use std::collections::HashMap;

use ed25519_dalek::{Signer as _, SigningKey};
use ringdove_protocol::{
    CallId, ClientMessage, DeviceKey, InviteSetup, Media, Name, SEALED_VERSION, SealedBody, Setup,
    Signature, Speaker,
};
use ringdove_seal::{Accepting, Caller, Facts, Invited, Session, Signer};

use crate::{Frame, Way};

/// What stands between a caller and a callee.
pub struct Mallory {
    key: SigningKey,
    server: String,
    calls: HashMap<CallId, Between>,
    /// What was read of the calls.
    pub read: Vec<String>,
}

/// Both halves of one call.
struct Between {
    facts: Facts,
    /// The true invite, for which a false accept is made.
    invite: InviteSetup,
    invite_media: Media,
    to_callee: Caller,
    from_caller: Option<Accepting>,
    with_caller: Option<Session>,
    with_callee: Option<Session>,
}

impl Signer for Mallory {
    fn speaker(&self) -> Speaker {
        let device = DeviceKey::from_bytes(self.key.verifying_key().to_bytes());
        Speaker { device, link: None }
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.key.sign(message).to_bytes())
    }
}

impl Mallory {
    /// With a key that nobody has met, and the name that the server gave itself.
    pub fn new(server: String) -> anyhow::Result<Self> {
        let key = SigningKey::from_bytes(&random()?);
        Ok(Self { key, server, calls: HashMap::new(), read: Vec::new() })
    }

    /// Takes a frame on its way and gives the one that goes on.
    pub fn tamper(&mut self, mut frame: Frame) -> anyhow::Result<Frame> {
        if frame.way == Way::Up
            && let Some(message) = self.up(&frame.user, ClientMessage::decode(&frame.text)?)?
        {
            frame.text = message.encode();
        }
        Ok(frame)
    }

    fn up(&mut self, user: &str, message: ClientMessage) -> anyhow::Result<Option<ClientMessage>> {
        Ok(match message {
            ClientMessage::CallInvite { call_id, to, media, setup: Some(setup) } => {
                let Setup::Invite(invite) = Setup::decode(&setup)? else { return Ok(None) };
                let (server, caller) = (self.server.clone(), Name::parse(user)?);
                let facts = Facts { server, call: call_id, caller, callee: to.clone() };
                let to_callee = Caller::new(self, facts.clone(), media, &random()?);
                let setup = Some(Setup::Invite(to_callee.setup().clone()).encode());
                let between = Between {
                    facts,
                    invite,
                    invite_media: media,
                    to_callee,
                    from_caller: None,
                    with_caller: None,
                    with_callee: None,
                };
                self.calls.entry(call_id).or_insert(between);
                Some(ClientMessage::CallInvite { call_id, to, media, setup })
            }
            ClientMessage::CallAccept { call_id, media, setup: Some(setup) } => {
                let Setup::Accept(accept) = Setup::decode(&setup)? else { return Ok(None) };
                let Some(mut between) = self.calls.remove(&call_id) else { return Ok(None) };
                between.with_callee = Some(between.to_callee.conclude(&accept, media)?);
                let (facts, invite) = (between.facts.clone(), between.invite.clone());
                let invited = Invited::check(facts, invite, between.invite_media)?;
                let accepting = invited.accept(self, media, &random()?);
                let setup = Some(Setup::Accept(accepting.setup().clone()).encode());
                between.from_caller = Some(accepting);
                self.calls.insert(call_id, between);
                Some(ClientMessage::CallAccept { call_id, media, setup })
            }
            ClientMessage::CallSignal { call_id, seq, body } => {
                let Some(between) = self.calls.get_mut(&call_id) else { return Ok(None) };
                let body = between.reseal(user, seq, &body, &mut self.read)?;
                Some(ClientMessage::CallSignal { call_id, seq, body })
            }
            _ => None,
        })
    }
}

impl Between {
    fn reseal(
        &mut self,
        from: &str,
        seq: u32,
        body: &str,
        read: &mut Vec<String>,
    ) -> anyhow::Result<String> {
        let body = SealedBody::decode(body).ok_or_else(|| anyhow::anyhow!("not sealed: {body}"))?;
        if let (Some(opening), Some(accepting)) = (&body.opening, &self.from_caller) {
            self.with_caller = Some(accepting.open(opening)?);
        }
        let (Some(caller), Some(callee)) = (&self.with_caller, &self.with_callee) else {
            anyhow::bail!("the call has no keys yet");
        };
        let is_caller = from == self.facts.caller.as_str();
        let (own, other) = if is_caller { (caller, callee) } else { (callee, caller) };
        let text = own.open(seq, &body.sealed)?;
        let opening = is_caller.then(|| self.to_callee.opening().clone());
        let sealed = other.seal(seq, &text.replace("sha-256 AA", "sha-256 66"));
        read.push(text);
        Ok(SealedBody { v: SEALED_VERSION, opening, sealed }.encode())
    }
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
