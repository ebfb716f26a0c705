//! The TypeScript types under `ui/src/generated` are made from the Rust ones.
//!
//! After a change of the wire or the app interface, `RINGDOVE_UPDATE=1 cargo test -p ringdove-tests
//! --test generated_types` writes them anew.

use std::{collections::BTreeMap, fs, path::Path};

use ringdove_tests::{export_typescript, project_root};

#[test]
fn typescript_types_have_not_drifted() -> anyhow::Result<()> {
    let committed = project_root().join("ui/src/generated");
    if std::env::var_os("RINGDOVE_UPDATE").is_some() {
        fs::remove_dir_all(&committed).ok();
        export_typescript(&committed)?;
    }
    let fresh = tempfile::tempdir()?;
    export_typescript(fresh.path())?;
    assert_eq!(
        files(&committed)?,
        files(fresh.path())?,
        "ui/src/generated differs from the Rust types; write it anew with RINGDOVE_UPDATE=1"
    );
    Ok(())
}

fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.insert(
            entry.file_name().to_string_lossy().into_owned(),
            fs::read_to_string(entry.path())?,
        );
    }
    Ok(files)
}
