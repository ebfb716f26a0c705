//! What waits to be sent to one connection: bounded, so that a slow reader costs little and is
//! closed rather than buffered.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Notify, mpsc};

use crate::hub::Frame;

/// Something to be sent, in order.
#[derive(Debug)]
pub(crate) enum Out {
    Close {
        code: u16,
        reason: &'static str,
    },
    Frame(Frame),
    /// Counts as one message without bytes: it comes once, right after the login.
    Snapshot(Vec<Frame>),
}

/// How much may wait.
///
/// An end that resumes a call repeats up to 64 signals at once, for which nobody is to blame; what
/// guards the memory is the number of bytes.
const MAX_MESSAGES: usize = 256;
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// The hub's side.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Out>,
    shared: Arc<Shared>,
}

/// The connection's side.
#[derive(Debug)]
pub(super) struct Waiting {
    queue: mpsc::Receiver<Out>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    bytes: AtomicUsize,
    overflowed: Notify,
}

pub(super) fn channel() -> (Outbox, Waiting) {
    let (sender, receiver) = mpsc::channel(MAX_MESSAGES);
    let shared = Arc::new(Shared::default());
    (Outbox { queue: sender, shared: shared.clone() }, Waiting { queue: receiver, shared })
}

impl Out {
    pub(super) fn counted_bytes(&self) -> usize {
        match self {
            Self::Close { .. } | Self::Snapshot(_) => 0,
            Self::Frame(frame) => frame.len(),
        }
    }
}

impl Outbox {
    /// Queues something; false if the reader is too slow, whose connection then ends.
    pub(crate) fn put(&self, out: Out) -> bool {
        let bytes = out.counted_bytes();
        // Only this side adds, so nothing is added between the look and the addition.
        let fits = self.shared.bytes.load(Ordering::Relaxed) + bytes <= MAX_BYTES;
        if fits {
            self.shared.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        match fits.then(|| self.queue.try_send(out)) {
            Some(Ok(())) => true,
            // The connection is ending anyway.
            Some(Err(mpsc::error::TrySendError::Closed(_))) => true,
            Some(Err(mpsc::error::TrySendError::Full(_))) | None => {
                self.shared.overflowed.notify_one();
                false
            }
        }
    }
}

impl Waiting {
    /// The next thing to send; none when the hub is gone.
    pub(super) async fn next(&mut self) -> Option<Out> {
        self.queue.recv().await
    }

    /// The next thing to send, if it waits already.
    pub(super) fn next_now(&mut self) -> Option<Out> {
        self.queue.try_recv().ok()
    }

    /// Makes room: so much of what was taken is on its way. Until then it counts as waiting.
    pub(super) fn written(&self, bytes: usize) {
        self.shared.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Tells the moment of the overflow without borrowing the queue.
    pub(super) fn overflow(&self) -> impl Future<Output = ()> + Send + 'static {
        let shared = self.shared.clone();
        async move { shared.overflowed.notified().await }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn frame(bytes: usize) -> Out {
        Out::Frame("x".repeat(bytes).into())
    }

    #[tokio::test]
    async fn too_many_bytes_overflow() {
        let (outbox, mut waiting) = channel();
        for _ in 0..4 {
            assert!(outbox.put(frame(MAX_BYTES / 4)));
        }
        assert!(!outbox.put(frame(1)));
        waiting.overflow().await;
        let taken = waiting.next().await.unwrap();
        assert!(!outbox.put(frame(1)), "what is not written yet is still in memory");
        waiting.written(taken.counted_bytes());
        assert!(outbox.put(frame(1)), "there is room again");
    }

    #[tokio::test]
    async fn too_many_messages_overflow() {
        let (outbox, waiting) = channel();
        for _ in 0..MAX_MESSAGES {
            assert!(outbox.put(frame(1)));
        }
        assert!(!outbox.put(frame(1)));
        waiting.overflow().await;
    }
}
