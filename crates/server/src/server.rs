//! A server from its first socket to its last.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, response::Response, routing::get};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Notify, Semaphore, mpsc},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tracing::{debug, info, warn};

use crate::{
    Config, LinkTimers, TlsError,
    accounts::{Accounts, DatabaseError},
    admission::{Admission, Arrival, Gate},
    connection,
    http::{self, Context},
    hub::{Hub, HubTimers, Shell},
    metrics::{Metrics, Refusal},
    random,
    shutdown::{self, Shutdown, ShutdownSeen},
    tls::Tls,
};

/// How long everybody has to hear that the server stops.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// How much the operating system buffers for one connection. By itself it would take megabytes
/// before a slow reader is noticed.
const SYSTEM_BUFFER_BYTES: u32 = 128 * 1024;

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;

/// How many may read the metrics at once.
const METRICS_READERS: usize = 16;

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
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A server that has its socket and its database.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    metrics_listener: Option<TcpListener>,
    /// Begins to read the files of the certificate anew.
    reload: Arc<Notify>,
    entrance: Arc<Entrance>,
    hub: JoinHandle<()>,
    shutdown: Shutdown,
    /// Ends when the last connection has ended.
    last_connection: mpsc::Receiver<()>,
}

/// What every new connection passes.
#[derive(Debug)]
struct Entrance {
    router: Router,
    admission: Admission,
    timers: LinkTimers,
    metrics: Arc<Metrics>,
}

impl Server {
    /// Opens the database and the socket. Connections are taken by [`Self::serve`].
    pub async fn bind(config: Config) -> Result<Self, StartError> {
        let (listener, address) = listen(config.listen)?;
        let metrics_listener =
            config.metrics.map(listen).transpose()?.map(|(listener, _)| listener);
        let metrics = Arc::new(Metrics::default());
        let tls = config.tls.map(|tls| Tls::open(tls, metrics.clone())).transpose()?;
        let tls_config = tls.as_ref().map(Tls::config).transpose()?;
        // Before anybody is there to wait for it.
        let accounts = Accounts::open(config.database.as_deref())?;
        let server_id = accounts.server_id().to_owned();
        let timers = HubTimers::new(config.calls, &config.links);
        let claimed = accounts.claimed()?;
        let is_restarted = !claimed.is_empty();
        let mut hub = Hub::new(timers, config.ice, claimed, Box::new(random::call_id));
        if is_restarted {
            hub.expect_returns(Instant::now());
        }
        let (handle, inputs) = Shell::channel();
        let accounts = accounts.start(handle.clone()).map_err(StartError::Thread)?;
        let hub = tokio::spawn(Shell::new(hub, accounts, inputs, metrics.clone()).run());
        let (shutdown, shutdown_seen) = shutdown::channel();
        let reload = Arc::new(Notify::new());
        if let Some(tls) = tls {
            tokio::spawn(tls.watch(reload.clone(), shutdown_seen.clone()));
        }
        let (alive, last_connection) = mpsc::channel(1);
        let connections = connection::Shared {
            hub: handle,
            server_id,
            timers: config.links,
            join: config.join,
            budgets: connection::Budgets::new(config.limits),
            gate: Gate::new(config.limits.handshakes),
            metrics: metrics.clone(),
            shutdown: shutdown_seen,
        };
        let admission = Admission::new(config.limits, config.proxies, metrics.clone());
        let context = Context::new(
            connections,
            admission.clone(),
            alive,
            config.allowed_origins,
            config.guests,
            config.tutorial,
        );
        let router = http::router(context);
        let entrance = Arc::new(Entrance { router, admission, timers: config.links, metrics });
        Ok(Self {
            listener,
            address,
            tls: tls_config,
            metrics_listener,
            reload,
            entrance,
            hub,
            shutdown,
            last_connection,
        })
    }

    /// The address that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics are, if they are anywhere.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// To be notified when the certificate should be read anew at once.
    pub fn reload(&self) -> Arc<Notify> {
        self.reload.clone()
    }

    /// Serves until `shutdown` is ready; then tells everybody, and waits two seconds at most.
    pub async fn serve(mut self, shutdown: impl Future<Output = ()>) {
        let shutdown = std::pin::pin!(shutdown);
        tokio::select! {
            () = self.accept_connections() => {}
            () = self.accept_readers_of_metrics() => {}
            () = shutdown => {}
        }
        info!("server stops");
        drop(self.listener);
        drop(self.entrance);
        self.shutdown.begin();
        if timeout(GOODBYE_LIMIT, self.last_connection.recv()).await.is_err() {
            warn!("some connections did not end in time");
        }
        self.hub.abort();
    }

    async fn accept_connections(&self) {
        loop {
            let (stream, address) = accept(&self.listener).await;
            // Closed at once: an answer would cost what the limit is there to save.
            let Ok(arrival) = self.entrance.admission.arrive(address.ip()) else { continue };
            let (entrance, shutdown) = (self.entrance.clone(), self.shutdown.seen());
            tokio::spawn(entrance.let_in(stream, Arc::new(arrival), self.tls.clone(), shutdown));
        }
    }

    async fn accept_readers_of_metrics(&self) {
        let Some(listener) = &self.metrics_listener else { return std::future::pending().await };
        let metrics = self.entrance.metrics.clone();
        let router = Router::new().route("/metrics", get(async move || metrics.render()));
        let readers = Arc::new(Semaphore::new(METRICS_READERS));
        loop {
            let (stream, _address) = accept(listener).await;
            let Ok(permit) = readers.clone().try_acquire_owned() else { continue };
            let service = TowerToHyperService::new(router.clone());
            let (timers, shutdown) = (self.entrance.timers, self.shutdown.seen());
            tokio::spawn(async move {
                serve_http(stream, service, timers, shutdown).await;
                drop(permit);
            });
        }
    }
}

impl Entrance {
    async fn let_in(
        self: Arc<Self>,
        stream: TcpStream,
        arrival: Arc<Arrival>,
        tls: Option<Arc<ServerConfig>>,
        shutdown: ShutdownSeen,
    ) {
        // Signals are small and urgent.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(arrival.clone());
            router.call(request)
        });
        let timers = self.timers;
        let Some(tls) = tls else {
            return serve_http(stream, service, timers, shutdown).await;
        };
        match timeout(timers.tls, TlsAcceptor::from(tls).accept(stream)).await {
            Ok(Ok(stream)) => serve_http(stream, service, timers, shutdown).await,
            Ok(Err(error)) => {
                debug!(%error, "no TLS");
                self.metrics.refused(Refusal::Tls);
            }
            Err(_) => self.metrics.refused(Refusal::Tls),
        }
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Out of file descriptors, most likely: others must end first.
                warn!(%error, "cannot take a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listener = open_listener(address);
    listener
        .and_then(|listener| listener.local_addr().map(|address| (listener, address)))
        .map_err(|source| StartError::Address { address, source })
}

fn open_listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // On Windows it would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Every connection inherits it.
    socket.set_send_buffer_size(SYSTEM_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn serve_http<S>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: S,
    timers: LinkTimers,
    mut shutdown: ShutdownSeen,
) where
    S: Service<hyper::Request<Incoming>, Response = Response, Error = Infallible>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timers.headers)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        // What was answered was answered; a WebSocket has a task of its own by now.
        () = shutdown.begins() => {}
        result = timeout(timers.requests, connection) => match result {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(%error, "HTTP connection failed"),
            Err(_) => debug!("HTTP connection took too long"),
        }
    }
}
