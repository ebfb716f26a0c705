//! `RTCPeerConnection` for Tauri webviews that lack one, such as the WebKitGTK of today's Linux
//! distributions.
//!
//! ```no_run
//! tauri::Builder::default().plugin(tauri_plugin_peer_connection::init());
//! ```
//!
//! With the permission `peer-connection:default` for the window and `ws://127.0.0.1:*` in the
//! `connect-src` of the content policy, pages find the W3C interface where it was missing. Where
//! the webview has its own, the plugin does nothing. With `peer-connection:allow-microphone` as well,
//! the engine opens the machine's microphones, without a question by the webview.
//!
//! The page captures, encodes and decodes; the engine (`peer-connection-engine`) does ICE, DTLS,
//! SRTP, RTP, SCTP and sound. Both talk over one WebSocket on the loopback interface ([`bridge`]).

mod bridge;
#[cfg(target_os = "linux")]
mod webkit;

use tauri::{
    Manager, Runtime, Webview,
    ipc::CommandScope,
    plugin::{Builder, TauriPlugin},
};

use crate::bridge::{Bridges, Opened};
pub use peer_connection_engine::NetworkWatch;

/// Runs in each page before its own scripts, and steps aside where there is nothing to do.
const SCRIPT: &str = include_str!("../guest-js/dist/peer-connection.js");

/// Makes the plugin.
#[must_use]
pub fn init<R: Runtime>() -> TauriPlugin<R> {
    let builder = Builder::new("peer-connection");
    #[cfg(target_os = "linux")]
    let builder = builder.on_webview_ready(|webview| {
        let prepared =
            webview.with_webview(|webview| webkit::let_workers_have_tracks(&webview.inner()));
        if let Err(error) = prepared {
            tracing::warn!(%error, "video goes through the page");
        }
    });
    builder
        .js_init_script(SCRIPT)
        .invoke_handler(tauri::generate_handler![open])
        .setup(|app, _| {
            app.manage(Bridges::default());
            Ok(())
        })
        .build()
}

/// What a permission adds to [`open`]: see `permissions/microphone.toml`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Permitted {
    microphone: bool,
}

/// Opens the bridge of a page; an earlier one of the same webview ends.
#[tauri::command]
async fn open<R: Runtime>(
    webview: Webview<R>,
    bridges: tauri::State<'_, Bridges>,
    permitted: CommandScope<Permitted>,
) -> Result<Opened, String> {
    let page = webview.url().map_err(|error| error.to_string())?;
    let origin = bridge::origin(&page).ok_or("this page has no origin")?;
    let microphones = permitted.allows().iter().any(|permitted| permitted.microphone)
        && permitted.denies().is_empty();
    bridges.open(webview.label(), &origin, microphones).await.map_err(|error| error.to_string())
}
