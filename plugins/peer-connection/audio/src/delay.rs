//! How much delay a stream needs: a histogram of how late packets come.

use std::collections::VecDeque;

/// Width of a histogram column: 5 ms.
const COLUMN: i64 = 240;
/// 81 columns: lateness up to `MOST`.
const COLUMNS: usize = (MOST / COLUMN) as usize + 1;
/// How much of the past stays with each packet: about four seconds of 20 ms packets.
const KEPT: f64 = 0.995;
/// The part of the packets that shall come in time.
const IN_TIME: f64 = 0.97;
/// The fastest packet of this long is what lateness is measured against: 2 s, so that a changed
/// route or a drifting clock is followed.
const BASE_WINDOW: i64 = 2 * 48_000;
/// Bounds memory where packets come faster than audio does.
const BASE_MOST: usize = 1000;
/// Frames are pulled each 10 ms, so that a packet may have to be there that much earlier.
const PULL: i64 = 480;
/// 60 ms until enough packets have been seen.
const START: i64 = 2880;
const START_PACKETS: u32 = 25;
/// 400 ms: worse than this is concealed, not waited for.
const MOST: i64 = 19_200;
/// Loss above which the next packet is waited for, since its FEC restores the lost one.
const LOSS_ON: f64 = 0.02;
const LOSS_OFF: f64 = 0.005;
/// The part of the packets that must carry FEC for it to be worth the wait.
const FEC_SHARE: f64 = 0.25;

/// Learns from arrivals what delay lets nearly all packets come in time.
pub(crate) struct DelayEstimator {
    columns: [f64; COLUMNS],
    packets: u32,
    /// Arrival and transit, transits rising: the front is the least.
    base: VecDeque<(i64, i64)>,
    loss: f64,
    fec: f64,
    waits_for_fec: bool,
}

impl DelayEstimator {
    pub(crate) fn new() -> Self {
        Self {
            columns: [0.0; COLUMNS],
            packets: 0,
            base: VecDeque::new(),
            loss: 0.0,
            fec: 0.0,
            waits_for_fec: false,
        }
    }

    /// Learns of a packet, and says how much later than the fastest one it came.
    pub(crate) fn arrived(&mut self, arrival: i64, transit: i64) -> i64 {
        while self.base.back().is_some_and(|&(_, other)| other >= transit) {
            self.base.pop_back();
        }
        self.base.push_back((arrival, transit));
        while self.base.len() > BASE_MOST
            || self.base.front().is_some_and(|&(at, _)| at < arrival - BASE_WINDOW)
        {
            self.base.pop_front();
        }
        let least = self.base.front().map_or(transit, |&(_, least)| least);
        let lateness = (transit - least).max(0);
        self.packets = self.packets.saturating_add(1);
        if lateness > MOST {
            // An outage is not waited for, so it teaches nothing.
            return lateness;
        }
        let column = ((lateness / COLUMN) as usize).min(COLUMNS - 1);
        for weight in &mut self.columns {
            *weight *= KEPT;
        }
        self.columns[column] += 1.0 - KEPT;
        lateness
    }

    /// Learns that a packet was there when its turn came.
    pub(crate) fn played(&mut self, with_fec: bool) {
        self.fec += (f64::from(u8::from(with_fec)) - self.fec) / 128.0;
        self.learn_loss(0.0);
    }

    /// Learns that a packet was missing when its turn came.
    pub(crate) fn missed(&mut self) {
        self.learn_loss(1.0);
    }

    /// The delay to steer to, in samples, for packets of this length. It counts from the arrival of
    /// the fastest packets to the end of their playing.
    pub(crate) fn target(&self, packet: i64) -> i64 {
        let fec = if self.waits_for_fec { packet } else { 0 };
        let learned = self.late() + packet + PULL + fec;
        let least = if self.packets < START_PACKETS { START } else { 0 };
        learned.max(least).min(MOST)
    }

    /// Forgets the clock of a sender that began anew; what was learned of the network stays.
    pub(crate) fn restart(&mut self) {
        self.base.clear();
    }

    fn learn_loss(&mut self, lost: f64) {
        self.loss += (lost - self.loss) / 128.0;
        let least = if self.waits_for_fec { LOSS_OFF } else { LOSS_ON };
        self.waits_for_fec = self.loss > least && self.fec > FEC_SHARE;
    }

    /// The lateness that few packets exceed.
    fn late(&self) -> i64 {
        let all: f64 = self.columns.iter().sum();
        let mut sum = 0.0;
        for (column, weight) in self.columns.iter().enumerate() {
            sum += weight;
            if sum >= all * IN_TIME {
                // The first column is a link without jitter.
                return column as i64 * COLUMN + if column == 0 { 0 } else { COLUMN };
            }
        }
        COLUMNS as i64 * COLUMN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_link_needs_a_packet_and_a_pull() {
        let mut estimator = DelayEstimator::new();
        for packet in 0..100 {
            estimator.arrived(packet * 960, 5000);
        }

        assert_eq!(estimator.target(960), 960 + 480);
    }

    #[test]
    fn jitter_raises_the_target_and_is_forgotten() {
        let mut estimator = DelayEstimator::new();
        for packet in 0..200 {
            estimator.arrived(packet * 960, (packet % 5) * 960);
        }
        assert!(estimator.target(960) >= 4 * 960 + 960);

        for packet in 200..1400 {
            estimator.arrived(packet * 960, 0);
        }

        assert_eq!(estimator.target(960), 960 + 480);
    }
}
