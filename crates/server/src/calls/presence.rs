//! Devices that come, go and come back, and calls that outlive them.

use ringdove_protocol::{CallId, EndReason, EndedBy, ErrorCode, Media, Name, Role, ServerMessage};
use tracing::{debug, info};

use super::{
    Calls,
    invite::progress,
    record::{Accepted, Call, Held, Resuming, RingStep, Seat, SeatLink, State},
};
use crate::hub::{Endpoint, Now, Party, People};

/// How the connection of a device ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    /// It said goodbye: the page or app was closed.
    Clean,
    /// It vanished, and may come back with the same key.
    Lost,
}

/// What a device says of its call after a new login.
#[derive(Clone, Debug)]
pub(crate) struct Resume {
    pub(crate) call_id: CallId,
    pub(crate) peer: Name,
    pub(crate) role: Role,
    pub(crate) media: Media,
}

impl Calls {
    /// A device is gone.
    pub(crate) fn depart(
        &mut self,
        now: Now,
        party: Party,
        endpoint: Endpoint,
        departure: Departure,
    ) {
        for id in self.open_of(party).to_vec() {
            self.stop_ringing_at(now, party, endpoint, id);
        }
        if let Party::Guest(_) = party {
            self.ledger.forget(party);
        }
        let Some(id) = self.engaged_in(endpoint) else { return };
        // A guest's page forgets everything.
        let comes_back = departure == Departure::Lost && matches!(endpoint, Endpoint::Device(_));
        let Some(call) = self.open.get_mut(&id) else { return };
        match &mut call.state {
            State::Ringing(ringing) if comes_back => {
                ringing.caller.detach(now.instant + self.timers.caller_grace);
            }
            State::Ringing(_) => {
                return self.end(now, id, EndReason::Cancelled, EndedBy::Caller, None);
            }
            State::Accepted(accepted) => {
                let Some(role) = accepted.role_of(endpoint) else { return };
                if comes_back {
                    accepted.seat_mut(role).detach(now.instant + self.timers.resume_window);
                } else {
                    let reason = match departure {
                        Departure::Clean => EndReason::Left,
                        Departure::Lost => EndReason::ConnectionLost,
                    };
                    return self.end(now, id, reason, role.into(), None);
                }
            }
            // Its own limit runs already.
            State::Resuming(_) if comes_back => {}
            State::Resuming(resuming) => {
                let by = resuming.role.into();
                return self.end(now, id, EndReason::Left, by, None);
            }
        }
        debug!(call = %id, "a device of the call lost its connection");
        self.set_timer(id);
    }

    /// A device of the callee cannot ring any more. It may be back soon, and rings again then.
    fn stop_ringing_at(&mut self, now: Now, party: Party, endpoint: Endpoint, id: CallId) {
        let Some(State::Ringing(ringing)) = self.open.get_mut(&id).map(|c| &mut c.state) else {
            return;
        };
        // What it refused for itself stays refused when it is back.
        let Some(gone) = ringing.rings.iter().position(|r| r.endpoint == endpoint && !r.is_out())
        else {
            return;
        };
        if ringing.callee != party {
            return;
        }
        let rang = ringing.rings.remove(gone).step == RingStep::Ringing;
        if !ringing.is_ringing_somewhere() {
            ringing.reached_by = Some(now.instant + self.timers.reach_limit);
        }
        let caller = ringing.caller.endpoint;
        if rang {
            // A ringback tone without a device that rings would be a lie.
            let device = endpoint.device_id();
            self.tell(caller, ServerMessage::CallSilenced { call_id: id, device });
        }
        self.set_timer(id);
    }

    /// A device has logged in, for the first time or again.
    pub(crate) fn arrive(&mut self, now: Now, people: &People, party: Party, endpoint: Endpoint) {
        for id in self.open_of(party).to_vec() {
            match self.open.get_mut(&id).map(|call| &mut call.state) {
                Some(State::Ringing(ringing)) if ringing.caller.endpoint == endpoint => {
                    let _nothing_held = ringing.caller.attach();
                    let messages = progress(id, ringing);
                    self.set_timer(id);
                    for message in messages {
                        self.tell(endpoint, message);
                    }
                }
                Some(State::Ringing(ringing)) if ringing.callee == party => {
                    if people.rung_by(party, &ringing.caller.person.name).contains(&endpoint) {
                        self.ring_on(now, id, endpoint);
                    }
                }
                Some(State::Accepted(accepted)) => {
                    if let Some(role) = accepted.role_of(endpoint)
                        && let SeatLink::Detached { until, .. } = &mut accepted.seat_mut(role).link
                    {
                        *until = (*until).min(now.instant + self.timers.resume_patience);
                        self.set_timer(id);
                    }
                }
                Some(State::Ringing(_) | State::Resuming(_)) | None => {}
            }
        }
    }

