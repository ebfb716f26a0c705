//! One UDP socket for each local address; each has a task that reads, so that the loop has one
//! queue to wait on.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Datagrams that may wait for the loop: a whole window of SCTP (1 MiB), which comes at once because
/// str0m does not pace it. What the kernel holds on its own is a fifth of that.
const WAITING: usize = 2048;
/// Longer than any datagram that we take part in (RFC 8831 5 keeps SCTP below 1200 too).
const LONGEST: usize = 2048;

/// A datagram as it came.
#[derive(Debug)]
pub(super) struct Packet {
    pub(super) at: Instant,
    pub(super) source: SocketAddr,
    /// The socket's own address.
    pub(super) local: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

pub(super) struct Sockets {
    open: HashMap<SocketAddr, (Arc<UdpSocket>, AbortHandle)>,
    to_loop: mpsc::Sender<Packet>,
}

impl Sockets {
    pub(super) fn new() -> (Self, mpsc::Receiver<Packet>) {
        let (to_loop, packets) = mpsc::channel(WAITING);
        (Self { open: HashMap::new(), to_loop }, packets)
    }

    /// Where datagrams go that come by another way, as through a relay.
    pub(super) fn to_loop(&self) -> mpsc::Sender<Packet> {
        self.to_loop.clone()
    }

    /// The addresses that are bound, with their ports.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.open.keys().copied()
    }

    pub(super) fn has(&self, address: IpAddr) -> bool {
        self.open.keys().any(|bound| bound.ip() == address)
    }

    pub(super) async fn bind(&mut self, address: IpAddr) -> io::Result<SocketAddr> {
        let socket = Arc::new(UdpSocket::bind(SocketAddr::new(address, 0)).await?);
        let local = socket.local_addr()?;
        let reader = tokio::spawn(read(Arc::clone(&socket), local, self.to_loop.clone()));
        self.open.insert(local, (socket, reader.abort_handle()));
        Ok(local)
    }

    /// Closes a socket whose address the machine has no longer.
    pub(super) fn close(&mut self, local: SocketAddr) {
        if let Some((_, reader)) = self.open.remove(&local) {
            reader.abort();
        }
    }

    /// Sends, or loses the datagram as a network may: every protocol above repeats what matters.
    pub(super) async fn send(&self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) {
        let Some((socket, _)) = self.open.get(&source) else { return };
        let result = match socket.try_send_to(bytes, destination) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                socket.send_to(bytes, destination).await
            }
            result => result,
        };
        if let Err(error) = result {
            tracing::trace!(%error, "a datagram was not sent");
        }
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        for (_, reader) in self.open.values() {
            reader.abort();
        }
    }
}

async fn read(socket: Arc<UdpSocket>, local: SocketAddr, to_loop: mpsc::Sender<Packet>) {
    let mut buffer = [0; LONGEST];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, source)) => {
                let bytes = buffer[..length].to_vec();
                let packet = Packet { at: Instant::now(), source, local, bytes };
                if to_loop.send(packet).await.is_err() {
                    return;
                }
            }
            // An ICMP message about some earlier datagram; the socket is fine (and if not, this
            // must not spin).
            Err(error) => {
                tracing::trace!(%error, "a socket reported an error");
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    }
}
