//! Files and directories, with what a power cut keeps of them made explicit.
//!
//! **Invariant:** bytes are durable after [`DiskFile::sync_data`] of their file, names after
//! [`Disk::sync_dir`] of their directory, and nothing is durable before.

mod memory;
mod real;

use std::any::Any;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use memory::MemoryDisk;
pub use real::RealDisk;

/// An open file, read and written at explicit positions.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// Reads at `offset` until `bytes` is full or the file ends; returns how many were read.
    ///
    /// # Errors
    /// The operating system's.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`; after an error any part of them may have been written.
    ///
    /// # Errors
    /// The operating system's.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts or extends the file; an extension reads as zeros.
    ///
    /// # Errors
    /// The operating system's.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Length in bytes.
    ///
    /// # Errors
    /// The operating system's.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file holds nothing.
    ///
    /// # Errors
    /// The operating system's.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Makes the bytes written so far, and the length, durable. An error is final: what was
    /// written since the last success may be lost although it can still be read.
    ///
    /// # Errors
    /// The operating system's.
    fn sync_data(&self) -> io::Result<()>;
}

/// Holds a lock until it is dropped.
pub type DiskLock = Box<dyn Any + Send + Sync>;

/// A file system.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Creates a file that must not exist yet.
    ///
    /// # Errors
    /// `AlreadyExists`, or the operating system's.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens an existing file for reading and writing.
    ///
    /// # Errors
    /// `NotFound`, or the operating system's.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens an existing file to be read alone, which the system need not let anybody write.
    ///
    /// # Errors
    /// `NotFound`, or the operating system's.
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.open(path)
    }

    /// Gives a file or directory another name in the same directory, replacing a file there.
    ///
    /// # Errors
    /// The operating system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound`, or the operating system's.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory and all that is in it.
    ///
    /// # Errors
    /// `NotFound`, or the operating system's.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Names in a directory, sorted.
    ///
    /// # Errors
    /// `NotFound`, or the operating system's.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;

    /// Creates a directory whose parent exists.
    ///
    /// # Errors
    /// `AlreadyExists`, or the operating system's.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Creates an empty directory that this user alone can enter, with those above it, durably.
    ///
    /// # Errors
    /// `DirectoryNotEmpty` when something is in it, or the operating system's.
    fn create_home(&self, path: &Path) -> io::Result<()>;

    /// Lets this user alone read a file.
    ///
    /// # Errors
    /// The operating system's.
    fn make_private(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// The operating system's; as final as that of [`DiskFile::sync_data`].
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The place a path leads to, whatever links and `..` it goes by; the last name need not be
    /// there.
    ///
    /// # Errors
    /// `NotFound` when a directory on the way is not there, or the operating system's.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;

    /// Free bytes on the file system that holds `path`.
    ///
    /// # Errors
    /// The operating system's.
    fn free_space(&self, path: &Path) -> io::Result<u64>;

    /// Takes the exclusive lock of `path`, creating the file and writing `owner` into it; `None`
    /// when it is held.
    ///
    /// # Errors
    /// The operating system's.
    fn lock(&self, path: &Path, owner: &str) -> io::Result<Option<DiskLock>>;
}

/// Reads a whole file of at most `max` bytes; it need not be writable.
///
/// # Errors
/// `InvalidData` for a longer file, or the operating system's.
pub fn read_whole(disk: &dyn Disk, path: &Path, max: usize) -> io::Result<Vec<u8>> {
    let file = disk.open_to_read(path)?;
    let len = usize::try_from(file.len()?).unwrap_or(usize::MAX);
    if len > max {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "file longer than expected"));
    }
    let mut bytes = vec![0; len];
    let read = file.read_at(0, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// The path whose name is that of `path` with `suffix` added.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// The directory that holds `path`.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Replaces `path` by a file holding `bytes`: after a power cut either the old or the new is there.
///
/// # Errors
/// The operating system's.
pub fn replace_file(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = beside(path, ".new");
    match disk.remove(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.create(&fresh)?;
    file.write_at(0, bytes)?;
    file.sync_data()?;
    disk.rename(&fresh, path)?;
    disk.sync_dir(parent(path))
}
