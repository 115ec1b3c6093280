//! The long-term archive of tier 3: copies of dossiers that nobody changes, chained and signed (Điều 7.3,
//! 11.1).
//!
//! An archived copy is the whole dossier as one parcel: its saved document, its custody chain and the
//! signature of every author over what she wrote. Its entry names the digest of the parcel and of the
//! entry before, and the node signs it, so that a byte that was changed, an entry that was exchanged and
//! one that is missing in between are each found from the rows alone. Files of attachments lie where
//! they lay, under the content addresses that the document names; a copy is taken when all of them are
//! there, and the check reads them too.
//!
//! **Invariant:** an entry is added behind the others and never written anew.

use dossier::{
    Document, DossierId, Hash, Timestamp, UnitId,
    account::Paper,
    attachment::{self, Attachment, Content},
    grant::Officer,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    codec,
    parcel::{Body, Parcel},
    signature::{Crypto, PublicKey, Signature},
};

/// What is said of an archived copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveEntry {
    /// Counts up from 1.
    pub number: u64,
    /// Digest of the entry before; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// The dossier.
    pub dossier: DossierId,
    /// Who kept it then.
    pub unit: UnitId,
    /// When, by the node's clock.
    pub at: Timestamp,
    /// The document by which it was archived.
    pub document: Paper,
    /// Who archived it.
    pub by: Officer,
    /// How many changes it had.
    pub changes: u32,
    /// Digest of its content, which is the same wherever the dossier is.
    pub digest: Hash,
    /// Digest of the bytes of the parcel.
    pub content: Hash,
}

/// An archived copy with its entry, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// The entry.
    pub entry: ArchiveEntry,
    /// The node's signature over [`Archived::hash`].
    pub signature: Signature,
    /// The dossier, an encoded [`Parcel`].
    pub parcel: ByteBuf,
}

/// What is wrong with an archived copy. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveFault {
    /// The row is no archived copy.
    #[error("unreadable row")]
    Unreadable,
    /// It does not follow on the entry before.
    #[error("entry out of line")]
    OutOfLine,
    /// The node did not sign it.
    #[error("not signed by the node")]
    Signature,
    /// The parcel is not what was archived.
    #[error("changed content")]
    Content,
    /// The parcel does not open to the dossier that the entry tells of.
    #[error("another dossier")]
    Dossier,
    /// The file of an attachment is not there, or not as it was.
    #[error("missing file")]
    File,
}

/// The end of the archive: number and digest of the newest entry.
pub type ArchiveEnd = (u64, Hash);

/// The end of an empty archive.
pub const NOTHING_ARCHIVED: ArchiveEnd = (0, Hash::ZERO);

impl Archived {
    /// Signs an entry over a parcel, whose digest is put into it.
    pub fn issue(mut entry: ArchiveEntry, parcel: Vec<u8>, crypto: &dyn Crypto) -> Self {
        entry.content = Hash::of(&parcel);
        let signature = crypto.sign(digest(&entry).as_bytes());
        Self { entry, signature, parcel: ByteBuf::from(parcel) }
    }

    /// The digest that is signed, and by which the next entry names this one.
    pub fn hash(&self) -> Hash {
        digest(&self.entry)
    }

    /// Judges a stored row by itself and by the entry before; the end of the archive with it, and the
    /// files that belong to it.
    ///
    /// # Errors
    /// The first [`ArchiveFault`] that is found.
    pub fn judge(
        row: &[u8],
        before: ArchiveEnd,
        key: &PublicKey,
        crypto: &dyn Crypto,
    ) -> Result<(ArchiveEnd, Vec<Content>), ArchiveFault> {
        let archived: Self = codec::decode(row).map_err(|_| ArchiveFault::Unreadable)?;
        let (entry, hash) = (&archived.entry, archived.hash());
        if !crypto.verify(key, hash.as_bytes(), &archived.signature) {
            return Err(ArchiveFault::Signature);
        }
        if (entry.number, entry.previous) != (before.0 + 1, before.1) {
            return Err(ArchiveFault::OutOfLine);
        }
        if Hash::of(&archived.parcel) != entry.content {
            return Err(ArchiveFault::Content);
        }
        let parcel = Parcel::decode(&archived.parcel).map_err(|_| ArchiveFault::Dossier)?;
        let Body::Saved(saved) = &parcel.body else { return Err(ArchiveFault::Dossier) };
        let document = Document::load(saved).map_err(|_| ArchiveFault::Dossier)?;
        let same = parcel.dossier == entry.dossier
            && document.digest() == entry.digest
            && document.changes().count() == entry.changes as usize;
        if !same {
            return Err(ArchiveFault::Dossier);
        }
        Ok(((entry.number, hash), files(&document)))
    }
}

/// The contents of the attachments that stand on the list of a dossier.
pub fn files(document: &Document) -> Vec<Content> {
    let rows = document.view().tables.remove(attachment::TABLE).unwrap_or_default();
    let read = rows.values().filter_map(|cells| Attachment::read(cells).ok());
    read.filter(|it| it.removed.is_none()).map(|it| it.content).collect()
}

fn digest(entry: &ArchiveEntry) -> Hash {
    Hash::tagged("hoso/archive/1", &[&codec::encode(entry)])
}
