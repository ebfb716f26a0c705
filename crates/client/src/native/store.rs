//! What a client keeps on disk: the secret of this device, who vouches for it, whom its user has met,
//! who may ring it, and what was typed last.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use ringdove_protocol::DeviceLink;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{Book, BookError, Kept, Privacy, Seed};

const SEED_FILE: &str = "device.key";
const BOOK_FILE: &str = "people.json";
const LINK_FILE: &str = "link.json";
const PRIVACY_FILE: &str = "privacy.json";
const REMEMBERED_FILE: &str = "remembered.json";

/// A folder that belongs to one user of one device.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// What is proposed at the next sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Remembered {
    /// The name of the last sign-in.
    pub name: Option<String>,
    /// The server of the last sign-in.
    pub server: Option<String>,
}

/// Why something could not be kept or read back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key file is there, but holds no key. It is left untouched, because a new key would give
    /// up the name that the old one holds.
    #[error(
        "{} holds no device key: put a copy back, or remove it to start with a new key \
         (a name that the old key holds stays taken)",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The file of known people is there, but cannot be read. It is left untouched, because
    /// without it a server could pass off other keys as those of a first call.
    #[error(
        "{}: {source}: put a copy back, or remove it to meet everybody anew",
        .path.display()
    )]
    DamagedBook {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BookError,
    },
    /// The file system said no.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system has no random numbers for a new key.
    #[error("no random numbers for a new device key: {0}")]
    NoEntropy(String),
}

impl Store {
    /// Uses a folder, and makes it where it is missing.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(io_error(&folder))?;
        Ok(Self { folder })
    }

    /// The secret of this device; a new one at the first start.
    pub fn seed(&self) -> Result<Seed, StoreError> {
        let path = self.folder.join(SEED_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                keep_from_others(&path)?;
                Seed::parse(text.trim()).map_err(|_| StoreError::Damaged { path })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut bytes = Zeroizing::new([0; Seed::BYTES]);
                getrandom::fill(bytes.as_mut_slice())
                    .map_err(|error| StoreError::NoEntropy(error.to_string()))?;
                let seed = Seed::from_bytes(*bytes);
                write_atomically(&path, seed.to_text().as_bytes())?;
                Ok(seed)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(StoreError::Damaged { path })
            }
            Err(error) => Err(io_error(&path)(error)),
        }
    }

    /// Whom this user has met; nobody at the first start.
    pub fn book(&self) -> Result<Book, StoreError> {
        let path = self.folder.join(BOOK_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => {
                Book::parse(&text).map_err(|source| StoreError::DamagedBook { path, source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Book::default()),
            Err(error) => Err(io_error(&path)(error)),
        }
    }

    /// Who vouches for this device, if it is not the first of its account. Nobody where that cannot
    /// be read, which is logged: the server then refuses the account's name, and the first device can
    /// vouch once more.
    pub fn link(&self) -> Option<DeviceLink> {
        self.read(LINK_FILE)
    }

    /// Keeps what the core gave to be kept.
    pub fn keep(&self, what: Kept, text: &str) -> Result<(), StoreError> {
        let file = match what {
            Kept::Book => BOOK_FILE,
            Kept::Link => LINK_FILE,
            Kept::Privacy => PRIVACY_FILE,
        };
        write_atomically(&self.folder.join(file), text.as_bytes())
    }

    /// What was typed last; nothing where that cannot be read, for it is only a convenience.
    pub fn remembered(&self) -> Remembered {
        self.read(REMEMBERED_FILE)
    }

    /// Keeps what was typed.
    pub fn remember(&self, remembered: &Remembered) -> Result<(), StoreError> {
        let path = self.folder.join(REMEMBERED_FILE);
        let json = serde_json::to_vec(remembered).map_err(|e| io_error(&path)(e.into()))?;
        write_atomically(&path, &json)
    }

    /// Who may ring; everybody where that cannot be read, which is logged.
    pub fn privacy(&self) -> Privacy {
        self.read(PRIVACY_FILE)
    }

    fn read<T: Default + DeserializeOwned>(&self, file: &str) -> T {
        let path = self.folder.join(file);
        match fs::read(&path) {
            Ok(json) => serde_json::from_slice(&json).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "unreadable; starting anew");
                T::default()
            }),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(path = %path.display(), %error, "unreadable");
                }
                T::default()
            }
        }
    }
}

/// After a power cut there is either the old file or the whole new one.
fn write_atomically(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let write = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().map_err(|error| {
        // Nothing to be done if the draft cannot be removed either.
        fs::remove_file(&draft).ok();
        io_error(path)(error)
    })
}

/// A key file copied from elsewhere may be open to everybody.
#[cfg(unix)]
fn keep_from_others(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = fs::metadata(path).map_err(io_error(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the device key; closed now");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(io_error(path))?;
    }
    Ok(())
}

/// Elsewhere the folder's own access rights keep others out.
#[cfg(not(unix))]
fn keep_from_others(_path: &Path) -> Result<(), StoreError> {
    Ok(())
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}
