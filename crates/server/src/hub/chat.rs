//! Texts: to everybody, to one person, and messages that only clients understand.

use ringdove_protocol::{ErrorCode, Name, ServerMessage, SessionId, TEXT_MAX_CHARS};

use super::{Effect, Endpoint, Frame, Hub, Now, Party, Session};
use crate::{guest::ToGuest, pass_on::PassOn};

impl Hub {
    /// Somebody speaks in the public room.
    pub(super) fn chat(&mut self, now: Now, session: SessionId, party: Party, text: String) {
        let Some(from) = self.people.person(party).map(|person| person.name) else { return };
        if !self.is_good_text(session, "chat", &text) {
            return;
        }
        let at = unix_millis(now);
        let apart = self.apart_from(party);
        let (mut users, mut guests) = (Vec::new(), Vec::new());
        for (session, state) in &self.sessions {
            match state {
                Session::User { account, .. } if apart.contains(&Party::User(*account)) => {}
                Session::User { .. } => users.push(*session),
                Session::Guest { .. } if apart.contains(&Party::Guest(*session)) => {}
                Session::Guest { .. } => guests.push(*session),
                Session::Greeted { .. } | Session::LoggingIn { .. } => {}
            }
        }
        if !guests.is_empty() {
            let frame: Frame =
                ToGuest::Message { from: &from, to: None, text: &text, at }.encode().into();
            self.effects.push_back(Effect::Send { to: guests, frame });
        }
        if !users.is_empty() {
            let frame: Frame = ServerMessage::Chat { from, text, at }.encode().into();
            self.effects.push_back(Effect::Send { to: users, frame });
        }
    }

    /// Somebody writes to one person.
    pub(super) fn text(
        &mut self,
        now: Now,
        session: SessionId,
        party: Party,
        to: &Name,
        text: String,
    ) {
        let Some(from) = self.people.person(party).map(|person| person.name) else { return };
        if !self.is_good_text(session, "text", &text) {
            return;
        }
        let target = match self.people.find_for(&from, to) {
            Some(target) if target == party => {
                let text = "you cannot write to yourself";
                return self.refuse_any(session, "text", ErrorCode::Oneself, text);
            }
            Some(target) => target,
            None => return self.refuse_offline(session, "text", to),
        };
        let at = unix_millis(now);
        let mut users = Vec::new();
        for reader in [target, party] {
            match reader {
                // As in the tutorial, a guest's own private text is not sent back.
                Party::Guest(guest) if reader == target => {
                    let message =
                        ToGuest::Message { from: &from, to: Some(to), text: &text, at }.encode();
                    self.send_frame(guest, message);
                }
                Party::Guest(_) => {}
                Party::User(_) => users.extend(self.sessions_of(reader)),
            }
        }
        if !users.is_empty() {
            let frame: Frame =
                ServerMessage::Text { from, to: to.clone(), text, at }.encode().into();
            self.effects.push_back(Effect::Send { to: users, frame });
        }
    }

    /// Passes a message on whose type only clients know.
    pub(super) fn on_pass_on(&mut self, session: SessionId, message: PassOn) {
        let party = match self.sessions.get(&session) {
            Some(Session::User { account, .. }) => Party::User(*account),
            Some(Session::Guest { .. }) => Party::Guest(session),
            Some(Session::Greeted { .. } | Session::LoggingIn { .. }) => {
                let text = "log in first";
                return self.refuse_any(session, &message.kind, ErrorCode::LoginRequired, text);
            }
            None => return,
        };
        let Some(sender) = self.people.person(party).map(|person| person.name) else { return };
        let Some(target) = self.people.find_for(&sender, &message.target) else {
            let (kind, target) = (message.kind, message.target);
            return self.refuse_offline(session, &kind, &target);
        };
        let to = self.sessions_of(target);
        // Both dialects' sender fields, so that a claimed name never arrives.
        if let Some(frame) = message.encode(&sender, &["from", "name"]) {
            self.effects.push_back(Effect::Send { to, frame: frame.into() });
        }
    }

    fn is_good_text(&mut self, session: SessionId, about: &str, text: &str) -> bool {
        let good = !text.trim().is_empty() && text.chars().count() <= TEXT_MAX_CHARS;
        if !good {
            let reason = format!("a text has 1 to {TEXT_MAX_CHARS} characters");
            self.refuse_any(session, about, ErrorCode::BadText, &reason);
        }
        good
    }

    pub(super) fn refuse_offline(&mut self, session: SessionId, about: &str, name: &Name) {
        let text = format!("{name} is not there");
        self.refuse_any(session, about, ErrorCode::Offline, &text);
    }

    /// Refuses in whatever the connection speaks.
    pub(super) fn refuse_any(
        &mut self,
        session: SessionId,
        about: &str,
        code: ErrorCode,
        text: &str,
    ) {
        let is_guest = match self.sessions.get(&session) {
            Some(Session::Guest { .. }) => true,
            Some(Session::Greeted { dialect, .. }) => *dialect == super::Dialect::Tutorial,
            Some(Session::LoggingIn { .. } | Session::User { .. }) | None => false,
        };
        if is_guest {
            self.send_frame(session, ToGuest::Error { code, text }.encode());
        } else {
            self.refuse(session, about, code, text);
        }
    }

    /// The connections of somebody.
    pub(super) fn sessions_of(&self, party: Party) -> Vec<SessionId> {
        let session = |endpoint| match endpoint {
            Endpoint::Device(device) => self.by_device.get(&device).copied(),
            Endpoint::Guest(session) => Some(session),
        };
        self.people.endpoints(party).into_iter().filter_map(session).collect()
    }
}

fn unix_millis(now: Now) -> u64 {
    u64::try_from(now.unix.as_millis()).unwrap_or(u64::MAX)
}
