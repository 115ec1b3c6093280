//! What one file or directory holds, and what a power cut would leave of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::environment::entropy::SplitMix64;

/// Bytes that reach a disk together or not at all.
pub(super) const SECTOR: usize = 512;

/// A file: what a reader sees, and what is on the platter.
///
/// The two mostly agree, so that of the platter only the sectors that differ are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct FileContents {
    pub(super) current: Vec<u8>,
    /// Bytes of the file on the platter.
    synced_len: usize,
    /// Sectors that are others on the platter than a reader sees, up to `synced_len`.
    apart: BTreeMap<usize, Vec<u8>>,
    dirty: BTreeSet<usize>,
    /// The shortest length since the last sync: a cut frees what lay beyond it.
    shortest: usize,
}

impl FileContents {
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = offset + bytes.len();
        let touched = offset / SECTOR..=(end - 1) / SECTOR;
        touched.clone().for_each(|sector| self.set_apart(sector));
        if self.current.len() < end {
            self.current.resize(end, 0);
        }
        self.current[offset..end].copy_from_slice(bytes);
        self.dirty.extend(touched);
    }

    pub(super) fn set_len(&mut self, len: usize) {
        for sector in len / SECTOR..self.synced_len.div_ceil(SECTOR) {
            self.set_apart(sector);
        }
        self.current.resize(len, 0);
        self.shortest = self.shortest.min(len);
    }

    pub(super) fn sync(&mut self) {
        let cut = self.shortest / SECTOR;
        let beyond = self.current.len().div_ceil(SECTOR);
        for sector in (cut..beyond).filter(|sector| !self.dirty.contains(sector)) {
            // Beyond a cut the platter reads as zeros until it is written again.
            let mut platter = self.sector_on_platter(sector);
            platter.truncate(self.shortest.saturating_sub(sector * SECTOR));
            let seen = &self.current[range(sector, self.current.len())];
            platter.resize(seen.len(), 0);
            if platter == seen {
                self.apart.remove(&sector);
            } else {
                self.apart.insert(sector, platter);
            }
        }
        self.apart.retain(|sector, _| *sector < beyond);
        for sector in std::mem::take(&mut self.dirty) {
            self.apart.remove(&sector);
        }
        self.synced_len = self.current.len();
        self.shortest = self.current.len();
    }

    /// As Linux does it: the written pages count as clean afterwards, stay readable, and never
    /// reach the disk unless they are written again.
    pub(super) fn fail_sync(&mut self) {
        self.dirty.clear();
    }

    /// Changes bytes behind the file system's back.
    pub(super) fn overwrite(&mut self, bytes: Vec<u8>) {
        let len = bytes.len();
        *self = Self { current: bytes, synced_len: len, shortest: len, ..Self::default() };
    }

    pub(super) fn crash(&mut self, random: &mut SplitMix64) {
        let kept = Kept::pick(random);
        let mut after = self.on_platter();
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

    /// Everything on the platter.
    fn on_platter(&self) -> Vec<u8> {
        (0..self.synced_len.div_ceil(SECTOR))
            .flat_map(|sector| self.sector_on_platter(sector))
            .collect()
    }

    /// One sector of the platter, up to its end of the file.
    fn sector_on_platter(&self, sector: usize) -> Vec<u8> {
        match self.apart.get(&sector) {
            Some(bytes) => bytes.clone(),
            None => self.current[range(sector, self.synced_len)].to_vec(),
        }
    }

    /// Keeps a sector of the platter before a reader sees another.
    fn set_apart(&mut self, sector: usize) {
        if sector * SECTOR < self.synced_len && !self.apart.contains_key(&sector) {
            self.apart.insert(sector, self.sector_on_platter(sector));
        }
    }
}

/// The bytes of a sector in a file of so many.
fn range(sector: usize, len: usize) -> std::ops::Range<usize> {
    (sector * SECTOR).min(len)..((sector + 1) * SECTOR).min(len)
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

#[cfg(test)]
mod tests;
