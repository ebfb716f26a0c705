//! The two windows: the main one, and the prompt that shows an incoming call.

use std::path::Path;

use tauri::{
    AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Wry,
    webview::NewWindowResponse,
};

use crate::permissions;

/// The label of the main window. Media runs here and nowhere else.
pub(crate) const MAIN: &str = "main";
/// The label of the incoming-call prompt.
pub(crate) const PROMPT: &str = "prompt";

/// Which camera and microphone the main window gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Devices {
    /// Those of the machine.
    Real,
    /// A moving picture and beeps, made by the webview.
    #[cfg(target_os = "linux")]
    Test,
}

/// Opens the main window.
pub(crate) fn open_main(
    app: &AppHandle,
    data_dir: &Path,
    devices: Devices,
) -> tauri::Result<WebviewWindow> {
    let window = confined(app, MAIN, "index.html", data_dir)
        .title("Ringdove")
        .inner_size(960.0, 680.0)
        .min_inner_size(360.0, 480.0)
        .build()?;
    #[cfg(target_os = "linux")]
    window.with_webview(move |webview| {
        use webkit2gtk::{SettingsExt, WebViewExt};
        if let Some(settings) = webview.inner().settings() {
            // A call rings without anybody having touched the page before.
            settings.set_media_playback_requires_user_gesture(false);
            settings.set_enable_mock_capture_devices(devices == Devices::Test);
            crate::graphics::spare_processor(&settings);
        }
    })?;
    #[cfg(not(target_os = "linux"))]
    let Devices::Real = devices;
    Ok(window)
}

/// Brings the main window to the front, from wherever it is.
pub(crate) fn show_main(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the main window does not come to the front");
    }
}

/// A window that shows the app's own pages only and keeps what the webview stores in `data_dir`.
pub(crate) fn confined<'a>(
    app: &'a AppHandle,
    label: &'static str,
    page: &str,
    data_dir: &Path,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    let development = development_url(app);
    let allowed = development.clone();
    WebviewWindowBuilder::new(app, label, WebviewUrl::App(page.into()))
        .data_directory(data_dir.join("webview"))
        .on_navigation(move |url| {
            let own = permissions::is_own_page(url, allowed.as_ref());
            if !own {
                tracing::warn!(window = label, scheme = url.scheme(), "foreign page refused");
            }
            own
        })
        .on_new_window(move |_, _| {
            tracing::warn!(window = label, "new window refused");
            NewWindowResponse::Deny
        })
        .on_permission_request(move |webview, kind| {
            let page = webview.url().ok();
            permissions::answer(label, page.as_ref(), development.as_ref(), kind)
        })
}

/// Where Vite serves the pages while the UI is being developed; none in a build that carries them.
fn development_url(app: &AppHandle) -> Option<Url> {
    if tauri::is_dev() { app.config().build.dev_url.clone() } else { None }
}
