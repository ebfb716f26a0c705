//! Writes to disk what is to be kept, off the loop: a slow disk must not hold up a heartbeat.

use std::collections::BTreeMap;

use tokio::{sync::watch, task::JoinHandle};

use super::Store;
use crate::Kept;

type Texts = BTreeMap<Kept, String>;

/// Keeps the newest of each; one that is overtaken while the disk is busy is never written.
pub(super) struct Keeper {
    newest: watch::Sender<Texts>,
    task: JoinHandle<()>,
}

impl Keeper {
    pub(super) fn new(store: Store) -> Self {
        let (newest, mut news) = watch::channel(Texts::new());
        let task = tokio::spawn(async move {
            let mut seen = Texts::new();
            while news.changed().await.is_ok() {
                let texts = news.borrow_and_update().clone();
                for (what, text) in &texts {
                    if seen.get(what) != Some(text) {
                        write(&store, *what, text.clone()).await;
                    }
                }
                seen = texts;
            }
        });
        Self { newest, task }
    }

    pub(super) fn keep(&self, what: Kept, text: String) {
        self.newest.send_modify(|texts| {
            texts.insert(what, text);
        });
    }

    /// Waits until the last one is written.
    pub(super) async fn finish(self) {
        drop(self.newest);
        // The task ends by itself once nothing new can come.
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the writer failed");
        }
    }
}

async fn write(store: &Store, what: Kept, text: String) {
    let store = store.clone();
    match tokio::task::spawn_blocking(move || store.keep(what, &text)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(?what, %error, "not kept"),
        Err(error) => tracing::error!(?what, %error, "the writer failed"),
    }
}
