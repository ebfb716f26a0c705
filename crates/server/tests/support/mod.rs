//! A running server and tiny clients for it.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

pub(crate) mod process;

use std::{net::SocketAddr, path::Path, time::Duration};

use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use ringdove_protocol::{
    CallId, ClientMessage, DeviceKey, DeviceLink, ErrorCode, Media, Name, Nonce, Person,
    ServerMessage, SessionId, Signature, VERSION, device_link_transcript, login_transcript,
};
use ringdove_server::{Config, Server};
use serde_json::Value;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

/// Longer than anything takes here; reached only by a failing test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A server, in this process but for [`World::elsewhere`].
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    /// Where its metrics are.
    pub(crate) metrics: Option<SocketAddr>,
    /// None for a server that is not of this process.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with_database(path: &Path) -> Self {
        Self::with(Config { database: Some(path.to_owned()), ..Config::default() }).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let listen = ([127, 0, 0, 1], config.listen.port()).into();
        let listen =
            if config.listen.ip().is_unspecified() { ([127, 0, 0, 1], 0).into() } else { listen };
        let server = Server::bind(Config { listen, ..config }).await.expect("starts");
        let (address, metrics) = (server.local_addr(), server.metrics_addr());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async {
            let _stopped = stopped.await;
        }));
        Self { address, metrics, running: Some((stop, serving)) }
    }

    /// The clients' side of a server that runs elsewhere.
    pub(crate) fn elsewhere(address: SocketAddr) -> Self {
        Self { address, metrics: None, running: None }
    }

    pub(crate) async fn stop(self) {
        let (stop, serving) = self.running.expect("is of this process");
        let _gone = stop.send(());
        timeout(PATIENCE, serving).await.expect("stops").unwrap();
    }

    pub(crate) async fn connect(&self, subprotocol: &str) -> Result<Socket, Error> {
        self.connect_with(subprotocol, &[]).await
    }

    pub(crate) async fn connect_with(
        &self,
        subprotocol: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Error> {
        self.connect_through(TcpSocket::new_v4().unwrap(), subprotocol, headers).await
    }

    async fn connect_through(
        &self,
        tcp: TcpSocket,
        subprotocol: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/", self.address).into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let stream = MaybeTlsStream::Plain(tcp.connect(self.address).await?);
        client_async(request, stream).await.map(|(socket, _)| socket)
    }

    /// Logs in a client whose operating system buffers next to nothing.
    pub(crate) async fn user_with_small_buffer(&self, name: &str) -> User {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(4096).unwrap();
        let socket = self.connect_through(tcp, ringdove_protocol::SUBPROTOCOL, &[]).await.unwrap();
        let mut user = User::greeted(socket).await;
        user.send(user.login(name, &key_of(name), None)).await;
        user.expect_welcome().await;
        user
    }

    /// Logs in with a key made from the name.
    pub(crate) async fn user(&self, name: &str) -> User {
        self.user_with_key(name, &key_of(name)).await
    }

    pub(crate) async fn user_with_key(&self, name: &str, key: &SigningKey) -> User {
        let mut user = User::connect(self).await;
        user.send(user.login(name, key, None)).await;
        user.expect_welcome().await;
        user
    }

    /// Logs in with another device of an account.
    pub(crate) async fn other_device(&self, name: &str, number: u8) -> User {
        let (account, device) = (key_of(name), SigningKey::from_bytes(&[number; 32]));
        let mut user = User::connect(self).await;
        let link = DeviceLink {
            account_key: public(&account),
            signature: sign(&account, &device_link_transcript(&public(&account), &public(&device))),
        };
        user.send(user.login(name, &device, Some(link))).await;
        user.expect_welcome().await;
        user
    }

    pub(crate) async fn guest(&self, name: &str) -> Guest {
        let mut guest = Guest::connect(self).await;
        guest
            .send(serde_json::json!({"type": "username", "name": name, "date": 0, "id": guest.id}));
        guest.flush().await;
        guest.expect("userlist").await;
        guest
    }
}

/// A client of `ringdove.v1`.
pub(crate) struct User {
    pub(crate) socket: Socket,
    pub(crate) server: String,
    pub(crate) nonce: Nonce,
    pub(crate) people: Vec<Person>,
}

impl User {
    /// Connected and greeted, not logged in.
    pub(crate) async fn connect(world: &World) -> Self {
        Self::greeted(world.connect(ringdove_protocol::SUBPROTOCOL).await.expect("connects")).await
    }

    pub(crate) async fn greeted(socket: Socket) -> Self {
        let nonce = Nonce::from_bytes([0; 32]);
        let mut user = Self { socket, server: String::new(), nonce, people: Vec::new() };
        match user.next().await {
            ServerMessage::Hello { v: VERSION, server, nonce } => {
                (user.server, user.nonce) = (server, nonce);
            }
            other => panic!("expected hello, got {other:?}"),
        }
        user
    }

    pub(crate) fn login(
        &self,
        name: &str,
        key: &SigningKey,
        link: Option<DeviceLink>,
    ) -> ClientMessage {
        let name = Name::parse(name).unwrap();
        let device_key = public(key);
        let transcript = login_transcript(&self.server, &self.nonce, &name, &device_key);
        let signature = sign(key, &transcript);
        let (rings, invite) = (None, None);
        ClientMessage::Login { v: VERSION, name, device_key, signature, link, rings, invite }
    }

    pub(crate) async fn expect_welcome(&mut self) -> SessionId {
        let session = match self.next().await {
            ServerMessage::Welcome { session, .. } => session,
            other => panic!("expected welcome, got {other:?}"),
        };
        match self.next().await {
            ServerMessage::Presence { people } => self.people = people,
            other => panic!("expected presence, got {other:?}"),
        }
        session
    }

