//! The segment files: their names, their creation, and a bounded set of open handles.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::environment::{Disk, DiskFile};

const PREFIX: &str = "seg-";
/// Handles kept open; a journal has more segments than a process may have open files.
const OPEN_MAX: usize = 64;

/// The files of one journal.
#[derive(Debug)]
pub(in crate::store) struct Segments {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    open: Mutex<BTreeMap<u32, Arc<dyn DiskFile>>>,
}

impl Segments {
    pub(in crate::store) fn new(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self { disk, directory, open: Mutex::new(BTreeMap::new()) }
    }

    /// File name of a segment.
    pub(in crate::store) fn name(number: u32) -> String {
        format!("{PREFIX}{number:08}")
    }

    fn path(&self, number: u32) -> PathBuf {
        self.directory.join(Self::name(number))
    }

    /// Numbers of the segments on the disk, rising; files of other names are not segments.
    pub(super) fn numbers(&self) -> io::Result<Vec<u32>> {
        let names = self.disk.list(&self.directory)?;
        let number = |name: &String| {
            let number = name.strip_prefix(PREFIX)?.parse().ok()?;
            (*name == Self::name(number)).then_some(number)
        };
        Ok(names.iter().filter_map(number).collect())
    }

    pub(super) fn open(&self, number: u32) -> io::Result<Arc<dyn DiskFile>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&number) {
            return Ok(Arc::clone(file));
        }
        let file = self.disk.open(&self.path(number))?;
        if open.len() >= OPEN_MAX {
            open.pop_first();
        }
        open.insert(number, Arc::clone(&file));
        Ok(file)
    }

    /// Creates a segment, or takes the empty one that an earlier attempt left.
    pub(super) fn create(&self, number: u32) -> io::Result<Arc<dyn DiskFile>> {
        let path: &Path = &self.path(number);
        match self.disk.create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let file = self.disk.open(path)?;
                if file.is_empty()? { Ok(file) } else { Err(error) }
            }
            created => created,
        }
    }

    pub(super) fn sync_names(&self) -> io::Result<()> {
        self.disk.sync_dir(&self.directory)
    }
}
