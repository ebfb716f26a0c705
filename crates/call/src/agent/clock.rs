//! What time brings.

use std::time::Duration;

use ringdove_protocol::{ClientMessage, EndReason};

use super::{Agent, invite, standing};
use crate::{
    EndedSide, MediaAction,
    state::{IncomingStep, MediaPath, State},
};

impl Agent {
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        // Repeats wait for the link: `restate` makes up for them.
        let repeat = |at: Duration| self.online.then_some(at);
        let of_state: [Option<Duration>; 3] = match &self.state {
            State::Idle | State::Ended(_) => [None; 3],
            State::Outgoing(outgoing) => {
                [outgoing.repeat_at.and_then(repeat), Some(outgoing.guard_at), None]
            }
            State::Incoming(incoming) => match &incoming.step {
                IncomingStep::Ringing | IncomingStep::Silenced => {
                    [None, Some(incoming.guard_at), None]
                }
                IncomingStep::Accepting { repeat_at, .. } => {
                    [repeat(*repeat_at), Some(incoming.guard_at), None]
                }
            },
            State::Answered(answered) => {
                let gap = answered.inbox.deadline();
                match answered.path {
                    MediaPath::Connecting { restart_at, limit_at } => {
                        [gap, restart_at, Some(limit_at)]
                    }
                    MediaPath::Active => [gap, None, None],
                    MediaPath::Lost { shown_at, restart_at, limit_at } => {
                        [gap, Some(shown_at.unwrap_or(restart_at).min(restart_at)), Some(limit_at)]
                    }
                }
            }
        };
        of_state.into_iter().flatten().chain(self.farewells.deadline().and_then(repeat)).min()
    }

    pub(super) fn on_timeout(&mut self, now: Duration) {
        if self.online {
            for message in self.farewells.due(now, self.timers.repeat) {
                self.send(message);
            }
        }
        match &mut self.state {
            State::Idle | State::Ended(_) => {}
            State::Outgoing(outgoing) => {
                let call_id = outgoing.call.id;
                if outgoing.guard_at <= now {
                    let reason = self.why_silent(EndReason::NoAnswer);
                    self.bid_farewell(now, call_id, ClientMessage::CallCancel { call_id });
                    self.end(now, reason, EndedSide::Server);
                } else if outgoing.repeat_at.is_some_and(|at| at <= now) {
                    outgoing.repeat_at = Some(now + self.timers.repeat);
                    let invite = invite(outgoing);
                    self.send(invite);
                }
            }
            State::Incoming(incoming) => {
                let standing = standing(incoming);
                if incoming.guard_at <= now {
                    let reason = self.why_silent(EndReason::NoAnswer);
                    self.end(now, reason, EndedSide::Server);
                } else if let IncomingStep::Accepting { repeat_at, .. } = &mut incoming.step
                    && *repeat_at <= now
                {
                    *repeat_at = now + self.timers.repeat;
                    self.send(standing);
                }
            }
            State::Answered(_) => self.on_answered_timeout(now),
        }
    }

    /// The media side slept too and knows of nothing yet; but the other end has heard nothing for so
    /// long. Deadlines that have passed come as a timeout.
    pub(super) fn on_woken(&mut self, now: Duration, slept: Duration) {
        let State::Answered(answered) = &self.state else { return };
        if slept >= self.timers.reconnect_limit {
            let call_id = answered.call.id;
            self.hang_up(now, call_id, EndReason::ConnectionLost, EndedSide::Server);
        } else {
            self.restart_ice(now);
        }
    }

    fn on_answered_timeout(&mut self, now: Duration) {
        self.deliver_signals(now);
        let again = now + self.timers.reconnect_again;
        let State::Answered(answered) = &mut self.state else { return };
        let call_id = answered.call.id;
        match &mut answered.path {
            MediaPath::Connecting { limit_at, .. } if *limit_at <= now => {
                self.hang_up(now, call_id, EndReason::ConnectFailed, EndedSide::Server);
            }
            MediaPath::Connecting { restart_at, .. } => {
                if restart_at.is_some_and(|at| at <= now) {
                    *restart_at = None;
                    self.order(call_id, MediaAction::RestartIce);
                }
            }
            // Only a gap in the signals can have been due.
            MediaPath::Active => {}
            MediaPath::Lost { limit_at, .. } if *limit_at <= now => {
                self.hang_up(now, call_id, EndReason::ConnectionLost, EndedSide::Server);
            }
            MediaPath::Lost { shown_at, restart_at, .. } => {
                let restart = *restart_at <= now;
                if restart {
                    *restart_at = again;
                }
                let shown = shown_at.is_some_and(|at| at <= now);
                if shown {
                    *shown_at = None;
                    self.show_phase(now);
                }
                if restart {
                    self.order(call_id, MediaAction::RestartIce);
                }
            }
        }
    }

    /// The reason for an end that the server did not tell in time.
    fn why_silent(&self, expected: EndReason) -> EndReason {
        if self.online { expected } else { EndReason::ServerError }
    }
}
