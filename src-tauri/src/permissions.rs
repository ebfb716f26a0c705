//! What a page may do: nothing but show the app's own pages and, in the main window, open the
//! microphone and the camera.

use tauri::{
    Url,
    webview::{PermissionKind, PermissionResponse},
};

use crate::windows::MAIN;

/// Answers a page's wish for a device. The person has already pressed a call button by then, and
/// the operating system may still ask on its own.
pub(crate) fn answer(
    window: &str,
    page: Option<&Url>,
    development: Option<&Url>,
    kind: PermissionKind,
) -> PermissionResponse {
    let own = window == MAIN && page.is_some_and(|page| is_own_page(page, development));
    let device = matches!(kind, PermissionKind::Microphone | PermissionKind::Camera);
    if own && device {
        tracing::debug!(%kind, "permission granted");
        PermissionResponse::Allow
    } else {
        tracing::warn!(window, %kind, "permission refused");
        PermissionResponse::Deny
    }
}

/// The app's own pages: `tauri://localhost` on Linux, macOS and iOS, `http(s)://tauri.localhost`
/// on Windows and Android, and Vite's server while developing.
pub(crate) fn is_own_page(url: &Url, development: Option<&Url>) -> bool {
    let own = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost") && url.port().is_none(),
        "http" | "https" if cfg!(any(windows, target_os = "android")) => {
            url.host_str() == Some("tauri.localhost") && url.port().is_none()
        }
        _ => false,
    };
    own || development.is_some_and(|development| development.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // Fixed texts.

    use super::*;
    use crate::windows::PROMPT;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn ask(window: &str, page: &str, kind: PermissionKind) -> PermissionResponse {
        answer(window, Some(&url(page)), None, kind)
    }

    #[cfg(not(any(windows, target_os = "android")))]
    #[test]
    fn the_main_page_gets_microphone_and_camera_and_nothing_else() {
        let page = "tauri://localhost/index.html";
        assert_eq!(ask(MAIN, page, PermissionKind::Microphone), PermissionResponse::Allow);
        assert_eq!(ask(MAIN, page, PermissionKind::Camera), PermissionResponse::Allow);
        for kind in [
            PermissionKind::Geolocation,
            PermissionKind::Notifications,
            PermissionKind::ClipboardRead,
            PermissionKind::DisplayCapture,
            PermissionKind::FileSystemAccess,
            PermissionKind::Other,
        ] {
            assert_eq!(ask(MAIN, page, kind), PermissionResponse::Deny, "{kind}");
        }
    }

    #[test]
    fn no_other_window_and_no_foreign_page_gets_a_device() {
        let kind = PermissionKind::Microphone;
        assert_eq!(ask(PROMPT, "tauri://localhost/prompt.html", kind), PermissionResponse::Deny);
        assert_eq!(ask(MAIN, "https://example.org/", kind), PermissionResponse::Deny);
        assert_eq!(answer(MAIN, None, None, kind), PermissionResponse::Deny);
    }

    #[test]
    fn foreign_pages_are_told_from_own_ones() {
        for foreign in [
            "https://example.org/",
            "http://localhost/",
            "http://localhost:5173/",
            "tauri://localhost.example.org/",
            "tauri://evil/index.html",
            "tauri://localhost:1/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
            "javascript:alert(1)",
        ] {
            assert!(!is_own_page(&url(foreign), None), "{foreign}");
        }
    }

    #[test]
    fn the_development_server_is_own_only_at_its_own_origin() {
        let development = url("http://localhost:5173/");
        let own = |text: &str| is_own_page(&url(text), Some(&development));
        assert!(own("http://localhost:5173/prompt.html"));
        assert!(!own("http://localhost:5174/"));
        assert!(!own("https://localhost:5173/"));
    }
}
