//! How often somebody may ring.
//!
//! Kept by the called name, whether or not somebody bears it: an answer about limits must not tell
//! who is there.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    time::{Duration, Instant},
};

use ringdove_protocol::Name;

use crate::hub::Party;

/// How many callers are remembered. Beyond it, the half that has been quiet longest is forgotten.
const CALLERS: usize = 16 * 1024;

/// How often calls may be placed. A call that is answered, in either direction, shows that none
/// between the two was in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingLimits {
    /// How often one may call the same name in vain. 6 times in 60 s.
    pub pair: Limit,
    /// How often one may ring, in vain, somebody who does not have one among the contacts. 3 times
    /// in 10 min.
    pub in_vain: Limit,
    /// How many different names one may call whose bearers do not have one among the contacts. 20
    /// in 1 h.
    pub strangers: Limit,
}

/// So many in so much time, counted over a window that slides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// At least 1.
    pub count: usize,
    /// How long something counts.
    pub window: Duration,
}

impl Default for RingLimits {
    fn default() -> Self {
        let limit = |count, seconds| Limit { count, window: Duration::from_secs(seconds) };
        Self { pair: limit(6, 60), in_vain: limit(3, 600), strangers: limit(20, 3600) }
    }
}

impl RingLimits {
    fn longest(&self) -> Duration {
        self.pair.window.max(self.in_vain.window).max(self.strangers.window)
    }
}

/// Why a call may not be placed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooOften {
    /// Too many names, rather than one name too often.
    pub(super) strangers: bool,
    /// When a call may be placed again.
    pub(super) wait: Duration,
}

/// For the caller.
impl fmt::Display for TooOften {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.strangers {
            "you have called too many people who do not have you among their contacts"
        } else {
            "you have called this name too often"
        };
        let seconds = self.wait.as_millis().div_ceil(1000);
        if seconds <= 90 {
            write!(f, "{what}; wait {seconds} s")
        } else {
            write!(f, "{what}; wait {} min", seconds.div_ceil(60))
        }
    }
}

/// Counts who called whom.
#[derive(Debug)]
pub(super) struct Ledger {
    limits: RingLimits,
    callers: HashMap<Party, Caller>,
    /// At how many callers the old ones are looked for next.
    sweep_at: usize,
}

#[derive(Debug)]
struct Caller {
    last: Instant,
    called: HashMap<Name, Called>,
}

/// What one caller did to one name. Holds no more moments than the limits count.
#[derive(Debug, Default)]
struct Called {
    invites: VecDeque<Instant>,
    in_vain: VecDeque<Instant>,
    /// When the name was first called as a stranger's.
    stranger_since: Option<Instant>,
}

impl Ledger {
    pub(super) fn new(limits: RingLimits) -> Self {
        Self { limits, callers: HashMap::new(), sweep_at: 64 }
    }

    /// Counts a call that is to be placed, unless it is one too many; that one does not count.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        from: Party,
        to: &Name,
        stranger: bool,
    ) -> Result<(), TooOften> {
        self.sweep(now);
        let limits = self.limits;
        let caller = self
            .callers
            .entry(from)
            .or_insert_with(|| Caller { last: now, called: HashMap::new() });
        caller.last = now;
        caller.called.retain(|_, called| called.is_live(now, &limits));
        let known = caller.called.get(to);
        let wait = known.and_then(|called| limits.pair.wait(now, &called.invites));
        if let Some(wait) = wait {
            return Err(TooOften { strangers: false, wait });
        }
        let is_new = stranger && known.is_none_or(|called| called.stranger_since.is_none());
        if is_new {
            let strangers = caller.called.values().filter_map(|called| called.stranger_since);
            let mut strangers: VecDeque<Instant> = strangers.collect();
            strangers.make_contiguous().sort_unstable();
            if let Some(wait) = limits.strangers.wait(now, &strangers) {
                return Err(TooOften { strangers: true, wait });
            }
        }
        let called = caller.called.entry(to.clone()).or_default();
        limits.pair.count(now, &mut called.invites);
        if is_new {
            called.stranger_since = Some(now);
        }
        Ok(())
    }

    /// Whether somebody who rings once more is not heard any more.
    pub(super) fn is_worn_out(&self, now: Instant, from: Party, to: &Name) -> bool {
        self.callers
            .get(&from)
            .and_then(|caller| caller.called.get(to))
            .is_some_and(|called| self.limits.in_vain.wait(now, &called.in_vain).is_some())
    }

    /// A device rings, which is in vain until it is answered.
    pub(super) fn rang(&mut self, now: Instant, from: Party, to: &Name) {
        if let Some(called) = self.callers.get_mut(&from).and_then(|c| c.called.get_mut(to)) {
            self.limits.in_vain.count(now, &mut called.in_vain);
        }
    }

    /// The two talk: nothing between them was in vain.
    pub(super) fn answered(&mut self, one: Party, other: &Name) {
        if let Some(called) = self.callers.get_mut(&one).and_then(|c| c.called.get_mut(other)) {
            called.invites.clear();
            called.in_vain.clear();
        }
    }

    /// Somebody will not call again.
    pub(super) fn forget(&mut self, caller: Party) {
        self.callers.remove(&caller);
    }

    /// Forgets whoever no limit counts any more. Looks at each caller only after as many new ones.
    fn sweep(&mut self, now: Instant) {
        if self.callers.len() < self.sweep_at {
            return;
        }
        let longest = self.limits.longest();
        self.callers.retain(|_, caller| now.saturating_duration_since(caller.last) < longest);
        if self.callers.len() > CALLERS / 2 {
            let mut by_age: Vec<Instant> = self.callers.values().map(|c| c.last).collect();
            by_age.sort_unstable();
            let newest = by_age.len() - CALLERS / 2;
            let oldest_kept = by_age.get(newest).copied().unwrap_or(now);
            self.callers.retain(|_, caller| caller.last >= oldest_kept);
        }
        self.sweep_at = (2 * self.callers.len()).clamp(64, CALLERS);
    }
}

