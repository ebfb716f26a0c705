//! Turns 10 ms frames into Opus packets of 20 ms.

use crate::{AudioError, FRAME, SAMPLE_RATE};

/// Samples of one packet: 20 ms.
const PACKET_SAMPLES: usize = 2 * FRAME;
/// What one 20 ms packet may take: 510 kbit/s, Opus' highest rate, is 1275 bytes (RFC 6716, section 2.1.1).
const PACKET_BYTES: usize = 1275;
/// libopus says "need not be sent" with a packet of this size or less.
const SILENT_BYTES: usize = 2;
const BITRATE: u32 = 32_000;
const BITRATES: std::ops::RangeInclusive<u32> = 6_000..=510_000;
/// In-band FEC is only written where some loss is expected.
const EXPECTED_LOSS: u8 = 10;

/// Opus at 48 kHz mono: packets of 20 ms with in-band FEC, and DTX (RFC 7587, section 3.1.3).
pub struct Encoder {
    opus: opus::Encoder,
    pending: Vec<i16>,
    silent: bool,
}

/// One Opus packet, the payload of one RTP packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The payload.
    pub data: Vec<u8>,
    /// What it lasts, in samples at 48 kHz: the step of the RTP time.
    pub samples: u32,
}

impl Encoder {
    /// Makes an encoder at about 32 kbit/s.
    pub fn new() -> Result<Self, AudioError> {
        let mut opus =
            opus::Encoder::new(SAMPLE_RATE, opus::Channels::Mono, opus::Application::Voip)
                .map_err(AudioError::Encoder)?;
        set_up(&mut opus).map_err(AudioError::Encoder)?;
        Ok(Self { opus, pending: Vec::with_capacity(PACKET_SAMPLES), silent: false })
    }

    /// Takes 10 ms and gives a packet after every second frame, or none while there is silence.
    ///
    /// The RTP time goes on by 960 for each two frames, with a packet or without one; the sequence
    /// number only with a packet. The first packet of a silence is given, so that the other side
    /// can tell silence from loss.
    pub fn encode(&mut self, frame: &[i16; FRAME]) -> Result<Option<Packet>, AudioError> {
        self.pending.extend_from_slice(frame);
        if self.pending.len() < PACKET_SAMPLES {
            return Ok(None);
        }
        let encoded = self.opus.encode_vec(&self.pending, PACKET_BYTES);
        self.pending.clear();
        let data = encoded.map_err(AudioError::Encoding)?;
        let was_silent = std::mem::replace(&mut self.silent, data.len() <= SILENT_BYTES);
        if was_silent && self.silent {
            return Ok(None);
        }
        Ok(Some(Packet { data, samples: PACKET_SAMPLES as u32 }))
    }

    /// Says how much loss the remote sees, in percent: more loss, more redundancy.
    pub fn set_expected_loss(&mut self, percent: u8) {
        // A refused setting leaves the former one, which still works.
        let _ = self.opus.set_packet_loss_perc(i32::from(percent.min(100)));
    }

    /// Sets the bit rate, held between 6 and 510 kbit/s.
    pub fn set_bitrate(&mut self, bps: u32) {
        let bps = bps.clamp(*BITRATES.start(), *BITRATES.end());
        // A refused setting leaves the former one, which still works.
        let _ = self.opus.set_bitrate(opus::Bitrate::Bits(bps as i32));
    }
}

fn set_up(opus: &mut opus::Encoder) -> Result<(), opus::Error> {
    opus.set_bitrate(opus::Bitrate::Bits(BITRATE as i32))?;
    opus.set_signal(opus::Signal::Voice)?;
    opus.set_inband_fec(true)?;
    opus.set_packet_loss_perc(i32::from(EXPECTED_LOSS))?;
    opus.set_dtx(true)
}
