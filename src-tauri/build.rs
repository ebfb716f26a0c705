//! Names the app's own commands for the access control list, and says what is missing before
//! Tauri's macro fails on it.

use std::path::Path;

fn main() {
    if std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some() && !ui_is_built() {
        println!(
            "cargo::error=the user interface is not built yet: run `cargo xtask test` or \
             `cargo xtask demo` first, or `npm ci --ignore-scripts && npm run build`"
        );
        return;
    }
    let commands = tauri_build::AppManifest::new().commands(&[
        "dispatch",
        "missing_media",
        "remembered",
        "snapshot",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}

/// Both windows have their page. An override of the folder is its author's own affair.
fn ui_is_built() -> bool {
    println!("cargo::rerun-if-env-changed=TAURI_CONFIG");
    if std::env::var_os("TAURI_CONFIG").is_some() {
        return true;
    }
    ["../ui/dist/index.html", "../ui/dist/prompt.html"].into_iter().all(|page| {
        println!("cargo::rerun-if-changed={page}");
        Path::new(page).is_file()
    })
}
