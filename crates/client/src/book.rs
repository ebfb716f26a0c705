//! Whom this user has met: names, and the keys that came with them.
//!
//! The first call with a name pins its key; from then on the name stands for that key. Whoever
//! comes with another one is announced as changed, for the server may have swapped it.

use std::collections::VecDeque;

use ringdove_protocol::{CallId, DeviceKey, Name};
use serde::{Deserialize, Serialize};

/// How many people are kept; the one met longest ago goes first, but not the verified ones.
const PEOPLE: usize = 2000;

/// How many ended calls are remembered, so that none of them rings again.
const ENDED: usize = 512;

/// The version of the kept form.
const VERSION: u32 = 1;

/// Everybody whom this user has met, on every server.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    v: u32,
    people: VecDeque<Entry>,
    ended: VecDeque<CallId>,
}

/// Somebody on one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The address that the user signed in to. Not the name that the server gives itself: with
    /// that it could pass for one where nobody has been met.
    pub(crate) server: String,
    pub(crate) name: Name,
    pub(crate) account: DeviceKey,
    /// The users have compared keys.
    pub(crate) verified: bool,
}

/// A kept book that cannot be read. It is not to be overwritten: the pins in it are the protection
/// against a server that swaps keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a book of known people: {0}")]
pub struct BookError(String);

impl Default for Book {
    fn default() -> Self {
        Self { v: VERSION, people: VecDeque::new(), ended: VecDeque::new() }
    }
}

impl Book {
    /// Reads what [`Book::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, BookError> {
        let book: Self =
            serde_json::from_str(text).map_err(|error| BookError(error.to_string()))?;
        if book.v != VERSION {
            return Err(BookError(format!("version {}", book.v)));
        }
        Ok(book)
    }

    /// The form to be kept.
    pub fn to_text(&self) -> String {
        // Texts, keys and numbers: their `Serialize` does not fail.
        #[expect(clippy::expect_used, reason = "see above")]
        serde_json::to_string(self).expect("a book serializes")
    }

    /// Who a name on a server stands for.
    pub(crate) fn find(&self, server: &str, name: &Name) -> Option<&Entry> {
        self.people.iter().find(|entry| entry.is(server, name))
    }

    /// Whoever has this key on a server, under whatever name; a verified entry before others.
    pub(crate) fn find_key(&self, server: &str, account: &DeviceKey) -> Option<&Entry> {
        let same = |entry: &&Entry| entry.server == server && entry.account == *account;
        self.people.iter().filter(same).max_by_key(|entry| entry.verified)
    }

    /// Everybody on a server, sorted by name.
    pub(crate) fn on(&self, server: &str) -> Vec<&Entry> {
        let mut people: Vec<_> =
            self.people.iter().filter(|entry| entry.server == server).collect();
        people.sort_by(|one, other| one.name.cmp(&other.name));
        people
    }

    /// Writes somebody down, in place of who had the name.
    pub(crate) fn write(&mut self, entry: Entry) {
        self.forget(&entry.server, &entry.name);
        if self.people.len() >= PEOPLE {
            let oldest = self.people.iter().position(|entry| !entry.verified).unwrap_or(0);
            self.people.remove(oldest);
        }
        self.people.push_back(entry);
    }

    /// Strikes somebody out; false if nobody had the name.
    pub(crate) fn forget(&mut self, server: &str, name: &Name) -> bool {
        let before = self.people.len();
        self.people.retain(|entry| !entry.is(server, name));
        self.people.len() < before
    }

    /// Notes that a call is over.
    pub(crate) fn end(&mut self, call: CallId) {
        if self.ended.len() >= ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(call);
    }

    /// Whether a call was over before.
    pub(crate) fn is_over(&self, call: CallId) -> bool {
        self.ended.contains(&call)
    }
}

impl Entry {
    fn is(&self, server: &str, name: &Name) -> bool {
        self.server == server && self.name == *name
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn entry(name: &str, verified: bool) -> Entry {
        let (server, name) = ("ws://attic/".to_owned(), Name::parse(name).unwrap());
        Entry { server, name, account: DeviceKey::from_bytes([1; 32]), verified }
    }

    #[test]
    fn what_was_kept_is_read_back() {
        let mut book = Book::default();
        book.write(entry("Ben", true));
        book.end(CallId::from_bytes([7; 16]));
        assert_eq!(Book::parse(&book.to_text()), Ok(book));
        assert!(Book::parse("{}").is_err());
        assert!(Book::parse(r#"{"v":9,"people":[],"ended":[]}"#).is_err());
    }

    #[test]
    fn a_full_book_forgets_whom_nobody_verified() {
        let mut book = Book::default();
        book.write(entry("Verified", true));
        for nth in 0..PEOPLE {
            book.write(entry(&format!("P{nth}"), false));
        }
        let server = "ws://attic/";
        assert_eq!(book.people.len(), PEOPLE);
        assert!(book.find(server, &Name::parse("Verified").unwrap()).is_some());
        assert!(book.find(server, &Name::parse("P0").unwrap()).is_none());
        assert!(book.find(server, &Name::parse("P1999").unwrap()).is_some());
    }

    #[test]
    fn ended_calls_are_bounded() {
        let mut book = Book::default();
        let id = |nth: u16| {
            let mut bytes = [0; 16];
            bytes[..2].copy_from_slice(&nth.to_be_bytes());
            CallId::from_bytes(bytes)
        };
        (0..1000).for_each(|nth| book.end(id(nth)));
        assert!(book.is_over(id(999)) && !book.is_over(id(0)));
        assert_eq!(book.ended.len(), ENDED);
    }
}
