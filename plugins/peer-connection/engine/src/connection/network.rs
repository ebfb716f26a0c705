//! Changes of the machine's addresses: what is gone is taken back, what is new is gathered (RFC
//! 8445 5.1.1.1 leaves the moment to the agent).

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::{Connection, interfaces};
use crate::wire::{Event, GatheringState};

/// Changes come in bursts: a link, its addresses, their duplicate check. This is waited for before
/// one is acted upon.
const SETTLED: Duration = Duration::from_millis(150);
/// How often one looks where the system does not tell.
const POLL: Duration = Duration::from_secs(3);

/// Watches the machine's network addresses, until it is dropped.
#[derive(Debug)]
pub struct NetworkWatch {
    changes: watch::Receiver<()>,
    task: AbortHandle,
}

impl NetworkWatch {
    /// Must be called within a tokio runtime with IO and time enabled.
    #[must_use]
    pub fn start() -> Self {
        let (changed, changes) = watch::channel(());
        let task = tokio::spawn(watch(changed)).abort_handle();
        Self { changes, task }
    }

    /// Changes whenever the addresses worth gathering have; not for what was before.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        let mut changes = self.changes.clone();
        changes.mark_unchanged();
        changes
    }
}

impl Drop for NetworkWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(changed: watch::Sender<()>) {
    let mut system = System::new();
    let mut known = interfaces::addresses();
    loop {
        system.changed().await;
        sleep(SETTLED).await;
        let now = interfaces::addresses();
        if now != known {
            known = now;
            changed.send_replace(());
        }
    }
}

/// What tells that something may have changed.
struct System {
    #[cfg(target_os = "linux")]
    netlink: Option<netlink_sys::TokioSocket>,
}

#[cfg(target_os = "linux")]
impl System {
    fn new() -> Self {
        let netlink = open();
        if let Err(error) = &netlink {
            tracing::debug!(%error, "rtnetlink cannot be had");
        }
        Self { netlink: netlink.ok() }
    }

    /// Safe to call too seldom: what the kernel could not deliver is an error, and that is taken
    /// for a change as well.
    async fn changed(&mut self) {
        use netlink_sys::AsyncSocketExt;
        let Some(socket) = &mut self.netlink else { return sleep(POLL).await };
        // What it says is read from the interfaces, when all of it is said.
        let mut message = Vec::with_capacity(8192);
        if let Err(error) = socket.recv(&mut message).await {
            const ENOBUFS: i32 = 105;
            if error.raw_os_error() != Some(ENOBUFS) {
                tracing::debug!(%error, "rtnetlink has ended");
                self.netlink = None;
            }
        }
    }
}

/// A socket that hears of links and addresses (rtnetlink(7)).
#[cfg(target_os = "linux")]
fn open() -> std::io::Result<netlink_sys::TokioSocket> {
    use netlink_sys::{AsyncSocket, SocketAddr, TokioSocket, protocols::NETLINK_ROUTE};
    const RTMGRP_LINK: u32 = 0x1;
    const RTMGRP_IPV4_IFADDR: u32 = 0x10;
    const RTMGRP_IPV6_IFADDR: u32 = 0x100;
    let mut socket = TokioSocket::new(NETLINK_ROUTE)?;
    let groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    socket.socket_mut().bind(&SocketAddr::new(0, groups))?;
    Ok(socket)
}

#[cfg(not(target_os = "linux"))]
impl System {
    fn new() -> Self {
        Self {}
    }

    async fn changed(&mut self) {
        sleep(POLL).await;
    }
}

impl Connection {
    /// The addresses of the machine are others than they were; perhaps not those in use here.
    pub(super) async fn network_changed(&mut self) {
        if !self.gatherer.has_begun() {
            return;
        }
        let addresses = interfaces::addresses();
        let changed = !self.relays.lost(&interfaces::all()).is_empty()
            || self.sockets.addresses().any(|bound| !addresses.contains(&bound.ip()))
            || !self.gatherer.relay_only && !addresses.iter().all(|a| self.sockets.has(*a));
        if !changed {
            return;
        }
        tracing::info!(pc = self.pc, "the network has changed");
        self.outbox.event(self.pc, Event::NetworkChanged);
        self.leave_lost(&addresses);
        self.gatherer.running = true;
        self.outbox.event(self.pc, Event::Gathering { state: GatheringState::Gathering });
        self.collect(&addresses).await;
    }
}
