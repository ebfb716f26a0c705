//! One WebSocket: reads, writes, keeps alive, and hands everything else to the hub.

mod inbound;
mod limit;
mod login;
mod outbox;

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use ringdove_protocol::{ErrorCode, MAX_FRAME_BYTES, Name};
use tokio::{
    io::AsyncReadExt,
    time::{Instant, error::Elapsed, sleep, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};
use tracing::debug;

use crate::{
    JoinPolicy, LinkTimers,
    admission::{Gate, Work},
    calls::Departure,
    hub::{Dialect, Frame, HubHandle, Input},
    metrics::Metrics,
    random,
    shutdown::ShutdownSeen,
};
pub(crate) use inbound::{Edge, Refusal};
pub(crate) use limit::Budgets;
use limit::{Limit, Verdict};
use outbox::Waiting;
pub(crate) use outbox::{Out, Outbox};

/// How long a closed connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long the next message of somebody who sends too many is left unread. The network holds the
/// sender back meanwhile, and a flood costs the server no more than a thousand messages a second.
const PAUSE: Duration = Duration::from_millis(1);

/// How much of an oversized message is swallowed, so that the sender can read why.
const SWALLOWED_BYTES: usize = 4 * 1024 * 1024;

type Io = TokioIo<hyper::upgrade::Upgraded>;

/// What every connection shares.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) hub: HubHandle,
    pub(crate) server_id: String,
    pub(crate) timers: LinkTimers,
    pub(crate) join: JoinPolicy,
    pub(crate) budgets: Budgets,
    pub(crate) gate: Gate,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) shutdown: ShutdownSeen,
}

/// How a connection ends.
#[derive(Debug)]
enum End {
    /// This side closes.
    Close { code: u16, reason: &'static str },
    /// The other side is gone, or does not read.
    Gone(Departure),
    /// A message was too big: the rest of it is on its way.
    TooBig,
}

struct Connection {
    shared: Shared,
    edge: Edge,
    socket: WebSocketStream<Io>,
    limit: Limit,
    /// The handshake, and then a login, that the other end waits for.
    work: Option<Work>,
}

/// What was agreed on before a connection became a WebSocket.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) dialect: Dialect,
    /// Who is there, where a proxy that is believed has to say it.
    pub(crate) vouched: Option<Name>,
    pub(crate) work: Work,
}

