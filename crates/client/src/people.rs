//! Who is there: one snapshot, then differences.

use std::collections::BTreeMap;

use ringdove_protocol::{Name, Person, PersonKind};

/// Everybody on the server, sorted by name.
#[derive(Debug, Default)]
pub(crate) struct People(BTreeMap<Name, PersonKind>);

impl People {
    /// Takes the whole list in place of the old one.
    pub(crate) fn replace(&mut self, people: Vec<Person>) {
        self.0 = people.into_iter().map(|person| (person.name, person.kind)).collect();
    }

    /// Takes a difference; costs its own size, not the list's.
    pub(crate) fn change(&mut self, left: &[Name], joined: Vec<Person>) {
        for name in left {
            self.0.remove(name);
        }
        self.0.extend(joined.into_iter().map(|person| (person.name, person.kind)));
    }

    /// Forgets everybody; false if nobody was there.
    pub(crate) fn clear(&mut self) -> bool {
        let anybody = !self.0.is_empty();
        self.0.clear();
        anybody
    }

    /// The person who bears this name, if anybody does.
    pub(crate) fn find(&self, name: &Name) -> Option<Person> {
        self.0.get_key_value(name).map(person)
    }

    /// Everybody but the bearer of `oneself`, sorted by name.
    pub(crate) fn without(&self, oneself: Option<&Name>) -> Vec<Person> {
        self.0.iter().filter(|(name, _)| Some(*name) != oneself).map(person).collect()
    }
}

fn person((name, kind): (&Name, &PersonKind)) -> Person {
    Person { name: name.clone(), kind: *kind }
}
