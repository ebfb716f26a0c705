//! Connections that come, log in, take other names and go.

use std::collections::{BTreeSet, HashMap};

use ringdove_protocol::{DeviceKey, ErrorCode, NAME_MAX_CHARS, Name, ServerMessage, SessionId};
use tracing::{debug, info};

use super::{
    Dialect, Effect, Endpoint, Frame, Hub, Login, Now, Party, Session, close_code,
    presence::snapshot,
};
use crate::{
    accounts::{ClaimError, Likeness},
    calls::Departure,
    guest::ToGuest,
};

/// Which names are taken: by accounts, connected or not, and by guests.
#[derive(Debug)]
pub(super) struct Names {
    accounts: HashMap<DeviceKey, Likeness>,
    keys: HashMap<String, Owner>,
    next_number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Account(DeviceKey),
    Guest(SessionId),
}

impl Names {
    pub(super) fn new(claimed: Vec<(DeviceKey, Likeness)>) -> Self {
        let mut names = Self { accounts: HashMap::new(), keys: HashMap::new(), next_number: 1 };
        for (account, likeness) in claimed {
            names.set_account(account, likeness);
        }
        names
    }

    /// Notes what the accounts decided; gives back the guests that have to give way.
    fn set_account(&mut self, account: DeviceKey, likeness: Likeness) -> Vec<SessionId> {
        if let Some(old) = self.accounts.remove(&account) {
            self.free(&old, Owner::Account(account));
        }
        let mut displaced = Vec::new();
        for key in likeness.keys() {
            let before = self.keys.insert(key.to_owned(), Owner::Account(account));
            if let Some(Owner::Guest(guest)) = before
                && !displaced.contains(&guest)
            {
                displaced.push(guest);
            }
        }
        self.accounts.insert(account, likeness);
        displaced
    }

    fn free(&mut self, likeness: &Likeness, owner: Owner) {
        for key in likeness.keys() {
            if self.keys.get(key) == Some(&owner) {
                self.keys.remove(key);
            }
        }
    }

    pub(super) fn free_guest(&mut self, session: SessionId, name: &Name) {
        self.free(&Likeness::of(name), Owner::Guest(session));
    }

    /// Finds a free name for a guest, the wanted one if possible.
    pub(super) fn take_for_guest(&mut self, session: SessionId, wanted: &str) -> Name {
        let parsed = Name::parse(wanted).ok();
        let base = parsed.as_ref().map_or("guest", |name| name.as_str()).to_owned();
        let mut candidate = parsed.unwrap_or_else(|| self.numbered(&base));
        loop {
            let likeness = Likeness::of(&candidate);
            if likeness.keys().all(|key| !self.keys.contains_key(key)) {
                for key in likeness.keys() {
                    self.keys.insert(key.to_owned(), Owner::Guest(session));
                }
                return candidate;
            }
            candidate = self.numbered(&base);
        }
    }

    /// As the tutorial does: a number that only goes up, so that few tries are needed.
    fn numbered(&mut self, base: &str) -> Name {
        loop {
            let number = self.next_number.to_string();
            self.next_number += 1;
            let kept = NAME_MAX_CHARS.saturating_sub(number.len());
            let base: String = base.chars().take(kept).collect();
            if let Ok(name) = Name::parse(&format!("{base}{number}")) {
                return name;
            }
        }
    }
}

impl Hub {
    pub(super) fn on_opened(&mut self, now: Now, session: SessionId, dialect: Dialect) {
        let until = now.instant + self.timers.login;
        self.sessions.insert(session, Session::Greeted { dialect, until });
        self.logins_due.push_back((until, session));
        match dialect {
            // The connection itself says hello, since it knows the nonce.
            Dialect::Ringdove => {}
            Dialect::Tutorial => self.send_frame(session, ToGuest::Id { id: session }.encode()),
        }
    }

    /// Closes connections that took too long to log in.
    pub(super) fn close_idle_logins(&mut self, now: Now) {
        while let Some((due, session)) = self.logins_due.front().copied()
            && due <= now.instant
        {
            self.logins_due.pop_front();
            if matches!(self.sessions.get(&session), Some(Session::Greeted { until, .. }) if *until == due)
            {
                debug!(%session, "no login in time");
                let (code, reason) = (close_code::POLICY, "no login in time");
                self.effects.push_back(Effect::Close { session, code, reason });
            }
        }
    }

    pub(super) fn on_login(&mut self, session: SessionId, login: Login) {
        match self.sessions.get_mut(&session) {
            Some(state @ Session::Greeted { dialect: Dialect::Ringdove, .. }) => {
                *state = Session::LoggingIn { login: login.clone() };
                let Login { account, device, name, rings: _, entry } = login;
                let claim = super::Claim { account, device, name, entry };
                self.effects.push_back(Effect::Claim { session, claim });
            }
            Some(
                Session::Greeted { .. }
                | Session::LoggingIn { .. }
                | Session::User { .. }
                | Session::Guest { .. },
            ) => {
                let text = "this connection is logged in already";
                self.refuse(session, "login", ErrorCode::LoginRequired, text);
            }
            None => {}
        }
    }

    pub(super) fn on_claimed(
        &mut self,
        now: Now,
        session: SessionId,
        account: DeviceKey,
        result: Result<Name, ClaimError>,
    ) {
        let name = match result {
            Ok(name) => name,
            Err(error) => return self.on_claim_failed(now, session, error),
        };
        for guest in self.names.set_account(account, Likeness::of(&name)) {
            self.displace_guest(guest);
        }
        let party = Party::User(account);
        let blockers = self.people.blockers_of(party);
        let renamed = self.people.rename_user(account, name.clone());
        let is_new = renamed.is_some();
        if let Some((before, after)) = renamed {
            self.tell_rename(party, before, after, &blockers);
            self.welcome_everywhere(account, &name);
        }
        match self.sessions.get(&session) {
            Some(Session::LoggingIn { login }) => {
                let login = Login { account, name, ..login.clone() };
                self.log_in(now, session, login);
            }
            // The name that it has already.
            Some(Session::User { .. }) if !is_new => self.welcome_everywhere(account, &name),
            Some(Session::Greeted { .. } | Session::User { .. } | Session::Guest { .. }) | None => {
            }
        }
    }

