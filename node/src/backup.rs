//! Backups: a copy of the data directory while the node works, the trial that it opens, and the way back
//! (Điều 8.5, 11.2).
//!
//! The journal is the record and only grows, so a copy taken in the right order is a state the node was
//! in: the mark first, which nothing copied later may lie behind, then the segments, the files of
//! attachments, and the vault last, which then has every key the rows were sealed with. What is copied
//! is sealed as it lies; without the key it opens for nobody.
//!
//! **Invariants:** a backup is built under another name and gets its own when it is whole; a trial and a
//! restore read a copy of the backup and leave the backup as it was. What is restored begins a new life
//! as soon as a node opens it, so that no number of the lost one is used again.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dossier::{NodeId, UnitId};
use protocol::{
    Core, Moment,
    core::{Identity, OpenError},
};

use crate::{
    crypto::KeyCrypto,
    environment::{Environment, disk::beside, entropy::draw},
    home::{Home, HomeError},
    seal::Means,
    store::{IndexKind, Store, StoreError, StoreOptions},
};

/// What lies in a data directory, in the order in which it is copied.
const PARTS: [&str; 8] = [
    "store/FORMAT",
    "store/MARK",
    "store/journal",
    "attachments",
    "identity.json",
    "keys.sealed",
    "authority.sealed",
    "seal.json",
];

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What a backup held when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Whose it is.
    pub node: NodeId,
    /// The unit that node serves.
    pub unit: UnitId,
    /// Transactions of its store, each checked.
    pub frames: u64,
    /// Dossiers that were read whole.
    pub dossiers: u64,
}

