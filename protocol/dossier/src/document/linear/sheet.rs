//! A linear history taken from its columns, to which further changes are appended.
//!
//! **Invariant:** a change is appended when [`Document::apply`](super::super::Document::apply) would
//! apply it to the document of that history, and the history stays linear by it. Whatever is not
//! sure is not appended.

use super::rules::{FIELDS, Rules};
use super::runs::{deltas, numbers, optional, texts};
use super::standing::{Place, Standing};
use super::{
    Authorship, Change, ChangeHeader, DELETE, KEYS_MAX, Operation, chunk, rows, spec, value,
};
use crate::precheck::{self, OpenedChange, SavedColumns};
use crate::{Hash, Value};

/// Operations of one change that is appended here.
const OPERATIONS_MAX: u64 = 512;

/// The changes of a history, their operations by counter, and what stands after them.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) authorship: Authorship,
    pub(super) operations: Vec<Operation<'a>>,
    pub(super) standing: Standing<'a>,
    /// The hashes of all changes, once one was asked for.
    hashes: Vec<Hash>,
}

impl<'a> Sheet<'a> {
    /// Reads a history; the hashes of its changes are not looked at.
    pub(super) fn read(columns: &'a SavedColumns<'_>) -> Option<Self> {
        let authorship = Authorship::read(columns)?;
        let rows::Operations { operations, standing } = rows::read(columns, &authorship)?;
        Some(Self { authorship, operations, standing, hashes: Vec::new() })
    }

    /// Takes the hashes of all changes, which somebody computed already.
    pub(super) fn remember(&mut self, hashes: Vec<Hash>) {
        self.hashes = hashes;
    }

    /// The values that stand in single fields.
    pub(super) fn values(&self, fields: &[&str]) -> Vec<Option<Value>> {
        let stands = |key: &&str| {
            let counter = self.standing.at(Place { object: FIELDS, key });
            let operation = self.operation(counter)?;
            value(operation.meta, operation.value)
        };
        fields.iter().map(stands).collect()
    }

    /// An operation by its counter.
    pub(super) fn operation(&self, counter: u32) -> Option<Operation<'a>> {
        self.operations.get(counter.checked_sub(1)? as usize).copied()
    }

    /// Appends a change that knows all before it, of which `head` is the last; `None` leaves the
    /// sheet unusable.
    pub(super) fn append(&mut self, bytes: &'a [u8], head: Hash) -> Option<ChangeHeader> {
        let opened = precheck::open_change(bytes).ok()?;
        let header = ChangeHeader::of(&opened.outline);
        let first = self.begin(&header, head)?;
        let incoming = Incoming::read(&opened, &self.authorship, header.op_count)?;
        self.take_in(first, incoming)?;
        let change = self.authorship.changes.last()?;
        let own = self.operations.get(first as usize - 1..)?;
        // The spelling tells that nothing in the bytes was passed over.
        let spelled =
            chunk::Speller::default().hash(&self.authorship, change, own, &header.deps)?;
        if !self.hashes.is_empty() {
            self.hashes.push(spelled);
        }
        (spelled == header.hash).then_some(header)
    }

    /// Continues the author's line and the counters; answers the first counter.
    fn begin(&mut self, header: &ChangeHeader, head: Hash) -> Option<u32> {
        let actor = self.authorship.index_or_new(&header.actor);
        let own_last = self.authorship.last_of(actor);
        let next = own_last.map_or(1, |last| self.authorship.changes[last].seq + 1);
        let first = u32::try_from(self.authorship.of.len()).ok()? + 1;
        let last = u32::try_from(u64::from(first) + header.op_count).ok()?.checked_sub(1)?;
        if header.deps.len() > 2
            || header.op_count > OPERATIONS_MAX
            || header.seq != next
            || header.start_op != u64::from(first)
            || last < first
            || last as usize > KEYS_MAX
        {
            return None;
        }
        let before = self.authorship.changes.len().checked_sub(1)?;
        let mut deps = Vec::with_capacity(header.deps.len());
        for dep in &header.deps {
            // Automerge also names the author's last change.
            let own = |sheet: &mut Self| own_last.filter(|last| sheet.hash_of(*last) == Some(*dep));
            deps.push(if *dep == head { before } else { own(self)? });
        }
        if !deps.contains(&before) {
            return None;
        }
        self.authorship.of.resize(last as usize, actor);
        let (seq, time_seconds) = (header.seq, header.time_seconds);
        self.authorship.changes.push(Change { actor, seq, first, last, time_seconds, deps });
        Some(first)
    }

    /// The hash of a change; every change is spelled for the first that is asked for.
    pub(super) fn hash_of(&mut self, position: usize) -> Option<Hash> {
        if self.hashes.is_empty() {
            let headers = chunk::headers(&self.authorship, &self.operations)?;
            self.hashes = headers.iter().map(|header| header.hash).collect();
        }
        self.hashes.get(position).copied()
    }

    /// Takes in the operations of a change, each by the rules of its place and over what stands
    /// there.
    fn take_in(&mut self, first: u32, incoming: Vec<Operation<'a>>) -> Option<()> {
        let Self { authorship, operations, standing, .. } = self;
        let mut rules = Rules::new(authorship);
        for (operation, counter) in incoming.into_iter().zip(first..) {
            let place = Place { object: operation.object, key: operation.key };
            let made = |counter: u32| operations.get(counter.checked_sub(1)? as usize).copied();
            rules.enter(place.object, place.key, made)?;
            rules.check(counter, &operation)?;
            if operation.overwrites != standing.at(place) {
                return None;
            }
            if operation.action == DELETE {
                if operation.overwrites == 0 || operation.meta != 0 {
                    return None;
                }
                standing.delete(place);
            } else {
                standing.write(place, counter);
            }
            operations.push(operation);
        }
        Some(())
    }
}

