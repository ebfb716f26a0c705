//! Packets in any order, twice, anew, and of every length.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{Random, call, rms, tone};
use peer_connection_audio::{FRAME, Receiver};

#[test]
fn reordered_packets_are_played_in_order() {
    // Each third packet is overtaken by the next two.
    let heard = call(20, tone, |packet, _| Some(if packet % 3 == 0 { 75.0 } else { 30.0 }));

    let (settled, last) = (heard.statistics[500], heard.last());
    assert_eq!(last.concealed_samples, settled.concealed_samples);
    // The last one is still on its way.
    assert!(last.lost <= 1, "{last:?}");
    assert_eq!(heard.longest_gap(1), 0);
}

#[test]
fn a_duplicate_is_played_once() {
    let mut opus = encoder(opus::Channels::Mono);
    let mut receiver = Receiver::new().unwrap();
    let mut heard = Vec::new();
    for packet in 0..250_u32 {
        let data = encode(&mut opus, packet as usize * 2, 2);
        let at = Duration::from_millis(u64::from(packet) * 20);
        for _ in 0..2 {
            receiver.insert(packet as u16, packet * 960, &data, at);
        }
        heard.extend(receiver.pull());
        heard.extend(receiver.pull());
        if packet > 3 {
            receiver.insert(packet as u16 - 3, (packet - 3) * 960, &data, at);
        }
    }

    let told = receiver.statistics();
    assert_eq!((told.packets, told.lost, told.concealed_samples), (250, 0, 0));
    assert!(told.delay_ms < 60.0, "{told:?}");
}

#[test]
fn a_sender_that_starts_anew_is_heard_at_once() {
    let mut opus = encoder(opus::Channels::Mono);
    let mut receiver = Receiver::new().unwrap();
    let mut levels = Vec::new();
    for packet in 0..500_u32 {
        let data = encode(&mut opus, packet as usize * 2, 2);
        let (sequence, time) = match packet {
            0..150 => (packet as u16, packet * 960),
            // Only the time jumps, then only backwards, then both.
            150..250 => (packet as u16, (packet * 960).wrapping_add(3_000_000_000)),
            250..350 => (packet as u16, packet * 960 + 17),
            _ => ((packet as u16).wrapping_add(40_000), packet * 960 + 777_777_777),
        };
        receiver.insert(sequence, time, &data, Duration::from_millis(u64::from(packet) * 20));
        for _ in 0..2 {
            levels.push(rms(&receiver.pull()));
        }
    }

    let told = receiver.statistics();
    assert_eq!((told.packets, told.lost), (500, 0));
    assert!(told.delay_ms < 60.0, "{told:?}");
    let quiet = levels[20..].iter().filter(|&&level| level < 350.0).count();
    assert!(quiet <= 3 * 8, "{quiet} silent frames");
}

#[test]
fn packets_of_every_length_are_played() {
    for frames in [1, 2, 4, 6] {
        let mut opus = encoder(opus::Channels::Mono);
        let mut receiver = Receiver::new().unwrap();
        let mut heard = Vec::new();
        for tick in 0..1000_usize {
            if tick % frames == 0 {
                let data = encode(&mut opus, tick, frames);
                let at = Duration::from_millis(tick as u64 * 10);
                receiver.insert((tick / frames) as u16, (tick * FRAME) as u32, &data, at);
            }
            heard.extend(receiver.pull());
        }

        let told = receiver.statistics();
        assert_eq!((told.lost, told.concealed_samples), (0, 0));
        assert!(told.delay_ms < 50.0 + frames as f64 * 10.0, "{told:?}");
        let level = rms(&heard[48_000..]);
        assert!((6000.0..8000.0).contains(&level), "{level}");
    }
}

#[test]
fn stereo_is_mixed_down() {
    let mut opus = encoder(opus::Channels::Stereo);
    let mut receiver = Receiver::new().unwrap();
    let mut heard = Vec::new();
    for packet in 0..200_usize {
        let mono = [tone(packet * 2), tone(packet * 2 + 1)].concat();
        let stereo: Vec<i16> = mono.iter().flat_map(|&sample| [sample, sample / 2]).collect();
        let data = opus.encode_vec(&stereo, 1275).unwrap();
        let at = Duration::from_millis(packet as u64 * 20);
        receiver.insert(packet as u16, packet as u32 * 960, &data, at);
        heard.extend(receiver.pull());
        heard.extend(receiver.pull());
    }

    let level = rms(&heard[48_000..]);
    assert!((4700.0..5900.0).contains(&level), "{level}");
}

#[test]
fn any_bytes_in_any_order_are_survived() {
    let mut random = Random(42);
    let mut opus = encoder(opus::Channels::Mono);
    let mut receiver = Receiver::new().unwrap();
    for packet in 0..10_000_u32 {
        let payload: Vec<u8> = match random.below(4) {
            0 => encode(&mut opus, packet as usize, 2),
            1 => {
                let mut damaged = encode(&mut opus, packet as usize, 2);
                let at = random.below(damaged.len() as u64) as usize;
                damaged[at] ^= random.next() as u8;
                damaged.truncate(1 + random.below(damaged.len() as u64) as usize);
                damaged
            }
            _ => (0..random.below(200)).map(|_| random.next() as u8).collect(),
        };
        let (sequence, time) = match random.below(10) {
            0 => (random.next() as u16, random.next() as u32),
            1 => (packet as u16, random.next() as u32),
            2 => (packet as u16 ^ random.below(64) as u16, packet * 960),
            _ => (packet as u16, packet * 960),
        };
        let at = Duration::from_millis(random.below(u64::from(packet) * 20 + 1));
        receiver.insert(sequence, time, &payload, at);
        for _ in 0..random.below(4) {
            receiver.pull();
        }
        let told = receiver.statistics();
        assert!(told.delay_ms.is_finite() && told.target_ms <= 400.0 && told.audio_level <= 1.0);
    }
}

#[test]
fn all_of_it_may_move_between_threads() {
    fn moves<T: Send>() {}
    moves::<peer_connection_audio::Encoder>();
    moves::<peer_connection_audio::Processor>();
    moves::<Receiver>();
}

fn encoder(channels: opus::Channels) -> opus::Encoder {
    opus::Encoder::new(48_000, channels, opus::Application::Voip).unwrap()
}

fn encode(opus: &mut opus::Encoder, tick: usize, frames: usize) -> Vec<u8> {
    let samples: Vec<i16> = (tick..tick + frames).flat_map(tone).collect();
    opus.encode_vec(&samples, 1275).unwrap()
}
