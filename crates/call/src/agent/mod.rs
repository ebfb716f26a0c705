//! The agent: what it holds, and the moves that its inputs share.
//!
//! Each source of inputs has a module of its own: the user ([`command`]), the server ([`server`]),
//! the media side ([`media`]) and the clock ([`clock`]).

mod clock;
mod command;
mod media;
mod server;

use std::{collections::VecDeque, mem, time::Duration};

use ringdove_protocol::{CallId, ClientMessage, EndReason, IceServer, Role};

use crate::{
    CallEnd, CallView, EndedSide, Input, MediaAction, MediaCommand, Output, Timers,
    farewell::Farewells,
    signals::{Inbox, Outbox},
    state::{
        Answered, Call, Ended, Incoming, IncomingStep, MediaPath, Outgoing, Runs, State, millis,
    },
};

/// Runs at most one call at a time.
#[derive(Debug)]
pub struct Agent {
    timers: Timers,
    online: bool,
    /// Whether calls come in without ringing.
    quiet: bool,
    state: State,
    farewells: Farewells,
    outputs: VecDeque<Output>,
}

impl Agent {
    /// An agent without a call, offline.
    pub fn new(timers: Timers) -> Self {
        Self {
            timers,
            online: false,
            quiet: false,
            state: State::Idle,
            farewells: Farewells::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes what happened at `now`, the time since some fixed moment; it must not go back.
    pub fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Command(command) => self.on_command(now, command),
            Input::LinkDown => self.online = false,
            Input::LinkUp => {
                self.online = true;
                self.restate(now);
            }
            Input::Media(report) => self.on_media(now, report),
            Input::NetworkChanged => self.restart_ice(now),
            Input::Refuse { call_id, reason } => self.distrust(now, call_id, reason),
            Input::Quiet(quiet) => self.set_quiet(now, quiet),
            Input::Server(message) => self.on_server(now, message),
            Input::Timeout => self.on_timeout(now),
            Input::Woken { slept } => self.on_woken(now, slept),
        }
    }

