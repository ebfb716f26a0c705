//! A bad network link between two network namespaces: a TUN device in each, and this program
//! between them. Linux without `tc netem` can be tested with it; it needs root.
//!
//! ```text
//! ringdove-link NAMESPACE DEVICE NAMESPACE DEVICE [seed=N] [key=value …]
//! ```
//!
//! It prints `ready` when both devices are there, for `ip` to give them addresses. Lines on its
//! input change conditions while it runs, and its end is the input's:
//!
//! | line | meaning |
//! | --- | --- |
//! | `delay_ms=25 jitter_ms=50` | each packet takes 25 to 75 ms; order is kept |
//! | `loss_percent=10` | a tenth vanishes |
//! | `burst_percent=10 burst_ms=100` | a tenth of the time nothing gets through, 100 ms in a row each |
//! | `duplicate_percent=1` | some come twice |
//! | `reorder_percent=1` | some skip delay and jitter |
//! | `rate_kbps=200 queue_ms=300` | 200 kbit/s of IP packets; what would wait longer than 300 ms is dropped; 0 is no limit |
//! | `blackout_ms=2000` | nothing gets through for 2 s from now; a line of its own |
//! | `counters` | prints what happened so far |
//!
//! Counters are one line of JSON, an object for each direction: what the first end sent, then what
//! the second one sent. `longestWaitMs` is the longest wait in the queue since the counters before.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has such devices"))]

#[cfg(target_os = "linux")]
mod bridge;
mod conditions;
mod model;
#[cfg(target_os = "linux")]
mod system;

use std::process::ExitCode;

use conditions::{Conditions, Order};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "a program for the command line")]
            {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_os = "linux")]
fn start(arguments: &[String]) -> Result<(), String> {
    let [namespace, device, other_namespace, other_device, rest @ ..] = arguments else {
        return Err("usage: ringdove-link NAMESPACE DEVICE NAMESPACE DEVICE [key=value …]".into());
    };
    let (seed, conditions) = parse(rest)?;
    let ends = [
        bridge::End { namespace, device },
        bridge::End { namespace: other_namespace, device: other_device },
    ];
    bridge::run(ends, conditions, seed).map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
fn start(_: &[String]) -> Result<(), String> {
    Err("network namespaces are Linux'".into())
}

/// The seed, 1 if it is not named, and the first conditions.
fn parse(arguments: &[String]) -> Result<(u64, Conditions), String> {
    let seed = arguments.iter().find_map(|argument| argument.strip_prefix("seed="));
    let seed = seed.map_or(Ok(1), str::parse).map_err(|_| "the seed is no number")?;
    let others: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("seed="))
        .collect();
    match Order::parse(&others.join(" "), &Conditions::default())? {
        Order::Change(conditions) => Ok((seed, conditions)),
        Order::Counters | Order::Blackout(_) => Err("not at the start".into()),
    }
}
