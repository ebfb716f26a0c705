//! Puts what a microphone heard beside what was played in the same 10 ms, so that the echo of the
//! one is found in the other.
//!
//! Both come in their own rhythm, a busy machine hands them over late, and either may stop. What
//! matters is that the distance from a played sample to its echo stays the same, and that the
//! played one comes first: the distance must be shorter than the way through loudspeaker and room.

use std::collections::VecDeque;

use crate::audio::{Frame, Heard};
use crate::wire::SAMPLES;

/// For so long what was heard waits for what was played meanwhile; then nothing was.
const PATIENCE: usize = SAMPLES * 4;
/// What was played may wait for so long. The loudspeaker's own buffer holds as much
/// (`peer-connection-sound`), so no echo has come before.
const MOST_PLAYED: usize = SAMPLES * 3;

/// Two streams of samples, becoming frames.
#[derive(Debug, Default)]
pub(crate) struct Pairing {
    captured: VecDeque<i16>,
    played: VecDeque<i16>,
    /// The loudspeaker is being played to.
    plays: bool,
}

impl Pairing {
    pub(crate) fn capture(&mut self, samples: &[i16]) {
        self.captured.extend(samples);
    }

    pub(crate) fn play(&mut self, samples: &[i16]) {
        self.played.extend(samples);
        if self.played.len() > MOST_PLAYED {
            self.begin_anew();
        }
    }

    /// The next 10 ms, once both are known.
    pub(crate) fn next(&mut self) -> Option<Heard> {
        if self.captured.len() < SAMPLES {
            return None;
        }
        if !self.plays {
            self.begin_anew();
        }
        let played = match take(&mut self.played) {
            Some(played) => {
                self.plays = true;
                played
            }
            None if self.plays && self.captured.len() <= PATIENCE => return None,
            None => {
                self.plays = false;
                [0; SAMPLES]
            }
        };
        Some(Heard { captured: take(&mut self.captured)?, played })
    }

    /// Lets as little wait as can be, for the longest time before its echo.
    fn begin_anew(&mut self) {
        let old = self.played.len().saturating_sub(SAMPLES);
        self.played.drain(..old);
    }
}

fn take(samples: &mut VecDeque<i16>) -> Option<Frame> {
    if samples.len() < SAMPLES {
        return None;
    }
    let mut frame = [0; SAMPLES];
    for (to, from) in frame.iter_mut().zip(samples.drain(..SAMPLES)) {
        *to = from;
    }
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many frames from the number on, each sample of one being its number.
    fn frames(from: i16, count: i16) -> Vec<i16> {
        (from..from + count).flat_map(|number| [number; SAMPLES]).collect()
    }

    fn numbers(pairing: &mut Pairing) -> Vec<(i16, i16)> {
        std::iter::from_fn(|| pairing.next()).map(|h| (h.captured[0], h.played[0])).collect()
    }

    #[test]
    fn pairs_stay_together_however_unevenly_they_come() {
        let mut pairing = Pairing::default();
        pairing.play(&frames(1, 1));
        pairing.capture(&frames(1, 1));
        assert_eq!(numbers(&mut pairing), [(1, 1)]);
        pairing.play(&frames(2, 1));
        pairing.capture(&frames(2, 4));
        assert_eq!(numbers(&mut pairing), [(2, 2)]);
        pairing.play(&frames(3, 3));
        assert_eq!(numbers(&mut pairing), [(3, 3), (4, 4), (5, 5)]);
        pairing.play(&frames(6, 1)[..100]);
        pairing.capture(&frames(6, 1));
        assert_eq!(numbers(&mut pairing), []);
        pairing.play(&frames(6, 1)[100..]);
        assert_eq!(numbers(&mut pairing), [(6, 6)]);
    }

    #[test]
    fn a_silent_loudspeaker_keeps_no_one_waiting() {
        let mut pairing = Pairing::default();
        pairing.capture(&frames(1, 1));
        assert_eq!(numbers(&mut pairing), [(1, 0)]);
        pairing.play(&frames(1, 1));
        pairing.capture(&frames(2, 5));
        assert_eq!(numbers(&mut pairing), [(2, 1)]);
        pairing.capture(&frames(7, 1));
        assert_eq!(numbers(&mut pairing), [(3, 0), (4, 0), (5, 0), (6, 0), (7, 0)]);
    }

    #[test]
    fn what_was_played_never_comes_after_its_echo() {
        let mut pairing = Pairing::default();
        pairing.play(&frames(1, 9));
        pairing.capture(&frames(1, 2));
        assert_eq!(numbers(&mut pairing), [(1, 9)]);
        pairing.play(&frames(10, 4));
        assert_eq!(numbers(&mut pairing), [(2, 13)]);
    }
}
