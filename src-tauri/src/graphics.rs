//! Whether a webview paints better without OpenGL.

use std::path::Path;

use webkit2gtk::{HardwareAccelerationPolicy, Settings, SettingsExt};

/// Where the kernel shows graphics cards that can render: by the Direct Rendering Manager, and by
/// NVIDIA's own driver without it.
const FOLDERS: [(&str, &str); 2] = [("/dev/dri", "renderD"), ("/dev", "nvidia")];

/// Lets the webview paint without OpenGL where no graphics card would do the work: on the processor
/// it takes twice as long, and a call has two moving pictures.
pub(crate) fn spare_processor(settings: &Settings) {
    if !FOLDERS.iter().any(|(folder, prefix)| holds(Path::new(folder), prefix)) {
        settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
    }
}

fn holds(folder: &Path, prefix: &str) -> bool {
    let Ok(entries) = folder.read_dir() else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_known_by_its_file() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("ringdove-cards-{}", std::process::id()));
        assert!(!holds(&folder, "renderD"), "the folder is not there");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("card0"), "")?;
        assert!(!holds(&folder, "renderD"), "it shows a screen, but renders nothing");
        std::fs::write(folder.join("renderD128"), "")?;
        assert!(holds(&folder, "renderD"));
        std::fs::remove_dir_all(&folder)
    }
}
