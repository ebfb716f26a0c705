//! Which local addresses are worth a socket (RFC 8445 5.1.1.1).

use std::net::IpAddr;

/// More addresses than this are containers and tunnels; each one multiplies the checks.
const MOST: usize = 16;

/// Set to `1`, the loopback interface is gathered too: tests, and peers on the same machine.
const LOOPBACK_VARIABLE: &str = "PEER_CONNECTION_LOOPBACK";

/// Those to gather from.
pub(super) fn addresses() -> Vec<IpAddr> {
    let wanted = std::env::var_os(LOOPBACK_VARIABLE).is_some_and(|value| value == "1");
    choose(all(), wanted)
}

/// All that the machine has.
pub(super) fn all() -> Vec<IpAddr> {
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces.iter().map(if_addrs::Interface::ip).collect(),
        Err(error) => {
            tracing::warn!(%error, "the interfaces cannot be listed");
            Vec::new()
        }
    }
}

fn choose(all: Vec<IpAddr>, loopback_wanted: bool) -> Vec<IpAddr> {
    let (loopback, mut others): (Vec<IpAddr>, Vec<IpAddr>) =
        all.into_iter().filter(|ip| is_usable(*ip)).partition(IpAddr::is_loopback);
    others.dedup();
    others.truncate(MOST);
    if loopback_wanted || others.is_empty() {
        others.extend(loopback);
    }
    others
}

fn is_usable(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_link_local() && !ip.is_unspecified() && !ip.is_multicast(),
        // RFC 8445 5.1.1.1 keeps out site-local and IPv4-compatible ones as well; link-local needs
        // a scope that a candidate cannot carry.
        IpAddr::V6(ip) => {
            !ip.is_unicast_link_local()
                && !ip.is_unspecified()
                && !ip.is_multicast()
                && ip.to_ipv4_mapped().is_none()
                && ip.segments()[0] & 0xffc0 != 0xfec0
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn loopback_only_when_wanted_or_alone() {
        let all = ips(&["127.0.0.1", "::1", "192.0.2.1", "fe80::1", "169.254.1.1", "2001:db8::1"]);
        assert_eq!(choose(all.clone(), false), ips(&["192.0.2.1", "2001:db8::1"]));
        let with = ips(&["192.0.2.1", "2001:db8::1", "127.0.0.1", "::1"]);
        assert_eq!(choose(all, true), with);
        assert_eq!(choose(ips(&["127.0.0.1", "fe80::1"]), false), ips(&["127.0.0.1"]));
    }
}
