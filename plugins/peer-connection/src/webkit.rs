//! A feature of WebKitGTK that it has, but leaves off: workers read tracks and make them
//! (`MediaStreamTrackProcessor` and `VideoTrackGenerator`), so that video takes no part of the
//! page's own thread.
//!
//! The functions are looked up while the app runs: they came with WebKitGTK 2.42, and an app that
//! was linked to them would not even start with an older one. Without the feature, the script takes
//! video through the page.

use std::ffi::{CStr, c_char, c_int, c_void};

use libloading::os::unix::{Library, Symbol};
use webkit2gtk::{Settings, WebView, WebViewExt, glib::translate::ToGlibPtr};

const FEATURE: &CStr = c"MediaStreamTrackProcessing";

/// `WebKitFeatureList` and `WebKitFeature`, which are seen by address only.
type Opaque = *mut c_void;

/// Turns the feature on for the pages of a webview; without any effect where there is none.
pub(crate) fn let_workers_have_tracks(webview: &WebView) {
    let Some(settings) = webview.settings() else { return };
    // SAFETY: this is the main thread, as everywhere in GTK, and the library stays loaded.
    match unsafe { Functions::find() } {
        Ok(functions) => unsafe { functions.enable(&settings) },
        Err(error) => tracing::debug!(%error, "WebKitGTK has no list of features"),
    }
}

/// <https://webkitgtk.org/reference/webkit2gtk/stable/struct.FeatureList.html>
struct Functions {
    get_all_features: Symbol<unsafe extern "C" fn() -> Opaque>,
    get_length: Symbol<unsafe extern "C" fn(Opaque) -> usize>,
    get: Symbol<unsafe extern "C" fn(Opaque, usize) -> Opaque>,
    unref: Symbol<unsafe extern "C" fn(Opaque)>,
    get_identifier: Symbol<unsafe extern "C" fn(Opaque) -> *const c_char>,
    set_enabled: Symbol<unsafe extern "C" fn(*mut webkit2gtk::ffi::WebKitSettings, Opaque, c_int)>,
}

impl Functions {
    /// # Safety
    ///
    /// WebKitGTK must stay loaded as long as the result is used.
    unsafe fn find() -> Result<Self, libloading::Error> {
        let library = Library::this();
        // SAFETY: the signatures are those of the reference.
        unsafe {
            Ok(Self {
                get_all_features: library.get(b"webkit_settings_get_all_features\0")?,
                get_length: library.get(b"webkit_feature_list_get_length\0")?,
                get: library.get(b"webkit_feature_list_get\0")?,
                unref: library.get(b"webkit_feature_list_unref\0")?,
                get_identifier: library.get(b"webkit_feature_get_identifier\0")?,
                set_enabled: library.get(b"webkit_settings_set_feature_enabled\0")?,
            })
        }
    }

    /// # Safety
    ///
    /// Only on the main thread.
    unsafe fn enable(&self, settings: &Settings) {
        // SAFETY: a feature belongs to its list, which is held to the end, and an identifier to its
        // feature.
        unsafe {
            let features = (self.get_all_features)();
            for index in 0..(self.get_length)(features) {
                let feature = (self.get)(features, index);
                if CStr::from_ptr((self.get_identifier)(feature)) == FEATURE {
                    (self.set_enabled)(settings.to_glib_none().0, feature, 1);
                }
            }
            (self.unref)(features);
        }
    }
}
