//! Who may take a name that nobody has.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use axum::http::{HeaderMap, HeaderName};
use ringdove_protocol::Name;

use crate::accounts::{InviteCode, InviteHash};

/// Who may take a name that nobody has. A device whose name is stored already is always welcome,
/// but for [`Self::Header`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinPolicy {
    /// Everybody.
    Open,
    /// Whoever has a code that was not used.
    Invite,
    /// Whoever a trusted proxy names in this header, by that name alone.
    Header(HeaderName),
}

/// By what right somebody takes a first name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Everybody has it.
    Free,
    /// By a code.
    Code(InviteHash),
    /// By none; enough for whoever has a name.
    None,
    /// By something that is no code.
    Unreadable,
}

impl JoinPolicy {
    /// What suits an address to listen on: open where only this machine or a private network can
    /// come, by invitation where the whole internet can.
    pub fn suited_to(listen: SocketAddr) -> Self {
        let address =
            if listen.ip().is_unspecified() { outgoing_address() } else { Some(listen.ip()) };
        if address.is_some_and(is_public) { Self::Invite } else { Self::Open }
    }

    pub(crate) fn entry(&self, code: Option<&str>) -> Entry {
        match (self, code) {
            (Self::Open | Self::Header(_), _) => Entry::Free,
            (Self::Invite, None) => Entry::None,
            (Self::Invite, Some(code)) => {
                InviteCode::parse(code).map_or(Entry::Unreadable, |code| Entry::Code(code.hash()))
            }
        }
    }
}

/// The name in a header that stands there once.
pub(crate) fn vouched_name(headers: &HeaderMap, header: &HeaderName) -> Option<Name> {
    let mut values = headers.get_all(header).into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Name::parse(std::str::from_utf8(value.as_bytes()).ok()?).ok(),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

/// The address with which this machine would reach the internet. Nothing is sent.
fn outgoing_address() -> Option<IpAddr> {
    let towards = |own: &str, other: &str| {
        let socket = UdpSocket::bind((own, 0)).ok()?;
        // Addresses for documentation (RFC 5737, RFC 3849).
        socket.connect((other, 9)).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    };
    towards("0.0.0.0", "192.0.2.1").or_else(|| towards("::", "2001:db8::1"))
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            // RFC 6598: behind the provider's own translation.
            let shared = a == 100 && b & 0xc0 == 64;
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared)
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn only_public_addresses_ask_for_a_code() {
        for (listen, policy) in [
            ("127.0.0.1:6503", JoinPolicy::Open),
            ("192.168.1.20:6503", JoinPolicy::Open),
            ("100.64.0.1:6503", JoinPolicy::Open),
            ("[::1]:6503", JoinPolicy::Open),
            ("[fd00::1]:6503", JoinPolicy::Open),
            ("203.0.113.7:6503", JoinPolicy::Invite),
            ("[2001:db8::1]:6503", JoinPolicy::Invite),
            ("[::ffff:10.0.0.1]:6503", JoinPolicy::Open),
        ] {
            assert_eq!(JoinPolicy::suited_to(listen.parse().unwrap()), policy, "{listen}");
        }
    }

    #[test]
    fn a_header_counts_once_and_with_a_name() {
        let header = HeaderName::from_static("x-remote-user");
        let name = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(&header, axum::http::HeaderValue::from_bytes(value).unwrap());
            }
            vouched_name(&headers, &header).map(|name| name.to_string())
        };
        assert_eq!(name(&[b"Anna"]).as_deref(), Some("Anna"));
        assert_eq!(name(&["Zoë".as_bytes()]).as_deref(), Some("Zoë"));
        let refused: [&[&[u8]]; 5] = [&[], &[b"Anna", b"Ben"], &[b""], &[b"<b>"], &[b"\xff"]];
        for refused in refused {
            assert_eq!(name(refused), None, "{refused:?}");
        }
    }
}
