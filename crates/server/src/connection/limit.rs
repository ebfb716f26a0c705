//! How fast one connection may speak.

use std::time::{Duration, Instant};

/// A token bucket that also knows when somebody does not stop.
///
/// A message costs one token, and one more for each KiB: what one client may send at once fits
/// into the queue of whoever it is for.
#[derive(Debug)]
pub(super) struct Limit {
    tokens: f64,
    filled_at: Instant,
    /// Messages dropped since the bucket was last full.
    dropped: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on.
    Fine,
    /// Drop this message; the first of a row is worth an error.
    Drop { first: bool },
    /// It does not stop: close.
    Close,
}

impl Limit {
    const PER_SECOND: f64 = 50.0;
    const BURST: f64 = 200.0;
    const DROPPED_MAX: u32 = 1000;

    pub(super) fn new(now: Instant) -> Self {
        Self { tokens: Self::BURST, filled_at: now, dropped: 0 }
    }

    /// Judges one more message of that many bytes.
    pub(super) fn take(&mut self, now: Instant, bytes: usize) -> Verdict {
        let elapsed: Duration = now.saturating_duration_since(self.filled_at);
        self.filled_at = now;
        self.tokens = (self.tokens + elapsed.as_secs_f64() * Self::PER_SECOND).min(Self::BURST);
        if self.tokens >= Self::BURST {
            self.dropped = 0;
        }
        let cost = 1.0 + (bytes / 1024) as f64;
        if self.tokens >= cost {
            self.tokens -= cost;
            return Verdict::Fine;
        }
        self.dropped += 1;
        if self.dropped > Self::DROPPED_MAX {
            Verdict::Close
        } else {
            // One error per hundred: errors must not flood either.
            Verdict::Drop { first: self.dropped % 100 == 1 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_a_steady_rate() {
        let start = Instant::now();
        let mut limit = Limit::new(start);
        for _ in 0..200 {
            assert_eq!(limit.take(start, 300), Verdict::Fine);
        }
        assert_eq!(limit.take(start, 300), Verdict::Drop { first: true });
        assert_eq!(limit.take(start, 300), Verdict::Drop { first: false });
        let later = start + Duration::from_millis(100);
        for _ in 0..5 {
            assert_eq!(limit.take(later, 300), Verdict::Fine);
        }
        assert_ne!(limit.take(later, 300), Verdict::Fine);
    }

    #[test]
    fn what_passes_at_once_fits_into_a_queue() {
        for bytes in [300, 8 * 1024, 64 * 1024] {
            let start = Instant::now();
            let mut limit = Limit::new(start);
            let passed = (0..300).filter(|_| limit.take(start, bytes) == Verdict::Fine).count();
            assert!(passed > 0, "{bytes}");
            assert!(passed * bytes <= super::super::outbox::MAX_BYTES, "{passed} of {bytes}");
        }
    }

    #[test]
    fn a_flood_that_does_not_stop_is_closed() {
        let start = Instant::now();
        let mut limit = Limit::new(start);
        let verdicts: Vec<Verdict> = (0..1500).map(|_| limit.take(start, 0)).collect();
        assert_eq!(verdicts.last(), Some(&Verdict::Close));
    }
}
