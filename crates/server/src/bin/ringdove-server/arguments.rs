//! What an operator says on the command line or in the environment.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use axum::http::HeaderName;
use clap::{Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use ringdove_server::{
    CallTimers, Config, IceSettings, JoinPolicy, Limits, LinkTimers, TlsSettings, TrustedProxies,
    TurnSettings,
};

/// Ringdove's signaling server: who is there, who is being rung, and the web client.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) task: Option<Task>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "RINGDOVE_LISTEN", value_name = "ADDR:PORT", default_value = "0.0.0.0:6503")]
    listen: SocketAddr,
    /// The database file, with names and keys; made if it is not there
    #[arg(long, env = "RINGDOVE_DATABASE", value_name = "FILE", default_value = "ringdove.db")]
    database: PathBuf,
    /// A web origin that may connect besides the server's own; may come more than once
    #[arg(
        long = "allow-origin",
        env = "RINGDOVE_ALLOW_ORIGIN",
        value_name = "URL",
        value_delimiter = ','
    )]
    allowed_origins: Vec<String>,
    /// A STUN server, such as stun:stun.example:3478; may come more than once
    #[arg(long, env = "RINGDOVE_STUN", value_name = "URL", value_delimiter = ',')]
    stun: Vec<String>,
    /// A TURN server, such as turn:turn.example:3478; may come more than once
    #[arg(
        long,
        env = "RINGDOVE_TURN",
        value_name = "URL",
        value_delimiter = ',',
        requires = "turn_secret_file"
    )]
    turn: Vec<String>,
    /// The secret that is shared with the TURN servers (coturn: static-auth-secret)
    #[arg(long, env = "RINGDOVE_TURN_SECRET_FILE", value_name = "FILE")]
    turn_secret_file: Option<PathBuf>,
    /// How long TURN credentials are good for, in seconds
    #[arg(long, env = "RINGDOVE_TURN_TTL", value_name = "SECONDS", default_value_t = 3600)]
    turn_ttl: u64,
    /// How long a call rings, in seconds
    #[arg(
        long,
        env = "RINGDOVE_RING_LIMIT",
        value_name = "SECONDS",
        default_value_t = 45,
        value_parser = clap::value_parser!(u64).range(5..=300)
    )]
    ring_limit: u64,
    /// Who may take a name that nobody has; `invite` where --listen is a public address, else `open`
    #[arg(long, env = "RINGDOVE_JOIN", value_enum)]
    join: Option<Join>,
    /// Take no guests: only clients with a key may join; so it is with `invite` and `header`
    #[arg(long, env = "RINGDOVE_NO_GUESTS")]
    no_guests: bool,
    /// A folder with a copy of the tutorial's page, to be served below /tutorial/
    #[arg(long, env = "RINGDOVE_TUTORIAL", value_name = "DIR")]
    tutorial: Option<PathBuf>,
    /// Where GET /metrics is answered in Prometheus' format, such as 127.0.0.1:9464
    #[arg(long, env = "RINGDOVE_METRICS", value_name = "ADDR:PORT")]
    metrics: Option<SocketAddr>,
    /// How the log is written
    #[arg(long, env = "RINGDOVE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Human)]
    pub(crate) log_format: LogFormat,
    #[command(flatten)]
    tls: TlsArguments,
    #[command(flatten)]
    proxies: ProxyArguments,
    #[command(flatten)]
    limits: LimitArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Makes codes that let one newcomer each into a server with --join invite
    Invite(InviteArguments),
}

#[derive(Args, Debug)]
pub(crate) struct InviteArguments {
    /// The database file of the server, which may be running
    #[arg(long, env = "RINGDOVE_DATABASE", value_name = "FILE", default_value = "ringdove.db")]
    pub(crate) database: PathBuf,
    /// The server's web address, for the link
    #[arg(long, value_name = "URL", default_value = "http://localhost:6503/")]
    pub(crate) url: String,
    /// How many days a code is good for
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub(crate) days: u64,
    /// How many codes
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) count: u32,
}

