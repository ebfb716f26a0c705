//! Who is there: names, devices, guests. To find somebody takes constant time; to find whoever blocks them, a
//! look at every user.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use ringdove_protocol::{DeviceId, DeviceKey, Name, Person, PersonKind, RingRule, SessionId};

/// The time, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// For deadlines.
    pub(crate) instant: Instant,
    /// Since 1970: for people and for credentials.
    pub(crate) unix: Duration,
}

/// Who somebody is, whatever their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    devices: Vec<Device>,
}

#[derive(Debug)]
struct Device {
    key: DeviceKey,
    rings: RingRule,
}

impl User {
    /// One device's block counts for all: a person is there for somebody, or is not.
    fn blocks(&self, name: &Name) -> bool {
        self.devices.iter().any(|device| device.rings.blocked.contains(name))
    }
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
                .map(|user| user.devices.iter().map(|d| Endpoint::Device(d.key)).collect())
                .unwrap_or_default(),
        }
    }

    /// Looks a name up for somebody: who has blocked them is not there.
    pub(crate) fn find_for(&self, viewer: &Name, name: &Name) -> Option<Party> {
        self.find(name).filter(|party| !self.blocks(*party, viewer))
    }

    /// Whether somebody has blocked the bearer of a name.
    pub(crate) fn blocks(&self, party: Party, name: &Name) -> bool {
        match party {
            Party::Guest(_) => false,
            Party::User(account) => self.users.get(&account).is_some_and(|user| user.blocks(name)),
        }
    }

    /// The connected devices of somebody that the bearer of a name may ring.
    pub(crate) fn rung_by(&self, callee: Party, caller: &Name) -> Vec<Endpoint> {
        if self.blocks(callee, caller) {
            return Vec::new();
        }
        let admits = |endpoint: &Endpoint| match endpoint {
            Endpoint::Guest(_) => true,
            Endpoint::Device(key) => {
                self.device(callee, *key).is_some_and(|device| device.rings.admits(caller))
            }
        };
        self.endpoints(callee).into_iter().filter(admits).collect()
    }

    /// Whether somebody has the bearer of a name among the contacts, on any connected device.
    pub(crate) fn is_contact(&self, callee: Party, caller: &Name) -> bool {
        match callee {
            Party::Guest(_) => false,
            Party::User(account) => self.users.get(&account).is_some_and(|user| {
                user.devices.iter().any(|device| device.rings.contacts.contains(caller))
            }),
        }
    }

    /// Everybody there that somebody has blocked.
    pub(super) fn blocked_by(&self, party: Party) -> BTreeSet<Party> {
        let Party::User(account) = party else { return BTreeSet::new() };
        let devices = self.users.get(&account).map_or(&[][..], |user| &user.devices);
        devices
            .iter()
            .flat_map(|device| &device.rings.blocked)
            .filter_map(|name| self.find(name))
            .filter(|blocked| *blocked != party)
            .collect()
    }

    /// Everybody there who has blocked somebody.
    pub(super) fn blockers_of(&self, party: Party) -> BTreeSet<Party> {
        let Some(person) = self.person(party) else { return BTreeSet::new() };
        let users = self.users.iter().filter(|(_, user)| user.blocks(&person.name));
        users.map(|(account, _)| Party::User(*account)).filter(|by| *by != party).collect()
    }

    fn device(&self, party: Party, key: DeviceKey) -> Option<&Device> {
        let Party::User(account) = party else { return None };
        self.users.get(&account)?.devices.iter().find(|device| device.key == key)
    }

    /// Takes what a device says of who may ring it.
    pub(super) fn set_rings(&mut self, account: DeviceKey, key: DeviceKey, rings: RingRule) {
        let user = self.users.get_mut(&account);
        let device = user.and_then(|user| user.devices.iter_mut().find(|device| device.key == key));
        if let Some(device) = device {
            device.rings = rings;
        }
    }

    /// Changes a name in every list that holds it; gives back whose lists these are.
    pub(super) fn rename_in_lists(&mut self, from: &Name, to: &Name) -> Vec<DeviceKey> {
        let devices = self.users.values_mut().flat_map(|user| &mut user.devices);
        devices.filter_map(|device| device.rings.rename(from, to).then_some(device.key)).collect()
    }

    /// Everybody who is there for the bearer of a name, sorted by name.
    pub(crate) fn all_for(&self, viewer: &Name) -> Vec<Person> {
        let users = self.users.values().filter(|user| !user.blocks(viewer));
        let users = users.map(|user| &user.person);
        let mut people: Vec<Person> = users.chain(self.guests.values()).cloned().collect();
        people.sort_by(|a, b| a.name.cmp(&b.name));
        people
    }

    /// How many users and how many guests there are.
    pub(super) fn count(&self) -> (usize, usize) {
        (self.users.len(), self.guests.len())
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
        if user.devices.iter().all(|known| known.key != device) {
            user.devices.push(Device { key: device, rings: RingRule::default() });
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
        user.devices.retain(|known| known.key != device);
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
