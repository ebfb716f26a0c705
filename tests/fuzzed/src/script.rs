//! Fuzzed input as a script: lines of a word and a text, so that mutations of text make sense.

use std::time::Duration;

/// The most steps of one script; more would find nothing that fewer do not, only slower.
const MOST_STEPS: usize = 200;

/// The lines, each split after its first word.
pub(crate) fn steps(data: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let text = std::str::from_utf8(data).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty()).take(MOST_STEPS);
    lines.map(|line| line.split_once(' ').unwrap_or((line, "")))
}

/// A time in milliseconds; ten minutes at most, and zero for what is none.
pub(crate) fn time(text: &str) -> Duration {
    Duration::from_millis(text.parse::<u64>().unwrap_or(0).min(600_000))
}
