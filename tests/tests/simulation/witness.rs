//! What must hold at every step on every device, whatever network, server and users do.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ringdove_call::{CallPhase, CallView, MediaAction, Timers};
use ringdove_client::{
    Input, Output,
    app::{Command, Event},
};
use ringdove_protocol::{CallId, ClientMessage, EndReason, Name, Role, ServerMessage, Signal};

/// How far a deadline may be passed: not at all, but for rounding.
const ROUNDING: Duration = Duration::from_millis(1);

/// One device's own account of its calls.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// The call as it was last shown.
    pub(crate) view: Option<CallView>,
    /// When the open call entered its phase, or was last told to ring.
    since: Duration,
    /// The calls that the user of this device placed or accepted, and whom they are with.
    wanted: BTreeMap<CallId, Option<Name>>,
    /// The calls that the server confirmed.
    confirmed: BTreeSet<CallId>,
    /// The calls that gave way to another one on glare.
    gave_way: BTreeSet<CallId>,
    started: BTreeSet<CallId>,
    running: Option<CallId>,
    /// The number of the last description of each call's other end.
    described: BTreeMap<CallId, u32>,
    /// How each call ended, and how often that was corrected.
    pub(crate) ended: BTreeMap<CallId, (EndReason, u32)>,
    /// What the user is about to say yes to.
    pressed: Option<Yes>,
    pub(crate) counts: Counts,
}

#[derive(Debug)]
enum Yes {
    Accept,
    Call(Name),
}

/// How often things happened, to see that they did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) active: u32,
    pub(crate) ended: u32,
    pub(crate) glare: u32,
    pub(crate) rang: u32,
    pub(crate) resumed: u32,
}

impl Witness {
    /// The device has lost its memory.
    pub(crate) fn forget(&mut self) {
        *self = Self { counts: self.counts, ..Self::default() };
    }

    /// The call that is not over.
    pub(crate) fn open_call(&self) -> Option<&CallView> {
        self.view.as_ref().filter(|view| view.phase != CallPhase::Ended)
    }

    pub(crate) fn input(&mut self, now: Duration, input: &Input) {
        self.pressed = None;
        match input {
            Input::Command(Command::Accept { .. }) => self.pressed = Some(Yes::Accept),
            Input::Command(Command::Call { to, .. }) => self.pressed = Some(Yes::Call(to.clone())),
            Input::Message(frame) => {
                if let Ok(message) = ServerMessage::decode(frame) {
                    self.hear(now, message);
                }
            }
            Input::Command(_)
            | Input::Closed { .. }
            | Input::NetworkChanged
            | Input::Opened
            | Input::Timeout => {}
        }
        if self.pressed.is_some()
            && let Some(view) = self.view.clone()
            && matches!(view.phase, CallPhase::Ringing | CallPhase::Silenced)
            && !matches!(&self.pressed, Some(Yes::Call(to)) if *to != view.peer.name)
        {
            self.wanted.insert(view.call_id, None);
        }
    }

    fn hear(&mut self, now: Duration, message: ServerMessage) {
        match message {
            ServerMessage::CallInvite { call_id, .. }
                if self.open_call().is_some_and(|view| view.call_id == call_id) =>
            {
                self.since = now;
            }
            ServerMessage::CallAccepted { call_id, peer, replaces, .. } => {
                self.confirmed.insert(call_id);
                // Glare: who called the other wants the one call that comes of both.
                if let Some(lost) = replaces
                    && self.wanted.get(&lost) == Some(&Some(peer.name))
                {
                    self.wanted.insert(call_id, None);
                    self.gave_way.insert(lost);
                    self.counts.glare += 1;
                }
            }
            _ => {}
        }
    }

    pub(crate) fn output(&mut self, now: Duration, output: &Output) {
        match output {
            Output::Event(Event::Call { call, .. }) => self.see(now, call.clone()),
            Output::Event(Event::Media { command }) => self.order(command.call_id, &command.action),
            Output::Send { text } => self.say(&ClientMessage::decode(text).unwrap()),
            Output::Event(_)
            | Output::Close { .. }
            | Output::Connect { .. }
            | Output::Keep { .. } => {}
        }
    }

    fn say(&mut self, message: &ClientMessage) {
        match message {
            ClientMessage::CallInvite { call_id, to, .. } => {
                if let Some(Yes::Call(pressed)) = &self.pressed {
                    assert_eq!(pressed, to);
                    self.wanted.insert(*call_id, Some(to.clone()));
                }
                assert!(self.wanted.contains_key(call_id), "calls by itself");
            }
            ClientMessage::CallAccept { call_id, .. } => {
                assert!(self.wanted.contains_key(call_id), "accepts by itself");
            }
            ClientMessage::CallSignal { call_id, .. } => {
                assert!(self.started.contains(call_id), "signals before media started");
            }
            ClientMessage::CallResume { call_id, .. } => {
                assert!(self.started.contains(call_id), "resumes what never was");
                self.counts.resumed += 1;
            }
            _ => {}
        }
    }

