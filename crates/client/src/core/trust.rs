//! Whom one speaks with: what the seal of a call has shown, held against whom one has met.

use std::time::Duration;

use ringdove_protocol::{CallId, DeviceKey, EndReason, Name, Person, PersonKind, ServerMessage};
use ringdove_seal::safety_number;

use super::{Core, Kept, Output};
use crate::{
    app::{Event, Known, KnownPerson, Notice, Security, Trust},
    book::Entry,
    contact::{Contact, scope},
    sealing::{Met, Place},
};

/// The other end of the call in sight.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    call: CallId,
    name: Name,
    /// None for a guest.
    account: Option<DeviceKey>,
    security: Security,
    /// Whether the user saw this before saying yes to the call.
    seen: bool,
}

/// What a message of the server is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'a> {
    pub(super) call: CallId,
    /// On glare: the own call that gave way.
    pub(super) replaces: Option<CallId>,
    /// The other end, where the message names it.
    pub(super) peer: Option<&'a Person>,
}

impl Core {
    /// Takes an invite through the seal to the agent.
    pub(super) fn invited(
        &mut self,
        now: Duration,
        call: CallId,
        from: Person,
        message: ServerMessage,
    ) {
        if self.book.is_over(call) {
            tracing::debug!("an invite to a call that is over");
            return;
        }
        if let Err(reason) =
            self.opened(now, Of { call, replaces: None, peer: Some(&from) }, message)
        {
            let from = from.name;
            self.notice(Notice::CallRefusedUnseen { from, reason });
            self.drive_agent(now, ringdove_call::Input::Refuse { call_id: call, reason });
        }
    }

    /// Takes what follows an invite through the seal to the agent.
    pub(super) fn sealed(&mut self, now: Duration, of: Of<'_>, message: ServerMessage) {
        let call_id = of.call;
        if let Err(reason) = self.opened(now, of, message) {
            tracing::warn!(call = %call_id, ?reason, "a call cannot be trusted");
            self.drive_agent(now, ringdove_call::Input::Refuse { call_id, reason });
        }
    }

    fn opened(
        &mut self,
        now: Duration,
        of: Of<'_>,
        message: ServerMessage,
    ) -> Result<(), EndReason> {
        let (Some(server), Some(name)) = (self.link.greeting(), self.link.name()) else {
            return Ok(());
        };
        let opened = self.sealing.open(Place { server, name }, message, &mut self.entropy)?;
        self.meet(of, opened.met)?;
        for reply in opened.replies {
            self.link.send(reply);
        }
        match opened.message {
            Some(message) => self.drive_agent(now, ringdove_call::Input::Server(message)),
            None => self.flush_link(),
        }
        // The keys of a call come with its first signal, when nothing else of it may change.
        let security = self.security(of.call);
        if self.agent.open_call() == Some(of.call) && self.shown_security != security {
            self.show_call(now);
        }
        Ok(())
    }

    /// The user calls somebody: what goes out of it is sealed from the start.
    pub(super) fn seal_placed(
        &mut self,
        call: CallId,
        to: &Person,
        media: ringdove_protocol::Media,
    ) {
        let (Some(server), Some(name)) = (self.link.greeting(), self.link.name()) else { return };
        self.sealing.place(Place { server, name }, call, to, media, &mut self.entropy);
        self.peer =
            (to.kind == PersonKind::Guest).then(|| self.guest(call, to.name.clone(), false));
    }

    /// Notes who the other end of a call is. An error is the reason to refuse the call.
    fn meet(&mut self, of: Of<'_>, met: Option<Met>) -> Result<(), EndReason> {
        let Of { call, replaces, peer: about } = of;
        let open = self.agent.open_call();
        let placed = open == Some(call) || (open.is_some() && open == replaces);
        if open.is_some() && !placed {
            return Ok(());
        }
        if !self.is_peer(call) {
            let Some(person) = about else { return Ok(()) };
            let name = person.name.clone();
            self.peer = Some(match met {
                Some(Met { account, pictures }) => {
                    let security = Security { trust: self.judge(&name, &account), pictures };
                    Peer { call, name, account: Some(account), security, seen: !placed }
                }
                None if person.kind == PersonKind::Guest => self.guest(call, name, !placed),
                None => return Ok(()),
            });
        }
        let Some(peer) = &mut self.peer else { return Ok(()) };
        if placed && !peer.seen && is_changed(peer.security.trust) {
            return Err(EndReason::NotSecure);
        }
        if let Some(Met { pictures, .. }) = met {
            peer.security.pictures = pictures;
            if pictures.is_some() {
                self.pin();
            }
        }
        Ok(())
    }

    fn is_peer(&self, call: CallId) -> bool {
        self.peer.as_ref().is_some_and(|peer| peer.call == call)
    }

    fn guest(&self, call: CallId, name: Name, seen: bool) -> Peer {
        let known = self.entry(&name);
        let trust = match known {
            Some(entry) if entry.verified => Trust::VerifiedChanged,
            Some(_) => Trust::Changed,
            None => Trust::Guest,
        };
        let security = Security { trust, pictures: None };
        Peer { call, name, account: None, security, seen }
    }

