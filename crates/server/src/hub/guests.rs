//! Guests: the tutorial's page as a member of the hub.
//!
//! A guest's offer becomes an invite and waits for the answer; a user's call to a guest is accepted
//! on the guest's behalf, since its page cannot ring. In between, bodies are translated. This is
//! the only place where the server looks into one.

use std::collections::{BTreeMap, BTreeSet};

use ringdove_protocol::{
    CallId, DescriptionKind, EndReason, ErrorCode, Media, Name, ServerMessage, SessionId, Signal,
};
use tracing::{debug, info};

use super::{Dialect, Effect, Endpoint, Frame, Hub, Now, Party, Session};
use crate::{
    calls::{Answer, Invite, Relayed},
    guest::{GuestMessage, ToGuest, encode_signal},
};

/// The call of a guest, which its page knows by nothing but the other's name.
#[derive(Clone, Debug)]
pub(super) struct GuestCall {
    id: CallId,
    peer: Name,
    /// How many signals the guest has sent.
    sent: u32,
    /// The next signal of the other end; repeated ones are not for the tutorial's page.
    expected: u32,
}

impl GuestCall {
    fn new(id: CallId, peer: Name) -> Self {
        Self { id, peer, sent: 0, expected: 0 }
    }
}

impl Hub {
    pub(super) fn on_guest(&mut self, now: Now, session: SessionId, message: GuestMessage) {
        match (self.sessions.get(&session), message) {
            (
                Some(Session::Greeted { dialect: Dialect::Tutorial, .. } | Session::Guest { .. }),
                GuestMessage::Username { name },
            ) => self.name_guest(session, &name),
            (Some(Session::Guest { .. }), message) => self.on_named_guest(now, session, message),
            (Some(Session::Greeted { .. }), _) => {
                let text = "send a username first";
                self.refuse_any(session, "", ErrorCode::LoginRequired, text);
            }
            // Guests only speak on connections of their own; a gone one says nothing.
            (Some(Session::LoggingIn { .. } | Session::User { .. }) | None, _) => {}
        }
    }

    fn name_guest(&mut self, session: SessionId, wanted: &str) {
        let party = Party::Guest(session);
        let blockers = self.people.blockers_of(party);
        let before = self.people.remove_guest(session);
        if let Some(before) = &before {
            self.names.free_guest(session, &before.name);
        }
        let name = self.names.take_for_guest(session, wanted);
        if name.as_str() != wanted {
            let frame = ToGuest::RejectUsername { id: session, name: &name }.encode();
            self.send_frame(session, frame);
        }
        let person = self.people.add_guest(session, name);
        if let Some(before) = before {
            self.tell_rename(party, before, person, &blockers);
        } else {
            self.presence.joined(party, person, BTreeSet::new());
            info!(%session, "guest joined");
            self.sessions.insert(session, Session::Guest { call: None });
            self.send_user_list(vec![session]);
        }
    }

    /// A user has claimed the name that a guest goes by.
    pub(super) fn displace_guest(&mut self, session: SessionId) {
        if let Some(person) = self.people.person(Party::Guest(session)) {
            self.name_guest(session, person.name.as_str());
        }
    }

    pub(super) fn send_user_list(&mut self, to: Vec<SessionId>) {
        // Most guests see the same.
        let mut lists: BTreeMap<BTreeSet<Party>, Vec<SessionId>> = BTreeMap::new();
        for session in to {
            let blockers = self.people.blockers_of(Party::Guest(session));
            lists.entry(blockers).or_default().push(session);
        }
        for to in lists.into_values() {
            let Some(viewer) = to.first().and_then(|s| self.people.person(Party::Guest(*s))) else {
                continue;
            };
            let people = self.people.all_for(&viewer.name);
            let users = people.iter().map(|person| &person.name).collect();
            let frame: Frame = ToGuest::UserList { users }.encode().into();
            self.effects.push_back(Effect::Send { to, frame });
        }
    }

