//! A linear history as it reads: what each operation did, in order, and what stands after them.
//!
//! **Invariant:** it says what the [`Document`](super::super::Document) built of the same bytes says.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use automerge::{Automerge, Change};

use super::super::engine::Built;
use super::super::history::{Act, Step};
use super::super::state::{RowKey, State, Writing};
use super::rules::{FIELDS, TABLES};
use super::sheet::Sheet;
use super::{ChangeHeader, DELETE, FiledDocument, chunk, value};
use crate::document::{NewChange, encoding, guarded};
use crate::form::{Sides, Touched};
use crate::{ActorId, DossierId, Edit, FieldId, FieldPath, Hash, Timestamp, Value, precheck};

/// Changes behind a saved document before the engine takes them in.
const SINCE_MAX: usize = 64;
/// What the kind of a value says of an emptied field.
const NULL: u64 = 0;

/// A saved document of the own store and what was admitted since, read whole.
#[derive(Debug)]
pub(in crate::document) struct Transcript {
    saved: Vec<u8>,
    since: Vec<Vec<u8>>,
    /// Every row ever added, by the order of adding.
    rows: Vec<Arc<RowKey>>,
    steps: Vec<Step>,
    /// The steps whose writing stands, in the order of places.
    standing: Vec<usize>,
    state: OnceLock<State>,
}

/// A history that was read: what it says, whose it is, and its changes in order.
pub(in crate::document) struct Read {
    pub(in crate::document) transcript: Transcript,
    pub(in crate::document) id: DossierId,
    pub(in crate::document) form: String,
    pub(in crate::document) headers: Vec<ChangeHeader>,
}

impl Transcript {
    /// Reads a saved document and the changes since, each knowing all before it; `None` when it takes
    /// the engine to tell.
    pub(in crate::document) fn read(saved: &[u8], since: &[&[u8]]) -> Option<Read> {
        guarded(|| read(saved, since)).flatten()
    }

    /// Builds the engine's document of the same history.
    pub(in crate::document) fn build(&self) -> Option<Built> {
        let work = || {
            let mut automerge = Automerge::load(&self.saved).ok()?;
            let since = self.since.iter().map(|bytes| Change::try_from(bytes.as_slice()).ok());
            let since: Vec<Change> = since.collect::<Option<_>>()?;
            automerge.apply_changes(since).ok()?;
            Built::around(automerge)
        };
        guarded(work).flatten()
    }

    /// The history with one change more that `actor` makes, and that change; `None` when it takes the
    /// engine to make it.
    pub(in crate::document) fn edited(
        &self,
        actor: ActorId,
        at: Timestamp,
        edits: &[Edit],
    ) -> Option<(Read, NewChange)> {
        let filed = FiledDocument { saved: &self.saved, since: self.since() };
        let (change, _) = filed.edit(actor, at, edits, &[])?;
        Some((self.with(&[&change.bytes])?, change))
    }

    /// The history with further changes, each knowing all before it; `None` when it takes the engine to
    /// judge them.
    pub(in crate::document) fn with(&self, changes: &[&[u8]]) -> Option<Read> {
        if self.since.len() + changes.len() > SINCE_MAX {
            return None;
        }
        Self::read(&self.saved, &[&self.since(), changes].concat())
    }

    /// What the change at a position touches.
    pub(in crate::document) fn touched(&self, position: usize, sides: &Sides) -> Option<Touched> {
        let filed = FiledDocument { saved: &self.saved, since: self.since() };
        filed.open(|sheet, _| sheet.touched(position, sides))
    }

    fn since(&self) -> Vec<&[u8]> {
        self.since.iter().map(Vec::as_slice).collect()
    }

    /// What was done, in order.
    pub(in crate::document) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a row of the table was ever added.
    pub(in crate::document) fn has_rows(&self, table: &str) -> bool {
        self.rows.iter().any(|row| row.0 == table)
    }

    /// The writings that stand.
    pub(in crate::document) fn standing(&self) -> impl Iterator<Item = &Step> {
        self.standing.iter().filter_map(|at| self.steps.get(*at))
    }

    /// The present value of one single field.
    pub(in crate::document) fn field(&self, field: &FieldId) -> Option<Value> {
        let value = |step: &Step| match &step.act {
            Act::Field(name, value) if name == field.as_str() => Some(value.clone()),
            _ => None,
        };
        self.standing().find_map(value).flatten()
    }

