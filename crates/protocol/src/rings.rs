//! Who may ring somebody.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::Name;

/// The most names in either list of a [`RingRule`], so that a login with the longest names in both
/// still fits into [`crate::MAX_FRAME_BYTES`].
pub const RING_NAMES_MAX: usize = 240;

/// What a device says of who may ring it. The server keeps it as long as the connection lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub struct RingRule {
    /// Who may ring this device.
    pub who: WhoMayRing,
    /// Whom the user knows; at most [`RING_NAMES_MAX`].
    #[serde(deserialize_with = "names")]
    pub contacts: BTreeSet<Name>,
    /// For whom no device of this user is there; at most [`RING_NAMES_MAX`].
    #[serde(deserialize_with = "names")]
    pub blocked: BTreeSet<Name>,
}

/// Who may ring a device. The blocked never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "protocol.ts"))]
pub enum WhoMayRing {
    /// Contacts and strangers.
    #[default]
    Everybody,
    /// Contacts only.
    Contacts,
    /// Not even contacts.
    Nobody,
}

impl RingRule {
    /// Whether somebody of this name may ring the device.
    pub fn admits(&self, caller: &Name) -> bool {
        !self.blocked.contains(caller)
            && match self.who {
                WhoMayRing::Everybody => true,
                WhoMayRing::Contacts => self.contacts.contains(caller),
                WhoMayRing::Nobody => false,
            }
    }

    /// Follows somebody to another name; false if neither list held the old one.
    pub fn rename(&mut self, from: &Name, to: &Name) -> bool {
        let mut held = false;
        for names in [&mut self.contacts, &mut self.blocked] {
            if names.remove(from) {
                names.insert(to.clone());
                held = true;
            }
        }
        held
    }
}

fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Name>, D::Error> {
    let names = Vec::<Name>::deserialize(deserializer)?;
    if names.len() > RING_NAMES_MAX {
        return Err(de::Error::invalid_length(names.len(), &"at most 240 names"));
    }
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{ClientMessage, DeviceKey, MAX_FRAME_BYTES, NAME_MAX_CHARS, Signature, VERSION};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn crowd(count: usize) -> BTreeSet<Name> {
        let longest = |n| format!("{n:05}{}", "\u{10400}".repeat(NAME_MAX_CHARS - 5));
        (0..count).map(|n| name(&longest(n))).collect()
    }

    #[test]
    fn the_longest_lists_fit_into_a_login() {
        let rings = RingRule {
            who: WhoMayRing::Contacts,
            contacts: crowd(RING_NAMES_MAX),
            blocked: crowd(RING_NAMES_MAX),
        };
        let login = ClientMessage::Login {
            v: VERSION,
            name: crowd(1).pop_first().unwrap(),
            device_key: DeviceKey::from_bytes([1; 32]),
            signature: Signature::from_bytes([2; 64]),
            link: None,
            rings: Some(Box::new(rings)),
            invite: None,
        };
        let frame = login.encode();
        // A link is 200 bytes more.
        assert!(frame.len() + 200 < MAX_FRAME_BYTES, "{}", frame.len());
        assert_eq!(ClientMessage::decode(&frame), Ok(login));
    }

    #[test]
    fn longer_lists_are_refused() {
        let rings = RingRule { blocked: crowd(RING_NAMES_MAX + 1), ..RingRule::default() };
        let frame = ClientMessage::Rings { rings }.encode();
        assert!(ClientMessage::decode(&frame).is_err());
    }

    #[test]
    fn a_rule_says_who_rings() {
        let rule = |who| RingRule {
            who,
            contacts: [name("Anna"), name("Eve")].into(),
            blocked: [name("Eve")].into(),
        };
        let admitted = |who| ["Anna", "Ben", "Eve"].map(|n| rule(who).admits(&name(n)));
        assert_eq!(admitted(WhoMayRing::Everybody), [true, true, false]);
        assert_eq!(admitted(WhoMayRing::Contacts), [true, false, false]);
        assert_eq!(admitted(WhoMayRing::Nobody), [false, false, false]);
    }

    #[test]
    fn a_rule_follows_a_new_name() {
        let mut rule = RingRule { blocked: [name("Eve")].into(), ..RingRule::default() };
        assert!(!rule.rename(&name("Ben"), &name("Benno")));
        assert!(rule.rename(&name("Eve"), &name("Eva")));
        assert!(rule.admits(&name("Eve")) && !rule.admits(&name("Eva")));
    }
}