/// Why a backup does not serve.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The disk's.
    #[error("could not copy {0}")]
    Copy(PathBuf, #[source] io::Error),
    /// The directory or its vault.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store's content.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The form that is part of the program.
    #[error(transparent)]
    Data(#[from] config::DataError),
    /// A dossier that is listed cannot be read.
    #[error("a dossier cannot be read")]
    Unreadable,
}

/// Copies the data directory of a node, which may be at work, to a directory that is not there yet.
///
/// # Errors
/// [`BackupError::Copy`]; nothing then lies under the name of the backup.
pub fn make(data: &Path, to: &Path) -> Result<Copied, BackupError> {
    if to.exists() {
        return Err(BackupError::Copy(to.to_owned(), io::ErrorKind::AlreadyExists.into()));
    }
    let fresh = beside(to, ".new");
    let copied = copy_all(data, &fresh)?;
    settle(&fresh, to)?;
    Ok(copied)
}

/// Opens a copy of a backup as the node would: every transaction is checked, every dossier read.
///
/// # Errors
/// What keeps the backup from taking the node's place.
pub fn try_out(
    environment: &Environment,
    backup: &Path,
    means: &Means,
) -> Result<Held, BackupError> {
    let trial = beside(backup, ".trial");
    copy_all(backup, &trial)?;
    let held = Opened::open(environment, &trial, means).and_then(|mut it| it.read_all());
    // What is left of a trial is sealed like the backup itself.
    if let Err(error) = fs::remove_dir_all(&trial) {
        tracing::warn!(%error, "the copy of a trial could not be removed");
    }
    held
}

/// Puts a backup in the place of a data directory that was lost: `to` does not exist or is empty. What
/// is opened and read is the copy; it takes the name when all of it is sound and says that a new life is to
/// begin.
///
/// # Errors
/// [`HomeError::Occupied`] when something lies in `to`, and what keeps the backup from opening; `to` and
/// the backup are as before then.
pub fn restore(
    environment: &Environment,
    backup: &Path,
    to: &Path,
    means: &Means,
) -> Result<Held, BackupError> {
    let empty = fs::read_dir(to).map(|mut entries| entries.next().is_none());
    match empty {
        Ok(true) => {}
        Ok(false) => return Err(HomeError::Occupied(to.to_owned()).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(BackupError::Copy(to.to_owned(), error)),
    }
    let fresh = beside(to, ".new");
    let restored = copy_all(backup, &fresh).and_then(|_| {
        let mut opened = Opened::open(environment, &fresh, means)?;
        let held = opened.read_all()?;
        opened.leave_word()?;
        settle(&fresh, to)?;
        Ok(held)
    });
    if restored.is_err()
        && let Err(error) = fs::remove_dir_all(&fresh)
    {
        tracing::warn!(%error, "what was copied could not be removed");
    }
    restored
}

/// A copy of a backup, as a node opens it.
struct Opened {
    identity: Identity,
    core: Core,
    store: Store,
}

impl Opened {
    fn open(environment: &Environment, at: &Path, means: &Means) -> Result<Self, BackupError> {
        let home = Home::open(environment, at, means)?;
        let resident = home.resident(&*environment.disk)?;
        let options = StoreOptions {
            index: IndexKind::Memory,
            background_index: false,
            ..StoreOptions::default()
        };
        let vault = home.vault().map_err(HomeError::from)?;
        let store = Store::open(Arc::clone(&environment.disk), &home.store(), vault, options)?;
        let crypto = KeyCrypto::new(resident.change.clone());
        let sides = Arc::new(config::load_sides()?);
        let identity = resident.to_core();
        let moment = Moment { now: environment.clock.now(), seed: draw(&*environment.entropy) };
        let core = Core::open(identity.clone(), sides, 0, moment, &store, &crypto)?;
        Ok(Self { identity, core, store })
    }

    /// Checks every transaction and reads every dossier.
    fn read_all(&mut self) -> Result<Held, BackupError> {
        let frames = self.store.verify()?.frames;
        let root = self.core.tree().tree.root().id.clone();
        let all: Vec<_> = self.core.held_within(&root, None).map(|(id, _)| id).collect();
        for id in &all {
            let read = self.core.survey(id, &self.store).map_err(OpenError::from)?;
            read.ok_or(BackupError::Unreadable)?;
        }
        let Identity { node, unit, .. } = self.identity.clone();
        Ok(Held { node, unit, frames, dossiers: all.len() as u64 })
    }

    /// Orders the new life that whoever opens the store begins.
    fn leave_word(mut self) -> Result<(), BackupError> {
        self.store.stage(&[Core::mark_restored()])?;
        self.store.commit()?;
        self.store.close()?;
        Ok(())
    }
}

/// Gives what was built under another name its own, for good.
fn settle(fresh: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(fresh, to).map_err(|error| BackupError::Copy(to.to_owned(), error))?;
    let above = to.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(above).and_then(|directory| directory.sync_all());
    synced.map_err(|error| BackupError::Copy(above.to_owned(), error))
}

fn copy_all(from: &Path, to: &Path) -> Result<Copied, BackupError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| BackupError::Copy(path, error)
    };
    if to.exists() {
        // Of a copy that was cut short.
        fs::remove_dir_all(to).map_err(failed(to))?;
    }
    let mut copied = Copied::default();
    for directory in [to.to_owned(), to.join("store")] {
        make_private(&directory).map_err(failed(&directory))?;
    }
    for part in PARTS {
        let (source, target) = (from.join(part), to.join(part));
        copy_part(&source, &target, &mut copied).map_err(failed(&source))?;
    }
    Ok(copied)
}

/// Copies a file or a directory; what is not there is left out.
fn copy_part(from: &Path, to: &Path, copied: &mut Copied) -> io::Result<()> {
    match fs::metadata(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.is_dir() => return copy_file(from, to, copied),
        Ok(_) => {}
    }
    make_private(to)?;
    let mut names: Vec<_> =
        fs::read_dir(from)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    // Segments in their order: one that is there when the next begins is whole.
    names.sort_unstable();
    for name in names {
        copy_part(&from.join(&name), &to.join(&name), copied)?;
    }
    File::open(to)?.sync_all()
}

fn copy_file(from: &Path, to: &Path, copied: &mut Copied) -> io::Result<()> {
    let mut source = match File::open(from) {
        // A file that went while others were copied is not part of the state.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut target = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    copied.bytes += io::copy(&mut source, &mut target)?;
    copied.files += 1;
    target.sync_all()
}

fn make_private(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}
