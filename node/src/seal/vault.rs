//! The keys of one data directory, opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dossier::{DossierId, Hash, Timestamp};
use zeroize::Zeroizing;

use super::cipher::{Cipher, KeyBytes, NONCE, Namer, TAG};
use super::file::{self, Head, KeyAct, KeyDeed, Ring};
use super::means::{self, Means, Profile, Stretch};
use super::{RecoveryCode, SealError, Shut};
use crate::account::Cost;
use crate::environment::{Disk, Entropy, SeededEntropy, entropy::draw};

/// Dossier keys that are remembered; a key is 32 bytes and some 10 µs of work.
const REMEMBERED: usize = 65_536;
/// Version of [`Vault::seal`]'s form.
const SEALED: u8 = 1;
/// Bytes before the cipher's in [`Vault::seal`]'s form: version, epoch, generation, nonce.
const FRONT: usize = 1 + 4 + 4 + NONCE;

/// Where something sealed belongs; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// What it is: a table of the store, a file, a kind of attachment.
    pub kind: &'a str,
    /// The dossier under whose key it is sealed; `None` for what is nobody's.
    pub dossier: Option<DossierId>,
    /// What names it within its kind.
    pub key: &'a [u8],
}

/// Under which of a dossier's keys, and in which generation, something is sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Epoch of the dossier's key; 0 for what is nobody's.
    pub epoch: u32,
    /// Generation of the key of keys.
    pub generation: u32,
}

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
        let root = means::root_of(&*disk, head.profile, means, head.passphrase)?;
        let ring = locked.open(&root)?;
        Ok(Self::of(Some((disk, directory.to_owned())), entropy, head, root, ring))
    }

    /// Opens the vault by its recovery code and locks it anew, one generation on.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] for another code, or as [`Vault::create`]; the old lock stays then.
    pub fn recover(
        disk: Arc<dyn Disk>,
        directory: &Path,
        entropy: Arc<dyn Entropy>,
        now: Timestamp,
        (code, founding): (&RecoveryCode, &Founding),
    ) -> Result<Self, SealError> {
        let locked = file::read(&*disk, directory)?;
        let mut ring = locked.recover(code)?;
        let generation = locked.head.generation + 1;
        ring.note(KeyDeed { act: KeyAct::Recovered, generation, at: now });
        Self::lock(disk, directory, entropy, (generation, now), founding, ring)
    }

    /// Locks the vault anew, one generation on: everything sealed stays readable by the new means
    /// alone. The file is replaced in one step.
    ///
    /// # Errors
    /// As [`Vault::create`]; the old lock stays then.
    pub fn rotate(self, now: Timestamp, founding: &Founding) -> Result<Self, SealError> {
        let Some((disk, directory)) = self.place.clone() else { return Err(SealError::NotOnDisk) };
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let generation = state.head.generation + 1;
        let mut ring = state.ring;
        ring.note(KeyDeed { act: KeyAct::Rotated, generation, at: now });
        Self::lock(disk, &directory, self.entropy, (generation, now), founding, ring)
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
        if profile.has_key_file() && means.key_file.starts_with(directory) {
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

    fn associated(label: &Label<'_>, stamp: Stamp) -> Vec<u8> {
        let mut aad = Vec::with_capacity(40 + label.kind.len() + label.key.len());
        aad.push(SEALED);
        aad.push(u8::try_from(label.kind.len()).expect("kinds are short words"));
        aad.extend_from_slice(label.kind.as_bytes());
        aad.push(u8::from(label.dossier.is_some()));
        aad.extend_from_slice(label.dossier.as_ref().map_or(&[], |dossier| dossier.as_bytes()));
        aad.extend_from_slice(&stamp.epoch.to_le_bytes());
        aad.extend_from_slice(&stamp.generation.to_le_bytes());
        aad.extend_from_slice(label.key);
        aad
    }

    fn with_cipher<T>(
        &self,
        label: &Label<'_>,
        stamp: Stamp,
        work: impl FnOnce(&Cipher) -> T,
    ) -> Result<T, Shut> {
        match &label.dossier {
            None => Ok(work(&self.store)),
            Some(dossier) => {
                let key = self.dossier_key(dossier, stamp.epoch).ok_or(Shut::Destroyed)?;
                Ok(work(&Cipher::new(&key)))
            }
        }
    }

    /// Seals `bytes[from..]` where they are and adds a tag of [`TAG`] bytes. The caller keeps stamp
    /// and nonce; a nonce that comes twice under one label and stamp shows only equality.
    ///
    /// # Errors
    /// [`Shut::Destroyed`] for a stamp of a key that is gone.
    pub fn seal_with(
        &self,
        label: &Label<'_>,
        stamp: Stamp,
        nonce: [u8; NONCE],
        bytes: &mut Vec<u8>,
        from: usize,
    ) -> Result<(), Shut> {
        let aad = Self::associated(label, stamp);
        self.with_cipher(label, stamp, |cipher| cipher.seal(nonce, &aad, bytes, from))
    }

    /// Opens what [`Vault::seal_with`] sealed.
    ///
    /// # Errors
    /// [`Shut`].
    pub fn open_with(
        &self,
        label: &Label<'_>,
        stamp: Stamp,
        nonce: [u8; NONCE],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Shut> {
        let aad = Self::associated(label, stamp);
        let mut bytes = sealed.to_vec();
        let length =
            self.with_cipher(label, stamp, |cipher| cipher.open(nonce, &aad, &mut bytes))?;
        bytes.truncate(length.ok_or(Shut::Altered)?);
        Ok(bytes)
    }

    /// Seals bytes into a form of its own: version, stamp, random nonce, cipher text, tag. Lengths
    /// stay visible: fill up by [`super::padded`] or [`super::padded_file`] where they tell.
    pub fn seal(&self, label: &Label<'_>, plain: &[u8]) -> Vec<u8> {
        let stamp = self.stamp(label.dossier.as_ref());
        let nonce: [u8; NONCE] = draw(&*self.entropy);
        let mut bytes = Vec::with_capacity(FRONT + plain.len() + TAG);
        bytes.push(SEALED);
        bytes.extend_from_slice(&stamp.epoch.to_le_bytes());
        bytes.extend_from_slice(&stamp.generation.to_le_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        self.seal_with(label, stamp, nonce, &mut bytes, FRONT)
            .expect("the present key of a dossier is there");
        bytes
    }

    /// Opens what [`Vault::seal`] sealed.
    ///
    /// # Errors
    /// [`Shut`].
    pub fn unseal(&self, label: &Label<'_>, sealed: &[u8]) -> Result<Vec<u8>, Shut> {
        let (front, body) = sealed.split_first_chunk::<FRONT>().ok_or(Shut::Altered)?;
        if front[0] != SEALED {
            return Err(Shut::Altered);
        }
        let number = |at: usize| {
            u32::from_le_bytes(front[at..at + 4].try_into().expect("four bytes of the front"))
        };
        let stamp = Stamp { epoch: number(1), generation: number(5) };
        let nonce: [u8; NONCE] = front[9..].try_into().expect("the rest of the front");
        self.open_with(label, stamp, nonce, body)
    }

    /// Seals a small file of the data directory under the key of the home.
    pub fn seal_file(&self, name: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = draw(&*self.entropy);
        let mut bytes = Vec::with_capacity(NONCE + plain.len() + TAG);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        self.home.seal(nonce, &file_label(name), &mut bytes, NONCE);
        bytes
    }

    /// Opens what [`Vault::seal_file`] sealed under the same name.
    ///
    /// # Errors
    /// [`Shut::Altered`].
    pub fn unseal_file(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Shut> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(Shut::Altered)?;
        let mut bytes = Zeroizing::new(body.to_vec());
        let length = self.home.open(*nonce, &file_label(name), &mut bytes).ok_or(Shut::Altered)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// The name of something under this vault's key: the same for the same parts, and telling
    /// nothing of them to whoever has no key.
    pub fn name(&self, kind: &str, parts: &[&[u8]]) -> Hash {
        let mut all = Vec::with_capacity(1 + parts.len());
        all.push(kind.as_bytes());
        all.extend_from_slice(parts);
        Hash::from_bytes(self.names.name(&all))
    }
}

fn file_label(name: &str) -> Vec<u8> {
    [b"hoso/home/1 ", name.as_bytes()].concat()
}