    pub(crate) async fn send(&mut self, message: ClientMessage) {
        self.send_text(&message.encode()).await;
    }

    pub(crate) async fn send_text(&mut self, frame: &str) {
        self.socket.send(Message::text(frame)).await.expect("sends");
    }

    /// The next message that is not about who is there.
    pub(crate) async fn next(&mut self) -> ServerMessage {
        loop {
            match self.next_any().await {
                ServerMessage::PresenceChanged { left, joined } => {
                    self.people.retain(|person| !left.contains(&person.name));
                    self.people.extend(joined);
                }
                message => return message,
            }
        }
    }

    pub(crate) async fn next_any(&mut self) -> ServerMessage {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("in time");
            match message.expect("open").expect("open") {
                Message::Text(frame) => {
                    return ServerMessage::decode(&frame).expect("understood");
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected text, got {other:?}"),
            }
        }
    }

    /// The next text frame as it stands.
    pub(crate) async fn next_raw(&mut self) -> String {
        next_text(&mut self.socket).await
    }

    pub(crate) async fn expect_error(&mut self) -> ErrorCode {
        match self.next().await {
            ServerMessage::Error { code, text, .. } => {
                assert!(!text.is_empty(), "an error says what is wrong");
                code
            }
            other => panic!("expected an error, got {other:?}"),
        }
    }

    /// Waits for presence until somebody is there, or is not.
    pub(crate) async fn sees(&mut self, name: &str, is_there: bool) {
        while self.people.iter().any(|person| person.name.as_str() == name) != is_there {
            match self.next_any().await {
                ServerMessage::PresenceChanged { left, joined } => {
                    self.people.retain(|person| !left.contains(&person.name));
                    self.people.extend(joined);
                }
                other => panic!("expected presence, got {other:?}"),
            }
        }
    }

    /// Shows that nothing has come: everything that was sent before is there before the pong.
    pub(crate) async fn hears_nothing(&mut self) {
        self.send(ClientMessage::Ping {}).await;
        assert_eq!(self.next().await, ServerMessage::Pong {});
    }

    pub(crate) async fn expect_close(&mut self) -> Option<u16> {
        expect_close(&mut self.socket).await
    }

    /// Closes as a page does when it is closed.
    pub(crate) async fn leave(mut self) {
        let frame = CloseFrame { code: CloseCode::Away, reason: "".into() };
        self.socket.close(Some(frame)).await.expect("closes");
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// Vanishes without a goodbye.
    pub(crate) fn vanish(self) {
        drop(self.socket);
    }
}

/// The tutorial's page, without its page.
pub(crate) struct Guest {
    pub(crate) socket: Socket,
    pub(crate) id: String,
    queued: Vec<Value>,
}

impl Guest {
    /// Connected, without a name.
    pub(crate) async fn connect(world: &World) -> Self {
        let socket =
            world.connect(ringdove_protocol::TUTORIAL_SUBPROTOCOL).await.expect("connects");
        let mut guest = Self { socket, id: String::new(), queued: Vec::new() };
        guest.id = guest.expect("id").await["id"].as_str().expect("a text").to_owned();
        guest
    }

    pub(crate) fn send(&mut self, message: Value) {
        self.queued.push(message);
    }

    pub(crate) async fn flush(&mut self) {
        for message in std::mem::take(&mut self.queued) {
            self.socket.send(Message::text(message.to_string())).await.expect("sends");
        }
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.send(message);
        self.flush().await;
    }

    /// The next message of a type; user lists may come in between.
    pub(crate) async fn expect(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
            assert_eq!(message["type"], "userlist", "expected {kind}, got {message}");
        }
    }

    pub(crate) async fn next(&mut self) -> Value {
        serde_json::from_str(&next_text(&mut self.socket).await).expect("JSON")
    }

    /// Waits for a list that holds just these names.
    pub(crate) async fn sees_list(&mut self, names: &[&str]) {
        loop {
            if self.expect("userlist").await["users"] == serde_json::json!(names) {
                return;
            }
        }
    }

    /// Shows that nothing but lists has come: an error answers this nonsense, after all else.
    pub(crate) async fn hears_nothing(&mut self) {
        self.say(serde_json::json!({"type": "no-such-type"})).await;
        assert_eq!(self.expect("error").await["code"], "unknown_type");
    }
}

async fn next_text(socket: &mut Socket) -> String {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.expect("in time");
        match message.expect("open").expect("open") {
            Message::Text(frame) => return frame.to_string(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("expected text, got {other:?}"),
        }
    }
}

/// Reads until the end; the close code, if there was one.
pub(crate) async fn expect_close(socket: &mut Socket) -> Option<u16> {
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("in time") {
            Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return None,
        }
    }
}

/// A key that is always the same for a name.
pub(crate) fn key_of(name: &str) -> SigningKey {
    let mut seed = [7; 32];
    for (place, byte) in seed.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    SigningKey::from_bytes(&seed)
}

pub(crate) fn public(key: &SigningKey) -> DeviceKey {
    DeviceKey::from_bytes(key.verifying_key().to_bytes())
}

pub(crate) fn sign(key: &SigningKey, transcript: &[u8]) -> Signature {
    Signature::from_bytes(key.sign(transcript).to_bytes())
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn call_id(number: u8) -> CallId {
    CallId::from_bytes([number; 16])
}

pub(crate) fn invite(id: CallId, to: &str) -> ClientMessage {
    ClientMessage::CallInvite { call_id: id, to: name(to), media: Media::VIDEO, setup: None }
}

pub(crate) fn accept(id: CallId) -> ClientMessage {
    ClientMessage::CallAccept { call_id: id, media: Media::VIDEO, setup: None }
}
