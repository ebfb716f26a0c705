//! How many handshakes and logins may be in work at once.
//!
//! What is counted is the server's own work: from a request to the greeting, and from a login to
//! its answer. Whoever opens a connection and says nothing holds no place, so nobody can shut
//! others out by being slow.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// A count with a limit.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    limit: u32,
    within: Arc<AtomicU32>,
}

/// One piece of work, done when it is dropped.
#[derive(Debug)]
pub(crate) struct Work(Arc<AtomicU32>);

impl Gate {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, within: Arc::default() }
    }

    /// Begins a handshake, if not too many are in work.
    pub(crate) fn try_enter(&self) -> Option<Work> {
        self.within
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |within| {
                (within < self.limit).then_some(within + 1)
            })
            .is_ok()
            .then(|| Work(self.within.clone()))
    }

    /// Counts a login, which is never refused: its connection was let in before.
    pub(crate) fn enter(&self) -> Work {
        self.within.fetch_add(1, Ordering::Relaxed);
        Work(self.within.clone())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_is_open_again_when_work_is_done() {
        let gate = Gate::new(2);
        let (first, _login) = (gate.try_enter(), gate.enter());
        assert!(first.is_some());
        assert!(gate.try_enter().is_none());
        drop(first);
        assert!(gate.try_enter().is_some());
    }
}
