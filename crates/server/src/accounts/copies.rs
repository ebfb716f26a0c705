//! Copies of the database, beside it: one a day, the newest seven. What an operator restores after a
//! disk has failed.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tracing::{info, warn};

/// How many are kept.
const KEPT: usize = 7;
/// From one to the next.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why there is no new copy.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// The database cannot be read, or has damage.
    #[error("the database gives no copy: {0}")]
    Database(#[from] rusqlite::Error),
    /// The check of the database has found something.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The disk or the rights.
    #[error("no copy can be kept: {0}")]
    Disk(#[from] io::Error),
}

/// Writes a copy now and once a day, until nobody holds the other end of `ending` any more. Reads through a
/// connection of its own, so that nobody waits for it.
pub(super) fn keep(database: &Path, ending: &Receiver<()>) {
    loop {
        match write(database) {
            Ok(Some(copy)) => info!(copy = %copy.display(), "copied the database"),
            Ok(None) => {}
            Err(error) => warn!(%error, "the newest copy of the database is an older one"),
        }
        match ending.recv_timeout(EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The newest copy, if there is any.
pub(super) fn newest(database: &Path) -> Option<PathBuf> {
    all(database).ok()?.pop()
}

/// Writes today's copy and forgets the oldest; none if it is there already: who starts anew with an
/// empty database by mistake keeps what was before.
fn write(database: &Path) -> Result<Option<PathBuf>, CopyError> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let today: String =
        connection.query_row("SELECT strftime('%Y-%m-%d', 'now')", [], |row| row.get(0))?;
    let copy = beside(database, &format!(".copy-{today}"));
    if copy.exists() {
        return Ok(None);
    }
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(CopyError::Damaged(check));
    }
    let unfinished = beside(database, ".unfinished-copy");
    let written = vacuum_into(&connection, &unfinished).and_then(|()| {
        fs::rename(&unfinished, &copy)?;
        Ok(())
    });
    if written.is_err() {
        fs::remove_file(&unfinished).ok(); // It may not have come into being.
    }
    written?;
    let mut old = all(database)?;
    old.retain(|other| *other != copy);
    for surplus in &old[..old.len().saturating_sub(KEPT - 1)] {
        fs::remove_file(surplus)?;
    }
    Ok(Some(copy))
}

fn vacuum_into(connection: &Connection, file: &Path) -> Result<(), CopyError> {
    if file.exists() {
        // Left behind by a power cut.
        fs::remove_file(file)?;
    }
    connection.execute("VACUUM INTO ?1", [file.to_string_lossy()])?;
    File::open(file)?.sync_all()?;
    Ok(())
}

/// All copies; their names sort them by age.
fn all(database: &Path) -> io::Result<Vec<PathBuf>> {
    let prefix = beside(database, ".copy-");
    let folder = match database.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let is_copy = prefix
            .file_name()
            .is_some_and(|prefix| name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes()));
        if is_copy {
            copies.push(database.with_file_name(name));
        }
    }
    copies.sort();
    Ok(copies)
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn database(folder: &Path) -> PathBuf {
        let path = folder.join("server.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE names (name TEXT); INSERT INTO names VALUES ('Anna')")
            .unwrap();
        path
    }

    #[test]
    fn a_copy_holds_what_the_database_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path());
        let copy = write(&path).unwrap().unwrap();
        assert_eq!(newest(&path), Some(copy.clone()));
        let copied = Connection::open(copy).unwrap();
        let name: String =
            copied.query_row("SELECT name FROM names", [], |row| row.get(0)).unwrap();
        assert_eq!(name, "Anna");
    }

    #[test]
    fn one_a_day_and_seven_in_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path());
        for day in 1..=9 {
            fs::write(beside(&path, &format!(".copy-2020-01-0{day}")), "old").unwrap();
        }
        let today = write(&path).unwrap().unwrap();
        let kept = all(&path).unwrap();
        assert_eq!(kept.len(), KEPT);
        assert_eq!(kept.last(), Some(&today));
        assert!(kept[0].ends_with("server.db.copy-2020-01-04"), "{kept:?}");
        assert!(write(&path).unwrap().is_none(), "today's is there");
    }

    #[test]
    fn damage_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        bytes[4096..].fill(0xff);
        fs::write(&path, bytes).unwrap();
        assert!(write(&path).is_err());
        assert_eq!(newest(&path), None);
    }
}
