//! Gathering local candidates (RFC 8445 5.1.1): sockets on the interfaces, and what STUN servers
//! see of them.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::{Candidate, IceCreds};
use tokio::sync::mpsc;

use super::sockets::Packet;
use super::stun::{StunClient, server_of};
use super::{Connection, interfaces, same_family};
use crate::wire::{Event, Failure, GatheringState, IceServer};

/// RFC 8445 does not bound the servers; browsers warn beyond a few, and each one delays the end of
/// gathering.
const MOST_SERVERS: usize = 4;
/// Names that wait to be resolved, over all gatherings.
const MOST_LOOKUPS: usize = 16;

/// The addresses of a STUN server's name; none if it has none.
#[derive(Debug)]
pub(super) struct Resolved {
    addresses: Vec<SocketAddr>,
}

pub(super) struct Gatherer {
    servers: Vec<(String, u16)>,
    relay_only: bool,
    /// What was found, to be announced again at an ICE restart.
    pub(super) found: Vec<Candidate>,
    /// The ufrag of the generation that is being gathered.
    ufrag: String,
    stun: StunClient,
    lookups: usize,
    running: bool,
    resolved: mpsc::Sender<Resolved>,
}

impl Gatherer {
    pub(super) fn new() -> (Self, mpsc::Receiver<Resolved>) {
        let (resolved, from_lookups) = mpsc::channel(MOST_LOOKUPS);
        let gatherer = Self {
            servers: Vec::new(),
            relay_only: false,
            found: Vec::new(),
            ufrag: String::new(),
            stun: StunClient::default(),
            lookups: 0,
            running: false,
            resolved,
        };
        (gatherer, from_lookups)
    }

    /// Takes effect with the next gathering (W3C WebRTC 4.4.1.6, setting a configuration). TURN is
    /// not spoken yet.
    pub(super) fn set_servers(&mut self, servers: &[IceServer], relay_only: bool) {
        let urls = servers.iter().flat_map(|server| server.urls.iter());
        self.servers = urls.filter_map(server_of).take(MOST_SERVERS).collect();
        self.relay_only = relay_only;
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.stun.next_due()
    }

    fn look_up(&mut self) {
        for (host, port) in self.servers.clone() {
            if self.lookups >= MOST_LOOKUPS {
                return;
            }
            self.lookups += 1;
            let resolved = self.resolved.clone();
            tokio::spawn(async move {
                let addresses = match tokio::net::lookup_host((host.as_str(), port)).await {
                    Ok(addresses) => addresses.collect(),
                    Err(error) => {
                        tracing::debug!(%error, "a STUN server's name has no address");
                        Vec::new()
                    }
                };
                // The connection may be gone.
                let _ = resolved.send(Resolved { addresses }).await;
            });
        }
    }
}

impl Connection {
    pub(super) async fn gather(&mut self, ufrag: String, pwd: String) -> Result<(), Failure> {
        check_credentials(&ufrag, &pwd)?;
        self.gatherer.ufrag.clone_from(&ufrag);
        if !self.ice.is_applied() {
            // Checks of the remote may come before its answer; they need our password (RFC 8445
            // 7.3).
            self.rtc.direct_api().set_local_ice_credentials(IceCreds { ufrag, pass: pwd });
        }
        self.gatherer.running = true;
        self.outbox.event(self.pc, Event::Gathering { state: GatheringState::Gathering });
        if self.gatherer.relay_only {
            self.finish_gathering();
            return Ok(());
        }
        let addresses = interfaces::addresses();
        let gone: Vec<SocketAddr> =
            self.sockets.addresses().filter(|bound| !addresses.contains(&bound.ip())).collect();
        for local in gone {
            self.leave(local);
        }
        for known in self.gatherer.found.clone() {
            self.announce(known);
        }
        for address in addresses {
            if self.sockets.has(address) {
                continue;
            }
            match self.sockets.bind(address).await {
                Ok(local) => {
                    if let Ok(candidate) = Candidate::host(local, "udp") {
                        self.add_local_candidate(candidate);
                    }
                }
                Err(error) => tracing::debug!(%error, "an address cannot be bound"),
            }
        }
        self.gatherer.look_up();
        self.finish_gathering();
        Ok(())
    }

    pub(super) fn resolved(&mut self, resolved: &Resolved) {
        self.gatherer.lookups = self.gatherer.lookups.saturating_sub(1);
        let now = Instant::now();
        let locals: Vec<SocketAddr> =
            self.sockets.addresses().filter(|local| !local.ip().is_loopback()).collect();
        for local in locals {
            // One address of a family is enough: they are the same server.
            if let Some(server) =
                resolved.addresses.iter().find(|server| same_family(**server, local))
            {
                self.gatherer.stun.ask(local, *server, now);
            }
        }
        self.finish_gathering();
    }

    pub(super) async fn ask_stun(&mut self, now: Instant) {
        for request in self.gatherer.stun.due(now) {
            self.sockets.send(request.local, request.server, &request.bytes).await;
        }
        self.finish_gathering();
    }

    pub(super) fn is_stun_answer(&mut self, packet: &Packet) -> bool {
        let Some(answer) = self.gatherer.stun.answer(packet.source, packet.local, &packet.bytes)
        else {
            return false;
        };
        if let Some((local, mapped)) = answer
            && let Ok(candidate) = Candidate::server_reflexive(mapped, local, "udp")
        {
            self.add_local_candidate(candidate);
        }
        self.finish_gathering();
        true
    }

    fn finish_gathering(&mut self) {
        let gatherer = &mut self.gatherer;
        if gatherer.running && gatherer.lookups == 0 && gatherer.stun.is_idle() {
            gatherer.running = false;
            self.outbox.event(self.pc, Event::Gathering { state: GatheringState::Complete });
        }
    }

    fn add_local_candidate(&mut self, candidate: Candidate) {
        // None is redundant (RFC 8445 5.1.3), as a server-reflexive address is that equals its
        // base.
        if let Some(candidate) = self.rtc.add_local_candidate(candidate).cloned() {
            self.gatherer.found.push(candidate.clone());
            self.announce(candidate);
        }
    }

    fn announce(&self, mut candidate: Candidate) {
        candidate.set_ufrag(&self.gatherer.ufrag);
        let candidate = candidate.to_sdp_string().into();
        self.outbox.event(self.pc, Event::Candidate { candidate });
    }

    fn leave(&mut self, local: SocketAddr) {
        self.sockets.close(local);
        let (gone, kept) =
            std::mem::take(&mut self.gatherer.found).into_iter().partition(|c| c.local() == local);
        self.gatherer.found = kept;
        let gone: Vec<Candidate> = gone;
        for candidate in gone {
            self.rtc.direct_api().invalidate_candidate(&candidate);
        }
    }
}

/// RFC 8839 5.4: the lengths below which a fragment or password is refused.
pub(super) fn check_credentials(ufrag: &str, pwd: &str) -> Result<(), Failure> {
    let is_ice =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    let fits = (4..=256).contains(&ufrag.len()) && (22..=256).contains(&pwd.len());
    if fits && is_ice(ufrag) && is_ice(pwd) {
        return Ok(());
    }
    Err(Failure::wrong("the ICE credentials are malformed"))
}
