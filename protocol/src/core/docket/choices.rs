//! Conflicts resolved: a side taken or both kept, the choice undone, or the question passed up.
//!
//! **Invariants:** what was chosen is written by the change that says so, where another value stood;
//! undoing writes what was shown before, and only while nobody wrote there since. Whatever is chosen, every side stays in the history.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    DossierId, Edit, FieldPath, Hash, LegalBasis, RowId, Value,
    docket::{Choice, Choices, Chosen, SIDES_MAX, Table as Reserved},
    document::Conflict,
};
use serde::{Deserialize, Serialize};

use crate::{
    Answer, Crypto, Fault, Records,
    core::{Core, Provenance, Refused},
    envelope::Meta,
    holding::Opened,
};

/// What is taken of the sides that met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Take {
    /// What this change wrote; of a row that one side removed, all of the row.
    Side(Hash),
    /// Both, each in a row of its own.
    Both,
}

/// What was done about a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceShown {
    /// Its row.
    pub row: RowId,
    /// What was done.
    pub choice: Choice,
    /// Who did it, on what basis.
    pub provenance: Option<Provenance>,
    /// Who undid it.
    pub undone: Option<Provenance>,
}

/// A conflict that was passed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedShown {
    /// Why.
    pub reason: String,
    /// By whom.
    pub provenance: Option<Provenance>,
}

/// The edits of one act, with the entries that say what it is.
type Act = (Vec<Edit>, Vec<Choice>);

impl Core {
    pub(super) fn choose(
        &mut self,
        id: &DossierId,
        at: &FieldPath,
        take: Take,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        self.settle(id, meta, records, crypto, |opened| chosen(opened, at, take))
    }

    pub(super) fn undo(
        &mut self,
        id: &DossierId,
        at: &FieldPath,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        self.settle(id, meta, records, crypto, |opened| undone(opened, at))
    }

    pub(super) fn raise(
        &mut self,
        id: &DossierId,
        at: &FieldPath,
        reason: String,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let meta = Meta { basis: LegalBasis::Office, ..meta.clone() };
        self.settle(id, &meta, records, crypto, |opened| {
            let met = conflict(&opened.document.conflicts(), at)?;
            let choice = Choice::Raised { at: at.clone(), among: among(&met), reason };
            if Choice::read(&choice.cells()).is_err() {
                return Err(Refused::new("reason-needed", at.field.as_str()));
            }
            Ok((Vec::new(), vec![choice]))
        })
    }

    fn settle(
        &mut self,
        id: &DossierId,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
        act: impl FnOnce(&Opened) -> Result<Act, Refused>,
    ) -> Result<Answer, Fault> {
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let act = act(&opened);
        self.cache.put(opened);
        let (mut edits, choices) = match act {
            Ok(act) => act,
            Err(refused) => return Ok(Answer::Refused(refused)),
        };
        for (index, choice) in (0..).zip(choices) {
            edits.push(self.entry(Reserved::Choices, index, choice.cells()));
        }
        self.edit(id, &edits, meta, records, crypto)
    }

    pub(super) fn choices_of(
        &self,
        opened: &Opened,
        records: &dyn Records,
    ) -> Result<Vec<ChoiceShown>, Fault> {
        let choices = opened.document.choices();
        let mut shown = Vec::new();
        let mut done: Vec<&Chosen> = choices.iter().collect();
        done.retain(|it| !matches!(it.choice, Choice::Undone { .. }));
        done.sort_by_key(|it| (opened.document.told_at(&it.change), it.row));
        for Chosen { row, change, choice } in done {
            let undone = match choices.undone_by(*row) {
                Some(by) => self.trace(opened, by, records)?,
                None => None,
            };
            let provenance = self.trace(opened, change, records)?;
            shown.push(ChoiceShown { row: *row, choice: choice.clone(), provenance, undone });
        }
        Ok(shown)
    }

