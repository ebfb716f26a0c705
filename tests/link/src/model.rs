//! The link itself: packets and the time go in, packets come out when they are due. No clock, no
//! device.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::conditions::Conditions;

/// Which end of the link: 0 or 1.
pub(crate) type Side = usize;

/// What happened to the packets of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) offered: u64,
    pub(crate) delivered: u64,
    /// Of the delivered packets, with their IP headers.
    pub(crate) bytes: u64,
    /// By chance, alone or in a burst.
    pub(crate) lost: u64,
    pub(crate) blacked_out: u64,
    /// The queue was full.
    pub(crate) overflowed: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    /// The longest wait in the queue since it was asked for last.
    pub(crate) longest_wait: Duration,
}

/// A link between two sides. All times count from any one moment.
pub(crate) struct Link {
    conditions: Conditions,
    chance: Chance,
    blackout_until: Duration,
    directions: [Direction; 2],
    in_flight: BinaryHeap<Reverse<InFlight>>,
    serial: u64,
}

#[derive(Default)]
struct Direction {
    /// The last burst that was drawn: what is sent from the first to before the second vanishes.
    burst: (Duration, Duration),
    /// When the last packet has left the queue.
    free: Duration,
    /// When the last packet that keeps its place is due.
    last_due: Duration,
    counters: Counters,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct InFlight {
    due: Duration,
    serial: u64,
    to: Side,
    packet: Vec<u8>,
}

impl Link {
    pub(crate) fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            chance: Chance(seed),
            blackout_until: Duration::ZERO,
            directions: Default::default(),
            in_flight: BinaryHeap::new(),
            serial: 0,
        }
    }

    pub(crate) fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Packets that are under way keep the time that they were given.
    pub(crate) fn change(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// Loses all that is sent until then; what is under way arrives.
    pub(crate) fn black_out(&mut self, until: Duration) {
        self.blackout_until = until;
    }

    /// A packet that `from` sends.
    pub(crate) fn offer(&mut self, now: Duration, from: Side, packet: &[u8]) {
        let Conditions { loss, duplicate, .. } = self.conditions;
        self.directions[from].counters.offered += 1;
        if now < self.blackout_until {
            self.directions[from].counters.blacked_out += 1;
            return;
        }
        if self.in_burst(now, from) || self.chance.hits(loss) {
            self.directions[from].counters.lost += 1;
            return;
        }
        let twice = self.chance.hits(duplicate);
        self.directions[from].counters.duplicated += u64::from(twice);
        for _ in 0..=usize::from(twice) {
            self.enqueue(now, from, packet.to_vec());
        }
    }

    /// When the next packet is due.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.in_flight.peek().map(|Reverse(next)| next.due)
    }

    /// A packet that is due, and who gets it.
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<(Side, Vec<u8>)> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse(InFlight { to, packet, .. }) = self.in_flight.pop()?;
        let counters = &mut self.directions[1 - to].counters;
        counters.delivered += 1;
        counters.bytes += packet.len() as u64;
        Some((to, packet))
    }

    /// Of what a side sent.
    pub(crate) fn counters(&mut self, from: Side) -> Counters {
        let counters = &mut self.directions[from].counters;
        let told = *counters;
        counters.longest_wait = Duration::ZERO;
        told
    }

    /// Bursts come with pauses between them, as long on average as their share of the time wants.
    fn in_burst(&mut self, now: Duration, from: Side) -> bool {
        let Conditions { bursts, burst, .. } = self.conditions;
        if bursts <= 0.0 || burst.is_zero() {
            return false;
        }
        let pause = burst.mul_f64((1.0 - bursts) / bursts);
        let (mut start, mut end) = self.directions[from].burst;
        // After a time without bursts the next one is drawn from now.
        if end + pause * 2 < now {
            end = now;
        }
        while end <= now {
            start = end + pause.mul_f64(2.0 * self.chance.share());
            end = start + burst;
        }
        self.directions[from].burst = (start, end);
        start <= now
    }

    fn enqueue(&mut self, now: Duration, from: Side, packet: Vec<u8>) {
        let Conditions { delay, jitter, reorder, rate, queue, .. } = self.conditions;
        let direction = &mut self.directions[from];
        let mut sent = now;
        if let Some(rate) = rate {
            let start = direction.free.max(now);
            if start - now > queue {
                direction.counters.overflowed += 1;
                return;
            }
            let wait = start - now;
            direction.counters.longest_wait = direction.counters.longest_wait.max(wait);
            // Bits at kbit/s are milliseconds.
            sent = start + Duration::from_micros(packet.len() as u64 * 8_000 / rate);
            direction.free = sent;
        }
        let due = if self.chance.hits(reorder) {
            direction.counters.reordered += 1;
            sent
        } else {
            let due = sent + delay + jitter.mul_f64(self.chance.share());
            direction.last_due = direction.last_due.max(due);
            direction.last_due
        };
        self.serial += 1;
        self.in_flight.push(Reverse(InFlight { due, serial: self.serial, to: 1 - from, packet }));
    }
}

