//! What the media side reports.

use std::time::Duration;

use ringdove_protocol::{ClientMessage, EndReason, PersonKind, Signal};

use super::Agent;
use crate::{
    DeviceFailure, EndedSide, MediaAction, MediaEvent, MediaReport,
    state::{MediaPath, State},
};

impl Agent {
    pub(super) fn on_media(&mut self, now: Duration, report: MediaReport) {
        let State::Answered(answered) = &mut self.state else {
            // Late news of a call that is over.
            return;
        };
        let call_id = answered.call.id;
        if report.call_id != call_id {
            return;
        }
        match report.event {
            MediaEvent::Signal { signal } => {
                if let Signal::Media { media } = signal {
                    answered.sending = media;
                }
                let (seq, body) = answered.outbox.push(signal.encode());
                self.send(ClientMessage::CallSignal { call_id, seq, body });
            }
            MediaEvent::Connected => {
                answered.talk_since.get_or_insert(now);
                let before = answered.phase();
                answered.path = MediaPath::Active;
                if answered.phase() != before {
                    self.show_phase(now);
                }
            }
            MediaEvent::Disconnected => match answered.path {
                MediaPath::Active => {
                    answered.path = self.timers.lost(now);
                }
                // The limits of both run already.
                MediaPath::Connecting { .. } | MediaPath::Lost { .. } => {}
            },
            MediaEvent::Failed => {
                if matches!(answered.path, MediaPath::Active) {
                    answered.path = self.timers.lost(now);
                }
                self.restart_ice(now);
            }
            MediaEvent::DeviceFailed { failure } => {
                let reason = match failure {
                    DeviceFailure::NoDevice => EndReason::NoDevice,
                    DeviceFailure::NoPermission => EndReason::NoPermission,
                    DeviceFailure::Unsupported => EndReason::ConnectFailed,
                };
                self.hang_up(now, call_id, reason, EndedSide::Me);
            }
            MediaEvent::RemoteHangUp => {
                // The other end tells the server itself, and whoever tells it first counts as the
                // one who hung up. This end speaks up only later: the other's link may be down.
                let reason = EndReason::HungUp;
                self.keep_farewell(now, call_id, ClientMessage::CallHangup { call_id, reason });
                self.end(now, reason, EndedSide::Peer);
            }
            // The tutorial's page knows one connection a call.
            MediaEvent::StartedOver if answered.call.peer.kind == PersonKind::Guest => {
                self.hang_up(now, call_id, EndReason::Left, EndedSide::Me);
            }
            MediaEvent::StartedOver => {
                let run = answered.runs.own.saturating_add(1);
                self.start_over(now, run);
            }
            // For the timeline of whoever watches the media side; no rule depends on it.
            MediaEvent::FirstFrame => {}
        }
    }

    /// Makes the connection anew, with what this end was sending, and says so to the other end.
    pub(super) fn start_over(&mut self, now: Duration, run: u32) {
        let again = now + self.timers.reconnect_again;
        let limit = now + self.timers.reconnect_limit;
        let State::Answered(answered) = &mut self.state else { return };
        answered.runs.own = run;
        // The limit of a loss that was there already holds.
        let limit_at = match answered.path {
            MediaPath::Active => limit,
            MediaPath::Connecting { limit_at, .. } | MediaPath::Lost { limit_at, .. } => limit_at,
        };
        answered.path = MediaPath::Lost { shown_at: None, restart_at: again, limit_at };
        let (call_id, role) = (answered.call.id, answered.call.role);
        let (ice_servers, media) = (answered.ice_servers.clone(), answered.sending);
        let (seq, body) = answered.outbox.push(Signal::Restart { run }.encode());
        self.send(ClientMessage::CallSignal { call_id, seq, body });
        self.order(call_id, MediaAction::Stop);
        self.order(call_id, MediaAction::Start { role, ice_servers, media });
        self.show_phase(now);
    }

    /// Restarts ICE at once and lets the clocks of a lost path run from now.
    pub(super) fn restart_ice(&mut self, now: Duration) {
        let timers = self.timers;
        let State::Answered(answered) = &mut self.state else { return };
        let call_id = answered.call.id;
        match &mut answered.path {
            MediaPath::Connecting { restart_at, .. } => {
                // Once: a path that never worked seldom does after many tries, and the limit runs.
                if restart_at.take().is_none() {
                    return;
                }
            }
            // Media still flows; only a later `disconnected` is a loss.
            MediaPath::Active => {}
            MediaPath::Lost { restart_at, .. } => *restart_at = now + timers.reconnect_again,
        }
        self.order(call_id, MediaAction::RestartIce);
    }
}

impl crate::Timers {
    /// The path of a call whose media was lost at `now`.
    fn lost(&self, now: Duration) -> MediaPath {
        MediaPath::Lost {
            shown_at: Some(now + self.reconnect_shown),
            restart_at: now + self.reconnect_restart,
            limit_at: now + self.reconnect_limit,
        }
    }
}
