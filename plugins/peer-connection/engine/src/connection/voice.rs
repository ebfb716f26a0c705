//! Audio: samples of the page become Opus packets, packets become samples, 10 ms at a time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use peer_connection_audio::{Encoder, Options, Processor, Receiver, ReceiverStatistics};
use str0m::media::{Frequency, MediaTime, Mid};

use super::Connection;
use super::media::Lines;
use crate::audio::{Frame, Heard};
use crate::sound;
use crate::wire::{LineKind, SAMPLES};

/// A pause in capturing beyond this moves the RTP time on, so that the remote does not play on
/// without it.
const PAUSE_MICROS: f64 = 100_000.0;
const SAMPLES_PER_MICRO: f64 = 0.048;

#[derive(Default)]
pub(super) struct Voices {
    options: Options,
    speaking: HashMap<u16, Speaking>,
    /// Shared with the loudspeaker's thread.
    hearing: HashMap<u16, Arc<Mutex<Receiver>>>,
}

struct Speaking {
    processor: Processor,
    encoder: Encoder,
    /// In samples, after the last frame.
    position: u64,
    /// The capture time of the last frame, in µs.
    last: f64,
}

impl Voices {
    pub(super) fn set_options(&mut self, options: Options) {
        self.options = options;
        for speaking in self.speaking.values_mut() {
            speaking.processor.set_options(options);
        }
    }

    /// Forgets the lines that send or receive no longer.
    pub(super) fn keep(&mut self, lines: &Lines) {
        let audio = |line: &u16| lines.number(*line).filter(|l| l.kind == LineKind::Audio);
        // A sender keeps its RTP time over a pause: the SSRC is the same (RFC 3550 5.1).
        self.speaking.retain(|line, _| audio(line).is_some());
        self.hearing.retain(|line, _| audio(line).is_some_and(|l| l.receives));
    }

    /// Takes a packet; gives the line's receiver where this was its first.
    pub(super) fn hear(
        &mut self,
        line: u16,
        sequence: u16,
        rtp_time: u32,
        payload: &[u8],
        arrival: Duration,
    ) -> Option<&Arc<Mutex<Receiver>>> {
        let mut new = false;
        let receiver = match self.hearing.entry(line) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(entry) => match Receiver::new() {
                Ok(receiver) => {
                    new = true;
                    entry.insert(Arc::new(Mutex::new(receiver)))
                }
                Err(error) => {
                    tracing::error!(%error, "no decoder");
                    return None;
                }
            },
        };
        if let Ok(mut receiver) = receiver.lock() {
            receiver.insert(sequence, rtp_time, payload, arrival);
        }
        new.then_some(receiver)
    }

    pub(super) fn receiver(&self, line: u16) -> Option<&Arc<Mutex<Receiver>>> {
        self.hearing.get(&line)
    }

    /// What the jitter buffer of a line counted, if something came.
    pub(super) fn heard(&self, line: u16) -> Option<ReceiverStatistics> {
        let receiver = self.hearing.get(&line)?.lock().ok()?;
        Some(receiver.statistics())
    }

    fn speaking(&mut self, line: u16) -> Option<&mut Speaking> {
        match self.speaking.entry(line) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(new) => match Encoder::new() {
                Ok(encoder) => {
                    let processor = Processor::new(self.options);
                    Some(new.insert(Speaking { processor, encoder, position: 0, last: f64::NAN }))
                }
                Err(error) => {
                    tracing::error!(%error, "no encoder");
                    None
                }
            },
        }
    }
}

impl Connection {
    /// One captured frame.
    pub(super) fn speak(&mut self, line: u16, time: f64, heard: &Heard) {
        let connected = self.is_connected();
        let Some(to) = self.lines.number(line).filter(|l| l.kind == LineKind::Audio && l.sends)
        else {
            return;
        };
        let (mid, Some(pt)) = (to.mid, to.send_pt) else { return };
        let Some(speaking) = self.voices.speaking(line) else { return };
        let mut frame = heard.captured;
        speaking.processor.render(&heard.played);
        speaking.processor.capture(&mut frame);
        if !connected {
            return;
        }
        let paused = time - speaking.last - 10_000.0;
        if paused > PAUSE_MICROS {
            speaking.position += (paused * SAMPLES_PER_MICRO) as u64;
        }
        speaking.last = time;
        speaking.position += SAMPLES as u64;
        let packet = match speaking.encoder.encode(&frame) {
            Ok(Some(packet)) => packet,
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "a frame was not encoded"),
        };
        let start = speaking.position.saturating_sub(u64::from(packet.samples));
        let rtp_time = MediaTime::new(start, Frequency::FORTY_EIGHT_KHZ);
        let Some(writer) = self.rtc.writer(mid) else { return };
        let level = level(&frame);
        let writer = writer.audio_level(level, level > -50);
        if let Err(error) = writer.write(pt, Instant::now(), rtp_time, packet.data) {
            tracing::debug!(pc = self.pc, %error, "a packet was not sent");
        }
    }

    /// Whether the page needs samples every 10 ms.
    pub(super) fn hears(&self) -> bool {
        self.is_connected() && self.voices.hearing.keys().any(|line| !self.devices.plays(*line))
    }

    /// Hands the page the next 10 ms of each line that it plays itself.
    pub(super) fn play(&mut self) {
        for (line, receiver) in &self.voices.hearing {
            if !self.devices.plays(*line)
                && let Ok(mut receiver) = receiver.lock()
            {
                sound::send(&self.outbox, (self.pc, *line), &receiver.pull());
            }
        }
    }

    /// The remote reports what it lost of ours; Opus puts that much redundancy in (RFC 6716 2.1.7).
    pub(super) fn lost_by_remote(&mut self, mid: Mid, fraction: Option<f32>) {
        let Some(line) = self.lines.mid(mid).map(|l| l.line) else { return };
        if let (Some(speaking), Some(fraction)) = (self.voices.speaking.get_mut(&line), fraction) {
            speaking.encoder.set_expected_loss((fraction * 100.0).clamp(0.0, 100.0) as u8);
        }
    }
}

/// The level in dBov, -127 to 0 (RFC 6464 3).
fn level(frame: &Frame) -> i8 {
    let power: f64 = frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / SAMPLES as f64;
    let level = 10.0 * (power / f64::from(i16::MAX).powi(2)).max(1e-13).log10();
    level.clamp(-127.0, 0.0) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        assert_eq!(level(&[0; SAMPLES]), -127);
        assert_eq!(level(&[i16::MAX; SAMPLES]), 0);
        assert_eq!(level(&[3277; SAMPLES]), -19);
    }
}
