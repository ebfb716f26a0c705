//! What is played is taken out of what is captured; what is said stays.

mod common;

use std::collections::VecDeque;

use common::{Speech, rms};
use peer_connection_audio::{FRAME, Options, Processor};

const ECHO_ONLY: Options =
    Options { echo_cancellation: true, noise_suppression: false, auto_gain_control: false };

#[test]
fn an_echo_is_30_db_down_after_two_seconds() {
    let (echo, left) = room(ECHO_ONLY, 6, |_| [0; FRAME]);

    let down = 20.0 * (rms(&echo[2 * 48_000..]) / rms(&left[2 * 48_000..]).max(0.1)).log10();
    assert!(down >= 30.0, "{down} dB");
}

#[test]
fn what_is_said_stays_while_the_other_side_talks() {
    let mut near = Speech::new(77);
    let mut said = Vec::new();
    let talks = |tick: usize| tick >= 400;
    let (_, left) = room(ECHO_ONLY, 8, |tick| {
        let frame = if talks(tick) { near.frame() } else { [0; FRAME] };
        said.extend(frame);
        frame
    });

    let kept = 20.0 * (rms(&left[5 * 48_000..]) / rms(&said[5 * 48_000..])).log10();
    assert!(kept.abs() <= 3.0, "{kept} dB");
}

/// Audio crosses a socket: four frames are played at once, then four captured ones come.
#[test]
fn an_echo_goes_when_frames_come_in_bunches() {
    let mut processor = Processor::new(ECHO_ONLY);
    let mut far = Speech::new(5);
    let mut air: VecDeque<i16> = VecDeque::from(vec![0; 85 * 48]);
    let (mut echo, mut left) = (Vec::new(), Vec::new());
    for _ in 0..150 {
        for _ in 0..4 {
            let played = far.frame();
            processor.render(&played);
            air.extend(played.map(|sample| sample / 2));
        }
        for _ in 0..4 {
            let mut captured = [0; FRAME];
            for (sample, heard) in captured.iter_mut().zip(air.drain(..FRAME)) {
                *sample = heard;
            }
            echo.extend(captured);
            processor.capture(&mut captured);
            left.extend(captured);
        }
    }

    let down = 20.0 * (rms(&echo[3 * 48_000..]) / rms(&left[3 * 48_000..]).max(0.1)).log10();
    assert!(down >= 30.0, "{down} dB");
}

#[test]
fn without_options_nothing_is_changed() {
    let off =
        Options { echo_cancellation: false, noise_suppression: false, auto_gain_control: false };
    let (echo, left) = room(off, 1, |_| [0; FRAME]);

    assert_eq!(echo, left);
}

#[test]
fn options_can_change_during_a_call() {
    let mut processor = Processor::new(Options::default());
    let mut speech = Speech::new(1);
    for round in 0..8 {
        let bit = |at: u32| round >> at & 1 == 1;
        processor.set_options(Options {
            echo_cancellation: bit(0),
            noise_suppression: bit(1),
            auto_gain_control: bit(2),
        });
        let mut captured = Vec::new();
        for _ in 0..50 {
            processor.render(&[0; FRAME]);
            let mut frame = speech.frame();
            processor.capture(&mut frame);
            captured.extend(frame);
        }
        assert!(rms(&captured) > 100.0, "round {round}: {}", rms(&captured));
    }
}

/// A loudspeaker 85 ms from the microphone, with two reflections. Gives the echo and what is left.
fn room(
    options: Options,
    seconds: usize,
    mut near: impl FnMut(usize) -> [i16; FRAME],
) -> (Vec<i16>, Vec<i16>) {
    let mut processor = Processor::new(options);
    let mut far = Speech::new(5);
    let mut air: VecDeque<f64> = VecDeque::from(vec![0.0; 85 * 48 + 1000]);
    let (mut echoes, mut left) = (Vec::new(), Vec::new());
    for tick in 0..seconds * 100 {
        let played = far.frame();
        processor.render(&played);
        let said = near(tick);
        let mut captured = [0; FRAME];
        for index in 0..FRAME {
            air.push_back(f64::from(played[index]));
            air.pop_front();
            let echo = 0.4 * air[1000] + 0.15 * air[600] + 0.08 * air[100];
            echoes.push(echo as i16);
            captured[index] = (echo + f64::from(said[index])) as i16;
        }
        processor.capture(&mut captured);
        left.extend(captured);
    }
    (echoes, left)
}
