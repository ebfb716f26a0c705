//! What the user wants.

use std::time::Duration;

use ringdove_call::{CallCommand, CallPhase, CallRefusal};
use ringdove_protocol::{CallId, ClientMessage, ErrorCode, Media, Name, TEXT_MAX_CHARS};

use super::Core;
use crate::{
    address::server_address,
    app::{Command, Notice},
    link,
};

impl Core {
    pub(super) fn command(&mut self, now: Duration, command: Command) {
        match command {
            Command::AddPerson { link } => self.add_person(&link),
            Command::Accept { media } => self.call(now, CallCommand::Accept { media }),
            Command::Call { to, media } => self.place(now, &to, media),
            Command::Chat { text } => self.say(None, text),
            Command::Decline => self.call(now, CallCommand::Decline),
            Command::DismissCall => self.call(now, CallCommand::Dismiss),
            Command::DropLink => self.drop_link(now),
            Command::Forget { name } => self.forget(&name),
            Command::HangUp => self.call(now, CallCommand::HangUp),
            Command::Media { report } => {
                self.drive_agent(now, ringdove_call::Input::Media(report));
            }
            Command::Rename { name } => self.rename(&name),
            Command::SetBlocked { name, blocked } => self.set_blocked(now, name, blocked),
            Command::SetContact { name, contact } => {
                self.change_privacy(now, |privacy| privacy.set_contact(name, contact));
            }
            Command::SetQuiet { quiet } => self.change_privacy(now, |privacy| {
                privacy.quiet = quiet;
                Ok(())
            }),
            Command::SetWhoMayRing { who } => self.change_privacy(now, |privacy| {
                privacy.rings.who = who;
                Ok(())
            }),
            Command::SignIn { server, name, invite } => self.sign_in(now, server, &name, invite),
            Command::SignDevice { code } => self.sign_device(&code),
            Command::SignOut => self.sign_out(now),
            Command::Silence => self.call(now, CallCommand::Silence),
            Command::TakeLink { text, server } => self.take_link(now, &text, server),
            Command::Text { to, text } => self.say(Some(to), text),
            Command::TrustKey => self.trust_key(now),
            Command::Verify { name, verified } => self.verify(now, &name, verified),
        }
    }

    pub(super) fn call(&mut self, now: Duration, command: CallCommand) {
        let answers = matches!(command, CallCommand::Accept { .. } | CallCommand::Place { .. });
        if answers && self.is_barred(self.agent.open_call()) {
            return self.bar();
        }
        self.drive_agent(now, ringdove_call::Input::Command(command));
    }

    fn place(&mut self, now: Duration, to: &Name, media: Media) {
        if !self.link.is_online() {
            return self.notice(Notice::CallRefused { refusal: CallRefusal::Offline });
        }
        if self.link.name() == Some(to) {
            return self.server_would_refuse(ErrorCode::Oneself, "you cannot call yourself");
        }
        let Some(to) = self.people.find(to) else {
            return self.server_would_refuse(ErrorCode::Offline, "nobody of this name is here");
        };
        let mut id = [0; CallId::BYTES];
        (self.entropy)(&mut id);
        let call_id = CallId::from_bytes(id);
        if self.agent.open_call().is_none() {
            self.seal_placed(call_id, &to, media);
        }
        self.call(now, CallCommand::Place { call_id, to, media });
    }

    fn say(&mut self, to: Option<Name>, text: String) {
        if !self.link.is_online() {
            return self.notice(Notice::NotSent { text });
        }
        if text.trim().is_empty() || text.chars().count() > TEXT_MAX_CHARS {
            return self.server_would_refuse(ErrorCode::BadText, "empty or too long");
        }
        self.room.sent(to.clone(), text.clone());
        self.link.send(match to {
            None => ClientMessage::Chat { text },
            Some(to) => ClientMessage::Text { to, text },
        });
        self.flush_link();
    }

    fn rename(&mut self, typed: &str) {
        match Name::parse(typed) {
            Err(_) => self.notice(Notice::NameInvalid),
            Ok(name) => {
                if self.link.send(ClientMessage::Rename { name }) {
                    self.flush_link();
                } else {
                    self.notice(Notice::NotSent { text: typed.to_owned() });
                }
            }
        }
    }

    pub(super) fn sign_in(
        &mut self,
        now: Duration,
        server: Option<String>,
        typed: &str,
        invite: Option<String>,
    ) {
        let Ok(name) = Name::parse(typed) else {
            return self.notice(Notice::NameInvalid);
        };
        let typed = server.unwrap_or_else(|| self.default_server.clone());
        let Some(server) = server_address(&typed) else {
            return self.notice(Notice::ServerInvalid { address: typed });
        };
        if self.link.server().is_some_and(|present| present != server)
            || self.link.name().is_some_and(|present| *present != name)
        {
            self.sign_out(now);
        }
        self.drive_link(now, link::Input::SignIn { server, name, invite });
    }

    pub(super) fn sign_out(&mut self, now: Duration) {
        let in_call = |view: ringdove_call::CallView| view.phase != CallPhase::Ended;
        if self.agent.view(now).is_some_and(in_call) {
            self.call(now, CallCommand::HangUp);
        }
        self.drive_link(now, link::Input::SignOut);
    }
}
