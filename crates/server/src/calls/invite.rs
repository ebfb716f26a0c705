//! How a call begins: an invite, and two that cross each other.

use ringdove_protocol::{
    CallId, EndReason, EndedBy, ErrorCode, Media, Name, PersonKind, Role, ServerMessage,
};
use tracing::info;

use super::{
    Calls,
    record::{Accepted, Call, Ended, Held, Ring, RingStep, Ringing, Seat, SeatLink, State},
};
use crate::hub::{Endpoint, Now, Party, People};

const ABOUT: &str = "call.invite";

/// A wish to call.
#[derive(Clone, Debug)]
pub(crate) struct Invite {
    pub(crate) call_id: CallId,
    pub(crate) to: Name,
    pub(crate) media: Media,
    pub(crate) setup: Option<String>,
}

impl Calls {
    /// Somebody calls.
    pub(crate) fn invite(
        &mut self,
        now: Now,
        people: &People,
        from: Party,
        endpoint: Endpoint,
        invite: Invite,
    ) {
        let id = invite.call_id;
        if self.open.contains_key(&id) || self.ended.contains_key(&id) {
            return self.repeat_invite(now, from, endpoint, id);
        }
        let Some(caller_person) = people.person(from) else { return };
        let callee = people.find(&invite.to);
        if callee == Some(from) {
            let text = "you cannot call yourself";
            return self.refuse(endpoint, ABOUT, id, ErrorCode::Oneself, text);
        }
        let replaced =
            callee.map(|callee| self.calls_to_replace(from, endpoint, callee)).unwrap_or_default();
        let engaged = self.engaged_in(endpoint);
        if engaged.is_some_and(|engaged| replaced.iter().all(|(id, _)| *id != engaged)) {
            let text = "this device is in a call already";
            return self.refuse(endpoint, ABOUT, id, ErrorCode::AlreadyInCall, text);
        }
        let name = &caller_person.name;
        let is_contact = callee.is_some_and(|callee| people.is_contact(callee, name));
        // Who calls somebody that is calling is welcome there.
        let crossing = callee
            .filter(|callee| !people.endpoints(*callee).is_empty())
            .and_then(|callee| self.crossing(from, callee));
        if crossing.is_none()
            && let Err(too_often) = self.ledger.admit(now.instant, from, &invite.to, !is_contact)
        {
            return self.refuse(
                endpoint,
                ABOUT,
                id,
                ErrorCode::RateLimited,
                &too_often.to_string(),
            );
        }
        for (replaced, by) in replaced {
            self.end(now, replaced, EndReason::Replaced, by, None);
        }
        let is_heard = is_contact || !self.ledger.is_worn_out(now.instant, from, &invite.to);
        let rung = callee.filter(|_| is_heard).map(|callee| people.rung_by(callee, name));
        let endpoints = rung.unwrap_or_default();
        let Some((callee, callee_person)) = callee
            .and_then(|callee| people.person(callee).map(|person| (callee, person)))
            .filter(|_| !endpoints.is_empty() || crossing.is_some())
        else {
            if self.returns_until.is_some_and(|until| now.instant < until) {
                // Who gets no answer asks again.
                return;
            }
            return self.fail_at_once(now, from, endpoint, id, EndReason::Unreachable);
        };
        let caller = Seat {
            party: from,
            person: caller_person,
            endpoint,
            media: invite.media,
            setup: invite.setup,
            link: SeatLink::Attached,
        };
        if let Some(crossing) = crossing {
            return self.merge(now, crossing, id, caller);
        }
        if is_contact {
            self.make_way(now, people, callee);
        }
        if !self.open_of(callee).is_empty() {
            return self.fail_at_once(now, from, endpoint, id, EndReason::Busy);
        }
        self.ledger.rang(now.instant, from, &invite.to);
        info!(call = %id, devices = endpoints.len(), "call placed");
        let ringing = Ringing {
            caller,
            callee,
            callee_person,
            rings: Vec::new(),
            rings_until: now.instant + self.timers.ring_limit,
            reached_by: None,
            held: Held::default(),
        };
        self.open(id, State::Ringing(ringing));
        for device in endpoints {
            self.ring_on(now, id, device);
        }
    }