/// The columns of a change, of one length.
struct Incoming;

impl Incoming {
    /// Reads the operations of the newest change of `authorship`.
    fn read<'a>(
        opened: &OpenedChange<'a>,
        authorship: &Authorship,
        count: u64,
    ) -> Option<Vec<Operation<'a>>> {
        let author = authorship.changes.last()?.actor;
        let others = opened.others().map(|other| authorship.index(&other));
        let actors: Vec<u32> =
            std::iter::once(Some(author)).chain(others).collect::<Option<_>>()?;
        let made = |actor: u64, counter: i64| {
            let actor = actors.get(usize::try_from(actor).ok()?)?;
            authorship.made(u64::from(*actor), counter)
        };
        let rows = usize::try_from(count).ok()?;
        let object_actors = optional(opened.column(spec::OBJECT_ACTOR), rows)?;
        let object_counters = optional(opened.column(spec::OBJECT_COUNTER), rows)?;
        let keys = texts(opened.column(spec::KEY))?;
        let actions = numbers(opened.column(spec::ACTION))?;
        let metas = numbers(opened.column(spec::VALUE_META))?;
        let overwriting = numbers(opened.column(spec::PRED_COUNT))?;
        let over_actors = numbers(opened.column(spec::PRED_ACTOR))?;
        let over_counters = deltas(opened.column(spec::PRED_COUNTER), over_actors.len())?;
        let lengths = [keys.len(), actions.len(), metas.len(), overwriting.len()];
        if lengths.iter().any(|length| *length != rows) {
            return None;
        }
        let mut overwritten = over_actors.into_iter().zip(over_counters);
        let mut values = opened.column(spec::VALUE);
        let mut operations = Vec::with_capacity(rows);
        for row in 0..rows {
            let object = match (object_actors[row], object_counters[row]) {
                (None, None) => 0,
                (Some(actor), Some(counter)) => made(actor, i64::try_from(counter).ok()?)?,
                _ => return None,
            };
            let overwrites = match overwriting[row] {
                0 => 0,
                1 => overwritten.next().and_then(|(actor, counter)| made(actor, counter))?,
                _ => return None,
            };
            let (key, action, meta) = (keys[row], actions[row], metas[row]);
            let (value, rest) = values.split_at_checked(usize::try_from(meta >> 4).ok()?)?;
            values = rest;
            operations.push(Operation { object, key, action, meta, value, overwrites });
        }
        Some(operations)
    }
}