impl Limit {
    /// How long until one more fits; none if it does now. `moments` are in order.
    fn wait(&self, now: Instant, moments: &VecDeque<Instant>) -> Option<Duration> {
        // The one that has to stop counting first.
        let decisive = moments.len().checked_sub(self.count)?;
        let free_at = *moments.get(decisive)? + self.window;
        (free_at > now).then(|| free_at - now)
    }

    fn count(&self, now: Instant, moments: &mut VecDeque<Instant>) {
        if moments.len() >= self.count {
            moments.pop_front();
        }
        moments.push_back(now);
    }

    fn counts(&self, now: Instant, moment: Instant) -> bool {
        moment + self.window > now
    }
}

impl Called {
    /// Whether anything of it still counts.
    fn is_live(&mut self, now: Instant, limits: &RingLimits) -> bool {
        self.stranger_since = self.stranger_since.filter(|at| limits.strangers.counts(now, *at));
        let last = |moments: &VecDeque<Instant>| moments.back().copied();
        self.stranger_since.is_some()
            || last(&self.invites).is_some_and(|at| limits.pair.counts(now, at))
            || last(&self.in_vain).is_some_and(|at| limits.in_vain.counts(now, at))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ringdove_protocol::{DeviceKey, SessionId};

    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn guest(number: usize) -> Party {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Party::Guest(SessionId::from_bytes(bytes))
    }

    const ANNA: Party = Party::User(DeviceKey::from_bytes([1; 32]));
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_wait_is_as_long_as_it_takes() {
        let (start, mut ledger) = (Instant::now(), Ledger::new(RingLimits::default()));
        for n in 0..6 {
            assert_eq!(ledger.admit(start + SECOND * n, ANNA, &name("Ben"), false), Ok(()));
        }
        let refused = ledger.admit(start + SECOND * 10, ANNA, &name("Ben"), false);
        assert_eq!(refused, Err(TooOften { strangers: false, wait: SECOND * 50 }));
        assert_eq!(ledger.admit(start + SECOND * 60, ANNA, &name("Ben"), false), Ok(()));
        assert!(ledger.admit(start + SECOND * 60, ANNA, &name("Ben"), false).is_err());
    }

    #[test]
    fn contacts_do_not_count_as_strangers() {
        let (now, mut ledger) = (Instant::now(), Ledger::new(RingLimits::default()));
        for n in 0..20 {
            assert_eq!(ledger.admit(now, ANNA, &name(&format!("s{n}")), true), Ok(()));
        }
        let refused = ledger.admit(now + SECOND, ANNA, &name("s20"), true);
        assert_eq!(refused, Err(TooOften { strangers: true, wait: SECOND * 3599 }));
        assert_eq!(ledger.admit(now, ANNA, &name("s3"), true), Ok(()), "no new one");
        assert_eq!(ledger.admit(now, ANNA, &name("Ben"), false), Ok(()));
        assert_eq!(ledger.admit(now + SECOND * 3600, ANNA, &name("s20"), true), Ok(()));
    }

    #[test]
    fn a_crowd_of_callers_takes_bounded_room() {
        let (start, mut ledger) = (Instant::now(), Ledger::new(RingLimits::default()));
        for n in 0..4 * CALLERS {
            let now = start + Duration::from_millis(1) * u32::try_from(n).unwrap();
            ledger.admit(now, guest(n), &name("Ben"), true).unwrap();
            assert!(ledger.callers.len() <= CALLERS, "{}", ledger.callers.len());
        }
        assert!(ledger.callers.contains_key(&guest(4 * CALLERS - 1)));
        ledger.admit(start + SECOND * 9999, ANNA, &name("Ben"), true).unwrap();
        assert!(ledger.sweep_at <= CALLERS);
    }
}
