//! Presence: a snapshot at login, then differences. Several joins make one frame.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Instant,
};

use ringdove_protocol::{Name, Person, ServerMessage, SessionId};

use super::people::Party;

/// The longest names of this many people, twice, fit into [`ringdove_protocol::MAX_FRAME_BYTES`].
const PEOPLE_PER_FRAME: usize = 200;

/// Collects who came and went until it is time to tell.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    log: Vec<Change>,
    /// Sessions that got their snapshot since the last flush, and how long the log was then.
    fresh: HashMap<SessionId, usize>,
    users_due: Option<Instant>,
    guests_due: Option<Instant>,
}

#[derive(Debug)]
struct Change {
    party: Party,
    person: Person,
    kind: ChangeKind,
    audience: Audience,
}

/// Who is told of a change; never the person itself.
#[derive(Debug)]
enum Audience {
    /// Everybody but those for whom the person is not there.
    AllBut(BTreeSet<Party>),
    /// One to whom the person shows, or does no more.
    Only(Party),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChangeKind {
    Joined,
    Left,
}

/// The differences of one window.
#[derive(Debug)]
pub(crate) struct Differences {
    log: Vec<Change>,
    fresh: HashMap<SessionId, usize>,
    /// Whoever does not hear of each change alike.
    special: HashSet<Party>,
}

impl Presence {
    /// Somebody came, but not for those whom they have blocked.
    pub(crate) fn joined(&mut self, party: Party, person: Person, blocked: BTreeSet<Party>) {
        self.note(party, person, ChangeKind::Joined, Audience::AllBut(blocked));
    }

    /// Somebody went; those whom they had blocked do not hear of it.
    pub(crate) fn left(&mut self, party: Party, person: Person, blocked: BTreeSet<Party>) {
        self.note(party, person, ChangeKind::Left, Audience::AllBut(blocked));
    }

    /// Somebody is there for one more.
    pub(crate) fn shown(&mut self, viewer: Party, party: Party, person: Person) {
        self.note(party, person, ChangeKind::Joined, Audience::Only(viewer));
    }

    /// Somebody is there no more for one.
    pub(crate) fn hidden(&mut self, viewer: Party, party: Party, person: Person) {
        self.note(party, person, ChangeKind::Left, Audience::Only(viewer));
    }

    fn note(&mut self, party: Party, person: Person, kind: ChangeKind, audience: Audience) {
        self.log.push(Change { party, person, kind, audience });
    }

    /// Notes that a session knows everything up to now.
    pub(crate) fn snapshot_given(&mut self, session: SessionId) {
        self.fresh.insert(session, self.log.len());
    }

    /// Starts the windows, if something changed and they are not open.
    pub(crate) fn schedule(&mut self, users_at: Instant, guests_at: Instant) {
        if !self.log.is_empty() && self.users_due.is_none() {
            self.users_due = Some(users_at);
            self.guests_due.get_or_insert(guests_at);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.users_due.into_iter().chain(self.guests_due).min()
    }

    /// Whether guests are to be given the list now.
    pub(crate) fn take_guests_due(&mut self, now: Instant) -> bool {
        self.guests_due.take_if(|due| *due <= now).is_some()
    }

    /// What users are to be told now.
    pub(crate) fn take_differences(&mut self, now: Instant) -> Option<Differences> {
        self.users_due.take_if(|due| *due <= now)?;
        let log = std::mem::take(&mut self.log);
        let fresh = std::mem::take(&mut self.fresh);
        let mut special = HashSet::new();
        for change in &log {
            match &change.audience {
                Audience::AllBut(blocked) => {
                    special.insert(change.party);
                    special.extend(blocked);
                }
                Audience::Only(viewer) => {
                    special.insert(*viewer);
                }
            }
        }
        Some(Differences { log, fresh, special })
    }
}

impl Change {
    fn is_for(&self, viewer: Party) -> bool {
        self.party != viewer
            && match &self.audience {
                Audience::AllBut(blocked) => !blocked.contains(&viewer),
                Audience::Only(one) => *one == viewer,
            }
    }

    fn is_for_most(&self) -> bool {
        match self.audience {
            Audience::AllBut(_) => true,
            Audience::Only(_) => false,
        }
    }
}

impl Differences {
    /// What most sessions are told.
    pub(crate) fn common(&self) -> Vec<ServerMessage> {
        fold(self.log.iter().filter(|change| change.is_for_most()))
    }

    /// Whether a session is told something else: it knows part of it, is part of it, or is not to
    /// know part of it.
    pub(crate) fn is_special(&self, session: SessionId, party: Party) -> bool {
        self.fresh.contains_key(&session) || self.special.contains(&party)
    }