    /// By whom a conflict was passed up, the last time.
    pub(in crate::core) fn raised(
        &self,
        opened: &Opened,
        choices: &Choices,
        conflict: &Conflict,
        records: &dyn Records,
    ) -> Result<Option<RaisedShown>, Fault> {
        let mut newest: Option<RaisedShown> = None;
        for Chosen { change, choice, .. } in choices.raised(conflict) {
            let Choice::Raised { reason, .. } = choice else { continue };
            let provenance = self.trace(opened, change, records)?;
            let at = |it: &Option<Provenance>| it.as_ref().map(|it| it.at_seconds);
            if newest.as_ref().is_none_or(|known| at(&known.provenance) <= at(&provenance)) {
                newest = Some(RaisedShown { reason: reason.clone(), provenance });
            }
        }
        Ok(newest)
    }
}

fn conflict(all: &[Conflict], at: &FieldPath) -> Result<Conflict, Refused> {
    let met = all.iter().find(|it| it.path == *at);
    met.cloned().ok_or_else(|| Refused::new("no-conflict", at.field.as_str()))
}

fn among(conflict: &Conflict) -> Vec<Hash> {
    let sides = conflict.candidates.iter().map(|side| side.change);
    let skipped = conflict.candidates.len().saturating_sub(SIDES_MAX);
    sides.skip(skipped).collect()
}

fn chosen(opened: &Opened, at: &FieldPath, take: Take) -> Result<Act, Refused> {
    let all = opened.document.conflicts();
    let met = conflict(&all, at)?;
    // Of a row that goes or stays, and of one that becomes two, all that met in it is settled at once.
    let of_row: Vec<Conflict> =
        all.into_iter().filter(|it| at.row.is_some() && it.path.row == at.row).collect();
    let removes = |change: &Hash| {
        at.row.is_some()
            && met.candidates.iter().any(|it| it.change == *change && it.value.is_none())
    };
    let removed = at.row.is_some() && met.candidates.iter().any(|it| it.value.is_none());
    let (edits, settled) = match take {
        Take::Side(side) if !met.candidates.iter().any(|it| it.change == side) => {
            return Err(Refused::new("unknown-side", side));
        }
        Take::Side(side) if removes(&side) => {
            let (table, row) = row_of(at)?;
            (vec![Edit::RemoveRow { table, row }], of_row)
        }
        Take::Side(_) if removed => (vec![whole_row(opened, at, &of_row)?], of_row),
        Take::Side(side) => {
            let taken = met.candidates.iter().find(|it| it.change == side);
            (vec![write(at, taken.and_then(|it| it.value.clone()))?], vec![met])
        }
        Take::Both if removed || at.row.is_none() => {
            return Err(Refused::new("not-both", at.field.as_str()));
        }
        Take::Both => (both_rows(opened, at, &met, &of_row)?, of_row),
    };
    let taken = |conflict: &Conflict| match take {
        Take::Side(side) => conflict.candidates.iter().any(|it| it.change == side).then_some(side),
        Take::Both => None,
    };
    let entries = settled.iter().map(|it| {
        let (at, among) = (it.path.clone(), among(it));
        Choice::Taken { at, taken: taken(it).filter(|side| among.contains(side)), among }
    });
    Ok((edits, entries.collect()))
}

fn row_of(at: &FieldPath) -> Result<(String, RowId), Refused> {
    let named = at.field.table().zip(at.row);
    let (table, row) = named.ok_or_else(|| Refused::new("no-conflict", at.field.as_str()))?;
    Ok((table.to_owned(), row))
}

/// The edit that writes a value at a place.
fn write(at: &FieldPath, value: Option<Value>) -> Result<Edit, Refused> {
    let field = at.field.clone();
    match (at.row, value) {
        (None, Some(value)) => Ok(Edit::Set { field, value }),
        (None, None) => Ok(Edit::Clear { field }),
        (Some(_), Some(value)) => {
            let (table, row) = row_of(at)?;
            Ok(Edit::PutRow { table, row, cells: [(field.column().to_owned(), value)].into() })
        }
        (Some(_), None) => Err(Refused::new("unknown-side", field.as_str())),
    }
}

/// A row as it was before one side removed it, with what the other wrote.
fn whole_row(opened: &Opened, at: &FieldPath, of_row: &[Conflict]) -> Result<Edit, Refused> {
    let (table, row) = row_of(at)?;
    let mut cells: BTreeMap<String, Value> = BTreeMap::new();
    for (path, writes) in opened.document.chronicle() {
        let last = writes.into_iter().rev().find_map(|write| write.value);
        if let Some(value) = last.filter(|_| path.row == at.row) {
            cells.insert(path.field.column().to_owned(), value);
        }
    }
    for conflict in of_row {
        let shown = conflict.candidates.last().and_then(|it| it.value.clone());
        cells.extend(shown.map(|value| (conflict.path.field.column().to_owned(), value)));
    }
    Ok(Edit::PutRow { table, row, cells })
}

