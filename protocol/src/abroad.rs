//! What lies between provinces: rows of [`Table::Abroad`] and what keys name (Điều 10.3).
//!
//! | key | row |
//! | --- | --- |
//! | 0, dossier | nothing: it was sent out of the province and has not come back |
//! | 1, hash of an EXPORT record elsewhere | the word this node gave on it, as it was written |
//! | 2, SHA-256 of a root certificate | another province whose word two administrators trust |
//! | 3 | the key by which packages for this node are opened |
//! | 4, hash of an EXPORT record of ours | the word that the other side gave on it |
//!
//! **Invariant:** a word is given once for a record and never changed.

use dossier::{DossierId, Hash};

use crate::{Fault, Op, Records, Table};

const SENT_OUT: u8 = 0;
const GIVEN: u8 = 1;
const PROVINCE: u8 = 2;
const KEY: u8 = 3;
const HEARD: u8 = 4;

/// The most provinces that are trusted.
pub const PROVINCES_MAX: usize = 256;

/// A kind of row that is named by a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The word this node gave on a package.
    Given,
    /// Another province.
    Province,
    /// The word that came on a package of this province.
    Heard,
}

/// The key of the row of a kind and name.
pub fn key(kind: Kind, name: &Hash) -> Vec<u8> {
    let kind = match kind {
        Kind::Given => GIVEN,
        Kind::Province => PROVINCE,
        Kind::Heard => HEARD,
    };
    [&[kind], name.as_bytes().as_slice()].concat()
}

/// What somebody said of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It was taken in.
    Taken,
    /// It was not; the digest of what was signed.
    Refused(Hash),
}

/// The write by which a word is kept, with the text that says it.
pub fn word_op(kind: Kind, record: &Hash, word: Word, text: &[u8]) -> Op {
    let refused = match word {
        Word::Taken => Hash::ZERO,
        Word::Refused(digest) => digest,
    };
    let row = [refused.as_bytes().as_slice(), text].concat();
    Op::put(Table::Abroad, key(kind, record), row)
}

/// The word that was given or heard on the package of a record, with its text.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn word(
    records: &dyn Records,
    kind: Kind,
    record: &Hash,
) -> Result<Option<(Word, Vec<u8>)>, Fault> {
    let Some(row) = records.get(Table::Abroad, &key(kind, record))? else { return Ok(None) };
    let split = row
        .split_at_checked(Hash::LENGTH)
        .and_then(|(digest, text)| Some((Hash::from_slice(digest)?, text.to_vec())));
    let Some((digest, text)) = split else { return Err(Fault("a word on a package".to_owned())) };
    Ok(Some((if digest == Hash::ZERO { Word::Taken } else { Word::Refused(digest) }, text)))
}

/// The key of the row that opens packages.
pub fn opening_key() -> Vec<u8> {
    vec![KEY]
}

/// The rows of every province that is trusted.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn provinces(records: &dyn Records) -> Result<Vec<Vec<u8>>, Fault> {
    let rows = records.scan(Table::Abroad, &[PROVINCE], None, PROVINCES_MAX)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The dossiers that were sent out of the province and have not come back.
pub(crate) fn sent_out(records: &dyn Records) -> Result<Vec<DossierId>, Fault> {
    let rows = records.scan(Table::Abroad, &[SENT_OUT], None, usize::MAX)?;
    Ok(rows.iter().filter_map(|(key, _)| DossierId::from_slice(key.get(1..)?)).collect())
}

/// Whether a dossier is noted as one that was sent out.
pub(crate) fn is_sent_out(records: &dyn Records, id: &DossierId) -> Result<bool, Fault> {
    Ok(records.get(Table::Abroad, &sent_out_key(id))?.is_some())
}

/// Notes that a dossier was sent out.
pub(crate) fn sent_out_op(id: &DossierId) -> Op {
    Op::put(Table::Abroad, sent_out_key(id), Vec::new())
}

/// Notes that it came back.
pub(crate) fn came_back_op(id: &DossierId) -> Op {
    Op::remove(Table::Abroad, sent_out_key(id))
}

fn sent_out_key(id: &DossierId) -> Vec<u8> {
    [&[SENT_OUT], id.as_bytes().as_slice()].concat()
}
