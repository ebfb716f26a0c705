//! Decides what is played next: a packet, a restored one, something made up, or silence.

use crate::decoder::{Decoder, has_fec};
use crate::delay::DelayEstimator;
use crate::queue::{Queue, Waiting};
use crate::stretch::{self, Care};
use crate::{AudioError, FRAME};

const FRAME_SAMPLES: i64 = FRAME as i64;
/// 500 ms: no more is held.
const MOST_HELD: i64 = 24_000;
/// Nothing for 200 ms: the sender is silent or gone, and made-up sound would be a drone.
const LONGEST_DROUGHT: i64 = 9600;
/// A packet of this size or less is DTX (RFC 7587, section 3.1.3).
const SILENT_BYTES: usize = 2;
/// The delay may be this far above or below the target before sound is stretched: 20 and 5 ms.
const ABOVE: i64 = 960;
const BELOW: i64 = 240;
/// 100 ms above the target the delay hurts more than a seam.
const FAR_ABOVE: i64 = 4800;
/// 30 ms: with less at hand, shortening would run dry, whatever the delay seems to be.
const LEAST_HELD: i64 = 1440;
/// Pause between two stretches: 60 ms.
const PAUSE: i64 = 2880;
/// What 20 ms packets last: until one has come.
const USUAL_PACKET: usize = 960;

/// Nothing -> holding -> playing -> nothing (a drought) -> holding …
enum State {
    /// Nothing came, or nothing for long.
    Nothing,
    /// The first packets wait until the delay is reached.
    Holding {
        /// Samples of silence still to be played.
        remaining: i64,
    },
    /// Packets are played as their turn comes.
    Playing,
}

/// Where the next packet is expected.
#[derive(Clone, Copy)]
struct Next {
    sequence: i64,
    time: i64,
}

pub(crate) struct Playout {
    decoder: Decoder,
    queue: Queue,
    state: State,
    next: Option<Next>,
    /// Decoded, not yet pulled.
    ready: Vec<i16>,
    /// Samples made up since the queue ran dry, in place of what `next` names or before it.
    drought: i64,
    /// The last packet said that silence follows.
    silent: bool,
    /// Smoothed delay from a fastest packet's arrival to the end of its playing.
    delay: i64,
    since_stretch: i64,
    packet_samples: usize,
    concealed_samples: u64,
    silent_concealed_samples: u64,
    fec_recovered: u64,
}

impl Playout {
    pub(crate) fn new() -> Result<Self, AudioError> {
        Ok(Self {
            decoder: Decoder::new()?,
            queue: Queue::default(),
            state: State::Nothing,
            next: None,
            ready: Vec::new(),
            drought: 0,
            silent: false,
            delay: 0,
            since_stretch: 0,
            packet_samples: USUAL_PACKET,
            concealed_samples: 0,
            silent_concealed_samples: 0,
            fec_recovered: 0,
        })
    }

    /// Forgets the stream; what is decoded is still played.
    pub(crate) fn restart(&mut self) {
        self.decoder.reset();
        self.queue.clear();
        self.state = State::Nothing;
        self.next = None;
        self.drought = 0;
        self.silent = false;
    }

    pub(crate) fn insert(&mut self, packet: Waiting, lateness: i64, target: i64) {
        if self.next.is_some_and(|next| packet.sequence < next.sequence) {
            // Its turn is over.
            return;
        }
        let (end, samples) = (packet.end(), packet.samples as i64);
        let newest = self.queue.last().is_none_or(|last| packet.sequence > last.sequence);
        self.queue.insert(packet);
        match self.state {
            State::Nothing => {
                let waited = lateness + samples + self.ready.len() as i64;
                self.state = State::Holding { remaining: (target - waited).max(0) };
                self.delay = target.max(waited);
            }
            State::Holding { .. } => {}
            State::Playing => {
                // In a drought it is not yet known what the made-up samples stand for.
                if newest && self.drought == 0 {
                    let seen = end - self.playhead() + lateness;
                    self.delay += (seen - self.delay) / 16;
                }
            }
        }
        self.bound(target);
    }

    pub(crate) fn pull(&mut self, estimator: &mut DelayEstimator) -> [i16; FRAME] {
        while self.ready.len() < FRAME {
            self.fill(estimator);
        }
        let mut frame = [0; FRAME];
        for (sample, ready) in frame.iter_mut().zip(self.ready.drain(..FRAME)) {
            *sample = ready;
        }
        self.since_stretch += FRAME_SAMPLES;
        frame
    }

    pub(crate) fn delay(&self) -> i64 {
        self.delay
    }

    pub(crate) fn packet_samples(&self) -> i64 {
        self.packet_samples as i64
    }

    pub(crate) fn concealed_samples(&self) -> u64 {
        self.concealed_samples
    }

    pub(crate) fn silent_concealed_samples(&self) -> u64 {
        self.silent_concealed_samples
    }

    pub(crate) fn fec_recovered(&self) -> u64 {
        self.fec_recovered
    }

    /// Adds at least one sample to what is ready.
    fn fill(&mut self, estimator: &mut DelayEstimator) {
        match self.state {
            State::Nothing => self.play_silence(),
            State::Holding { remaining } if remaining > 0 => {
                self.play_silence();
                self.state = State::Holding { remaining: remaining - FRAME_SAMPLES };
            }
            State::Holding { .. } => {
                self.state = State::Playing;
                self.drought = 0;
                self.next = self
                    .queue
                    .first()
                    .map(|first| Next { sequence: first.sequence, time: first.time });
                self.play_next(estimator);
            }
            State::Playing => self.play_next(estimator),
        }
    }

