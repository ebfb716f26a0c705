//! Makes the permission `allow-open` of the plugin's one command.

fn main() {
    tauri_plugin::Builder::new(&["open"]).build();
}
