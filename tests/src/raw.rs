//! Sockets that send whatever a test likes.

use std::time::Duration;

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use ringdove_protocol::{Name, Nonce, RingRule, ServerMessage};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{World, fresh_identity};

const PATIENCE: Duration = Duration::from_secs(30);

/// A client's end of a connection.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects, as soon as the server takes one more.
pub async fn connect(world: &World, protocol: &str) -> anyhow::Result<Socket> {
    let attempts = async {
        loop {
            let mut request = format!("ws://{}/", world.address()).into_client_request()?;
            request.headers_mut().insert("Sec-WebSocket-Protocol", protocol.parse()?);
            match connect_async(request).await {
                Ok((socket, _)) => return Ok(socket),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    timeout(PATIENCE, attempts).await.context("the server takes no connection")?
}

/// Sends one text.
pub async fn say(socket: &mut Socket, text: impl Into<String>) -> anyhow::Result<()> {
    Ok(socket.send(Message::text(text.into())).await?)
}

/// Waits for a text that holds `part`.
pub async fn hear(socket: &mut Socket, part: &str) -> anyhow::Result<String> {
    while let Some(message) = timeout(PATIENCE, socket.next()).await? {
        if let Message::Text(text) = message?
            && text.contains(part)
        {
            return Ok(text.to_string());
        }
    }
    anyhow::bail!("the server closed the connection before it said {part}")
}

/// Takes the server's greeting: what it calls itself, and what a login has to sign.
pub async fn greeting(socket: &mut Socket) -> anyhow::Result<(String, Nonce)> {
    let frame = hear(socket, "\"hello\"").await?;
    let ServerMessage::Hello { server, nonce, .. } = ServerMessage::decode(&frame)? else {
        anyhow::bail!("not a greeting: {frame}")
    };
    Ok((server, nonce))
}

/// Logs in with a new key.
pub async fn log_in(socket: &mut Socket, name: &str) -> anyhow::Result<()> {
    let (server, nonce) = greeting(socket).await?;
    let (name, rings) = (Name::parse(name)?, RingRule::default());
    let login = fresh_identity()?.login(&server, &nonce, &name, None, &rings, None);
    say(socket, login.encode()).await?;
    hear(socket, "\"welcome\"").await?;
    Ok(())
}
