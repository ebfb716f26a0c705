//! When two names look alike.

use std::collections::BTreeSet;

use ringdove_protocol::Name;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// What a name looks like. Two names look alike when they share a key.
///
/// One key compares letters whatever their case (NFKC, then case folding), the other shapes as they
/// stand, since a capital I looks like a small l while a small i does not. Both are reduced to the
/// skeleton of Unicode Technical Standard 39.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Likeness(BTreeSet<String>);

impl Likeness {
    pub(crate) fn of(name: &Name) -> Self {
        let compatible: String = name.as_str().nfkc().collect();
        let by_letter = reduce(&fold(&compatible));
        let by_shape = reduce(&compatible);
        Self([by_letter, by_shape].into())
    }

    /// One or two keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The skeleton, with what case it still has folded.
fn reduce(text: &str) -> String {
    let shapes: String = skeleton(text).collect();
    fold(&shapes).nfkc().collect()
}

/// Case folding: upper case first, so that ß and ss, or final and other sigmas, become one.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let likeness = |text| Likeness::of(&Name::parse(text).unwrap_or_else(|e| panic!("{e}")));
        let (a, b) = (likeness(a), likeness(b));
        a.keys().any(|key| b.keys().any(|other| other == key))
    }

    #[test]
    fn look_alike_names_are_alike() {
        for (a, b) in [
            ("Anna", "anna"),
            ("Anna", "ANNA"),
            ("Inge", "inge"),
            ("Anna", "\u{410}nna"),
            ("Anna", "\u{ff21}nna"),
            ("Alice", "AIice"),
            ("Alice", "A1ice"),
            ("Bob", "B0b"),
            ("modern", "rnodern"),
            ("Zoë", "Zoe\u{308}"),
            ("Strasse", "Straße"),
            ("scope", "ѕсоре"),
            ("paypal", "раураl"),
            ("Νikos", "Nikos"),
            ("finn", "ﬁnn"),
        ] {
            assert!(alike(a, b), "{a:?} and {b:?}");
        }
    }

    #[test]
    fn different_names_are_different() {
        for (a, b) in [
            ("Anna", "Hanna"),
            ("Anna", "Anna 2"),
            ("Zoe", "Zoë"),
            ("Ben", "Ken"),
            ("Андрей", "Андреа"),
            ("小明", "小红"),
        ] {
            assert!(!alike(a, b), "{a:?} and {b:?}");
        }
    }
}
