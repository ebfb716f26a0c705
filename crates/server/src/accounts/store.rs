//! The database: names, the keys they are bound to, and devices.

use std::path::{Path, PathBuf};

use ringdove_protocol::{DeviceKey, Name};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params};

use super::Likeness;
use crate::{hub::Claim, random};

/// The version of the tables below, kept in SQLite's `user_version`.
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE server (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), id TEXT NOT NULL);
    CREATE TABLE accounts (key BLOB PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE likenesses (
        likeness TEXT PRIMARY KEY,
        account BLOB NOT NULL REFERENCES accounts (key) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX likenesses_of_account ON likenesses (account);
    CREATE TABLE devices (
        key BLOB NOT NULL,
        account BLOB NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
        PRIMARY KEY (key, account)
    ) WITHOUT ROWID;
";

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file is no database, or its content contradicts itself.
    #[error(
        "the database {path} is damaged ({detail}); restore a copy, or move it away to start anew \
         (names must then be claimed again)"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// In SQLite's words.
        detail: String,
    },
    /// A later version of this program made it.
    #[error("the database is of version {found}, this program knows up to {VERSION}")]
    TooNew {
        /// The file's version.
        found: i64,
    },
    /// The disk, the rights, or the system.
    #[error("the database cannot be used: {0}")]
    Unusable(#[from] rusqlite::Error),
}

pub(super) struct Store {
    connection: Connection,
    server_id: String,
}

impl Store {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, DatabaseError> {
        let shown = path.unwrap_or(Path::new(":memory:"));
        Self::open_unchecked(path).map_err(|error| match error {
            DatabaseError::Unusable(error) if is_damage(&error) => {
                DatabaseError::Damaged { path: shown.to_owned(), detail: error.to_string() }
            }
            DatabaseError::Damaged { detail, .. } => {
                DatabaseError::Damaged { path: shown.to_owned(), detail }
            }
            error @ (DatabaseError::Unusable(_) | DatabaseError::TooNew { .. }) => error,
        })
    }

    fn open_unchecked(path: Option<&Path>) -> Result<Self, DatabaseError> {
        let mut connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A name that was given must not be lost in a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if check != "ok" {
            return Err(DatabaseError::Damaged { path: PathBuf::new(), detail: check });
        }
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match found {
            0 => {
                let transaction = connection.transaction()?;
                transaction.execute_batch(TABLES)?;
                transaction.execute("INSERT INTO server VALUES (1, ?1)", [random::server_id()])?;
                transaction.pragma_update(None, "user_version", VERSION)?;
                transaction.commit()?;
            }
            VERSION => {}
            _ => return Err(DatabaseError::TooNew { found }),
        }
        let server_id = connection.query_row("SELECT id FROM server", [], |row| row.get(0))?;
        Ok(Self { connection, server_id })
    }

    pub(super) fn server_id(&self) -> &str {
        &self.server_id
    }

    pub(super) fn claimed(&self) -> Result<Vec<(DeviceKey, Likeness)>, DatabaseError> {
        let mut statement = self.connection.prepare("SELECT key, name FROM accounts")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, [u8; DeviceKey::BYTES]>(0)?, row.get::<_, String>(1)?))
        })?;
        let mut claimed = Vec::new();
        for row in rows {
            let (key, name) = row?;
            let damaged = |detail: String| DatabaseError::Damaged { path: PathBuf::new(), detail };
            let name = Name::parse(&name).map_err(|error| damaged(error.to_string()))?;
            claimed.push((DeviceKey::from_bytes(key), Likeness::of(&name)));
        }
        Ok(claimed)
    }

    /// Binds a name to an account, in place of the one it had; false if it is somebody else's.
    /// Writes nothing that is stored already.
    pub(super) fn claim(
        &mut self,
        claim: &Claim,
        likeness: &Likeness,
    ) -> Result<bool, rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        for key in likeness.keys() {
            let owner: Option<[u8; DeviceKey::BYTES]> = transaction
                .prepare_cached("SELECT account FROM likenesses WHERE likeness = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            if owner.is_some_and(|owner| owner != *claim.account.as_bytes()) {
                return Ok(false);
            }
        }
        if name_of(&transaction, &claim.account)?.as_ref() != Some(&claim.name) {
            let account = claim.account.as_bytes();
            transaction.execute(
                "INSERT INTO accounts VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET name = excluded.name",
                params![account, claim.name.as_str()],
            )?;
            transaction.execute("DELETE FROM likenesses WHERE account = ?1", [account])?;
            for key in likeness.keys() {
                transaction
                    .execute("INSERT INTO likenesses VALUES (?1, ?2)", params![key, account])?;
            }
        }
        add_device(&transaction, claim)?;
        transaction.commit()?;
        Ok(true)
    }

    pub(super) fn name_of(&self, account: &DeviceKey) -> Result<Option<Name>, rusqlite::Error> {
        name_of(&self.connection, account)
    }
}

