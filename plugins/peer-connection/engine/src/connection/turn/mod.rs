//! Relayed candidates (RFC 8656, RFC 8445 5.1.1.2): one allocation for each TURN server, each with a
//! task of its own, so that a slow or dead server costs only its own candidate.

mod client;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod task;
mod transport;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use str0m::{Candidate, CandidateKind};
use tokio::sync::mpsc;

use super::Connection;
use super::server_url::{ServerKind, ServerUrl, Transport};
use super::sockets::Packet;
use crate::trust::Trust;
use crate::wire::{Event, IceServer};
use task::Task;

/// Allocations at once: those of the servers before and after a change of the configuration.
const MOST_RELAYS: usize = 8;
/// Datagrams that may wait for one relay; as many as may wait from the network.
const WAITING: usize = 2048;
/// RFC 8489 14.3: a username has fewer than 509 bytes.
const LONGEST_USERNAME: usize = 508;
/// W3C WebRTC 4.8.2: no address of this client reaches the server.
const UNREACHABLE: u16 = 701;

/// A TURN server as the page named it; the same one is not asked twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// As the page wrote it, for events.
    text: String,
    url: ServerUrl,
    transport: Transport,
    credentials: Credentials,
}

/// RFC 8489 9.2, the long-term credential mechanism.
#[derive(Clone, PartialEq, Eq)]
struct Credentials {
    username: String,
    credential: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// The TURN servers among a page's ICE servers; what is malformed or not spoken is left out.
pub(super) fn servers(servers: &[IceServer]) -> impl Iterator<Item = Server> {
    servers.iter().flat_map(|server| {
        let username = server.username.clone().unwrap_or_default();
        let credential = server.credential.clone().unwrap_or_default();
        server.urls.iter().filter_map(move |text| {
            let url = ServerUrl::parse(text)?;
            let ServerKind::Turn(transport) = url.kind else { return None };
            if username.is_empty() || username.len() > LONGEST_USERNAME {
                return None;
            }
            let (username, credential) = (username.clone(), credential.clone());
            let credentials = Credentials { username, credential };
            Some(Server { text: text.to_owned(), url, transport, credentials })
        })
    })
}

/// What goes to a peer through a relay.
struct Datagram {
    peer: SocketAddr,
    bytes: Vec<u8>,
}

/// What a relay's task tells.
#[derive(Debug)]
pub(super) enum FromRelay {
    Allocated {
        relay: u32,
        relayed: SocketAddr,
        local: SocketAddr,
    },
    /// There was an allocation, and is none any more.
    Ended {
        relay: u32,
    },
    /// There is no allocation.
    Failed {
        relay: u32,
        error: RelayError,
    },
}

#[derive(Debug)]
pub(super) struct RelayError {
    local: Option<SocketAddr>,
    /// The server's (RFC 8656 19), or [`UNREACHABLE`].
    code: u16,
    text: String,
}

impl RelayError {
    fn unreachable(local: Option<SocketAddr>, text: String) -> Self {
        Self { local, code: UNREACHABLE, text }
    }
}

/// The allocations of one connection. Dropping it gives them back.
pub(super) struct Relays {
    running: HashMap<u32, Relay>,
    /// By the relayed address, from which str0m sends.
    allocated: HashMap<SocketAddr, u32>,
    next: u32,
    trust: Arc<Trust>,
    packets: mpsc::Sender<Packet>,
    events: mpsc::Sender<FromRelay>,
}

struct Relay {
    server: Server,
    to_peers: mpsc::Sender<Datagram>,
    /// Relayed and own address, once allocated.
    allocated: Option<(SocketAddr, SocketAddr)>,
}

impl Relays {
    /// What peers send comes through `packets`, addressed to the relayed address.
    pub(super) fn new(
        trust: Arc<Trust>,
        packets: mpsc::Sender<Packet>,
    ) -> (Self, mpsc::Receiver<FromRelay>) {
        let (events, from_relays) = mpsc::channel(MOST_RELAYS);
        let (running, allocated) = (HashMap::new(), HashMap::new());
        (Self { running, allocated, next: 0, trust, packets, events }, from_relays)
    }

