//! URLs of ICE servers (RFC 7064 `stun:`, RFC 7065 `turn:` and `turns:`).

/// What a URL says. `stuns:`, and TURN over DTLS (`turns:…?transport=udp`), are not spoken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ServerUrl {
    pub(super) kind: ServerKind,
    /// A name or an address, the latter without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ServerKind {
    Stun,
    Turn(Transport),
}

/// What lies between the client and the TURN server; behind the server it is always UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Transport {
    Tcp,
    Tls,
    Udp,
}

impl ServerUrl {
    /// `None` for what is malformed or not spoken.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let (authority, query) = match rest.split_once('?') {
            Some((authority, query)) => (authority, Some(query.to_ascii_lowercase())),
            None => (rest, None),
        };
        let (kind, default_port) = match (scheme.to_ascii_lowercase().as_str(), query.as_deref()) {
            ("stun", _) => (ServerKind::Stun, 3478),
            ("turn", None | Some("transport=udp")) => (ServerKind::Turn(Transport::Udp), 3478),
            ("turn", Some("transport=tcp")) => (ServerKind::Turn(Transport::Tcp), 3478),
            ("turns", None | Some("transport=tcp")) => (ServerKind::Turn(Transport::Tls), 5349),
            _ => return None,
        };
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']')?;
                if port.is_empty() { (host, None) } else { (host, Some(port.strip_prefix(':')?)) }
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = port.map_or(Some(default_port), |port| port.parse().ok())?;
        (!host.is_empty() && port != 0).then(|| Self { kind, host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let parsed = |url| ServerUrl::parse(url).map(|u| (u.kind, u.host, u.port));
        let turn = ServerKind::Turn;
        for (url, kind, host, port) in [
            ("stun:a.example", ServerKind::Stun, "a.example", 3478),
            ("STUN:a.example:19302", ServerKind::Stun, "a.example", 19302),
            ("stun:[2001:db8::1]:5", ServerKind::Stun, "2001:db8::1", 5),
            ("turn:a.example", turn(Transport::Udp), "a.example", 3478),
            ("turn:a.example?transport=udp", turn(Transport::Udp), "a.example", 3478),
            ("turn:a.example:80?transport=TCP", turn(Transport::Tcp), "a.example", 80),
            ("turn:[2001:db8::1]?transport=tcp", turn(Transport::Tcp), "2001:db8::1", 3478),
            ("turns:a.example", turn(Transport::Tls), "a.example", 5349),
            ("turns:a.example:443?transport=tcp", turn(Transport::Tls), "a.example", 443),
        ] {
            assert_eq!(parsed(url), Some((kind, host.to_owned(), port)), "{url}");
        }
        for url in [
            "stuns:a.example",
            "turns:a.example?transport=udp",
            "turn:a.example?transport=sctp",
            "turn:",
            "stun:a:b",
            "stun:a:0",
            "stun:[::1]5",
            "http://a.example",
            "",
        ] {
            assert_eq!(ServerUrl::parse(url), None, "{url}");
        }
    }
}
