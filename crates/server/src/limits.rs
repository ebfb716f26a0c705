//! How much, how fast and how long: every bound that an operator can move.

use std::time::Duration;

/// How much others may ask of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages a second from one account with all its devices, or from one guest; each full KiB
    /// counts as one more. 50.
    pub messages_per_second: u32,
    /// How many of them may come at once. 200.
    pub message_burst: u32,
    /// New connections a second from one address: an IPv4 address, or the /64 of an IPv6 address.
    /// As many may come at once. 20.
    pub connections_per_second: u32,
    /// Connections that one address may hold open. 200.
    pub connections_per_address: u32,
    /// Handshakes and logins that may be in work at once. 200.
    pub handshakes: u32,
    /// Whether the limits of addresses hold for this machine's own (127.0.0.0/8, ::1) too. No:
    /// there are developers, tests and proxies, and nobody who could not stop the server anyway.
    pub loopback: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages_per_second: 50,
            message_burst: 200,
            connections_per_second: 20,
            connections_per_address: 200,
            handshakes: 200,
            loopback: false,
        }
    }
}

/// How long a connection may be silent, and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkTimers {
    /// For the handshake of TLS. 5 s.
    pub tls: Duration,
    /// For the headers of a request, also after one that was answered. 5 s.
    pub headers: Duration,
    /// For the change from HTTP to WebSocket. 5 s.
    pub upgrade: Duration,
    /// For all requests of a connection that does not become a WebSocket. 5 min.
    pub requests: Duration,
    /// From the connection to the login. 10 s.
    pub login: Duration,
    /// Between the server's pings. 15 s.
    pub ping: Duration,
    /// From the last sign of life to the end. 30 s.
    pub dead: Duration,
    /// For one write to a reader that does not read. 5 s.
    pub write: Duration,
}

impl Default for LinkTimers {
    fn default() -> Self {
        Self {
            tls: Duration::from_secs(5),
            headers: Duration::from_secs(5),
            upgrade: Duration::from_secs(5),
            requests: Duration::from_secs(300),
            login: Duration::from_secs(10),
            ping: Duration::from_secs(15),
            dead: Duration::from_secs(30),
            write: Duration::from_secs(5),
        }
    }
}
