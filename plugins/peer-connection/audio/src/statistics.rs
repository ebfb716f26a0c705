//! What a receiver counts.

/// Counters and measures of one received audio stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReceiverStatistics {
    /// Packets taken, without duplicates and without those that are no Opus.
    pub packets: u64,
    /// Packets that should have come and did not, as of now (RFC 3550, section 6.4.1).
    pub lost: u64,
    /// Samples played that were made up where none came in time, silence in their place too.
    pub concealed_samples: u64,
    /// Of the concealed samples, those that were silence: nothing came for long.
    pub silent_concealed_samples: u64,
    /// Lost packets restored from the next one's in-band FEC.
    pub fec_recovered: u64,
    /// How long the fastest packets wait until their end is played, in ms: what the buffer costs.
    pub delay_ms: f64,
    /// What `delay_ms` is steered to.
    pub target_ms: f64,
    /// The interarrival jitter (RFC 3550, section 6.4.1), in seconds.
    pub jitter: f64,
    /// Samples played since the first packet, made-up ones and silence too.
    pub total_samples: u64,
    /// The RMS of the last frame played, from 0 to 1.
    pub audio_level: f64,
}
