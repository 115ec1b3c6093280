//! What one file or directory holds, and what a power cut would leave of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::environment::entropy::SplitMix64;

/// Bytes that reach a disk together or not at all.
pub(super) const SECTOR: usize = 512;

/// A file: what a reader sees, and what is on the platter.
#[derive(Debug, Clone, Default)]
pub(super) struct FileContents {
    pub(super) current: Vec<u8>,
    synced: Vec<u8>,
    dirty: BTreeSet<usize>,
    /// The shortest length since the last sync: a cut frees what lay beyond it.
    shortest: usize,
}

impl FileContents {
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.current.len() < end {
            self.current.resize(end, 0);
        }
        self.current[offset..end].copy_from_slice(bytes);
        if !bytes.is_empty() {
            self.dirty.extend(offset / SECTOR..=(end - 1) / SECTOR);
        }
    }

    pub(super) fn set_len(&mut self, len: usize) {
        self.current.resize(len, 0);
        self.shortest = self.shortest.min(len);
    }

    pub(super) fn sync(&mut self) {
        self.synced.truncate(self.shortest);
        self.synced.resize(self.current.len(), 0);
        for sector in std::mem::take(&mut self.dirty) {
            copy_sector(&self.current, &mut self.synced, sector);
        }
        self.shortest = self.current.len();
    }

    /// As Linux does it: the written pages count as clean afterwards, stay readable, and never
    /// reach the disk unless they are written again.
    pub(super) fn fail_sync(&mut self) {
        self.dirty.clear();
    }

    /// Changes bytes behind the file system's back.
    pub(super) fn overwrite(&mut self, bytes: Vec<u8>) {
        *self = Self {
            synced: bytes.clone(),
            shortest: bytes.len(),
            dirty: BTreeSet::new(),
            current: bytes,
        };
    }

    pub(super) fn crash(&mut self, random: &mut SplitMix64) {
        let kept = Kept::pick(random);
        let mut after = std::mem::take(&mut self.synced);
        if kept.keeps(random) {
            after.truncate(self.shortest);
        }
        if kept.keeps(random) && self.current.len() > after.len() {
            after.resize(self.current.len(), 0);
        }
        for sector in std::mem::take(&mut self.dirty) {
            if kept.keeps(random) {
                if after.len() < self.current.len().min((sector + 1) * SECTOR) {
                    after.resize(self.current.len().min((sector + 1) * SECTOR), 0);
                }
                copy_sector(&self.current, &mut after, sector);
            }
        }
        self.overwrite(after);
    }
}

fn copy_sector(from: &[u8], to: &mut [u8], sector: usize) {
    let start = (sector * SECTOR).min(from.len()).min(to.len());
    let end = ((sector + 1) * SECTOR).min(from.len()).min(to.len());
    to[start..end].copy_from_slice(&from[start..end]);
}

/// How much of the unsynced state one power cut keeps.
#[derive(Clone, Copy)]
enum Kept {
    Nothing,
    Some,
    Everything,
}

impl Kept {
    fn pick(random: &mut SplitMix64) -> Self {
        match random.below(4) {
            0 => Self::Nothing,
            1 => Self::Everything,
            _ => Self::Some,
        }
    }

    fn keeps(self, random: &mut SplitMix64) -> bool {
        match self {
            Self::Nothing => false,
            Self::Some => random.below(2) == 0,
            Self::Everything => true,
        }
    }
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    File(u64),
    Directory(u64),
}

/// A change of names that is not durable yet.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Set(String, Entry),
    Remove(String),
    Rename(String, String),
}

/// A directory: the names a reader sees, and those on the platter.
#[derive(Debug, Clone, Default)]
pub(super) struct DirectoryContents {
    pub(super) current: BTreeMap<String, Entry>,
    synced: BTreeMap<String, Entry>,
    pending: Vec<Change>,
}

impl DirectoryContents {
    pub(super) fn change(&mut self, change: Change) {
        apply(&mut self.current, &change);
        self.pending.push(change);
    }

    pub(super) fn sync(&mut self) {
        self.synced = self.current.clone();
        self.pending.clear();
    }

    pub(super) fn collect_files(&self, named: &mut BTreeSet<u64>) {
        let set = self.pending.iter().filter_map(|change| match change {
            Change::Set(_, entry) => Some(entry),
            Change::Remove(_) | Change::Rename(..) => None,
        });
        let entries = self.current.values().chain(self.synced.values()).chain(set);
        named.extend(entries.filter_map(|entry| match entry {
            Entry::File(id) => Some(*id),
            Entry::Directory(_) => None,
        }));
    }

    /// A journalling file system keeps changes of names in order: some prefix survives.
    pub(super) fn crash(&mut self, random: &mut SplitMix64) {
        let kept = random.below(self.pending.len() as u64 + 1);
        for change in self.pending.drain(..).take(usize::try_from(kept).unwrap_or(0)) {
            apply(&mut self.synced, &change);
        }
        self.current = self.synced.clone();
    }
}

fn apply(names: &mut BTreeMap<String, Entry>, change: &Change) {
    match change {
        Change::Set(name, entry) => {
            names.insert(name.clone(), *entry);
        }
        Change::Remove(name) => {
            names.remove(name);
        }
        Change::Rename(from, to) => {
            if let Some(entry) = names.remove(from) {
                names.insert(to.clone(), entry);
            }
        }
    }
}
