//! The page's one microphone and loudspeaker, shared by its connections: each captured frame is
//! cleaned once, however many connections send it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peer_connection_audio::{Options, Processor};

use crate::wire::SAMPLES;

/// The length of one frame.
pub(crate) const FRAME: Duration = Duration::from_millis(10);
/// Captured frames that are remembered for further connections of the page.
const REMEMBERED: usize = 8;

pub(crate) type Frame = [i16; SAMPLES];

/// What the microphone gave and the loudspeaker got in the same 10 ms. They come together, so that
/// the delay from one to the other stays what the devices and the room make it, however late the
/// page hands both over.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) captured: Frame,
    pub(crate) played: Frame,
}

pub(crate) struct AudioHub(Mutex<Hub>);

struct Hub {
    processor: Processor,
    cleaned: VecDeque<(u64, Box<Frame>)>,
}

impl AudioHub {
    pub(crate) fn new() -> Self {
        let processor = Processor::new(options(true, true, true));
        Self(Mutex::new(Hub { processor, cleaned: VecDeque::new() }))
    }

    pub(crate) fn set_options(&self, echo: bool, noise: bool, gain: bool) {
        self.lock().processor.set_options(options(echo, noise, gain));
    }

    /// Cleans a captured frame; `time` tells it from the others, so that a second connection gets
    /// the same result.
    pub(crate) fn clean(&self, time: f64, heard: &Heard) -> Box<Frame> {
        let mut hub = self.lock();
        let time = time.to_bits();
        if let Some((_, cleaned)) = hub.cleaned.iter().find(|(at, _)| *at == time) {
            return cleaned.clone();
        }
        let mut frame = Box::new(heard.captured);
        hub.processor.render(&heard.played);
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

fn options(echo: bool, noise: bool, gain: bool) -> Options {
    Options { echo_cancellation: echo, noise_suppression: noise, auto_gain_control: gain }
}
