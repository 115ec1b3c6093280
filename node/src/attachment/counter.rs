//! Files that a program of this machine hands in or reads, piece by piece.
//!
//! A file lies in memory until it has been judged: nothing of a file that is refused ever reaches the
//! disk. What is handed in or read and not gone on with is forgotten.
//!
//! **Invariants:** at most [`HANDED_IN_MAX`] files and [`READINGS_MAX`] readings at once, none beyond
//! the limits of a file; a chunk is given only to a reading, and a reading begins with its record in
//! the audit log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dossier::{
    DossierId,
    attachment::{Attachment, AttachmentFault, Content, ContentKey, FILE_BYTES_MAX, clean_name},
};
use protocol::{
    attachment::{CHUNK_BYTES, ContentPlace, Manifest},
    core::{AttachmentShown, Refused},
};
use tokio::time::Instant;

use super::digest::ContentDigest;
use super::holding::{Hold, Holds};
use super::inspect::inspect;
use super::shelf::{Shelf, ShelfError};
use crate::control::NewAttachment;
use crate::environment::{Entropy, entropy::draw};

/// Files that are being handed in at once.
pub const HANDED_IN_MAX: usize = 2;
/// Contents that are being read at once.
pub const READINGS_MAX: usize = 64;
/// What nobody goes on with is forgotten after this time.
const FORGOTTEN: Duration = Duration::from_secs(300);
/// Content keys of one dossier under which a file is looked for; there are several only where two
/// nodes attached the first file at the same time.
const KEYS_MAX: usize = 4;

/// Where files are handed in and read.
#[derive(Debug)]
pub struct Counter {
    shelf: Shelf,
    holds: Holds,
    entropy: Arc<dyn Entropy>,
    /// Whether attachments marked secret are taken.
    secrets: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<u64, HandedIn>,
    readings: BTreeMap<u64, Reading>,
}

#[derive(Debug)]
struct HandedIn {
    bytes: Vec<u8>,
    size: usize,
    touched: Instant,
}

#[derive(Debug, Clone)]
struct Reading {
    place: ContentPlace,
    key: ContentKey,
    manifest: Arc<Manifest>,
    touched: Instant,
}

/// A file whose content is on the shelf, ready to be attached.
#[derive(Debug)]
pub struct Ready {
    /// What is attached.
    pub attachment: Attachment,
    /// Whether nothing of its content was on the shelf before.
    fresh: bool,
    /// Nobody else writes the content until this is dropped.
    hold: Hold,
    place: ContentPlace,
}

fn no(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}

fn fault(fault: AttachmentFault) -> Refused {
    no("attachment", fault.code())
}

fn shelved(error: ShelfError) -> Refused {
    match error {
        ShelfError::Full => no("disk-full", error),
        ShelfError::Missing => no("attachment-absent", error),
        ShelfError::Io { .. } => {
            tracing::warn!(%error, "the shelf of attachments failed");
            no("attachment-disk", error)
        }
    }
}

