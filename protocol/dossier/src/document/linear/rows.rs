//! From columns to operations, in the order of places.

use super::rules::Rules;
use super::runs::{deltas, numbers, optional, spell_numbers, texts, unsigned};
use super::{Authorship, Change, DELETE, Operation, value};
use crate::precheck::SavedColumns;

/// Every operation by its counter, and the present values asked for.
pub(super) struct Operations<'a> {
    pub(super) operations: Vec<Operation<'a>>,
    pub(super) wanted: Vec<Option<crate::Value>>,
}

/// What Automerge notes of a change that carries nothing beside its operations: zero bytes.
const NO_BYTES: u64 = 7;

/// Reads the changes of a document in which each depends on the one before.
pub(super) fn changes(columns: &SavedColumns<'_>) -> Option<Vec<Change>> {
    let all = columns.changes.iter().chain(&columns.operations);
    if all.clone().any(|(_, data)| data.is_empty()) {
        return None;
    }
    let actors = numbers(columns.change_column(1))?;
    let rows = actors.len();
    let seqs = deltas(columns.change_column(3), rows)?;
    let lasts = deltas(columns.change_column(19), rows)?;
    let times = deltas(columns.change_column(35), rows)?;
    let mut notes = Vec::new();
    spell_numbers(&mut notes, rows, |_| NO_BYTES);
    if !columns.change_column(53).is_empty() || columns.change_column(86) != notes {
        return None;
    }
    let counts = numbers(columns.change_column(64))?;
    let named =
        usize::try_from(counts.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count))?)
            .ok()?;
    let mut parents = deltas(columns.change_column(67), named)?.into_iter();
    let mut counts = counts.into_iter();
    let mut changes = Vec::with_capacity(rows);
    let mut first = 1;
    for (row, actor) in actors.into_iter().enumerate() {
        let last = u32::try_from(lasts[row]).ok()?;
        let seq = u64::try_from(seqs[row]).ok()?;
        let count = usize::try_from(counts.next()?).ok()?;
        let deps: Vec<usize> =
            parents.by_ref().take(count).filter_map(|dep| usize::try_from(dep).ok()).collect();
        if deps.len() != count || !follows(&deps, row) {
            return None;
        }
        let actor = u32::try_from(actor).ok()?;
        changes.push(Change { actor, seq, first, last, time_seconds: times[row], deps });
        first = last.checked_add(1)?;
    }
    Some(changes)
}

/// Whether a change builds on the one before it; Automerge also names its author's last one.
fn follows(deps: &[usize], row: usize) -> bool {
    match row.checked_sub(1) {
        None => deps.is_empty(),
        Some(before) => {
            deps.len() <= 2
                && deps.contains(&before)
                && deps.iter().filter(|dep| **dep == before).count() == 1
                && deps.iter().all(|dep| *dep <= before)
        }
    }
}

/// Where a row stands, in the order of a saved document: maps by their maker, keys by their bytes.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct Place<'a> {
    object: u32,
    key: &'a str,
}

/// Reads every operation, checks it against the rules, and finds what it overwrites: in a linear
/// history at most one writing stands at a place, and the next one names it.
pub(super) fn read<'a>(
    columns: &'a SavedColumns<'_>,
    authorship: &Authorship<'_>,
    wanted: &[&str],
) -> Option<Operations<'a>> {
    let column = |spec| columns.operation_column(spec);
    let actions = numbers(column(66))?;
    let rows = actions.len();
    let object_actors = optional(column(1), rows)?;
    let object_counters = optional(column(2), rows)?;
    let keys = texts(column(21))?;
    let authors = numbers(column(33))?;
    let ids = deltas(column(35), rows)?;
    let metas = numbers(column(86))?;
    let counts = numbers(column(128))?;
    let mut followers = numbers(column(129))?.into_iter();
    let mut following = deltas(column(131), followers.len())?.into_iter();
    let mut values = column(87);
    let alike = [keys.len(), authors.len(), metas.len(), counts.len()];
    if alike.iter().any(|length| *length != rows) || !writes_maps(columns, rows) {
        return None;
    }

    let mut table = Table::new(authorship, wanted);
    for row in 0..rows {
        let object = match (object_actors[row], object_counters[row]) {
            (None, None) => 0,
            (Some(actor), Some(counter)) => {
                let counter = u32::try_from(counter).ok()?;
                (u64::from(authorship.author(counter)?) == actor).then_some(counter)?
            }
            _ => return None,
        };
        let counter = u32::try_from(ids[row]).ok()?;
        if u64::from(authorship.author(counter)?) != authors[row] {
            return None;
        }
        let meta = metas[row];
        let (bytes, rest) = values.split_at_checked(usize::try_from(meta >> 4).ok()?)?;
        values = rest;
        let overwritten_by = match counts[row] {
            0 => 0,
            1 => {
                let next = u32::try_from(following.next()?).ok()?;
                (u64::from(authorship.author(next)?) == followers.next()?).then_some(next)?
            }
            _ => return None,
        };
        let (key, action) = (keys[row], actions[row]);
        let operation = Operation { object, key, action, meta, value: bytes, overwrites: 0 };
        table.row(counter, operation, overwritten_by)?;
    }
    table.finish()
}

