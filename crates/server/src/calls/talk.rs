//! What happens to a call after it was answered.

use ringdove_protocol::{CallId, EndReason, EndedBy, ErrorCode};

use super::{
    Calls,
    record::{Relayed, State},
};
use crate::hub::{Endpoint, Now, Party};

impl Calls {
    /// The reasons that a decline may give.
    pub(crate) const DECLINE_REASONS: &'static [EndReason] = &[
        EndReason::Declined,
        EndReason::Busy,
        EndReason::NoDevice,
        EndReason::NoPermission,
        EndReason::NotSecure,
        EndReason::Version,
    ];

    /// The reasons that a hangup may give.
    pub(crate) const HANGUP_REASONS: &'static [EndReason] = &[
        EndReason::HungUp,
        EndReason::ConnectFailed,
        EndReason::ConnectionLost,
        EndReason::Left,
        EndReason::NoDevice,
        EndReason::NoPermission,
        EndReason::NotSecure,
        EndReason::Version,
    ];

    /// An end says something to the other end; it is passed on unread.
    pub(crate) fn signal(&mut self, party: Party, endpoint: Endpoint, id: CallId, signal: Relayed) {
        const ABOUT: &str = "call.signal";
        let fits = match self.open.get_mut(&id).map(|call| &mut call.state) {
            Some(State::Accepted(accepted)) => {
                let Some(role) = accepted.role_of(endpoint) else {
                    return self.too_late(party, endpoint, ABOUT, id);
                };
                // Whoever speaks is there, even if it did not say `call.resume`.
                let missed = accepted.seat_mut(role).attach();
                self.set_timer(id);
                for signal in missed.into_signals() {
                    self.deliver(id, role, signal);
                }
                self.deliver(id, role.other(), signal)
            }
            Some(State::Resuming(resuming)) if resuming.seat.endpoint == endpoint => {
                resuming.held.push(signal)
            }
            Some(State::Ringing(_)) => {
                let text = "nobody has answered this call yet";
                return self.refuse(endpoint, ABOUT, id, ErrorCode::WrongState, text);
            }
            Some(State::Resuming(_)) | None => {
                return self.refuse_closed(party, endpoint, ABOUT, id);
            }
        };
        if !fits {
            let text = "too much is waiting for the other end";
            self.refuse(endpoint, ABOUT, id, ErrorCode::RateLimited, text);
        }
    }

    /// An end hangs up. `reason` is one of a hangup.
    pub(crate) fn hang_up(
        &mut self,
        now: Now,
        party: Party,
        endpoint: Endpoint,
        id: CallId,
        reason: EndReason,
    ) {
        const ABOUT: &str = "call.hangup";
        let meant = self.meant(endpoint, id);
        match self.open.get(&meant).map(|call| &call.state) {
            Some(State::Accepted(accepted)) => match accepted.role_of(endpoint) {
                Some(role) => {
                    self.end(now, meant, reason, role.into(), None);
                    if meant != id {
                        self.refuse_closed(party, endpoint, ABOUT, id);
                    }
                }
                None => self.too_late(party, endpoint, ABOUT, id),
            },
            Some(State::Resuming(resuming)) if resuming.seat.endpoint == endpoint => {
                let by = resuming.role.into();
                self.end(now, id, reason, by, None);
            }
            // Its accept was lost with the connection: what it wants is clear all the same.
            Some(State::Ringing(ringing)) if ringing.callee == party => {
                self.decline(now, party, endpoint, id, EndReason::Declined);
            }
            Some(State::Ringing(ringing)) if ringing.caller.endpoint == endpoint => {
                self.end(now, id, EndReason::Cancelled, EndedBy::Caller, None);
            }
            Some(State::Ringing(_) | State::Resuming(_)) | None => {
                self.refuse_closed(party, endpoint, ABOUT, id);
            }
        }
    }
}
