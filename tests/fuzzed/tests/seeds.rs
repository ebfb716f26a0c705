//! The functions that fuzzing drives live with every seed, and every one of them has its program.
#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::{fs, path::Path};

use ringdove_fuzzed::TARGETS;

#[test]
fn every_target_takes_its_seeds() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    for (name, target) in TARGETS {
        let mut seeds = 0;
        for seed in fs::read_dir(fuzz.join("seeds").join(name)).unwrap() {
            target(&fs::read(seed.unwrap().path()).unwrap());
            seeds += 1;
        }
        assert!(seeds > 0, "{name} has no seed");
        let program = fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("ringdove_fuzzed::{name}(")), "{name}");
    }
}

#[test]
fn every_target_takes_what_no_seed_is_like() {
    let long = "0 {\"type\":\"chat\",\"text\":\"a\"}\n".repeat(500);
    let deep = "[".repeat(60_000);
    let inputs: [&[u8]; 6] = [
        b"",
        b"\0",
        &[0xff; 100],
        "\u{202e}\u{0}\u{1f600}".as_bytes(),
        long.as_bytes(),
        deep.as_bytes(),
    ];
    for (_, target) in TARGETS {
        for input in inputs {
            target(input);
        }
    }
}
