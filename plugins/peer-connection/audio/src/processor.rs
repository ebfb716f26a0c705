//! Cleans what the microphone captured: echo, noise, level (the WebRTC audio processing module).

use sonora::config::{
    AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, NoiseSuppression,
};
use sonora::{AudioProcessing, Config, StreamConfig};

use crate::{FRAME, SAMPLE_RATE};

/// What is done to the captured audio: the constraints of Media Capture and Streams, section 4.3.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Takes what is played out of what is captured.
    pub echo_cancellation: bool,
    /// Lowers steady background noise.
    pub noise_suppression: bool,
    /// Brings speech to a common level.
    pub auto_gain_control: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { echo_cancellation: true, noise_suppression: true, auto_gain_control: true }
    }
}

/// Echo cancellation, noise suppression and gain control for one microphone and one loudspeaker.
///
/// The delay from [`render`](Self::render) to [`capture`](Self::capture) is found by itself; it must
/// be steady and below half a second.
pub struct Processor {
    processing: AudioProcessing,
    options: Options,
}

impl Processor {
    /// Makes a processor.
    pub fn new(options: Options) -> Self {
        let stream = StreamConfig::new(SAMPLE_RATE, 1);
        let processing = AudioProcessing::builder()
            .config(config(options))
            .capture_config(stream)
            .render_config(stream)
            .build();
        Self { processing, options }
    }

    /// Takes the mix that is about to be played: once for each 10 ms, silence too.
    pub fn render(&mut self, frame: &[i16; FRAME]) {
        if !self.options.echo_cancellation {
            return;
        }
        let mut played = [0; FRAME];
        // The formats are fixed above, so nothing is refused; a refused frame would only cost echo.
        let _ = self.processing.process_render_i16(frame, &mut played);
    }

    /// Processes 10 ms of the microphone in place.
    pub fn capture(&mut self, frame: &mut [i16; FRAME]) {
        let captured = *frame;
        if self.processing.process_capture_i16(&captured, frame).is_err() {
            *frame = captured;
        }
    }

    /// Changes what is done, from the next frame on.
    pub fn set_options(&mut self, options: Options) {
        if options != self.options {
            self.options = options;
            self.processing.apply_config(config(options));
        }
    }
}

fn config(options: Options) -> Config {
    let any = options.echo_cancellation || options.noise_suppression || options.auto_gain_control;
    Config {
        high_pass_filter: any.then(HighPassFilter::default),
        echo_canceller: options.echo_cancellation.then(EchoCanceller::default),
        noise_suppression: options.noise_suppression.then(NoiseSuppression::default),
        gain_controller2: options.auto_gain_control.then(|| GainController2 {
            adaptive_digital: Some(AdaptiveDigital::default()),
            ..GainController2::default()
        }),
        ..Config::default()
    }
}
