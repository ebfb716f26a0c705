//! The judge of every call: one record per call, one clock, the first final message wins.
//!
//! Sans-IO: messages and the time go in, notices for devices come out. Nothing here knows of
//! sockets. Inputs are grouped by what they are about: [`invite`] opens a call, [`ring`] is what
//! happens until an answer, [`talk`] after it, [`presence`] is devices that come and go.

mod invite;
mod limits;
mod presence;
mod record;
mod ring;
mod talk;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::{Duration, Instant},
};

use ringdove_protocol::{CallId, EndReason, EndedBy, ErrorCode, Role, ServerMessage};
use tracing::info;

use crate::{
    hub::{Endpoint, Now, Party},
    ice::IceSettings,
};
pub(crate) use invite::Invite;
use limits::Ledger;
pub use limits::{Limit, RingLimits};
pub(crate) use presence::{Departure, Resume};
pub(crate) use record::Relayed;
use record::{Call, Ended, SeatLink, State};
pub(crate) use ring::Answer;

/// The judge's clocks and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimers {
    /// How long a call rings. 45 s.
    pub ring_limit: Duration,
    /// How long a caller whose connection was lost may take to come back before its call is
    /// cancelled. 5 s.
    pub caller_grace: Duration,
    /// How long a call waits for a device of the callee to come, or to come back, while none has
    /// the invite; and from the start of a server that knows accounts, how long it waits for them.
    /// 15 s.
    pub reach_limit: Duration,
    /// How long an answered call outlives the lost connection of an end, and how long one end
    /// waits for the other after a restart of the server. 60 s.
    pub resume_window: Duration,
    /// How long a device that is back has to say that it knows the call. 10 s.
    pub resume_patience: Duration,
    /// How long the outcome of an ended call is told to late and repeated messages. 60 s.
    pub memory: Duration,
    /// How often somebody may call.
    pub limits: RingLimits,
}

impl Default for CallTimers {
    fn default() -> Self {
        Self {
            ring_limit: Duration::from_secs(45),
            caller_grace: Duration::from_secs(5),
            reach_limit: Duration::from_secs(15),
            resume_window: Duration::from_secs(60),
            resume_patience: Duration::from_secs(10),
            memory: Duration::from_secs(60),
            limits: RingLimits::default(),
        }
    }
}

/// Something to be told to one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) to: Endpoint,
    pub(crate) message: ServerMessage,
}

/// All open calls, and the memory of the ended ones.
#[derive(Debug)]
pub(crate) struct Calls {
    timers: CallTimers,
    ice: IceSettings,
    open: HashMap<CallId, Call>,
    by_party: HashMap<Party, Vec<CallId>>,
    by_endpoint: HashMap<Endpoint, CallId>,
    clock: BTreeSet<(Instant, CallId)>,
    ended: HashMap<CallId, Ended>,
    forget: VecDeque<(Instant, CallId)>,
    ledger: Ledger,
    notices: VecDeque<Notice>,
    /// Until then those who are not there may be on their way back to a restarted server.
    returns_until: Option<Instant>,
}

impl Calls {
    pub(crate) fn new(timers: CallTimers, ice: IceSettings) -> Self {
        Self {
            timers,
            ice,
            open: HashMap::new(),
            by_party: HashMap::new(),
            by_endpoint: HashMap::new(),
            clock: BTreeSet::new(),
            ended: HashMap::new(),
            forget: VecDeque::new(),
            ledger: Ledger::new(timers.limits),
            notices: VecDeque::new(),
            returns_until: None,
        }
    }

    /// The server was started at `now` and knows accounts from before.
    pub(crate) fn expect_returns(&mut self, now: Instant) {
        self.returns_until = Some(now + self.timers.reach_limit);
    }

