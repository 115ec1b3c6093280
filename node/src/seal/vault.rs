//! The keys of one data directory, opened.

mod sealing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dossier::{DossierId, Hash, Timestamp};
use zeroize::Zeroizing;

use super::cipher::{Cipher, KeyBytes, Namer};
use super::file::{self, Head, KeyAct, KeyDeed, Ring};
use super::means::{self, Means, Profile, Stretch};
use super::{RecoveryCode, SealError};
use crate::account::Cost;
use crate::environment::{Disk, Entropy, SeededEntropy, entropy::draw};
pub use sealing::{Label, Stamp};

/// Dossier keys that are remembered; a key is 32 bytes and some 10 µs of work.
const REMEMBERED: usize = 65_536;

/// What is known of a vault without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How it is locked.
    pub profile: Profile,
    /// How often its key of keys was changed, from 1.
    pub generation: u32,
    /// When it was changed last.
    pub since: Timestamp,
}

/// How a vault is made or locked anew.
#[derive(Debug, Clone)]
pub struct Founding {
    /// How it is to be locked.
    pub profile: Profile,
    /// What with.
    pub means: Means,
    /// The price of one guess at a passphrase.
    pub cost: Cost,
}

impl Founding {
    /// Locked so, at the price that suits production.
    pub fn new(profile: Profile, means: Means) -> Self {
        Self { profile, means, cost: Cost::SLOW }
    }

    /// Locked by a key file beside the data directory.
    pub fn beside(data_dir: &Path) -> Self {
        Self::new(Profile::KeyFile, Means::beside(data_dir))
    }
}

/// An open vault.
pub struct Vault {
    place: Option<(Arc<dyn Disk>, PathBuf)>,
    entropy: Arc<dyn Entropy>,
    store: Cipher,
    home: Cipher,
    names: Namer,
    state: Mutex<State>,
}

struct State {
    head: Head,
    root: KeyBytes,
    ring: Ring,
    known: BTreeMap<(DossierId, u32), KeyBytes>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("generation", &self.generation()).finish_non_exhaustive()
    }
}

