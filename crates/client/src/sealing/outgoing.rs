//! On the way out: what the agent says is signed and sealed.

use ringdove_protocol::{CallId, ClientMessage, Media, Setup};
use ringdove_seal::CALLEE_SECRET_BYTES;
use zeroize::Zeroizing;

use super::{Answered, HELD, Sealing, Stage, sealed};
use crate::Entropy;

impl Sealing {
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
    pub(super) fn accept(
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
}