    /// How many calls are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// What is to be told next, in order.
    pub(crate) fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// When [`Self::on_timeout`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let next_deadline = self.clock.first().map(|(at, _)| *at);
        let next_forgotten = self.forget.front().map(|(at, _)| *at);
        next_deadline.into_iter().chain(next_forgotten).min()
    }

    /// Lets time do its work.
    pub(crate) fn on_timeout(&mut self, now: Now) {
        while let Some((at, id)) = self.clock.first().copied()
            && at <= now.instant
        {
            self.clock.pop_first();
            if let Some(call) = self.open.get_mut(&id) {
                call.timer = None;
                let (reason, by) = why_timed_out(call, now.instant);
                self.end(now, id, reason, by, None);
            }
        }
        while let Some((at, id)) = self.forget.front().copied()
            && at <= now.instant
        {
            self.forget.pop_front();
            self.ended.remove(&id);
        }
    }

    /// Whether a call is known and not over.
    pub(crate) fn is_open(&self, id: CallId) -> bool {
        self.open.contains_key(&id)
    }

    /// Whether a call waits for an answer.
    pub(crate) fn is_ringing(&self, id: CallId) -> bool {
        matches!(self.open.get(&id), Some(Call { state: State::Ringing(_), .. }))
    }

    /// The open call that occupies a device.
    pub(crate) fn engaged_in(&self, endpoint: Endpoint) -> Option<CallId> {
        self.by_endpoint.get(&endpoint).copied()
    }

    /// The open calls of somebody.
    fn open_of(&self, party: Party) -> &[CallId] {
        self.by_party.get(&party).map_or(&[], Vec::as_slice)
    }

    fn tell(&mut self, to: Endpoint, message: ServerMessage) {
        self.notices.push_back(Notice { to, message });
    }

    fn refuse(&mut self, to: Endpoint, about: &str, id: CallId, code: ErrorCode, text: &str) {
        let message = ServerMessage::Error {
            code,
            text: text.to_owned(),
            about: Some(about.to_owned()),
            call_id: Some(id),
        };
        self.tell(to, message);
    }

    /// Answers a message about a call that is not open: with its outcome, if it is remembered.
    fn refuse_closed(&mut self, party: Party, to: Endpoint, about: &str, id: CallId) {
        match self.ended.get(&id) {
            Some(ended) if ended.winner_for(to).is_some_and(|winner| self.is_open(winner)) => {
                let text = "this call gave way to another one, which goes on";
                self.refuse(to, about, id, ErrorCode::WrongState, text);
            }
            Some(ended) if ended.parties.contains(&party) => {
                let winner = ended.winner_for(to).and_then(|winner| self.ended.get(&winner));
                let (reason, by) = match winner {
                    // Who was the caller of the call that gave way is the callee of the other.
                    Some(winner) => (winner.reason, other_side(winner.by)),
                    None => ended.outcome(party, to),
                };
                self.tell(to, ServerMessage::CallEnded { call_id: id, reason, by });
            }
            Some(_) | None => {
                self.refuse(to, about, id, ErrorCode::UnknownCall, "no such call");
            }
        }
    }

    /// The call that a message means: on glare, the one that took the place of the named one.
    fn meant(&self, endpoint: Endpoint, id: CallId) -> CallId {
        self.ended.get(&id).and_then(|ended| ended.winner_for(endpoint)).unwrap_or(id)
    }

    /// Opens a record and makes it findable.
    fn open(&mut self, id: CallId, state: State) {
        let call = Call { id, state, timer: None };
        self.index(&call);
        self.open.insert(id, call);
        self.set_timer(id);
    }

    /// Replaces the state of an open call.
    fn transition(&mut self, id: CallId, next: impl FnOnce(State) -> State) {
        let Some(call) = self.open.remove(&id) else { return };
        self.unindex(&call);
        let call = Call { state: next(call.state), ..call };
        self.index(&call);
        self.open.insert(id, call);
        self.set_timer(id);
    }

    fn index(&mut self, call: &Call) {
        for party in call.parties() {
            self.by_party.entry(party).or_default().push(call.id);
        }
        for endpoint in call.engaged() {
            self.by_endpoint.insert(endpoint, call.id);
        }
    }

    fn unindex(&mut self, call: &Call) {
        for party in call.parties() {
            if let Some(ids) = self.by_party.get_mut(&party) {
                ids.retain(|id| *id != call.id);
                if ids.is_empty() {
                    self.by_party.remove(&party);
                }
            }
        }
        for endpoint in call.engaged() {
            if self.by_endpoint.get(&endpoint) == Some(&call.id) {
                self.by_endpoint.remove(&endpoint);
            }
        }
    }

    /// Takes a record out, with all that leads to it.
    fn close_record(&mut self, id: CallId) -> Option<Call> {
        let call = self.open.remove(&id)?;
        self.unindex(&call);
        if let Some(timer) = call.timer {
            self.clock.remove(&(timer, id));
        }
        Some(call)
    }

    /// Registers the deadline of a call anew.
    fn set_timer(&mut self, id: CallId) {
        let Some(call) = self.open.get_mut(&id) else { return };
        let deadline = call.deadline();
        if deadline != call.timer {
            if let Some(old) = call.timer {
                self.clock.remove(&(old, id));
            }
            if let Some(new) = deadline {
                self.clock.insert((new, id));
            }
            call.timer = deadline;
        }
    }

    /// Ends a call: the one place where calls end. Everybody concerned is told.
    ///
    /// `decided` is the callee's device that declined; the callee's other devices hear of it.
    fn end(
        &mut self,
        now: Now,
        id: CallId,
        reason: EndReason,
        by: EndedBy,
        decided: Option<(Endpoint, EndReason)>,
    ) {
        let Some(call) = self.close_record(id) else { return };
        let parties = call.parties();
        let ended = CallEndedFor { id, reason, by };
        let (decided, outs) = match call.state {
            State::Ringing(ringing) => {
                let outs = ringing.outs();
                self.tell(ringing.caller.endpoint, ended.message());
                // A device that refused for itself has been told.
                for ring in ringing.rings.iter().filter(|ring| !ring.is_out()) {
                    let reason = match decided {
                        Some((decider, elsewhere)) if decider != ring.endpoint => elsewhere,
                        Some(_) | None => reason,
                    };
                    self.tell(ring.endpoint, CallEndedFor { reason, ..ended }.message());
                }
                (decided.map(|(decider, elsewhere)| (ringing.callee, decider, elsewhere)), outs)
            }
            State::Accepted(accepted) => {
                self.tell(accepted.caller.endpoint, ended.message());
                self.tell(accepted.callee.endpoint, ended.message());
                let callee = accepted.callee;
                let elsewhere = (callee.party, callee.endpoint, EndReason::AnsweredElsewhere);
                (Some(elsewhere), accepted.outs)
            }
            State::Resuming(resuming) => {
                self.tell(resuming.seat.endpoint, ended.message());
                (None, Vec::new())
            }
        };
        info!(call = %id, ?reason, ?by, "call ended");
        let merged_into = None;
        self.remember(now, id, Ended { reason, by, parties, decided, outs, merged_into });
    }

    fn remember(&mut self, now: Now, id: CallId, ended: Ended) {
        self.ended.insert(id, ended);
        self.forget.push_back((now.instant + self.timers.memory, id));
    }

    /// Tells one end of an accepted call that the call is on.
    fn tell_accepted(&mut self, now: Now, id: CallId, role: Role, replaces: Option<CallId>) {
        let Some(Call { state: State::Accepted(accepted), .. }) = self.open.get(&id) else {
            return;
        };
        let (own, other) = (accepted.seat(role), accepted.seat(role.other()));
        self.ledger.answered(own.party, &other.person.name);
        let message = ServerMessage::CallAccepted {
            call_id: id,
            role,
            peer: other.person.clone(),
            media: other.media,
            ice_servers: self.ice.for_call(now.unix, id),
            replaces,
            setup: other.setup.clone(),
        };
        self.tell(own.endpoint, message);
    }

    /// Passes a signal on to one end of an accepted call, or holds it until that end is back;
    /// false if there was no room.
    fn deliver(&mut self, id: CallId, to: Role, signal: Relayed) -> bool {
        let Some(Call { state: State::Accepted(accepted), .. }) = self.open.get_mut(&id) else {
            return false;
        };
        let seat = accepted.seat_mut(to);
        match &mut seat.link {
            SeatLink::Attached => {
                let to = seat.endpoint;
                self.tell(to, signal.message(id));
                true
            }
            SeatLink::Detached { held, .. } => held.push(signal),
        }
    }
}

