//! The real server and real clients over bad links, in virtual time.
//!
//! Connections lose what is under way and are noticed late; devices sleep, reload and lose media;
//! the server crashes and forgets; users press buttons at random. What must hold at every step is in
//! [`witness`]; once all is well again both ends of every call, and the server, must agree.
//!
//! A failing seed is printed with the command that runs it alone and tells what happens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod device;
mod network;
mod users;
mod witness;
mod world;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use ringdove_call::CallPhase;
use ringdove_client::app::{Command, LinkView};
use ringdove_protocol::{EndReason, Media};
use users::name;
use world::{Event, World};

use network::Faults;

/// Two accounts with two devices, and one with one.
const TOWN: &[usize] = &[2, 2, 1];

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn whatever_fails_everybody_agrees_in_the_end() {
    let calls = AtomicU64::new(0);
    each_seed("whatever_fails", 1000, |seed| {
        let faults = if seed % 4 == 3 { Faults::SHUFFLED } else { Faults::BAD };
        let mut world = World::new(seed, faults, TOWN);
        world.run(2 * MINUTE);
        world.heal();
        check_agreement(&world);
        calls.fetch_add(counts(&world).active.into(), Ordering::Relaxed);
    });
    is_not_idle("calls with media", &calls, 500);
}

#[test]
fn over_good_links_both_ends_tell_the_same_reason() {
    let (ends, glares) = (AtomicU64::new(0), AtomicU64::new(0));
    each_seed("over_good_links", 300, |seed| {
        let mut world = World::new(seed, Faults::NONE, TOWN);
        world.run(2 * MINUTE);
        world.heal();
        check_agreement(&world);
        check_same_reasons(&world);
        ends.fetch_add(counts(&world).ended.into(), Ordering::Relaxed);
        glares.fetch_add(counts(&world).glare.into(), Ordering::Relaxed);
    });
    is_not_idle("ended calls", &ends, 1000);
}

#[test]
fn glare_gives_one_call_in_whatever_order_the_messages_come() {
    each_seed("glare", 400, |seed| {
        let faults = Faults { delay_ms: 400, repeat: 0.1, shuffle: true, ..Faults::NONE };
        let mut world = two_online(seed, faults);
        for (device, to) in [(0, "Bob"), (1, "Anna")] {
            let at = Duration::from_millis(world.rng.below(40));
            let command = Command::Call { to: name(to), media: Media::VIDEO };
            let whim = users::Whim::Do(command);
            world.schedule_for(device, at, Event::Whim { device, whim });
        }
        world.run(MINUTE / 2);
        assert_eq!(phases(&world), [Some(CallPhase::Active); 2]);
        check_agreement(&world);
        assert_eq!(world.server.call_count(), 1);
    });
}

#[test]
fn a_ring_outlives_a_server_that_is_back_in_two_seconds() {
    each_seed("a_ring_outlives", 100, |seed| {
        let mut world = ringing(seed);
        world.crash(Duration::from_secs(2), 0.0);
        let at = world.rng.below(10_000);
        world.run(Duration::from_millis(at));
        world.command(1, Command::Accept { media: Media::AUDIO });
        world.run_until(MINUTE / 4, "media on both ends", |world| {
            phases(world) == [Some(CallPhase::Active); 2]
        });
    });
}

#[test]
fn nothing_rings_on_without_a_server() {
    each_seed("nothing_rings_on", 100, |seed| {
        let mut world = ringing(seed);
        world.crash(10 * MINUTE, 0.5);
        world.run_until(Duration::from_secs(51), "an end on both", |world| {
            phases(world) == [Some(CallPhase::Ended); 2]
        });
        for device in &world.devices {
            let reasons: Vec<_> =
                device.witness.ended.values().map(|(reason, _)| *reason).collect();
            assert_eq!(reasons, [EndReason::ServerError]);
        }
    });
}

#[test]
fn a_jump_of_the_wall_clock_changes_nothing() {
    each_seed("a_jump", 20, |seed| {
        let history = |clock_is_fixed| {
            let faults = Faults { jump: 0.5, ..Faults::BAD };
            let mut world = World::new(seed, faults, TOWN);
            world.clock_is_fixed = clock_is_fixed;
            world.run(2 * MINUTE);
            world.history
        };
        assert_eq!(history(true), history(false));
    });
}

#[test]
fn a_seed_gives_the_same_run_every_time() {
    each_seed("a_seed", 10, |seed| {
        let history = || {
            let mut world = World::new(seed, Faults::BAD, TOWN);
            world.run(2 * MINUTE);
            world.history
        };
        let (first, second) = (history(), history());
        let differs = first.iter().zip(&second).find(|(a, b)| a != b);
        assert_eq!(differs, None);
        assert_eq!(first.len(), second.len());
    });
}