    /// Hands the invite to one more device of the callee.
    pub(super) fn ring_on(&mut self, now: Now, id: CallId, device: Endpoint) {
        let Some(Call { state: State::Ringing(ringing), .. }) = self.open.get_mut(&id) else {
            return;
        };
        if ringing.ring_mut(device).is_some() {
            return;
        }
        ringing.rings.push(Ring { endpoint: device, step: RingStep::Reached });
        ringing.reached_by = None;
        let remaining = ringing.rings_until.saturating_duration_since(now.instant);
        let caller = &ringing.caller;
        let to_caller = caller.endpoint;
        let invite = ServerMessage::CallInvite {
            call_id: id,
            from: caller.person.clone(),
            media: caller.media,
            remaining_ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            setup: caller.setup.clone(),
        };
        self.tell(device, invite);
        let device = device.device_id();
        self.tell(to_caller, ServerMessage::CallReached { call_id: id, device });
        self.set_timer(id);
    }

    /// Says again to a caller where its call stands.
    pub(super) fn repeat_invite(&mut self, now: Now, from: Party, endpoint: Endpoint, id: CallId) {
        let meant = self.meant(endpoint, id);
        match self.open.get(&meant).map(|call| &call.state) {
            Some(State::Ringing(ringing)) if ringing.caller.endpoint == endpoint => {
                for message in progress(meant, ringing) {
                    self.tell(endpoint, message);
                }
            }
            Some(State::Accepted(accepted)) => match accepted.role_of(endpoint) {
                Some(role) if meant != id => self.tell_accepted(now, meant, role, Some(id)),
                Some(role @ Role::Caller) => self.tell_accepted(now, meant, role, None),
                Some(Role::Callee) | None => self.refuse_taken_id(endpoint, id),
            },
            Some(State::Ringing(_) | State::Resuming(_)) => self.refuse_taken_id(endpoint, id),
            None => self.refuse_closed(from, endpoint, ABOUT, id),
        }
    }

    fn refuse_taken_id(&mut self, endpoint: Endpoint, id: CallId) {
        self.refuse(endpoint, ABOUT, id, ErrorCode::WrongState, "this call id is taken");
    }

    /// Whoever calls the same person anew does not know of the old calls any more. They end, by
    /// the role that the caller had in each.
    fn calls_to_replace(
        &self,
        from: Party,
        endpoint: Endpoint,
        to: Party,
    ) -> Vec<(CallId, EndedBy)> {
        let role = |id: &CallId| match self.open.get(id).map(|call| &call.state) {
            Some(State::Accepted(accepted)) if accepted.callee.party == to => Some(EndedBy::Caller),
            Some(State::Accepted(accepted)) if accepted.caller.party == to => Some(EndedBy::Callee),
            Some(State::Ringing(ringing))
                if ringing.callee == to && ringing.caller.endpoint == endpoint =>
            {
                Some(EndedBy::Caller)
            }
            Some(State::Accepted(_) | State::Ringing(_) | State::Resuming(_)) | None => None,
        };
        self.open_of(from).iter().filter_map(|id| Some((*id, role(id)?))).collect()
    }

    /// A stranger who rings does not keep a contact from it.
    fn make_way(&mut self, now: Now, people: &People, callee: Party) {
        let strangers: Vec<CallId> = self
            .open_of(callee)
            .iter()
            .copied()
            .filter(|id| match self.open.get(id).map(|call| &call.state) {
                Some(State::Ringing(ringing)) if ringing.callee == callee => {
                    !people.is_contact(callee, &ringing.caller.person.name)
                }
                Some(State::Ringing(_) | State::Accepted(_) | State::Resuming(_)) | None => false,
            })
            .collect();
        for id in strangers {
            self.end(now, id, EndReason::NoAnswer, EndedBy::Server, None);
        }
    }

