//! The time that the core counts in.

use std::time::Duration;

/// Runs on while the machine sleeps: the other end of a call does not sleep with it. Rust's own
/// `Instant` stops on Linux, and so do tokio's timers, which then come too late for this clock.
pub(super) struct Clock {
    #[cfg(any(target_os = "android", target_os = "linux"))]
    started: Duration,
    #[cfg(not(any(target_os = "android", target_os = "linux")))]
    started: std::time::Instant,
}

#[cfg(any(target_os = "android", target_os = "linux"))]
impl Clock {
    pub(super) fn start() -> Self {
        Self { started: since_boot() }
    }

    /// Since the start.
    pub(super) fn now(&self) -> Duration {
        since_boot().saturating_sub(self.started)
    }
}

#[cfg(any(target_os = "android", target_os = "linux"))]
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
impl Clock {
    pub(super) fn start() -> Self {
        Self { started: std::time::Instant::now() }
    }

    /// Since the start.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }
}
