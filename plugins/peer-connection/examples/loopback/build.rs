//! Puts what the capability allows where Tauri's macro finds it.

fn main() {
    tauri_build::build();
}
