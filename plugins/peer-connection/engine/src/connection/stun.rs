//! A STUN client for server-reflexive candidates (RFC 8489 binding requests, RFC 8445 5.1.1.2).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

/// RFC 8489 6.2.1: the first retransmission after 500 ms, then each after twice the time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Sent at 0, 0.5, 1.5 and 3.5 s; given up at 7.5 s. RFC 8489 would go on to 39.5 s, longer than a
/// call waits.
const TRIES: u32 = 4;
const MAGIC: [u8; 4] = 0x2112_A442u32.to_be_bytes();

type Transaction = [u8; 12];

/// A request that is to be sent (again) now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) local: SocketAddr,
    pub(super) server: SocketAddr,
    pub(super) bytes: [u8; 20],
}

/// The requests that have no answer yet.
#[derive(Debug, Default)]
pub(super) struct StunClient {
    pending: HashMap<Transaction, Pending>,
}

#[derive(Debug)]
struct Pending {
    local: SocketAddr,
    server: SocketAddr,
    tries: u32,
    due: Instant,
}

impl StunClient {
    /// Asks `server` which address it sees for the socket `local`.
    pub(super) fn ask(&mut self, local: SocketAddr, server: SocketAddr, now: Instant) {
        let mut transaction = Transaction::default();
        if getrandom::fill(&mut transaction).is_ok() {
            self.pending.insert(transaction, Pending { local, server, tries: 0, due: now });
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.pending.values().map(|pending| pending.due).min()
    }

    /// The requests that are due; those that had all their tries are forgotten.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Request> {
        self.pending.retain(|_, pending| pending.due > now || pending.tries < TRIES);
        let mut requests = Vec::new();
        for (transaction, pending) in &mut self.pending {
            if pending.due <= now {
                pending.due = now + FIRST_WAIT * 2u32.pow(pending.tries);
                pending.tries += 1;
                let bytes = request(*transaction);
                requests.push(Request { local: pending.local, server: pending.server, bytes });
            }
        }
        requests
    }

    /// The local and the mapped address, if `bytes` answers a request of ours; `Some(None)` if it
    /// refuses it.
    #[allow(clippy::type_complexity, reason = "a pair of addresses needs no type")]
    pub(super) fn answer(
        &mut self,
        source: SocketAddr,
        local: SocketAddr,
        bytes: &[u8],
    ) -> Option<Option<(SocketAddr, SocketAddr)>> {
        let transaction: Transaction = bytes.get(8..20)?.try_into().ok()?;
        let pending = self.pending.get(&transaction)?;
        if pending.server != source || pending.local != local {
            return None;
        }
        self.pending.remove(&transaction);
        Some(mapped_address(bytes, &transaction).map(|mapped| (local, mapped)))
    }
}

/// A binding request without attributes (RFC 8489 5).
fn request(transaction: Transaction) -> [u8; 20] {
    let mut bytes = [0; 20];
    bytes[1] = 1;
    bytes[4..8].copy_from_slice(&MAGIC);
    bytes[8..].copy_from_slice(&transaction);
    bytes
}

/// The XOR-MAPPED-ADDRESS of a binding success response, or the MAPPED-ADDRESS of an old server
/// (RFC 8489 14.1, 14.2). str0m's parser is for checks of ICE and takes no response without
/// MESSAGE-INTEGRITY.
fn mapped_address(message: &[u8], transaction: &Transaction) -> Option<SocketAddr> {
    const SUCCESS: u16 = 0x0101;
    const MAPPED_ADDRESS: u16 = 0x0001;
    const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    let (head, attributes) = message.split_at_checked(20)?;
    if u16_at(head, 0)? != SUCCESS || head.get(4..8)? != MAGIC {
        return None;
    }
    let mut attributes = attributes.get(..usize::from(u16_at(head, 2)?))?;
    let mut mapped = None;
    while attributes.len() >= 4 {
        let length = usize::from(u16_at(attributes, 2)?);
        let value = attributes.get(4..4 + length)?;
        match u16_at(attributes, 0)? {
            XOR_MAPPED_ADDRESS => {
                let mut mask = [0; 16];
                mask[..4].copy_from_slice(&MAGIC);
                mask[4..].copy_from_slice(transaction);
                return address(value, mask);
            }
            MAPPED_ADDRESS => mapped = address(value, [0; 16]),
            _ => {}
        }
        attributes = attributes.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
    }
    mapped
}

fn address(value: &[u8], mask: [u8; 16]) -> Option<SocketAddr> {
    let port = u16_at(value, 2)? ^ u16_at(&mask, 0)?;
    let bytes = value.get(4..)?;
    let ip = match value.get(1)? {
        1 => {
            let mut ip: [u8; 4] = bytes.try_into().ok()?;
            ip.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
            IpAddr::V4(Ipv4Addr::from(ip))
        }
        2 => {
            let mut ip: [u8; 16] = bytes.try_into().ok()?;
            ip.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
            IpAddr::V6(Ipv6Addr::from(ip))
        }
        _ => return None,
    };
    (port != 0 && !ip.is_unspecified()).then(|| SocketAddr::new(ip, port))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const LOCAL: &str = "192.0.2.1:4000";
    const SERVER: &str = "198.51.100.1:3478";

    #[test]
    fn asks_again_and_gives_up() {
        let mut client = StunClient::default();
        let mut now = Instant::now();
        client.ask(LOCAL.parse().unwrap(), SERVER.parse().unwrap(), now);
        let mut sent = 0;
        while let Some(due) = client.next_due() {
            now = now.max(due);
            sent += client.due(now).len();
        }
        assert_eq!(sent, 4);
        assert!(client.is_idle());
    }

    #[test]
    fn takes_the_mapped_address_from_the_asked_server_only() {
        let (local, server) = (LOCAL.parse().unwrap(), SERVER.parse().unwrap());
        let mut client = StunClient::default();
        client.ask(local, server, Instant::now());
        let request = client.due(Instant::now()).remove(0);
        // XOR-MAPPED-ADDRESS 203.0.113.7:5000 (RFC 8489 14.2).
        let mut reply = vec![1, 1, 0, 12];
        reply.extend(&request.bytes[4..]);
        reply.extend([0, 0x20, 0, 8, 0, 1]);
        reply.extend((5000u16 ^ 0x2112).to_be_bytes());
        reply.extend([203 ^ 0x21, 0x12, 113 ^ 0xA4, 7 ^ 0x42]);
        assert_eq!(client.answer(LOCAL.parse().unwrap(), local, &reply), None);
        let answer = client.answer(server, local, &reply);
        assert_eq!(answer, Some(Some((local, "203.0.113.7:5000".parse().unwrap()))));
        assert!(client.is_idle());
        for length in 0..reply.len() {
            assert_eq!(mapped_address(&reply[..length], &[0; 12]), None);
        }
    }
}
