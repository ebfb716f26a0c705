//! Shows a page of this machine in a window, with `RTCPeerConnection` in it:
//!
//! ```text
//! cargo run -p peer-connection-example -- http://localhost:8000/ [--test-devices]
//! ```

use std::{env, error::Error};

use tauri::{
    Url, WebviewUrl, WebviewWindowBuilder,
    webview::{PermissionKind, PermissionResponse},
};

fn main() -> Result<(), Box<dyn Error>> {
    let is_switch = |argument: &String| argument == "--test-devices";
    let (switches, pages): (Vec<_>, Vec<_>) = env::args().skip(1).partition(is_switch);
    let page: Url = pages.first().ok_or("which page? http://localhost:8000/, perhaps")?.parse()?;
    if !is_loopback(&page) {
        return Err("only pages of this machine: http://localhost or http://127.0.0.1".into());
    }
    let test_devices = !switches.is_empty();
    tauri::Builder::default()
        .plugin(tauri_plugin_peer_connection::init())
        .setup(move |app| {
            let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::External(page))
                .title("peer-connection")
                .on_navigation(is_loopback)
                .on_permission_request(|webview, kind| {
                    let own = webview.url().is_ok_and(|page| is_loopback(&page));
                    let asked = matches!(kind, PermissionKind::Camera | PermissionKind::Microphone);
                    if own && asked { PermissionResponse::Allow } else { PermissionResponse::Deny }
                })
                .build()?;
            #[cfg(target_os = "linux")]
            window.with_webview(move |webview| {
                use webkit2gtk::{SettingsExt, WebViewExt};
                if let Some(settings) = webview.inner().settings() {
                    settings.set_enable_mock_capture_devices(test_devices);
                    settings.set_media_playback_requires_user_gesture(false);
                }
            })?;
            #[cfg(not(target_os = "linux"))]
            let _ = (window, test_devices);
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

/// The same pages as the capability names.
fn is_loopback(page: &Url) -> bool {
    page.scheme() == "http" && matches!(page.host_str(), Some("localhost" | "127.0.0.1"))
}
