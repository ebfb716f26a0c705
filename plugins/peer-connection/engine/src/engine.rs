//! Routes the page's frames to its connections, one task each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::connection::{Command, Connection, INBOX, Inbox, NetworkWatch};
use crate::outbox::{Out, Outbox};
use crate::queue::{Class, Queue, Refused};
use crate::sound::SoundCard;
use crate::trust::Trust;
use crate::wire::{
    Event, FLAG_KEY, FLAG_TEXT, Failure, Header, KIND_AUDIO, KIND_DATA, KIND_VIDEO, MAX_BINARY,
    MAX_TEXT, Op, heard,
};

/// More connections than a page needs; a bound against a page gone wrong.
const MAX_CONNECTIONS: usize = 64;

/// What an engine is told at its start.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Configuration {
    /// Root certificates, as DER (RFC 5280), by which TURN servers over TLS (`turns:`) are trusted
    /// besides those of the system. One that cannot be read costs every candidate of such a server,
    /// and the page is told so.
    pub extra_roots: Vec<Vec<u8>>,
    /// Whether the page may have the engine open the machine's microphones, which asks nobody. Where
    /// it may not, the page sends the samples of its own tracks.
    pub microphones: bool,
}

/// The connections of one page. Dropping it ends them all, and everything they hold, without a
/// farewell.
pub struct Engine {
    outbox: Outbox,
    connections: HashMap<u32, Running>,
    trust: Arc<Trust>,
    network: NetworkWatch,
    sound: Arc<SoundCard>,
    origin: Instant,
}

struct Running {
    inbox: Arc<Inbox>,
    task: AbortHandle,
}

impl Engine {
    /// Makes an engine that writes to `out`, which should be bounded: the oldest media is dropped
    /// where the reader is slow, never control or data; a reader that has stopped for good ends the
    /// engine, and `out` closes.
    ///
    /// Must be called within a tokio runtime with IO and time enabled, as must
    /// [`text`](Self::text).
    pub fn new(out: mpsc::Sender<Out>) -> Self {
        Self::with_configuration(out, Configuration::default())
    }

    /// [`new`](Self::new), with what differs from the defaults.
    pub fn with_configuration(out: mpsc::Sender<Out>, configuration: Configuration) -> Self {
        Self {
            outbox: Outbox::new(out),
            connections: HashMap::new(),
            trust: Arc::new(Trust::new(configuration.extra_roots)),
            network: NetworkWatch::start(),
            sound: Arc::new(SoundCard::new(configuration.microphones)),
            origin: Instant::now(),
        }
    }

    /// Takes one control request; its reply and all events come through `out`. A frame without a
    /// readable `id` has no reply and is ignored.
    pub fn text(&mut self, frame: &str) {
        if frame.len() > MAX_TEXT {
            tracing::warn!(bytes = frame.len(), "a control frame is too long");
            return;
        }
        let Ok(request) = serde_json::from_str::<Value>(frame) else {
            tracing::warn!("a control frame is not JSON");
            return;
        };
        let Some(id) = request.get("id").and_then(Value::as_u64) else {
            tracing::warn!("a control frame has no id");
            return;
        };
        if let Err(failure) = self.request(id, &request) {
            self.outbox.reply(id, Err(failure));
        }
    }

    /// Takes one frame of media or data. What cannot be read, or has no connection, is ignored.
    pub fn binary(&mut self, frame: &[u8]) {
        if frame.len() > MAX_BINARY {
            tracing::warn!(bytes = frame.len(), "a binary frame is too long");
            return;
        }
        let Some((header, payload)) = Header::parse(frame) else { return };
        let time = if header.time.is_finite() { header.time.max(0.0) } else { 0.0 };
        let (command, class) = match header.kind {
            KIND_VIDEO => {
                let key = header.flags & FLAG_KEY != 0;
                let payload = payload.to_vec();
                (Command::Video { line: header.line, key, time, payload }, Class::Media)
            }
            KIND_AUDIO => {
                let Some(heard) = heard(payload).map(Box::new) else { return };
                (Command::Audio { line: header.line, time, heard }, Class::Media)
            }
            KIND_DATA => {
                let text = header.flags & FLAG_TEXT != 0;
                let payload = payload.to_vec();
                (Command::Data { channel: header.line, text, payload }, Class::Data)
            }
            _ => return,
        };
        let Some(running) = self.connections.get(&header.pc) else { return };
        if running.inbox.push(command, class, payload.len()) == Err(Refused::Full) {
            // A hole in a reliable channel would be a lie: the channel ends instead (W3C WebRTC
            // 6.2, send step 6).
            tracing::warn!("a channel's queue is full");
            let lost = Command::Overflow { channel: header.line };
            let _ = running.inbox.push(lost, Class::Control, 0);
        }
    }

