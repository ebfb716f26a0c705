//! Opus decoding that always gives samples: a damaged packet is concealed like a lost one.

use crate::{AudioError, SAMPLE_RATE};

/// Opus' longest packet: 120 ms.
const LONGEST: usize = 5760;
/// libopus makes sound in steps of 2.5 ms.
const STEP: usize = 120;
/// RFC 6716, section 3.1: lower configurations carry SILK, which alone has in-band FEC.
const FIRST_CELT_ONLY: u8 = 16;

pub(crate) struct Decoder {
    opus: opus::Decoder,
    scratch: Vec<i16>,
}

impl Decoder {
    pub(crate) fn new() -> Result<Self, AudioError> {
        // A mono decoder mixes stereo packets down (RFC 7587, section 3.4).
        let opus =
            opus::Decoder::new(SAMPLE_RATE, opus::Channels::Mono).map_err(AudioError::Decoder)?;
        Ok(Self { opus, scratch: vec![0; LONGEST] })
    }

    /// Decodes a packet; none if it is damaged.
    pub(crate) fn decode(&mut self, payload: &[u8]) -> Option<&[i16]> {
        if payload.is_empty() {
            return None;
        }
        let samples = self.opus.decode(payload, &mut self.scratch, false).ok()?;
        self.scratch.get(..samples)
    }

    /// Decodes the last `samples` before a packet from its FEC; none if it has none.
    pub(crate) fn recover(&mut self, payload: &[u8], samples: usize) -> Option<&[i16]> {
        if !has_fec(payload) || samples > LONGEST || !samples.is_multiple_of(STEP) {
            return None;
        }
        let out = &mut self.scratch[..samples];
        let samples = self.opus.decode(payload, out, true).ok()?;
        self.scratch.get(..samples)
    }

    /// Makes up what might have come: exactly `samples`, silence where the decoder cannot.
    pub(crate) fn conceal(&mut self, samples: usize) -> &[i16] {
        let wanted = samples.clamp(1, LONGEST);
        let out = &mut self.scratch[..wanted.next_multiple_of(STEP).min(LONGEST)];
        if self.opus.decode(&[], out, false).is_err() {
            out.fill(0);
        }
        &self.scratch[..wanted]
    }

    pub(crate) fn reset(&mut self) {
        // It only refuses a null state; a state that stayed costs a click.
        let _ = self.opus.reset_state();
    }
}

/// Tells whether a packet carries the one before it once more. Reads the LBRR flag (RFC 6716, sections 4.2.3 and 4.2.4), as libopus' `opus_packet_has_lbrr`.
pub(crate) fn has_fec(payload: &[u8]) -> bool {
    let Some(&toc) = payload.first() else { return false };
    if toc >> 3 >= FIRST_CELT_ONLY {
        return false;
    }
    let Ok(packet) = opus::packet::parse(payload) else { return false };
    let Some(&flags) = packet.frames.first().and_then(|frame| frame.first()) else { return false };
    // SILK frames last 20 ms; one Opus frame of 40 or 60 ms has two or three.
    let silk_frames = match opus::packet::get_samples_per_frame(payload, SAMPLE_RATE) {
        Ok(samples) if samples > 960 => samples / 960,
        Ok(_) => 1,
        Err(_) => return false,
    };
    let stereo = toc & 4 != 0;
    let mid = flags >> (7 - silk_frames) & 1;
    let side = if stereo { flags >> (6 - 2 * silk_frames) & 1 } else { 0 };
    (mid | side) == 1
}
