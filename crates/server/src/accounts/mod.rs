//! Who owns which name. One thread owns the database, so that a slow disk holds up nobody else.

mod copies;
mod invite;
mod likeness;
mod store;

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use ringdove_protocol::{DeviceKey, Name, SessionId};
use tracing::error;

use crate::hub::{Claim, HubHandle, Input};
pub(crate) use invite::{InviteCode, InviteHash};
pub(crate) use likeness::Likeness;
pub use store::DatabaseError;
use store::Store;

/// How many claims may wait for the disk.
const CLAIMS: usize = 256;

/// Why a name was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimError {
    /// The code was used, has expired, or never was one.
    InviteInvalid,
    /// A first name needs a code.
    InviteNeeded,
    /// The database could not store it.
    Server,
    /// It, or one that looks like it, belongs to another account.
    Taken,
}

/// Makes a code that lets one newcomer into a server with this database, which may be running.
/// Kept is the hash alone: this is the only time that the code is seen.
pub fn make_invite(database: &Path, good_for: Duration) -> Result<String, DatabaseError> {
    let code = InviteCode::fresh();
    Store::open(Some(database))?.add_invite(&code.hash(), good_for)?;
    Ok(code.to_string())
}

/// The opened database.
pub(crate) struct Accounts {
    store: Store,
    path: Option<PathBuf>,
}

/// How the hub reaches the accounts.
#[derive(Debug)]
pub(crate) struct AccountsHandle {
    claims: mpsc::SyncSender<(SessionId, Claim)>,
    /// Its end ends the copying.
    _copying: mpsc::Sender<()>,
}

impl Accounts {
    /// Opens or makes the database; without a path it lives in memory.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, DatabaseError> {
        Ok(Self { store: Store::open(path)?, path: path.map(Path::to_owned) })
    }

    /// This server's lasting random name.
    pub(crate) fn server_id(&self) -> &str {
        self.store.server_id()
    }

    /// Every claimed name.
    pub(crate) fn claimed(&self) -> Result<Vec<(DeviceKey, Likeness)>, DatabaseError> {
        self.store.claimed()
    }

    /// Moves to a thread of its own, which lasts as long as the handle and answers to the hub. One more
    /// keeps copies of the database.
    pub(crate) fn start(mut self, hub: HubHandle) -> std::io::Result<AccountsHandle> {
        let (claims, received) = mpsc::sync_channel::<(SessionId, Claim)>(CLAIMS);
        let path = self.path.take();
        thread::Builder::new().name("accounts".to_owned()).spawn(move || {
            for (session, claim) in received {
                let account = claim.account;
                let result = self.decide(&claim);
                hub.blocking_send(Input::Claimed { session, account, result });
            }
        })?;
        let (copying, ending) = mpsc::channel();
        if let Some(path) = path {
            let copies = thread::Builder::new().name("copies".to_owned());
            copies.spawn(move || copies::keep(&path, &ending))?;
        }
        Ok(AccountsHandle { claims, _copying: copying })
    }
}

impl AccountsHandle {
    /// Asks for a name; the hub hears the answer. Fails when too many wait.
    pub(crate) fn try_claim(&self, session: SessionId, claim: Claim) -> Result<(), ClaimError> {
        self.claims.try_send((session, claim)).map_err(|_| ClaimError::Server)
    }
}

impl Accounts {
    /// Gives the name to the account, if it may have it.
    pub(crate) fn decide(&mut self, claim: &Claim) -> Result<Name, ClaimError> {
        let likeness = Likeness::of(&claim.name);
        match self.store.claim(claim, &likeness) {
            Ok(result) => result.map(|()| claim.name.clone()),
            // A full disk must not lock out those whose name is stored already.
            Err(error) => match self.store.name_of(&claim.account) {
                Ok(Some(name)) if Likeness::of(&name) == likeness => {
                    error!(%error, "the database cannot be written");
                    Ok(name)
                }
                Ok(_) | Err(_) => {
                    error!(%error, "the database cannot be used");
                    Err(ClaimError::Server)
                }
            },
        }
    }
}
