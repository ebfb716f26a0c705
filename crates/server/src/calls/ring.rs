//! What happens to a call before it is answered.

use ringdove_protocol::{CallId, EndReason, EndedBy, ErrorCode, Media, Role, ServerMessage};
use tracing::{debug, info};

use super::{
    Calls,
    record::{Accepted, Call, Relayed, RingStep, Seat, SeatLink, State},
};
use crate::hub::{Endpoint, Now, Party, People};

/// A wish to answer a call.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) call_id: CallId,
    pub(crate) media: Media,
    pub(crate) setup: Option<String>,
}

impl Calls {
    /// A device of the callee rings, or was silenced.
    pub(crate) fn ringing(&mut self, party: Party, endpoint: Endpoint, id: CallId, audible: bool) {
        let about = if audible { "call.ringing" } else { "call.silenced" };
        let step = if audible { RingStep::Ringing } else { RingStep::Silenced };
        match self.open.get_mut(&id).map(|call| &mut call.state) {
            Some(State::Ringing(ringing)) => {
                let caller = ringing.caller.endpoint;
                let Some(ring) = ringing.ring_mut(endpoint) else {
                    return self.refuse_closed(party, endpoint, about, id);
                };
                match ring.step {
                    RingStep::Out(reason) => {
                        let by = EndedBy::Callee;
                        self.tell(endpoint, ServerMessage::CallEnded { call_id: id, reason, by });
                    }
                    before if before == step => {}
                    RingStep::Reached | RingStep::Ringing | RingStep::Silenced => {
                        ring.step = step;
                        let device = endpoint.device_id();
                        debug!(call = %id, %device, audible, "a device rings");
                        let message = if audible {
                            ServerMessage::CallRinging { call_id: id, device }
                        } else {
                            ServerMessage::CallSilenced { call_id: id, device }
                        };
                        self.tell(caller, message);
                    }
                }
            }
            Some(State::Accepted(_)) => self.too_late(party, endpoint, about, id),
            Some(State::Resuming(_)) | None => self.refuse_closed(party, endpoint, about, id),
        }
    }

    /// A device of the callee answers.
    pub(crate) fn accept(
        &mut self,
        now: Now,
        people: &People,
        party: Party,
        endpoint: Endpoint,
        answer: Answer,
    ) {
        const ABOUT: &str = "call.accept";
        let id = answer.call_id;
        match self.open.get_mut(&id).map(|call| &mut call.state) {
            Some(State::Ringing(ringing)) => {
                match ringing.ring_mut(endpoint).map(|ring| ring.step) {
                    Some(RingStep::Reached | RingStep::Ringing | RingStep::Silenced) => {}
                    // It refused before, and its first final word counts.
                    Some(RingStep::Out(reason)) => {
                        let by = EndedBy::Callee;
                        let ended = ServerMessage::CallEnded { call_id: id, reason, by };
                        return self.tell(endpoint, ended);
                    }
                    None => return self.refuse_closed(party, endpoint, ABOUT, id),
                }
                if self.engaged_in(endpoint).is_some() {
                    let text = "this device is in another call";
                    return self.refuse(endpoint, ABOUT, id, ErrorCode::AlreadyInCall, text);
                }
                self.answer(now, people, endpoint, answer);
            }
            Some(State::Accepted(accepted)) if accepted.callee.endpoint == endpoint => {
                // On glare the callee's own call stood for its accept, and the setup comes now.
                let is_news = answer.setup.is_some() && accepted.callee.setup != answer.setup;
                if is_news {
                    accepted.callee.setup = answer.setup;
                    self.tell_accepted(now, id, Role::Caller, None);
                }
                self.tell_accepted(now, id, Role::Callee, None);
            }
            Some(State::Accepted(_)) => self.too_late(party, endpoint, ABOUT, id),
            Some(State::Resuming(_)) | None => self.refuse_closed(party, endpoint, ABOUT, id),
        }
    }

    fn answer(&mut self, now: Now, people: &People, endpoint: Endpoint, answer: Answer) {
        let Answer { call_id: id, media, setup } = answer;
        info!(call = %id, device = %endpoint.device_id(), "call accepted");
        let mut others = Vec::new();
        let mut early = None;
        let resume_until = now.instant + self.timers.resume_window;
        self.transition(id, |state| match state {
            State::Ringing(mut ringing) => {
                others.extend(
                    ringing
                        .rings
                        .iter()
                        .filter(|ring| !ring.is_out())
                        .map(|ring| ring.endpoint)
                        .filter(|other| *other != endpoint),
                );
                // A caller whose connection is lost just now has the longer window from here on.
                if !ringing.caller.is_attached() {
                    ringing.caller.detach(resume_until);
                }
                let outs = ringing.outs();
                early = Some(ringing.held);
                let callee = Seat {
                    party: ringing.callee,
                    person: people.person(ringing.callee).unwrap_or(ringing.callee_person),
                    endpoint,
                    media,
                    setup,
                    link: SeatLink::Attached,
                };
                State::Accepted(Accepted { caller: ringing.caller, callee, outs })
            }
            state @ (State::Accepted(_) | State::Resuming(_)) => state,
        });
        for other in others {
            let (reason, by) = (EndReason::AnsweredElsewhere, EndedBy::Callee);
            self.tell(other, ServerMessage::CallEnded { call_id: id, reason, by });
        }
        self.tell_accepted(now, id, Role::Caller, None);
        self.tell_accepted(now, id, Role::Callee, None);
        for signal in early.into_iter().flat_map(|held| held.into_signals()) {
            self.deliver(id, Role::Callee, signal);
        }
    }

