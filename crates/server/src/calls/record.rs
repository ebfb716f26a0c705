//! What the judge knows of one call.

use std::{collections::VecDeque, time::Instant};

use ringdove_protocol::{CallId, EndReason, EndedBy, Media, Name, Person, Role, ServerMessage};

use crate::hub::{Endpoint, Party};

/// One open call.
///
/// ```text
///  invite ──► Ringing ──accept, glare──► Accepted ──hangup, left, lost──► (ended)
///                │                          ▲
///                │ cancel, decline,         │ the other end resumes
///                ▼ busy, ring limit         │
///             (ended)                    Resuming ◄── resume of a call nobody knows
///                                           │ 60 s
///                                           ▼
///                                        (ended)
/// ```
///
/// An ended call is no record any more, only an [`Ended`] in the judge's memory.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) state: State,
    /// The deadline that is registered with the judge's clock.
    pub(crate) timer: Option<Instant>,
}

#[derive(Debug)]
pub(crate) enum State {
    Ringing(Ringing),
    Accepted(Accepted),
    Resuming(Resuming),
}

/// The callee's devices ring.
#[derive(Debug)]
pub(crate) struct Ringing {
    pub(crate) caller: Seat,
    pub(crate) callee: Party,
    pub(crate) callee_person: Person,
    pub(crate) rings: Vec<Ring>,
    pub(crate) rings_until: Instant,
    /// By when a device of the callee has to come, while none has the invite.
    pub(crate) reached_by: Option<Instant>,
    /// Signals of a guest, who sends its offer before anybody has answered.
    pub(crate) held: Held,
}

/// Both ends said yes.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) caller: Seat,
    pub(crate) callee: Seat,
    /// Devices of the callee that refused for themselves before, and why.
    pub(crate) outs: Outs,
}

/// After a restart of the server: one end says that there is a call, the other not yet.
#[derive(Debug)]
pub(crate) struct Resuming {
    pub(crate) seat: Seat,
    pub(crate) role: Role,
    pub(crate) peer: Name,
    pub(crate) gives_up_at: Instant,
    pub(crate) held: Held,
}

/// One end of a call.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) party: Party,
    pub(crate) person: Person,
    pub(crate) endpoint: Endpoint,
    pub(crate) media: Media,
    pub(crate) setup: Option<String>,
    pub(crate) link: SeatLink,
}

/// Whether an end of a call can be reached.
#[derive(Debug)]
pub(crate) enum SeatLink {
    Attached,
    /// Lost its connection; what comes for it meanwhile is held.
    Detached {
        until: Instant,
        held: Held,
    },
}

/// One device of the callee.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) endpoint: Endpoint,
    pub(crate) step: RingStep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RingStep {
    Reached,
    Ringing,
    Silenced,
    /// This device refused for itself; the others ring on.
    Out(EndReason),
}

/// Devices that refused for themselves, and why; their outcome does not change any more.
pub(crate) type Outs = Vec<(Endpoint, EndReason)>;

/// How a call ended, kept a while so that late and repeated messages hear it again.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) reason: EndReason,
    pub(crate) by: EndedBy,
    pub(crate) parties: Vec<Party>,
    /// The callee's device that decided, and what the callee's other devices were told.
    pub(crate) decided: Option<(Party, Endpoint, EndReason)>,
    pub(crate) outs: Outs,
    /// On glare: the call that took the place of this one, and the device that placed this one.
    pub(crate) merged_into: Option<(CallId, Endpoint)>,
}

/// A signal on its way; its body is passed on unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relayed {
    pub(crate) from: Name,
    pub(crate) seq: u32,
    pub(crate) body: String,
}

/// A bounded queue of signals for an end that cannot take them yet.
#[derive(Debug, Default)]
pub(crate) struct Held {
    signals: VecDeque<Relayed>,
    bytes: usize,
}

impl Relayed {
    pub(crate) fn message(self, call_id: CallId) -> ServerMessage {
        ServerMessage::CallSignal { call_id, from: self.from, seq: self.seq, body: self.body }
    }
}

impl Held {
    const MESSAGES: usize = 64;
    const BYTES: usize = 128 * 1024;

    /// Keeps a signal; false if there is no room.
    #[must_use]
    pub(crate) fn push(&mut self, signal: Relayed) -> bool {
        let bytes = self.bytes + signal.body.len();
        let fits = self.signals.len() < Self::MESSAGES && bytes <= Self::BYTES;
        if fits {
            self.bytes = bytes;
            self.signals.push_back(signal);
        }
        fits
    }

    pub(crate) fn into_signals(self) -> impl Iterator<Item = Relayed> {
        self.signals.into_iter()
    }
}

