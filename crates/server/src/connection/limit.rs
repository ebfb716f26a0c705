//! How fast one connection may speak.

use std::time::{Duration, Instant};

/// A token bucket that also knows when somebody does not stop.
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

    /// Judges one more message.
    pub(super) fn take(&mut self, now: Instant) -> Verdict {
        let elapsed: Duration = now.saturating_duration_since(self.filled_at);
        self.filled_at = now;
        self.tokens = (self.tokens + elapsed.as_secs_f64() * Self::PER_SECOND).min(Self::BURST);
        if self.tokens >= Self::BURST {
            self.dropped = 0;
        }
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
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
            assert_eq!(limit.take(start), Verdict::Fine);
        }
        assert_eq!(limit.take(start), Verdict::Drop { first: true });
        assert_eq!(limit.take(start), Verdict::Drop { first: false });
        let later = start + Duration::from_millis(100);
        for _ in 0..5 {
            assert_eq!(limit.take(later), Verdict::Fine);
        }
        assert_ne!(limit.take(later), Verdict::Fine);
    }

    #[test]
    fn a_flood_that_does_not_stop_is_closed() {
        let start = Instant::now();
        let mut limit = Limit::new(start);
        let verdicts: Vec<Verdict> = (0..1500).map(|_| limit.take(start)).collect();
        assert_eq!(verdicts.last(), Some(&Verdict::Close));
    }
}