fn name_of(connection: &Connection, account: &DeviceKey) -> Result<Option<Name>, rusqlite::Error> {
    let name: Option<String> = connection
        .prepare_cached("SELECT name FROM accounts WHERE key = ?1")?
        .query_row([account.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(name.and_then(|name| Name::parse(&name).ok()))
}

fn add_device(transaction: &Transaction<'_>, claim: &Claim) -> Result<(), rusqlite::Error> {
    let device = params![claim.device.as_bytes(), claim.account.as_bytes()];
    let known: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM devices WHERE key = ?1 AND account = ?2)")?
        .query_row(device, |row| row.get(0))?;
    if !known {
        transaction.execute("INSERT INTO devices VALUES (?1, ?2)", device)?;
    }
    Ok(())
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn claim(store: &mut Store, account: u8, name: &str) -> bool {
        let key = DeviceKey::from_bytes([account; 32]);
        let name = Name::parse(name).unwrap();
        let likeness = Likeness::of(&name);
        store.claim(&Claim { account: key, device: key, name }, &likeness).unwrap()
    }

    #[test]
    fn a_name_is_bound_to_the_first_key() {
        let mut store = Store::open(None).unwrap();
        assert!(claim(&mut store, 1, "Anna"));
        assert!(claim(&mut store, 1, "Anna"));
        assert!(!claim(&mut store, 2, "Anna"));
        assert!(!claim(&mut store, 2, "\u{410}NNA"));
        assert!(claim(&mut store, 2, "Ben"));
    }

    #[test]
    fn another_name_frees_the_old_one() {
        let mut store = Store::open(None).unwrap();
        assert!(claim(&mut store, 1, "Anna"));
        assert!(claim(&mut store, 1, "Hanna"));
        assert!(claim(&mut store, 2, "Anna"));
        assert!(!claim(&mut store, 1, "Anna"));
    }

    /// By the statement that `docs/hosting.md` names.
    #[test]
    fn an_operator_can_free_a_name() {
        let mut store = Store::open(None).unwrap();
        assert!(claim(&mut store, 1, "Anna"));
        store
            .connection
            .execute_batch("PRAGMA foreign_keys = ON; DELETE FROM accounts WHERE name = 'Anna'")
            .unwrap();
        assert!(claim(&mut store, 2, "Anna"));
    }

    #[test]
    fn names_and_identity_outlive_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.db");
        let mut store = Store::open(Some(&path)).unwrap();
        let id = store.server_id().to_owned();
        assert!(claim(&mut store, 1, "Anna"));
        drop(store);
        let mut store = Store::open(Some(&path)).unwrap();
        assert_eq!(store.server_id(), id);
        assert_eq!(store.claimed().unwrap().len(), 1);
        assert!(!claim(&mut store, 2, "anna"));
    }

    #[test]
    fn a_damaged_file_is_named_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.db");
        std::fs::write(&path, "no database at all, and long enough to be looked into".repeat(99))
            .unwrap();
        assert!(matches!(Store::open(Some(&path)), Err(DatabaseError::Damaged { .. })));
    }

    #[test]
    fn known_names_can_log_in_when_nothing_can_be_written() {
        let mut store = Store::open(None).unwrap();
        assert!(claim(&mut store, 1, "Anna"));
        store.connection.pragma_update(None, "query_only", true).unwrap();
        assert!(claim(&mut store, 1, "Anna"));
        let key = DeviceKey::from_bytes([1; 32]);
        let new_device = DeviceKey::from_bytes([9; 32]);
        let name = Name::parse("Anna").unwrap();
        let from_new_device = Claim { account: key, device: new_device, name: name.clone() };
        assert_eq!(super::super::decide(&mut store, &from_new_device), Ok(name));
        let name = Name::parse("Ben").unwrap();
        let unknown = Claim { account: new_device, device: new_device, name };
        assert_eq!(
            super::super::decide(&mut store, &unknown),
            Err(super::super::ClaimError::Server)
        );
    }
}
