//! The address of a server, as a person types it.

use ringdove_protocol::DEFAULT_PORT;

/// Reads a server's address and gives the form to connect to.
///
/// Takes `ws://` and `wss://` addresses, a web address copied from a browser (`http` becomes `ws`),
/// and a bare host with or without a port, which means `ws://` and the default port.
pub(crate) fn server_address(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let (scheme, rest) = match typed.split_once("://") {
        None => (None, typed),
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => (Some("ws"), rest),
            "https" | "wss" => (Some("wss"), rest),
            _ => return None,
        },
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let (host, port) = split_port(authority)?;
    let host_is_plain =
        host.chars().all(|c| c.is_ascii_alphanumeric() || "-._[]:".contains(c)) && !host.is_empty();
    let path_is_plain = path.chars().all(|c| c.is_ascii_graphic() && c != '#');
    if !host_is_plain || !path_is_plain {
        return None;
    }
    let port = port.or(scheme.is_none().then_some(DEFAULT_PORT));
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}{path}", scheme.unwrap_or("ws")))
}

/// Splits `host:port`; an IPv6 host stands in brackets (RFC 3986, section 3.2.2).
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_host = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(after_host);
    match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok().map(|port| (host, Some(port))),
        None => port.is_empty().then_some((host, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_can_type_addresses() {
        for (typed, address) in [
            ("ws://10.0.0.5:6503", "ws://10.0.0.5:6503/"),
            (" WSS://call.example ", "wss://call.example/"),
            ("https://call.example/dove/", "wss://call.example/dove/"),
            ("http://localhost:7000", "ws://localhost:7000/"),
            ("attic.local", "ws://attic.local:6503/"),
            ("attic.local:7000", "ws://attic.local:7000/"),
            ("[fe80::1]", "ws://[fe80::1]:6503/"),
            ("ws://[::1]:7000/", "ws://[::1]:7000/"),
        ] {
            assert_eq!(server_address(typed).as_deref(), Some(address), "{typed:?}");
        }
    }

    #[test]
    fn other_schemes_and_nonsense_are_refused() {
        for typed in [
            "",
            "ws://",
            "ftp://call.example",
            "javascript://x",
            "ws://user@call.example",
            "two words",
            "ws://host:99999",
            "ws://host:port",
            "[::1",
            "ws://host/#part",
        ] {
            assert_eq!(server_address(typed), None, "{typed:?}");
        }
    }
}