impl Vault {
    /// Makes the vault of a data directory that is there and has none; the key file too, unless it
    /// is there. The recovery code is told this once.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn create(
        disk: Arc<dyn Disk>,
        directory: &Path,
        entropy: Arc<dyn Entropy>,
        now: Timestamp,
        founding: &Founding,
    ) -> Result<(Self, RecoveryCode), SealError> {
        let ring = Ring::new(&*entropy);
        let code = RecoveryCode::from_bytes(*ring.recovery);
        let vault = Self::lock(disk, directory, entropy, (1, now), founding, ring)?;
        Ok((vault, code))
    }

    /// Opens the vault of a data directory.
    ///
    /// # Errors
    /// [`SealError`]; [`SealError::Unsealed`] where there is none.
    pub fn open(
        disk: Arc<dyn Disk>,
        directory: &Path,
        entropy: Arc<dyn Entropy>,
        means: &Means,
    ) -> Result<Self, SealError> {
        let locked = file::read(&*disk, directory)?;
        let head = locked.head.clone();
        let opened = |means: &Means| {
            let root = means::root_of(&*disk, head.profile, means, head.passphrase)?;
            Ok((locked.open(&root)?, root))
        };
        let (ring, root) = match opened(means) {
            Err(shut @ (SealError::WrongKey | SealError::KeyFileMissing(_))) => {
                let next = Means { key_file: means::next_of(&means.key_file), ..means.clone() };
                // A change of the key file was cut short: the lock asks for the next one already.
                let found = Some(opened(&next)).filter(|_| head.profile.has_key_file());
                let opened = found.and_then(Result::ok).ok_or(shut)?;
                if let Err(error) = means::take_place(&*disk, &means.key_file) {
                    tracing::warn!(%error, "the next key file stays beside its place");
                }
                opened
            }
            outcome => outcome?,
        };
        Ok(Self::of(Some((disk, directory.to_owned())), entropy, head, root, ring))
    }

    /// Opens the vault by its recovery code and locks it anew, one generation on.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] for another code, or as [`Vault::rotate`]; the old lock stays then.
    pub fn recover(
        disk: Arc<dyn Disk>,
        directory: &Path,
        entropy: Arc<dyn Entropy>,
        now: Timestamp,
        (code, founding): (&RecoveryCode, &Founding),
    ) -> Result<Self, SealError> {
        let locked = file::read(&*disk, directory)?;
        let mut ring = locked.recover(code)?;
        if locked.opens_by(&*disk, founding) {
            return Err(SealError::SameKey);
        }
        let generation = locked.head.generation + 1;
        ring.note(KeyDeed { act: KeyAct::Recovered, generation, at: now });
        Self::lock(disk, directory, entropy, (generation, now), founding, ring)
    }

    /// Locks the vault anew, one generation on: everything sealed stays readable by the new means
    /// alone. The file is replaced in one step.
    ///
    /// # Errors
    /// [`SealError::SameKey`] when the new means opens the old lock, or as [`Vault::create`]; the
    /// old lock stays then.
    pub fn rotate(self, now: Timestamp, founding: &Founding) -> Result<Self, SealError> {
        let Some((disk, directory)) = self.place.clone() else { return Err(SealError::NotOnDisk) };
        if file::read(&*disk, &directory)?.opens_by(&*disk, founding) {
            return Err(SealError::SameKey);
        }
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let generation = state.head.generation + 1;
        let mut ring = state.ring;
        ring.note(KeyDeed { act: KeyAct::Rotated, generation, at: now });
        Self::lock(disk, &directory, self.entropy, (generation, now), founding, ring)
    }

    /// Makes `change`, a rotation or a recovery, with a fresh key file in the place of the one that
    /// `founding` names. It is written beside that one first and takes its place
    /// when the lock asks for it; [`Vault::open`] ends what a cut left half done. Where no key file
    /// is part of the lock this is `change` alone.
    ///
    /// # Errors
    /// Those of `change`; the old lock and its key file stay then.
    pub fn with_fresh_key_file(
        disk: &dyn Disk,
        founding: &Founding,
        change: impl FnOnce(&Founding) -> Result<Self, SealError>,
    ) -> Result<Self, SealError> {
        if !founding.profile.has_key_file() {
            return change(founding);
        }
        let key_file = &founding.means.key_file;
        means::forget_next(disk, key_file)?;
        let next = Means { key_file: means::next_of(key_file), ..founding.means.clone() };
        let vault = change(&Founding { means: next, ..founding.clone() })?;
        means::take_place(disk, key_file)?;
        Ok(vault)
    }

    /// A vault that lies in memory alone and follows from a seed: for stores that are thrown away.
    pub fn in_memory(seed: u64) -> Arc<Self> {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
        let ring = Ring::new(&*entropy);
        let head = Head {
            format: file::VERSION,
            profile: Profile::Unattended,
            generation: 1,
            since: Timestamp::from_millis(0),
            passphrase: None,
            salt: Hash::ZERO,
        };
        Arc::new(Self::of(None, entropy, head, Zeroizing::new([0; 32]), ring))
    }

    fn lock(
        disk: Arc<dyn Disk>,
        directory: &Path,
        entropy: Arc<dyn Entropy>,
        (generation, now): (u32, Timestamp),
        founding: &Founding,
        ring: Ring,
    ) -> Result<Self, SealError> {
        let Founding { profile, means, cost } = founding;
        if profile.has_key_file() && means::lies_within(&*disk, &means.key_file, directory)? {
            return Err(SealError::KeyFileInside(means.key_file.clone()));
        }
        means::prepare(&*disk, &*entropy, *profile, means)?;
        let stretching = Stretch { salt: Hash::from_bytes(draw(&*entropy)), cost: *cost };
        let stretching = profile.asks_passphrase().then_some(stretching);
        let root = means::root_of(&*disk, *profile, means, stretching)?;
        let head = Head {
            format: file::VERSION,
            profile: *profile,
            generation,
            since: now,
            passphrase: stretching,
            salt: Hash::from_bytes(draw(&*entropy)),
        };
        file::write(&*disk, directory, &*entropy, (&head, &root, &ring))?;
        Ok(Self::of(Some((disk, directory.to_owned())), entropy, head, root, ring))
    }

    fn of(
        place: Option<(Arc<dyn Disk>, PathBuf)>,
        entropy: Arc<dyn Entropy>,
        head: Head,
        root: KeyBytes,
        ring: Ring,
    ) -> Self {
        Self {
            place,
            entropy,
            store: Cipher::new(&ring.store),
            home: Cipher::new(&ring.home),
            names: Namer::new(&ring.index),
            state: Mutex::new(State { head, root, ring, known: BTreeMap::new() }),
        }
    }

    /// What is known of the vault of a directory without its key.
    ///
    /// # Errors
    /// [`SealError::Unsealed`], [`SealError::NewerFormat`], [`SealError::Damaged`], or the disk's.
    pub fn status(disk: &dyn Disk, directory: &Path) -> Result<Status, SealError> {
        let Head { profile, generation, since, .. } = file::read(disk, directory)?.head;
        Ok(Status { profile, generation, since })
    }

    /// The vault's file as it is, locked, to be kept elsewhere.
    ///
    /// # Errors
    /// As [`Vault::status`].
    pub fn copy_of(disk: &dyn Disk, directory: &Path) -> Result<String, SealError> {
        file::text(disk, directory)
    }

    /// Whether a directory has a vault.
    pub fn is_there(disk: &dyn Disk, directory: &Path) -> bool {
        file::is_there(disk, directory)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The generation of the key of keys.
    pub fn generation(&self) -> u32 {
        self.state().head.generation
    }

    /// What was done to the keys since it was last recorded, for the audit log.
    pub fn deeds(&self) -> Vec<KeyDeed> {
        self.state().ring.deeds.clone()
    }

    /// Takes note that the first `count` deeds are durable in the audit log.
    ///
    /// # Errors
    /// The disk's; they are then recorded twice, and never lost.
    pub fn forget_deeds(&self, count: usize) -> Result<(), SealError> {
        self.change(|ring| drop(ring.deeds.drain(..count.min(ring.deeds.len()))))
    }

    /// Begins a new key for what is written of a dossier from here on; older keys still open what
    /// they sealed. Returns the new epoch.
    ///
    /// # Errors
    /// The disk's, and nothing changed.
    pub fn advance(&self, dossier: &DossierId) -> Result<u32, SealError> {
        let next = self.epoch(dossier) + 1;
        self.change(|ring| {
            ring.epochs.insert(*dossier, next);
        })?;
        Ok(next)
    }

    /// Destroys every key of a dossier: nothing sealed of it so far can be read again, by anyone
    /// who has no older copy of the vault's file. Should the dossier come back, it gets a new key.
    ///
    /// # Errors
    /// The disk's, and nothing changed.
    pub fn destroy(&self, dossier: &DossierId) -> Result<(), SealError> {
        let last = self.epoch(dossier);
        let leaves: Vec<u64> = (0..=last).map(|epoch| self.leaf(dossier, epoch)).collect();
        self.change(|ring| {
            for leaf in leaves {
                ring.tree.destroy(leaf);
            }
            ring.epochs.insert(*dossier, last + 1);
        })
    }

    /// Changes the ring on disk first, then in memory.
    fn change(&self, change: impl FnOnce(&mut Ring)) -> Result<(), SealError> {
        let mut state = self.state();
        let mut ring = state.ring.clone();
        change(&mut ring);
        if let Some((disk, directory)) = &self.place {
            file::write(&**disk, directory, &*self.entropy, (&state.head, &state.root, &ring))?;
        }
        state.ring = ring;
        state.known.clear();
        Ok(())
    }

    fn epoch(&self, dossier: &DossierId) -> u32 {
        self.state().ring.epochs.get(dossier).copied().unwrap_or(0)
    }

    fn leaf(&self, dossier: &DossierId, epoch: u32) -> u64 {
        let name = self.names.name(&[b"dossier key", dossier.as_bytes(), &epoch.to_le_bytes()]);
        u64::from_be_bytes(name[..8].try_into().expect("eight of 32 bytes"))
    }

    /// The key of a dossier, while it has one.
    fn dossier_key(&self, dossier: &DossierId, epoch: u32) -> Option<KeyBytes> {
        let mut state = self.state();
        if let Some(key) = state.known.get(&(*dossier, epoch)) {
            return Some(key.clone());
        }
        let key = state.ring.tree.leaf(self.leaf(dossier, epoch))?;
        if state.known.len() >= REMEMBERED {
            state.known.pop_first();
        }
        state.known.insert((*dossier, epoch), key.clone());
        Some(key)
    }

    /// What is sealed at this moment for a dossier, or for nobody, is sealed under this stamp.
    pub fn stamp(&self, dossier: Option<&DossierId>) -> Stamp {
        let state = self.state();
        let epoch = dossier.and_then(|dossier| state.ring.epochs.get(dossier)).copied();
        Stamp { epoch: epoch.unwrap_or(0), generation: state.head.generation }
    }
}