/// Who may take a name that nobody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Join {
    /// Everybody.
    Open,
    /// Whoever has a code of `ringdove-server invite`.
    Invite,
    /// Whoever a trusted proxy names in --user-header.
    Header,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Encryption")]
struct TlsArguments {
    /// The certificate and its chain as PEM; read anew when it changes and on SIGHUP
    #[arg(long, env = "RINGDOVE_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key as PEM
    #[arg(long, env = "RINGDOVE_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Behind a proxy")]
struct ProxyArguments {
    /// A proxy's address or network, whose headers are believed; may come more than once
    #[arg(
        long = "trusted-proxy",
        env = "RINGDOVE_TRUSTED_PROXY",
        value_name = "ADDR[/BITS]",
        value_delimiter = ',',
        value_parser = network
    )]
    trusted_proxies: Vec<IpNet>,
    /// The header in which it names the client: X-Forwarded-For, Forwarded, X-Real-IP …
    #[arg(
        long,
        env = "RINGDOVE_CLIENT_HEADER",
        value_name = "HEADER",
        default_value = "X-Forwarded-For"
    )]
    client_header: HeaderName,
    /// The header in which it names the person, for --join header
    #[arg(
        long,
        env = "RINGDOVE_USER_HEADER",
        value_name = "HEADER",
        default_value = "X-Remote-User"
    )]
    user_header: HeaderName,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
struct LimitArguments {
    /// Messages a second from one account or guest; each KiB counts as one more
    #[arg(long, env = "RINGDOVE_LIMIT_MESSAGES", value_name = "COUNT",
        default_value_t = Limits::default().messages_per_second, value_parser = at_least_one())]
    limit_messages: u32,
    /// How many of them may come at once
    #[arg(long, env = "RINGDOVE_LIMIT_BURST", value_name = "COUNT",
        default_value_t = Limits::default().message_burst, value_parser = clap::value_parser!(u32).range(65..))]
    limit_burst: u32,
    /// New connections a second from one IPv4 address or IPv6 /64
    #[arg(long, env = "RINGDOVE_LIMIT_CONNECTS", value_name = "COUNT",
        default_value_t = Limits::default().connections_per_second, value_parser = at_least_one())]
    limit_connects: u32,
    /// Open connections of one IPv4 address or IPv6 /64
    #[arg(long, env = "RINGDOVE_LIMIT_OPEN", value_name = "COUNT",
        default_value_t = Limits::default().connections_per_address, value_parser = at_least_one())]
    limit_open: u32,
    /// Handshakes and logins in work at once
    #[arg(long, env = "RINGDOVE_LIMIT_HANDSHAKES", value_name = "COUNT",
        default_value_t = Limits::default().handshakes, value_parser = at_least_one())]
    limit_handshakes: u32,
    /// Let the limits of addresses hold for 127.0.0.1 and ::1 too
    #[arg(long, env = "RINGDOVE_LIMIT_LOOPBACK")]
    limit_loopback: bool,
    /// Seconds for the handshake of TLS
    #[arg(long, env = "RINGDOVE_LIMIT_TLS", value_name = "SECONDS",
        default_value_t = LinkTimers::default().tls.as_secs(), value_parser = seconds())]
    limit_tls: u64,
    /// Seconds for the headers of a request, and for the change to WebSocket
    #[arg(long, env = "RINGDOVE_LIMIT_HEADERS", value_name = "SECONDS",
        default_value_t = LinkTimers::default().headers.as_secs(), value_parser = seconds())]
    limit_headers: u64,
    /// Seconds from the connection to the login
    #[arg(long, env = "RINGDOVE_LIMIT_LOGIN", value_name = "SECONDS",
        default_value_t = LinkTimers::default().login.as_secs(), value_parser = seconds())]
    limit_login: u64,
    /// Seconds without a sign of life
    #[arg(long, env = "RINGDOVE_LIMIT_SILENCE", value_name = "SECONDS",
        default_value_t = LinkTimers::default().dead.as_secs(), value_parser = clap::value_parser!(u64).range(2..=3600))]
    limit_silence: u64,
    /// Seconds for one write to a client that does not read
    #[arg(long, env = "RINGDOVE_LIMIT_WRITE", value_name = "SECONDS",
        default_value_t = LinkTimers::default().write.as_secs(), value_parser = seconds())]
    limit_write: u64,
}

fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

fn seconds() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=3600)
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let network =
        text.parse().or_else(|_| text.parse().map(|address: std::net::IpAddr| address.into()));
    network.map_err(|_| "an address such as 10.0.0.2, or a network such as 10.0.0.0/8".to_owned())
}

impl Arguments {
    pub(crate) fn into_config(self) -> anyhow::Result<Config> {
        let turn = match self.turn_secret_file {
            Some(file) if !self.turn.is_empty() => Some(TurnSettings {
                urls: self.turn,
                secret: read_secret(&file)?,
                ttl: Duration::from_secs(self.turn_ttl),
            }),
            Some(_) | None => None,
        };
        let join = match self.join {
            None => JoinPolicy::suited_to(self.listen),
            Some(Join::Open) => JoinPolicy::Open,
            Some(Join::Invite) => JoinPolicy::Invite,
            Some(Join::Header) => JoinPolicy::Header(self.proxies.user_header),
        };
        anyhow::ensure!(
            self.join != Some(Join::Header) || !self.proxies.trusted_proxies.is_empty(),
            "--join header needs --trusted-proxy: nobody else's headers are believed"
        );
        let tls = self.tls.tls_cert.zip(self.tls.tls_key);
        let (limits, links) = self.limits.into_settings();
        Ok(Config {
            listen: self.listen,
            database: Some(self.database),
            allowed_origins: self.allowed_origins,
            ice: IceSettings { stun: self.stun, turn },
            guests: !self.no_guests && join == JoinPolicy::Open,
            join,
            tutorial: self.tutorial,
            calls: CallTimers {
                ring_limit: Duration::from_secs(self.ring_limit),
                ..CallTimers::default()
            },
            links,
            limits,
            proxies: TrustedProxies {
                networks: self.proxies.trusted_proxies,
                client_header: self.proxies.client_header,
            },
            tls: tls.map(|(certificate, key)| TlsSettings::new(certificate, key)),
            metrics: self.metrics,
        })
    }
}

impl LimitArguments {
    fn into_settings(self) -> (Limits, LinkTimers) {
        let limits = Limits {
            messages_per_second: self.limit_messages,
            message_burst: self.limit_burst,
            connections_per_second: self.limit_connects,
            connections_per_address: self.limit_open,
            handshakes: self.limit_handshakes,
            loopback: self.limit_loopback,
        };
        let dead = Duration::from_secs(self.limit_silence);
        let links = LinkTimers {
            tls: Duration::from_secs(self.limit_tls),
            headers: Duration::from_secs(self.limit_headers),
            upgrade: Duration::from_secs(self.limit_headers),
            login: Duration::from_secs(self.limit_login),
            ping: dead / 2,
            dead,
            write: Duration::from_secs(self.limit_write),
            ..LinkTimers::default()
        };
        (limits, links)
    }
}

fn read_secret(file: &Path) -> anyhow::Result<Vec<u8>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the TURN secret from {}", file.display()))?;
    let secret = text.trim();
    anyhow::ensure!(!secret.is_empty(), "the TURN secret in {} is empty", file.display());
    Ok(secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_its_defaults_are_those_of_the_library() {
        Arguments::command().debug_assert();
        let arguments = Arguments::parse_from(["ringdove-server"]);
        let (limits, links) = arguments.limits.into_settings();
        assert_eq!(limits, Limits::default());
        assert_eq!(links, LinkTimers::default());
    }
}
