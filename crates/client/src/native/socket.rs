//! One WebSocket connection, in a task of its own.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use ringdove_protocol::{MAX_SERVER_FRAME_BYTES, SUBPROTOCOL};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        self, ClientRequestBuilder, Message,
        http::{Uri, uri::InvalidUri},
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use super::trust::{Trust, trouble};
use crate::app::LinkTrouble;

/// How many frames may wait to be sent.
const OUTGOING: usize = 256;
/// How many frames may wait to be handled; the rest waits in the network.
const INCOMING: usize = 64;
/// How long the network may take to accept one frame.
const SEND_LIMIT: Duration = Duration::from_secs(10);
/// How long the closing handshake may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Tungstenite's own default is 128 KiB for each connection.
const READ_BUFFER_BYTES: usize = 8 * 1024;

/// What a connection reports, in this order; `Closed` is the last.
#[derive(Debug)]
pub(super) enum Incoming {
    Opened,
    Message(String),
    Closed { code: Option<u16>, trouble: Option<LinkTrouble> },
}

#[derive(Debug)]
enum Outgoing {
    Close(u16),
    Text(String),
}

/// A connection, open or being opened.
pub(super) struct Socket {
    outgoing: mpsc::Sender<Outgoing>,
    incoming: mpsc::Receiver<Incoming>,
    task: JoinHandle<()>,
    /// This machine's address, once it is connected.
    local: Arc<OnceLock<IpAddr>>,
}

type Stream = WebSocketStream<Box<dyn Transport>>;

/// TCP, with TLS or without.
trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

impl Socket {
    pub(super) fn open(url: String, trust: Arc<Trust>) -> Self {
        let (outgoing, orders) = mpsc::channel(OUTGOING);
        let (reports, incoming) = mpsc::channel(INCOMING);
        let local = Arc::new(OnceLock::new());
        let task = tokio::spawn(run(url, trust, Arc::clone(&local), orders, reports));
        Self { outgoing, incoming, task, local }
    }

    /// Whether this machine has lost the address that the connection comes from. TCP would go on
    /// sending for minutes.
    pub(super) fn is_stranded(&self) -> bool {
        self.local.get().is_some_and(|address| {
            let bound = std::net::UdpSocket::bind((*address, 0));
            bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrNotAvailable)
        })
    }

    /// Queues a frame; false if too many wait already.
    pub(super) fn send(&self, text: String) -> bool {
        self.outgoing.try_send(Outgoing::Text(text)).is_ok()
    }

    /// Closes behind the frames that wait; what comes in from now on is dropped.
    pub(super) fn close(self, code: u16) -> JoinHandle<()> {
        if self.outgoing.try_send(Outgoing::Close(code)).is_err() {
            self.task.abort();
        }
        self.task
    }

    /// The next report. To be asked no more after `Closed`.
    pub(super) async fn next(&mut self) -> Incoming {
        self.incoming.recv().await.unwrap_or(Incoming::Closed { code: None, trouble: None })
    }
}

async fn run(
    url: String,
    trust: Arc<Trust>,
    local: Arc<OnceLock<IpAddr>>,
    mut orders: mpsc::Receiver<Outgoing>,
    reports: mpsc::Sender<Incoming>,
) {
    let stream = tokio::select! {
        opened = open(&url, &trust, &local) => opened,
        // Given up before it was open. Frames come only after that.
        _ = orders.recv() => return,
    };
    let (code, trouble) = match stream {
        Ok(stream) => {
            if reports.send(Incoming::Opened).await.is_err() {
                return;
            }
            (exchange(stream, orders, &reports).await, None)
        }
        Err(error) => {
            tracing::debug!(%error, "no connection");
            let trouble =
                if let tungstenite::Error::Io(error) = &error { trouble(error) } else { None };
            (None, trouble)
        }
    };
    // Nobody listens after `close`.
    reports.send(Incoming::Closed { code, trouble }).await.ok();
}

async fn open(
    url: &str,
    trust: &Trust,
    local: &OnceLock<IpAddr>,
) -> Result<Stream, tungstenite::Error> {
    let uri: Uri =
        url.parse().map_err(|error: InvalidUri| tungstenite::Error::HttpFormat(error.into()))?;
    let transport = connect(&uri, trust, local).await?;
    let request = ClientRequestBuilder::new(uri).with_sub_protocol(SUBPROTOCOL);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
        .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
    let (stream, _) = client_async_with_config(request, transport, Some(config)).await?;
    Ok(stream)
}

async fn connect(
    uri: &Uri,
    trust: &Trust,
    local: &OnceLock<IpAddr>,
) -> io::Result<Box<dyn Transport>> {
    let secure = uri.scheme_str() == Some("wss");
    let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?;
    // RFC 3986, section 3.2.2: the brackets of an IPv6 address are no part of it.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let tcp = TcpStream::connect((host, port)).await?;
    if let Ok(address) = tcp.local_addr() {
        local.get_or_init(|| address.ip());
    }
    // Signaling frames are small and urgent, so Nagle's algorithm only delays them.
    tcp.set_nodelay(true)?;
    if !secure {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(trust.config().await?).connect(name, tcp).await?))
}

/// Carries frames both ways until either side has enough; gives the close code of the server.
async fn exchange(
    mut stream: Stream,
    mut orders: mpsc::Receiver<Outgoing>,
    reports: &mpsc::Sender<Incoming>,
) -> Option<u16> {
    loop {
        tokio::select! {
            frame = stream.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    if reports.send(Incoming::Message(text.to_string())).await.is_err() {
                        // `close` came while this frame was being handed over.
                        return finish(stream, orders).await;
                    }
                }
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                // Tungstenite answers pings itself; the server sends no binary frames.
                Some(Ok(
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                )) => {}
                Some(Err(error)) => {
                    tracing::debug!(%error, "connection lost");
                    return None;
                }
                None => return None,
            },
            order = orders.recv() => match order {
                Some(Outgoing::Text(text)) => {
                    if !send(&mut stream, Message::text(text)).await {
                        return None;
                    }
                }
                Some(Outgoing::Close(code)) => {
                    say_goodbye(stream, code).await;
                    return None;
                }
                None => return None,
            },
        }
    }
}

async fn finish(mut stream: Stream, mut orders: mpsc::Receiver<Outgoing>) -> Option<u16> {
    while let Some(order) = orders.recv().await {
        match order {
            Outgoing::Text(text) => {
                if !send(&mut stream, Message::text(text)).await {
                    return None;
                }
            }
            Outgoing::Close(code) => {
                say_goodbye(stream, code).await;
                return None;
            }
        }
    }
    None
}

async fn send(stream: &mut Stream, message: Message) -> bool {
    match timeout(SEND_LIMIT, stream.send(message)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(%error, "connection lost");
            false
        }
        Err(_) => {
            tracing::debug!("the network accepts nothing");
            false
        }
    }
}

/// The closing handshake of RFC 6455, section 7.1.2; what still comes in is dropped.
async fn say_goodbye(mut stream: Stream, code: u16) {
    let goodbye = async {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        if stream.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
        }
    };
    if timeout(CLOSE_LIMIT, goodbye).await.is_err() {
        tracing::debug!("the server did not confirm the close");
    }
}
