//! The TURN client (RFC 8656) of one allocation, without IO: messages and times go in, messages
//! come out. The protocol is `turn-client-proto`'s; what is here decides on permissions and
//! channels.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use turn_client_proto::api::{TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet};
use turn_client_proto::prelude::{DelayedTransmitBuild, TurnClientApi};
use turn_client_proto::stun::Instant as ProtoInstant;
use turn_client_proto::stun::agent::Transmit;
use turn_client_proto::stun::types::attribute::ErrorCode;
use turn_client_proto::stun::types::message::{Message, MessageClass, TransactionId};
use turn_client_proto::tcp::TurnClientTcp;
use turn_client_proto::types::{TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

use super::Credentials;

turn_client_proto::impl_client!(pub(super) Protocol, (Udp, TurnClientUdp), (Tcp, TurnClientTcp));

/// Datagrams that wait for a permission; checks of ICE come again anyway.
const MOST_WAITING: usize = 32;
/// Peers that get a channel. A call has one; the others are what ICE tried.
const MOST_CHANNELS: usize = 32;
/// RFC 8489 6.2.1, but given up after 5.5 s: a server that is slower is no use for a call.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const SENDINGS: u32 = 4;
const LAST_WAIT: Duration = Duration::from_secs(2);

/// What is to be done next.
#[derive(Debug)]
pub(super) enum Step {
    Allocated(SocketAddr),
    /// The allocation is gone, or never came to be.
    Ended,
    Send(Vec<u8>),
    Wait(Instant),
}

pub(super) struct Client {
    protocol: Protocol,
    local: SocketAddr,
    server: SocketAddr,
    base: Instant,
    /// For peers whose permission is being created.
    waiting: VecDeque<(SocketAddr, Vec<u8>)>,
    ready: VecDeque<Vec<u8>>,
    /// Peers for which a channel was asked for, once.
    channels: HashSet<SocketAddr>,
    /// The last ERROR-CODE that the server sent (RFC 8489 14.8).
    error: Option<(u16, String)>,
    authentication: Authentication,
}

/// How far the long-term credential mechanism has come (RFC 8489 9.2.5).
///
/// `turn-client-proto` ignores refusals without MESSAGE-INTEGRITY, and so waits in vain: servers
/// cannot sign for somebody whose password they do not share.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Authentication {
    Begun,
    /// The server has told realm and nonce in the answer to this transaction.
    Challenged(TransactionId),
    Refused,
    Done,
}

impl Client {
    /// Begins an allocation of an IPv4 relay for UDP, what every server gives.
    /// `is_stream` says whether TCP or TLS lies between `local` and `server`, or UDP.
    pub(super) fn new(
        local: SocketAddr,
        server: SocketAddr,
        is_stream: bool,
        credentials: &Credentials,
        now: Instant,
    ) -> Self {
        let mut config =
            TurnConfig::new(TurnCredentials::new(&credentials.username, &credentials.credential));
        config.set_request_retransmits(FIRST_WAIT, LONGEST_WAIT, SENDINGS, LAST_WAIT);
        let protocol = if is_stream {
            Protocol::Tcp(TurnClientTcp::allocate(local, server, config))
        } else {
            Protocol::Udp(TurnClientUdp::allocate(local, server, config))
        };
        Self {
            protocol,
            local,
            server,
            base: now,
            waiting: VecDeque::new(),
            ready: VecDeque::new(),
            channels: HashSet::new(),
            error: None,
            authentication: Authentication::Begun,
        }
    }

    /// Code and reason of the server's last refusal.
    pub(super) fn error(&self) -> Option<(u16, &str)> {
        self.error.as_ref().map(|(code, reason)| (*code, reason.as_str()))
    }

    /// Takes a message of the server; gives a peer's datagram if it carries one.
    pub(super) fn receive(
        &mut self,
        message: Vec<u8>,
        now: Instant,
    ) -> Option<(SocketAddr, Vec<u8>)> {
        self.note_error(&message);
        let now = self.at(now);
        let transport = self.protocol.transport();
        let transmit = Transmit::new(message, transport, self.server, self.local);
        match self.protocol.recv(transmit, now) {
            TurnRecvRet::PeerData(data) => Some((data.peer, data.data().to_vec())),
            TurnRecvRet::Handled | TurnRecvRet::Ignored(_) | TurnRecvRet::PeerIcmp { .. } => None,
        }
    }

