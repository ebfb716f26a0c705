//! Two ends and a bad network between them, in virtual time.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::time::Duration;

use peer_connection_audio::{Encoder, FRAME, Receiver, ReceiverStatistics};

/// Seeded, small and the same everywhere (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    pub(crate) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// What came out of the receiver.
pub(crate) struct Heard {
    pub(crate) samples: Vec<i16>,
    /// After each pull.
    pub(crate) statistics: Vec<ReceiverStatistics>,
}

impl Heard {
    pub(crate) fn last(&self) -> ReceiverStatistics {
        *self.statistics.last().expect("something was pulled")
    }

    /// Mean of the told delay from that second on.
    pub(crate) fn mean_delay(&self, from_second: usize) -> f64 {
        let told = &self.statistics[from_second * 100..];
        told.iter().map(|statistics| statistics.delay_ms).sum::<f64>() / told.len() as f64
    }

    /// The longest run of 5 ms windows that are nearly silent, in ms, from that second on.
    pub(crate) fn longest_gap(&self, from_second: usize) -> usize {
        let mut longest = 0;
        let mut run = 0;
        for window in self.samples[from_second * 48_000..].chunks(240) {
            run = if rms(window) < 350.0 { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest * 5
    }
}

/// Sends for so many seconds. `link` gives the delay in ms of the packet with that index and send
/// time, or none if it is lost.
pub(crate) fn call(
    seconds: usize,
    mut source: impl FnMut(usize) -> [i16; FRAME],
    mut link: impl FnMut(usize, f64) -> Option<f64>,
) -> Heard {
    let mut encoder = Encoder::new().expect("an encoder");
    let mut receiver = Receiver::new().expect("a receiver");
    let mut flying: VecDeque<(f64, u16, u32, Vec<u8>)> = VecDeque::new();
    let mut heard = Heard { samples: Vec::new(), statistics: Vec::new() };
    let mut sent = 0;
    for tick in 0..seconds * 100 {
        let now = tick as f64 * 10.0;
        if let Some(packet) = encoder.encode(&source(tick)).expect("a frame is encoded") {
            if let Some(delay) = link(sent, now) {
                // Both numbers wrap during the call.
                let sequence = (65_500 + sent) as u16;
                let time = u32::MAX.wrapping_sub(96_000).wrapping_add((tick / 2 * 960) as u32);
                flying.push_back((now + delay, sequence, time, packet.data));
            }
            sent += 1;
        }
        let pulled_at = now + 3.0;
        let mut arrived: Vec<_> = Vec::new();
        flying.retain(|packet| {
            let here = packet.0 <= pulled_at;
            if here {
                arrived.push(packet.clone());
            }
            !here
        });
        arrived.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (at, sequence, time, data) in arrived {
            receiver.insert(sequence, time, &data, Duration::from_secs_f64(at / 1000.0));
        }
        heard.samples.extend(receiver.pull());
        heard.statistics.push(receiver.statistics());
    }
    heard
}

/// 10 ms of a 440 Hz tone.
pub(crate) fn tone(tick: usize) -> [i16; FRAME] {
    let step = 440.0 * std::f64::consts::TAU / 48_000.0;
    std::array::from_fn(|index| (((tick * FRAME + index) as f64 * step).sin() * 10_000.0) as i16)
}

pub(crate) fn rms(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    (energy / samples.len() as f64).sqrt()
}

/// Noise with the slow swells of speech and most of its energy low.
pub(crate) struct Speech {
    random: Random,
    low: f64,
    at: usize,
}

impl Speech {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random(seed), low: 0.0, at: 0 }
    }

    pub(crate) fn frame(&mut self) -> [i16; FRAME] {
        std::array::from_fn(|_| {
            let time = self.at as f64 / 48_000.0;
            self.at += 1;
            let swell = 0.55 + 0.45 * (time * 4.0 * std::f64::consts::TAU).sin();
            self.low += 0.2 * (self.random.part() * 2.0 - 1.0 - self.low);
            (self.low * swell * 16_000.0) as i16
        })
    }
}
