//! The signaling server as a program.

mod arguments;

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use ringdove_protocol::UNLOGGED;
use ringdove_server::{DatabaseError, JoinPolicy, Server, StartError, make_invite};
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, InviteArguments, LogFormat, Task};

/// The configuration is wrong, or the database is damaged (sysexits.h: EX_CONFIG).
const EXIT_CONFIG: u8 = 78;
/// The address cannot be had (EX_UNAVAILABLE).
const EXIT_UNAVAILABLE: u8 = 69;

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
    match &arguments.task {
        Some(Task::Invite(invite)) => print_invites(invite),
        None => serve(arguments).await,
    }
}

fn print_invites(arguments: &InviteArguments) -> anyhow::Result<()> {
    let InviteArguments { database, url, days, count } = arguments;
    let good_for = Duration::from_secs(days * 24 * 60 * 60);
    let mut out = std::io::stdout().lock();
    for _ in 0..*count {
        let code = make_invite(database, good_for)?;
        writeln!(out, "{}/#invite={code}", url.trim_end_matches('/'))?;
    }
    Ok(())
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let config = arguments.into_config()?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let newcomers = match &config.join {
        JoinPolicy::Open => "anybody may take a name (--join open)".to_owned(),
        JoinPolicy::Invite => {
            "newcomers need a code of `ringdove-server invite` (--join invite)".to_owned()
        }
        JoinPolicy::Header(header) => format!("names come from {header} (--join header)"),
    };
    let server = Server::bind(config).await?;
    let address = server.local_addr();
    info!(%address, "listening on {scheme}://{address}/");
    info!("{newcomers}");
    if let Some(address) = server.metrics_addr() {
        info!("metrics on http://{address}/metrics");
    }
    let stopped = stop_signal()?;
    reload_on_hangup(&server)?;
    server.serve(stopped).await;
    Ok(())
}

fn start_log(format: LogFormat) {
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::new(format!("{wanted},{UNLOGGED}"));
    // Colours are for people who watch, not for files.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal());
    match format {
        LogFormat::Human => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

/// SIGHUP reads the certificate anew.
#[cfg(unix)]
fn reload_on_hangup(server: &Server) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    let reload = server.reload();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reload.notify_one();
        }
    });
    Ok(())
}

/// There is no such signal; changed files are found by looking.
#[cfg(not(unix))]
fn reload_on_hangup(_server: &Server) -> anyhow::Result<()> {
    Ok(())
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
        Some(
            StartError::Database(DatabaseError::Damaged { .. } | DatabaseError::TooNew { .. })
            | StartError::Tls(_),
        ) => ExitCode::from(EXIT_CONFIG),
        Some(StartError::Database(DatabaseError::Unusable(_)) | StartError::Thread(_)) | None => {
            ExitCode::FAILURE
        }
    }
}
