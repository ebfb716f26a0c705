//! The signaling server as a program.

use std::{
    io::IsTerminal,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use ringdove_server::{
    CallTimers, Config, DatabaseError, IceSettings, Server, StartError, TurnSettings,
};
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

/// The configuration is wrong, or the database is damaged (sysexits.h: EX_CONFIG).
const EXIT_CONFIG: u8 = 78;
/// The address cannot be had (EX_UNAVAILABLE).
const EXIT_UNAVAILABLE: u8 = 69;

/// Ringdove's signaling server: who is there, who is being rung, and the web client.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "0.0.0.0:6503")]
    listen: SocketAddr,
    /// The database file, with names and keys; made if it is not there
    #[arg(long, value_name = "FILE", default_value = "ringdove.db")]
    database: PathBuf,
    /// A web origin that may connect besides the server's own; may come more than once
    #[arg(long = "allow-origin", value_name = "URL")]
    allowed_origins: Vec<String>,
    /// A STUN server, such as stun:stun.example:3478; may come more than once
    #[arg(long, value_name = "URL")]
    stun: Vec<String>,
    /// A TURN server, such as turn:turn.example:3478; may come more than once
    #[arg(long, value_name = "URL", requires = "turn_secret_file")]
    turn: Vec<String>,
    /// The secret that is shared with the TURN servers (coturn: static-auth-secret)
    #[arg(long, value_name = "FILE")]
    turn_secret_file: Option<PathBuf>,
    /// How long TURN credentials are good for, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    turn_ttl: u64,
    /// How long a call rings, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 45, value_parser = clap::value_parser!(u64).range(5..=300))]
    ring_limit: u64,
    /// Take no guests: only clients with a key may join
    #[arg(long)]
    no_guests: bool,
    /// A folder with a copy of the tutorial's page, to be served below /tutorial/
    #[arg(long, value_name = "DIR")]
    tutorial: Option<PathBuf>,
    /// How the log is written
    #[arg(long, value_enum, default_value_t = LogFormat::Human)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(arguments.log_format);
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            error!("{failure:#}");
            exit_code(&failure)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = Server::bind(config(arguments)?).await?;
    let address = server.local_addr();
    info!(%address, "listening on http://{address}/");
    let stopped = stop_signal()?;
    server.serve(stopped).await;
    Ok(())
}

fn config(arguments: Arguments) -> anyhow::Result<Config> {
    let turn = match arguments.turn_secret_file {
        Some(file) if !arguments.turn.is_empty() => Some(TurnSettings {
            urls: arguments.turn,
            secret: read_secret(&file)?,
            ttl: Duration::from_secs(arguments.turn_ttl),
        }),
        Some(_) | None => None,
    };
    Ok(Config {
        listen: arguments.listen,
        database: Some(arguments.database),
        allowed_origins: arguments.allowed_origins,
        ice: IceSettings { stun: arguments.stun, turn },
        guests: !arguments.no_guests,
        tutorial: arguments.tutorial,
        calls: CallTimers {
            ring_limit: Duration::from_secs(arguments.ring_limit),
            ..CallTimers::default()
        },
        ..Config::default()
    })
}

fn read_secret(file: &Path) -> anyhow::Result<Vec<u8>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the TURN secret from {}", file.display()))?;
    let secret = text.trim();
    anyhow::ensure!(!secret.is_empty(), "the TURN secret in {} is empty", file.display());
    Ok(secret.as_bytes().to_vec())
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours are for people who watch, not for files.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal());
    match format {
        LogFormat::Human => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

/// Ready at the first SIGINT or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _signal = interrupt.recv() => {}
            _signal = terminate.recv() => {}
        }
    })
}

/// Ready at the first Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn exit_code(failure: &anyhow::Error) -> ExitCode {
    match failure.downcast_ref::<StartError>() {
        Some(StartError::Address { .. }) => ExitCode::from(EXIT_UNAVAILABLE),
        Some(StartError::Database(
            DatabaseError::Damaged { .. } | DatabaseError::TooNew { .. },
        )) => ExitCode::from(EXIT_CONFIG),
        Some(StartError::Database(DatabaseError::Unusable(_)) | StartError::Thread(_)) | None => {
            ExitCode::FAILURE
        }
    }
}
