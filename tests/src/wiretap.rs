//! A hostile server: what stands between clients and an honest one, reads every frame and sends on
//! whatever it likes.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{SinkExt, StreamExt};
use ringdove_protocol::SUBPROTOCOL;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::{
    accept_hdr_async, connect_async,
    tungstenite::{
        ClientRequestBuilder, Message,
        handshake::server::{Request, Response},
        http::HeaderValue,
    },
};

/// Frames that wait for one side of one connection.
const QUEUE: usize = 1024;

/// Which way a frame goes, seen from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// One frame on its way.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whose connection.
    pub user: String,
    /// Which way.
    pub way: Way,
    /// The frame.
    pub text: String,
}

/// Takes each frame and gives what goes on in its place, to whomever.
pub type Tamper = Box<dyn FnMut(Frame) -> Vec<Frame> + Send>;

/// Stands before a server; each user has a way in of their own.
#[derive(Clone)]
pub struct Wiretap {
    server: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    tamper: Tamper,
    captured: Vec<Frame>,
    ways: HashMap<(String, Way), mpsc::Sender<String>>,
}

impl Wiretap {
    /// Reads everything that goes to and from a server, and passes it on.
    pub fn new(server: SocketAddr) -> Self {
        let (captured, ways) = (Vec::new(), HashMap::new());
        let tamper: Tamper = Box::new(|frame| vec![frame]);
        Self { server, shared: Arc::new(Mutex::new(Shared { tamper, captured, ways })) }
    }

    /// Changes from now on what goes on.
    pub fn tamper(&self, tamper: Tamper) {
        self.lock().tamper = tamper;
    }

    /// Every frame so far, as it was sent.
    pub fn captured(&self) -> Vec<Frame> {
        self.lock().captured.clone()
    }

    /// Opens a way in for one user, and says where it is.
    pub async fn listen(&self, user: &str) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (tap, user) = (self.clone(), user.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tap, user) = (tap.clone(), user.clone());
                tokio::spawn(async move { tap.carry(user, stream).await });
            }
        });
        Ok(address)
    }

    async fn carry(&self, user: String, stream: TcpStream) -> anyhow::Result<()> {
        #[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
        let choose = |_: &Request, mut response: Response| {
            let chosen = HeaderValue::from_static(SUBPROTOCOL);
            response.headers_mut().insert("sec-websocket-protocol", chosen);
            Ok(response)
        };
        let (mut to_client, mut from_client) = accept_hdr_async(stream, choose).await?.split();
        let request = ClientRequestBuilder::new(format!("ws://{}/", self.server).parse()?)
            .with_sub_protocol(SUBPROTOCOL);
        let (socket, _) = connect_async(request).await?;
        let (mut to_server, mut from_server) = socket.split();
        let (down, mut downward) = mpsc::channel(QUEUE);
        let (up, mut upward) = mpsc::channel(QUEUE);
        let ways = [(Way::Down, down), (Way::Up, up)];
        self.lock().ways.extend(ways.map(|(way, sender)| ((user.clone(), way), sender)));
        loop {
            tokio::select! {
                frame = from_client.next() => match frame {
                    Some(Ok(Message::Text(text))) => self.pass(&user, Way::Up, text.as_str()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break,
                },
                frame = from_server.next() => match frame {
                    Some(Ok(Message::Text(text))) => self.pass(&user, Way::Down, text.as_str()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break,
                },
                Some(text) = downward.recv() => to_client.send(Message::text(text)).await?,
                Some(text) = upward.recv() => to_server.send(Message::text(text)).await?,
            }
        }
        Ok(())
    }

    fn pass(&self, user: &str, way: Way, text: &str) {
        let frame = Frame { user: user.to_owned(), way, text: text.to_owned() };
        let mut shared = self.lock();
        shared.captured.push(frame.clone());
        for frame in (shared.tamper)(frame) {
            if let Some(sender) = shared.ways.get(&(frame.user, frame.way)) {
                // A reader who is gone, or that far behind, fails the test by what it misses.
                sender.try_send(frame.text).ok();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