    fn on_claim_failed(&mut self, now: Now, session: SessionId, error: ClaimError) {
        let (code, text) = match error {
            ClaimError::Taken => {
                (ErrorCode::NameTaken, "this name, or one that looks like it, is somebody else's")
            }
            ClaimError::InviteNeeded => {
                (ErrorCode::InviteNeeded, "a new name needs an invitation code here")
            }
            ClaimError::InviteInvalid => {
                (ErrorCode::InviteInvalid, "this code was used, has expired, or is none")
            }
            ClaimError::Server => (ErrorCode::ServerError, "the server cannot store names now"),
        };
        let about = match self.sessions.get_mut(&session) {
            Some(state @ Session::LoggingIn { .. }) => {
                // Another name may be tried, with the same nonce and in new time.
                let until = now.instant + self.timers.login;
                *state = Session::Greeted { dialect: Dialect::Ringdove, until };
                self.logins_due.push_back((until, session));
                "login"
            }
            Some(Session::Greeted { .. } | Session::User { .. } | Session::Guest { .. }) => {
                "rename"
            }
            None => return,
        };
        self.refuse(session, about, code, text);
    }

    fn log_in(&mut self, now: Now, session: SessionId, login: Login) {
        let Login { account, device, name, rings, entry: _ } = login;
        let party = Party::User(account);
        if let Some(old) = self.by_device.get(&device).copied() {
            let text = "this device logged in on another connection";
            self.refuse(old, "login", ErrorCode::SessionReplaced, text);
            let (code, reason) = (close_code::SESSION_REPLACED, "logged in elsewhere");
            self.effects.push_back(Effect::Close { session: old, code, reason });
            if let Some(Session::User { account: before, .. }) = self.sessions.remove(&old) {
                self.calls.depart(
                    now,
                    Party::User(before),
                    Endpoint::Device(device),
                    Departure::Lost,
                );
                if before != account {
                    self.remove_device(before, device);
                }
            }
        }
        self.by_device.insert(device, session);
        self.sessions.insert(session, Session::User { account, device });
        self.add_device(account, device, name.clone(), rings);
        info!(%session, device = %device.device_id(), "logged in");
        self.welcome(session, device, name.clone());
        let mut others = self.people.all_for(&name);
        others.retain(|person| person.name != name);
        let frames = snapshot(others).iter().map(|message| message.encode().into()).collect();
        self.effects.push_back(Effect::Snapshot { to: session, frames });
        self.presence.snapshot_given(session);
        self.calls.arrive(now, &self.people, party, Endpoint::Device(device));
    }

    fn welcome(&mut self, session: SessionId, device: DeviceKey, name: Name) {
        let ring_limit = self.timers.calls.ring_limit.as_millis();
        let message = ServerMessage::Welcome {
            name,
            device: device.device_id(),
            session,
            ring_limit_ms: u64::try_from(ring_limit).unwrap_or(u64::MAX),
        };
        self.send(session, &message);
    }

    /// Tells every device of a user its new name.
    fn welcome_everywhere(&mut self, account: DeviceKey, name: &Name) {
        for endpoint in self.people.endpoints(Party::User(account)) {
            if let Endpoint::Device(device) = endpoint
                && let Some(session) = self.by_device.get(&device).copied()
            {
                self.welcome(session, device, name.clone());
            }
        }
    }

    pub(super) fn on_closed(&mut self, now: Now, session: SessionId, departure: Departure) {
        match self.sessions.remove(&session) {
            // Replaced before, or never opened.
            None => {}
            Some(Session::Greeted { .. } | Session::LoggingIn { .. }) => {}
            Some(Session::User { account, device }) => {
                info!(%session, ?departure, "gone");
                let party = Party::User(account);
                self.by_device.remove(&device);
                self.remove_device(account, device);
                self.calls.depart(now, party, Endpoint::Device(device), departure);
            }
            Some(Session::Guest { .. }) => {
                info!(%session, ?departure, "guest gone");
                let party = Party::Guest(session);
                if let Some(person) = self.people.remove_guest(session) {
                    self.names.free_guest(session, &person.name);
                    self.presence.left(party, person, BTreeSet::new());
                }
                self.calls.depart(now, party, Endpoint::Guest(session), departure);
            }
        }
    }

    /// Sends what presence has collected.
    pub(super) fn tell_presence(&mut self, now: Now) {
        if let Some(differences) = self.presence.take_differences(now.instant) {
            let mut others = Vec::new();
            let mut special = Vec::new();
            for (session, state) in &self.sessions {
                if let Session::User { account, .. } = state {
                    let party = Party::User(*account);
                    if differences.is_special(*session, party) {
                        let messages = differences.special(*session, party);
                        special.extend(messages.into_iter().map(|message| (*session, message)));
                    } else {
                        others.push(*session);
                    }
                }
            }
            for (session, message) in special {
                self.send(session, &message);
            }
            for message in differences.common() {
                let frame: Frame = message.encode().into();
                self.effects.push_back(Effect::Send { to: others.clone(), frame });
            }
        }
        if self.presence.take_guests_due(now.instant) {
            let guests = self.people.guests().map(|(session, _)| session).collect();
            self.send_user_list(guests);
        }
    }
}