impl Seat {
    pub(crate) fn is_attached(&self) -> bool {
        match self.link {
            SeatLink::Attached => true,
            SeatLink::Detached { .. } => false,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.link {
            SeatLink::Attached => None,
            SeatLink::Detached { until, .. } => Some(*until),
        }
    }

    /// Becomes reachable again and gives back what was held.
    pub(crate) fn attach(&mut self) -> Held {
        match std::mem::replace(&mut self.link, SeatLink::Attached) {
            SeatLink::Attached => Held::default(),
            SeatLink::Detached { held, .. } => held,
        }
    }

    /// Can no longer be reached; what was held already stays.
    pub(crate) fn detach(&mut self, until: Instant) {
        let held = self.attach();
        self.link = SeatLink::Detached { until, held };
    }
}

impl Accepted {
    /// The role of an end, if `endpoint` is one.
    pub(crate) fn role_of(&self, endpoint: Endpoint) -> Option<Role> {
        if self.caller.endpoint == endpoint {
            Some(Role::Caller)
        } else if self.callee.endpoint == endpoint {
            Some(Role::Callee)
        } else {
            None
        }
    }

    pub(crate) fn seat(&self, role: Role) -> &Seat {
        match role {
            Role::Caller => &self.caller,
            Role::Callee => &self.callee,
        }
    }

    pub(crate) fn seat_mut(&mut self, role: Role) -> &mut Seat {
        match role {
            Role::Caller => &mut self.caller,
            Role::Callee => &mut self.callee,
        }
    }
}

impl Ring {
    /// Whether this device refused for itself.
    pub(crate) fn is_out(&self) -> bool {
        match self.step {
            RingStep::Out(_) => true,
            RingStep::Reached | RingStep::Ringing | RingStep::Silenced => false,
        }
    }
}

impl Ringing {
    pub(crate) fn ring_mut(&mut self, endpoint: Endpoint) -> Option<&mut Ring> {
        self.rings.iter_mut().find(|ring| ring.endpoint == endpoint)
    }

    pub(crate) fn outs(&self) -> Outs {
        let out = |ring: &Ring| match ring.step {
            RingStep::Out(reason) => Some((ring.endpoint, reason)),
            RingStep::Reached | RingStep::Ringing | RingStep::Silenced => None,
        };
        self.rings.iter().filter_map(out).collect()
    }

    /// Whether a device of the callee may still answer.
    pub(crate) fn is_ringing_somewhere(&self) -> bool {
        self.rings.iter().any(|ring| !ring.is_out())
    }
}

impl Call {
    /// The users in the call.
    pub(crate) fn parties(&self) -> Vec<Party> {
        match &self.state {
            State::Ringing(ringing) => vec![ringing.caller.party, ringing.callee],
            State::Accepted(accepted) => vec![accepted.caller.party, accepted.callee.party],
            State::Resuming(resuming) => vec![resuming.seat.party],
        }
    }

    /// The devices that the call occupies. A ringing device is free until it answers.
    pub(crate) fn engaged(&self) -> Vec<Endpoint> {
        match &self.state {
            State::Ringing(ringing) => vec![ringing.caller.endpoint],
            State::Accepted(accepted) => vec![accepted.caller.endpoint, accepted.callee.endpoint],
            State::Resuming(resuming) => vec![resuming.seat.endpoint],
        }
    }

    /// When time itself changes the call.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Ringing(ringing) => {
                let caller = ringing.caller.deadline();
                [Some(ringing.rings_until), ringing.reached_by, caller].into_iter().flatten().min()
            }
            State::Accepted(accepted) => {
                accepted.caller.deadline().into_iter().chain(accepted.callee.deadline()).min()
            }
            State::Resuming(resuming) => Some(resuming.gives_up_at),
        }
    }
}

impl Ended {
    /// The call that took the place of this one for the device that placed it.
    pub(crate) fn winner_for(&self, endpoint: Endpoint) -> Option<CallId> {
        self.merged_into.filter(|(_, placed_by)| *placed_by == endpoint).map(|(winner, _)| winner)
    }

    /// What a device of `party` is told.
    pub(crate) fn outcome(&self, party: Party, endpoint: Endpoint) -> (EndReason, EndedBy) {
        if let Some((_, reason)) = self.outs.iter().find(|(out, _)| *out == endpoint) {
            return (*reason, EndedBy::Callee);
        }
        match self.decided {
            Some((callee, decider, elsewhere)) if callee == party && decider != endpoint => {
                (elsewhere, EndedBy::Callee)
            }
            Some(_) | None => (self.reason, self.by),
        }
    }
}
