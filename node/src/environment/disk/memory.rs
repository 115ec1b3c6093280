//! A disk in memory that can lose power, for simulations and tests.
//!
//! It keeps what was synced apart from what was only written. [`MemoryDisk::crash`] keeps the
//! synced state and a random subset of the rest, torn at sectors. Devices that fail, disks that
//! fill up, kills between two calls and flipped bits are planted on demand.

mod contents;
mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, DiskLock};
use crate::environment::entropy::SplitMix64;
use contents::{Change, DirectoryContents, Entry, FileContents};
use faults::{Faults, input_output_error};

const ROOT: u64 = 0;

/// A file system in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryDisk(Arc<Mutex<State>>);

#[derive(Debug, Clone)]
struct State {
    /// Counts power cuts; handles of an earlier life are dead.
    life: u64,
    next: u64,
    files: BTreeMap<u64, FileContents>,
    directories: BTreeMap<u64, DirectoryContents>,
    locks: BTreeSet<PathBuf>,
    faults: Faults,
}

impl Default for MemoryDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryDisk {
    /// An empty disk without limit.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            life: 0,
            next: ROOT + 1,
            files: BTreeMap::new(),
            directories: BTreeMap::from([(ROOT, DirectoryContents::default())]),
            locks: BTreeSet::new(),
            faults: Faults::default(),
        })))
    }

    /// Another disk with the same contents, as a backup medium would hold them; no faults.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        let mut state = self.state().clone();
        state.faults = Faults::default();
        state.locks.clear();
        Self(Arc::new(Mutex::new(state)))
    }

    /// Cuts the power: open files die, the synced state stays, of the rest a subset chosen by
    /// `seed` stays. Planted faults end.
    pub fn crash(&self, seed: u64) {
        let mut state = self.state();
        let random = &mut SplitMix64::new(seed);
        state.life += 1;
        state.files.values_mut().for_each(|file| file.crash(random));
        state.directories.values_mut().for_each(|directory| directory.crash(random));
        state.locks.clear();
        state.forget_nameless();
        state.faults = Faults::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, state: &State, id: u64) -> Arc<dyn DiskFile> {
        Arc::new(MemoryFile { disk: self.clone(), id, life: state.life })
    }
}

impl State {
    fn used(&self) -> u64 {
        let named = self.directories.values().flat_map(|directory| directory.current.values());
        let files = named.filter_map(|entry| match entry {
            Entry::File(id) => self.files.get(id),
            Entry::Directory(_) => None,
        });
        files.map(|file| file.current.len() as u64).sum()
    }

    /// Forgets the bytes of files that no name, durable or not, leads to any more.
    fn forget_nameless(&mut self) {
        let mut named = BTreeSet::new();
        self.directories.values().for_each(|directory| directory.collect_files(&mut named));
        self.files.retain(|id, _| named.contains(id));
    }

    /// Bytes that may still be written.
    fn room(&self) -> u64 {
        self.faults.capacity.map_or(u64::MAX / 2, |capacity| capacity.saturating_sub(self.used()))
    }