    /// A device of the callee refuses. `reason` is one of a decline.
    pub(crate) fn decline(
        &mut self,
        now: Now,
        party: Party,
        endpoint: Endpoint,
        id: CallId,
        reason: EndReason,
    ) {
        const ABOUT: &str = "call.decline";
        match self.open.get_mut(&id).map(|call| &mut call.state) {
            Some(State::Ringing(ringing)) => {
                let Some(ring) = ringing.ring_mut(endpoint) else {
                    return self.refuse_closed(party, endpoint, ABOUT, id);
                };
                let by = EndedBy::Callee;
                if let RingStep::Out(reason) = ring.step {
                    // Its first final word counts.
                    return self
                        .tell(endpoint, ServerMessage::CallEnded { call_id: id, reason, by });
                }
                if speaks_for_one_device(reason) {
                    ring.step = RingStep::Out(reason);
                    let goes_on = ringing.is_ringing_somewhere();
                    self.tell(endpoint, ServerMessage::CallEnded { call_id: id, reason, by });
                    if !goes_on {
                        self.end(now, id, reason, by, None);
                    }
                } else {
                    let decided = Some((endpoint, EndReason::DeclinedElsewhere));
                    self.end(now, id, reason, by, decided);
                }
            }
            // The accept was counted; the same device now wants out.
            Some(State::Accepted(accepted)) if accepted.callee.endpoint == endpoint => {
                self.end(now, id, as_hangup(reason), EndedBy::Callee, None);
            }
            Some(State::Accepted(_)) => self.too_late(party, endpoint, ABOUT, id),
            Some(State::Resuming(_)) | None => self.refuse_closed(party, endpoint, ABOUT, id),
        }
    }

    /// The caller gives up.
    pub(crate) fn cancel(&mut self, now: Now, party: Party, endpoint: Endpoint, id: CallId) {
        const ABOUT: &str = "call.cancel";
        let meant = self.meant(endpoint, id);
        match self.open.get(&meant).map(|call| &call.state) {
            Some(State::Ringing(ringing)) if ringing.caller.endpoint == endpoint => {
                self.end(now, meant, EndReason::Cancelled, EndedBy::Caller, None);
            }
            // The answer, or glare, was faster. Whoever cancels wants out all the same.
            Some(State::Accepted(accepted))
                if meant != id || accepted.caller.endpoint == endpoint =>
            {
                let Some(role) = accepted.role_of(endpoint) else {
                    return self.refuse_closed(party, endpoint, ABOUT, id);
                };
                self.end(now, meant, EndReason::HungUp, role.into(), None);
                if meant != id {
                    self.refuse_closed(party, endpoint, ABOUT, id);
                }
            }
            Some(State::Ringing(_) | State::Accepted(_) | State::Resuming(_)) | None => {
                self.refuse_closed(party, endpoint, ABOUT, id);
            }
        }
    }

    /// A guest's signal before the answer: kept for whoever answers.
    pub(crate) fn hold_early(&mut self, id: CallId, signal: Relayed) -> bool {
        match self.open.get_mut(&id) {
            Some(Call { state: State::Ringing(ringing), .. }) => ringing.held.push(signal),
            Some(_) | None => false,
        }
    }

    /// Another device of the callee was faster.
    pub(super) fn too_late(&mut self, party: Party, to: Endpoint, about: &str, id: CallId) {
        match self.open.get(&id).map(|call| &call.state) {
            Some(State::Accepted(accepted))
                if accepted.callee.party == party && accepted.callee.endpoint != to =>
            {
                let out = accepted.outs.iter().find(|(out, _)| *out == to);
                let reason = out.map_or(EndReason::AnsweredElsewhere, |(_, reason)| *reason);
                let by = EndedBy::Callee;
                self.tell(to, ServerMessage::CallEnded { call_id: id, reason, by });
            }
            Some(State::Accepted(_) | State::Ringing(_) | State::Resuming(_)) | None => {
                self.refuse_closed(party, to, about, id);
            }
        }
    }
}

/// Whether a decline is only about the device that sent it: the callee may answer on another.
fn speaks_for_one_device(reason: EndReason) -> bool {
    matches!(reason, EndReason::Busy | EndReason::NotSecure | EndReason::Version)
}

/// The reason of a decline that comes after the answer.
fn as_hangup(reason: EndReason) -> EndReason {
    if Calls::HANGUP_REASONS.contains(&reason) { reason } else { EndReason::HungUp }
}
