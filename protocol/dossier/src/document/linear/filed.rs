//! A document of the own store that is judged and edited without being built.

use super::sheet::Sheet;
use super::write::write;
use super::{ChangeHeader, guarded};
use crate::document::{NewChange, edit::check_edits};
use crate::form::{Sides, Touched};
use crate::{ActorId, Edit, Hash, Timestamp, Value, precheck};

/// A saved document of the own store, whose checksums vouch for the bytes, and the changes that
/// were admitted since.
///
/// What it does with a linear history is what [`Document`](super::super::Document) would do; `None`
/// says that it takes the document to tell.
#[derive(Debug, Clone)]
pub struct FiledDocument<'a> {
    /// The saved document.
    pub saved: &'a [u8],
    /// The changes since, each knowing all before it.
    pub since: Vec<&'a [u8]>,
}

/// What a filed document has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The one change that nothing builds on.
    pub head: Hash,
    /// The changes appended.
    pub changes: Vec<ChangeHeader>,
    /// What each of them touches, in the same order.
    pub touched: Vec<Touched>,
    /// Present values of the single fields that were asked for, in the order asked.
    pub values: Vec<Option<Value>>,
    /// Whether an event in the life of the dossier stands there: it takes the document to tell whether
    /// the dossier is closed.
    pub eventful: bool,
}

impl FiledDocument<'_> {
    /// Judges changes, each of which must know all before it; `wanted` names single fields.
    pub fn append(&self, changes: &[&[u8]], wanted: &[&str], sides: &Sides) -> Option<Appended> {
        self.open(|sheet, mut head| {
            let mut sheet = sheet;
            let mut appended = Vec::with_capacity(changes.len());
            let mut touched = Vec::with_capacity(changes.len());
            for bytes in changes {
                let header = sheet.append(bytes, head)?;
                head = header.hash;
                appended.push(header);
                let newest = sheet.authorship.changes.len().checked_sub(1)?;
                touched.push(sheet.touched(newest, sides)?);
            }
            let (values, eventful) = (sheet.values(wanted), sheet.is_eventful());
            Some(Appended { head, changes: appended, touched, values, eventful })
        })
    }

    /// Makes `edits` as one change of `actor`, on top of all there is; `wanted` names single fields.
    pub fn edit(
        &self,
        actor: ActorId,
        at: Timestamp,
        edits: &[Edit],
        wanted: &[&str],
    ) -> Option<(NewChange, Vec<Option<Value>>)> {
        check_edits(edits).ok()?;
        self.open(|mut sheet, head| {
            if sheet.is_eventful() {
                return None;
            }
            let bytes = write(&mut sheet, head, actor, at, edits)?;
            let mut sheet = sheet;
            // Read back and judged, as at every other node.
            let header = sheet.append(&bytes, head)?;
            let values = sheet.values(wanted);
            Some((NewChange { bytes: bytes.clone(), header }, values))
        })
    }

    pub(super) fn open<T>(&self, work: impl FnOnce(Sheet<'_>, Hash) -> Option<T>) -> Option<T> {
        let all = || {
            let columns = precheck::open_saved(self.saved).ok()?;
            let [(mut head, position)] = columns.heads[..] else { return None };
            let mut sheet = Sheet::read(&columns)?;
            if position + 1 != sheet.authorship.changes.len() as u64 {
                return None;
            }
            for bytes in &self.since {
                head = sheet.append(bytes, head)?.hash;
            }
            work(sheet, head)
        };
        guarded(all).flatten()
    }
}
