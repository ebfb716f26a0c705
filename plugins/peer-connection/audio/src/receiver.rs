//! The adaptive jitter buffer: packets go in as they come, 10 ms of sound come out at each pull.

use std::time::Duration;

use crate::delay::DelayEstimator;
use crate::playout::Playout;
use crate::queue::Waiting;
use crate::timeline::{Placed, Timeline};
use crate::{AudioError, FRAME, ReceiverStatistics, SAMPLE_RATE};

/// Opus' longest packet: 120 ms (RFC 6716, section 3.2.5).
const LONGEST: usize = 5760;

/// Receives one Opus stream (RFC 7587): puts packets in order, hides loss and follows the network's
/// jitter with its delay.
///
/// A lost packet is restored from the FEC of the next one where that is there, else concealed by the
/// decoder. At most 500 ms are held. Stereo is mixed down.
pub struct Receiver {
    timeline: Timeline,
    delay: DelayEstimator,
    playout: Playout,
    total_samples: u64,
    audio_level: f64,
}

impl Receiver {
    /// Makes a receiver that plays silence until packets come.
    pub fn new() -> Result<Self, AudioError> {
        Ok(Self {
            timeline: Timeline::new(),
            delay: DelayEstimator::new(),
            playout: Playout::new()?,
            total_samples: 0,
            audio_level: 0.0,
        })
    }

    /// Takes one RTP packet, in whatever order; `arrival` counts from any fixed moment.
    ///
    /// What is not Opus is ignored.
    pub fn insert(&mut self, sequence: u16, rtp_time: u32, payload: &[u8], arrival: Duration) {
        let Some(samples) = length(payload) else { return };
        let arrival = (arrival.as_secs_f64() * f64::from(SAMPLE_RATE)) as i64;
        let place = match self.timeline.place(sequence, rtp_time, arrival) {
            Placed::Continues(place) => place,
            Placed::Duplicate => return,
            Placed::Starts(place) => {
                self.delay.restart();
                self.playout.restart();
                place
            }
        };
        let lateness = self.delay.arrived(arrival, place.transit);
        let target = self.delay.target(samples as i64);
        let packet = Waiting {
            sequence: place.sequence,
            time: place.time,
            samples,
            payload: payload.to_vec(),
        };
        self.playout.insert(packet, lateness, target);
    }

    /// Gives the next 10 ms; to be called every 10 ms.
    pub fn pull(&mut self) -> [i16; FRAME] {
        let frame = self.playout.pull(&mut self.delay);
        let energy: f64 = frame.iter().map(|&sample| (f64::from(sample) / 32_768.0).powi(2)).sum();
        self.audio_level = (energy / FRAME as f64).sqrt().min(1.0);
        if self.timeline.received() > 0 {
            self.total_samples += FRAME as u64;
        }
        frame
    }

    /// Tells what happened so far.
    pub fn statistics(&self) -> ReceiverStatistics {
        let milliseconds = |samples: i64| samples as f64 * 1000.0 / f64::from(SAMPLE_RATE);
        ReceiverStatistics {
            packets: self.timeline.received(),
            lost: self.timeline.lost(),
            concealed_samples: self.playout.concealed_samples(),
            silent_concealed_samples: self.playout.silent_concealed_samples(),
            fec_recovered: self.playout.fec_recovered(),
            delay_ms: milliseconds(self.playout.delay()),
            target_ms: milliseconds(self.delay.target(self.playout.packet_samples())),
            jitter: self.timeline.jitter() / f64::from(SAMPLE_RATE),
            total_samples: self.total_samples,
            audio_level: self.audio_level,
        }
    }
}

/// How many samples a payload makes, if it is Opus.
fn length(payload: &[u8]) -> Option<usize> {
    if payload.is_empty() {
        return None;
    }
    let samples = opus::packet::get_nb_samples(payload, SAMPLE_RATE).ok()?;
    opus::packet::parse(payload).ok()?;
    (1..=LONGEST).contains(&samples).then_some(samples)
}
