//! Silence is not sent (DTX), is heard as silence, and leaves no delay behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{Random, Speech, call, rms, tone};
use peer_connection_audio::{Encoder, FRAME, Receiver};

#[test]
fn an_encoder_says_nothing_while_there_is_silence() {
    let mut encoder = Encoder::new().unwrap();
    let mut sent = 0;
    for _ in 0..1000 {
        sent += usize::from(encoder.encode(&[0; FRAME]).unwrap().is_some());
    }

    assert!(sent < 100, "{sent} of 500 packets");
}

#[test]
fn talk_and_silence_in_turn_keep_their_delay() {
    let mut speech = Speech::new(8);
    let mut random = Random(2);
    let talks = |tick: usize| tick % 400 < 200;
    let source = |tick: usize| if talks(tick) { speech.frame() } else { [0; FRAME] };

    let heard = call(60, source, |_, _| Some(30.0 + random.part() * 10.0));

    let last = heard.last();
    assert!(last.packets < 60 * 50 * 7 / 10, "silence was sent: {last:?}");
    assert_eq!(last.lost, 0);
    assert!(last.delay_ms < 70.0, "{last:?}");
    assert!(heard.statistics.iter().skip(200).all(|told| told.delay_ms < 90.0));
    // From half a second into each silence until its end, and the like for talk.
    for round in 2..14 {
        let silence = &heard.samples[(round * 400 + 260) * FRAME..(round * 400 + 400) * FRAME];
        let talk = &heard.samples[(round * 400 + 20) * FRAME..(round * 400 + 200) * FRAME];
        assert!(rms(silence) < 30.0, "{}", rms(silence));
        assert!(rms(talk) > 1000.0, "{}", rms(talk));
    }
    assert!(last.concealed_samples < 48_000, "{last:?}");
}

#[test]
fn a_sender_that_stops_is_silence() {
    let mut speech = Speech::new(8);
    let source = |_| speech.frame();

    let heard = call(10, source, |_, now| (!(3000.0..6000.0).contains(&now)).then_some(30.0));

    let stopped = heard.statistics[590];
    let (concealed, silent) = (stopped.concealed_samples, stopped.silent_concealed_samples);
    assert!(concealed - silent <= 9600, "{stopped:?}");
    // All of what is missing is told: about 2.9 s.
    assert!((120_000..150_000).contains(&concealed), "{stopped:?}");
    assert_eq!(rms(&heard.samples[3 * 48_000 + 24_000..6 * 48_000]), 0.0);
    assert!(rms(&heard.samples[7 * 48_000..]) > 1000.0);
    assert!(heard.last().delay_ms < 60.0, "{:?}", heard.last());
}

/// Some senders stop their RTP clock while they are muted.
#[test]
fn a_clock_that_stood_still_leaves_no_delay() {
    for pause in [300, 700, 1500, 5000] {
        let mut encoder = Encoder::new().unwrap();
        let mut receiver = Receiver::new().unwrap();
        let (mut now, mut sent) = (0_u64, 0_u32);
        let mut levels = Vec::new();
        for tick in 0..2000 {
            if let Some(packet) = encoder.encode(&tone(tick)).unwrap() {
                let at = Duration::from_millis(now);
                receiver.insert(sent as u16, sent * packet.samples, &packet.data, at);
                sent += 1;
            }
            levels.push(rms(&receiver.pull()));
            now += 10;
            if tick == 500 {
                now += pause;
                for _ in 0..pause / 10 {
                    receiver.pull();
                }
            }
        }

        let told = receiver.statistics();
        assert!(told.delay_ms < 60.0, "{pause}: {told:?}");
        assert_eq!(told.lost, 0);
        let made_up = told.concealed_samples - told.silent_concealed_samples;
        assert!(made_up <= 12_000, "{pause}: {told:?}");
        let quiet = levels[510..].iter().filter(|&&level| level < 350.0).count();
        assert!(quiet <= 5, "{pause}: {quiet} silent frames");
    }
}
