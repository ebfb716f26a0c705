//! A bounded queue with one reader that knows what may be lost: media may, control and data may
//! not.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What an entry is, which decides what happens when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Requests, replies, events: refused when full.
    Control,
    /// Messages of data channels: refused when full.
    Data,
    /// Frames: the oldest make room.
    Media,
}

/// How much of each class may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) control: usize,
    pub(crate) data_bytes: usize,
    pub(crate) media: usize,
    pub(crate) media_bytes: usize,
}

/// Why an entry was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the reader is gone")]
    Closed,
    #[error("the queue is full")]
    Full,
}

pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    wake: Notify,
    limits: Limits,
}

struct State<T> {
    entries: VecDeque<Entry<T>>,
    control: usize,
    data_bytes: usize,
    media: usize,
    media_bytes: usize,
    closed: bool,
}

struct Entry<T> {
    item: T,
    class: Class,
    bytes: usize,
}

impl<T> Queue<T> {
    pub(crate) fn new(limits: Limits) -> Self {
        let state = State {
            entries: VecDeque::new(),
            control: 0,
            data_bytes: 0,
            media: 0,
            media_bytes: 0,
            closed: false,
        };
        Self { state: Mutex::new(state), wake: Notify::new(), limits }
    }

    /// Takes the oldest media out until a frame of `bytes` fits.
    pub(crate) fn make_room(&self, bytes: usize) -> Vec<T> {
        let mut state = self.lock();
        let mut lost = Vec::new();
        while state.media > 0
            && (state.media >= self.limits.media
                || state.media_bytes + bytes > self.limits.media_bytes)
        {
            let Some(at) = state.entries.iter().position(|e| e.class == Class::Media) else {
                break;
            };
            let Some(entry) = state.entries.remove(at) else { break };
            state.count(&entry, false);
            lost.push(entry.item);
        }
        lost
    }

    /// Offers the waiting entries, oldest first, until `change` says that it is done.
    pub(crate) fn amend(&self, mut change: impl FnMut(&mut T) -> bool) -> bool {
        self.lock().entries.iter_mut().any(|entry| change(&mut entry.item))
    }

    pub(crate) fn push(&self, item: T, class: Class, bytes: usize) -> Result<(), Refused> {
        let lost = if class == Class::Media { self.make_room(bytes) } else { Vec::new() };
        drop(lost);
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let full = match class {
            Class::Control => state.control >= self.limits.control,
            Class::Data => state.data_bytes + bytes > self.limits.data_bytes,
            Class::Media => false,
        };
        if full {
            return Err(Refused::Full);
        }
        let entry = Entry { item, class, bytes };
        state.count(&entry, true);
        state.entries.push_back(entry);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Gives the next entry, `None` once closed and empty. Safe to cancel; for one reader.
    pub(crate) async fn pop(&self) -> Option<T> {
        loop {
            {
                let mut state = self.lock();
                if let Some(entry) = state.entries.pop_front() {
                    state.count(&entry, false);
                    return Some(entry.item);
                }
                if state.closed {
                    return None;
                }
            }
            self.wake.notified().await;
        }
    }

    /// Takes nothing more; gives what still waited.
    pub(crate) fn close(&self) -> Vec<T> {
        let mut state = self.lock();
        state.closed = true;
        let rest = state.entries.drain(..).map(|entry| entry.item).collect();
        drop(state);
        self.wake.notify_one();
        rest
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code that can panic runs under the lock but `amend`'s closure, which leaves the counts
        // alone.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn count(&mut self, entry: &Entry<T>, added: bool) {
        let step = |total: &mut usize, by: usize| {
            *total = if added { *total + by } else { total.saturating_sub(by) };
        };
        match entry.class {
            Class::Control => step(&mut self.control, 1),
            Class::Data => step(&mut self.data_bytes, entry.bytes),
            Class::Media => {
                step(&mut self.media, 1);
                step(&mut self.media_bytes, entry.bytes);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { control: 2, data_bytes: 10, media: 2, media_bytes: 100 };

    #[tokio::test]
    async fn old_media_makes_room_and_control_stays() {
        let queue = Queue::new(LIMITS);
        queue.push(1, Class::Media, 10).unwrap();
        queue.push(2, Class::Control, 0).unwrap();
        queue.push(3, Class::Media, 10).unwrap();
        queue.push(4, Class::Media, 10).unwrap();
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(queue.pop().await.unwrap());
        }
        assert_eq!(seen, [2, 3, 4]);
    }

    #[tokio::test]
    async fn control_and_data_are_refused_when_full() {
        let queue = Queue::new(LIMITS);
        queue.push(1, Class::Control, 0).unwrap();
        queue.push(2, Class::Control, 0).unwrap();
        assert_eq!(queue.push(3, Class::Control, 0), Err(Refused::Full));
        queue.push(4, Class::Data, 10).unwrap();
        assert_eq!(queue.push(5, Class::Data, 1), Err(Refused::Full));
        assert_eq!(queue.close(), [1, 2, 4]);
        assert_eq!(queue.push(6, Class::Control, 0), Err(Refused::Closed));
        assert_eq!(queue.pop().await, None);
    }
}
