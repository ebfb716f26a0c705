//! The database: names, the keys they are bound to, and devices.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ringdove_protocol::{DeviceKey, Name};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params};

use super::{ClaimError, InviteHash, Likeness, copies};
use crate::{hub::Claim, join::Entry, random};

/// How the tables came to be, oldest first: what was released is never changed, only followed. How
/// many of these a database has seen stands in SQLite's `user_version`.
const MIGRATIONS: &[&str] = &[
    "
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
",
    "
    CREATE TABLE invites (hash BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
",
];

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file is no database, or its content contradicts itself.
    #[error("the database {path} is damaged ({detail}); {}", remedy(path, copy.as_deref()))]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// In SQLite's words.
        detail: String,
        /// The newest copy that this program made of it.
        copy: Option<PathBuf>,
    },
    /// A later version of this program made it.
    #[error("the database is of version {found}, this program knows up to {}", MIGRATIONS.len())]
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
    path: Option<PathBuf>,
}

impl Store {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, DatabaseError> {
        Self::open_unchecked(path).map_err(|error| match error {
            DatabaseError::Unusable(error) if is_damage(&error) => damaged(path, error.to_string()),
            error @ (DatabaseError::Damaged { .. }
            | DatabaseError::Unusable(_)
            | DatabaseError::TooNew { .. }) => error,
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
            return Err(damaged(path, check));
        }
        migrate(&mut connection)?;
        let server_id = connection.query_row("SELECT id FROM server", [], |row| row.get(0))?;
        Ok(Self { connection, server_id, path: path.map(Path::to_owned) })
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
            let name = Name::parse(&name)
                .map_err(|error| damaged(self.path.as_deref(), error.to_string()))?;
            claimed.push((DeviceKey::from_bytes(key), Likeness::of(&name)));
        }
        Ok(claimed)
    }

    /// Keeps a code, and forgets those that have expired.
    pub(super) fn add_invite(
        &mut self,
        hash: &InviteHash,
        good_for: Duration,
    ) -> Result<(), rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        let now = unix_seconds();
        transaction.execute("DELETE FROM invites WHERE expires_at <= ?1", [now])?;
        let expires_at = now.saturating_add_unsigned(good_for.as_secs());
        transaction
            .execute("INSERT INTO invites VALUES (?1, ?2)", params![hash.as_bytes(), expires_at])?;
        transaction.commit()
    }

    /// Binds a name to an account, in place of the one it had. Writes nothing that is stored
    /// already. A code is used up only if all goes well.
    pub(super) fn claim(
        &mut self,
        claim: &Claim,
        likeness: &Likeness,
    ) -> Result<Result<(), ClaimError>, rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        if let Err(refused) = enter(&transaction, claim)? {
            return Ok(Err(refused));
        }
        for key in likeness.keys() {
            let owner: Option<[u8; DeviceKey::BYTES]> = transaction
                .prepare_cached("SELECT account FROM likenesses WHERE likeness = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            if owner.is_some_and(|owner| owner != *claim.account.as_bytes()) {
                return Ok(Err(ClaimError::Taken));
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
        Ok(Ok(()))
    }

    pub(super) fn name_of(&self, account: &DeviceKey) -> Result<Option<Name>, rusqlite::Error> {
        name_of(&self.connection, account)
    }
}

fn migrate(connection: &mut Connection) -> Result<(), DatabaseError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let seen = usize::try_from(found).map_err(|_| DatabaseError::TooNew { found })?;
    let missing = MIGRATIONS.get(seen..).ok_or(DatabaseError::TooNew { found })?;
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in missing {
        transaction.execute_batch(step)?;
    }
    if seen == 0 {
        transaction.execute("INSERT INTO server VALUES (1, ?1)", [random::server_id()])?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    Ok(transaction.commit()?)
}

/// Lets an account in that has no name yet, if it has the right to one.
fn enter(
    transaction: &Transaction<'_>,
    claim: &Claim,
) -> Result<Result<(), ClaimError>, rusqlite::Error> {
    let hash = match claim.entry {
        Entry::Free => return Ok(Ok(())),
        _ if name_of(transaction, &claim.account)?.is_some() => return Ok(Ok(())),
        Entry::None => return Ok(Err(ClaimError::InviteNeeded)),
        Entry::Unreadable => return Ok(Err(ClaimError::InviteInvalid)),
        Entry::Code(hash) => hash,
    };
    let used = transaction.execute(
        "DELETE FROM invites WHERE hash = ?1 AND expires_at > ?2",
        params![hash.as_bytes(), unix_seconds()],
    )?;
    Ok(if used == 1 { Ok(()) } else { Err(ClaimError::InviteInvalid) })
}