    /// The next thing to be done. To be called until it gives `None` after each input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due, on the scale of `now`.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.next_deadline()
    }

    /// The call that is neither over nor idle.
    pub fn open_call(&self) -> Option<CallId> {
        self.state.open_call().map(|call| call.id)
    }

    /// The call as a person sees it.
    pub fn view(&self, now: Duration) -> Option<CallView> {
        self.state.view(now)
    }

    /// After a login the server may know nothing of us, or miss what was said while the link was
    /// going down: says again where this end stands. Every message of it may safely come twice.
    fn restate(&mut self, now: Duration) {
        let again = now + self.timers.repeat;
        let mut messages = self.farewells.all(again);
        match &mut self.state {
            State::Idle | State::Ended(_) => {}
            State::Outgoing(outgoing) => {
                outgoing.repeat_at = Some(again);
                messages.push(invite(outgoing));
            }
            State::Incoming(incoming) => {
                if let IncomingStep::Accepting { repeat_at, .. } = &mut incoming.step {
                    *repeat_at = again;
                }
                messages.push(standing(incoming));
            }
            State::Answered(answered) => {
                let call = &answered.call;
                messages.push(ClientMessage::CallResume {
                    call_id: call.id,
                    peer: call.peer.name.clone(),
                    role: call.role,
                    media: call.media,
                });
                messages.extend(answered.outbox.sent().map(|(seq, body)| {
                    ClientMessage::CallSignal { call_id: call.id, seq: *seq, body: body.clone() }
                }));
            }
        }
        for message in messages {
            self.send(message);
        }
    }

    /// Sends while online. Offline nothing is lost: [`Self::restate`] says it after the login.
    fn send(&mut self, message: ClientMessage) {
        if self.online {
            self.outputs.push_back(Output::Send(message));
        }
    }

    fn order(&mut self, call_id: CallId, action: MediaAction) {
        self.outputs.push_back(Output::Media(MediaCommand { call_id, action }));
    }

    fn show(&mut self) {
        self.outputs.push_back(Output::View);
    }

    /// Sends the message that ends a call, and keeps it until it is confirmed.
    fn bid_farewell(&mut self, now: Duration, call_id: CallId, message: ClientMessage) {
        self.send(message.clone());
        self.keep_farewell(now, call_id, message);
    }

    /// Keeps the message that ends a call until it is confirmed; says it later if it is not.
    fn keep_farewell(&mut self, now: Duration, call_id: CallId, message: ClientMessage) {
        self.farewells.keep(
            call_id,
            message,
            now + self.timers.repeat,
            now + self.timers.repeat_limit,
        );
    }

    /// Says what is unconfirmed now: for the server this device may still be in the last call, and
    /// that would stand in the way of the next one.
    fn finish_farewells(&mut self, now: Duration) {
        for message in self.farewells.all(now + self.timers.repeat) {
            self.send(message);
        }
    }

    /// The one way into an answered call, and so the one place that starts media for the first time.
    fn answer(&mut self, now: Duration, mut call: Call, inbox: Inbox, ice_servers: Vec<IceServer>) {
        call.phase_since = now;
        let (call_id, role, media) = (call.id, call.role, call.media);
        let path = MediaPath::Connecting {
            restart_at: Some(now + self.timers.connect_restart),
            limit_at: now + self.timers.connect_limit,
        };
        self.state = State::Answered(Answered {
            call,
            inbox,
            outbox: Outbox::default(),
            path,
            ice_servers: ice_servers.clone(),
            sending: media,
            runs: Runs::default(),
            talk_since: None,
        });
        self.order(call_id, MediaAction::Start { role, ice_servers, media });
        self.deliver_signals(now);
        self.show();
    }

    /// The one way out of a call: releases the media and shows the end. Does nothing when idle.
    fn end(&mut self, now: Duration, reason: EndReason, by: EndedSide) {
        let (mut call, talk_since) = match mem::take(&mut self.state) {
            // Over already: the first end counts.
            state @ (State::Idle | State::Ended(_)) => {
                self.state = state;
                return;
            }
            State::Outgoing(outgoing) => (outgoing.call, None),
            State::Incoming(incoming) => (incoming.call, None),
            State::Answered(answered) => {
                self.order(answered.call.id, MediaAction::Stop);
                (answered.call, answered.talk_since)
            }
        };
        self.farewells.remember(call.id);
        call.phase_since = now;
        let talk_ms = talk_since.map_or(0, |since| millis(now, since));
        self.state = State::Ended(Ended { call, end: CallEnd { reason, by, talk_ms } });
        self.show();
    }

    /// Ends an answered call from this end and tells the server.
    fn hang_up(&mut self, now: Duration, call_id: CallId, reason: EndReason, by: EndedSide) {
        self.bid_farewell(now, call_id, ClientMessage::CallHangup { call_id, reason });
        self.end(now, reason, by);
    }

    /// Ends a call that cannot be trusted, whatever its state; one that is unknown is declined.
    fn distrust(&mut self, now: Duration, call_id: CallId, reason: EndReason) {
        let message = match &self.state {
            State::Outgoing(Outgoing { call, .. }) | State::Answered(Answered { call, .. })
                if call.id == call_id =>
            {
                ClientMessage::CallHangup { call_id, reason }
            }
            State::Idle
            | State::Outgoing(_)
            | State::Incoming(_)
            | State::Answered(_)
            | State::Ended(_) => ClientMessage::CallDecline { call_id, reason },
        };
        if self.farewells.of(call_id).is_none() {
            self.bid_farewell(now, call_id, message);
        }
        if self.open_call() == Some(call_id) {
            self.end(now, reason, EndedSide::Me);
        }
    }

    /// Enters a new phase of the open call.
    fn show_phase(&mut self, now: Duration) {
        match &mut self.state {
            State::Idle | State::Ended(_) => {}
            State::Outgoing(Outgoing { call, .. })
            | State::Incoming(Incoming { call, .. })
            | State::Answered(Answered { call, .. }) => call.phase_since = now,
        }
        self.show();
    }
}

/// What the caller says until the server knows of the call.
fn invite(outgoing: &Outgoing) -> ClientMessage {
    let call = &outgoing.call;
    ClientMessage::CallInvite {
        call_id: call.id,
        to: call.peer.name.clone(),
        media: call.media,
        setup: None,
    }
}

/// What the callee's device says of a call that is not answered yet.
fn standing(incoming: &Incoming) -> ClientMessage {
    let call_id = incoming.call.id;
    match incoming.step {
        IncomingStep::Ringing => ClientMessage::CallRinging { call_id },
        IncomingStep::Silenced => ClientMessage::CallSilenced { call_id },
        IncomingStep::Accepting { .. } => {
            ClientMessage::CallAccept { call_id, media: incoming.call.media, setup: None }
        }
    }
}

/// Seen from `role`, who is `by`?
fn side(role: Role, by: ringdove_protocol::EndedBy) -> EndedSide {
    use ringdove_protocol::EndedBy;
    match (role, by) {
        (_, EndedBy::Server) => EndedSide::Server,
        (Role::Caller, EndedBy::Caller) | (Role::Callee, EndedBy::Callee) => EndedSide::Me,
        (Role::Caller, EndedBy::Callee) | (Role::Callee, EndedBy::Caller) => EndedSide::Peer,
    }
}
