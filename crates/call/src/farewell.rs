//! Goodbyes that the server has not confirmed yet.
//!
//! A call ends at this end the moment the user says so, whatever the link does. The message that
//! says so to the server is kept and repeated until `call.ended` confirms it.

use std::{collections::VecDeque, time::Duration};

use ringdove_protocol::{CallId, ClientMessage};

/// More calls than this do not end within one repeat limit.
const KEPT: usize = 8;

/// How many ended calls are remembered, so that a late or repeated invite does not ring again.
const REMEMBERED: usize = 32;

#[derive(Debug)]
struct Farewell {
    call_id: CallId,
    message: ClientMessage,
    repeat_at: Duration,
    give_up_at: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Farewells {
    unconfirmed: VecDeque<Farewell>,
    ended: VecDeque<CallId>,
}

impl Farewells {
    /// Notes that a call is over at this end.
    pub(crate) fn remember(&mut self, call_id: CallId) {
        if !self.is_over(call_id) {
            if self.ended.len() == REMEMBERED {
                self.ended.pop_front();
            }
            self.ended.push_back(call_id);
        }
    }

    /// Whether a call is over at this end.
    pub(crate) fn is_over(&self, call_id: CallId) -> bool {
        self.ended.contains(&call_id)
    }

    /// Keeps a goodbye that was just sent.
    pub(crate) fn keep(
        &mut self,
        call_id: CallId,
        message: ClientMessage,
        repeat_at: Duration,
        give_up_at: Duration,
    ) {
        self.remember(call_id);
        if self.unconfirmed.len() == KEPT {
            self.unconfirmed.pop_front();
        }
        self.unconfirmed.push_back(Farewell { call_id, message, repeat_at, give_up_at });
    }

    /// The server knows that the call is over.
    pub(crate) fn confirm(&mut self, call_id: CallId) {
        self.unconfirmed.retain(|farewell| farewell.call_id != call_id);
    }

    /// The goodbye of a call, if it is unconfirmed.
    pub(crate) fn of(&self, call_id: CallId) -> Option<&ClientMessage> {
        self.unconfirmed.iter().find(|f| f.call_id == call_id).map(|f| &f.message)
    }

    /// Everything unconfirmed, to be said now, after a new login, and again at `repeat_at`.
    pub(crate) fn all(&mut self, repeat_at: Duration) -> Vec<ClientMessage> {
        let say = |farewell: &mut Farewell| {
            farewell.repeat_at = repeat_at;
            farewell.message.clone()
        };
        self.unconfirmed.iter_mut().map(say).collect()
    }

    /// When the next repeat is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.unconfirmed.iter().map(|farewell| farewell.repeat_at).min()
    }

    /// Takes what is to be repeated now and drops what was repeated long enough.
    pub(crate) fn due(&mut self, now: Duration, repeat: Duration) -> Vec<ClientMessage> {
        self.unconfirmed.retain(|farewell| now < farewell.give_up_at);
        let mut due = Vec::new();
        for farewell in &mut self.unconfirmed {
            if farewell.repeat_at <= now {
                farewell.repeat_at = now + repeat;
                due.push(farewell.message.clone());
            }
        }
        due
    }
}