/// SplitMix64: the same seed gives the same losses.
struct Chance(u64);

impl Chance {
    /// From 0 up to, but without, 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn hits(&mut self, probability: f64) -> bool {
        self.share() < probability
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Sends `count` packets from side 0, one each millisecond, each with its number inside; gives
    /// when which of them arrived.
    fn run(link: &mut Link, count: u64, bytes: usize) -> Vec<(u64, u64)> {
        let mut arrived = Vec::new();
        for now in 0..count + 10_000 {
            if now < count {
                let mut packet = vec![0; bytes];
                packet[..8].copy_from_slice(&now.to_be_bytes());
                link.offer(ms(now), 0, &packet);
            }
            while let Some((to, packet)) = link.take_due(ms(now)) {
                assert_eq!((to, packet.len()), (1, bytes));
                arrived.push((now, u64::from_be_bytes(packet[..8].try_into().unwrap())));
            }
        }
        assert_eq!(link.next_due(), None);
        arrived
    }

    #[test]
    fn delay_and_jitter_keep_the_order() {
        let conditions = Conditions { delay: ms(25), jitter: ms(50), ..Conditions::default() };
        let arrived = run(&mut Link::new(conditions, 1), 1000, 100);
        assert!(arrived.is_sorted_by_key(|(_, number)| number));
        let delays: Vec<u64> = arrived.iter().map(|(at, number)| at - number).collect();
        assert_eq!(delays.len(), 1000);
        assert!(delays.iter().all(|delay| (25..=76).contains(delay)));
        assert!(delays.iter().any(|delay| *delay > 60));
    }

    #[test]
    fn the_shares_are_kept() {
        let conditions = Conditions {
            delay: ms(20),
            loss: 0.3,
            duplicate: 0.1,
            reorder: 0.05,
            ..Conditions::default()
        };
        let mut link = Link::new(conditions, 7);
        let arrived = run(&mut link, 10_000, 100);
        let counters = link.counters(0);
        assert!((2800..3200).contains(&counters.lost), "{counters:?}");
        assert!((600..800).contains(&counters.duplicated), "{counters:?}");
        assert!((330..450).contains(&counters.reordered), "{counters:?}");
        assert!(!arrived.is_sorted_by_key(|(_, number)| number));
        assert_eq!(counters.delivered, 10_000 - counters.lost + counters.duplicated);
        assert_eq!(counters.bytes, counters.delivered * 100);
    }

    #[test]
    fn bursts_take_their_share_of_the_time_in_a_row() {
        let conditions = Conditions { bursts: 0.1, burst: ms(50), ..Conditions::default() };
        let mut link = Link::new(conditions, 5);
        let arrived = run(&mut link, 20_000, 100);
        let counters = link.counters(0);
        assert!((1700..2300).contains(&counters.lost), "{counters:?}");
        let gaps: Vec<u64> = arrived.windows(2).map(|pair| pair[1].1 - pair[0].1 - 1).collect();
        assert!(gaps.iter().all(|gap| *gap == 0 || (49..=51).contains(gap) || *gap > 90));
    }

    #[test]
    fn a_rate_delays_then_drops() {
        // 100 bytes each millisecond are 800 kbit/s.
        let conditions = Conditions { rate: Some(200), queue: ms(100), ..Conditions::default() };
        let mut link = Link::new(conditions, 1);
        let arrived = run(&mut link, 4000, 100);
        let counters = link.counters(0);
        assert!((1000..1040).contains(&counters.delivered), "{counters:?}");
        assert_eq!(counters.overflowed, 4000 - counters.delivered);
        assert!(arrived.iter().all(|(at, number)| at - number <= 105));
        assert!((ms(95)..=ms(100)).contains(&counters.longest_wait), "{counters:?}");
        assert_eq!(link.counters(0).longest_wait, Duration::ZERO);
    }

    #[test]
    fn a_blackout_loses_what_is_sent_meanwhile() {
        let mut link = Link::new(Conditions { delay: ms(50), ..Conditions::default() }, 1);
        link.offer(ms(0), 0, b"under way");
        link.black_out(ms(100));
        link.offer(ms(99), 0, b"lost");
        link.offer(ms(100), 0, b"after");
        assert_eq!(link.take_due(ms(50)), Some((1, b"under way".to_vec())));
        assert_eq!(link.take_due(ms(149)), None);
        assert_eq!(link.take_due(ms(150)), Some((1, b"after".to_vec())));
        assert_eq!(link.counters(0).blacked_out, 1);
    }

    #[test]
    fn a_seed_repeats() {
        let conditions = Conditions { loss: 0.2, jitter: ms(9), ..Conditions::default() };
        let once = run(&mut Link::new(conditions.clone(), 3), 500, 60);
        assert_eq!(once, run(&mut Link::new(conditions.clone(), 3), 500, 60));
        assert_ne!(once, run(&mut Link::new(conditions, 4), 500, 60));
    }
}
