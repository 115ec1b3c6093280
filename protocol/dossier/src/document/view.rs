//! What a person sees: the winner of every field and cell, the conflicts, and who wrote what.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ReadDoc;

use super::Document;
use super::engine::Built;
use super::history::{Act, Step};
use super::state::State;
use crate::docket::Table;
use crate::{FieldId, FieldPath, Hash, RowId, Value, document::encoding};

/// A row's cells by column name.
pub type Row = BTreeMap<String, Value>;

/// The present content of a dossier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Single fields that hold a value.
    pub fields: BTreeMap<FieldId, Value>,
    /// Rows by table and key. A removed row is absent, unless a cell of it was edited at the same
    /// time elsewhere: it then shows that cell, and the conflict tells.
    pub tables: BTreeMap<String, BTreeMap<RowId, Row>>,
}

/// Values that met and none of which knew the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where they stand.
    pub path: FieldPath,
    /// Each surviving value; the last is the one [`View`] shows. Setting the field resolves it.
    pub candidates: Vec<Candidate>,
}

/// An entry of a reserved table, as one change made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The row it stands in.
    pub row: RowId,
    /// The change that made it.
    pub change: Hash,
    /// What it says.
    pub cells: Row,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The value; `None` for a clearing, or the removal of the row.
    pub value: Option<Value>,
    /// The change that wrote it.
    pub change: Hash,
}

impl Document {
    /// The present content.
    pub fn view(&self) -> View {
        let state = self.state();
        let mut view = View::default();
        for ((table, row), removals) in &state.rows {
            if removals.is_empty() {
                view.tables.entry(table.clone()).or_default().insert(*row, Row::new());
            }
        }
        for (place, writings) in &state.places {
            let Some(value) = writings.last().and_then(|winner| winner.value.clone()) else {
                continue;
            };
            match (place.row, place.field.table()) {
                (Some(row), Some(table)) => {
                    let rows = view.tables.entry(table.to_owned()).or_default();
                    rows.entry(row).or_default().insert(place.field.column().to_owned(), value);
                }
                _ => {
                    view.fields.insert(place.field.clone(), value);
                }
            }
        }
        view
    }

    /// The present value of one single field.
    pub fn field(&self, field: &FieldId) -> Option<Value> {
        if let Some(transcript) = self.engine.transcript() {
            return transcript.field(field);
        }
        let Built { automerge, fields, .. } = self.engine.built();
        let found = automerge.get(fields, field.as_str()).ok().flatten()?;
        encoding::decode(found.0.as_scalar()?).ok().flatten()
    }

    /// The entries of a reserved table, each as its change made it, in the order of rows.
    pub fn entries(&self, table: Table) -> Vec<Entry> {
        let mut entries: BTreeMap<(RowId, Hash), Row> = BTreeMap::new();
        if let Some(transcript) = self.engine.transcript() {
            for Step { change, row, act } in transcript.standing() {
                let Some((_, row)) = row.as_deref().filter(|(name, _)| name == table.name()) else {
                    continue;
                };
                let (column, value) = match act {
                    Act::Cell(name, Some(value)) => (name.as_str(), value.clone()),
                    Act::Removed(true) => (encoding::REMOVED, Value::Flag(true)),
                    _ => continue,
                };
                let cells = entries.entry((*row, *change)).or_default();
                cells.insert(column.to_owned(), value);
            }
            return collected(entries);
        }
        for (map, (name, row)) in self.row_maps() {
            if name != table.name() {
                continue;
            }
            for (column, writings) in self.writings(&map) {
                for writing in writings {
                    let Some(value) = writing.value else { continue };
                    let cells = entries.entry((row, writing.change)).or_default();
                    cells.insert(column.clone(), value);
                }
            }
        }
        collected(entries)
    }