impl Counter {
    /// A counter over `shelf`, which others write to as well.
    pub fn new(shelf: Shelf, holds: Holds, entropy: Arc<dyn Entropy>, secrets: bool) -> Self {
        Self { shelf, holds, entropy, secrets, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.files.retain(|_, file| file.touched.elapsed() < FORGOTTEN);
        state.readings.retain(|_, reading| reading.touched.elapsed() < FORGOTTEN);
        state
    }

    /// The key of a new row.
    pub fn draw_row(&self) -> [u8; 16] {
        draw(&*self.entropy)
    }

    fn number(&self) -> u64 {
        u64::from_le_bytes(draw(&*self.entropy))
    }

    /// Begins to take a file.
    ///
    /// # Errors
    /// [`Refused`] for a size no file may have, or when enough are being handed in.
    pub fn begin(&self, size: u64) -> Result<u64, Refused> {
        let fits = usize::try_from(size).ok().filter(|_| (1..=FILE_BYTES_MAX).contains(&size));
        let Some(size) = fits else {
            let reason =
                if size == 0 { AttachmentFault::Empty } else { AttachmentFault::FileTooLarge };
            return Err(fault(reason));
        };
        let number = self.number();
        let mut state = self.state();
        if state.files.len() >= HANDED_IN_MAX {
            return Err(no("attachment-busy", "enough files are being handed in"));
        }
        let file = HandedIn { bytes: Vec::new(), size, touched: Instant::now() };
        state.files.insert(number, file);
        Ok(number)
    }

    /// Takes the next piece of a file.
    ///
    /// # Errors
    /// [`Refused`] for a file that is not being handed in, or more than was announced.
    pub fn piece(&self, number: u64, piece: &[u8]) -> Result<(), Refused> {
        let mut state = self.state();
        let file =
            state.files.get_mut(&number).ok_or_else(|| no("attachment-forgotten", "file"))?;
        if piece.len() > CHUNK_BYTES || file.bytes.len() + piece.len() > file.size {
            state.files.remove(&number);
            return Err(no("request", "more than was announced"));
        }
        file.bytes.extend_from_slice(piece);
        file.touched = Instant::now();
        Ok(())
    }

    /// Judges a file that was handed in whole and puts it on the shelf, beside the attachments the
    /// dossier has.
    ///
    /// # Errors
    /// [`Refused`]; nothing is on the disk then that was not there before.
    pub fn shelve(
        &self,
        number: u64,
        new: &NewAttachment,
        present: &[Attachment],
    ) -> Result<Ready, Refused> {
        let file = self.state().files.remove(&number);
        let file = file.ok_or_else(|| no("attachment-forgotten", "file"))?;
        if file.bytes.len() != file.size {
            return Err(no("request", "less than was announced"));
        }
        let media = inspect(&file.bytes).map_err(|unfit| no("unfit-file", unfit.code()))?;
        let (manifest, key) = self.cut(&file.bytes, present);
        let digest = ContentDigest::new(&key);
        let content = Content {
            name: clean_name(&new.name, media),
            media,
            size: manifest.size,
            id: manifest.id(&digest),
            key,
        };
        let place = ContentPlace { dossier: new.dossier, content: content.id };
        let description = new.description.clone();
        let attachment = Attachment { description, content, removed: None };
        let hold = self.holds.hold(place);
        let hold = hold.ok_or_else(|| no("attachment-busy", "the content is being written"))?;
        let here = self.shelf.survey(&place, manifest.size, &digest);
        let fresh = here.is_none();
        let whole = here.is_some_and(|(_, chunks)| chunks.len() == manifest.chunks.len());
        match attachment.admit(present, self.secrets) {
            // A file whose content was lost mends it.
            Err(AttachmentFault::Known) if !whole => {}
            admitted => admitted.map_err(fault)?,
        }
        if !whole {
            self.write(&place, &manifest, &file.bytes).map_err(|error| {
                if fresh {
                    // What is left of it is swept away when the node is next opened.
                    let _ = self.shelf.forget(&place);
                }
                shelved(error)
            })?;
        }
        Ok(Ready { attachment, fresh, hold, place })
    }

    fn write(
        &self,
        place: &ContentPlace,
        manifest: &Manifest,
        bytes: &[u8],
    ) -> Result<(), ShelfError> {
        self.shelf.begin(place, manifest)?;
        for (index, chunk) in (0..).zip(bytes.chunks(CHUNK_BYTES)) {
            self.shelf.put(place, index, chunk)?;
        }
        self.shelf.sync(place)
    }

    /// Forgets a content that was not attached after all. It was held all the while, so that nobody
    /// else can have said that it is here.
    pub fn unshelve(&self, ready: Ready) {
        if ready.fresh
            && let Err(error) = self.shelf.forget(&ready.place)
        {
            tracing::warn!(%error, "a content stays until the node is next opened");
        }
        drop(ready.hold);
    }

    /// Cuts a file under the content key of the dossier, a new one for its first attachment.
    fn cut(&self, bytes: &[u8], present: &[Attachment]) -> (Manifest, ContentKey) {
        let keys: BTreeSet<ContentKey> = present.iter().map(|one| one.content.key).collect();
        let mut first = None;
        for key in keys.iter().take(KEYS_MAX) {
            let digest = ContentDigest::new(key);
            let manifest = Manifest::of(bytes, &digest);
            let id = manifest.id(&digest);
            if present.iter().any(|one| one.content.id == id) {
                return (manifest, *key);
            }
            first.get_or_insert((manifest, *key));
        }
        first.unwrap_or_else(|| {
            let key = ContentKey::from_bytes(draw(&*self.entropy));
            (Manifest::of(bytes, &ContentDigest::new(&key)), key)
        })
    }

    /// Whether every chunk of a content is on the shelf as it was made.
    pub fn is_whole(&self, dossier: DossierId, content: &Content) -> bool {
        let place = ContentPlace { dossier, content: content.id };
        let here = self.shelf.survey(&place, content.size, &ContentDigest::new(&content.key));
        here.is_some_and(|(manifest, chunks)| chunks.len() == manifest.count() as usize)
    }

    /// Begins a reading, whose record is in the audit log; answers its number and how many chunks
    /// there are.
    ///
    /// # Errors
    /// [`Refused`] when the content is damaged, or enough are being read.
    pub fn open(&self, dossier: DossierId, shown: &AttachmentShown) -> Result<(u64, u32), Refused> {
        let Content { id, key, size, .. } = &shown.attachment.content;
        let place = ContentPlace { dossier, content: *id };
        let manifest = self.shelf.manifest(&place, *size, &ContentDigest::new(key));
        let manifest = Arc::new(manifest.map_err(shelved)?);
        let chunks = manifest.count();
        let number = self.number();
        let mut state = self.state();
        if state.readings.len() >= READINGS_MAX {
            return Err(no("attachment-busy", "enough contents are being read"));
        }
        let reading = Reading { place, key: *key, manifest, touched: Instant::now() };
        state.readings.insert(number, reading);
        Ok((number, chunks))
    }

    /// A chunk of a content that is being read. The last one ends the reading.
    ///
    /// # Errors
    /// [`Refused`], and the content it stands in where that is damaged.
    pub fn chunk(
        &self,
        number: u64,
        index: u32,
    ) -> Result<Vec<u8>, (Refused, Option<ContentPlace>)> {
        let reading = {
            let mut state = self.state();
            let found = state.readings.get_mut(&number);
            let reading = found.ok_or_else(|| (no("attachment-forgotten", "reading"), None))?;
            reading.touched = Instant::now();
            reading.clone()
        };
        if reading.manifest.length(index).is_none() {
            return Err((no("request", "no such chunk"), None));
        }
        let digest = ContentDigest::new(&reading.key);
        let read = self.shelf.chunk(&reading.place, &reading.manifest, index, &digest);
        if index + 1 == reading.manifest.count() {
            self.state().readings.remove(&number);
        }
        read.map_err(|error| {
            let lost = matches!(error, ShelfError::Missing).then_some(reading.place);
            (shelved(error), lost)
        })
    }
}

#[cfg(test)]
mod tests;
