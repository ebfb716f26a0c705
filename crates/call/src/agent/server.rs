//! What the server says.

use std::{mem, time::Duration};

use ringdove_protocol::{
    CallId, ClientMessage, DeviceId, EndReason, EndedBy, ErrorCode, IceServer, Media, Person, Role,
    ServerMessage, Signal, SignalError,
};

use super::{Agent, side, standing};
use crate::{
    EndedSide, MediaAction,
    signals::Inbox,
    state::{Answered, Call, DeviceProgress, Ended, Incoming, IncomingStep, Outgoing, Runs, State},
};

/// An invite with less than this left is a missed call, not a ring.
const TOO_LATE_TO_RING: Duration = Duration::from_secs(3);

/// More devices than this tell the caller nothing new.
const DEVICES: usize = 16;

impl Agent {
    pub(super) fn on_server(&mut self, now: Duration, message: ServerMessage) {
        match message {
            ServerMessage::Welcome { ring_limit_ms, .. } => {
                self.timers.ring_limit = Duration::from_millis(ring_limit_ms);
            }
            ServerMessage::CallInvite { call_id, from, media, remaining_ms, .. } => {
                self.on_invite(now, call_id, from, media, Duration::from_millis(remaining_ms));
            }
            ServerMessage::CallReached { call_id, device } => {
                self.on_progress(now, call_id, device, DeviceProgress::Reached);
            }
            ServerMessage::CallRinging { call_id, device } => {
                self.on_progress(now, call_id, device, DeviceProgress::Ringing);
            }
            ServerMessage::CallSilenced { call_id, device } => {
                self.on_progress(now, call_id, device, DeviceProgress::Silenced);
            }
            ServerMessage::CallAccepted {
                call_id,
                role,
                peer,
                media,
                ice_servers,
                replaces,
                ..
            } => self.on_accepted(now, call_id, role, peer, media, ice_servers, replaces),
            ServerMessage::CallEnded { call_id, reason, by } => {
                self.on_ended(now, call_id, reason, by);
            }
            ServerMessage::CallSignal { call_id, seq, body, .. } => {
                self.on_signal(now, call_id, seq, body);
            }
            ServerMessage::Error { code, call_id: Some(call_id), .. } => {
                self.on_error(now, call_id, code);
            }
            // No affair of a call.
            ServerMessage::Hello { .. }
            | ServerMessage::Presence { .. }
            | ServerMessage::PresenceChanged { .. }
            | ServerMessage::Chat { .. }
            | ServerMessage::Text { .. }
            | ServerMessage::RingsRenamed { .. }
            | ServerMessage::Pong {}
            | ServerMessage::Error { call_id: None, .. } => {}
        }
    }

    fn on_invite(
        &mut self,
        now: Duration,
        call_id: CallId,
        from: Person,
        media: Media,
        remaining: Duration,
    ) {
        if let Some(farewell) = self.farewells.of(call_id).cloned() {
            // The server has not heard yet that this call is over here.
            return self.send(farewell);
        }
        if self.farewells.is_over(call_id) {
            return;
        }
        match &mut self.state {
            State::Idle | State::Ended(_) => self.ring(now, call_id, from, media, remaining),
            // Glare: the server makes one call of the two and tells which.
            State::Outgoing(outgoing) if outgoing.call.peer.name == from.name => {}
            State::Incoming(incoming) if incoming.call.id == call_id => {
                // Repeated: the server may have missed where we stand.
                incoming.guard_at = now + remaining + self.timers.ring_guard;
                let standing = standing(incoming);
                self.send(standing);
            }
            // Repeated; or of the call that gave way to this one on glare, and late. A peer who
            // calls anew is no such case: the server ends the old call first, as `replaced`.
            State::Answered(answered)
                if answered.call.id == call_id || answered.call.peer.name == from.name => {}
            State::Outgoing(_) | State::Incoming(_) | State::Answered(_) => {
                let reason = EndReason::Busy;
                self.bid_farewell(now, call_id, ClientMessage::CallDecline { call_id, reason });
            }
        }
    }

