//! A page whose process has died comes back.
//!
//! The core and the link live in the app's own process and go on, and so does a call: the page that comes
//! back says that it knows nothing of it, and the connection is made anew.

use tauri::WebviewWindow;
use webkit2gtk::WebViewExt;

/// Loads the window's page anew whenever its process ends.
pub(crate) fn revive(window: &WebviewWindow) -> tauri::Result<()> {
    let label = window.label().to_owned();
    window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |page, reason| {
            tracing::error!(window = label, ?reason, "the process of a page has ended");
            page.reload();
        });
    })
}