    fn on_named_guest(&mut self, now: Now, session: SessionId, message: GuestMessage) {
        let party = Party::Guest(session);
        match message {
            // Handled by the caller, for guests with and without a name.
            GuestMessage::Username { .. } => {}
            GuestMessage::Message { text, target: None } => self.chat(now, session, party, text),
            GuestMessage::Message { text, target: Some(target) } => {
                if let Some(to) = self.name_of_target(session, "message", &target) {
                    self.text(now, session, party, &to, text);
                }
            }
            GuestMessage::Description { target, description } => {
                self.guest_signal(now, session, &target, Signal::Description { description });
            }
            GuestMessage::Candidate { target, candidate } => {
                let candidate = Some(candidate);
                self.guest_signal(now, session, &target, Signal::Candidate { candidate });
            }
            GuestMessage::HangUp { target } => self.guest_hangs_up(now, session, target),
            GuestMessage::PassOn(message) => self.on_pass_on(session, message),
        }
    }

    fn name_of_target(&mut self, session: SessionId, about: &str, target: &str) -> Option<Name> {
        let own = self.people.person(Party::Guest(session))?.name;
        let is_there = |name: &Name| self.people.find_for(&own, name).is_some();
        let name = Name::parse(target).ok().filter(is_there);
        if name.is_none() {
            self.refuse_target(session, about);
        }
        name
    }

    fn refuse_target(&mut self, session: SessionId, about: &str) {
        self.refuse_any(session, about, ErrorCode::Offline, "the target is not there");
    }

    fn call_of_guest(&mut self, session: SessionId) -> Option<&mut GuestCall> {
        match self.sessions.get_mut(&session) {
            Some(Session::Guest { call }) => call.as_mut(),
            Some(Session::Greeted { .. } | Session::LoggingIn { .. } | Session::User { .. })
            | None => None,
        }
    }

    /// A guest's offer, answer or candidate. The first offer to somebody is a call.
    fn guest_signal(&mut self, now: Now, session: SessionId, target: &str, signal: Signal) {
        let is_offer = match &signal {
            Signal::Description { description } => description.kind == DescriptionKind::Offer,
            Signal::Candidate { .. } | Signal::Media { .. } | Signal::Restart { .. } => false,
        };
        let is_of_call =
            self.call_of_guest(session).is_some_and(|call| call.peer.as_str() == target);
        if !is_of_call {
            if !is_offer {
                let text = "you are in no call with the target";
                return self.refuse_any(session, "", ErrorCode::UnknownCall, text);
            }
            // The page has one call at most: if it offers to somebody else, the old one is over.
            self.guest_hangs_up(now, session, None);
            // A name that nobody bears is called as well: what comes of it is what comes of a call to
            // somebody who is not there for this guest.
            let Ok(to) = Name::parse(target) else {
                self.refuse_target(session, "video-offer");
                return self.end_for_page(session, target);
            };
            self.guest_calls(now, session, to);
        }
        // Gone again already, if the other end was busy or the like.
        let Some(call) = self.call_of_guest(session) else { return };
        let (id, seq) = (call.id, call.sent);
        call.sent = call.sent.saturating_add(1);
        let Some(person) = self.people.person(Party::Guest(session)) else { return };
        let relayed = Relayed { from: person.name, seq, body: signal.encode() };
        if self.calls.is_ringing(id) {
            // Without room the offer would be incomplete, but later candidates may suffice.
            if !self.calls.hold_early(id, relayed) {
                let text = "too many candidates before the answer";
                self.refuse_any(session, "", ErrorCode::RateLimited, text);
            }
        } else {
            self.calls.signal(Party::Guest(session), Endpoint::Guest(session), id, relayed);
        }
    }

    fn guest_calls(&mut self, now: Now, session: SessionId, to: Name) {
        let id = (self.fresh_call_id)();
        if let Some(Session::Guest { call }) = self.sessions.get_mut(&session) {
            *call = Some(GuestCall::new(id, to.clone()));
        }
        let invite = Invite { call_id: id, to, media: Media::VIDEO, setup: None };
        let (party, endpoint) = (Party::Guest(session), Endpoint::Guest(session));
        self.calls.invite(now, &self.people, party, endpoint, invite);
        // The outcome may be there already: busy, or oneself.
        self.settle(now);
    }

