//! Who may come in, and how many at once.

mod gate;
mod proxy;
mod source;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use axum::http::HeaderMap;
use tracing::warn;

use crate::{
    Limits,
    metrics::{Metrics, Refusal},
};
pub(crate) use gate::{Gate, Work};
pub use proxy::TrustedProxies;
pub(crate) use source::Refused;
use source::{Place, Sources};

/// What decides about every new connection.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    sources: Sources,
    proxies: Arc<TrustedProxies>,
    metrics: Arc<Metrics>,
    /// Whether the log says already that a header is not believed.
    stranger_seen: Arc<AtomicBool>,
}

/// A connection that was let in.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// Whether the other end is a proxy that is believed.
    pub(crate) by_proxy: bool,
    _place: Option<Place>,
    metrics: Arc<Metrics>,
}

impl Admission {
    pub(crate) fn new(limits: Limits, proxies: TrustedProxies, metrics: Arc<Metrics>) -> Self {
        let sources = Sources::new(limits);
        Self { sources, proxies: Arc::new(proxies), metrics, stranger_seen: Arc::default() }
    }

    /// Lets a connection in. One of a trusted proxy waits for [`Self::client_of`].
    pub(crate) fn arrive(&self, address: IpAddr) -> Result<Arrival, Refused> {
        let by_proxy = self.proxies.include(address);
        let place = if by_proxy { None } else { Some(self.enter(address)?) };
        self.metrics.connections.rise();
        Ok(Arrival { by_proxy, _place: place, metrics: self.metrics.clone() })
    }

    /// Lets the client behind a proxy in. If the proxy does not name it, nothing is counted.
    pub(crate) fn client_of(
        &self,
        arrival: &Arrival,
        headers: &HeaderMap,
    ) -> Result<Option<Place>, Refused> {
        match self.proxies.client(headers) {
            Some(address) if arrival.by_proxy => self.enter(address).map(Some),
            Some(_) => {
                if !self.stranger_seen.swap(true, Ordering::Relaxed) {
                    warn!(
                        "somebody who is no --trusted-proxy names a client in {}: if that is your \
                         proxy, its clients are not told apart",
                        self.proxies.client_header
                    );
                }
                Ok(None)
            }
            None => Ok(None),
        }
    }

    fn enter(&self, address: IpAddr) -> Result<Place, Refused> {
        self.sources.enter(Instant::now(), address).inspect_err(|refused| {
            self.metrics.refused(match refused {
                Refused::TooFast => Refusal::AddressRate,
                Refused::TooMany => Refusal::AddressOpen,
            });
        })
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.metrics.connections.fall();
    }
}
