//! The address of a server.

/// Reads a `ws://` or `wss://` address and gives the form to connect to.
///
/// What people type in its place, such as a bare host, is the UI's affair.
pub(crate) fn server_address(typed: &str) -> Option<String> {
    let (scheme, rest) = typed.trim().split_once("://")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "ws" => "ws",
        "wss" => "wss",
        _ => return None,
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let host = without_port(authority)?;
    let plain_host = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    let plain_path = |c: char| c.is_ascii_graphic() && c != '#';
    let plain = !host.is_empty() && host.chars().all(plain_host) && path.chars().all(plain_path);
    plain.then(|| format!("{scheme}://{authority}{path}"))
}

/// Cuts the port off, where there is a good one or none; an IPv6 host stands in brackets
/// (RFC 3986, section 3.2.2).
fn without_port(authority: &str) -> Option<&str> {
    let after_host = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(after_host);
    let port_is_good = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    port_is_good.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_addresses_are_taken() {
        for (typed, address) in [
            ("ws://10.0.0.5:6503", "ws://10.0.0.5:6503/"),
            (" WSS://call.example ", "wss://call.example/"),
            ("wss://call.example/dove/", "wss://call.example/dove/"),
            ("ws://[::1]:7000/", "ws://[::1]:7000/"),
            ("ws://[fe80::1]", "ws://[fe80::1]/"),
        ] {
            assert_eq!(server_address(typed).as_deref(), Some(address), "{typed:?}");
        }
    }

    #[test]
    fn other_schemes_and_nonsense_are_refused() {
        for typed in [
            "",
            "attic.local",
            "ws://",
            "https://call.example",
            "javascript://x",
            "ws://user@call.example",
            "ws://two words",
            "ws://host:99999",
            "ws://host:port",
            "ws://[::1",
            "ws://host/#part",
        ] {
            assert_eq!(server_address(typed), None, "{typed:?}");
        }
    }
}