    /// A device says that it is in an answered call.
    pub(crate) fn resume(
        &mut self,
        now: Now,
        people: &People,
        party: Party,
        endpoint: Endpoint,
        resume: Resume,
    ) {
        const ABOUT: &str = "call.resume";
        let id = resume.call_id;
        match self.open.get_mut(&id).map(|call| &mut call.state) {
            Some(State::Accepted(accepted)) => {
                if accepted.role_of(endpoint) != Some(resume.role) {
                    return self.too_late(party, endpoint, ABOUT, id);
                }
                let seat = accepted.seat_mut(resume.role);
                seat.media = resume.media;
                let missed = seat.attach();
                self.set_timer(id);
                info!(call = %id, "call resumed");
                self.tell_accepted(now, id, resume.role, None);
                for signal in missed.into_signals() {
                    self.deliver(id, resume.role, signal);
                }
            }
            Some(State::Ringing(ringing)) => {
                if ringing.callee == party || ringing.caller.party == party {
                    let text = "nobody has answered this call yet";
                    self.refuse(endpoint, ABOUT, id, ErrorCode::WrongState, text);
                } else {
                    self.refuse_closed(party, endpoint, ABOUT, id);
                }
            }
            // Repeated.
            Some(State::Resuming(resuming)) if resuming.seat.endpoint == endpoint => {}
            Some(State::Resuming(_)) => self.meet(now, people, party, endpoint, resume),
            None if self.ended.contains_key(&id) => {
                self.refuse_closed(party, endpoint, ABOUT, id);
            }
            None => self.wait_for_other_end(now, people, party, endpoint, resume),
        }
    }

    /// The first end of a call that this server does not know, because it was restarted.
    fn wait_for_other_end(
        &mut self,
        now: Now,
        people: &People,
        party: Party,
        endpoint: Endpoint,
        resume: Resume,
    ) {
        let Some(seat) = self.resumed_seat(people, party, endpoint, &resume) else { return };
        debug!(call = %resume.call_id, "one end resumes a call that is not known here");
        let resuming = Resuming {
            seat,
            role: resume.role,
            peer: resume.peer,
            gives_up_at: now.instant + self.timers.resume_window,
            held: Held::default(),
        };
        self.open(resume.call_id, State::Resuming(resuming));
    }

    /// The other end has come too: the call is known again, if both tell the same.
    fn meet(
        &mut self,
        now: Now,
        people: &People,
        party: Party,
        endpoint: Endpoint,
        resume: Resume,
    ) {
        let id = resume.call_id;
        let fits = people.person(party).is_some_and(|person| {
            matches!(
                self.open.get(&id),
                Some(Call { state: State::Resuming(first), .. })
                    if first.role == resume.role.other()
                        && first.peer == person.name
                        && first.seat.person.name == resume.peer
                        && first.seat.party != party
            )
        });
        if !fits {
            return self.refuse_closed(party, endpoint, "call.resume", id);
        }
        let Some(seat) = self.resumed_seat(people, party, endpoint, &resume) else { return };
        info!(call = %id, "both ends resumed the call");
        let mut early = None;
        self.transition(id, |state| match state {
            State::Resuming(first) => {
                early = Some(first.held);
                let (caller, callee) = match first.role {
                    Role::Caller => (first.seat, seat),
                    Role::Callee => (seat, first.seat),
                };
                State::Accepted(Accepted { caller, callee, outs: Vec::new() })
            }
            state @ (State::Ringing(_) | State::Accepted(_)) => state,
        });
        self.tell_accepted(now, id, Role::Caller, None);
        self.tell_accepted(now, id, Role::Callee, None);
        for signal in early.into_iter().flat_map(Held::into_signals) {
            self.deliver(id, resume.role, signal);
        }
    }

    fn resumed_seat(
        &mut self,
        people: &People,
        party: Party,
        endpoint: Endpoint,
        resume: &Resume,
    ) -> Option<Seat> {
        if self.engaged_in(endpoint).is_some() {
            let text = "this device is in another call";
            let code = ErrorCode::AlreadyInCall;
            self.refuse(endpoint, "call.resume", resume.call_id, code, text);
            return None;
        }
        Some(Seat {
            party,
            person: people.person(party)?,
            endpoint,
            media: resume.media,
            setup: None,
            link: SeatLink::Attached,
        })
    }
}
