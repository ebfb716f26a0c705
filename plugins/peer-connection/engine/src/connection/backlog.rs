//! Notices a queue that stands somewhere on the way, and makes room.
//!
//! str0m's estimate falls where delay grows, or packets get lost. In a queue that is full already
//! delay grows no more, and the losses among those that come through are few: for many seconds all
//! that is sent, sound too, waits and is lost there.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use str0m::bwe::Bitrate;

/// What a round trip may take longer than the shortest one. Jitter and the queues that congestion
/// control works with stay below.
const QUEUE: Duration = Duration::from_millis(300);
/// How long a shortest round trip is remembered, since the way may have become longer.
const MEMORY: Duration = Duration::from_secs(30);
/// What is left of the bitrate after a tenth of a second with a queue, and what it grows by after one
/// without.
const LESS: f64 = 0.8;
const MORE: f64 = 1.05;
const STEP: Duration = Duration::from_millis(100);
/// Where it ends: what sound takes, which stays.
const LEAST: Bitrate = Bitrate::kbps(50);

#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// Round trips, each shorter than those after it: the first is the shortest of all.
    shortest: VecDeque<(Instant, Duration)>,
    limit: Option<Bitrate>,
    stepped: Option<Instant>,
}

impl Backlog {
    /// What of an estimate is to be used.
    pub(super) fn limit(
        &mut self,
        estimate: Bitrate,
        round_trip: Option<Duration>,
        now: Instant,
    ) -> Bitrate {
        if self.stepped.is_none_or(|stepped| now >= stepped + STEP) {
            self.stepped = Some(now);
            let stands = round_trip.is_some_and(|taken| taken > self.shortest(taken, now) + QUEUE);
            self.limit = if stands {
                Some((self.limit.unwrap_or(estimate).min(estimate) * LESS).max(LEAST))
            } else {
                self.limit.map(|limit| limit * MORE).filter(|limit| *limit < estimate)
            };
        }
        self.limit.map_or(estimate, |limit| limit.min(estimate))
    }

    fn shortest(&mut self, taken: Duration, now: Instant) -> Duration {
        while self.shortest.back().is_some_and(|(_, longer)| *longer >= taken) {
            self.shortest.pop_back();
        }
        self.shortest.push_back((now, taken));
        while self.shortest.front().is_some_and(|(at, _)| *at + MEMORY < now) {
            self.shortest.pop_front();
        }
        self.shortest.front().map_or(taken, |(_, shortest)| *shortest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESTIMATE: Bitrate = Bitrate::kbps(1000);

    struct Way {
        backlog: Backlog,
        now: Instant,
    }

    impl Way {
        fn new() -> Self {
            Self { backlog: Backlog::default(), now: Instant::now() }
        }

        /// So many tenths of a second with such a round trip.
        fn take(&mut self, tenths: u32, round_trip: u64) -> Bitrate {
            let mut used = ESTIMATE;
            for _ in 0..tenths {
                let round_trip = Some(Duration::from_millis(round_trip));
                used = self.backlog.limit(ESTIMATE, round_trip, self.now);
                self.now += STEP;
            }
            used
        }
    }

    #[test]
    fn jitter_is_no_queue() {
        let mut way = Way::new();
        for round_trip in [50, 150, 90, 330, 60, 349] {
            assert_eq!(way.take(5, round_trip), ESTIMATE);
        }
    }

    #[test]
    fn a_queue_halves_the_rate_soon_and_is_forgotten_slowly() {
        let mut way = Way::new();
        way.take(10, 50);
        assert!(way.take(4, 1000) < ESTIMATE * 0.5);
        assert_eq!(way.take(20, 1000), LEAST);
        assert!(way.take(20, 60) < ESTIMATE * 0.2, "what was too much is not tried again at once");
        assert_eq!(way.take(100, 60), ESTIMATE);
    }

    #[test]
    fn without_round_trips_nothing_is_known() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.limit(ESTIMATE, None, Instant::now()), ESTIMATE);
    }

    #[test]
    fn a_longer_way_is_accepted_in_time() {
        let mut way = Way::new();
        way.take(10, 50);
        way.take(400, 600);
        assert_eq!(way.take(120, 600), ESTIMATE);
        assert!(way.backlog.shortest.len() < 512);
    }

    #[test]
    fn a_falling_estimate_is_followed() {
        let mut backlog = Backlog::default();
        let now = Instant::now();
        backlog.limit(ESTIMATE, Some(Duration::from_millis(50)), now);
        backlog.limit(ESTIMATE, Some(Duration::from_secs(1)), now + STEP);
        let less = Bitrate::kbps(100);
        assert_eq!(backlog.limit(less, None, now + STEP + STEP), less);
    }
}
