//! A user's name: what people type, read and press.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// The longest name, in characters.
pub const NAME_MAX_CHARS: usize = 32;

/// A well-formed name: 1 to [`NAME_MAX_CHARS`] letters, digits, single inner spaces and `. _ - '`.
///
/// Markup, control, invisible and bidirectional characters cannot occur in it. That two names do
/// not look alike is the server's affair: only it knows the others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(type = "string", export_to = "protocol.ts")
)]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Holds a character that names cannot hold.
    #[error("a name can hold letters, digits, spaces and . _ - ' only")]
    Character,
    /// Nothing but spaces.
    #[error("a name needs at least one letter or digit")]
    Empty,
    /// More than [`NAME_MAX_CHARS`] characters.
    #[error("a name can hold at most {NAME_MAX_CHARS} characters")]
    TooLong,
}

impl Name {
    /// Reads a name as a person typed it: outer spaces are cut, inner runs become one space.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.chars().count() > NAME_MAX_CHARS {
            return Err(NameError::TooLong);
        }
        let allowed = |c: char| c.is_alphanumeric() || is_combining_mark(c) || " ._-'".contains(c);
        if !name.chars().all(allowed) {
            return Err(NameError::Character);
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(NameError::Empty);
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks that scripts need inside words: the combining diacriticals.
fn is_combining_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:?})", self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_can_type_their_names() {
        for (typed, name) in [
            ("Anna", "Anna"),
            ("  Jean-Luc  O'Neil ", "Jean-Luc O'Neil"),
            ("Zoë", "Zoë"),
            ("Андрей", "Андрей"),
            ("小明", "小明"),
            ("a_b.c 2", "a_b.c 2"),
        ] {
            assert_eq!(Name::parse(typed).map(|n| n.to_string()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn markup_invisible_and_direction_characters_are_refused() {
        for typed in ["<b>Anna</b>", "An\u{200b}na", "\u{202e}annA", "Anna\u{0}", "a&b", "a\"b"] {
            assert_eq!(Name::parse(typed), Err(NameError::Character), "{typed:?}");
        }
    }

    #[test]
    fn empty_and_long_names_are_refused() {
        assert_eq!(Name::parse("   "), Err(NameError::Empty));
        assert_eq!(Name::parse("..."), Err(NameError::Empty));
        assert_eq!(Name::parse(&"x".repeat(33)), Err(NameError::TooLong));
    }
}
