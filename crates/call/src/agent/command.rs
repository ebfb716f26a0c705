//! What the user wants.

use std::{collections::BTreeMap, mem, time::Duration};

use ringdove_protocol::{CallId, ClientMessage, EndReason, Media, Person, Role};

use super::{Agent, invite, standing};
use crate::{
    CallCommand, CallRefusal, EndedSide, MediaAction, Output,
    signals::Inbox,
    state::{Call, IncomingStep, Outgoing, State},
};

impl Agent {
    pub(super) fn on_command(&mut self, now: Duration, command: CallCommand) {
        match command {
            CallCommand::Accept { media } => self.accept(now, media),
            CallCommand::Decline => self.decline(now),
            CallCommand::Dismiss => self.dismiss(),
            CallCommand::HangUp => self.hang_up_by_user(now),
            CallCommand::Place { call_id, to, media } => self.place(now, call_id, to, media),
            CallCommand::Silence => self.silence(now),
        }
    }

    fn place(&mut self, now: Duration, call_id: CallId, to: Person, media: Media) {
        match &self.state {
            State::Idle | State::Ended(_) => {}
            // Who calls somebody that is calling means to answer.
            State::Incoming(incoming) if incoming.call.peer.name == to.name => {
                return self.accept(now, media);
            }
            State::Outgoing(_) | State::Incoming(_) | State::Answered(_) => {
                return self.refuse(CallRefusal::AlreadyInCall);
            }
        }
        if !self.online {
            return self.refuse(CallRefusal::Offline);
        }
        let call = Call {
            id: call_id,
            role: Role::Caller,
            peer: to,
            media,
            peer_media: media,
            phase_since: now,
        };
        let outgoing = Outgoing {
            call,
            devices: BTreeMap::new(),
            repeat_at: Some(now + self.timers.repeat),
            guard_at: now + self.timers.ring_limit + self.timers.ring_guard,
        };
        self.finish_farewells(now);
        self.send(invite(&outgoing));
        self.state = State::Outgoing(outgoing);
        self.show();
    }

    fn accept(&mut self, now: Duration, media: Media) {
        match &mut self.state {
            State::Idle | State::Outgoing(_) | State::Ended(_) => self.refuse(CallRefusal::NoCall),
            // Pressed twice.
            State::Answered(_) => {}
            State::Incoming(incoming) => match incoming.step {
                // Pressed twice.
                IncomingStep::Accepting { .. } => {}
                IncomingStep::Ringing | IncomingStep::Silenced => {
                    incoming.call.media = media;
                    incoming.step = IncomingStep::Accepting {
                        repeat_at: now + self.timers.repeat,
                        inbox: Inbox::default(),
                    };
                    let accept = standing(incoming);
                    self.finish_farewells(now);
                    self.send(accept);
                    self.show_phase(now);
                }
            },
        }
    }

    fn decline(&mut self, now: Duration) {
        match &self.state {
            State::Incoming(incoming) => {
                let call_id = incoming.call.id;
                let reason = EndReason::Declined;
                self.bid_farewell(now, call_id, ClientMessage::CallDecline { call_id, reason });
                self.end(now, reason, EndedSide::Me);
            }
            State::Idle | State::Outgoing(_) | State::Answered(_) | State::Ended(_) => {
                self.refuse(CallRefusal::NoCall);
            }
        }
    }

    pub(super) fn set_quiet(&mut self, now: Duration, quiet: bool) {
        self.quiet = quiet;
        if quiet && let State::Incoming(_) = self.state {
            self.silence(now);
        }
    }

    fn silence(&mut self, now: Duration) {
        match &mut self.state {
            State::Incoming(incoming) => match incoming.step {
                IncomingStep::Ringing => {
                    incoming.step = IncomingStep::Silenced;
                    let silenced = standing(incoming);
                    self.send(silenced);
                    self.show_phase(now);
                }
                // Silent already.
                IncomingStep::Silenced | IncomingStep::Accepting { .. } => {}
            },
            State::Idle | State::Outgoing(_) | State::Answered(_) | State::Ended(_) => {
                self.refuse(CallRefusal::NoCall);
            }
        }
    }

    fn hang_up_by_user(&mut self, now: Duration) {
        match &self.state {
            // Pressed twice, or the other end was faster.
            State::Idle | State::Ended(_) => {}
            State::Outgoing(outgoing) => {
                let call_id = outgoing.call.id;
                self.bid_farewell(now, call_id, ClientMessage::CallCancel { call_id });
                self.end(now, EndReason::Cancelled, EndedSide::Me);
            }
            State::Incoming(_) => self.decline(now),
            State::Answered(answered) => {
                let call_id = answered.call.id;
                self.order(call_id, MediaAction::HangUp);
                self.hang_up(now, call_id, EndReason::HungUp, EndedSide::Me);
            }
        }
    }

    fn dismiss(&mut self) {
        match mem::take(&mut self.state) {
            State::Ended(_) | State::Idle => self.show(),
            // An open call cannot be put out of sight.
            state @ (State::Outgoing(_) | State::Incoming(_) | State::Answered(_)) => {
                self.state = state;
            }
        }
    }

    fn refuse(&mut self, refusal: CallRefusal) {
        self.outputs.push_back(Output::Refused(refusal));
    }
}
