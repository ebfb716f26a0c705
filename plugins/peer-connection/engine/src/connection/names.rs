//! Remote candidates that hide their address behind a name of multicast DNS
//! (draft-ietf-mmusic-mdns-ice-candidates): asked for once, and left out where nobody answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::mdns::LocalName;
use super::{Connection, interfaces};

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const PORT: u16 = 5353;
/// Asked again after each of these times; RFC 6762 5.2 wants a second between two questions.
const TRIES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(1)];
/// Names that are asked for at once; a remote with more has its others left out.
const MOST_NAMES: usize = 16;

/// A candidate whose name has got an address, if one.
#[derive(Debug)]
pub(super) struct Named {
    candidate: Option<String>,
    ufrag: Option<String>,
}

/// The questions of one connection that have no answer yet.
pub(super) struct Names {
    asking: usize,
    found: mpsc::Sender<Named>,
}

impl Names {
    pub(super) fn new() -> (Self, mpsc::Receiver<Named>) {
        let (found, names) = mpsc::channel(MOST_NAMES);
        (Self { asking: 0, found }, names)
    }
}

/// The place of the connection-address in a candidate line (RFC 8839 5.1).
const ADDRESS: usize = 4;

/// The name that stands for a candidate's address, if one may be asked for.
pub(super) fn name_of(candidate: &str) -> Option<LocalName> {
    LocalName::parse(candidate.split_ascii_whitespace().nth(ADDRESS)?)
}

impl Connection {
    /// Takes the candidate when its name is resolved; until then, and without an answer, it is as
    /// if there were none.
    pub(super) fn resolve_candidate(
        &mut self,
        candidate: &str,
        name: LocalName,
        ufrag: Option<String>,
    ) {
        if self.names.asking >= MOST_NAMES {
            tracing::debug!(pc = self.pc, "too many names wait");
            return;
        }
        self.names.asking += 1;
        let found = self.names.found.clone();
        let candidate = candidate.to_owned();
        tokio::spawn(async move {
            let address = resolve(&name).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "multicast DNS cannot be spoken");
                None
            });
            let candidate = address.map(|address| {
                let mut parts: Vec<&str> = candidate.split_ascii_whitespace().collect();
                let address = address.to_string();
                parts[ADDRESS] = &address;
                parts.join(" ")
            });
            // The connection may be gone.
            let _ = found.send(Named { candidate, ufrag }).await;
        });
    }

    pub(super) fn named(&mut self, named: Named) {
        self.names.asking = self.names.asking.saturating_sub(1);
        if let Some(candidate) = named.candidate
            && let Err(failure) = self.add_remote_candidate(&candidate, named.ufrag)
        {
            tracing::debug!(pc = self.pc, message = failure.message, "a named candidate");
        }
    }
}

async fn resolve(name: &LocalName) -> io::Result<Option<IpAddr>> {
    let interfaces: Vec<Ipv4Addr> = interfaces::addresses()
        .into_iter()
        .filter_map(|address| match address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        })
        .collect();
    let socket = open(&interfaces)?;
    let query = name.query();
    for time in TRIES {
        for interface in &interfaces {
            let sent = socket2::SockRef::from(&socket).set_multicast_if_v4(interface);
            if let Err(error) = sent.and(socket.send_to(&query, (GROUP, PORT)).await.map(drop)) {
                tracing::debug!(%error, "an interface takes no multicast");
            }
        }
        let answered = timeout(time, async {
            let mut buffer = [0; 9000]; // RFC 6762 17
            loop {
                let (length, _) = socket.recv_from(&mut buffer).await?;
                if let Some(address) = name.answer(&buffer[..length]) {
                    return io::Result::Ok(address);
                }
            }
        });
        if let Ok(address) = answered.await {
            return address.map(Some);
        }
    }
    Ok(None)
}

/// A socket that hears what is multicast to everybody, as browsers answer; beside a responder of
/// the system, which has the same port.
fn open(interfaces: &[Ipv4Addr]) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    let local = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, PORT));
    if socket.bind(&SockAddr::from(local)).is_err() {
        // Somebody has the port for himself. From another one, answers come back to it alone (RFC
        // 6762 6.7).
        socket.bind(&SockAddr::from(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)))?;
    }
    for interface in interfaces {
        if let Err(error) = socket.join_multicast_v4(&GROUP, interface) {
            tracing::debug!(%error, "an interface has no multicast");
        }
    }
    UdpSocket::from_std(socket.into())
}