    /// Whether no server is still being asked.
    pub(super) fn is_idle(&self) -> bool {
        self.running.values().all(|relay| relay.allocated.is_some())
    }

    /// Asks the server for an allocation, unless it has been.
    pub(super) fn ask(&mut self, server: &Server) {
        let known = self.running.values().any(|relay| relay.server == *server);
        if known || self.running.len() >= MOST_RELAYS {
            return;
        }
        let relay = self.next;
        self.next = self.next.wrapping_add(1);
        let (to_peers, datagrams) = mpsc::channel(WAITING);
        let task = Task {
            relay,
            server: server.clone(),
            trust: Arc::clone(&self.trust),
            to_peers: datagrams,
            packets: self.packets.clone(),
            events: self.events.clone(),
        };
        let running = tokio::spawn(task.run());
        let events = self.events.clone();
        tokio::spawn(async move {
            if running.await.is_err_and(|error| error.is_panic()) {
                tracing::error!("the task of a relay panicked");
                let error = RelayError::unreachable(None, "the TURN client panicked".into());
                // The connection may be gone.
                let _ = events.send(FromRelay::Failed { relay, error }).await;
            }
        });
        let server = server.clone();
        self.running.insert(relay, Relay { server, to_peers, allocated: None });
    }

    /// The allocations to whose servers the way is gone, with the address from which it went.
    pub(super) fn lost(&self, addresses: &[IpAddr]) -> Vec<u32> {
        let is_lost = |relay: &Relay| {
            relay.allocated.is_some_and(|(_, local)| !addresses.contains(&local.ip()))
        };
        self.running.iter().filter(|(_, relay)| is_lost(relay)).map(|(id, _)| *id).collect()
    }

    /// Whether `source` is a relayed address; then the datagram is on its way, or lost as a network
    /// may lose it.
    pub(super) fn send(&self, source: SocketAddr, peer: SocketAddr, bytes: &[u8]) -> bool {
        let Some(relay) = self.allocated.get(&source).and_then(|id| self.running.get(id)) else {
            return false;
        };
        if relay.to_peers.try_send(Datagram { peer, bytes: bytes.to_vec() }).is_err() {
            tracing::trace!("a datagram was not relayed");
        }
        true
    }
}

impl Connection {
    pub(super) fn relay_event(&mut self, event: FromRelay) {
        match event {
            FromRelay::Allocated { relay, relayed, local } => {
                let Some(running) = self.relays.running.get_mut(&relay) else { return };
                match Candidate::relayed(relayed, local, "udp") {
                    Ok(candidate) => {
                        running.allocated = Some((relayed, local));
                        self.relays.allocated.insert(relayed, relay);
                        self.add_local_candidate(candidate);
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a TURN server gave an unusable address");
                        self.relays.running.remove(&relay);
                    }
                }
            }
            FromRelay::Ended { relay } => self.end_relay(relay),
            FromRelay::Failed { relay, error } => {
                if let Some(failed) = self.relays.running.get(&relay) {
                    self.outbox.event(
                        self.pc,
                        Event::CandidateError {
                            address: error.local.map(|local| local.ip().to_string()),
                            port: error.local.map(|local| local.port()),
                            url: &failed.server.text,
                            error_code: error.code,
                            error_text: &error.text,
                        },
                    );
                }
                self.end_relay(relay);
            }
        }
        self.finish_gathering();
    }

    pub(super) fn end_relay(&mut self, relay: u32) {
        let Some(gone) = self.relays.running.remove(&relay) else { return };
        if let Some((relayed, _)) = gone.allocated {
            self.relays.allocated.remove(&relayed);
            self.forget_candidate(|known| {
                known.kind() == CandidateKind::Relayed && known.addr() == relayed
            });
        }
    }
}
