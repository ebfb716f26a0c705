//! The incoming-call prompt: a small window on top of all others that never takes the keyboard
//! from whatever the person is typing in.

use std::path::Path;

use ringdove_protocol::Name;
use tauri::{AppHandle, LogicalSize, Manager, PhysicalPosition, WebviewWindow};

use crate::windows::{self, PROMPT};

const SIZE: LogicalSize<f64> = LogicalSize::new(420.0, 240.0);
/// From the right edge of the work area, in logical pixels.
const RIGHT_MARGIN: f64 = 16.0;
/// From the top edge: many desktops show notifications in this corner, and one tells of this call.
const TOP_MARGIN: f64 = 128.0;

/// Makes the prompt, hidden, so that it is loaded by the time somebody calls.
pub(crate) fn prepare(app: &AppHandle, data_dir: &Path) -> tauri::Result<WebviewWindow> {
    let window = windows::confined(app, PROMPT, "prompt.html", data_dir)
        .title("Incoming call")
        .inner_size(SIZE.width, SIZE.height)
        // Not `resizable(false)`: GTK would take the size that the webview asks for.
        .min_inner_size(SIZE.width, SIZE.height)
        .max_inner_size(SIZE.width, SIZE.height)
        .maximizable(false)
        .minimizable(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .focused(false)
        .visible(false)
        .build()?;
    #[cfg(target_os = "linux")]
    {
        use gtk::prelude::GtkWindowExt;
        // `focused(false)` holds for the first showing only; this for each. A click or Alt+Tab
        // still reaches the prompt.
        window.gtk_window()?.set_focus_on_map(false);
        // Setting up the graphics card for the first frame takes longer than drawing these few
        // buttons without it.
        window.with_webview(|webview| {
            use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};
            if let Some(settings) = webview.inner().settings() {
                settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            }
        })?;
    }
    Ok(window)
}

/// Shows that `caller` is calling.
pub(crate) fn show(app: &AppHandle, caller: &Name) {
    if let Err(error) = try_show(app, caller) {
        tracing::warn!(%error, "the prompt does not show");
    }
}

/// Puts the prompt out of sight.
pub(crate) fn hide(app: &AppHandle) {
    let Some(window) = app.get_webview_window(PROMPT) else { return };
    if let Err(error) = window.hide() {
        tracing::warn!(%error, "the prompt does not hide");
    }
}

fn try_show(app: &AppHandle, caller: &Name) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(PROMPT) else { return Ok(()) };
    window.set_title(&format!("{caller} is calling"))?;
    if let Some(corner) = top_right(app, &window)? {
        window.set_position(corner)?;
    }
    #[cfg(not(target_os = "linux"))]
    window.set_focusable(false)?;
    window.show()?;
    #[cfg(not(target_os = "linux"))]
    window.set_focusable(true)?;
    Ok(())
}

/// The place on the monitor that the person looks at: the one with the mouse pointer.
fn top_right(
    app: &AppHandle,
    window: &WebviewWindow,
) -> tauri::Result<Option<PhysicalPosition<i32>>> {
    let pointer = app.cursor_position()?;
    let monitor = match app.monitor_from_point(pointer.x, pointer.y)? {
        Some(monitor) => Some(monitor),
        None => window.primary_monitor()?,
    };
    Ok(monitor.map(|monitor| {
        let area = monitor.work_area();
        let physical = |logical: f64| (logical * monitor.scale_factor()) as i32;
        PhysicalPosition::new(
            area.position.x + area.size.width as i32 - physical(SIZE.width + RIGHT_MARGIN),
            area.position.y + physical(TOP_MARGIN),
        )
    }))
}