    /// What stands at every place; in a linear history at most one writing.
    pub(in crate::document) fn state(&self) -> &State {
        self.state.get_or_init(|| self.gathered())
    }

    fn gathered(&self) -> State {
        let mut state = State::default();
        for row in &self.rows {
            state.rows.entry(RowKey::clone(row)).or_default();
        }
        for Step { change, row, act } in self.standing() {
            let (place, value) = match (act, row.as_deref()) {
                (Act::Field(name, value), _) => {
                    let Some(field) = encoding::single(name) else { continue };
                    (FieldPath { field, row: None }, value)
                }
                (Act::Cell(name, value), Some((table, row))) => {
                    let Some(field) = encoding::column(table, name) else { continue };
                    (FieldPath { field, row: Some(*row) }, value)
                }
                (Act::Removed(_), Some(row)) => {
                    state.rows.entry(row.clone()).or_default().push(*change);
                    continue;
                }
                _ => continue,
            };
            let writing = Writing { value: value.clone(), change: *change };
            state.places.insert(place, vec![writing]);
        }
        state
    }
}

fn read(saved: &[u8], since: &[&[u8]]) -> Option<Read> {
    let columns = precheck::open_saved(saved).ok()?;
    let [(mut head, position)] = columns.heads[..] else { return None };
    let mut sheet = Sheet::read(&columns)?;
    let mut headers = chunk::headers(&sheet.authorship, &sheet.operations)?;
    let last = headers.last()?;
    if position + 1 != headers.len() as u64 || last.hash != head {
        return None;
    }
    sheet.remember(headers.iter().map(|header| header.hash).collect());
    for bytes in since {
        let header = sheet.append(bytes, head)?;
        head = header.hash;
        headers.push(header);
    }
    let [id, form, ..] = sheet.operations.as_slice() else { return None };
    let id = DossierId::from_slice(id.value)?;
    let form = std::str::from_utf8(form.value).ok()?.to_owned();
    let hashes: Vec<Hash> = headers.iter().map(|header| header.hash).collect();
    let (steps, rows, by_counter) = steps(&sheet, &hashes)?;
    let stands = |counter: u32| by_counter.get(counter.checked_sub(1)? as usize).copied()?;
    let standing = sheet.standing.counters().filter_map(stands).collect();
    let (saved, since) = (saved.to_vec(), since.iter().map(|bytes| bytes.to_vec()).collect());
    let state = OnceLock::new();
    let transcript = Transcript { saved, since, rows, steps, standing, state };
    Some(Read { transcript, id, form, headers })
}

type Steps = (Vec<Step>, Vec<Arc<RowKey>>, Vec<Option<usize>>);

/// The steps, the rows that were added, and the step of every operation; what lays out the root is none.
fn steps(sheet: &Sheet<'_>, hashes: &[Hash]) -> Option<Steps> {
    let mut steps = Vec::with_capacity(sheet.operations.len());
    let mut rows: BTreeMap<u32, Arc<RowKey>> = BTreeMap::new();
    let mut by_counter = Vec::with_capacity(sheet.operations.len());
    let changes = sheet.authorship.changes.iter().zip(hashes);
    for (change, hash) in changes {
        for counter in change.first..=change.last {
            let one = sheet.operation(counter)?;
            if one.object == 0 {
                by_counter.push(None);
                continue;
            }
            let written = || match (one.action, one.meta & 15) {
                (DELETE, _) | (_, NULL) => Some(None),
                (_, _) => value(one.meta, one.value).map(Some),
            };
            let (row, act) = match one.object {
                FIELDS => (None, Act::Field(one.key.to_owned(), written()?)),
                TABLES => {
                    let (table, row) = encoding::parse_row_key(one.key)?;
                    let key = Arc::new((table.to_owned(), row));
                    rows.insert(counter, Arc::clone(&key));
                    (Some(key), Act::AddRow)
                }
                made => {
                    let act = match one.key {
                        encoding::REMOVED => Act::Removed(one.action != DELETE),
                        name => Act::Cell(name.to_owned(), written()?),
                    };
                    (Some(Arc::clone(rows.get(&made)?)), act)
                }
            };
            by_counter.push(Some(steps.len()));
            steps.push(Step { change: *hash, row, act });
        }
    }
    Some((steps, rows.into_values().collect(), by_counter))
}
