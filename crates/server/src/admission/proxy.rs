//! Who a connection through a proxy really comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

/// The proxies that are believed.
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    /// Their addresses; nobody else's headers count.
    pub networks: Vec<IpNet>,
    /// Where they name the client: `forwarded` (RFC 7239), or a header that holds addresses with
    /// commas between, such as `x-forwarded-for` or `x-real-ip`.
    pub client_header: HeaderName,
}

impl Default for TrustedProxies {
    /// None.
    fn default() -> Self {
        Self { networks: Vec::new(), client_header: HeaderName::from_static("x-forwarded-for") }
    }
}

impl TrustedProxies {
    pub(crate) fn include(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The client of a request that came from a trusted proxy: of the chain, the last that is no
    /// trusted proxy itself. What stands before it could be the client's own invention.
    pub(crate) fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines: Vec<&str> = headers
            .get_all(&self.client_header)
            .into_iter()
            .map(|line| line.to_str().ok())
            .collect::<Option<_>>()?;
        let mut client = None;
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let address = if self.client_header == header::FORWARDED {
                address(forwarded_for(hop)?)?
            } else {
                address(hop)?
            };
            client = Some(address);
            if !self.include(address) {
                break;
            }
        }
        client
    }
}

/// The `for` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn client(name: &'static str, lines: &[&str]) -> Option<String> {
        let proxies = TrustedProxies {
            networks: vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
            client_header: HeaderName::from_static(name),
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        proxies.client(&headers).map(|address| address.to_string())
    }

    #[test]
    fn the_last_stranger_is_the_client() {
        for (lines, found) in [
            (&["203.0.113.7"][..], Some("203.0.113.7")),
            (&["1.1.1.1, 203.0.113.7"], Some("203.0.113.7")),
            (&["1.1.1.1, 203.0.113.7, 10.0.0.2"], Some("203.0.113.7")),
            (&["1.1.1.1", "203.0.113.7 ,10.0.0.2"], Some("203.0.113.7")),
            (&["10.0.0.3, 10.0.0.2"], Some("10.0.0.3")),
            (&["203.0.113.7:4711"], Some("203.0.113.7")),
            (&["[2001:db8::1]:80"], Some("2001:db8::1")),
            (&["::ffff:203.0.113.7"], Some("203.0.113.7")),
            (&["nonsense"], None),
            (&["nonsense, 203.0.113.7"], Some("203.0.113.7")),
            (&["203.0.113.7, nonsense"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(client("x-forwarded-for", lines).as_deref(), found, "{lines:?}");
        }
    }

    #[test]
    fn rfc_7239_is_read() {
        for (line, found) in [
            ("for=203.0.113.7;proto=https", Some("203.0.113.7")),
            (r#"by=10.0.0.1; For="[2001:db8:cafe::17]:4711""#, Some("2001:db8:cafe::17")),
            ("for=1.1.1.1, for=203.0.113.7, for=10.0.0.2", Some("203.0.113.7")),
            ("for=_hidden", None),
            ("proto=https", None),
        ] {
            assert_eq!(client("forwarded", &[line]).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn both_writings_of_a_proxys_address_count() {
        let networks = vec!["127.0.0.1/32".parse().unwrap()];
        let proxies = TrustedProxies { networks, ..TrustedProxies::default() };
        assert!(proxies.include("127.0.0.1".parse().unwrap()));
        assert!(proxies.include("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!proxies.include("127.0.0.2".parse().unwrap()));
    }
}
