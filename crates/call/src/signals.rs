//! Signals of one call in both directions: numbered, in order, each once.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// How many signals are kept: early or ahead of a gap on the way in, for a resume on the way out.
const KEPT: usize = 64;

/// Puts the other end's signals in order.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    next: u32,
    waiting: BTreeMap<u32, String>,
    gap_ends_at: Option<Duration>,
}

impl Inbox {
    /// Takes a signal; one that was seen, or that is too far ahead, is dropped.
    pub(crate) fn insert(&mut self, seq: u32, body: String) {
        if seq >= self.next && self.waiting.len() < KEPT {
            self.waiting.entry(seq).or_insert(body);
        }
    }

    /// Takes the next signal in order. A missing one holds back later ones for `patience` only:
    /// without it the call may still connect, by an ICE restart at the latest.
    pub(crate) fn next(&mut self, now: Duration, patience: Duration) -> Option<String> {
        let first = *self.waiting.keys().next()?;
        if first != self.next {
            let gap_ends_at = *self.gap_ends_at.get_or_insert(now + patience);
            if now < gap_ends_at {
                return None;
            }
        }
        self.gap_ends_at = None;
        self.next = first.saturating_add(1);
        self.waiting.remove(&first)
    }

    /// When a gap is given up.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.gap_ends_at
    }
}

/// Numbers this end's signals and keeps the newest for a resume.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    next: u32,
    sent: VecDeque<(u32, String)>,
}

impl Outbox {
    /// Numbers a signal.
    pub(crate) fn push(&mut self, body: String) -> (u32, String) {
        let numbered = (self.next, body);
        self.next = self.next.saturating_add(1);
        if self.sent.len() == KEPT {
            self.sent.pop_front();
        }
        self.sent.push_back(numbered.clone());
        numbered
    }

    /// The newest signals, to be sent again after a new login; the other end drops what it has.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &(u32, String)> {
        self.sent.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    fn drain(inbox: &mut Inbox, now: Duration) -> Vec<String> {
        std::iter::from_fn(|| inbox.next(now, PATIENCE)).collect()
    }

    #[test]
    fn reordered_and_repeated_signals_come_once_in_order() {
        let mut inbox = Inbox::default();
        for seq in [1, 0, 0, 2, 1] {
            inbox.insert(seq, seq.to_string());
        }
        assert_eq!(drain(&mut inbox, Duration::ZERO), ["0", "1", "2"]);
        inbox.insert(2, "late".to_owned());
        assert_eq!(drain(&mut inbox, Duration::ZERO), [""; 0]);
    }

    #[test]
    fn a_missing_signal_is_waited_for_and_then_skipped() {
        let mut inbox = Inbox::default();
        inbox.insert(1, "1".to_owned());
        assert_eq!(drain(&mut inbox, Duration::ZERO), [""; 0]);
        assert_eq!(inbox.deadline(), Some(PATIENCE));
        assert_eq!(drain(&mut inbox, PATIENCE), ["1"]);
        assert_eq!(inbox.deadline(), None);
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut inbox = Inbox::default();
        for seq in 1..1000 {
            inbox.insert(seq, String::new());
        }
        assert_eq!(drain(&mut inbox, Duration::ZERO).len(), 0);
        assert_eq!(drain(&mut inbox, PATIENCE).len(), KEPT);
    }
}