/// Whether map keys are the only keys, and nothing is inserted or marked.
fn writes_maps(columns: &SavedColumns<'_>, rows: usize) -> bool {
    let column = |spec| columns.operation_column(spec);
    let mut inserts = Vec::new();
    unsigned(&mut inserts, rows as u64);
    column(52) == inserts && [17, 19, 148, 165].iter().all(|spec| column(*spec).is_empty())
}

/// The operations gathered so far, and the place the last row stood at.
struct Table<'a, 'b> {
    operations: Vec<Option<Operation<'a>>>,
    rules: Rules<'a, 'b>,
    last: Option<(Place<'a>, u32)>,
    /// Counter of what overwrites the last row; 0 for none.
    overwritten_by: u32,
    names: &'b [&'b str],
    wanted: Vec<Option<crate::Value>>,
}

impl<'a, 'b> Table<'a, 'b> {
    fn new(authorship: &'b Authorship<'_>, names: &'b [&'b str]) -> Self {
        Self {
            operations: vec![None; authorship.of.len()],
            rules: Rules::new(authorship),
            last: None,
            overwritten_by: 0,
            names,
            wanted: vec![None; names.len()],
        }
    }

    fn row(&mut self, counter: u32, mut row: Operation<'a>, overwritten_by: u32) -> Option<()> {
        if row.action == DELETE || (overwritten_by > 0 && overwritten_by <= counter) {
            return None;
        }
        let place = Place { object: row.object, key: row.key };
        match self.last {
            Some((last, before)) if last == place => {
                // Whatever stood here was overwritten by this row, or deleted before it.
                if before >= counter || self.overwritten_by == 0 || self.overwritten_by > counter {
                    return None;
                }
                if self.overwritten_by == counter {
                    row.overwrites = before;
                } else {
                    self.delete(last, before)?;
                }
            }
            Some((last, _)) if last > place => return None,
            _ => {
                self.leave()?;
                self.rules.enter(row.object, row.key, &self.operations)?;
            }
        }
        self.rules.check(counter, &row)?;
        if overwritten_by == 0 && self.rules.in_fields() {
            self.show(&row);
        }
        self.put(counter, row)?;
        self.last = Some((place, counter));
        self.overwritten_by = overwritten_by;
        Some(())
    }

    /// Ends a place: what overwrites its last row and is no row itself deletes it.
    fn leave(&mut self) -> Option<()> {
        match self.last {
            Some((last, before)) if self.overwritten_by > 0 => self.delete(last, before),
            _ => Some(()),
        }
    }

    fn delete(&mut self, place: Place<'a>, overwrites: u32) -> Option<()> {
        let Place { object, key } = place;
        let deletion = Operation { object, key, action: DELETE, meta: 0, value: &[], overwrites };
        self.rules.check(self.overwritten_by, &deletion)?;
        self.put(self.overwritten_by, deletion)
    }

    fn put(&mut self, counter: u32, operation: Operation<'a>) -> Option<()> {
        let slot = self.operations.get_mut(counter.checked_sub(1)? as usize)?;
        slot.replace(operation).is_none().then_some(())
    }

    fn show(&mut self, row: &Operation<'a>) {
        if let Some(at) = self.names.iter().position(|name| *name == row.key) {
            self.wanted[at] = value(row.meta, row.value);
        }
    }

    fn finish(mut self) -> Option<Operations<'a>> {
        self.leave()?;
        let operations = self.operations.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Operations { operations, wanted: self.wanted })
    }
}
