//! Spelling changes again as their authors did, to hash them.

use hexane::{DeltaEncoder, Encoder, EncoderApi};
use sha2::{Digest, Sha256};

use super::super::ChangeHeader;
use super::{Authorship, Change, Operation};
use crate::{ActorId, Hash};

/// The header of every change, its hash computed from the operations.
pub(super) fn headers(
    authorship: &Authorship<'_>,
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
struct Speller {
    columns: Vec<u8>,
    table: Vec<(u64, u64)>,
    head: Vec<u8>,
    body: Vec<u8>,
    others: Vec<u32>,
}

impl Speller {
    fn hash(
        &mut self,
        authorship: &Authorship<'_>,
        change: &Change,
        operations: &[Operation<'_>],
        deps: &[Hash],
    ) -> Option<Hash> {
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
            unsigned(body, *spec);
            unsigned(body, *length);
        }
        body.extend_from_slice(columns);
        head.clear();
        head.push(1);
        unsigned(head, body.len() as u64);
        let digest: [u8; 32] =
            Sha256::new().chain_update(&*head).chain_update(&*body).finalize().into();
        Some(Hash::from_bytes(digest))
    }

    /// Lists the actors that operations name beside the author, in the order of their ids.
    fn name_others(
        &mut self,
        authorship: &Authorship<'_>,
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
        self.others.sort_unstable();
    }

    fn spell_columns(
        &mut self,
        authorship: &Authorship<'_>,
        change: &Change,
        operations: &[Operation<'_>],
    ) {
        let Self { columns: out, table, others, .. } = self;
        let index = |counter: u32| {
            let named = authorship.author(counter)?;
            let other = others.iter().position(|other| *other == named);
            Some(other.filter(|_| named != change.actor).map_or(0, |at| at as u64 + 1))
        };
        let made = |one: &Operation<'_>| (one.object > 0).then_some(u64::from(one.object));
        let over = || operations.iter().map(|one| one.overwrites).filter(|over| *over > 0);
        out.clear();
        table.clear();
        let mut starts = 0;
        let mut column = |spec: u64, out: &Vec<u8>, always: bool| {
            let length = out.len() - starts;
            starts = out.len();
            if always || length > 0 {
                table.push((spec, length as u64));
            }
        };
        let actors = operations.iter().map(|one| index(one.object));
        Encoder::<Option<u64>>::encode_to_unless(out, actors, None);
        column(1, out, false);
        Encoder::<Option<u64>>::encode_to_unless(out, operations.iter().map(made), None);
        column(2, out, false);
        Encoder::<Option<String>>::encode_to_unless(
            out,
            operations.iter().map(|one| Some(one.key)),
            None,
        );
        column(21, out, false);
        Encoder::<bool>::encode_to(out, operations.iter().map(|_| false));
        column(52, out, true);
        Encoder::<u64>::encode_to(out, operations.iter().map(|one| one.action));
        column(66, out, true);
        Encoder::<u64>::encode_to(out, operations.iter().map(|one| one.meta));
        column(86, out, true);
        operations.iter().for_each(|one| out.extend_from_slice(one.value));
        column(87, out, false);
        let counts = operations.iter().map(|one| u64::from(one.overwrites > 0));
        Encoder::<u64>::encode_to(out, counts);
        column(112, out, true);
        Encoder::<u64>::encode_to(out, over().filter_map(index));
        column(113, out, false);
        DeltaEncoder::<i64>::encode_to(out, over().map(i64::from));
        column(115, out, false);
    }
}

pub(super) fn actor(out: &mut Vec<u8>, actor: &ActorId) {
    unsigned(out, ActorId::LENGTH as u64);
    out.extend(actor.as_bytes());
}

/// Unsigned LEB128.
pub(super) fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Signed LEB128.
fn signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let byte = number as u8 & 0x7f;
        number >>= 7;
        let done = (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0);
        if done {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}
