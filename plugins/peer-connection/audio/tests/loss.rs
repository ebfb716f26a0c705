//! Loss and jitter are hidden, at a delay that allows a conversation.

mod common;

use common::{Random, Speech, call, tone};

#[test]
fn a_tone_survives_a_tenth_lost_and_50_ms_of_jitter() {
    for seed in 1..=3 {
        let mut random = Random(seed);

        let heard =
            call(60, tone, |_, _| (random.part() >= 0.1).then(|| 30.0 + random.part() * 50.0));

        let last = heard.last();
        let (gap, delay) = (heard.longest_gap(1), heard.mean_delay(1));
        assert!(gap <= 60, "seed {seed}: a gap of {gap} ms, {last:?}");
        assert!(delay < 150.0, "seed {seed}: {delay} ms, {last:?}");
    }
}

#[test]
fn a_tone_survives_jitter_of_50_ms_each_way() {
    for seed in 1..=3 {
        let mut random = Random(seed);

        let heard =
            call(60, tone, |_, _| (random.part() >= 0.1).then(|| 30.0 + random.part() * 100.0));

        let last = heard.last();
        let (gap, delay) = (heard.longest_gap(1), heard.mean_delay(1));
        assert!(gap <= 60, "seed {seed}: a gap of {gap} ms, {last:?}");
        assert!(delay < 150.0, "seed {seed}: {delay} ms, {last:?}");
    }
}

/// A steady tone is no voice to Opus, so it gets next to no FEC; this does.
#[test]
fn a_lost_packet_comes_back_from_the_next_one() {
    let mut random = Random(1);
    let mut speech = Speech::new(4);

    let heard = call(
        60,
        |_| speech.frame(),
        |_, _| (random.part() >= 0.1).then(|| 30.0 + random.part() * 50.0),
    );

    let last = heard.last();
    assert!(last.fec_recovered * 2 > last.lost, "{last:?}");
    assert!(heard.mean_delay(1) < 150.0);
}

#[test]
fn two_packets_in_a_row_are_hidden() {
    let heard = call(20, tone, |packet, _| (packet % 20 > 1).then_some(30.0));

    assert!(heard.longest_gap(1) <= 20, "{} ms", heard.longest_gap(1));
}
