//! `docs/acceptance.md` covers every row of the tutorial, and the tests that it names exist.
#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::{collections::BTreeMap, fs, path::Path};

use ringdove_tests::project_root;

/// How many rows each section of the tutorial has.
const ROWS: [(&str, usize); 7] =
    [("S", 36), ("P", 29), ("C", 15), ("M", 18), ("N", 27), ("E", 16), ("X", 6)];

#[test]
fn every_row_is_there_once() {
    let rows = rows();
    for (section, count) in ROWS {
        for number in 1..=count {
            let id = format!("{section}{number:02}");
            assert!(rows.contains_key(&id), "{id} is missing");
        }
    }
    assert_eq!(rows.len(), ROWS.iter().map(|(_, count)| count).sum::<usize>());
}

#[test]
fn every_test_that_is_named_exists() {
    let mut sources = String::new();
    for folder in ["crates", "docs", "src-tauri", "tests", "ui"] {
        read_sources(&project_root().join(folder), &mut sources);
    }
    for (id, shown_by) in rows() {
        assert!(!shown_by.trim().is_empty(), "{id} is shown by nothing");
        for name in shown_by.split('`').skip(1).step_by(2) {
            let exists = sources.contains(name)
                || name.starts_with("cargo xtask ")
                || project_root().join(name).exists();
            assert!(exists, "{id}: there is no {name:?}");
        }
    }
}

/// What shows each row, by its id.
fn rows() -> BTreeMap<String, String> {
    let text = fs::read_to_string(project_root().join("docs/acceptance.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, _, shown_by] = cells[..] else { continue };
        let id = id.trim_end_matches('⚠').trim();
        if id.len() == 3 && id[1..].chars().all(|c| c.is_ascii_digit()) {
            let before = rows.insert(id.to_owned(), shown_by.to_owned());
            assert_eq!(before, None, "{id} stands there twice");
        }
    }
    rows
}

fn read_sources(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_source =
            [".rs", ".ts", ".js", ".svelte"].iter().any(|extension| name.ends_with(extension));
        if path.is_dir() && !["node_modules", "dist", "results", "target"].contains(&name.as_str())
        {
            read_sources(&path, sources);
        } else if is_source {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