    fn order(&mut self, call_id: CallId, action: &MediaAction) {
        match action {
            MediaAction::Start { .. } => {
                assert!(self.wanted.contains_key(&call_id), "media of a call that nobody wanted");
                assert!(self.confirmed.contains(&call_id), "media before the server's word");
                assert!(!self.ended.contains_key(&call_id), "media of a call that is over");
                assert!(self.started.insert(call_id), "media of one call started twice");
                assert_eq!(self.running.replace(call_id), None, "two calls at once");
            }
            MediaAction::Stop => {
                assert_eq!(self.running.take(), Some(call_id), "stopped what did not run");
            }
            MediaAction::HangUp | MediaAction::RestartIce | MediaAction::Signal { .. } => {
                if let MediaAction::Signal { signal: Signal::Description { description } } = action
                {
                    let number: u32 = description.sdp.parse().unwrap();
                    let last = self.described.insert(call_id, number);
                    assert!(last < Some(number), "a description came twice, or late");
                }
                assert_eq!(self.running, Some(call_id), "an order to media that does not run");
            }
        }
    }

    fn see(&mut self, now: Duration, view: Option<CallView>) {
        let before = self.open_call().cloned();
        if let Some(before) = &before {
            let same = view.as_ref().is_some_and(|view| view.call_id == before.call_id);
            let gave_way = self.gave_way.contains(&before.call_id);
            assert!(same || gave_way, "{} went out of sight without an end", before.call_id);
        }
        if let Some(view) = &view {
            let new_phase = before.as_ref().map(|before| (before.call_id, before.phase))
                != Some((view.call_id, view.phase));
            if new_phase {
                // Ringing, silenced and accepting are one wait, and so are the caller's phases.
                let waited = before.as_ref().map(|before| wait(before.phase));
                if waited != Some(wait(view.phase)) {
                    self.since = now;
                }
                self.counts.rang += u32::from(view.phase == CallPhase::Ringing);
                self.counts.active += u32::from(view.phase == CallPhase::Active);
            }
            match view.end {
                Some(end) => self.end(view.call_id, end.reason),
                None => {
                    let is_over = self.ended.contains_key(&view.call_id);
                    assert!(!is_over, "{} came back from its end", view.call_id);
                }
            }
        }
        self.view = view;
    }

    fn end(&mut self, call_id: CallId, reason: EndReason) {
        match self.ended.get_mut(&call_id) {
            None => {
                self.ended.insert(call_id, (reason, 0));
                self.counts.ended += 1;
            }
            // The own end crossed another one, and the server's word counts.
            Some((shown, corrections)) if *shown != reason => {
                *shown = reason;
                *corrections += 1;
                assert_eq!(*corrections, 1, "{call_id}: a third reason");
            }
            Some(_) => {}
        }
    }

    /// Nothing waits for longer than it may; `now` by the device's clock.
    pub(crate) fn check_deadlines(&self, now: Duration, timers: &Timers) {
        let Some(view) = self.open_call() else {
            return assert_eq!(self.running, None, "media without a call");
        };
        let limit = match wait(view.phase) {
            Wait::Answer => timers.ring_limit + timers.ring_guard,
            Wait::Media => timers.connect_limit,
            Wait::Return => timers.reconnect_limit,
            Wait::Nothing => return,
        };
        let waited = now.saturating_sub(self.since);
        assert!(waited <= limit + ROUNDING, "{:?} for {waited:?}", view.phase);
        let answered = matches!(wait(view.phase), Wait::Media | Wait::Return);
        assert_eq!(self.running, answered.then_some(view.call_id), "{:?}", view.phase);
    }

    pub(crate) fn role(&self) -> Option<Role> {
        self.open_call().map(|view| view.role)
    }
}

/// What the open call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Answer,
    Media,
    Nothing,
    Return,
}

fn wait(phase: CallPhase) -> Wait {
    match phase {
        CallPhase::Dialing
        | CallPhase::Reached
        | CallPhase::RemoteRinging
        | CallPhase::Ringing
        | CallPhase::Silenced
        | CallPhase::Accepting => Wait::Answer,
        CallPhase::Connecting => Wait::Media,
        CallPhase::Reconnecting => Wait::Return,
        CallPhase::Active | CallPhase::Ended => Wait::Nothing,
    }
}
