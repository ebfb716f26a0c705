//! Who is there: names, devices, guests. Every look-up takes constant time.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use ringdove_protocol::{DeviceId, DeviceKey, Name, Person, PersonKind, SessionId};

/// The time, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// For deadlines.
    pub(crate) instant: Instant,
    /// Since 1970: for people and for credentials.
    pub(crate) unix: Duration,
}

/// Who somebody is, whatever their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    /// A tutorial page; lasts as long as its connection.
    Guest(SessionId),
    /// The account with this key.
    User(DeviceKey),
}

/// A device that can be told something, connected or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// The device with this key.
    Device(DeviceKey),
    /// A tutorial page.
    Guest(SessionId),
}

impl Endpoint {
    /// The short name that others see.
    pub(crate) fn device_id(&self) -> DeviceId {
        match self {
            Self::Device(key) => key.device_id(),
            // Users' devices only are shown by id; a guest's session is not for others to know.
            Self::Guest(_) => DeviceId::from_bytes([0; DeviceId::BYTES]),
        }
    }
}

/// Everybody who is logged in.
#[derive(Debug, Default)]
pub(crate) struct People {
    users: HashMap<DeviceKey, User>,
    guests: HashMap<SessionId, Person>,
    by_name: HashMap<Name, Party>,
}

#[derive(Debug)]
struct User {
    person: Person,
    devices: Vec<DeviceKey>,
}

impl People {
    /// Looks a name up.
    pub(crate) fn find(&self, name: &Name) -> Option<Party> {
        self.by_name.get(name).copied()
    }

    /// How somebody appears to others.
    pub(crate) fn person(&self, party: Party) -> Option<Person> {
        match party {
            Party::Guest(session) => self.guests.get(&session).cloned(),
            Party::User(account) => self.users.get(&account).map(|user| user.person.clone()),
        }
    }

    /// The connected devices of somebody.
    pub(crate) fn endpoints(&self, party: Party) -> Vec<Endpoint> {
        match party {
            Party::Guest(session) if self.guests.contains_key(&session) => {
                vec![Endpoint::Guest(session)]
            }
            Party::Guest(_) => Vec::new(),
            Party::User(account) => self
                .users
                .get(&account)
                .map(|user| user.devices.iter().copied().map(Endpoint::Device).collect())
                .unwrap_or_default(),
        }
    }

    /// Everybody, sorted by name.
    pub(crate) fn all(&self) -> Vec<Person> {
        let users = self.users.values().map(|user| &user.person);
        let mut people: Vec<Person> = users.chain(self.guests.values()).cloned().collect();
        people.sort_by(|a, b| a.name.cmp(&b.name));
        people
    }

    pub(crate) fn guests(&self) -> impl Iterator<Item = (SessionId, &Person)> {
        self.guests.iter().map(|(session, person)| (*session, person))
    }

    /// Adds a device of a user; true if it is the user's first.
    pub(super) fn add_device(&mut self, account: DeviceKey, device: DeviceKey, name: Name) -> bool {
        let person = Person { name: name.clone(), kind: PersonKind::User };
        let user =
            self.users.entry(account).or_insert_with(|| User { person, devices: Vec::new() });
        let first = user.devices.is_empty();
        if !user.devices.contains(&device) {
            user.devices.push(device);
        }
        if first {
            self.by_name.insert(name, Party::User(account));
        }
        first
    }

    /// Removes a device; gives back the user if it was the last.
    pub(super) fn remove_device(
        &mut self,
        account: DeviceKey,
        device: DeviceKey,
    ) -> Option<Person> {
        let user = self.users.get_mut(&account)?;
        user.devices.retain(|key| *key != device);
        if !user.devices.is_empty() {
            return None;
        }
        let user = self.users.remove(&account)?;
        self.by_name.remove(&user.person.name);
        Some(user.person)
    }

    pub(super) fn add_guest(&mut self, session: SessionId, name: Name) -> Person {
        let person = Person { name: name.clone(), kind: PersonKind::Guest };
        self.by_name.insert(name, Party::Guest(session));
        self.guests.insert(session, person.clone());
        person
    }

    pub(super) fn remove_guest(&mut self, session: SessionId) -> Option<Person> {
        let person = self.guests.remove(&session)?;
        self.by_name.remove(&person.name);
        Some(person)
    }

    /// Gives a user another name; gives back how the user appeared before, and does now.
    pub(super) fn rename_user(
        &mut self,
        account: DeviceKey,
        name: Name,
    ) -> Option<(Person, Person)> {
        let user = self.users.get_mut(&account)?;
        if user.person.name == name {
            return None;
        }
        let before = user.person.clone();
        user.person.name = name.clone();
        let after = user.person.clone();
        self.by_name.remove(&before.name);
        self.by_name.insert(name, Party::User(account));
        Some((before, after))
    }
}
