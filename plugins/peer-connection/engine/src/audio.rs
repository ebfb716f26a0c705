//! The page's one microphone and loudspeaker, shared by its connections: echo cancellation hears
//! everything that is played and cleans each captured frame once, however many connections send it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use peer_connection_audio::{Options, Processor};

use crate::wire::SAMPLES;

/// The length of one frame.
pub(crate) const FRAME: Duration = Duration::from_millis(10);
/// While the page reports what it plays, what we handed to it is no reference.
const REPORT_HOLDS: Duration = Duration::from_millis(500);
/// Captured frames that are remembered for further connections of the page.
const REMEMBERED: usize = 8;

pub(crate) type Frame = [i16; SAMPLES];

pub(crate) struct AudioHub(Mutex<Hub>);

struct Hub {
    processor: Processor,
    /// What the connections play in the running 10 ms.
    mix: [i32; SAMPLES],
    slot: Option<Instant>,
    reported: Option<Instant>,
    cleaned: std::collections::VecDeque<(u64, Box<Frame>)>,
}

impl AudioHub {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Hub {
            processor: Processor::new(options(true, true, true)),
            mix: [0; SAMPLES],
            slot: None,
            reported: None,
            cleaned: std::collections::VecDeque::new(),
        }))
    }

    pub(crate) fn set_options(&self, echo: bool, noise: bool, gain: bool) {
        self.lock().processor.set_options(options(echo, noise, gain));
    }

    /// The page reports a frame that it really played.
    pub(crate) fn played(&self, frame: Box<Frame>) {
        let mut hub = self.lock();
        hub.reported = Some(Instant::now());
        hub.processor.render(&frame);
    }

    /// A connection hands a frame to the page. The frames of one 10 ms are heard as one.
    pub(crate) fn play(&self, frame: &Frame, now: Instant) {
        let mut hub = self.lock();
        if hub.reported.is_some_and(|at| now < at + REPORT_HOLDS) {
            hub.slot = None;
            return;
        }
        match hub.slot {
            Some(slot) if now < slot + FRAME / 2 => {}
            Some(_) => {
                hub.flush();
                hub.slot = Some(now);
            }
            None => hub.slot = Some(now),
        }
        for (mixed, sample) in hub.mix.iter_mut().zip(frame) {
            *mixed += i32::from(*sample);
        }
    }

    /// Cleans a captured frame; `time` tells it from the others, so that a second connection gets
    /// the same result.
    pub(crate) fn capture(&self, time: f64, mut frame: Box<Frame>) -> Box<Frame> {
        let mut hub = self.lock();
        let time = time.to_bits();
        if let Some((_, cleaned)) = hub.cleaned.iter().find(|(at, _)| *at == time) {
            return cleaned.clone();
        }
        hub.processor.capture(&mut frame);
        if hub.cleaned.len() == REMEMBERED {
            hub.cleaned.pop_front();
        }
        hub.cleaned.push_back((time, frame.clone()));
        frame
    }

    fn lock(&self) -> MutexGuard<'_, Hub> {
        // After a panic inside the processor the next frame starts from what it left; sound is not
        // worth the engine.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    fn flush(&mut self) {
        let mut frame = [0; SAMPLES];
        for (out, mixed) in frame.iter_mut().zip(&mut self.mix) {
            *out = clamp(std::mem::take(mixed));
        }
        self.processor.render(&frame);
    }
}

fn clamp(sample: i32) -> i16 {
    i16::try_from(sample).unwrap_or(if sample < 0 { i16::MIN } else { i16::MAX })
}

fn options(echo: bool, noise: bool, gain: bool) -> Options {
    Options { echo_cancellation: echo, noise_suppression: noise, auto_gain_control: gain }
}
