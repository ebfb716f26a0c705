//! Codes that let one newcomer in, once.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::random;

/// Crockford's base32: no letter that is read as a digit.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 100 bits: guessing one is hopeless, and typing one is not.
const LENGTH: usize = 20;

/// What is given to the newcomer; shown as `XXXXX-XXXXX-XXXXX-XXXXX`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct InviteCode(String);

/// What is kept of a code (SHA-256): whoever reads the database cannot use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InviteHash([u8; 32]);

impl InviteCode {
    pub(crate) fn fresh() -> Self {
        let bytes: [u8; LENGTH] = random::bytes();
        Self(bytes.map(|byte| char::from(SYMBOLS[usize::from(byte % 32)])).iter().collect())
    }

    /// Reads a code as a person typed it.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let symbols = typed.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let code: Option<String> = symbols.take(LENGTH + 1).map(symbol).collect();
        code.filter(|code| code.len() == LENGTH).map(Self)
    }

    pub(crate) fn hash(&self) -> InviteHash {
        InviteHash(
            Sha256::new_with_prefix("ringdove-invite-v1").chain_update(&self.0).finalize().into(),
        )
    }
}

impl InviteHash {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, symbol) in self.0.chars().enumerate() {
            if index > 0 && index % 5 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{symbol}")?;
        }
        Ok(())
    }
}

fn symbol(typed: char) -> Option<char> {
    let read = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    SYMBOLS.iter().map(|symbol| char::from(*symbol)).find(|symbol| *symbol == read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_as_people_type_it() {
        let code = InviteCode::fresh();
        let shown = code.to_string();
        assert_eq!(shown.len(), LENGTH + 3);
        let sloppy = shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        for typed in [shown, sloppy] {
            assert_eq!(InviteCode::parse(&typed).map(|read| read.hash()), Some(code.hash()));
        }
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        for typed in ["", "12345", &"1".repeat(21), &"u".repeat(20), &"é".repeat(20)] {
            assert!(InviteCode::parse(typed).is_none(), "{typed}");
        }
    }
}
