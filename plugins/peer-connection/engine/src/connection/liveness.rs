//! Leaves a path that has gone silent for one that has not.
//!
//! str0m keeps a pair for 15 s after the remote's last check on it, and prefers it to others of
//! lower priority for so long, also where the remote's address is gone and others answer. Media
//! stands still then; browsers leave a silent path after 2.5 to 5 s.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::Candidate;

use super::Connection;

/// A path is checked every 1.5 s from both ends: three of each are lost.
const SILENT: Duration = Duration::from_secs(5);
/// From one that takes over, something has come since.
const ALIVE: Duration = Duration::from_secs(2);
/// How often one looks.
const INTERVAL: Duration = Duration::from_millis(500);
/// No more remote addresses are remembered.
const MOST: usize = 64;

/// When something came last from each address of the remote.
#[derive(Default)]
pub(super) struct Liveness {
    heard: HashMap<SocketAddr, Instant>,
    /// Where media and data go.
    used: Option<SocketAddr>,
    looked: Option<Instant>,
}

impl Liveness {
    pub(super) fn received(&mut self, source: SocketAddr, at: Instant) {
        if self.heard.len() < MOST || self.heard.contains_key(&source) {
            self.heard.insert(source, at);
        }
    }

    /// str0m sends this; what is no STUN (RFC 7983) goes over the pair that ICE has chosen.
    pub(super) fn sends(&mut self, destination: SocketAddr, datagram: &[u8]) {
        let is_stun = datagram.first().is_none_or(|first| *first < 4);
        if is_stun || self.used == Some(destination) {
            return;
        }
        self.used = Some(destination);
        self.heard.insert(destination, Instant::now());
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.used.and(self.looked).map(|looked| looked + INTERVAL)
    }

    /// The address in use, if it is silent and another one is not.
    fn silent(&mut self, now: Instant) -> Option<SocketAddr> {
        let slept = self.looked.is_none_or(|looked| now > looked + 4 * INTERVAL);
        self.looked = Some(now);
        let used = self.used?;
        if slept {
            // Nothing could come meanwhile, from anywhere.
            self.heard.insert(used, now);
            return None;
        }
        let silent = self.heard.get(&used).is_none_or(|at| now > *at + SILENT);
        let is_alternative =
            |(source, at): (&SocketAddr, &Instant)| *source != used && *at + ALIVE > now;
        (silent && self.heard.iter().any(is_alternative)).then(|| {
            self.heard.remove(&used);
            self.used = None;
            used
        })
    }
}

impl Connection {
    pub(super) fn check_liveness(&mut self, now: Instant) {
        if self.liveness.next_due().is_some_and(|due| due > now) {
            return;
        }
        let Some(silent) = self.liveness.silent(now) else { return };
        let of = |candidate: &&Candidate| candidate.addr() == silent;
        let Some(candidate) = self.ice.remote.iter().find(of).cloned() else { return };
        tracing::debug!(pc = self.pc, "the path in use is silent, another one is not");
        self.rtc.direct_api().invalidate_candidate(&candidate);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Looks as often as the loop does; gives after how long the path in use is left.
    fn left_after(other_speaks: bool, pause: Duration) -> Option<Duration> {
        let (used, other) = ("192.0.2.1:1".parse().unwrap(), "192.0.2.2:1".parse().unwrap());
        let mut liveness = Liveness::default();
        liveness.sends(used, &[128]);
        liveness.sends(other, &[0]);
        let begun = Instant::now();
        let mut passed = Duration::ZERO;
        while passed < Duration::from_secs(20) {
            let now = begun + passed;
            if other_speaks {
                liveness.received(other, now);
            }
            if let Some(silent) = liveness.silent(now) {
                assert_eq!(silent, used);
                return Some(passed);
            }
            passed += pause;
        }
        None
    }

    #[test]
    fn a_silent_path_is_left_for_one_that_is_not() {
        let left = left_after(true, INTERVAL).unwrap();
        assert!(left > SILENT && left < SILENT + 2 * INTERVAL, "{left:?}");
    }

    #[test]
    fn a_silent_path_is_kept_without_another_or_after_sleep() {
        assert_eq!(left_after(false, INTERVAL), None);
        assert_eq!(left_after(true, Duration::from_secs(6)), None);
    }
}
