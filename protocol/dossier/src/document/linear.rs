//! Reading a saved document without rebuilding it, when each of its changes builds on the one before.
//!
//! Most dossiers have such a history, and a superior that takes in thousands of them need not
//! build each in memory to know that it is sound. The columns are read once; every change is spelled
//! again and hashed, so that what an author signed is what the bytes say; what each operation does
//! and overwrites is checked as for a change that arrives alone. The next change is judged, or made,
//! on the same columns.
//!
//! **Invariants:** the reader vouches or is silent, it never refuses: what it does not vouch for goes
//! to [`Document::load_foreign`](super::Document::load_foreign). What it vouches for loads there, with
//! the same changes.
//!
//! Source: Automerge binary document format, <https://automerge.org/automerge-binary-format-spec/>.

mod chunk;
mod filed;
mod rows;
mod rules;
mod runs;
mod sheet;
mod spec;
mod standing;
#[cfg(test)]
mod tests;
mod touched;
mod transcript;
mod write;

use super::{ChangeHeader, KEYS_MAX, encoding, guarded};
use crate::form::{Sides, Touched};
use crate::{ActorId, DossierId, Hash, Value, precheck, precheck::SavedColumns};
pub use filed::{Appended, FiledDocument};
use sheet::Sheet;
use standing::Place;
pub(super) use transcript::{Read, Transcript};

/// A sound saved document with a linear history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearDocument {
    /// The dossier.
    pub id: DossierId,
    /// Name of the form it was opened under.
    pub form: String,
    /// Its changes, each building on the one before; never empty.
    pub changes: Vec<ChangeHeader>,
    /// What each of them touches, in the same order.
    pub touched: Vec<Touched>,
    /// Present values of the single fields that were asked for, in the order asked.
    pub values: Vec<Option<Value>>,
}

impl LinearDocument {
    /// Reads a saved document and the present values of single fields named by `wanted`; `None` when
    /// it takes the document engine to judge it.
    pub fn read(bytes: &[u8], wanted: &[&str], sides: &Sides) -> Option<Self> {
        guarded(|| read(bytes, wanted, sides)).flatten()
    }

    /// The one change that nothing builds on.
    pub fn head(&self) -> Hash {
        self.changes.last().map_or(Hash::ZERO, |change| change.hash)
    }
}

/// An operation, by the counter it has in the whole document: in a linear history counters are unique
/// and run from 1 without gaps.
#[derive(Debug, Clone, Copy)]
struct Operation<'a> {
    /// Counter of the operation that made the map written to; 0 for the root.
    object: u32,
    key: &'a str,
    action: u64,
    /// Length and kind of the value, as Automerge packs them.
    meta: u64,
    value: &'a [u8],
    /// Counter of the operation it overwrites; 0 for none.
    overwrites: u32,
}

const MAKE_MAP: u64 = 0;
const SET: u64 = 1;
const DELETE: u64 = 3;

/// A change as the columns tell it.
#[derive(Debug)]
struct Change {
    /// Index of the author.
    actor: u32,
    seq: u64,
    /// Counters of its operations.
    first: u32,
    last: u32,
    time_seconds: i64,
    /// Positions of the changes it names.
    deps: Vec<usize>,
}

impl<'a> Operation<'a> {
    fn deletion(Place { object, key }: Place<'a>, overwrites: u32) -> Self {
        Self { object, key, action: DELETE, meta: 0, value: &[], overwrites }
    }
}

/// Who made which operation.
#[derive(Debug)]
struct Authorship {
    actors: Vec<ActorId>,
    changes: Vec<Change>,
    /// The author's index of every counter, from 1.
    of: Vec<u32>,
}

impl Authorship {
    /// Reads the changes; each continues its author's line and the counters, and carries nothing
    /// else.
    fn read(columns: &SavedColumns<'_>) -> Option<Self> {
        let changes = rows::changes(columns)?;
        let mut lengths = vec![0u64; columns.actors.len()];
        let mut of = Vec::new();
        for change in &changes {
            let length = lengths.get_mut(change.actor as usize)?;
            *length += 1;
            if change.seq != *length
                || change.last < change.first
                || change.last as usize > KEYS_MAX
            {
                return None;
            }
            of.resize(change.last as usize, change.actor);
        }
        let sorted = columns.actors.is_sorted_by(|one, next| one < next);
        let all_write = lengths.iter().all(|length| *length > 0);
        (sorted && all_write).then(|| Self { actors: columns.actors.clone(), changes, of })
    }

    fn author(&self, counter: u32) -> Option<u32> {
        self.of.get(counter.checked_sub(1)? as usize).copied()
    }

    /// The counter of an operation, if it is this author's.
    fn made(&self, actor: u64, counter: i64) -> Option<u32> {
        let counter = u32::try_from(counter).ok()?;
        (u64::from(self.author(counter)?) == actor).then_some(counter)
    }

    fn index(&self, actor: &ActorId) -> Option<u32> {
        self.actors.iter().position(|known| known == actor).map(|at| at as u32)
    }

    fn index_or_new(&mut self, actor: &ActorId) -> u32 {
        self.index(actor).unwrap_or_else(|| {
            self.actors.push(*actor);
            self.actors.len() as u32 - 1
        })
    }

    /// Position of an author's last change.
    fn last_of(&self, actor: u32) -> Option<usize> {
        self.changes.iter().rposition(|change| change.actor == actor)
    }
}

fn read(bytes: &[u8], wanted: &[&str], sides: &Sides) -> Option<LinearDocument> {
    let columns = precheck::open_saved(bytes).ok()?;
    let document = judge(&columns, wanted, sides)?;
    let position = document.changes.len() as u64 - 1;
    (columns.heads == [(document.head(), position)]).then_some(document)
}

/// All but the heads, which the caller compares.
fn judge(columns: &SavedColumns<'_>, wanted: &[&str], sides: &Sides) -> Option<LinearDocument> {
    let sheet = Sheet::read(columns)?;
    let [id, form, ..] = sheet.operations.as_slice() else { return None };
    let (id, form) = (DossierId::from_slice(id.value)?, std::str::from_utf8(form.value).ok()?);
    let changes = chunk::headers(&sheet.authorship, &sheet.operations)?;
    let touched = (0..changes.len()).map(|at| sheet.touched(at, sides)).collect::<Option<_>>()?;
    let values = sheet.values(wanted);
    Some(LinearDocument { id, form: form.to_owned(), changes, touched, values })
}

/// Reads a value that a single field may hold.
fn value(meta: u64, bytes: &[u8]) -> Option<Value> {
    match meta & 15 {
        1 => Some(Value::Flag(false)),
        2 => Some(Value::Flag(true)),
        4 => precheck::signed(bytes).map(Value::Integer),
        6 => encoding::decode_text(std::str::from_utf8(bytes).ok()?).ok(),
        _ => None,
    }
}