fn other_side(by: EndedBy) -> EndedBy {
    match by {
        EndedBy::Caller => EndedBy::Callee,
        EndedBy::Callee => EndedBy::Caller,
        EndedBy::Server => EndedBy::Server,
    }
}

#[derive(Clone, Copy)]
struct CallEndedFor {
    id: CallId,
    reason: EndReason,
    by: EndedBy,
}

impl CallEndedFor {
    fn message(self) -> ServerMessage {
        ServerMessage::CallEnded { call_id: self.id, reason: self.reason, by: self.by }
    }
}

/// What it means that a call's deadline has come.
fn why_timed_out(call: &Call, now: Instant) -> (EndReason, EndedBy) {
    match &call.state {
        State::Ringing(ringing) if ringing.rings_until <= now => {
            (EndReason::NoAnswer, EndedBy::Server)
        }
        State::Ringing(ringing) if ringing.reached_by.is_some_and(|at| at <= now) => {
            match ringing.outs().last() {
                Some((_, reason)) => (*reason, EndedBy::Callee),
                None => (EndReason::Unreachable, EndedBy::Server),
            }
        }
        // What else ends in time is the grace of a caller who lost the connection.
        State::Ringing(_) => (EndReason::Cancelled, EndedBy::Caller),
        State::Accepted(_) | State::Resuming(_) => (EndReason::ConnectionLost, EndedBy::Server),
    }
}
