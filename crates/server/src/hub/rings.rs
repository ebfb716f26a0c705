//! Who is there for whom: what devices say of who may ring them, and what the blocked see of it.
//!
//! Nothing of it outlives the connection. For somebody who is blocked the blocker is not there:
//! what they are told comes from the same lines of code as for a name that nobody bears.

use std::collections::BTreeSet;

use ringdove_protocol::{DeviceKey, Name, Person, RingRule, ServerMessage};

use super::{Hub, Party};

impl Hub {
    /// A device says anew who may ring it.
    pub(super) fn set_rings(&mut self, account: DeviceKey, device: DeviceKey, rings: RingRule) {
        let blocked = self.people.blocked_by(Party::User(account));
        self.people.set_rings(account, device, rings);
        self.tell_blocked(account, &blocked);
    }

    /// A device of a user is there.
    pub(super) fn add_device(
        &mut self,
        account: DeviceKey,
        device: DeviceKey,
        name: Name,
        rings: RingRule,
    ) {
        let party = Party::User(account);
        let blocked = self.people.blocked_by(party);
        let first = self.people.add_device(account, device, name);
        self.people.set_rings(account, device, rings);
        if !first {
            self.tell_blocked(account, &blocked);
        } else if let Some(person) = self.people.person(party) {
            self.presence.joined(party, person, self.people.blocked_by(party));
        }
    }

    /// A device of a user is gone.
    pub(super) fn remove_device(&mut self, account: DeviceKey, device: DeviceKey) {
        let party = Party::User(account);
        let blocked = self.people.blocked_by(party);
        match self.people.remove_device(account, device) {
            Some(person) => self.presence.left(party, person, blocked),
            None => self.tell_blocked(account, &blocked),
        }
    }

    /// Somebody has another name: tells the others, and lets their lists follow.
    ///
    /// `blockers` were those who had blocked the old name.
    pub(super) fn tell_rename(
        &mut self,
        party: Party,
        before: Person,
        after: Person,
        blockers: &BTreeSet<Party>,
    ) {
        for device in self.people.rename_in_lists(&before.name, &after.name) {
            if let Some(session) = self.by_device.get(&device).copied() {
                let (from, to) = (before.name.clone(), after.name.clone());
                self.send(session, &ServerMessage::RingsRenamed { from, to });
            }
        }
        let blocked = self.people.blocked_by(party);
        self.presence.left(party, before, blocked.clone());
        self.presence.joined(party, after, blocked);
        // The new name may stand in a list already, and the old one may have been in one that is
        // full of others.
        let now = self.people.blockers_of(party);
        for (blocker, hides) in differences(blockers, &now) {
            self.tell_of(party, blocker, hides);
        }
    }

    /// Those with whom somebody exchanges no word: whom they blocked, and who blocked them.
    pub(super) fn apart_from(&self, party: Party) -> BTreeSet<Party> {
        let mut apart = self.people.blocked_by(party);
        apart.append(&mut self.people.blockers_of(party));
        apart
    }

    /// Lets those see a user, or no more, for whom that has changed since `before` was blocked.
    fn tell_blocked(&mut self, account: DeviceKey, before: &BTreeSet<Party>) {
        let party = Party::User(account);
        let now = self.people.blocked_by(party);
        for (viewer, hides) in differences(before, &now) {
            self.tell_of(viewer, party, hides);
        }
    }

    fn tell_of(&mut self, viewer: Party, party: Party, hides: bool) {
        let Some(person) = self.people.person(party) else { return };
        if hides {
            self.presence.hidden(viewer, party, person);
        } else {
            self.presence.shown(viewer, party, person);
        }
    }
}

/// What is in one set only; true for the second.
fn differences(before: &BTreeSet<Party>, now: &BTreeSet<Party>) -> Vec<(Party, bool)> {
    before.symmetric_difference(now).map(|party| (*party, now.contains(party))).collect()
}
