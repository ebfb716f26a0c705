//! What two people compare in a call: five pictures.

use std::fmt;

/// How many pictures there are. Matrix's list for short authentication strings, in its order: the
/// pictures were chosen so that people tell them apart, and name them alike in every language.
pub const PICTURES: usize = 64;

/// Five pictures, 30 bits of the call's keys: numbers from 0 to 63 into the list in
/// `docs/sealed-calls.md`.
///
/// Who sits in between has one guess in 2^30, because the caller's commitment comes before the
/// callee's key, and the callee's key before the caller's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pictures([u8; 5]);

impl Pictures {
    /// The first 30 bits, six by six.
    pub(crate) fn from_key(key: &[u8; 32]) -> Self {
        let bits = u32::from_be_bytes([key[0], key[1], key[2], key[3]]);
        let picture = |nth: u32| (bits >> (26 - 6 * nth) & 63) as u8;
        Self([picture(0), picture(1), picture(2), picture(3), picture(4)])
    }

    /// The numbers.
    pub fn numbers(&self) -> [u8; 5] {
        self.0
    }
}

/// Redacted: whoever reads a log must not be able to read them out.
impl fmt::Debug for Pictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pictures(..)")
    }
}
