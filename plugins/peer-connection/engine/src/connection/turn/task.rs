//! The task of one allocation: opens the way to the server, allocates, carries datagrams, and gives
//! the allocation back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout};

use super::client::{Client, Step};
use super::transport::Link;
use super::{Datagram, FromRelay, RelayError, Server};
use crate::connection::sockets::Packet;
use crate::trust::Trust;

/// Resolving the server's name.
const LOOKUP: Duration = Duration::from_secs(5);
/// Connecting and allocating at one address: longer than the client's last wait for an answer.
const ATTEMPT: Duration = Duration::from_secs(6);
/// How long the server is given to confirm that the allocation is gone.
const FAREWELL: Duration = Duration::from_secs(1);
/// A server whose machine says for so long that nobody listens, and from which nothing comes, is
/// gone.
const REFUSED: Duration = Duration::from_secs(5);

/// What the task needs; all ends of its channels are bounded.
pub(super) struct Task {
    pub(super) relay: u32,
    pub(super) server: Server,
    pub(super) trust: Arc<Trust>,
    /// Ends with the connection.
    pub(super) to_peers: mpsc::Receiver<Datagram>,
    pub(super) packets: mpsc::Sender<Packet>,
    pub(super) events: mpsc::Sender<FromRelay>,
}

impl Task {
    /// Lives until the connection lets go of its end, or the server fails.
    pub(super) async fn run(mut self) {
        let relay = self.relay;
        let (link, client, relayed) = match self.allocate().await {
            Ok(allocated) => allocated,
            Err(error) => {
                let _ = self.events.send(FromRelay::Failed { relay, error }).await;
                return;
            }
        };
        let local = link.local;
        // Where nobody listens any more, `carry` sees that too, and gives the allocation back.
        let _ = self.events.send(FromRelay::Allocated { relay, relayed, local }).await;
        self.carry(link, client, relayed).await;
        let _ = self.events.send(FromRelay::Ended { relay }).await;
    }

    async fn allocate(&self) -> Result<(Link, Client, SocketAddr), RelayError> {
        let Server { url, .. } = &self.server;
        let found = timeout(LOOKUP, tokio::net::lookup_host((url.host.as_str(), url.port))).await;
        let addresses: Vec<SocketAddr> = match found {
            Ok(Ok(addresses)) => addresses.collect(),
            Ok(Err(error)) => return Err(RelayError::unreachable(None, error.to_string())),
            Err(_) => return Err(RelayError::unreachable(None, "the name has no answer".into())),
        };
        // One address of a family is enough: they are the same server.
        let first = addresses.first().copied();
        let other =
            addresses.iter().copied().find(|a| first.is_some_and(|f| a.is_ipv4() != f.is_ipv4()));
        let mut last = RelayError::unreachable(None, "the name has no address".into());
        for server in first.into_iter().chain(other) {
            let attempt = timeout(ATTEMPT, self.allocate_at(server)).await;
            match attempt.unwrap_or_else(|_| {
                Err(RelayError::unreachable(None, "the server does not answer in time".into()))
            }) {
                Ok(allocated) => return Ok(allocated),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn allocate_at(
        &self,
        server: SocketAddr,
    ) -> Result<(Link, Client, SocketAddr), RelayError> {
        let Server { transport, url, credentials, .. } = &self.server;
        let unreachable = |text| RelayError::unreachable(None, text);
        let mut link =
            Link::open(*transport, server, &url.host, &self.trust).await.map_err(unreachable)?;
        let local = Some(link.local);
        let (from, server, is_stream) = (link.local, link.server, link.is_stream());
        let mut client = Client::new(from, server, is_stream, credentials, Instant::now());
        loop {
            match client.step(Instant::now()) {
                Step::Allocated(relayed) => return Ok((link, client, relayed)),
                Step::Ended => {
                    return Err(match client.error() {
                        Some((code, reason)) => RelayError { local, code, text: reason.to_owned() },
                        None => RelayError::unreachable(local, "the server does not answer".into()),
                    });
                }
                Step::Send(message) => link
                    .send(&message)
                    .await
                    .map_err(|error| RelayError::unreachable(local, error.to_string()))?,
                Step::Wait(until) => tokio::select! {
                    received = link.receive() => match received {
                        Ok(message) => {
                            client.receive(message, Instant::now());
                        }
                        Err(error) if link.is_stream() => {
                            return Err(RelayError::unreachable(local, error.to_string()));
                        }
                        Err(_) => sleep(Duration::from_millis(5)).await,
                    },
                    () = sleep_until(until.into()) => {}
                },
            }
        }
    }

    async fn carry(&mut self, mut link: Link, mut client: Client, relayed: SocketAddr) {
        let mut given_up: Option<Instant> = None;
        let mut refused_since: Option<Instant> = None;
        loop {
            let until = match client.step(Instant::now()) {
                Step::Allocated(_) => continue,
                Step::Ended => return,
                Step::Send(message) => {
                    if let Err(error) = link.send(&message).await {
                        tracing::debug!(%error, "the way to a TURN server is broken");
                        return;
                    }
                    continue;
                }
                Step::Wait(until) => until,
            };
            if given_up.is_some_and(|at| at <= Instant::now()) {
                return;
            }
            let until = given_up.map_or(until, |at| at.min(until));
            tokio::select! {
                datagram = self.to_peers.recv(), if given_up.is_none() => match datagram {
                    Some(Datagram { peer, bytes }) => client.send(peer, bytes, Instant::now()),
                    None => {
                        client.delete(Instant::now());
                        given_up = Some(Instant::now() + FAREWELL);
                    }
                },
                received = link.receive() => match received {
                    Ok(message) => {
                        refused_since = None;
                        let at = Instant::now();
                        if let Some((source, bytes)) = client.receive(message, at) {
                            let packet = Packet { at, source, local: relayed, bytes };
                            // Full, it is lost: the server must be heard and the rest sent.
                            let _ = self.packets.try_send(packet);
                        }
                    }
                    Err(error) => {
                        let since = *refused_since.get_or_insert_with(Instant::now);
                        if link.is_stream() || since.elapsed() > REFUSED {
                            tracing::debug!(%error, "a TURN server is gone");
                            return;
                        }
                        sleep(Duration::from_millis(5)).await;
                    }
                },
                () = sleep_until(until.into()) => {}
            }
        }
    }
}
