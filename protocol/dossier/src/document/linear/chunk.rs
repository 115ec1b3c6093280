//! Spelling changes again as their authors did, to hash them.

use sha2::{Digest, Sha256};

use super::super::ChangeHeader;
use super::runs::{signed, spell, spell_deltas, spell_numbers, unsigned};
use super::{Authorship, Change, Operation, spec};
use crate::{ActorId, Hash, precheck};

/// The header of every change, its hash computed from the operations.
pub(super) fn headers(
    authorship: &Authorship,
    operations: &[Operation<'_>],
) -> Option<Vec<ChangeHeader>> {
    let mut headers: Vec<ChangeHeader> = Vec::with_capacity(authorship.changes.len());
    let mut speller = Speller::default();
    for change in &authorship.changes {
        let own = operations.get(change.first as usize - 1..change.last as usize)?;
        let deps: Vec<Hash> = change.deps.iter().map(|dep| headers[*dep].hash).collect();
        let hash = speller.hash(authorship, change, own, &deps)?;
        headers.push(ChangeHeader {
            hash,
            actor: *authorship.actors.get(change.actor as usize)?,
            seq: change.seq,
            start_op: u64::from(change.first),
            op_count: own.len() as u64,
            time_seconds: change.time_seconds,
            deps,
        });
    }
    Some(headers)
}

/// Buffers that serve one change after the other.
#[derive(Default)]
pub(super) struct Speller {
    columns: Vec<u8>,
    /// Specification and length of each column, in order.
    table: Vec<(u32, u64)>,
    head: Vec<u8>,
    body: Vec<u8>,
    others: Vec<u32>,
}

impl Speller {
    /// The hash of a change.
    pub(super) fn hash(
        &mut self,
        authorship: &Authorship,
        change: &Change,
        operations: &[Operation<'_>],
        deps: &[Hash],
    ) -> Option<Hash> {
        self.spell(authorship, change, operations, deps)?;
        let digest: [u8; 32] =
            Sha256::new().chain_update(&self.head).chain_update(&self.body).finalize().into();
        Some(Hash::from_bytes(digest))
    }

    /// The whole chunk of a change.
    pub(super) fn chunk(
        &mut self,
        authorship: &Authorship,
        change: &Change,
        operations: &[Operation<'_>],
        deps: &[Hash],
    ) -> Option<Vec<u8>> {
        let hash = self.hash(authorship, change, operations, deps)?;
        let (magic, checksum) = (&precheck::MAGIC[..], &hash.as_bytes()[..4]);
        Some([magic, checksum, &self.head, &self.body].concat())
    }

    /// Spells a change into `head` and `body`, which its hash covers.
    fn spell(
        &mut self,
        authorship: &Authorship,
        change: &Change,
        operations: &[Operation<'_>],
        deps: &[Hash],
    ) -> Option<()> {
        self.name_others(authorship, change, operations);
        self.spell_columns(authorship, change, operations);
        let Self { columns, table, head, body, others } = self;
        body.clear();
        unsigned(body, deps.len() as u64);
        deps.iter().for_each(|dep| body.extend(dep.as_bytes()));
        actor(body, authorship.actors.get(change.actor as usize)?);
        unsigned(body, change.seq);
        unsigned(body, u64::from(change.first));
        signed(body, change.time_seconds);
        unsigned(body, 0);
        unsigned(body, others.len() as u64);
        for other in others.iter() {
            actor(body, authorship.actors.get(*other as usize)?);
        }
        unsigned(body, table.len() as u64);
        for (spec, length) in table.iter() {
            unsigned(body, u64::from(*spec));
            unsigned(body, *length);
        }
        body.extend_from_slice(columns);
        head.clear();
        head.push(1);
        unsigned(head, body.len() as u64);
        Some(())
    }

    /// Lists the actors that operations name beside the author, in the order of their ids.
    fn name_others(
        &mut self,
        authorship: &Authorship,
        change: &Change,
        operations: &[Operation<'_>],
    ) {
        self.others.clear();
        for operation in operations {
            for counter in [operation.object, operation.overwrites] {
                let named = authorship.author(counter).filter(|named| *named != change.actor);
                if let Some(named) = named.filter(|named| !self.others.contains(named)) {
                    self.others.push(named);
                }
            }
        }
        self.others.sort_unstable_by_key(|other| authorship.actors.get(*other as usize));
    }

    fn spell_columns(
        &mut self,
        authorship: &Authorship,
        change: &Change,
        operations: &[Operation<'_>],
    ) {
        let Self { columns: out, table, others, .. } = self;
        let index = |counter: u32| {
            let named = authorship.author(counter)?;
            let other = others.iter().position(|other| *other == named);
            Some(other.filter(|_| named != change.actor).map_or(0, |at| at as u64 + 1))
        };
        let rows = operations.len();
        let over: Vec<u32> =
            operations.iter().map(|one| one.overwrites).filter(|over| *over > 0).collect();
        out.clear();
        table.clear();
        let mut start = 0;
        let mut column = |spec: u32, out: &Vec<u8>| {
            table.push((spec, (out.len() - start) as u64));
            start = out.len();
        };
        if operations.iter().any(|one| one.object > 0) {
            let number = |out: &mut Vec<u8>, number: &u64| unsigned(out, *number);
            spell(out, rows, |row| index(operations[row].object), number);
            column(spec::OBJECT_ACTOR, out);
            let made =
                |row: usize| Some(u64::from(operations[row].object)).filter(|made| *made > 0);
            spell(out, rows, made, number);
            column(spec::OBJECT_COUNTER, out);
        }
        spell(
            out,
            rows,
            |row| Some(operations[row].key),
            |out, key| {
                unsigned(out, key.len() as u64);
                out.extend_from_slice(key.as_bytes());
            },
        );
        column(spec::KEY, out);
        unsigned(out, rows as u64);
        column(spec::INSERT, out);
        spell_numbers(out, rows, |row| operations[row].action);
        column(spec::ACTION, out);
        spell_numbers(out, rows, |row| operations[row].meta);
        column(spec::VALUE_META, out);
        if operations.iter().any(|one| !one.value.is_empty()) {
            operations.iter().for_each(|one| out.extend_from_slice(one.value));
            column(spec::VALUE, out);
        }
        spell_numbers(out, rows, |row| u64::from(operations[row].overwrites > 0));
        column(spec::PRED_COUNT, out);
        if !over.is_empty() {
            spell_numbers(out, over.len(), |row| index(over[row]).unwrap_or_default());
            column(spec::PRED_ACTOR, out);
            let sums: Vec<i64> = over.iter().map(|counter| i64::from(*counter)).collect();
            spell_deltas(out, &sums);
            column(spec::PRED_COUNTER, out);
        }
    }
}

pub(super) fn actor(out: &mut Vec<u8>, actor: &ActorId) {
    unsigned(out, ActorId::LENGTH as u64);
    out.extend(actor.as_bytes());
}
