//! A token bucket: a steady rate with bursts.

use std::time::Instant;

/// Starts full.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    pub(crate) fn new(now: Instant, per_second: u32, burst: u32) -> Self {
        let burst = f64::from(burst);
        Self { per_second: f64::from(per_second), burst, tokens: burst, filled_at: now }
    }

    /// Takes so many tokens, or none if there are fewer.
    pub(crate) fn take(&mut self, now: Instant, cost: f64) -> bool {
        self.fill(now);
        let enough = self.tokens >= cost;
        if enough {
            self.tokens -= cost;
        }
        enough
    }

    /// Whether it is as good as a new one.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.burst
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled_at);
        self.filled_at = self.filled_at.max(now);
        self.tokens = (self.tokens + elapsed.as_secs_f64() * self.per_second).min(self.burst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_and_then_a_steady_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start, 50, 200);
        assert!((0..200).all(|_| bucket.take(start, 1.0)));
        assert!(!bucket.take(start, 1.0));
        let later = start + Duration::from_millis(100);
        assert!((0..5).all(|_| bucket.take(later, 1.0)));
        assert!(!bucket.take(later, 1.0));
        assert!(!bucket.is_full(start + Duration::from_secs(4)));
        assert!(bucket.is_full(start + Duration::from_secs(5)));
    }
}
