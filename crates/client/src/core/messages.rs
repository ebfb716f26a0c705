//! What the server says.

use std::time::Duration;

use ringdove_protocol::{ErrorCode, ServerMessage};

use super::{Core, trust::Of};
use crate::app::{Event, Line, Notice};

impl Core {
    pub(super) fn message(&mut self, now: Duration, frame: &str) {
        let message = match ServerMessage::decode(frame) {
            Ok(message) => Some(message),
            Err(_) => {
                // Not the error: it quotes the frame.
                tracing::debug!(bytes = frame.len(), "unreadable frame");
                None
            }
        };
        let was_online = self.link.is_online();
        self.link.message(now, message.as_ref(), &self.privacy.rings, &mut self.entropy);
        self.flush_link();
        self.settle(now, was_online);
        let Some(message) = message.filter(|_| self.link.is_online()) else {
            return;
        };
        self.logged_in_message(now, message);
        if !was_online {
            self.tell_rings();
            self.drive_agent(now, ringdove_call::Input::LinkUp);
        }
    }

    fn logged_in_message(&mut self, now: Duration, message: ServerMessage) {
        match message {
            ServerMessage::Presence { people } => {
                self.people.replace(people);
                self.show_people();
            }
            ServerMessage::PresenceChanged { left, joined } => {
                self.people.change(&left, joined);
                self.show_people();
            }
            ServerMessage::Chat { from, text, at } => {
                self.line(Line { from, to: None, text, at });
            }
            ServerMessage::Text { from, to, text, at } => {
                self.line(Line { from, to: Some(to), text, at });
            }
            ServerMessage::Error { code, text, about, call_id } => {
                let about_call = call_id.is_some()
                    || about.as_deref().is_some_and(|about| about.starts_with("call."));
                if about_call {
                    let error = ServerMessage::Error { code, text, about, call_id };
                    self.drive_agent(now, ringdove_call::Input::Server(error));
                } else {
                    self.server_error(code, text, about.as_deref());
                }
            }
            ServerMessage::CallInvite { call_id, ref from, .. } => {
                self.invited(now, call_id, from.clone(), message);
            }
            ServerMessage::CallAccepted { call_id, replaces, ref peer, .. } => {
                let peer = Some(&peer.clone());
                self.sealed(now, Of { call: call_id, replaces, peer }, message);
            }
            ServerMessage::CallSignal { call_id, .. } => {
                self.sealed(now, Of { call: call_id, replaces: None, peer: None }, message);
            }
            ServerMessage::Welcome { .. }
            | ServerMessage::CallReached { .. }
            | ServerMessage::CallRinging { .. }
            | ServerMessage::CallSilenced { .. }
            | ServerMessage::CallEnded { .. } => {
                self.drive_agent(now, ringdove_call::Input::Server(message));
            }
            // Said back, in case the lists have changed while this was on its way.
            ServerMessage::RingsRenamed { from, to } => self.change_privacy(now, |privacy| {
                privacy.rings.rename(&from, &to);
                Ok(())
            }),
            // The link has taken note that the server lives; a second hello means nothing.
            ServerMessage::Hello { .. } | ServerMessage::Pong {} => {}
        }
    }

    fn server_error(&mut self, code: ErrorCode, text: String, about: Option<&str>) {
        let unsaid = match about {
            Some("chat") => self.room.refused(false),
            Some("text") => self.room.refused(true),
            Some(_) | None => None,
        };
        self.notice(Notice::ServerError { code, text });
        if let Some(text) = unsaid {
            self.notice(Notice::NotSent { text });
        }
    }

    fn line(&mut self, line: Line) {
        let own = self.link.name() == Some(&line.from);
        self.room.heard(line.clone(), own);
        self.event(Event::Line { line });
    }
}
