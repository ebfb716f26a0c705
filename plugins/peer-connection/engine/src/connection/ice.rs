//! The state of ICE as the page sees it, and the remote's candidates until they can be used.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use str0m::{Candidate, IceConnectionState};

use super::Connection;
use super::names::name_of;
use crate::wire::{Event, Failure, IceState};

/// str0m never gives up. RFC 8445 leaves the time to the agent; browsers take 15 to 30 s.
const PATIENCE: Duration = Duration::from_secs(30);
/// Candidates that may wait for their description.
const MOST_HELD: usize = 64;

#[derive(Default)]
pub(super) struct Ice {
    /// The remote's ufrag since the last `apply`.
    remote_ufrag: Option<String>,
    held: VecDeque<(Candidate, Option<String>)>,
    pub(super) remote: Vec<Candidate>,
    state: Option<IceState>,
    /// Whether this generation has been connected: from then on str0m's `Checking` is a loss.
    was_connected: bool,
    /// Since when nothing gets through.
    lost_since: Option<Instant>,
}

impl Ice {
    pub(super) fn is_applied(&self) -> bool {
        self.remote_ufrag.is_some()
    }

    pub(super) fn gives_up_at(&self) -> Option<Instant> {
        let since = self.lost_since?;
        (self.state != Some(IceState::Failed)).then(|| since + PATIENCE)
    }
}

impl Connection {
    pub(super) fn add_remote_candidate(
        &mut self,
        text: &str,
        ufrag: Option<String>,
    ) -> Result<(), Failure> {
        let text = text.trim().trim_start_matches("a=");
        // Empty is the end of candidates (RFC 8838 8.2); str0m is always ready for more.
        if text.is_empty() || !is_usable(text) {
            return Ok(());
        }
        if is_named(text) {
            // Another name than one of multicast DNS would tell strangers whom we call.
            if let Some(name) = name_of(text) {
                self.resolve_candidate(text, name, ufrag);
            }
            return Ok(());
        }
        let candidate = Candidate::from_sdp_string(text)
            .map_err(|error| Failure::operation(format!("no candidate: {error}")))?;
        let ufrag = ufrag.or_else(|| candidate.ufrag().map(str::to_owned));
        let of_now = match (&self.ice.remote_ufrag, &ufrag) {
            (Some(current), Some(ufrag)) => current == ufrag,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if of_now {
            self.use_remote_candidate(candidate);
        } else if self.ice.held.len() < MOST_HELD {
            // Of a generation whose description is not applied yet; the latest ones could as well
            // be late ones of an old generation, so that they are not worth more than the first.
            self.ice.held.push_back((candidate, ufrag));
        }
        Ok(())
    }

    /// A description with this ufrag has been applied.
    pub(super) fn remote_generation(&mut self, ufrag: String) {
        let restarted = self.ice.remote_ufrag.as_ref() != Some(&ufrag);
        if restarted {
            self.ice.remote.clear();
            self.ice.was_connected = false;
            self.ice.lost_since = Some(Instant::now());
            if self.ice.remote_ufrag.is_none() || self.ice.state == Some(IceState::Failed) {
                self.tell_ice(IceState::Checking);
            }
        }
        let (now, later) = std::mem::take(&mut self.ice.held)
            .into_iter()
            .partition(|(_, of)| of.as_ref().is_none_or(|of| *of == ufrag));
        self.ice.held = later;
        self.ice.remote_ufrag = Some(ufrag);
        let now: VecDeque<_> = now;
        for (candidate, _) in now {
            self.use_remote_candidate(candidate);
        }
    }

    fn use_remote_candidate(&mut self, candidate: Candidate) {
        if self.ice.remote.len() < MOST_HELD {
            self.ice.remote.push(candidate.clone());
        }
        self.rtc.add_remote_candidate(candidate);
    }

    pub(super) fn ice_changed(&mut self, state: IceConnectionState) {
        let state = match state {
            IceConnectionState::New => return,
            IceConnectionState::Checking if self.ice.was_connected => IceState::Disconnected,
            IceConnectionState::Checking => IceState::Checking,
            IceConnectionState::Connected | IceConnectionState::Completed => IceState::Connected,
            // Before the first connection, "no pair is left" may yet change by a late candidate
            // (RFC 8838 8).
            IceConnectionState::Disconnected if !self.ice.was_connected => IceState::Checking,
            IceConnectionState::Disconnected => IceState::Disconnected,
        };
        if !self.ice.is_applied() {
            return;
        }
        match state {
            IceState::Connected => {
                self.ice.was_connected = true;
                self.ice.lost_since = None;
            }
            IceState::Checking | IceState::Disconnected | IceState::Failed => {
                self.ice.lost_since.get_or_insert_with(Instant::now);
                // Failed stays until something gets through or ICE restarts.
                if self.ice.state == Some(IceState::Failed) {
                    return;
                }
            }
        }
        self.tell_ice(state);
    }

    pub(super) fn check_ice(&mut self, now: Instant) {
        if self.ice.gives_up_at().is_some_and(|at| at <= now) {
            self.tell_ice(IceState::Failed);
        }
    }

    fn tell_ice(&mut self, state: IceState) {
        if self.ice.state != Some(state) {
            self.ice.state = Some(state);
            self.outbox.event(self.pc, Event::Ice { state });
        }
    }
}

/// TCP candidates are none of ours, and no error either.
pub(super) fn is_usable(candidate: &str) -> bool {
    let mut parts = candidate.split_ascii_whitespace();
    let udp = parts.nth(2).is_some_and(|transport| transport.eq_ignore_ascii_case("udp"));
    // A line too short to tell is left to the parser, which says what is wrong.
    udp || candidate.split_ascii_whitespace().count() < 8
}

/// Whether a name stands where the address does (RFC 8839 5.1).
pub(super) fn is_named(candidate: &str) -> bool {
    let mut parts = candidate.split_ascii_whitespace();
    let name = parts.nth(4).is_some_and(|address| address.parse::<IpAddr>().is_err());
    name && parts.count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_comes_once_and_30_s_after_the_loss() {
        let lost = Instant::now();
        let mut ice = Ice { lost_since: Some(lost), ..Ice::default() };
        for state in [IceState::Checking, IceState::Disconnected] {
            ice.state = Some(state);
            assert_eq!(ice.gives_up_at(), Some(lost + Duration::from_secs(30)));
        }
        ice.state = Some(IceState::Failed);
        assert_eq!(ice.gives_up_at(), None);
        let connected = Ice { state: Some(IceState::Connected), ..Ice::default() };
        assert_eq!(connected.gives_up_at(), None);
    }

    #[test]
    fn names_and_tcp_are_told_apart() {
        let address = "candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host";
        let name = "candidate:1 1 udp 2122260223 0a1b.local 5000 typ host generation 0 ufrag x";
        let tcp = "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active";
        assert!(is_usable(address) && !is_named(address));
        assert!(is_usable(name) && is_named(name));
        assert!(!is_usable(tcp));
    }
}
