//! Word of the end, for every task.

use tokio::sync::watch;

/// Says that it is over.
#[derive(Debug)]
pub(crate) struct Shutdown(watch::Sender<bool>);

/// Hears that it is over.
#[derive(Clone, Debug)]
pub(crate) struct ShutdownSeen(watch::Receiver<bool>);

pub(crate) fn channel() -> (Shutdown, ShutdownSeen) {
    let (sender, receiver) = watch::channel(false);
    (Shutdown(sender), ShutdownSeen(receiver))
}

impl Shutdown {
    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn seen(&self) -> ShutdownSeen {
        ShutdownSeen(self.0.subscribe())
    }
}

impl ShutdownSeen {
    /// Waits for the end, which also is when nobody could say it any more.
    pub(crate) async fn begins(&mut self) {
        let _seen_or_gone = self.0.wait_for(|begun| *begun).await;
    }
}
