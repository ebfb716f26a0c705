//! How long to wait before the next try to connect.
//!
//! Full jitter: a random share of a ceiling that doubles, so that the clients of a server that was
//! restarted do not all come back in the same instant.

use std::time::Duration;

use crate::Entropy;

/// The first ceiling.
const FIRST: Duration = Duration::from_millis(200);
/// The ceiling during the first [`EAGER`] of an outage: whoever waits out a server's restart is
/// logged in again within 2 s after it is back.
const EAGER_CEILING: Duration = Duration::from_millis(1500);
/// How long an outage is taken for a restart.
const EAGER: Duration = Duration::from_secs(60);
/// The last ceiling.
const LAST: Duration = Duration::from_secs(10);

/// The wait after the given number of failed tries, `outage` after the link was lost.
pub(crate) fn delay(failures: u32, outage: Duration, entropy: &mut Entropy) -> Duration {
    let mut bytes = [0; 4];
    entropy(&mut bytes);
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    ceiling(failures, outage).mul_f64(share)
}

fn ceiling(failures: u32, outage: Duration) -> Duration {
    let last = if outage < EAGER { EAGER_CEILING } else { LAST };
    FIRST.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX)).min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceiling_doubles_but_stays_low_while_a_server_may_be_restarting() {
        let eager: Vec<_> = (0..5).map(|n| ceiling(n, Duration::ZERO).as_millis()).collect();
        assert_eq!(eager, [200, 400, 800, 1500, 1500]);
        let late: Vec<_> = (0..8).map(|n| ceiling(n, EAGER).as_millis()).collect();
        assert_eq!(late, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(ceiling(u32::MAX, EAGER), LAST);
    }

    #[test]
    fn delay_is_a_share_of_the_ceiling() {
        let mut least: Entropy = Box::new(|bytes| bytes.fill(0));
        let mut most: Entropy = Box::new(|bytes| bytes.fill(0xff));
        assert_eq!(delay(9, EAGER, &mut least), Duration::ZERO);
        assert_eq!(delay(9, EAGER, &mut most), LAST);
        assert_eq!(delay(0, EAGER, &mut most), FIRST);
    }
}