    /// Ends a call that never began.
    fn fail_at_once(
        &mut self,
        now: Now,
        from: Party,
        endpoint: Endpoint,
        id: CallId,
        reason: EndReason,
    ) {
        info!(call = %id, ?reason, "call failed at once");
        let by = EndedBy::Server;
        self.tell(endpoint, ServerMessage::CallEnded { call_id: id, reason, by });
        let parties = vec![from];
        let (decided, outs, merged_into) = (None, Vec::new(), None);
        let ended = Ended { reason, by, parties, decided, outs, merged_into };
        self.remember(now, id, ended);
    }

    /// The unanswered call that goes the other way.
    fn crossing(&self, from: Party, to: Party) -> Option<CallId> {
        self.open_of(from).iter().copied().find(|id| {
            matches!(
                self.open.get(id).map(|call| &call.state),
                Some(State::Ringing(ringing)) if ringing.caller.party == to && ringing.callee == from
            )
        })
    }

    /// Glare: both users call each other, so both have said yes. One accepted call comes of it.
    ///
    /// The smaller id wins, but a guest's call always does: its offer exists already, and the
    /// tutorial's page cannot take it back.
    fn merge(&mut self, now: Now, first: CallId, second: CallId, second_caller: Seat) {
        let Some(call) = self.close_record(first) else { return };
        let State::Ringing(ringing) = call.state else { return };
        let outs = ringing.outs();
        let mut first_caller = ringing.caller;
        if !first_caller.is_attached() {
            first_caller.detach(now.instant + self.timers.resume_window);
        }
        let mut first_is_over_for_second = false;
        for ring in ringing.rings {
            if ring.endpoint == second_caller.endpoint {
                first_is_over_for_second = ring.is_out();
            } else if !ring.is_out() {
                let (reason, by) = (EndReason::AnsweredElsewhere, EndedBy::Callee);
                self.tell(ring.endpoint, ServerMessage::CallEnded { call_id: first, reason, by });
            }
        }
        let first_wins = match first_caller.person.kind {
            PersonKind::Guest => true,
            // No device hears that a call goes on which it was told has ended.
            PersonKind::User => first < second && !first_is_over_for_second,
        };
        let (winner, loser) = if first_wins { (first, second) } else { (second, first) };
        info!(call = %winner, %loser, "glare: both calls become one");
        let loser_placed_by =
            if first_wins { second_caller.endpoint } else { first_caller.endpoint };
        // Only the first call rang anywhere.
        let told_elsewhere =
            (second_caller.party, second_caller.endpoint, EndReason::AnsweredElsewhere);
        let lost = Ended {
            reason: EndReason::GlareLost,
            by: EndedBy::Server,
            parties: vec![first_caller.party, second_caller.party],
            decided: (!first_wins).then_some(told_elsewhere),
            outs: if first_wins { Vec::new() } else { outs.clone() },
            merged_into: Some((winner, loser_placed_by)),
        };
        self.remember(now, loser, lost);
        // The winner's caller is the caller; who placed the other call has thereby accepted.
        let accepted = if first_wins {
            Accepted { caller: first_caller, callee: second_caller, outs }
        } else {
            Accepted { caller: second_caller, callee: first_caller, outs: Vec::new() }
        };
        self.open(winner, State::Accepted(accepted));
        self.tell_accepted(now, winner, Role::Caller, None);
        self.tell_accepted(now, winner, Role::Callee, Some(loser));
        for signal in ringing.held.into_signals() {
            self.deliver(winner, Role::Callee, signal);
        }
    }
}

/// What the caller has been told so far.
pub(super) fn progress(id: CallId, ringing: &Ringing) -> Vec<ServerMessage> {
    let mut messages = Vec::new();
    for ring in &ringing.rings {
        let device = ring.endpoint.device_id();
        match ring.step {
            RingStep::Reached => {
                messages.push(ServerMessage::CallReached { call_id: id, device });
            }
            RingStep::Ringing => {
                messages.push(ServerMessage::CallRinging { call_id: id, device });
            }
            RingStep::Silenced => {
                messages.push(ServerMessage::CallSilenced { call_id: id, device });
            }
            RingStep::Out(_) => {}
        }
    }
    messages
}