/// Runs every seed, on all processors; or the one that the environment names, or as many as it says.
fn each_seed(test: &str, seeds: u64, run: impl Fn(u64) + Sync) {
    if let Ok(seed) = std::env::var("RINGDOVE_SEED") {
        return run(seed.parse().unwrap());
    }
    let seeds = std::env::var("RINGDOVE_SEEDS").map_or(seeds, |seeds| seeds.parse().unwrap());
    let next = AtomicU64::new(0);
    let work = || {
        while let seed @ 0.. = next.fetch_add(1, Ordering::Relaxed)
            && seed < seeds
        {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
                next.store(seeds, Ordering::Relaxed);
                #[allow(clippy::print_stderr, reason = "how to run it again")]
                {
                    eprintln!(
                        "RINGDOVE_SEED={seed} cargo test -p ringdove-tests --test simulation {test}"
                    );
                }
                resume_unwind(panic);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    });
}

/// A simulation in which nothing happens shows nothing.
fn is_not_idle(what: &str, count: &AtomicU64, least: u64) {
    let count = count.load(Ordering::Relaxed);
    let other_seeds = ["RINGDOVE_SEED", "RINGDOVE_SEEDS"].map(std::env::var_os);
    assert!(other_seeds.iter().any(Option::is_some) || count >= least, "only {count} {what}");
}

/// Anna and Bob with one device each, logged in, and doing nothing by themselves.
fn two_online(seed: u64, faults: Faults) -> World {
    let mut world = World::new(seed, faults, &[1, 1]);
    world.users_act = false;
    world.run(Duration::from_secs(5));
    assert!(world.devices.iter().all(|device| device.is_online()));
    world
}

/// Anna calls Bob, and it rings.
fn ringing(seed: u64) -> World {
    let mut world = two_online(seed, Faults { delay_ms: 200, ..Faults::NONE });
    world.command(0, Command::Call { to: name("Bob"), media: Media::VIDEO });
    world.run_until(Duration::from_secs(2), "ringing", |world| {
        phases(world) == [Some(CallPhase::RemoteRinging), Some(CallPhase::Ringing)]
    });
    world
}

fn phases(world: &World) -> Vec<Option<CallPhase>> {
    let phase = |device: &device::Device| device.witness.view.as_ref().map(|view| view.phase);
    world.devices.iter().map(phase).collect()
}

fn counts(world: &World) -> witness::Counts {
    world.devices.iter().fold(witness::Counts::default(), |mut sum, device| {
        let counts = device.witness.counts;
        sum.active += counts.active;
        sum.ended += counts.ended;
        sum.glare += counts.glare;
        sum.rang += counts.rang;
        sum.resumed += counts.resumed;
        sum
    })
}

/// Every open call is open at exactly two devices, with media at both, and known to the server.
fn check_agreement(world: &World) {
    let mut ends: BTreeMap<_, Vec<&device::Device>> = BTreeMap::new();
    for device in &world.devices {
        assert!(device.is_online() || device.is_signed_out(), "{:?}", device.link);
        let open = device.witness.open_call();
        assert_eq!(device.media.as_ref().map(|side| side.call_id), open.map(|view| view.call_id));
        if let Some(view) = open {
            assert_eq!(view.phase, CallPhase::Active);
            ends.entry(view.call_id).or_default().push(device);
        }
    }
    for (call_id, ends) in &ends {
        let [one, other] = ends[..] else { panic!("{call_id} is open at {} ends", ends.len()) };
        assert_eq!(one.witness.role(), other.witness.role().map(|role| role.other()));
        assert_ne!(one.account, other.account);
    }
    assert_eq!(world.server.call_count(), ends.len(), "the server's calls");
    let online = world.devices.iter().filter(|device| device.is_online()).count();
    assert_eq!(world.server.session_count(), online, "the server's connections");
}

/// Both ends of every call tell the same reason; devices that were not the end, why.
fn check_same_reasons(world: &World) {
    let mut reasons: BTreeMap<_, Vec<EndReason>> = BTreeMap::new();
    for device in &world.devices {
        assert!(matches!(device.link, LinkView::Online { .. } | LinkView::SignedOut { .. }));
        for (call_id, (reason, _)) in &device.witness.ended {
            reasons.entry(*call_id).or_default().push(*reason);
        }
    }
    for (call_id, mut reasons) in reasons {
        let elsewhere = [EndReason::AnsweredElsewhere, EndReason::DeclinedElsewhere];
        reasons.retain(|reason| !elsewhere.contains(reason));
        reasons.dedup();
        assert!(reasons.len() <= 1, "{call_id} ended with {reasons:?}");
    }
}
