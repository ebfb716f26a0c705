//! How fast one connection may speak, and all connections of one account together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use ringdove_protocol::DeviceKey;

use crate::{Limits, bucket::Bucket};

/// A token bucket with the memory of who does not stop.
///
/// A message costs one token, and one more for each KiB: what one client may send at once fits
/// into the queue of whoever it is for.
#[derive(Debug)]
pub(super) struct Limit {
    budget: Budget,
    /// Messages dropped since the bucket was last full.
    dropped: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on.
    Fine,
    /// Drop this message; the first of a row is worth an error.
    Drop { first: bool },
    /// It does not stop: close.
    Close,
}

/// What one connection, or all of one account, may say.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Mutex<Bucket>>);

/// The budgets of the accounts that spoke lately.
#[derive(Clone, Debug)]
pub(crate) struct Budgets {
    limits: Limits,
    by_account: Arc<Mutex<HashMap<DeviceKey, Budget>>>,
}

impl Budget {
    fn new(now: Instant, limits: Limits) -> Self {
        let bucket = Bucket::new(now, limits.messages_per_second, limits.message_burst);
        Self(Arc::new(Mutex::new(bucket)))
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        // Arithmetic does not panic halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody holds it and a new one would be the same.
    fn is_forgettable(&self, now: Instant) -> bool {
        Arc::strong_count(&self.0) == 1 && self.bucket().is_full(now)
    }
}

impl Budgets {
    const FORGET_EVERY: usize = 1024;

    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, by_account: Arc::default() }
    }

    /// Of a connection that nobody has logged in on.
    pub(super) fn of_stranger(&self, now: Instant) -> Budget {
        Budget::new(now, self.limits)
    }

    /// Of all connections of an account: more devices, or a new login, bring no more.
    pub(super) fn of_account(&self, now: Instant, account: DeviceKey) -> Budget {
        let mut budgets = self.by_account.lock().unwrap_or_else(PoisonError::into_inner);
        // Now and then, and so at a small cost for each login.
        if budgets.len() >= Self::FORGET_EVERY && budgets.len().is_multiple_of(Self::FORGET_EVERY) {
            budgets.retain(|_, budget| !budget.is_forgettable(now));
        }
        budgets.entry(account).or_insert_with(|| Budget::new(now, self.limits)).clone()
    }
}

impl Limit {
    const DROPPED_MAX: u32 = 1000;

    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, dropped: 0 }
    }

    /// Shares another budget from now on.
    pub(super) fn join(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Judges one more message of that many bytes.
    pub(super) fn take(&mut self, now: Instant, bytes: usize) -> Verdict {
        let mut bucket = self.budget.bucket();
        if bucket.is_full(now) {
            self.dropped = 0;
        }
        if bucket.take(now, 1.0 + (bytes / 1024) as f64) {
            return Verdict::Fine;
        }
        self.dropped += 1;
        if self.dropped > Self::DROPPED_MAX {
            Verdict::Close
        } else {
            // One error per hundred: errors must not flood either.
            Verdict::Drop { first: self.dropped % 100 == 1 }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limit(start: Instant) -> Limit {
        Limit::new(Budgets::new(Limits::default()).of_stranger(start))
    }

    #[test]
    fn the_first_message_over_the_limit_is_worth_an_error() {
        let start = Instant::now();
        let mut limit = limit(start);
        for _ in 0..200 {
            assert_eq!(limit.take(start, 300), Verdict::Fine);
        }
        assert_eq!(limit.take(start, 300), Verdict::Drop { first: true });
        assert_eq!(limit.take(start, 300), Verdict::Drop { first: false });
    }

    #[test]
    fn what_passes_at_once_fits_into_a_queue() {
        for bytes in [300, 8 * 1024, 64 * 1024] {
            let start = Instant::now();
            let mut limit = limit(start);
            let passed = (0..300).filter(|_| limit.take(start, bytes) == Verdict::Fine).count();
            assert!(passed > 0, "{bytes}");
            assert!(passed * bytes <= super::super::outbox::MAX_BYTES, "{passed} of {bytes}");
        }
    }

    #[test]
    fn a_flood_that_does_not_stop_is_closed() {
        let start = Instant::now();
        let mut limit = limit(start);
        let verdicts: Vec<Verdict> = (0..1500).map(|_| limit.take(start, 0)).collect();
        assert_eq!(verdicts.last(), Some(&Verdict::Close));
    }

    #[test]
    fn devices_of_an_account_share_and_a_new_login_brings_nothing() {
        let (start, budgets) = (Instant::now(), Budgets::new(Limits::default()));
        let device = |account| {
            let mut limit = Limit::new(budgets.of_stranger(start));
            limit.join(budgets.of_account(start, DeviceKey::from_bytes([account; 32])));
            limit
        };
        let mut phone = device(1);
        for _ in 0..200 {
            assert_eq!(phone.take(start, 0), Verdict::Fine);
        }
        assert_eq!(device(1).take(start, 0), Verdict::Drop { first: true });
        drop(phone);
        assert_eq!(device(1).take(start, 0), Verdict::Drop { first: true });
        assert_eq!(device(2).take(start, 0), Verdict::Fine, "another account is not touched");
    }

    #[test]
    fn budgets_of_accounts_that_left_are_forgotten() {
        let (start, budgets) = (Instant::now(), Budgets::new(Limits::default()));
        for number in 0..10_000_u32 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&number.to_be_bytes());
            let now = start + Duration::from_millis(number.into());
            let _left = budgets.of_account(now, DeviceKey::from_bytes(key));
        }
        let kept = budgets.by_account.lock().map(|kept| kept.len()).unwrap_or(usize::MAX);
        assert!(kept <= 2 * Budgets::FORGET_EVERY, "{kept}");
    }
}