    /// Every place where differing values met, and where a choice between them was undone; entries of
    /// the docket never meet.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let state = self.state();
        let open = |path: &FieldPath| path.field.table().and_then(Table::named).is_none();
        let places = state.places.iter().filter(|(path, _)| open(path));
        let conflicts = places.filter_map(|(path, writings)| {
            let mut candidates: Vec<Candidate> = removals(&state, path)
                .iter()
                .map(|change| Candidate { value: None, change: *change })
                .collect();
            let wrote = |one: &super::state::Writing| Candidate {
                value: one.value.clone(),
                change: one.change,
            };
            candidates.extend(writings.iter().map(wrote));
            let first = candidates.first()?.value.clone();
            let differ = candidates.iter().any(|candidate| candidate.value != first);
            differ.then(|| Conflict { path: path.clone(), candidates })
        });
        let mut conflicts: Vec<Conflict> = conflicts.collect();
        conflicts.extend(self.reopened(&state));
        conflicts.sort_by(|one, other| one.path.cmp(&other.path));
        conflicts
    }

    /// The change that wrote each present value; a cleared field counts as present.
    pub fn provenance(&self) -> BTreeMap<FieldPath, Hash> {
        let state = self.state();
        let places = state.places.iter();
        places
            .filter_map(|(path, writings)| Some((path.clone(), writings.last()?.change)))
            .collect()
    }

    /// The changes that marked a row removed, where it is still marked.
    pub fn removals(&self, table: &str, row: RowId) -> BTreeSet<Hash> {
        let key = (table.to_owned(), row);
        self.state().rows.get(&key).into_iter().flatten().copied().collect()
    }

    /// The visible content with its conflicts as bytes that are equal wherever the document is.
    pub fn canonical_dump(&self) -> Vec<u8> {
        let state = self.state();
        let mut dump = Dump::default();
        dump.bytes(self.id.as_bytes());
        dump.bytes(self.form.as_bytes());
        for ((table, row), removals) in &state.rows {
            dump.bytes(table.as_bytes());
            dump.bytes(row.as_bytes());
            let removals: BTreeSet<&Hash> = removals.iter().collect();
            dump.hashes(removals.into_iter());
        }
        for (path, writings) in &state.places {
            dump.bytes(path.field.as_str().as_bytes());
            dump.bytes(path.row.as_ref().map_or(&[][..], |row| &row.as_bytes()[..]));
            for writing in writings {
                dump.bytes(writing.change.as_bytes());
                dump.value(writing.value.as_ref());
            }
            dump.end();
        }
        dump.0
    }

    /// SHA-256 over [`Self::canonical_dump`].
    pub fn digest(&self) -> Hash {
        Hash::tagged("hoso/document/1", &[&self.canonical_dump()])
    }
}

fn collected(entries: BTreeMap<(RowId, Hash), Row>) -> Vec<Entry> {
    entries.into_iter().map(|((row, change), cells)| Entry { row, change, cells }).collect()
}

fn removals<'a>(state: &'a State, path: &FieldPath) -> &'a [Hash] {
    let key = path.field.table().zip(path.row).map(|(table, row)| (table.to_owned(), row));
    key.and_then(|key| state.rows.get(&key)).map_or(&[], Vec::as_slice)
}

/// Length-prefixed parts; an empty list ends with [`Dump::end`].
#[derive(Default)]
struct Dump(Vec<u8>);

impl Dump {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend((bytes.len() as u32).to_be_bytes());
        self.0.extend(bytes);
    }

    fn end(&mut self) {
        self.0.extend(u32::MAX.to_be_bytes());
    }

    fn hashes<'a>(&mut self, hashes: impl Iterator<Item = &'a Hash>) {
        hashes.for_each(|hash| self.bytes(hash.as_bytes()));
        self.end();
    }

    fn value(&mut self, value: Option<&Value>) {
        use automerge::ScalarValue::{Boolean, Int, Str};
        let (kind, bytes) = match value.map(encoding::encode) {
            Some(Ok(Str(text))) => (b's', text.as_bytes().to_vec()),
            Some(Ok(Int(number))) => (b'i', number.to_be_bytes().to_vec()),
            Some(Ok(Boolean(flag))) => (b'b', vec![u8::from(flag)]),
            _ => (b'n', Vec::new()),
        };
        self.0.push(kind);
        self.bytes(&bytes);
    }
}
