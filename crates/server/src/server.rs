//! A server from its first socket to its last.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use crate::{
    Config,
    accounts::{Accounts, DatabaseError},
    connection,
    http::{self, Context},
    hub::{Hub, HubTimers, Shell},
    random,
    shutdown::{self, Shutdown, ShutdownSeen},
};

/// From the connection to the end of the request's headers.
const HEADERS_LIMIT: Duration = Duration::from_secs(5);

/// How long everybody has to hear that the server stops.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// How much the operating system buffers for one connection. By itself it would take megabytes
/// before a slow reader is noticed.
const SYSTEM_BUFFER_BYTES: u32 = 128 * 1024;

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Address {
        /// Which address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The operating system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

/// A server that has its socket and its database.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    hub: JoinHandle<()>,
    shutdown: Shutdown,
    /// Ends when the last connection has ended.
    last_connection: mpsc::Receiver<()>,
}

impl Server {
    /// Opens the database and the socket. Connections are taken by [`Self::serve`].
    pub async fn bind(config: Config) -> Result<Self, StartError> {
        let address_error = |source| StartError::Address { address: config.listen, source };
        let listener = listen(config.listen).map_err(address_error)?;
        let address = listener.local_addr().map_err(address_error)?;
        // Before anybody is there to wait for it.
        let accounts = Accounts::open(config.database.as_deref())?;
        let server_id = accounts.server_id().to_owned();
        let timers = HubTimers {
            calls: config.calls,
            login: config.links.login,
            presence: Duration::from_millis(50),
            guest_list: Duration::from_millis(200),
        };
        let hub = Hub::new(timers, config.ice, accounts.claimed()?, Box::new(random::call_id));
        let (handle, inputs) = Shell::channel();
        let accounts = accounts.start(handle.clone()).map_err(StartError::Thread)?;
        let hub = tokio::spawn(Shell::new(hub, accounts, inputs).run());
        let (shutdown, shutdown_seen) = shutdown::channel();
        let (alive, last_connection) = mpsc::channel(1);
        let connections = connection::Shared {
            hub: handle,
            server_id,
            timers: config.links,
            shutdown: shutdown_seen,
        };
        let context = Context::new(
            connections,
            alive,
            config.allowed_origins,
            config.guests,
            config.tutorial,
        );
        let router = http::router(context);
        Ok(Self { listener, address, router, hub, shutdown, last_connection })
    }

    /// The address that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready; then tells everybody, and waits two seconds at most.
    pub async fn serve(mut self, shutdown: impl Future<Output = ()>) {
        let shutdown = std::pin::pin!(shutdown);
        tokio::select! {
            () = self.accept_connections() => {}
            () = shutdown => {}
        }
        info!("server stops");
        drop(self.listener);
        drop(self.router);
        self.shutdown.begin();
        if timeout(GOODBYE_LIMIT, self.last_connection.recv()).await.is_err() {
            warn!("some connections did not end in time");
        }
        self.hub.abort();
    }

    async fn accept_connections(&self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _address)) => {
                    let router = self.router.clone();
                    tokio::spawn(serve_http(stream, router, self.shutdown.seen()));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: others must end first.
                    warn!(%error, "cannot take a connection");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // On Windows it would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Every connection inherits it.
    socket.set_send_buffer_size(SYSTEM_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn serve_http(stream: TcpStream, router: Router, mut shutdown: ShutdownSeen) {
    // Signals are small and urgent.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "no TCP_NODELAY");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_LIMIT)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let result = tokio::select! {
        result = connection => result,
        // What was answered was answered; a WebSocket has a task of its own by now.
        () = shutdown.begins() => return,
    };
    if let Err(error) = result {
        debug!(%error, "HTTP connection failed");
    }
}