    fn play_next(&mut self, estimator: &mut DelayEstimator) {
        let (Some(first), Some(next)) = (self.queue.first(), self.next) else {
            return self.play_drought();
        };
        let missing = (first.time - next.time).max(0);
        let lost = first.sequence - next.sequence;
        if missing > self.drought {
            return self.play_gap(missing, lost, estimator);
        }
        for _ in 0..lost {
            estimator.missed();
        }
        // What was made up beyond the gap has put off all that follows.
        self.delay += self.drought - missing;
        self.drought = 0;
        if let Some(packet) = self.queue.pop() {
            estimator.played(has_fec(&packet.payload));
            self.play_packet(&packet, estimator);
        }
    }

    fn play_packet(&mut self, packet: &Waiting, estimator: &DelayEstimator) {
        self.next = Some(Next { sequence: packet.sequence + 1, time: packet.end() });
        self.packet_samples = packet.samples;
        self.silent = packet.payload.len() <= SILENT_BYTES;
        if let Some(decoded) = self.decoder.decode(&packet.payload) {
            self.ready.extend_from_slice(decoded);
            self.stretch(estimator.target(packet.samples as i64));
        } else {
            self.conceal(packet.samples);
        }
    }

    /// The queue goes on after a gap: lost packets, or a silence that was not sent.
    fn play_gap(&mut self, missing: i64, lost: i64, estimator: &mut DelayEstimator) {
        let (Some(first), Some(next)) = (self.queue.first(), self.next) else { return };
        if lost > 0
            && self.drought == 0
            && missing == first.samples as i64
            && let Some(restored) = self.decoder.recover(&first.payload, first.samples)
        {
            self.ready.extend_from_slice(restored);
            self.fec_recovered += 1;
            for _ in 0..lost {
                estimator.missed();
            }
            self.next = Some(Next { sequence: first.sequence, time: first.time });
            return;
        }
        // A last lost packet keeps its own step, so that it can be restored.
        let kept = if lost > 0 { first.samples as i64 } else { 0 };
        let rest = missing - self.drought;
        let step = if rest > kept { rest - kept } else { rest }.min(self.packet_samples as i64);
        let sequence = if lost > 1 {
            estimator.missed();
            next.sequence + 1
        } else {
            next.sequence
        };
        self.next = Some(Next { sequence, time: next.time + self.drought + step });
        self.drought = 0;
        if lost == 0 && self.silent {
            let comfort = self.decoder.conceal(step as usize);
            self.ready.extend_from_slice(comfort);
        } else {
            self.conceal(step as usize);
        }
    }

    /// Nothing is there: the stream waits where it is, so that a late packet is still played.
    fn play_drought(&mut self) {
        let last = self.silent || self.drought + FRAME_SAMPLES >= LONGEST_DROUGHT;
        let from = self.ready.len();
        if self.silent {
            let comfort = self.decoder.conceal(FRAME);
            self.ready.extend_from_slice(comfort);
        } else {
            self.conceal(FRAME);
        }
        self.drought += FRAME_SAMPLES;
        if last {
            fade_out(&mut self.ready[from..]);
            self.state = State::Nothing;
            self.drought = 0;
        }
    }

    fn play_silence(&mut self) {
        self.ready.resize(self.ready.len() + FRAME, 0);
        // Before the first packet, and where the sender is silent, nothing is missing.
        if self.next.is_some() && !self.silent {
            self.concealed_samples += FRAME as u64;
            self.silent_concealed_samples += FRAME as u64;
        }
    }

    fn conceal(&mut self, samples: usize) {
        let made_up = self.decoder.conceal(samples);
        self.ready.extend_from_slice(made_up);
        self.concealed_samples += samples as u64;
    }

    fn stretch(&mut self, target: i64) {
        let above = self.delay - target;
        if above > FAR_ABOVE {
            self.shorten(Care::Hasty);
        } else if self.since_stretch < PAUSE {
            // Stretches close together are heard as a flutter.
        } else if above > ABOVE {
            self.shorten(Care::Fine);
        } else if above < -BELOW {
            let added = stretch::lengthen(&mut self.ready, Care::Fine);
            self.stretched(added as i64);
        }
    }

    fn shorten(&mut self, care: Care) {
        if self.held() < LEAST_HELD {
            return;
        }
        let removed = stretch::shorten(&mut self.ready, care);
        self.stretched(-(removed as i64));
    }

    fn stretched(&mut self, by: i64) {
        self.delay += by;
        if by != 0 {
            self.since_stretch = 0;
        }
    }

    /// Drops the oldest where more than 500 ms are held.
    fn bound(&mut self, target: i64) {
        if self.held() <= MOST_HELD {
            return;
        }
        while self.held() > target {
            let before = self.held();
            if self.queue.pop().is_none() {
                break;
            }
            let Some(first) = self.queue.first() else { break };
            let to = Next { sequence: first.sequence, time: first.time };
            if matches!(self.state, State::Playing) {
                self.next = Some(to);
            }
            self.delay -= before - self.held();
        }
        self.drought = 0;
    }

    /// Samples between what is played now and the end of what has come.
    fn held(&self) -> i64 {
        let Some(last) = self.queue.last() else { return self.ready.len() as i64 };
        let from = match self.state {
            State::Playing => self.next.map(|next| next.time),
            State::Nothing | State::Holding { .. } => self.queue.first().map(|first| first.time),
        };
        self.ready.len() as i64 + last.end() - from.unwrap_or(last.time)
    }

    fn playhead(&self) -> i64 {
        self.next.map_or(0, |next| next.time) - self.ready.len() as i64
    }
}

fn fade_out(samples: &mut [i16]) {
    let length = samples.len() as i32;
    for (index, sample) in samples.iter_mut().enumerate() {
        *sample = (i32::from(*sample) * (length - index as i32) / length) as i16;
    }
}
