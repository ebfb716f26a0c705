//! A page whose process has died comes back.
//!
//! The core and the link live in the app's own process and go on. Only the media of a call is
//! lost with the main page, so an answered call ends; one that rings goes on ringing.

use ringdove_call::CallPhase;
use ringdove_client::{app::Command, native::Client};
use tauri::{WebviewWindow, async_runtime};
use webkit2gtk::WebViewExt;

use crate::windows::MAIN;

/// Loads the window's page anew whenever its process ends.
pub(crate) fn revive(window: &WebviewWindow, client: Client) -> tauri::Result<()> {
    let label = window.label().to_owned();
    window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |page, reason| {
            tracing::error!(window = label, ?reason, "the process of a page has ended");
            if label == MAIN {
                async_runtime::spawn(end_answered_call(client.clone()));
            }
            page.reload();
        });
    })
}

async fn end_answered_call(client: Client) {
    let Ok(snapshot) = client.snapshot().await else { return };
    let answered = snapshot.call.is_some_and(|call| match call.phase {
        CallPhase::Accepting
        | CallPhase::Connecting
        | CallPhase::Active
        | CallPhase::Reconnecting => true,
        CallPhase::Dialing
        | CallPhase::Reached
        | CallPhase::RemoteRinging
        | CallPhase::Ringing
        | CallPhase::Silenced
        | CallPhase::Ended => false,
    });
    if answered && let Err(error) = client.dispatch(Command::HangUp) {
        tracing::error!(%error, "the call goes on without media");
    }
}
