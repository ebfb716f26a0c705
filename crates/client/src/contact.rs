//! A person's link, as text or QR code: `ringdove://attic.local:6503/Anna#key`.
//!
//! Whoever got it from that very person knows the right key before the first call. The key stands
//! in the fragment, which no browser sends to a server.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use ringdove_protocol::{DeviceKey, Name};

use crate::address::server_address;

/// The longest link that is read, in bytes.
pub(crate) const LENGTH_MAX: usize = 2048;

const SCHEME: &str = "ringdove://";

/// What a path's segment may not hold (RFC 3986, section 3.3), and `'`, which chat programs take
/// for the end of a link.
pub(crate) const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'\'')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`');

/// Somebody on a server, and the key to know them by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    /// As [`scope`] gives it.
    pub(crate) server: String,
    pub(crate) name: Name,
    pub(crate) account: DeviceKey,
}

/// What of a server's address stands for the server: all but `ws` or `wss`.
pub(crate) fn scope(address: &str) -> &str {
    address.split_once("://").map_or(address, |(_, rest)| rest)
}

impl Contact {
    /// The link.
    pub(crate) fn to_link(&self) -> String {
        let name = utf8_percent_encode(self.name.as_str(), ESCAPED);
        format!("{SCHEME}{}{name}#{}", self.server, self.account)
    }

    /// Reads a link; none if it is not one.
    pub(crate) fn parse(link: &str) -> Option<Self> {
        let link = link.trim();
        let (scheme, rest) = link.split_at_checked(SCHEME.len())?;
        if link.len() > LENGTH_MAX || !scheme.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        let (place, key) = rest.split_once('#')?;
        let (server, name) = place.split_at_checked(place.rfind('/')? + 1)?;
        let name = percent_decode_str(name).decode_utf8().ok()?;
        Some(Self {
            server: scope(&server_address(&format!("wss://{server}"))?).to_owned(),
            name: Name::parse(&name).ok()?,
            account: DeviceKey::parse(key).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_link_is_read_back() {
        for server in ["attic.local:6503/", "[::1]:7000/", "call.example/dove/"] {
            for name in ["Anna", "Jörg O'Neill", "A.b_c-d"] {
                let contact = Contact {
                    server: server.to_owned(),
                    name: Name::parse(name).unwrap(),
                    account: DeviceKey::from_bytes([7; 32]),
                };
                let link = contact.to_link();
                assert!(link.is_ascii() || name.contains('ö'), "{link}");
                assert_eq!(Contact::parse(&format!(" {link}\n")), Some(contact), "{link}");
            }
        }
    }

    #[test]
    fn anything_else_is_none() {
        let key = DeviceKey::from_bytes([7; 32]);
        for link in [
            String::new(),
            "ringdove://".to_owned(),
            format!("ringdove:attic/Anna#{key}"),
            format!("https://attic/Anna#{key}"),
            format!("ringdove://attic#{key}"),
            format!("ringdove://attic/#{key}"),
            format!("ringdove:///Anna#{key}"),
            format!("ringdove://attic/An%00na#{key}"),
            format!("ringdove://attic/Anna%FF#{key}"),
            format!("ringdove://at tic/Anna#{key}"),
            format!("ringdove://user@attic/Anna#{key}"),
            "ringdove://attic/Anna".to_owned(),
            "ringdove://attic/Anna#short".to_owned(),
            format!("ringdove://attic/{}#{key}", "A".repeat(3000)),
            format!("--ringdove://attic/Anna#{key}"),
        ] {
            assert_eq!(Contact::parse(&link), None, "{link:?}");
        }
    }
}