    fn request(&mut self, id: u64, request: &Value) -> Result<(), Failure> {
        let pc = request
            .get("pc")
            .and_then(Value::as_u64)
            .and_then(|pc| u32::try_from(pc).ok())
            .ok_or_else(|| Failure::wrong("pc is no number of 32 bits"))?;
        let op = Op::deserialize(request).map_err(|error| Failure::wrong(error.to_string()))?;
        if self.connections.get(&pc).is_some_and(|running| running.inbox.is_closed()) {
            self.connections.remove(&pc);
        }
        if let Op::Create { ice_servers, relay_only } = op {
            if self.connections.contains_key(&pc) {
                return Err(Failure::invalid_state("the connection exists"));
            }
            // Finished connections stay in the table until somebody asks for them or for room.
            self.connections.retain(|_, running| !running.inbox.is_closed());
            if self.connections.len() >= MAX_CONNECTIONS {
                return Err(Failure::operation("too many connections"));
            }
            let inbox = Arc::new(Queue::new(INBOX));
            let connection = Connection::new(
                pc,
                Arc::clone(&inbox),
                self.outbox.clone(),
                Arc::clone(&self.trust),
                self.network.changes(),
                Arc::clone(&self.sound),
                self.origin,
            )?;
            let fingerprint = connection.fingerprint();
            let connection = connection.with_servers(&ice_servers, relay_only);
            let task = supervise(pc, Arc::clone(&inbox), self.outbox.clone(), connection.run());
            self.connections.insert(pc, Running { inbox, task });
            self.outbox.reply(id, Ok(json!({ "fingerprint": fingerprint })));
            return Ok(());
        }
        let running = self
            .connections
            .get(&pc)
            .ok_or_else(|| Failure::invalid_state("no such connection"))?;
        running.inbox.push(Command::Request { id, op }, Class::Control, 0).map_err(|refused| {
            match refused {
                Refused::Closed => Failure::invalid_state("the connection is closed"),
                Refused::Full => Failure::operation("too many requests wait"),
            }
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for running in self.connections.values() {
            running.task.abort();
        }
        self.outbox.close();
    }
}

/// Runs a connection's task; whatever way it ends, its requests are answered, and a panic becomes
/// an event.
fn supervise(
    pc: u32,
    inbox: Arc<Inbox>,
    outbox: Outbox,
    connection: impl Future<Output = ()> + Send + 'static,
) -> AbortHandle {
    let task = tokio::spawn(connection);
    let abort = task.abort_handle();
    tokio::spawn(async move {
        let result = task.await;
        for command in inbox.close() {
            if let Command::Request { id, .. } = command {
                outbox.reply(id, Err(Failure::invalid_state("the connection is closed")));
            }
        }
        if result.is_err_and(|error| error.is_panic()) {
            tracing::error!(pc, "a connection's task panicked");
            outbox.event(pc, Event::Failed { message: "the engine of this connection panicked" });
        }
    });
    abort
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_its_connection_only() {
        let (out, mut from_engine) = mpsc::channel(8);
        let outbox = Outbox::new(out);
        let inbox = Arc::new(Queue::new(INBOX));
        inbox.push(Command::Request { id: 9, op: Op::Stats }, Class::Control, 0).unwrap();
        supervise(3, Arc::clone(&inbox), outbox, async { panic!("on purpose") });
        let Some(Out::Text(reply)) = from_engine.recv().await else { panic!("no reply") };
        assert!(reply.starts_with(r#"{"id":9,"error":{"name":"InvalidStateError""#), "{reply}");
        let Some(Out::Text(event)) = from_engine.recv().await else { panic!("no event") };
        assert!(event.starts_with(r#"{"pc":3,"event":"failed""#), "{event}");
        assert!(inbox.is_closed());
    }
}
