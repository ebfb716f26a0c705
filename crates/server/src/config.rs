//! What an operator can set.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use ringdove_protocol::DEFAULT_PORT;

use crate::{CallTimers, IceSettings, JoinPolicy, Limits, LinkTimers, TlsSettings, TrustedProxies};

/// How a server is run. The default listens on every address and keeps nothing on disk.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database; in memory if absent, and then names are free again after a restart.
    pub database: Option<PathBuf>,
    /// Web origins that may connect besides the server's own.
    pub allowed_origins: Vec<String>,
    /// STUN and TURN servers that clients are told of.
    pub ice: IceSettings,
    /// Whether the tutorial's page may join.
    pub guests: bool,
    /// A folder with a copy of the tutorial's page, to be served below `/tutorial/`.
    pub tutorial: Option<PathBuf>,
    /// The judge's clocks.
    pub calls: CallTimers,
    /// Heartbeats and deadlines of connections.
    pub links: LinkTimers,
    /// How much others may ask for.
    pub limits: Limits,
    /// The proxies whose word on a client's address counts.
    pub proxies: TrustedProxies,
    /// Who may take a name that nobody has.
    pub join: JoinPolicy,
    /// The certificate; without one the server speaks no TLS.
    pub tls: Option<TlsSettings>,
    /// Where `GET /metrics` is answered, for whoever can reach it.
    pub metrics: Option<SocketAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, DEFAULT_PORT)),
            database: None,
            allowed_origins: Vec::new(),
            ice: IceSettings::default(),
            guests: true,
            tutorial: None,
            calls: CallTimers::default(),
            links: LinkTimers::default(),
            limits: Limits::default(),
            proxies: TrustedProxies::default(),
            join: JoinPolicy::Open,
            tls: None,
            metrics: None,
        }
    }
}
