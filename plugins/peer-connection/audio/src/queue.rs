//! Packets that wait for their turn, in order.

use std::collections::BTreeMap;

/// Bounds memory against packets that claim to last nothing.
const MOST: usize = 256;

/// A packet that has been checked to be Opus.
pub(crate) struct Waiting {
    pub(crate) sequence: i64,
    /// Media time of its first sample.
    pub(crate) time: i64,
    pub(crate) samples: usize,
    pub(crate) payload: Vec<u8>,
}

impl Waiting {
    /// Media time just after its last sample.
    pub(crate) fn end(&self) -> i64 {
        self.time + self.samples as i64
    }
}

/// Packets by sequence number, bounded.
#[derive(Default)]
pub(crate) struct Queue(BTreeMap<i64, Waiting>);

impl Queue {
    /// Takes a packet; the oldest one goes where there are too many.
    pub(crate) fn insert(&mut self, packet: Waiting) {
        self.0.insert(packet.sequence, packet);
        if self.0.len() > MOST {
            self.0.pop_first();
        }
    }

    pub(crate) fn first(&self) -> Option<&Waiting> {
        self.0.first_key_value().map(|(_, packet)| packet)
    }

    pub(crate) fn last(&self) -> Option<&Waiting> {
        self.0.last_key_value().map(|(_, packet)| packet)
    }

    pub(crate) fn pop(&mut self) -> Option<Waiting> {
        self.0.pop_first().map(|(_, packet)| packet)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