    /// What a special session is told: nothing that it knows, nothing of its own user, and nobody
    /// who has blocked that.
    pub(crate) fn special(&self, session: SessionId, party: Party) -> Vec<ServerMessage> {
        let known = self.fresh.get(&session).copied().unwrap_or(0);
        fold(self.log[known..].iter().filter(|change| change.is_for(party)))
    }
}

/// Adds changes up, so that somebody who left and came back is not told of at all.
fn fold<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<ServerMessage> {
    #[derive(Default)]
    struct Net<'a> {
        before: Option<&'a Person>,
        after: Option<&'a Person>,
    }
    let mut nets: BTreeMap<&Name, Net<'_>> = BTreeMap::new();
    for change in changes {
        let person = &change.person;
        nets.entry(&person.name)
            .and_modify(|net| {
                net.after = (change.kind == ChangeKind::Joined).then_some(person);
            })
            .or_insert_with(|| match change.kind {
                ChangeKind::Joined => Net { before: None, after: Some(person) },
                ChangeKind::Left => Net { before: Some(person), after: None },
            });
    }
    let mut messages = Vec::new();
    let changed: Vec<Net<'_>> = nets.into_values().filter(|net| net.before != net.after).collect();
    for part in changed.chunks(PEOPLE_PER_FRAME) {
        let left = part.iter().filter_map(|net| net.before).map(|p| p.name.clone()).collect();
        let joined = part.iter().filter_map(|net| net.after).cloned().collect();
        messages.push(ServerMessage::PresenceChanged { left, joined });
    }
    messages
}

/// Everybody, for somebody who just logged in: in as many frames as the frame limit asks for.
pub(super) fn snapshot(people: Vec<Person>) -> Vec<ServerMessage> {
    let mut parts = people.chunks(PEOPLE_PER_FRAME);
    let first = parts.next().unwrap_or_default().to_vec();
    let rest =
        parts.map(|part| ServerMessage::PresenceChanged { left: vec![], joined: part.to_vec() });
    std::iter::once(ServerMessage::Presence { people: first }).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ringdove_protocol::PersonKind;

    use super::*;

    const WINDOW: Duration = Duration::from_millis(50);

    fn party(n: u8) -> Party {
        Party::Guest(session(n))
    }

    fn session(n: u8) -> SessionId {
        SessionId::from_bytes([n; 16])
    }

    fn person(name: &str) -> Person {
        let name = Name::parse(name).unwrap_or_else(|e| panic!("{e}"));
        Person { name, kind: PersonKind::User }
    }

    fn flush(presence: &mut Presence) -> Option<Differences> {
        let start = Instant::now();
        presence.schedule(start + WINDOW, start + WINDOW);
        assert!(presence.take_differences(start).is_none(), "not before the window is over");
        presence.take_differences(start + WINDOW)
    }

    #[test]
    fn many_joins_make_one_message() {
        let mut presence = Presence::default();
        presence.joined(party(1), person("Anna"), BTreeSet::new());
        presence.joined(party(2), person("Ben"), BTreeSet::new());
        let messages = flush(&mut presence).map(|d| d.common());
        let expected = ServerMessage::PresenceChanged {
            left: vec![],
            joined: vec![person("Anna"), person("Ben")],
        };
        assert_eq!(messages, Some(vec![expected]));
    }

    #[test]
    fn who_left_and_came_back_is_not_told_of() {
        let mut presence = Presence::default();
        presence.left(party(1), person("Anna"), BTreeSet::new());
        presence.joined(party(1), person("Anna"), BTreeSet::new());
        assert_eq!(flush(&mut presence).map(|d| d.common()), Some(vec![]));
    }

    #[test]
    fn a_fresh_session_hears_only_what_its_snapshot_did_not_hold() {
        let mut presence = Presence::default();
        presence.joined(party(1), person("Anna"), BTreeSet::new());
        presence.joined(party(2), person("Ben"), BTreeSet::new());
        presence.snapshot_given(session(2));
        presence.left(party(1), person("Anna"), BTreeSet::new());
        let differences = flush(&mut presence).unwrap_or_else(|| panic!("something changed"));
        let others = ServerMessage::PresenceChanged { left: vec![], joined: vec![person("Ben")] };
        assert_eq!(differences.common(), [others]);
        let annas = Name::parse("Anna").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            differences.special(session(2), party(2)),
            [ServerMessage::PresenceChanged { left: vec![annas], joined: vec![] }],
        );
    }

    #[test]
    fn a_crowd_is_told_in_frames_that_everybody_accepts() {
        let longest = |n: usize| format!("{n:05}{}", "\u{10400}".repeat(27));
        let people: Vec<Person> = (0..1000).map(|n| person(&longest(n))).collect();
        let mut presence = Presence::default();
        for (n, person) in people.iter().enumerate() {
            let party = Party::Guest(SessionId::from_bytes([(n % 251) as u8; 16]));
            presence.left(party, person.clone(), BTreeSet::new());
            presence.joined(
                party,
                Person { kind: PersonKind::Guest, ..person.clone() },
                BTreeSet::new(),
            );
        }
        let differences = flush(&mut presence).map(|d| d.common()).unwrap_or_default();
        let snapshot = snapshot(people);
        assert!(differences.len() > 1 && snapshot.len() > 1);
        for message in differences.iter().chain(&snapshot) {
            assert!(message.encode().len() < ringdove_protocol::MAX_FRAME_BYTES);
        }
    }

    #[test]
    fn a_name_that_changes_hands_is_removed_and_added() {
        let mut presence = Presence::default();
        let guest = Person { kind: PersonKind::Guest, ..person("Anna") };
        presence.left(party(1), guest, BTreeSet::new());
        presence.joined(party(2), person("Anna"), BTreeSet::new());
        let messages = flush(&mut presence).map(|d| d.common());
        let expected = ServerMessage::PresenceChanged {
            left: vec![person("Anna").name],
            joined: vec![person("Anna")],
        };
        assert_eq!(messages, Some(vec![expected]));
    }
}