    fn ring(
        &mut self,
        now: Duration,
        call_id: CallId,
        from: Person,
        media: Media,
        remaining: Duration,
    ) {
        let incoming = Incoming {
            call: Call {
                id: call_id,
                role: Role::Callee,
                peer: from,
                media,
                peer_media: media,
                phase_since: now,
            },
            step: if self.quiet { IncomingStep::Silenced } else { IncomingStep::Ringing },
            guard_at: now + remaining + self.timers.ring_guard,
        };
        let standing = standing(&incoming);
        self.state = State::Incoming(incoming);
        if remaining < TOO_LATE_TO_RING {
            return self.end(now, EndReason::NoAnswer, EndedSide::Server);
        }
        self.send(standing);
        self.show();
    }

    fn on_progress(
        &mut self,
        now: Duration,
        call_id: CallId,
        device: DeviceId,
        progress: DeviceProgress,
    ) {
        match &mut self.state {
            State::Outgoing(outgoing) if outgoing.call.id == call_id => {
                outgoing.repeat_at = None;
                let before = outgoing.phase();
                let known = outgoing.devices.get(&device).copied();
                // "Reached" may come again after "ringing": it is older news.
                let news = progress != DeviceProgress::Reached || known.is_none();
                if news && (known.is_some() || outgoing.devices.len() < DEVICES) {
                    outgoing.devices.insert(device, progress);
                }
                if outgoing.phase() != before {
                    self.show_phase(now);
                }
            }
            // Of another call, or too late.
            State::Idle
            | State::Outgoing(_)
            | State::Incoming(_)
            | State::Answered(_)
            | State::Ended(_) => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one message")]
    fn on_accepted(
        &mut self,
        now: Duration,
        call_id: CallId,
        role: Role,
        peer: Person,
        media: Media,
        ice_servers: Vec<IceServer>,
        replaces: Option<CallId>,
    ) {
        match mem::take(&mut self.state) {
            // The user of this device placed this call, or on glare one to the same person.
            State::Outgoing(outgoing)
                if outgoing.call.peer.name == peer.name
                    && outgoing.call.id == replaces.unwrap_or(call_id)
                    && (replaces.is_some() || role == Role::Caller) =>
            {
                if let Some(lost) = replaces {
                    if self.farewells.is_over(call_id) {
                        // A restarted server took a call for new that has ended here.
                        self.state = State::Outgoing(outgoing);
                        return self.hang_up(now, lost, EndReason::Left, EndedSide::Me);
                    }
                    self.farewells.remember(lost);
                }
                let call = Call { id: call_id, role, peer, peer_media: media, ..outgoing.call };
                self.answer(now, call, Inbox::default(), ice_servers);
            }
            // The user of this device pressed Answer.
            State::Incoming(Incoming {
                call,
                step: IncomingStep::Accepting { inbox, .. },
                guard_at: _,
            }) if call.id == call_id => {
                self.answer(now, Call { peer_media: media, ..call }, inbox, ice_servers);
            }
            // Confirms a resume, or repeated.
            State::Answered(answered) if answered.call.id == call_id => {
                self.state = State::Answered(Answered { ice_servers, ..answered });
            }
            // Nobody here said yes to this call, so no server can make it start a camera.
            state @ (State::Idle
            | State::Outgoing(_)
            | State::Incoming(_)
            | State::Answered(_)
            | State::Ended(_)) => {
                let is_open = state.open_call().map(|call| call.id) == Some(call_id);
                self.state = state;
                if !is_open && self.farewells.of(call_id).is_none() {
                    let reason = EndReason::Left;
                    self.bid_farewell(now, call_id, ClientMessage::CallHangup { call_id, reason });
                }
            }
        }
    }

    fn on_ended(&mut self, now: Duration, call_id: CallId, reason: EndReason, by: EndedBy) {
        self.farewells.confirm(call_id);
        match &mut self.state {
            // The call that takes the place of this one comes by itself, as `call.accepted`; to ask
            // for it is to repeat the invite.
            State::Outgoing(outgoing)
                if outgoing.call.id == call_id && reason == EndReason::GlareLost =>
            {
                outgoing.devices.clear();
                outgoing.repeat_at = Some(now + self.timers.repeat);
            }
            // Two ends crossed: the one that the server heard first counts, on both sides.
            State::Ended(Ended { call, end }) if call.id == call_id => {
                let by = side(call.role, by);
                if (end.reason, end.by) != (reason, by) {
                    (end.reason, end.by) = (reason, by);
                    self.show();
                }
            }
            State::Outgoing(Outgoing { call, .. })
            | State::Incoming(Incoming { call, .. })
            | State::Answered(Answered { call, .. })
                if call.id == call_id =>
            {
                let by = side(call.role, by);
                self.end(now, reason, by);
            }
            // Of another call.
            State::Idle
            | State::Outgoing(_)
            | State::Incoming(_)
            | State::Answered(_)
            | State::Ended(_) => {}
        }
    }

    fn on_signal(&mut self, now: Duration, call_id: CallId, seq: u32, body: String) {
        match &mut self.state {
            State::Answered(answered) if answered.call.id == call_id => {
                answered.inbox.insert(seq, body);
                self.deliver_signals(now);
            }
            State::Incoming(Incoming {
                call,
                step: IncomingStep::Accepting { inbox, .. },
                guard_at: _,
            }) if call.id == call_id => inbox.insert(seq, body),
            // Of another call, or before anybody here said yes.
            State::Idle
            | State::Outgoing(_)
            | State::Incoming(_)
            | State::Answered(_)
            | State::Ended(_) => {}
        }
    }

    /// Hands the media side every signal that is next in order.
    pub(super) fn deliver_signals(&mut self, now: Duration) {
        while let State::Answered(answered) = &mut self.state {
            let call_id = answered.call.id;
            let Some(body) = answered.inbox.next(now, self.timers.signal_gap) else { break };
            match Signal::decode(&body) {
                Ok(Signal::Restart { run }) => self.on_restart(now, run),
                // Of a connection that this end has no more.
                Ok(_) if answered.runs.peer < answered.runs.own => {}
                Ok(signal) => {
                    if let Signal::Media { media } = signal {
                        answered.call.peer_media = media;
                        self.show();
                    }
                    self.order(call_id, MediaAction::Signal { signal });
                }
                // A peer's nonsense harms nobody; the call may do without it.
                Err(SignalError::Invalid(_)) => {}
                Err(SignalError::Version(_)) => {
                    self.hang_up(now, call_id, EndReason::Version, EndedSide::Me);
                }
            }
        }
    }

    /// The other end makes its connection anew, because of this end or of its own accord.
    fn on_restart(&mut self, now: Duration, run: u32) {
        let State::Answered(answered) = &mut self.state else { return };
        let Runs { own, .. } = answered.runs;
        if run > own {
            answered.runs.peer = run;
            self.start_over(now, run);
        } else if run == own {
            answered.runs.peer = run;
        }
        // A smaller number is an old one.
    }

    fn on_error(&mut self, now: Duration, call_id: CallId, code: ErrorCode) {
        if code == ErrorCode::UnknownCall {
            // Nothing is left to say goodbye to.
            self.farewells.confirm(call_id);
        }
        match &self.state {
            State::Outgoing(outgoing) if outgoing.call.id == call_id => {
                if let Some(reason) = refusal(code) {
                    self.end(now, reason, EndedSide::Server);
                }
            }
            // While the caller's own link comes back the server may not know the call yet: the
            // accept is repeated until the guard ends it.
            State::Incoming(_)
            // Media flows without the server.
            | State::Answered(_)
            | State::Idle
            | State::Outgoing(_)
            | State::Ended(_) => {}
        }
    }
}

/// What an error to an invite means for the call; none where the call may go on.
fn refusal(code: ErrorCode) -> Option<EndReason> {
    match code {
        ErrorCode::Offline => Some(EndReason::Unreachable),
        ErrorCode::AlreadyInCall => Some(EndReason::Busy),
        ErrorCode::Oneself | ErrorCode::ServerOwned | ErrorCode::UnknownType => {
            Some(EndReason::NotAllowed)
        }
        ErrorCode::Version => Some(EndReason::Version),
        ErrorCode::BadLogin
        | ErrorCode::BadMessage
        | ErrorCode::BadText
        | ErrorCode::InviteInvalid
        | ErrorCode::InviteNeeded
        | ErrorCode::LoginRequired
        | ErrorCode::NameFixed
        | ErrorCode::NameInvalid
        | ErrorCode::NameTaken
        | ErrorCode::ServerError
        | ErrorCode::SessionReplaced => Some(EndReason::ServerError),
        ErrorCode::RateLimited => Some(EndReason::RateLimited),
        // The invite is repeated; or the message at fault was an older one.
        ErrorCode::UnknownCall | ErrorCode::WrongState => None,
    }
}