/// The row as it is shown, and for each other side a row of its own with what that side wrote.
fn both_rows(
    opened: &Opened,
    at: &FieldPath,
    met: &Conflict,
    of_row: &[Conflict],
) -> Result<Vec<Edit>, Refused> {
    let (table, row) = row_of(at)?;
    let view = opened.document.view();
    let known = view.tables.get(&table).and_then(|rows| rows.get(&row)).cloned();
    let shown = known.unwrap_or_default();
    let value_of = |conflict: &Conflict, side: &Hash| {
        let wrote = conflict.candidates.iter().find(|it| it.change == *side);
        wrote.and_then(|it| it.value.clone())
    };
    let settled: BTreeMap<String, Value> = of_row
        .iter()
        .filter_map(|it| {
            let column = it.path.field.column().to_owned();
            Some((column.clone(), shown.get(&column)?.clone()))
        })
        .collect();
    let mut edits = vec![Edit::PutRow { table: table.clone(), row, cells: settled }];
    let last = met.candidates.last().map(|it| it.change);
    let others: BTreeSet<Hash> =
        met.candidates.iter().map(|it| it.change).filter(|it| Some(*it) != last).collect();
    for side in others {
        let mut cells = shown.clone();
        for conflict in of_row {
            if let Some(value) = value_of(conflict, &side) {
                cells.insert(conflict.path.field.column().to_owned(), value);
            }
        }
        // The same two rows wherever both are kept, so that two who do it at once make one of it.
        let digest = Hash::tagged("hoso/both/1", &[row.as_bytes(), side.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest.as_bytes()[..16]);
        edits.push(Edit::PutRow { table: table.clone(), row: RowId::from_bytes(id), cells });
    }
    Ok(edits)
}

fn undone(opened: &Opened, at: &FieldPath) -> Result<Act, Refused> {
    let document = &opened.document;
    let choices = document.choices();
    let knew = |one: &Hash, other: &Hash| document.builds_on(one, other);
    let met: BTreeSet<FieldPath> = document.conflicts().into_iter().map(|it| it.path).collect();
    let refused = || Refused::new("no-choice", at.field.as_str());
    let stands = |at: &FieldPath| {
        let last = choices.last_at(at, &knew).filter(|_| !met.contains(at));
        let taken = last.filter(|it| matches!(it.choice, Choice::Taken { .. }));
        taken.filter(|_| document.wrote_by_choice(&choices, at)).map(|it| it.change)
    };
    let change = stands(at).ok_or_else(refused)?;
    let (mut edits, mut entries) = (Vec::new(), Vec::new());
    let mut cells: BTreeMap<(String, RowId), BTreeMap<String, Value>> = BTreeMap::new();
    for Chosen { row: choice, choice: taken, .. } in choices.taken_by(&change) {
        let Choice::Taken { at, among, .. } = taken else { continue };
        if stands(at) != Some(change) {
            return Err(refused());
        }
        let shown = among.last().copied().unwrap_or(Hash::ZERO);
        let history = document.history(at);
        let value = history.into_iter().find(|it| it.change == shown).and_then(|write| write.value);
        match (at.row, value) {
            (Some(_), Some(value)) => {
                let row = cells.entry(row_of(at)?).or_default();
                row.insert(at.field.column().to_owned(), value);
            }
            (_, value) => edits.push(write(at, value)?),
        }
        entries.push(Choice::Undone { choice: *choice });
    }
    // Rows that keeping both had added go again.
    for edit in document.edits_of(&change).unwrap_or_default() {
        if let Edit::PutRow { table, row, .. } = edit
            && Reserved::named(&table).is_none()
            && !cells.contains_key(&(table.clone(), row))
        {
            edits.push(Edit::RemoveRow { table, row });
        }
    }
    edits.extend(cells.into_iter().map(|((table, row), cells)| Edit::PutRow { table, row, cells }));
    Ok((edits, entries))
}