fn unix_seconds() -> i64 {
    // A clock before 1970 makes every code good, and is wrong in sight.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
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

fn damaged(path: Option<&Path>, detail: String) -> DatabaseError {
    let copy = path.and_then(copies::newest);
    DatabaseError::Damaged { path: path.unwrap_or(Path::new(":memory:")).to_owned(), detail, copy }
}

/// What an operator can do about damage. A log of changes that belongs to the damaged file must not
/// be applied to the copy.
fn remedy(path: &Path, copy: Option<&Path>) -> String {
    let path = path.display();
    let anew = "move it away to start anew (names must then be claimed again)";
    match copy {
        Some(copy) => {
            let copy = copy.display();
            format!(
                "restore the newest copy with `rm -f '{path}-wal' '{path}-shm' && cp '{copy}' '{path}'`, \
                 or {anew}"
            )
        }
        None => format!("there is no copy beside it; {anew}"),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{
        super::{Accounts, InviteCode},
        *,
    };

    fn claim(store: &mut Store, account: u8, name: &str) -> bool {
        enter(store, account, name, Entry::Free).is_ok()
    }

    fn enter(store: &mut Store, account: u8, name: &str, entry: Entry) -> Result<(), ClaimError> {
        let key = DeviceKey::from_bytes([account; 32]);
        let name = Name::parse(name).unwrap();
        let likeness = Likeness::of(&name);
        store.claim(&Claim { account: key, device: key, name, entry }, &likeness).unwrap()
    }

    fn invite(store: &mut Store, seconds: u64) -> Entry {
        let hash = InviteCode::fresh().hash();
        store.add_invite(&hash, Duration::from_secs(seconds)).unwrap();
        Entry::Code(hash)
    }

    #[test]
    fn a_code_lets_one_newcomer_in_once() {
        let mut store = Store::open(None).unwrap();
        let code = invite(&mut store, 60);
        assert_eq!(enter(&mut store, 1, "Anna", Entry::None), Err(ClaimError::InviteNeeded));
        assert_eq!(enter(&mut store, 1, "Anna", Entry::Unreadable), Err(ClaimError::InviteInvalid));
        assert_eq!(enter(&mut store, 1, "Anna", code), Ok(()));
        assert_eq!(enter(&mut store, 2, "Ben", code), Err(ClaimError::InviteInvalid));
        for entry in [Entry::None, Entry::Unreadable, code] {
            assert_eq!(enter(&mut store, 1, "Anna", entry), Ok(()), "who is in needs none");
        }
    }

    #[test]
    fn a_taken_name_does_not_use_a_code_up() {
        let mut store = Store::open(None).unwrap();
        assert!(claim(&mut store, 1, "Anna"));
        let code = invite(&mut store, 60);
        assert_eq!(enter(&mut store, 2, "anna", code), Err(ClaimError::Taken));
        assert_eq!(enter(&mut store, 2, "Ben", code), Ok(()));
    }

    #[test]
    fn a_code_that_has_expired_is_none() {
        let mut store = Store::open(None).unwrap();
        let code = invite(&mut store, 0);
        assert_eq!(enter(&mut store, 1, "Anna", code), Err(ClaimError::InviteInvalid));
    }

    #[test]
    fn a_database_of_the_first_version_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch("INSERT INTO server VALUES (1, 'mine'); PRAGMA user_version = 1")
            .unwrap();
        drop(old);
        for _ in 0..2 {
            let mut store = Store::open(Some(&path)).unwrap();
            assert_eq!(store.server_id(), "mine");
            invite(&mut store, 60);
        }
        Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(Store::open(Some(&path)), Err(DatabaseError::TooNew { found: 99 })));
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
        let Err(error) = Store::open(Some(&path)) else { panic!("it opens") };
        assert!(matches!(error, DatabaseError::Damaged { copy: None, .. }));
        assert!(error.to_string().contains("there is no copy beside it"), "{error}");
        std::fs::write(folder.path().join("server.db.copy-2026-01-02"), "a copy").unwrap();
        let Err(error) = Store::open(Some(&path)) else { panic!("it opens") };
        assert!(error.to_string().contains("server.db.copy-2026-01-02' '"), "{error}");
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
        let from_new_device =
            Claim { account: key, device: new_device, name: name.clone(), entry: Entry::None };
        let mut accounts = Accounts { store, path: None };
        assert_eq!(accounts.decide(&from_new_device), Ok(name));
        let name = Name::parse("Ben").unwrap();
        let unknown = Claim { account: new_device, device: new_device, name, entry: Entry::Free };
        assert_eq!(accounts.decide(&unknown), Err(ClaimError::Server));
    }
}
