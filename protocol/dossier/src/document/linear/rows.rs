//! From columns to operations, in the order of places.

use super::rules::Rules;
use super::runs::{deltas, numbers, optional, spell_numbers, texts, unsigned};
use super::standing::{Place, Standing};
use super::{Authorship, Change, DELETE, Operation, spec};
use crate::precheck::SavedColumns;

/// Every operation by its counter, and what stands in the end.
pub(super) struct Operations<'a> {
    pub(super) operations: Vec<Operation<'a>>,
    pub(super) standing: Standing<'a>,
}

/// What Automerge notes of a change that carries nothing beside its operations: zero bytes.
const NO_BYTES: u64 = 7;

/// Reads the changes of a document in which each depends on the one before.
pub(super) fn changes(columns: &SavedColumns<'_>) -> Option<Vec<Change>> {
    let all = columns.changes.iter().chain(&columns.operations);
    if all.clone().any(|(_, data)| data.is_empty()) {
        return None;
    }
    let actors = numbers(columns.change_column(spec::AUTHOR))?;
    let rows = actors.len();
    let seqs = deltas(columns.change_column(spec::SEQ), rows)?;
    let lasts = deltas(columns.change_column(spec::MAX_OP), rows)?;
    let times = deltas(columns.change_column(spec::TIME), rows)?;
    let mut notes = Vec::new();
    spell_numbers(&mut notes, rows, |_| NO_BYTES);
    if !columns.change_column(spec::MESSAGE).is_empty()
        || columns.change_column(spec::NOTE_META) != notes
    {
        return None;
    }
    let counts = numbers(columns.change_column(spec::DEPS_COUNT))?;
    let named = counts.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count))?;
    let named = usize::try_from(named).ok()?;
    let mut parents = deltas(columns.change_column(spec::DEPS), named)?.into_iter();
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

/// Reads every operation, checks it against the rules, and finds what it overwrites: in a linear
/// history at most one writing stands at a place, and the next one names it.
pub(super) fn read<'a>(
    columns: &'a SavedColumns<'_>,
    authorship: &Authorship,
) -> Option<Operations<'a>> {
    let mut rows = Rows::read(columns)?;
    let mut table = Table::new(authorship);
    for row in 0..rows.actions.len() {
        let object = match (rows.object_actors[row], rows.object_counters[row]) {
            (None, None) => 0,
            (Some(actor), Some(counter)) => authorship.made(actor, i64::try_from(counter).ok()?)?,
            _ => return None,
        };
        let counter = authorship.made(rows.authors[row], rows.counters[row])?;
        let meta = rows.metas[row];
        let (value, rest) = rows.values.split_at_checked(usize::try_from(meta >> 4).ok()?)?;
        rows.values = rest;
        let overwritten_by = match rows.overwritten[row] {
            0 => 0,
            1 => authorship.made(rows.overwriters.next()?, rows.overwriting.next()?)?,
            _ => return None,
        };
        let (key, action) = (rows.keys[row], rows.actions[row]);
        let operation = Operation { object, key, action, meta, value, overwrites: 0 };
        table.row(counter, operation, overwritten_by)?;
    }
    table.finish()
}

/// The columns of operations, of one length.
struct Rows<'a> {
    object_actors: Vec<Option<u64>>,
    object_counters: Vec<Option<u64>>,
    keys: Vec<&'a str>,
    authors: Vec<u64>,
    counters: Vec<i64>,
    actions: Vec<u64>,
    metas: Vec<u64>,
    values: &'a [u8],
    /// How many operations overwrite each, and which.
    overwritten: Vec<u64>,
    overwriters: std::vec::IntoIter<u64>,
    overwriting: std::vec::IntoIter<i64>,
}

impl<'a> Rows<'a> {
    fn read(columns: &'a SavedColumns<'_>) -> Option<Self> {
        let column = |spec| columns.operation_column(spec);
        let actions = numbers(column(spec::ACTION))?;
        let rows = actions.len();
        let overwriters = numbers(column(spec::SUCC_ACTOR))?;
        let overwriting = deltas(column(spec::SUCC_COUNTER), overwriters.len())?;
        let all = Self {
            object_actors: optional(column(spec::OBJECT_ACTOR), rows)?,
            object_counters: optional(column(spec::OBJECT_COUNTER), rows)?,
            keys: texts(column(spec::KEY))?,
            authors: numbers(column(spec::ID_ACTOR))?,
            counters: deltas(column(spec::ID_COUNTER), rows)?,
            actions,
            metas: numbers(column(spec::VALUE_META))?,
            values: column(spec::VALUE),
            overwritten: numbers(column(spec::SUCC_COUNT))?,
            overwriters: overwriters.into_iter(),
            overwriting: overwriting.into_iter(),
        };
        let lengths = [all.keys.len(), all.authors.len(), all.metas.len(), all.overwritten.len()];
        let alike = lengths.iter().all(|length| *length == rows);
        (alike && writes_maps(columns, rows)).then_some(all)
    }
}

/// Whether map keys are the only keys, and nothing is inserted or marked.
fn writes_maps(columns: &SavedColumns<'_>, rows: usize) -> bool {
    let column = |spec| columns.operation_column(spec);
    let mut inserts = Vec::new();
    unsigned(&mut inserts, rows as u64);
    let others = [spec::KEY_ACTOR, spec::KEY_COUNTER, spec::EXPAND, spec::MARK];
    column(spec::INSERT) == inserts && others.iter().all(|spec| column(*spec).is_empty())
}

/// The operations gathered so far, and the place the last row stood at.
struct Table<'a, 'b> {
    operations: Vec<Option<Operation<'a>>>,
    standing: Standing<'a>,
    rules: Rules<'a, 'b>,
    last: Option<(Place<'a>, u32)>,
    /// Counter of what overwrites the last row; 0 for none.
    overwritten_by: u32,
}

impl<'a, 'b> Table<'a, 'b> {
    fn new(authorship: &'b Authorship) -> Self {
        Self {
            operations: vec![None; authorship.of.len()],
            standing: Standing::default(),
            rules: Rules::new(authorship),
            last: None,
            overwritten_by: 0,
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
                let operations = &self.operations;
                let made = |counter: u32| *operations.get(counter.checked_sub(1)? as usize)?;
                self.rules.enter(row.object, row.key, made)?;
            }
        }
        self.rules.check(counter, &row)?;
        self.put(counter, row)?;
        self.last = Some((place, counter));
        self.overwritten_by = overwritten_by;
        Some(())
    }

    /// Ends a place: what overwrites its last row and is no row itself deletes it.
    fn leave(&mut self) -> Option<()> {
        match self.last {
            Some((last, before)) if self.overwritten_by > 0 => self.delete(last, before),
            Some((last, before)) => {
                self.standing.end(last, before);
                Some(())
            }
            None => Some(()),
        }
    }

    fn delete(&mut self, place: Place<'a>, overwrites: u32) -> Option<()> {
        let deletion = Operation::deletion(place, overwrites);
        self.rules.check(self.overwritten_by, &deletion)?;
        self.put(self.overwritten_by, deletion)
    }

    fn put(&mut self, counter: u32, operation: Operation<'a>) -> Option<()> {
        let slot = self.operations.get_mut(counter.checked_sub(1)? as usize)?;
        slot.replace(operation).is_none().then_some(())
    }

    fn finish(mut self) -> Option<Operations<'a>> {
        self.leave()?;
        let operations = self.operations.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Operations { operations, standing: self.standing })
    }
}
