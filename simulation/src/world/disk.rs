//! The disk of a simulated machine: what can befall it, and the copies people make of it.
//!
//! Torn writes, lost unsynced bytes, failing syncs and full disks are those of [`MemoryDisk`]; here
//! are whole-disk events: an old backup put back, a copy that starts a second life, flipped bits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use node::environment::{Disk, MemoryDisk, SeededEntropy, entropy::SplitMix64};
use node::home::Home;
use node::seal::{Means, SealError, Vault};
use node::store::{IndexKind, Store, StoreError, StoreOptions};

/// Where every node's data lies on its own disk.
pub const DATA: &str = "/hoso";

/// How stores are opened in a world: in memory over the journal, without threads.
pub fn store_options() -> StoreOptions {
    StoreOptions {
        index: IndexKind::Memory,
        background_index: false,
        reserve_bytes: 64 * 1024,
        ..StoreOptions::default()
    }
}

/// A machine's disk.
#[derive(Debug, Clone)]
pub struct NodeDisk(MemoryDisk);

impl Default for NodeDisk {
    fn default() -> Self {
        Self(MemoryDisk::new())
    }
}

impl NodeDisk {
    /// The disk as a node sees it.
    pub fn seam(&self) -> Arc<dyn Disk> {
        Arc::new(self.0.clone())
    }

    /// The disk underneath, to plant faults in.
    pub fn raw(&self) -> &MemoryDisk {
        &self.0
    }

    /// A backup of all of it, as it would survive a power cut of this instant at best.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(self.0.duplicate())
    }

    /// The data directory with its vault open: the key file lies on the same disk.
    ///
    /// # Errors
    /// The vault's.
    pub fn home(&self) -> Result<Home, SealError> {
        let (data, entropy) = (Path::new(DATA), Arc::new(SeededEntropy::new(0)));
        let vault = Vault::open(self.seam(), data, entropy, &Means::beside(data))?;
        Ok(Home::unlocked(data, Arc::new(vault)))
    }

    /// Opens a copy of the store for reading, while the node may be running.
    ///
    /// # Errors
    /// The store's.
    pub fn look(&self) -> Result<Store, StoreError> {
        let copy = self.copy();
        let home = copy.home().map_err(|_| StoreError::Sealing)?;
        let vault = home.vault().map_err(|_| StoreError::Sealing)?;
        Store::open(copy.seam(), &home.store(), vault, store_options())
    }

    /// Lets `bytes` more be written, then the disk is full.
    pub fn fill(&self, bytes: u64) {
        self.0.set_capacity(Some(self.0.used() + bytes));
    }

    /// Whether somebody limited it, so that writes may be refused.
    pub fn is_limited(&self) -> bool {
        self.0.is_limited()
    }

    /// Flips one bit of one file of the store; `false` when there is none to flip.
    pub fn flip_bit(&self, random: &mut SplitMix64) -> bool {
        let journal = Path::new(DATA).join("store").join("journal");
        let Ok(names) = self.0.list(&journal) else { return false };
        let files: Vec<PathBuf> = names.iter().map(|name| journal.join(name)).collect();
        let place = random.below(files.len() as u64) as usize;
        let Some(path) = files.get(place) else { return false };
        let length = self.0.open(path).and_then(|file| file.len()).unwrap_or(0);
        self.0.flip_bit(path, random.below(length), random.below(8) as u32).is_ok()
    }
}
