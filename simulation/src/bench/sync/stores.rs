//! The stores of both sides before a case: filled from the corpus, or made to differ.

use std::path::Path;
use std::sync::Arc;

use node::environment::{Clock as _, RealDisk, SystemClock};
use node::store::{Store, StoreOptions};
use protocol::{
    Answer, Command, Core, Effect, Event, Moment, Op, Table, codec, core::ListRow,
    holding::StoredParcel,
};

use super::side;
use crate::workload::{Cast, Corpus, HUB, LEAF, Record, dossier_id, mutation, mutation_meta};

/// Dossiers written with one sync.
const TOGETHER: usize = 256;

/// Founds a node's store without dossiers.
pub(in crate::bench) fn found(cast: &Cast, place: usize, home: &Path) -> anyhow::Result<Store> {
    let mut store =
        Store::create(Arc::new(RealDisk), home, &side::vault(), StoreOptions::default())?;
    store.stage(&Core::found(Cast::present_life(place), &cast.entries, &cast.tree))?;
    store.commit()?;
    Ok(store)
}

/// Writes the first `dossiers` of the corpus into a store, as if they had been made there.
pub(in crate::bench) fn fill(
    store: &mut Store,
    corpus: &Corpus,
    dossiers: u64,
) -> anyhow::Result<()> {
    for record in corpus.records()?.take(usize::try_from(dossiers)?) {
        store.stage(&rows(record?))?;
        if store.staged() >= TOGETHER {
            store.commit()?;
        }
    }
    store.commit()?;
    Ok(())
}

fn rows(record: Record) -> Vec<Op> {
    let Record { id, parcel, holding } = record;
    let key = id.as_bytes().to_vec();
    let stored = StoredParcel { from: None, unit: holding.unit.clone(), parcel };
    let listing = ListRow {
        dossier: id,
        unit: holding.unit.clone(),
        name: String::new(),
        staff_code: String::new(),
        birth_date: String::new(),
        changes: holding.changes,
        conflicts: 0,
        status: None,
        unreviewed: Some(false),
    };
    let mut ops = vec![
        Op::publish(Table::Copy, key.clone(), codec::encode(&stored)),
        Op::put(Table::Listing, key.clone(), codec::encode(&listing)),
        Op::put(Table::Dossier, key, codec::encode(&holding)),
    ];
    for line in &holding.lines {
        let place = codec::encode(&(id, line.actor, line.sequence));
        ops.push(Op::put(Table::Tip, line.tip.as_bytes().to_vec(), place));
    }
    ops
}

/// Takes a node's cursor into its neighbour's feed away and changes these dossiers at it.
pub(super) fn estrange(
    cast: &Cast,
    place: usize,
    home: &Path,
    changed: &[u64],
) -> anyhow::Result<()> {
    let (mut store, mut core) = side::open(cast, place, home)?;
    let neighbour = cast.members[HUB + LEAF - place].node;
    store.stage(&[Op::remove(Table::Cursor, neighbour.as_bytes().to_vec())])?;
    for &index in changed {
        let (dossier, edits) = (dossier_id(index), mutation(index));
        let command = Box::new(Command::Edit { dossier, edits, meta: mutation_meta(place) });
        let at = Moment { now: SystemClock.now(), seed: [0; 32] };
        let event = Event::Command { request: index, command };
        for effect in core.handle(at, event, &store, &cast.members[place].change_key)? {
            match effect {
                Effect::Commit(ops) => store.stage(&ops)?,
                Effect::Answer { answer, .. } => {
                    anyhow::ensure!(matches!(*answer, Answer::Edited { .. }), "{answer:?}");
                }
                _ => {}
            }
        }
    }
    store.close()?;
    Ok(())
}