    fn entry(&self, name: &Name) -> Option<&Entry> {
        self.book.find(scope(self.link.server()?), name)
    }

    fn judge(&self, name: &Name, account: &DeviceKey) -> Trust {
        let Some(server) = self.link.server().map(scope) else { return Trust::New };
        let met = |entry: &Entry| if entry.verified { Trust::Verified } else { Trust::Known };
        match self.book.find(server, name) {
            Some(entry) if entry.account == *account => met(entry),
            Some(entry) if entry.verified => Trust::VerifiedChanged,
            Some(_) => Trust::Changed,
            // Renamed since.
            None => self.book.find_key(server, account).map_or(Trust::New, met),
        }
    }

    /// Writes the other end down: the call was answered, and the keys are agreed on.
    fn pin(&mut self) {
        let Some(Peer { name, account: Some(account), security, .. }) = self.peer.clone() else {
            return;
        };
        let verified = security.trust == Trust::Verified;
        self.write(name, account, verified);
    }

    fn write(&mut self, name: Name, account: DeviceKey, verified: bool) {
        let Some(server) = self.link.server().map(scope).map(str::to_owned) else { return };
        let entry = Entry { server, name, account, verified };
        if self.book.find(&entry.server, &entry.name) != Some(&entry) {
            self.book.write(entry);
            self.book_changed();
        }
    }

    /// Whether the user has to say first that the key of this call's other end may be a new one.
    pub(super) fn is_barred(&self, call: Option<CallId>) -> bool {
        self.peer.as_ref().is_some_and(|peer| {
            Some(peer.call) == call && peer.security.trust == Trust::VerifiedChanged
        })
    }

    pub(super) fn bar(&mut self) {
        if let Some(name) = self.peer.as_ref().map(|peer| peer.name.clone()) {
            self.notice(Notice::KeyChanged { name });
        }
    }

    /// The user takes the key of the call in sight for the name's new one.
    pub(super) fn trust_key(&mut self, now: Duration) {
        let Some(peer) = &mut self.peer else { return };
        if !is_changed(peer.security.trust) {
            return;
        }
        let name = peer.name.clone();
        if let Some(account) = peer.account {
            peer.security.trust = Trust::New;
            self.write(name, account, false);
        } else {
            peer.security.trust = Trust::Guest;
            self.forget(&name);
        }
        self.show_call(now);
    }

    /// The user has compared keys, or takes that back.
    pub(super) fn verify(&mut self, now: Duration, name: &Name, verified: bool) {
        let Some(account) = self.entry(name).map(|entry| entry.account) else { return };
        self.write(name.clone(), account, verified);
        let Some(peer) = &mut self.peer else { return };
        if peer.name == *name && peer.account == Some(account) {
            peer.security.trust = if verified { Trust::Verified } else { Trust::Known };
            self.show_call(now);
        }
    }

    /// The user wants to know nothing of somebody any more.
    pub(super) fn forget(&mut self, name: &Name) {
        let Some(server) = self.link.server().map(scope).map(str::to_owned) else { return };
        if self.book.forget(&server, name) {
            self.book_changed();
        }
    }

    /// The user got a link from somebody.
    pub(super) fn add_person(&mut self, link: &str) {
        let Some(contact) = Contact::parse(link) else { return self.notice(Notice::LinkInvalid) };
        if self.link.server().map(scope) != Some(contact.server.as_str()) {
            return self.notice(Notice::LinkElsewhere { server: contact.server });
        }
        self.write(contact.name, contact.account, true);
    }

    /// The call is over, so nothing of it may ring again.
    pub(super) fn note_end(&mut self, call: CallId) {
        if !self.book.is_over(call) {
            self.book.end(call);
            self.keep_book();
        }
    }

    fn book_changed(&mut self) {
        self.keep_book();
        self.show_known();
    }

    fn keep_book(&mut self) {
        let text = self.book.to_text();
        self.outputs.push_back(Output::Keep { what: Kept::Book, text });
    }

    pub(super) fn show_known(&mut self) {
        let known = self.known();
        if known != self.shown_known {
            self.shown_known = known.clone();
            self.event(Event::Known { known });
        }
    }

    pub(super) fn known(&self) -> Known {
        let own = self.sealing.account();
        let Some(server) = self.link.server().map(scope) else { return Known::default() };
        let contact = self.link.name().map(|name| {
            Contact { server: server.to_owned(), name: name.clone(), account: own }.to_link()
        });
        let person = |entry: &Entry| KnownPerson {
            name: entry.name.clone(),
            verified: entry.verified,
            safety_number: safety_number(&own, &entry.account),
        };
        Known { link: contact, people: self.book.on(server).into_iter().map(person).collect() }
    }

    /// What is known of the other end of a call.
    pub(super) fn security(&self, call: CallId) -> Option<Security> {
        self.peer.as_ref().filter(|peer| peer.call == call).map(|peer| peer.security)
    }
}

fn is_changed(trust: Trust) -> bool {
    matches!(trust, Trust::Changed | Trust::VerifiedChanged)
}
