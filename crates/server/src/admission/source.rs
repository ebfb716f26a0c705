//! How many connections one address may open and hold.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::{Limits, bucket::Bucket};

/// What counts as one address: a customer of an IPv6 provider has at least a whole /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source(IpAddr);

impl Source {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// Why an address gets no further connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It opens them too fast.
    TooFast,
    /// It holds too many.
    TooMany,
}

/// Every address that has connections, or had some lately.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    limits: Limits,
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    entries: HashMap<Source, Entry>,
    /// At this size those that no longer matter are forgotten.
    prune_at: usize,
}

#[derive(Debug)]
struct Entry {
    open: u32,
    bucket: Bucket,
}

/// The place of one open connection, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    /// None where nothing is counted.
    held: Option<(Source, Sources)>,
}

impl Sources {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, table: Arc::default() }
    }

    /// Lets one more connection of an address in, or not.
    pub(crate) fn enter(&self, now: Instant, address: IpAddr) -> Result<Place, Refused> {
        if address.to_canonical().is_loopback() && !self.limits.loopback {
            return Ok(Place { held: None });
        }
        let source = Source::of(address);
        let rate = self.limits.connections_per_second;
        let mut table = self.table();
        if table.entries.len() >= table.prune_at {
            table.prune(now);
        }
        let entry = table
            .entries
            .entry(source)
            .or_insert_with(|| Entry { open: 0, bucket: Bucket::new(now, rate, rate) });
        if entry.open >= self.limits.connections_per_address {
            return Err(Refused::TooMany);
        }
        if !entry.bucket.take(now, 1.0) {
            return Err(Refused::TooFast);
        }
        entry.open += 1;
        Ok(Place { held: Some((source, self.clone())) })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing in here panics halfway through a change.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    const PRUNE_MIN: usize = 1024;

    /// Forgets whoever would be treated the same if never seen before.
    fn prune(&mut self, now: Instant) {
        self.entries.retain(|_, entry| entry.open > 0 || !entry.bucket.is_full(now));
        self.prune_at = (2 * self.entries.len()).max(Self::PRUNE_MIN);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((source, sources)) = &self.held
            && let Some(entry) = sources.table().entries.get_mut(source)
        {
            entry.open -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        messages_per_second: 50,
        message_burst: 200,
        connections_per_second: 20,
        connections_per_address: 30,
        handshakes: 200,
        loopback: false,
    };

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_opens_so_many_a_second_and_holds_so_many() {
        let (start, sources) = (Instant::now(), Sources::new(LIMITS));
        let enter = |at| sources.enter(at, ip("203.0.113.7"));
        let mut places: Vec<Place> = (0..20).map(|_| enter(start).unwrap()).collect();
        assert_eq!(enter(start).err(), Some(Refused::TooFast));
        assert!(sources.enter(start, ip("203.0.113.8")).is_ok(), "others are not touched");
        let later = start + Duration::from_secs(1);
        places.extend((0..10).map(|_| enter(later).unwrap()));
        assert_eq!(enter(later).err(), Some(Refused::TooMany));
        places.pop();
        assert!(enter(later).is_ok(), "a place that is left is free again");
    }

    #[test]
    fn a_64_is_one_address_and_so_are_both_writings_of_ipv4() {
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8::ffff:2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("203.0.113.7", "::ffff:203.0.113.7", true),
        ] {
            assert_eq!(Source::of(ip(one)) == Source::of(ip(other)), same, "{one} {other}");
        }
    }

    #[test]
    fn this_machine_counts_only_where_that_is_asked_for() {
        let now = Instant::now();
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.9"] {
            let many = |limits| {
                let sources = Sources::new(limits);
                (0..100).all(|_| sources.enter(now, ip(address)).is_ok())
            };
            assert!(many(LIMITS), "{address}");
            assert!(!many(Limits { loopback: true, ..LIMITS }), "{address}");
        }
    }

    #[test]
    fn addresses_that_left_are_forgotten() {
        let (start, sources) = (Instant::now(), Sources::new(LIMITS));
        for number in 0_u32..5000 {
            let at = start + Duration::from_millis(number.into());
            sources.enter(at, IpAddr::from((0x0b00_0000 + number).to_be_bytes())).unwrap();
        }
        assert!(sources.table().entries.len() <= Table::PRUNE_MIN);
    }
}