    fn entry_at(&self, path: &Path) -> io::Result<Entry> {
        let mut entry = Entry::Directory(ROOT);
        for component in path.components() {
            let Component::Normal(name) = component else { continue };
            let Entry::Directory(id) = entry else {
                return Err(io::ErrorKind::NotADirectory.into());
            };
            let names = &self.directories.get(&id).ok_or(io::ErrorKind::NotFound)?.current;
            entry = *names.get(&*name.to_string_lossy()).ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(entry)
    }

    fn file_at(&self, path: &Path) -> io::Result<u64> {
        match self.entry_at(path)? {
            Entry::File(id) => Ok(id),
            Entry::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn directory_at(&mut self, path: &Path) -> io::Result<&mut DirectoryContents> {
        match self.entry_at(path)? {
            Entry::Directory(id) => {
                self.directories.get_mut(&id).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
            Entry::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn add(&mut self, path: &Path, make: impl FnOnce(u64) -> Entry) -> io::Result<u64> {
        if self.entry_at(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let (parent, name) = split(path)?;
        let id = self.next;
        self.directory_at(parent)?.change(Change::Set(name, make(id)));
        self.next += 1;
        Ok(id)
    }
}

fn split(path: &Path) -> io::Result<(&Path, String)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    Ok((path.parent().unwrap_or_else(|| Path::new("")), name.to_string_lossy().into_owned()))
}

#[derive(Debug)]
struct MemoryFile {
    disk: MemoryDisk,
    id: u64,
    life: u64,
}

impl MemoryFile {
    fn live(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.life == self.life && state.files.contains_key(&self.id) {
            Ok(state)
        } else {
            Err(io::Error::other("the file was open when the power was cut"))
        }
    }
}

/// The longest file the disk holds, in bytes.
const FILE_MAX: u64 = 1 << 32;

fn place(offset: u64) -> io::Result<usize> {
    if offset > FILE_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge.into())
}

impl DiskFile for MemoryFile {
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let state = self.live()?;
        let current = &state.files[&self.id].current;
        let start = place(offset)?.min(current.len());
        let end = (start + bytes.len()).min(current.len());
        bytes[..end - start].copy_from_slice(&current[start..end]);
        Ok(end - start)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let offset = place(offset)?;
        let mut state = self.live()?;
        state.faults.count_change()?;
        let fails = state.faults.write_fails();
        if state.faults.fills_up() {
            state.faults.capacity = Some(state.used() + bytes.len() as u64 / 2);
        }
        let room = usize::try_from(state.room()).unwrap_or(usize::MAX);
        let file = state.files.entry(self.id).or_default();
        let fits = file.current.len().saturating_add(room).saturating_sub(offset).min(bytes.len());
        let written = if fails { bytes.len() / 2 } else { fits };
        file.write(offset, &bytes[..written.min(fits)]);
        match (fails, fits < bytes.len()) {
            (true, _) => Err(input_output_error()),
            (false, true) => Err(io::ErrorKind::StorageFull.into()),
            (false, false) => Ok(()),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = place(len)?;
        let mut state = self.live()?;
        state.faults.count_change()?;
        let room = usize::try_from(state.room()).unwrap_or(usize::MAX);
        let file = state.files.entry(self.id).or_default();
        if len.saturating_sub(file.current.len()) > room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.set_len(len);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.live()?.files[&self.id].current.len() as u64)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.live()?;
        state.faults.count_change()?;
        let fails = state.faults.sync_fails();
        let file = state.files.entry(self.id).or_default();
        if fails {
            file.fail_sync();
            return Err(input_output_error());
        }
        file.sync();
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.faults.count_change()?;
        let id = state.add(path, Entry::File)?;
        state.files.insert(id, FileContents::default());
        Ok(self.handle(&state, id))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        let id = state.file_at(path)?;
        Ok(self.handle(&state, id))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.faults.count_change()?;
        state.entry_at(from)?;
        let ((parent, old), (other, new)) = (split(from)?, split(to)?);
        if parent != other {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        if matches!(state.entry_at(to), Ok(Entry::Directory(_))) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        state.directory_at(parent)?.change(Change::Rename(old, new));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.faults.count_change()?;
        state.file_at(path)?;
        let (parent, name) = split(path)?;
        state.directory_at(parent)?.change(Change::Remove(name));
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.faults.count_change()?;
        state.directory_at(path)?;
        let (parent, name) = split(path)?;
        state.directory_at(parent)?.change(Change::Remove(name));
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        Ok(self.state().directory_at(path)?.current.keys().cloned().collect())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.faults.count_change()?;
        let id = state.add(path, Entry::Directory)?;
        state.directories.insert(id, DirectoryContents::default());
        Ok(())
    }

    fn create_home(&self, path: &Path) -> io::Result<()> {
        let mut above: Vec<&Path> = path.ancestors().collect();
        above.reverse();
        for directory in above {
            let made = match self.create_dir(directory) {
                // The root has no name.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => continue,
                made => made,
            };
            match made {
                Ok(()) => self.sync_dir(super::parent(directory))?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        let empty = self.list(path)?.is_empty();
        if empty { Ok(()) } else { Err(io::ErrorKind::DirectoryNotEmpty.into()) }
    }

    fn make_private(&self, path: &Path) -> io::Result<()> {
        self.state().entry_at(path).map(|_| ())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.faults.count_change()?;
        if state.faults.sync_fails() {
            return Err(input_output_error());
        }
        state.directory_at(path)?.sync();
        state.forget_nameless();
        Ok(())
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        // There are no links here.
        let mut place = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(place.pop()),
                Component::CurDir => {}
                part => place.push(part),
            }
        }
        Ok(place)
    }

    fn free_space(&self, _path: &Path) -> io::Result<u64> {
        Ok(self.state().room())
    }

    fn lock(&self, path: &Path, _owner: &str) -> io::Result<Option<DiskLock>> {
        let mut state = self.state();
        if !state.locks.insert(path.to_owned()) {
            return Ok(None);
        }
        Ok(Some(Box::new(MemoryLock {
            disk: self.clone(),
            path: path.to_owned(),
            life: state.life,
        })))
    }
}

/// A lock that ends with the life it was taken in.
struct MemoryLock {
    disk: MemoryDisk,
    path: PathBuf,
    life: u64,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.life == self.life {
            state.locks.remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
