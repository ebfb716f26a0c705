//! Gives wrapping RTP numbers an order, and notices when a sender starts anew.

/// RFC 3550, appendix A.1 (MAX_DROPOUT): a larger step is another run of the sender.
const SEQUENCE_JUMP: i64 = 3000;
/// Longer than packets are waited for: the timestamps began anew, or stood still meanwhile.
const TRANSIT_JUMP: i64 = 48_000;
/// How many sequence numbers are remembered to tell a duplicate; a power of two.
const REMEMBERED: usize = 1024;

/// A packet's place in the stream, without wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) sequence: i64,
    /// Media time in samples.
    pub(crate) time: i64,
    /// Arrival less media time, in samples: only differences mean something.
    pub(crate) transit: i64,
}

/// How a packet follows those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It belongs to the run of packets before it, in whatever order.
    Continues(Place),
    /// It came before.
    Duplicate,
    /// It begins a run that has nothing to do with the packets before it.
    Starts(Place),
}

/// Unwraps sequence numbers and timestamps, and counts what is missing.
pub(crate) struct Timeline {
    newest: Option<Place>,
    last_transit: i64,
    first_sequence: i64,
    /// Expected in the runs before this one.
    expected_before: u64,
    received: u64,
    jitter: f64,
    seen: Vec<Option<i64>>,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self {
            newest: None,
            last_transit: 0,
            first_sequence: 0,
            expected_before: 0,
            received: 0,
            jitter: 0.0,
            seen: vec![None; REMEMBERED],
        }
    }

    /// Finds the place of a packet that arrived at `arrival` samples.
    pub(crate) fn place(&mut self, sequence: u16, rtp_time: u32, arrival: i64) -> Placed {
        let Some(newest) = self.newest else {
            return self.start(sequence, rtp_time, arrival);
        };
        let sequence_step = i64::from(sequence.wrapping_sub(newest.sequence as u16) as i16);
        let time_step = i64::from(rtp_time.wrapping_sub(newest.time as u32) as i32);
        let time = newest.time + time_step;
        let place =
            Place { sequence: newest.sequence + sequence_step, time, transit: arrival - time };
        let backwards = sequence_step > 0 && time_step < 0;
        if backwards
            || sequence_step.abs() > SEQUENCE_JUMP
            || (place.transit - self.last_transit).abs() > TRANSIT_JUMP
        {
            self.expected_before += self.expected_in_run();
            self.seen.fill(None);
            return self.start(sequence, rtp_time, arrival);
        }
        if !self.remember(place.sequence) {
            return Placed::Duplicate;
        }
        // RFC 3550, appendix A.8.
        let change = (place.transit - self.last_transit).abs() as f64;
        self.jitter += (change - self.jitter) / 16.0;
        self.last_transit = place.transit;
        self.first_sequence = self.first_sequence.min(place.sequence);
        if sequence_step > 0 {
            self.newest = Some(place);
        }
        Placed::Continues(place)
    }

    /// Packets taken, duplicates not counted.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Packets that are missing so far.
    pub(crate) fn lost(&self) -> u64 {
        (self.expected_before + self.expected_in_run()).saturating_sub(self.received)
    }

    /// The interarrival jitter in samples.
    pub(crate) fn jitter(&self) -> f64 {
        self.jitter
    }

    fn start(&mut self, sequence: u16, rtp_time: u32, arrival: i64) -> Placed {
        let time = i64::from(rtp_time);
        let place = Place { sequence: i64::from(sequence), time, transit: arrival - time };
        self.newest = Some(place);
        self.last_transit = place.transit;
        self.first_sequence = place.sequence;
        self.remember(place.sequence);
        Placed::Starts(place)
    }

    /// False if the number was there already.
    fn remember(&mut self, sequence: i64) -> bool {
        let slot = &mut self.seen[sequence.rem_euclid(REMEMBERED as i64) as usize];
        if *slot == Some(sequence) {
            return false;
        }
        *slot = Some(sequence);
        self.received += 1;
        true
    }

    fn expected_in_run(&self) -> u64 {
        self.newest.map_or(0, |newest| (newest.sequence - self.first_sequence + 1).max(0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_past_their_wrap() {
        let mut timeline = Timeline::new();
        timeline.place(u16::MAX, u32::MAX - 959, 0);

        let after = timeline.place(0, 0, 960);

        let Placed::Continues(place) = after else { panic!("{after:?}") };
        assert_eq!((place.sequence, place.time), (65_536, 1 << 32));
        assert_eq!(timeline.lost(), 0);
    }

    #[test]
    fn a_gap_is_lost_until_it_is_filled() {
        let mut timeline = Timeline::new();
        timeline.place(7, 0, 0);
        timeline.place(9, 1920, 1920);
        assert_eq!(timeline.lost(), 1);

        timeline.place(8, 960, 2000);

        assert_eq!((timeline.lost(), timeline.received()), (0, 3));
    }

    #[test]
    fn the_same_packet_counts_once() {
        let mut timeline = Timeline::new();
        timeline.place(7, 0, 0);
        timeline.place(8, 960, 960);

        assert_eq!(timeline.place(8, 960, 970), Placed::Duplicate);
        assert_eq!(timeline.received(), 2);
    }

    #[test]
    fn a_jump_of_the_time_starts_a_run() {
        let mut timeline = Timeline::new();
        timeline.place(7, 5_000_000, 0);

        assert!(matches!(timeline.place(8, 17, 960), Placed::Starts(_)));
        assert_eq!(timeline.lost(), 0);
    }
}