    /// Sends a datagram to a peer, with the next steps.
    pub(super) fn send(&mut self, peer: SocketAddr, datagram: Vec<u8>, now: Instant) {
        let proto_now = self.at(now);
        if !self.protocol.have_permission(TransportType::Udp, peer.ip()) {
            // That it is being created already is no error; without an allocation there is nobody
            // to send to.
            let _ = self.protocol.create_permission(TransportType::Udp, peer.ip(), proto_now);
            if self.waiting.len() == MOST_WAITING {
                self.waiting.pop_front();
            }
            self.waiting.push_back((peer, datagram));
            return;
        }
        // What is no STUN (RFC 7983) goes over the pair that ICE chose: worth a channel, which
        // costs 4 bytes a datagram and not 36.
        let is_stun = datagram.first().is_none_or(|first| *first < 4);
        if !is_stun && self.channels.len() < MOST_CHANNELS && self.channels.insert(peer) {
            // Without a channel, the datagrams go as Send indications.
            let _ = self.protocol.bind_channel(TransportType::Udp, peer, proto_now);
        }
        let sent = self.protocol.send_to(TransportType::Udp, peer, datagram, proto_now);
        if let Ok(Some(transmit)) = sent {
            self.ready.push_back(transmit.data.build());
        }
    }

    /// Gives the allocation up (RFC 8656 7: a refresh with a lifetime of 0); `Ended` follows when
    /// the server has answered.
    pub(super) fn delete(&mut self, now: Instant) {
        // There may be none any more.
        let _ = self.protocol.delete(self.at(now));
    }

    /// To be called until it gives `Wait` or `Ended`.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        let proto_now = self.at(now);
        if self.authentication == Authentication::Refused {
            return Step::Ended;
        }
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Step::Send(message);
            }
            if let Some(transmit) = self.protocol.poll_transmit(proto_now) {
                return Step::Send(transmit.data.to_vec());
            }
            if let Some(event) = self.protocol.poll_event() {
                if let Some(step) = self.event(event, now) {
                    return step;
                }
                continue;
            }
            return match self.protocol.poll(proto_now) {
                TurnPollRet::WaitUntil(at) if at > proto_now => Step::Wait(at.to_std(self.base)),
                // It has noticed something, as that a transaction has no answer; never a busy loop.
                TurnPollRet::WaitUntil(_)
                | TurnPollRet::AllocateTcpSocket { .. }
                | TurnPollRet::TcpClose { .. } => Step::Wait(now + Duration::from_millis(5)),
                TurnPollRet::Closed => Step::Ended,
            };
        }
    }

    fn event(&mut self, event: TurnEvent, now: Instant) -> Option<Step> {
        match event {
            TurnEvent::AllocationCreated(_, relayed) => {
                self.authentication = Authentication::Done;
                return Some(Step::Allocated(relayed));
            }
            TurnEvent::AllocationCreateFailed(_) => return Some(Step::Ended),
            TurnEvent::PermissionCreated(_, ip) => {
                let (go, wait) = std::mem::take(&mut self.waiting)
                    .into_iter()
                    .partition::<VecDeque<_>, _>(|(peer, _)| peer.ip() == ip);
                self.waiting = wait;
                for (peer, datagram) in go {
                    self.send(peer, datagram, now);
                }
            }
            TurnEvent::PermissionCreateFailed(_, ip) => {
                tracing::debug!(error = ?self.error, "a TURN server gives no permission");
                self.waiting.retain(|(peer, _)| peer.ip() != ip);
            }
            TurnEvent::ChannelCreateFailed(..) => {
                tracing::debug!(error = ?self.error, "a TURN server gives no channel");
            }
            TurnEvent::ChannelCreated(..)
            | TurnEvent::TcpConnected(_)
            | TurnEvent::TcpConnectFailed(_) => {}
        }
        None
    }

    fn note_error(&mut self, message: &[u8]) {
        let Ok(message) = Message::from_bytes(message) else { return };
        if !message.has_class(MessageClass::Error) {
            return;
        }
        let Ok(error) = message.attribute::<ErrorCode>() else { return };
        let (code, transaction) = (error.code(), message.transaction_id());
        self.error = Some((code, error.reason().chars().take(128).collect()));
        self.authentication = match self.authentication {
            Authentication::Begun if code == ErrorCode::UNAUTHORIZED => {
                Authentication::Challenged(transaction)
            }
            // A second answer to the first request, which was sent twice.
            Authentication::Challenged(first) if first == transaction => return,
            Authentication::Begun | Authentication::Challenged(_)
                if code != ErrorCode::STALE_NONCE =>
            {
                Authentication::Refused
            }
            same @ (Authentication::Begun
            | Authentication::Challenged(_)
            | Authentication::Refused
            | Authentication::Done) => same,
        };
    }

    fn at(&self, now: Instant) -> ProtoInstant {
        let nanos = now.saturating_duration_since(self.base).as_nanos();
        ProtoInstant::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}