    /// Ends the guest's own call and nobody else's, whatever the target is.
    fn guest_hangs_up(&mut self, now: Now, session: SessionId, target: Option<String>) {
        let Some(call) = self.call_of_guest(session) else {
            // The page says goodbye on every close, also when there is no call.
            return debug!(%session, "a guest without a call hung up");
        };
        if target.is_some_and(|target| target != call.peer.as_str()) {
            let text = "you have no call with the target";
            return self.refuse_any(session, "hang-up", ErrorCode::UnknownCall, text);
        }
        let id = call.id;
        // Forgotten first, so that the outcome is not echoed: the page may have a new call by then.
        if let Some(Session::Guest { call }) = self.sessions.get_mut(&session) {
            *call = None;
        }
        let reason = EndReason::HungUp;
        let (party, endpoint) = (Party::Guest(session), Endpoint::Guest(session));
        self.calls.hang_up(now, party, endpoint, id, reason);
    }

    /// Tells a guest what the judge has to say to it.
    pub(super) fn tell_guest_of_call(
        &mut self,
        now: Now,
        session: SessionId,
        message: ServerMessage,
    ) {
        let (party, endpoint) = (Party::Guest(session), Endpoint::Guest(session));
        match message {
            ServerMessage::CallInvite { call_id, from, .. } => {
                if let Some(Session::Guest { call }) = self.sessions.get_mut(&session) {
                    *call = Some(GuestCall::new(call_id, from.name));
                    let answer = Answer { call_id, media: Media::VIDEO, setup: None };
                    self.calls.accept(now, &self.people, party, endpoint, answer);
                }
            }
            ServerMessage::CallSignal { call_id, seq, body, .. } => {
                self.signal_guest(session, call_id, seq, &body);
            }
            ServerMessage::CallEnded { call_id, reason, .. } => {
                if reason == EndReason::Unreachable {
                    self.refuse_target(session, "video-offer");
                }
                self.end_guest_call(session, call_id);
            }
            ServerMessage::Error { code, text, call_id, .. } => {
                let frame = ToGuest::Error { code, text: &text }.encode();
                self.send_frame(session, frame);
                // A call that was refused at once never was.
                if let Some(call_id) = call_id.filter(|call_id| !self.calls.is_open(*call_id)) {
                    self.end_guest_call(session, call_id);
                }
            }
            // The page has no word for the rest.
            ServerMessage::CallAccepted { .. }
            | ServerMessage::CallReached { .. }
            | ServerMessage::CallRinging { .. }
            | ServerMessage::CallSilenced { .. }
            | ServerMessage::Chat { .. }
            | ServerMessage::Hello { .. }
            | ServerMessage::Pong {}
            | ServerMessage::Presence { .. }
            | ServerMessage::PresenceChanged { .. }
            | ServerMessage::RingsRenamed { .. }
            | ServerMessage::Text { .. }
            | ServerMessage::Welcome { .. } => {}
        }
    }

    fn end_guest_call(&mut self, session: SessionId, call_id: CallId) {
        if let Some(Session::Guest { call }) = self.sessions.get_mut(&session)
            && let Some(ended) = call.take_if(|call| call.id == call_id)
        {
            self.end_for_page(session, ended.peer.as_str());
        }
    }

    /// Nothing but `hang-up` makes the page close its camera.
    fn end_for_page(&mut self, session: SessionId, peer: &str) {
        let Some(own) = self.people.person(Party::Guest(session)) else { return };
        let frame = ToGuest::HangUp { from: peer, to: own.name.as_str() }.encode();
        self.send_frame(session, frame);
    }

    fn signal_guest(&mut self, session: SessionId, call_id: CallId, seq: u32, body: &str) {
        let Some(to) = self.people.person(Party::Guest(session)) else { return };
        let Some(call) = self.call_of_guest(session).filter(|call| call.id == call_id) else {
            return;
        };
        if seq < call.expected {
            return;
        }
        call.expected = seq.saturating_add(1);
        // The name that the page knows, whatever the other end is called by now.
        let known_as = call.peer.clone();
        match Signal::decode(body) {
            Ok(signal) => {
                if let Some(frame) = encode_signal(&known_as, &to.name, &signal) {
                    self.send_frame(session, frame);
                }
            }
            // Not the error: it quotes the body, which may hold addresses.
            Err(_) => debug!(call = %call_id, "not for the tutorial's page"),
        }
    }
}
