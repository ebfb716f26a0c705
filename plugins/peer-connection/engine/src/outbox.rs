//! What goes to the webview: replies, events, frames; late media is dropped, nothing else is.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::queue::{Class, Limits, Queue, Refused};
use crate::wire::{Event, FLAG_MISSING, Failure, Header, KIND_VIDEO};

/// One frame for the webview.
#[derive(Debug, Clone, PartialEq)]
pub enum Out {
    /// A reply or an event, as JSON.
    Text(String),
    /// A frame of media or a message of a data channel, with its header.
    Binary(Vec<u8>),
}

/// A page that leaves this much unread is not reading at all; then the outbox closes, and with it
/// the bridge.
const LIMITS: Limits =
    Limits { control: 8192, data_bytes: 32 << 20, media: 256, media_bytes: 8 << 20 };

#[derive(Clone)]
pub(crate) struct Outbox {
    queue: Arc<Queue<Out>>,
    /// Video lines that lost a frame here, to be told with their next one.
    gaps: Arc<Mutex<HashSet<(u32, u16)>>>,
}

impl Outbox {
    /// Starts the task that hands over to `out`; it ends when the outbox closes or the reader is
    /// gone.
    pub(crate) fn new(out: mpsc::Sender<Out>) -> Self {
        let queue = Arc::new(Queue::new(LIMITS));
        let source = Arc::clone(&queue);
        tokio::spawn(async move {
            while let Some(item) = source.pop().await {
                if out.send(item).await.is_err() {
                    break;
                }
            }
            source.close();
        });
        Self { queue, gaps: Arc::default() }
    }

    pub(crate) fn reply(&self, id: u64, result: Result<Value, Failure>) {
        let text = match result {
            Ok(value) => format!(r#"{{"id":{id},"ok":{value}}}"#),
            Err(failure) => match serde_json::to_string(&failure) {
                Ok(failure) => format!(r#"{{"id":{id},"error":{failure}}}"#),
                Err(_) => return,
            },
        };
        self.control(text);
    }

    pub(crate) fn event(&self, pc: u32, event: Event<'_>) {
        match serde_json::to_string(&event.of(pc)) {
            Ok(text) => self.control(text),
            Err(error) => tracing::error!(%error, "an event has no JSON"),
        }
    }

    pub(crate) fn media(&self, mut header: Header, payload: &[u8]) {
        let bytes = payload.len();
        for lost in self.queue.make_room(bytes) {
            if let Out::Binary(frame) = lost
                && let Some((lost, _)) = Header::parse(&frame)
                && lost.kind == KIND_VIDEO
            {
                self.mark_gap(lost.pc, lost.line);
            }
        }
        if header.kind == KIND_VIDEO && self.gaps().remove(&(header.pc, header.line)) {
            header.flags |= FLAG_MISSING;
        }
        // A closed outbox has no reader to whom this frame could matter.
        let _ = self.queue.push(Out::Binary(header.frame(payload)), Class::Media, bytes);
    }

    /// False if the page has left so much unread that the message had to be refused.
    pub(crate) fn data(&self, header: Header, payload: &[u8]) -> bool {
        let frame = Out::Binary(header.frame(payload));
        self.queue.push(frame, Class::Data, payload.len()) != Err(Refused::Full)
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }

    fn control(&self, text: String) {
        if self.queue.push(Out::Text(text), Class::Control, 0) == Err(Refused::Full) {
            tracing::warn!("the page does not read; the bridge ends");
            self.queue.close();
        }
    }

    fn mark_gap(&self, pc: u32, line: u16) {
        let told = self.queue.amend(|item| {
            let Out::Binary(frame) = item else { return false };
            let next = Header::parse(frame)
                .is_some_and(|(h, _)| h.kind == KIND_VIDEO && h.pc == pc && h.line == line);
            if next && let Some(flags) = frame.get_mut(1) {
                *flags |= FLAG_MISSING;
            }
            next
        });
        if !told {
            self.gaps().insert((pc, line));
        }
    }

    fn gaps(&self) -> std::sync::MutexGuard<'_, HashSet<(u32, u16)>> {
        self.gaps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
