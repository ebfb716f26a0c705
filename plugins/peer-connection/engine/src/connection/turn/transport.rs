//! The way to a TURN server: UDP, TCP or TLS, message by message.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::connection::server_url::Transport;
use crate::trust::Trust;

/// A stream that takes nothing for so long has a dead server behind it.
const STALLED: Duration = Duration::from_secs(5);

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open way to one server.
pub(super) struct Link {
    /// The client's own address, from which the server sees it without a NAT.
    pub(super) local: SocketAddr,
    pub(super) server: SocketAddr,
    io: Io,
}

enum Io {
    Datagrams(UdpSocket),
    Stream { stream: Box<dyn Duplex>, received: Vec<u8> },
}

impl Link {
    /// Opens a way to `server`, whose certificate must be `host`'s where TLS is spoken. Takes as
    /// long as the network does; an error is a text for people.
    pub(super) async fn open(
        transport: Transport,
        server: SocketAddr,
        host: &str,
        trust: &Trust,
    ) -> Result<Self, String> {
        let link = |local, io| Self { local, server, io };
        if transport == Transport::Udp {
            let any: IpAddr = match server {
                SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            let socket = UdpSocket::bind((any, 0)).await.map_err(text)?;
            // The system chooses the interface, and nobody else's datagrams are seen.
            socket.connect(server).await.map_err(text)?;
            let local = socket.local_addr().map_err(text)?;
            return Ok(link(local, Io::Datagrams(socket)));
        }
        let stream = TcpStream::connect(server).await.map_err(text)?;
        // Media must not wait for the acknowledgement of what went before.
        stream.set_nodelay(true).map_err(text)?;
        let local = stream.local_addr().map_err(text)?;
        let stream: Box<dyn Duplex> = if transport == Transport::Tls {
            let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
            let connector = TlsConnector::from(trust.client_config().await?);
            Box::new(connector.connect(name, stream).await.map_err(text)?)
        } else {
            Box::new(stream)
        };
        Ok(link(local, Io::Stream { stream, received: Vec::new() }))
    }

    /// Gives the next STUN or ChannelData message, without padding. Safe to cancel. After an error
    /// a stream is over; a datagram's error may be about an earlier one.
    pub(super) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match &mut self.io {
            Io::Datagrams(socket) => {
                let mut buffer = [0; 2048];
                let length = socket.recv(&mut buffer).await?;
                Ok(buffer[..length].to_vec())
            }
            Io::Stream { stream, received } => loop {
                if let Some(message) = take_message(received)? {
                    return Ok(message);
                }
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).await?;
                if length == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                received.extend_from_slice(&buffer[..length]);
            },
        }
    }

    /// Sends one message. An error means that the way is over: a datagram that cannot be sent is
    /// lost silently, as in any network.
    pub(super) async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match &mut self.io {
            Io::Datagrams(socket) => {
                if let Err(error) = socket.send(message).await {
                    tracing::trace!(%error, "a datagram was not sent to a TURN server");
                }
                Ok(())
            }
            Io::Stream { stream, .. } => {
                let mut padded = message.to_vec();
                // ChannelData is padded on a stream only (RFC 8656 12.5); STUN always is.
                padded.resize(message.len().next_multiple_of(4), 0);
                let sent = timeout(STALLED, async {
                    stream.write_all(&padded).await?;
                    stream.flush().await
                });
                sent.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
            }
        }
    }

    /// Whether an error of `receive` ends the link.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.io, Io::Stream { .. })
    }
}

/// Takes the first whole message out of a stream (RFC 8656 3.1, 12.5); an error is something that
/// is neither STUN nor ChannelData, after which no boundary can be found.
pub(super) fn take_message(received: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let Some(&[first, _, high, low]) = received.first_chunk::<4>() else { return Ok(None) };
    let said = usize::from(u16::from_be_bytes([high, low]));
    let (length, on_wire) = match first >> 6 {
        0 => (20 + said, 20 + said),
        1 => (4 + said, (4 + said).next_multiple_of(4)),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    if received.len() < on_wire {
        return Ok(None);
    }
    let rest = received.split_off(on_wire);
    let mut message = std::mem::replace(received, rest);
    message.truncate(length);
    Ok(Some(message))
}

fn text(error: io::Error) -> String {
    error.to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::take_message;

    #[test]
    fn messages_are_found_however_they_come() {
        let mut stun = vec![0, 1, 0, 4];
        stun.extend([7; 20]);
        let channel = [0x40, 0, 0, 5, 1, 2, 3, 4, 5];
        let wire = [stun.as_slice(), &channel, &[0, 0, 0], &stun].concat();
        for step in 1..wire.len() {
            let (mut received, mut found) = (Vec::new(), Vec::new());
            for piece in wire.chunks(step) {
                received.extend(piece);
                while let Some(message) = take_message(&mut received).unwrap() {
                    found.push(message);
                }
            }
            assert_eq!(found, [stun.clone(), channel.to_vec(), stun.clone()], "by {step}");
            assert!(received.is_empty());
        }
        assert!(take_message(&mut vec![0x80, 0, 0, 0]).is_err());
    }
}
