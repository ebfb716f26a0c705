//! Gathering local candidates (RFC 8445 5.1.1): sockets on the interfaces, what STUN servers see of
//! them, and what TURN servers relay.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use str0m::{Candidate, CandidateKind, IceCreds};
use tokio::net::lookup_host;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::server_url::{ServerKind, ServerUrl};
use super::sockets::Packet;
use super::stun::StunClient;
use super::{Connection, interfaces, same_family, turn};
use crate::wire::{Event, Failure, GatheringState, IceServer};

/// RFC 8445 does not bound the servers; browsers warn beyond a few, and each one delays the end of
/// gathering.
const MOST_SERVERS: usize = 4;
/// Names that wait to be resolved, over all gatherings.
const MOST_LOOKUPS: usize = 16;
/// How long a name may take to be resolved.
const LOOKUP: Duration = Duration::from_secs(5);

/// The addresses of a STUN server's name; none if it has none.
#[derive(Debug)]
pub(super) struct Resolved {
    addresses: Vec<SocketAddr>,
}

pub(super) struct Gatherer {
    stun_servers: Vec<ServerUrl>,
    turn_servers: Vec<turn::Server>,
    pub(super) relay_only: bool,
    /// What was found, to be announced again at an ICE restart.
    pub(super) found: Vec<Candidate>,
    /// The ufrag of the generation that is being gathered.
    ufrag: String,
    stun: StunClient,
    lookups: usize,
    pub(super) running: bool,
    resolved: mpsc::Sender<Resolved>,
}

impl Gatherer {
    pub(super) fn new() -> (Self, mpsc::Receiver<Resolved>) {
        let (resolved, from_lookups) = mpsc::channel(MOST_LOOKUPS);
        let gatherer = Self {
            stun_servers: Vec::new(),
            turn_servers: Vec::new(),
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

    /// Takes effect with the next gathering (W3C WebRTC 4.4.1.6, setting a configuration).
    pub(super) fn set_servers(&mut self, servers: &[IceServer], relay_only: bool) {
        let urls = servers.iter().flat_map(|server| server.urls.iter());
        let urls = urls.filter_map(ServerUrl::parse).filter(|url| url.kind == ServerKind::Stun);
        self.stun_servers = urls.take(MOST_SERVERS).collect();
        self.turn_servers = turn::servers(servers).take(MOST_SERVERS).collect();
        self.relay_only = relay_only;
    }

    /// Whether there ever was a gathering.
    pub(super) fn has_begun(&self) -> bool {
        !self.ufrag.is_empty()
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.stun.next_due()
    }

    fn look_up(&mut self) {
        for ServerUrl { host, port, .. } in self.stun_servers.clone() {
            if self.lookups >= MOST_LOOKUPS {
                return;
            }
            self.lookups += 1;
            let resolved = self.resolved.clone();
            tokio::spawn(async move {
                let found = timeout(LOOKUP, lookup_host((host.as_str(), port))).await;
                let addresses = match found {
                    Ok(Ok(addresses)) => addresses.collect(),
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "a STUN server's name has no address");
                        Vec::new()
                    }
                    Err(_) => Vec::new(),
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
        let addresses = interfaces::addresses();
        self.leave_lost(&addresses);
        for known in self.gatherer.found.clone() {
            if known.kind() == CandidateKind::Relayed || !self.gatherer.relay_only {
                self.announce(known);
            }
        }
        self.collect(&addresses).await;
        Ok(())
    }

    /// Closes the sockets whose addresses are not worth one any more, and gives up the relays to
    /// which no way leads.
    pub(super) fn leave_lost(&mut self, addresses: &[IpAddr]) {
        let gone: Vec<SocketAddr> =
            self.sockets.addresses().filter(|bound| !addresses.contains(&bound.ip())).collect();
        for local in gone {
            self.leave(local);
        }
        for relay in self.relays.lost(&interfaces::all()) {
            self.end_relay(relay);
        }
    }

    /// Looks for what is not known yet; asks the servers again.
    pub(super) async fn collect(&mut self, addresses: &[IpAddr]) {
        for server in &self.gatherer.turn_servers {
            self.relays.ask(server);
        }
        if !self.gatherer.relay_only {
            self.collect_own(addresses).await;
        }
        self.finish_gathering();
    }

    /// Host and server-reflexive candidates.
    async fn collect_own(&mut self, addresses: &[IpAddr]) {
        for &address in addresses {
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

    pub(super) fn finish_gathering(&mut self) {
        let gatherer = &mut self.gatherer;
        let asks = gatherer.lookups > 0 || !gatherer.stun.is_idle() || !self.relays.is_idle();
        if gatherer.running && !asks {
            gatherer.running = false;
            self.outbox.event(self.pc, Event::Gathering { state: GatheringState::Complete });
        }
    }

    pub(super) fn add_local_candidate(&mut self, candidate: Candidate) {
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
        self.forget_candidate(|known| {
            known.kind() != CandidateKind::Relayed && known.local() == local
        });
    }

    /// Takes candidates back, and with them every pair that they are in.
    pub(super) fn forget_candidate(&mut self, gone: impl Fn(&Candidate) -> bool) {
        let (gone, kept) = std::mem::take(&mut self.gatherer.found).into_iter().partition(gone);
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