/// Serves one connection until it ends.
pub(crate) async fn serve(io: Io, handshake: Handshake, shared: Shared) {
    let Handshake { dialect, vouched, work } = handshake;
    let config = WebSocketConfig::default()
        // tungstenite's 128 KiB for each connection are ten times what our messages need.
        .read_buffer_size(8 * 1024)
        .write_buffer_size(8 * 1024)
        // Only reached when the peer does not read, which the write deadline ends.
        .max_write_buffer_size(4 * MAX_FRAME_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let session = random::session_id();
    let limit = Limit::new(shared.budgets.of_stranger(std::time::Instant::now()));
    let hub = shared.hub.clone();
    let edge =
        Edge { dialect, session, nonce: random::nonce(), join: shared.join.clone(), vouched };
    let mut connection = Connection { shared, edge, socket, limit, work: Some(work) };
    let (outbox, mut waiting) = outbox::channel();
    hub.open(session, dialect, outbox).await;
    let departure = connection.run(&mut waiting).await;
    debug!(%session, ?departure, "connection ended");
    hub.send(Input::Closed { session, departure }).await;
}

impl Connection {
    async fn run(&mut self, waiting: &mut Waiting) -> Departure {
        let overflow = waiting.overflow();
        let end = tokio::select! {
            end = self.talk(waiting) => end,
            // Cuts through a write that does not come to its end.
            () = overflow => {
                self.shared.metrics.slow_readers.count();
                End::Gone(Departure::Lost)
            }
        };
        match end {
            End::Gone(departure) => departure,
            End::Close { code, reason } => {
                self.close(code, reason).await;
                Departure::Lost
            }
            End::TooBig => {
                self.refuse_too_big().await;
                Departure::Lost
            }
        }
    }

    async fn talk(&mut self, waiting: &mut Waiting) -> End {
        let timers = self.shared.timers;
        let mut shutdown = self.shared.shutdown.clone();
        let mut next_ping = Instant::now() + timers.ping;
        let mut dead_at = Instant::now() + timers.dead;
        if let Err(end) = self.greet().await {
            return end;
        }
        self.work = None;
        loop {
            let result = tokio::select! {
                () = shutdown.begins() => {
                    Err(End::Close { code: CloseCode::Restart.into(), reason: "server stops" })
                }
                out = waiting.next() => match out {
                    Some(out) => self.put(out, waiting).await,
                    None => Err(End::Close { code: CloseCode::Error.into(), reason: "server stops" }),
                },
                incoming = self.socket.next() => {
                    dead_at = Instant::now() + timers.dead;
                    self.take(incoming).await
                }
                () = sleep_until(next_ping) => {
                    next_ping += timers.ping;
                    self.write([Message::Ping(Default::default())]).await
                }
                () = sleep_until(dead_at) => {
                    debug!(session = %self.edge.session, "no sign of life");
                    Err(End::Gone(Departure::Lost))
                }
            };
            if let Err(end) = result {
                return end;
            }
        }
    }

    async fn greet(&mut self) -> Result<(), End> {
        match self.edge.hello(&self.shared.server_id) {
            Some(hello) => self.write([text(hello)]).await,
            None => Ok(()),
        }
    }

    /// Sends what the hub queued, and what waits behind it.
    async fn put(&mut self, first: Out, waiting: &mut Waiting) -> Result<(), End> {
        // Whatever the hub says first is the answer to a login, if there was one.
        self.work = None;
        let mut messages = Vec::new();
        let mut bytes = 0;
        let mut next = Some(first);
        let mut end = Ok(());
        while let Some(out) = next {
            bytes += out.counted_bytes();
            match out {
                Out::Frame(frame) => messages.push(Message::Text(frame)),
                Out::Snapshot(frames) => messages.extend(frames.into_iter().map(Message::Text)),
                Out::Close { code, reason } => {
                    end = Err(End::Close { code, reason });
                    break;
                }
            }
            // Few enough for one write deadline.
            next = if messages.len() < 16 { waiting.next_now() } else { None };
        }
        self.write(messages).await?;
        waiting.written(bytes);
        end
    }

    async fn write(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), End> {
        let limit = self.shared.timers.write;
        for message in messages {
            let fed = timeout(limit, self.socket.feed(message)).await;
            self.written(fed)?;
        }
        let flushed = timeout(limit, self.socket.flush()).await;
        self.written(flushed)
    }

    fn written(&self, result: Result<Result<(), Error>, Elapsed>) -> Result<(), End> {
        match result {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone(Departure::Lost)),
            Err(_) => {
                self.shared.metrics.slow_readers.count();
                Err(End::Gone(Departure::Lost))
            }
        }
    }

    async fn take(&mut self, incoming: Option<Result<Message, Error>>) -> Result<(), End> {
        let message = match incoming {
            Some(Ok(message)) => message,
            Some(Err(Error::Capacity(_))) => return Err(End::TooBig),
            Some(Err(Error::Utf8(_))) => {
                let reason = "text must be UTF-8";
                return Err(End::Close { code: CloseCode::Invalid.into(), reason });
            }
            Some(Err(Error::Protocol(_))) => {
                let reason = "WebSocket protocol error";
                return Err(End::Close { code: CloseCode::Protocol.into(), reason });
            }
            Some(Err(_)) | None => return Err(End::Gone(Departure::Lost)),
        };
        let bytes = match &message {
            Message::Text(frame) => frame.len(),
            Message::Binary(data) => data.len(),
            // tungstenite answers pings by itself.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => 0,
            Message::Close(frame) => {
                // tungstenite's answer still has to go out.
                let _gone_anyway = timeout(GOODBYE, self.socket.flush()).await;
                return Err(End::Gone(departure(frame.as_ref().map(|frame| frame.code.into()))));
            }
        };
        let verdict = self.limit.take(std::time::Instant::now(), bytes);
        self.shared.metrics.messages.count();
        if verdict != Verdict::Fine {
            self.shared.metrics.messages_dropped.count();
            sleep(PAUSE).await;
        }
        match verdict {
            Verdict::Fine => {}
            Verdict::Drop { first: true } => {
                let text = "too many messages; some were dropped";
                return self.refuse(ErrorCode::RateLimited, text, None).await;
            }
            Verdict::Drop { first: false } => return Ok(()),
            Verdict::Close => {
                let reason = "too many messages";
                return Err(End::Close { code: CloseCode::Policy.into(), reason });
            }
        }
        match message {
            Message::Text(frame) => self.on_text(&frame).await,
            Message::Binary(_) => {
                let text = "a message is a text frame of JSON";
                self.refuse(ErrorCode::BadMessage, text, None).await
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) | Message::Close(_) => Ok(()),
        }
    }

    async fn on_text(&mut self, frame: &str) -> Result<(), End> {
        match self.edge.read(&self.shared.server_id, frame) {
            Ok(input) => {
                if let Input::Login { login, .. } = &input {
                    let now = std::time::Instant::now();
                    self.limit.join(self.shared.budgets.of_account(now, login.account));
                    self.work = Some(self.shared.gate.enter());
                }
                self.shared.hub.send(input).await;
                Ok(())
            }
            Err(Refusal { code, text, about, closes }) => {
                self.refuse(code, &text, about.as_deref()).await?;
                match closes {
                    Some(reason) => Err(End::Close { code: CloseCode::Policy.into(), reason }),
                    None => Ok(()),
                }
            }
        }
    }

    async fn refuse(&mut self, code: ErrorCode, why: &str, about: Option<&str>) -> Result<(), End> {
        self.write([text(self.edge.encode_error(code, why, about))]).await
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        let goodbye = async {
            self.socket.close(Some(frame)).await?;
            while let Some(message) = self.socket.next().await {
                message?;
                sleep(PAUSE).await;
            }
            Ok::<(), Error>(())
        };
        let _gone_anyway = timeout(GOODBYE, goodbye).await;
    }

    async fn refuse_too_big(&mut self) {
        let limit = MAX_FRAME_BYTES / 1024;
        let text = format!("a message holds at most {limit} KiB");
        let code = CloseCode::Size;
        let frame = CloseFrame { code, reason: "message too big".into() };
        let _gone_anyway = self.refuse(ErrorCode::BadMessage, &text, None).await;
        let _gone_anyway = timeout(GOODBYE, self.socket.close(Some(frame))).await;
        // Closing with unread input would reset the connection, and the reason would be lost.
        let io = self.socket.get_mut();
        let swallow = async {
            let mut scratch = vec![0; 16 * 1024];
            let mut swallowed = 0;
            while swallowed < SWALLOWED_BYTES {
                match io.read(&mut scratch).await {
                    Ok(0) | Err(_) => break,
                    Ok(read) => swallowed += read,
                }
            }
        };
        let _enough = timeout(GOODBYE * 2, swallow).await;
    }
}

fn text(frame: String) -> Message {
    Message::Text(Frame::from(frame))
}

/// Whether a peer that closes with this code will come back: 1000 and 1001 (or no code) are goodbyes.
pub(crate) fn departure(code: Option<u16>) -> Departure {
    match code {
        None | Some(1000 | 1001 | 1005) => Departure::Clean,
        Some(_) => Departure::Lost,
    }
}
