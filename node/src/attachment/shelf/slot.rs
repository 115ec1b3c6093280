//! One slot of a content's file: the one place where its bytes are made and read.

use protocol::attachment::ContentPlace;

use super::{CHUNK_SLOT, MANIFEST_SLOT, ShelfError, failed};
use crate::environment::DiskFile;
use crate::seal::{Label, Vault};

/// Length in front of the bytes of a slot, under the seal.
const PREFIX: usize = 4;

/// A slot of a file: of its manifest, or of a chunk. What is sealed for one opens in no other.
pub(super) struct Slot<'a> {
    pub(super) vault: &'a Vault,
    pub(super) place: &'a ContentPlace,
    /// Which chunk; `None` for the manifest.
    pub(super) index: Option<u32>,
}

/// Where the slot of a chunk begins.
pub(super) fn offset(index: u32) -> u64 {
    MANIFEST_SLOT + u64::from(index) * CHUNK_SLOT
}

impl Slot<'_> {
    /// Where it begins in the file.
    pub(super) fn offset(&self) -> u64 {
        self.index.map_or(0, offset)
    }

    /// The slot with these bytes, filled up and sealed.
    pub(super) fn seal(&self, bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).expect("a slot is short");
        let mut plain = Vec::with_capacity(self.room());
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(bytes);
        plain.resize(self.room(), 0);
        let key = self.key();
        self.vault.seal(&self.label(&key), &plain)
    }

    /// What the slot holds.
    pub(super) fn open(&self, file: &dyn DiskFile) -> Result<Vec<u8>, ShelfError> {
        let mut sealed = vec![0; self.room() + Vault::OVERHEAD];
        let read = file.read_at(self.offset(), &mut sealed).map_err(failed("read"))?;
        if read < sealed.len() {
            return Err(ShelfError::Missing);
        }
        let key = self.key();
        let plain = self.vault.unseal(&self.label(&key), &sealed);
        let mut plain = plain.map_err(|_| ShelfError::Missing)?;
        let length = match plain.first_chunk::<PREFIX>() {
            Some(prefix) => u32::from_be_bytes(*prefix) as usize,
            None => return Err(ShelfError::Missing),
        };
        if length == 0 || length > plain.len() - PREFIX {
            return Err(ShelfError::Missing);
        }
        plain.truncate(PREFIX + length);
        plain.drain(..PREFIX);
        Ok(plain)
    }

    /// Bytes under the seal.
    fn room(&self) -> usize {
        let slot = if self.index.is_some() { CHUNK_SLOT } else { MANIFEST_SLOT };
        slot as usize - Vault::OVERHEAD
    }

    fn key(&self) -> Vec<u8> {
        let number = self.index.map_or(0, |index| u64::from(index) + 1);
        [&self.place.content.as_bytes()[..], &number.to_be_bytes()].concat()
    }

    fn label<'k>(&self, key: &'k [u8]) -> Label<'k> {
        Label { kind: "attachment", dossier: Some(self.place.dossier), key }
    }
}
