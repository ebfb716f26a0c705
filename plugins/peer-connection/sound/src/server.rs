//! The one connection of this process to the sound server.

use std::ffi::CString;
use std::time::Duration;

use pulseaudio::{Client, ClientError};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::SoundError;

/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(2);

/// Kept between streams: a connection's thread only ends with the server.
static CLIENT: Mutex<Option<Client>> = Mutex::const_new(None);

/// Waits for what the server is asked; a connection that is broken is made anew for the next
/// question.
pub(crate) async fn answer<T>(
    question: impl Future<Output = Result<T, SoundError>> + Send,
) -> Result<T, SoundError> {
    let answer = timeout(PATIENCE, question).await.unwrap_or(Err(SoundError::Timeout));
    if matches!(answer, Err(SoundError::Timeout | SoundError::NoServer(_))) {
        CLIENT.lock().await.take();
    }
    answer
}

pub(crate) async fn client() -> Result<Client, SoundError> {
    let mut kept = CLIENT.lock().await;
    if let Some(client) = &*kept {
        return Ok(client.clone());
    }
    // The handshake blocks.
    let connecting = tokio::task::spawn_blocking(|| Client::from_env(program()));
    let client = timeout(PATIENCE, connecting)
        .await
        .map_err(|_| SoundError::Timeout)?
        .map_err(|error| SoundError::NoServer(error.to_string()))??;
    *kept = Some(client.clone());
    Ok(client)
}

/// What people see in their volume control.
fn program() -> CString {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
    name.and_then(|name| CString::new(name).ok()).unwrap_or_default()
}

impl From<ClientError> for SoundError {
    fn from(error: ClientError) -> Self {
        Self::NoServer(error.to_string())
    }
}
