//! What an operator can watch, in the text format of Prometheus (version 0.0.4). No name and no
//! address of anybody is in it.

use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};

/// Counts up.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn rise(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn fall(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(crate) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a connection did not become a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    AddressOpen,
    AddressRate,
    BadRequest,
    Handshakes,
    NotVouchedFor,
    Origin,
    Tls,
}

impl Refusal {
    const ALL: [(Self, &'static str); 7] = [
        (Self::AddressOpen, "address_open"),
        (Self::AddressRate, "address_rate"),
        (Self::BadRequest, "bad_request"),
        (Self::Handshakes, "handshakes"),
        (Self::NotVouchedFor, "not_vouched_for"),
        (Self::Origin, "origin"),
        (Self::Tls, "tls"),
    ];
}

/// Every count of one server.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) connections: Gauge,
    pub(crate) sessions: Gauge,
    pub(crate) users: Gauge,
    pub(crate) guests: Gauge,
    pub(crate) calls: Gauge,
    pub(crate) messages: Counter,
    pub(crate) messages_dropped: Counter,
    pub(crate) slow_readers: Counter,
    /// In seconds since 1970; 0 without TLS.
    pub(crate) certificate_expiry: Gauge,
    refused: [Counter; Refusal::ALL.len()],
}

impl Metrics {
    pub(crate) fn refused(&self, why: Refusal) {
        for ((reason, _), counter) in Refusal::ALL.iter().zip(&self.refused) {
            if *reason == why {
                counter.count();
            }
        }
    }

    /// The page that a Prometheus server reads.
    pub(crate) fn render(&self) -> String {
        let mut page = Page(String::new());
        page.gauge("connections", "Open TCP connections.", &self.connections);
        page.gauge("sessions", "Open WebSockets.", &self.sessions);
        page.gauge("users", "Users who are logged in, with whatever devices.", &self.users);
        page.gauge("guests", "Guests who have a name.", &self.guests);
        page.gauge("calls", "Calls that ring or go on.", &self.calls);
        page.head("refused_total", "Connections that were refused.", "counter");
        for ((_, reason), counter) in Refusal::ALL.iter().zip(&self.refused) {
            let labels = format!("{{reason=\"{reason}\"}}");
            page.line("refused_total", &labels, counter.value());
        }
        page.counter("messages_total", "Messages of clients.", &self.messages);
        let help = "Messages of clients that were over the limit.";
        page.counter("messages_dropped_total", help, &self.messages_dropped);
        let help = "Connections that were cut because they did not read.";
        page.counter("slow_readers_closed_total", help, &self.slow_readers);
        if self.certificate_expiry.value() > 0 {
            let help = "When the certificate expires, in seconds since 1970.";
            page.gauge("tls_certificate_not_after_seconds", help, &self.certificate_expiry);
        }
        page.0
    }
}

struct Page(String);

impl Page {
    fn counter(&mut self, name: &str, help: &str, counter: &Counter) {
        self.head(name, help, "counter");
        self.line(name, "", counter.value());
    }

    fn gauge(&mut self, name: &str, help: &str, gauge: &Gauge) {
        self.head(name, help, "gauge");
        self.line(name, "", gauge.value());
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        // Writing to a String cannot fail.
        let _written =
            write!(self.0, "# HELP ringdove_{name} {help}\n# TYPE ringdove_{name} {kind}\n");
    }

    fn line(&mut self, name: &str, labels: &str, value: u64) {
        let _written = writeln!(self.0, "ringdove_{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_a_line_of_its_own() {
        let metrics = Metrics::default();
        for (reason, _) in Refusal::ALL {
            metrics.refused(reason);
        }
        metrics.refused(Refusal::Origin);
        let page = metrics.render();
        for (reason, name) in Refusal::ALL {
            let count = if reason == Refusal::Origin { 2 } else { 1 };
            let line = format!("ringdove_refused_total{{reason=\"{name}\"}} {count}\n");
            assert!(page.contains(&line), "{line}");
        }
    }
}
