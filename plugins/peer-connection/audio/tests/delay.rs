//! The delay is what the network needs, and no more.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Random, Speech, call, rms, tone};

#[test]
fn a_clean_link_costs_little_and_conceals_nothing() {
    let heard = call(20, tone, |_, _| Some(30.0));

    let last = heard.last();
    assert!(heard.mean_delay(2) < 60.0, "{} ms", heard.mean_delay(2));
    assert_eq!((last.concealed_samples, last.lost, last.fec_recovered), (0, 0, 0));
    assert_eq!(heard.longest_gap(1), 0);
    assert!(last.jitter < 0.001, "{last:?}");
    assert!((last.audio_level - 0.215).abs() < 0.02, "{last:?}");
    assert_eq!(last.total_samples, 20 * 48_000 - 3 * 480 - 480);
}

#[test]
fn the_delay_comes_back_after_a_burst() {
    // What is sent from second 5 on for 300 ms arrives at once.
    let heard = call(25, tone, |_, now| {
        Some(if (5000.0..5300.0).contains(&now) { 5330.0 - now } else { 30.0 })
    });

    let delay = |second: usize| heard.statistics[second * 100].delay_ms;
    assert!(delay(20) < 60.0, "{} ms", delay(20));
    assert!(heard.statistics.iter().all(|told| told.delay_ms <= 520.0));
}

#[test]
fn a_second_of_outage_leaves_no_second_of_delay() {
    let heard = call(20, tone, |_, now| {
        Some(if (5000.0..6000.0).contains(&now) { 6030.0 - now } else { 30.0 })
    });

    let delay = |tick: usize| heard.statistics[tick].delay_ms;
    assert!(delay(1600) < 60.0, "{} ms", delay(1600));
}

#[test]
fn the_delay_follows_jitter_that_begins() {
    let mut random = Random(5);
    let heard = call(40, tone, |_, now| {
        let jitter = if now > 5000.0 { 100.0 } else { 0.0 };
        Some(30.0 + random.part() * jitter)
    });

    let before = heard.statistics[499];
    let settled = heard.statistics[1500];
    let last = heard.last();
    assert!(before.delay_ms < 60.0);
    assert!(last.delay_ms > 100.0);
    let concealed = (last.concealed_samples - settled.concealed_samples) as f64;
    assert!(concealed < 0.03 * 25.0 * 48_000.0, "{concealed} of {}", 25 * 48_000);
}

#[test]
fn a_drifting_clock_is_followed() {
    for drift in [-0.0005, 0.0005] {
        // 500 ppm over 60 s is 30 ms.
        let heard = call(60, tone, |_, now| Some(100.0 + now * drift));

        let last = heard.last();
        assert!(last.delay_ms < 70.0, "{last:?}");
        assert!(heard.longest_gap(1) == 0);
        assert!(last.concealed_samples < 48_000 / 5, "{last:?}");
    }
}

/// The swells of the sound are found again that much later: independent of what is told.
#[test]
fn the_told_delay_is_the_heard_one() {
    let mut random = Random(9);
    let mut speech = Speech::new(3);
    let mut said = Vec::new();
    let source = |_| {
        let frame = speech.frame();
        said.extend(frame);
        frame
    };

    let heard = call(20, source, |_, _| Some(30.0 + random.part() * 60.0));

    // Loudness in steps of 1 ms; the swells come each 250 ms.
    let loudness = |samples: &[i16]| samples.chunks(48).map(rms).collect::<Vec<_>>();
    let (heard_loud, said_loud) = (loudness(&heard.samples), loudness(&said));
    let alike = |lag: usize| -> f64 {
        (10_000..18_000).map(|at| heard_loud[at] * said_loud[at - lag]).sum()
    };
    let lag = (0..240).max_by(|&one, &other| alike(one).total_cmp(&alike(other))).unwrap();
    let lag = lag as f64;
    // The network's 30 ms and the codec's 6.5; a packet flies 10 ms before the time its end is
    // said here, and the pull comes 5 ms after a packet on average.
    let expected = heard.mean_delay(10) + 30.0 + 6.5 - 10.0 + 5.0;
    assert!((lag - expected).abs() < 12.0, "{lag} ms, expected {expected} ms");
}
