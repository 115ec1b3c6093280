//! Documents attached to a dossier (tài liệu kèm theo): what is said of a file beside its bytes.
//!
//! An attachment is a row of the table [`TABLE`], so that it merges as everything in a dossier does
//! and each change of it carries its basis. The bytes are named by a [`ContentId`], made under a
//! key of the dossier: who holds two dossiers sees which files one of them holds twice, and nobody
//! sees that two dossiers hold the same.
//!
//! **Invariants:** [`Attachment::read`] gives back what [`Attachment::cells`] wrote; a row of a peer
//! that is not within the limits is no attachment, and its content is never asked for.

mod fault;
mod kind;
mod media;
mod name;
mod row;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FieldId, Hash, PartialDate, RowId};

pub use fault::AttachmentFault;
pub use kind::{Kind, Secrecy};
pub use media::MediaType;
pub use name::clean_name;

pub(crate) use row::REMOVED;

/// The table whose rows are attachments.
pub const TABLE: &str = "attachment";
/// The largest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Attachments of one dossier, removed ones not counted.
pub const PER_DOSSIER_MAX: usize = 200;
/// All files of one dossier together, each counted once, in bytes.
pub const DOSSIER_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Pixels of one image, or of one page of one.
pub const PIXELS_MAX: u64 = 50_000_000;
/// Pages of one document, as far as they can be counted without reading it.
pub const PAGES_MAX: usize = 2_000;
/// Places of the form one attachment is linked to.
pub const LINKS_MAX: usize = 32;
/// The longest number, issuer or name of a file, in bytes.
pub const WORDS_BYTES_MAX: usize = 256;
/// The longest title or reason, in bytes.
pub const TITLE_BYTES_MAX: usize = 1024;

/// Names the bytes of a file within one dossier: a digest under the dossier's content key.
pub type ContentId = Hash;

/// The secret under which contents of a dossier are named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentKey([u8; 32]);

impl ContentKey {
    /// Wraps 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// A place of the form that an attachment proves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Link {
    /// A field.
    Field(FieldId),
    /// A row of a table.
    Row {
        /// The table.
        table: String,
        /// The row.
        row: RowId,
    },
}

/// What a person says of a document: number, date and so on as the paper has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// What kind of document it is.
    pub kind: Kind,
    /// Its number; empty where the paper has none.
    pub number: String,
    /// Its date.
    pub issued_on: Option<PartialDate>,
    /// The body that issued it.
    pub issuer: String,
    /// What it is about.
    pub title: String,
    /// The places of the form it proves.
    pub links: BTreeSet<Link>,
    /// Its mark of secrecy (Điều 5.3).
    pub secrecy: Secrecy,
}

/// What the file itself is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The file's name, cleaned.
    pub name: String,
    /// What its bytes are, whatever its name says.
    pub media: MediaType,
    /// Its size in bytes.
    pub size: u64,
    /// Names its bytes within the dossier.
    pub id: ContentId,
    /// The key the name is made under.
    pub key: ContentKey,
}

/// One attachment of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What is said of it.
    pub description: Description,
    /// What it is.
    pub content: Content,
    /// Why it was taken away; its content stays (Điều 12.2).
    pub removed: Option<String>,
}

impl Attachment {
    /// Judges whether this may be added to a dossier that has `present`.
    ///
    /// # Errors
    /// The [`AttachmentFault`] that stands in the way.
    pub fn admit(&self, present: &[Self], fit_for_secrets: bool) -> Result<(), AttachmentFault> {
        self.check()?;
        if self.description.secrecy != Secrecy::Open && !fit_for_secrets {
            return Err(AttachmentFault::Secret);
        }
        let living = || present.iter().filter(|one| one.removed.is_none());
        if living().any(|one| one.content.id == self.content.id) {
            return Err(AttachmentFault::Known);
        }
        if living().count() >= PER_DOSSIER_MAX {
            return Err(AttachmentFault::TooMany);
        }
        if bytes_of(present.iter().chain([self])) > DOSSIER_BYTES_MAX {
            return Err(AttachmentFault::DossierTooLarge);
        }
        Ok(())
    }

    /// Checks what can be known without the dossier.
    ///
    /// # Errors
    /// [`AttachmentFault`].
    pub fn check(&self) -> Result<(), AttachmentFault> {
        let Description { number, issuer, title, links, .. } = &self.description;
        let name = &self.content.name;
        let short = [number, issuer, name].iter().all(|text| text.len() <= WORDS_BYTES_MAX)
            && [Some(title), self.removed.as_ref()]
                .into_iter()
                .flatten()
                .all(|text| text.len() <= TITLE_BYTES_MAX);
        let shown = [number, issuer, title].iter().all(|text| name::is_plain(text));
        if !short
            || !shown
            || title.trim().is_empty()
            || clean_name(name, self.content.media) != *name
        {
            return Err(AttachmentFault::Words);
        }
        if self.removed.as_ref().is_some_and(|reason| !name::is_plain(reason)) {
            return Err(AttachmentFault::Words);
        }
        if links.len() > LINKS_MAX {
            return Err(AttachmentFault::Links);
        }
        match self.content.size {
            0 => Err(AttachmentFault::Empty),
            size if size > FILE_BYTES_MAX => Err(AttachmentFault::FileTooLarge),
            _ => Ok(()),
        }
    }
}

/// The bytes of the contents of attachments, each content counted once.
pub fn bytes_of<'a>(attachments: impl IntoIterator<Item = &'a Attachment>) -> u64 {
    let mut counted = BTreeSet::new();
    let new = attachments.into_iter().filter(|one| counted.insert(one.content.id));
    new.fold(0, |sum, one| sum.saturating_add(one.content.size))
}
