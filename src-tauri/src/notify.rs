//! Notifications of the system: somebody is calling, somebody has called in vain.
//!
//! The plugin sends them in the background and keeps to itself whether a notification service
//! answered; the prompt window shows the call in any case.

use ringdove_protocol::Name;
use tauri::{AppHandle, async_runtime};
use tauri_plugin_notification::NotificationExt;

use crate::windows;

/// The notification of the ringing call; there is at most one.
const RINGING: i32 = 1;

/// A click on a notification shows the main window. Only while somebody listens to clicks does the
/// plugin remember its notifications, so that [`quiet`] can take one back.
pub(crate) fn listen(app: &AppHandle) {
    let handle = app.clone();
    let listening = app.notification().on_action(move |action| {
        if action.action_id() == "tap" {
            windows::show_main(&handle);
        }
    });
    if let Err(error) = listening {
        tracing::warn!(%error, "clicks on notifications will mean nothing");
    }
}

/// Says that somebody calls.
pub(crate) fn ring(app: &AppHandle, caller: &Name) {
    let title = format!("{caller} is calling");
    show(app.notification().builder().id(RINGING).title(title).body("Ringdove: incoming call"));
}

/// Takes back what [`ring`] said.
pub(crate) fn quiet(app: &AppHandle) {
    let app = app.clone();
    // It waits for the notification service, which may be slow or stuck.
    async_runtime::spawn_blocking(move || {
        if let Err(error) = app.notification().remove_active(vec![RINGING]) {
            tracing::warn!(%error, "the notification stays");
        }
    });
}

/// Says that somebody has called in vain.
pub(crate) fn missed(app: &AppHandle, caller: &Name) {
    show(app.notification().builder().title(format!("Missed call from {caller}")));
}

fn show(notification: tauri_plugin_notification::NotificationBuilder<tauri::Wry>) {
    if let Err(error) = notification.show() {
        tracing::warn!(%error, "the notification does not show");
    }
}
