//! What two people compare outside of a call: sixty digits.

use std::fmt::Write;

use ringdove_protocol::{DeviceKey, transcript as fields};
use sha2::{Digest, Sha512};

/// The safety number of two accounts: sixty digits, the same whoever asks.
///
/// Thirty digits for each account, the smaller key's first: SHA-512 of the key, of which six times
/// five bytes are taken modulo 100000, as Signal does. A second key with the same thirty digits
/// takes about 2^99 tries.
pub fn safety_number(one: &DeviceKey, other: &DeviceKey) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let mut digits = String::with_capacity(60);
    for key in [first, second] {
        let digest = Sha512::digest(fields(&[b"ringdove-safety-v1", key.as_bytes()]));
        for chunk in digest.chunks_exact(5).take(6) {
            let number = chunk.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            // Writing to a string does not fail.
            let _ = write!(digits, "{:05}", number % 100_000);
        }
    }
    digits
}
