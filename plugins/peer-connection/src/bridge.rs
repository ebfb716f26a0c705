//! The way from a page to its engine: one WebSocket on the loopback interface.
//!
//! Nothing else reaches it: the port is new for each page and closes with the first client; the
//! path is a random secret that only the page was told; `Origin` and `Host` have to be the right
//! ones, so that neither another page nor a name that was bound to this address gets in.

mod handshake;

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::{SinkExt, StreamExt};
use peer_connection_engine::{Configuration, Engine, Out};
use tauri::{Url, async_runtime};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use self::handshake::Admission;

/// How long a page may take to come.
const COMING: Duration = Duration::from_secs(10);
/// How many may knock at once; who is none of ours is sent away soon.
const KNOCKING: usize = 8;
/// How many messages may wait for the page. The engine drops old media beyond.
const WAITING: usize = 512;
/// How long the page may take to read one message.
const READING: Duration = Duration::from_secs(5);

/// Why a bridge could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BridgeError {
    /// No port, no randomness.
    #[error("the bridge cannot be opened: {0}")]
    Io(#[from] std::io::Error),
}

/// What a page is told.
#[derive(serde::Serialize)]
pub(crate) struct Opened {
    /// Where its WebSocket is; good for one connection.
    url: String,
}

/// The open bridge of each webview.
#[derive(Default)]
pub(crate) struct Bridges {
    by_webview: Mutex<HashMap<String, async_runtime::JoinHandle<()>>>,
}

impl Bridges {
    /// Opens a bridge for a page; the one of the page before ends, with its connections.
    pub(crate) async fn open(
        &self,
        webview: &str,
        origin: &str,
        microphones: bool,
    ) -> Result<Opened, BridgeError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let host = listener.local_addr()?.to_string();
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        let path = format!("/{}", BASE64_URL_SAFE_NO_PAD.encode(secret));
        let url = format!("ws://{host}{path}");
        let admission = Admission { host, origin: origin.to_owned(), path };
        let task = async_runtime::spawn(async move {
            match timeout(COMING, first_admitted(listener, admission)).await {
                Ok(Some(socket)) => carry(socket, microphones).await,
                Ok(None) | Err(_) => tracing::warn!("no page came over the bridge"),
            }
        });
        let before = {
            let mut bridges = self.by_webview.lock().unwrap_or_else(PoisonError::into_inner);
            bridges.insert(webview.to_owned(), task)
        };
        if let Some(before) = before {
            before.abort();
        }
        Ok(Opened { url })
    }
}

/// The origin of a page as its `Origin` header has it (RFC 6454, section 6.2), also for the
/// scheme of Tauri, which the URL standard gives an opaque one.
pub(crate) fn origin(page: &Url) -> Option<String> {
    let host = page.host_str()?;
    let port = page.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", page.scheme()))
}

/// Takes the first client that is the page, and closes the port.
async fn first_admitted(
    listener: TcpListener,
    admission: Admission,
) -> Option<WebSocketStream<TcpStream>> {
    let mut knocking = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if knocking.len() < KNOCKING => {
                if let Ok((stream, _)) = accepted {
                    knocking.spawn(admission.clone().admit(stream));
                }
            }
            Some(admitted) = knocking.join_next() => {
                if let Ok(Some(socket)) = admitted {
                    return Some(socket);
                }
            }
        }
    }
}

/// Carries messages between the page and its engine until the page is gone.
async fn carry(socket: WebSocketStream<TcpStream>, microphones: bool) {
    let (mut to_page, mut from_page) = socket.split();
    let (out, mut outgoing) = mpsc::channel(WAITING);
    let mut configuration = Configuration::default();
    configuration.microphones = microphones;
    let mut engine = Engine::with_configuration(out, configuration);
    loop {
        tokio::select! {
            message = from_page.next() => match message {
                Some(Ok(Message::Text(frame))) => engine.text(&frame),
                Some(Ok(Message::Binary(frame))) => engine.binary(&frame),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            Some(message) = outgoing.recv() => {
                let message = match message {
                    Out::Text(frame) => Message::text(frame),
                    Out::Binary(frame) => Message::binary(frame),
                };
                match timeout(READING, to_page.send(message)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(_) => return,
                }
            }
        }
    }
}
