//! The tokio shell against a real listener.
#![cfg(feature = "native")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{future::Future, time::Duration};

use futures_util::{SinkExt, StreamExt};
use ringdove_client::{
    Book, Identity, Seed,
    app::{Command, Event, LinkView},
    native::{Client, DispatchError, NativeConfig, spawn},
};
use ringdove_protocol::{ClientMessage, MAX_SERVER_FRAME_BYTES, SUBPROTOCOL, ServerMessage};
use support::{hello, name, presence, user, welcome};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        protocol::frame::coding::CloseCode,
    },
};

#[tokio::test]
async fn logs_in_and_hears_who_is_there() {
    let server = Server::start().await;
    let (client, mut events) = client(&server);
    sign_in(&client);
    let mut guest = server.accept().await;
    guest.log_in().await;
    guest.say(presence(&["Ben"])).await;

    until(&mut events, |event| matches!(event, Event::People { .. })).await;

    let snapshot = soon(client.snapshot()).await.unwrap();
    assert_eq!(snapshot.link, LinkView::Online { name: name("Anna") });
    assert_eq!(snapshot.people, [user("Ben")]);
    client.dispatch(Command::Chat { text: "hello".to_owned() }).unwrap();
    assert_eq!(guest.hear().await, ClientMessage::Chat { text: "hello".to_owned() });
}

#[tokio::test]
async fn comes_back_after_the_server_was_restarted() {
    let server = Server::start().await;
    let (client, mut events) = client(&server);
    sign_in(&client);
    server.accept().await.log_in().await;
    until(&mut events, is_online).await;

    // The accepted connection is dropped by now, and so is the listener: as after a kill.
    let address = server.stop();
    until(&mut events, |event| {
        matches!(event, Event::Link { link: LinkView::Reconnecting { failures: 2.., .. } })
    })
    .await;
    let server = Server::bind(&address).await;
    server.accept().await.log_in().await;
    until(&mut events, is_online).await;
}

#[tokio::test]
async fn sign_out_says_goodbye() {
    let server = Server::start().await;
    let (client, mut events) = client(&server);
    sign_in(&client);
    let mut guest = server.accept().await;
    guest.log_in().await;
    until(&mut events, is_online).await;

    client.dispatch(Command::SignOut).unwrap();
    assert_eq!(guest.close_code().await, Some(CloseCode::Normal));
}

#[tokio::test]
async fn dropping_the_last_client_leaves_the_server() {
    let server = Server::start().await;
    let (client, mut events) = client(&server);
    sign_in(&client);
    let mut guest = server.accept().await;
    guest.log_in().await;
    until(&mut events, is_online).await;

    drop(client);
    assert_eq!(guest.close_code().await, Some(CloseCode::Normal));
    soon(async { while events.recv().await.is_some() {} }).await;
}

#[tokio::test]
async fn dropping_the_events_ends_the_client() {
    let server = Server::start().await;
    let (client, events) = client(&server);
    drop(events);
    assert_eq!(soon(client.snapshot()).await, Err(DispatchError::Ended));
    assert_eq!(client.dispatch(Command::SignOut), Err(DispatchError::Ended));
}

#[tokio::test]
async fn frame_beyond_the_limit_costs_the_connection_and_nothing_else() {
    let server = Server::start().await;
    let (client, mut events) = client(&server);
    sign_in(&client);
    let mut guest = server.accept().await;
    guest.log_in().await;
    until(&mut events, is_online).await;

    guest.0.send(Message::text("x".repeat(MAX_SERVER_FRAME_BYTES + 1))).await.unwrap();
    server.accept().await.log_in().await;
    until(&mut events, is_online).await;
}

#[tokio::test]
async fn slow_host_loses_no_event_and_keeps_the_link() {
    let server = Server::start().await;
    let (client, mut events) = client(&server);
    sign_in(&client);
    let mut guest = server.accept().await;
    guest.log_in().await;
    // What is told last of a login.
    until(&mut events, |event| matches!(event, Event::Known { .. })).await;

    let said = 3000;
    let lines = async {
        for at in 0..said {
            guest.say(ServerMessage::Chat { from: name("Ben"), text: "hi".to_owned(), at }).await;
        }
    };
    let heard = async {
        // Nothing is read until the queues between are full and the server has to wait.
        while client.snapshot().await.unwrap().lines.len() < 256 {
            tokio::task::yield_now().await;
        }
        for at in 0..said {
            let Some(Event::Line { line }) = events.recv().await else { panic!("no line {at}") };
            assert_eq!(line.at, at);
        }
    };
    soon(async { tokio::join!(lines, heard) }).await;
}

/// The server's end of the listener.
struct Server(TcpListener);

/// The server's end of one connection.
struct Guest(WebSocketStream<TcpStream>);

impl Server {
    async fn start() -> Self {
        Self::bind("127.0.0.1:0").await
    }

    async fn bind(address: &str) -> Self {
        Self(TcpListener::bind(address).await.unwrap())
    }

    fn stop(self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    async fn accept(&self) -> Guest {
        let (stream, _) = soon(self.0.accept()).await.unwrap();
        Guest(soon(accept_hdr_async(stream, choose_subprotocol)).await.unwrap())
    }
}

#[expect(clippy::result_large_err, reason = "tungstenite's signature")]
fn choose_subprotocol(request: &Request, mut answer: Response) -> Result<Response, ErrorResponse> {
    let offered = &request.headers()["sec-websocket-protocol"];
    assert_eq!(offered, SUBPROTOCOL);
    answer.headers_mut().insert("sec-websocket-protocol", offered.clone());
    Ok(answer)
}

impl Guest {
    async fn log_in(&mut self) {
        self.say(hello()).await;
        let login = self.hear().await;
        assert!(matches!(login, ClientMessage::Login { .. }), "{login:?}");
        self.say(welcome("Anna")).await;
    }

    async fn say(&mut self, message: ServerMessage) {
        soon(self.0.send(Message::text(message.encode()))).await.unwrap();
    }

    async fn hear(&mut self) -> ClientMessage {
        let frame = soon(self.0.next()).await.unwrap().unwrap();
        ClientMessage::decode(frame.to_text().unwrap()).unwrap()
    }

    async fn close_code(&mut self) -> Option<CloseCode> {
        let frame = soon(self.0.next()).await.unwrap().unwrap();
        let Message::Close(frame) = frame else { panic!("{frame:?} instead of a close frame") };
        frame.map(|frame| frame.code)
    }
}

fn client(server: &Server) -> (Client, mpsc::Receiver<Event>) {
    spawn(NativeConfig {
        server: format!("ws://{}", server.0.local_addr().unwrap()),
        identity: Identity::from_seed(&Seed::from_bytes([1; 32])),
        link: None,
        timers: Default::default(),
        book: Book::default(),
        store: None,
        privacy: Default::default(),
        extra_roots: Vec::new(),
    })
}

fn sign_in(client: &Client) {
    client
        .dispatch(Command::SignIn { server: None, name: "Anna".to_owned(), invite: None })
        .unwrap();
}

fn is_online(event: &Event) -> bool {
    matches!(event, Event::Link { link: LinkView::Online { .. } })
}

async fn until(events: &mut mpsc::Receiver<Event>, wanted: impl Fn(&Event) -> bool) {
    soon(async { while !wanted(&events.recv().await.unwrap()) {} }).await;
}

/// No wait of these tests takes long; one that does has failed.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}
