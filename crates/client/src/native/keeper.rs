//! Writes the book to disk, off the loop: a slow disk must not hold up a heartbeat.

use tokio::{sync::watch, task::JoinHandle};

use super::Store;

/// Keeps the newest book; one that is overtaken while the disk is busy is never written.
pub(super) struct Keeper {
    newest: watch::Sender<String>,
    task: JoinHandle<()>,
}

impl Keeper {
    pub(super) fn new(store: Store) -> Self {
        let (newest, mut news) = watch::channel(String::new());
        let task = tokio::spawn(async move {
            while news.changed().await.is_ok() {
                let (store, book) = (store.clone(), news.borrow_and_update().clone());
                let written = tokio::task::spawn_blocking(move || store.keep_book(&book)).await;
                match written {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::error!(%error, "who was met is not kept"),
                    Err(error) => tracing::error!(%error, "the book's writer failed"),
                }
            }
        });
        Self { newest, task }
    }

    pub(super) fn keep(&self, book: String) {
        self.newest.send_replace(book);
    }

    /// Waits until the last one is written.
    pub(super) async fn finish(self) {
        drop(self.newest);
        // The task ends by itself once nothing new can come.
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the book's writer failed");
        }
    }
}
