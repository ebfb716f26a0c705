//! What a link does to packets, as it is written: `key=value`, several with spaces between them.

use std::time::Duration;

/// How a link treats each packet; both directions alike, each with a queue of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conditions {
    /// `delay_ms`: how long each packet is under way.
    pub(crate) delay: Duration,
    /// `jitter_ms`: up to this much longer, evenly spread. Order is kept, as queues keep it.
    pub(crate) jitter: Duration,
    /// `loss_percent`: the share of packets that vanish, each by its own chance.
    pub(crate) loss: f64,
    /// `burst_percent`: the share of the time in which every packet vanishes, in bursts that come by
    /// chance; below 100.
    pub(crate) bursts: f64,
    /// `burst_ms`: how long each burst is.
    pub(crate) burst: Duration,
    /// `duplicate_percent`: the share of packets that come twice.
    pub(crate) duplicate: f64,
    /// `reorder_percent`: the share of packets that skip delay and jitter, and so overtake.
    pub(crate) reorder: f64,
    /// `rate_kbps`: what goes through, in kbit/s of IP packets; `None`, written 0, is no limit.
    pub(crate) rate: Option<u64>,
    /// `queue_ms`: with a rate, packets that would wait longer than this are dropped.
    pub(crate) queue: Duration,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: 0.0,
            bursts: 0.0,
            burst: Duration::from_millis(100),
            duplicate: 0.0,
            reorder: 0.0,
            rate: None,
            queue: Duration::from_millis(200),
        }
    }
}

/// A line of input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Order {
    /// `counters`: print them now.
    Counters,
    /// `blackout_ms=N`: lose everything for so long from now.
    Blackout(Duration),
    /// Other conditions from now on; keys that are not named keep their values.
    Change(Conditions),
}

impl Order {
    /// Reads a line; `current` are the conditions that hold now.
    pub(crate) fn parse(line: &str, current: &Conditions) -> Result<Self, String> {
        if line.trim() == "counters" {
            return Ok(Self::Counters);
        }
        let mut changed = current.clone();
        for word in line.split_whitespace() {
            let (key, value) = word.split_once('=').ok_or(format!("{word}: no key=value"))?;
            let number: f64 = value.parse().map_err(|_| format!("{word}: no number"))?;
            if !(0.0..=1e9).contains(&number) {
                return Err(format!("{word}: out of range"));
            }
            let time = Duration::from_secs_f64(number / 1e3);
            match key {
                "blackout_ms" => return Ok(Self::Blackout(time)),
                "delay_ms" => changed.delay = time,
                "jitter_ms" => changed.jitter = time,
                "loss_percent" => changed.loss = number / 100.0,
                "burst_percent" if number < 100.0 => changed.bursts = number / 100.0,
                "burst_ms" => changed.burst = time,
                "duplicate_percent" => changed.duplicate = number / 100.0,
                "reorder_percent" => changed.reorder = number / 100.0,
                "rate_kbps" => changed.rate = (number >= 1.0).then_some(number as u64),
                "queue_ms" => changed.queue = time,
                _ => return Err(format!("{key}: no such key")),
            }
        }
        Ok(Self::Change(changed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let current = Conditions { loss: 0.5, ..Conditions::default() };

        let order = Order::parse("delay_ms=25 rate_kbps=200", &current);

        let changed =
            Conditions { delay: Duration::from_millis(25), rate: Some(200), ..current.clone() };
        assert_eq!(order, Ok(Order::Change(changed)));
    }

    #[test]
    fn orders_are_told_apart() {
        let current = Conditions::default();
        assert_eq!(Order::parse("counters", &current), Ok(Order::Counters));
        let blackout = Order::Blackout(Duration::from_secs(2));
        assert_eq!(Order::parse("blackout_ms=2000", &current), Ok(blackout));
        for wrong in [
            "delay_ms",
            "delay_ms=x",
            "delay_ms=-1",
            "delay_ms=NaN",
            "burst_percent=100",
            "speed=1",
        ] {
            assert!(Order::parse(wrong, &current).is_err(), "{wrong}");
        }
    }
}
