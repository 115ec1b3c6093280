//! Finds dossiers by what was done in them, so that a question opens those alone that answer it.
//!
//! Rows of the store, written with the change that they are about, so that neither a start nor a first
//! question reads what nobody asked for. **Invariant:** whatever a dossier may answer leads to it; that it is found
//! promises nothing, the dossier itself tells.

use std::collections::BTreeSet;

use dossier::{DossierId, Hash, Review};
use serde::{Deserialize, Serialize};

use super::{Docket, FiledShown};
use crate::{
    Fault, Op, Records, Table, codec,
    core::Core,
    envelope::Meta,
    holding::{Closed, Opened},
};

/// Says that the rows are whole: a store of before them is read once.
const WHOLE: &[u8] = b"docket-index";
/// Bytes of what a dossier is found by, in front of its id.
const FRONT: usize = 16;

/// What a phiếu said when the dossier was as `mark` tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Filed {
    mark: Hash,
    filed: Option<FiledShown>,
}

/// By what a dossier is found.
#[derive(Debug, Clone, Copy)]
enum By<'a> {
    /// The number of a decision, folded.
    Decision(&'a str),
    /// That something of it may wait for review.
    Waiting,
    /// The campaign its phiếu may answer.
    Campaign(&'a Hash),
}

impl By<'_> {
    fn front(self) -> [u8; FRONT] {
        let digest = match self {
            Self::Decision(number) => Hash::tagged("hoso/found/decision/1", &[number.as_bytes()]),
            Self::Waiting => Hash::tagged("hoso/found/waiting/1", &[]),
            Self::Campaign(id) => Hash::tagged("hoso/found/campaign/1", &[id.as_bytes()]),
        };
        let mut front = [0; FRONT];
        front.copy_from_slice(&digest.as_bytes()[..FRONT]);
        front
    }

    fn key(self, id: &DossierId) -> Vec<u8> {
        [&self.front()[..], id.as_bytes()].concat()
    }

    fn put(self, id: &DossierId, value: Vec<u8>) -> Op {
        Op::put(Table::Found, self.key(id), value)
    }
}

/// The row of a fresh store, which has nothing to read again.
pub(in crate::core) fn founded() -> Op {
    Op::put(Table::Meta, WHOLE, Vec::new())
}

/// The rows that new envelopes of a dossier lead to, and the campaigns that its new phiếu answer.
pub(in crate::core) fn rows<'a>(
    id: &DossierId,
    metas: impl Iterator<Item = &'a Meta>,
    filed: &BTreeSet<Hash>,
) -> Vec<Op> {
    let (mut numbers, mut asks) = (BTreeSet::new(), false);
    for meta in metas {
        numbers.extend(meta.basis.decision().map(|it| dossier::fold(it.number)));
        asks |= meta.review == Review::Awaiting;
    }
    let decided = numbers.iter().map(|number| By::Decision(number).put(id, Vec::new()));
    let waiting = asks.then(|| By::Waiting.put(id, Vec::new()));
    let answering = filed.iter().map(|campaign| By::Campaign(campaign).put(id, Vec::new()));
    decided.chain(waiting).chain(answering).collect()
}

/// The campaigns that the phiếu of a dossier answer.
pub(in crate::core) fn answered(opened: &Opened) -> BTreeSet<Hash> {
    let docket = Docket::of(opened);
    docket.versions().filter_map(|(_, version)| version.campaign).collect()
}

impl Core {
    /// The dossiers in which something may wait for review.
    pub(super) fn found_waiting(&mut self, records: &dyn Records) -> Result<Vec<DossierId>, Fault> {
        self.find(By::Waiting, records)
    }

    /// The dossiers that may have been changed by a decision of this folded number.
    pub(super) fn found_decided(
        &mut self,
        number: &str,
        records: &dyn Records,
    ) -> Result<Vec<DossierId>, Fault> {
        self.find(By::Decision(number), records)
    }

    fn find(&mut self, by: By<'_>, records: &dyn Records) -> Result<Vec<DossierId>, Fault> {
        self.make_index(records)?;
        let front = by.front();
        let rows = records.scan(Table::Found, &front, None, usize::MAX)?;
        let early =
            self.early.range(front.to_vec()..).take_while(|(key, _)| key.starts_with(&front));
        let keys = rows.iter().map(|(key, _)| key).chain(early.map(|(key, _)| key));
        let ids: BTreeSet<DossierId> =
            keys.filter_map(|key| DossierId::from_slice(key.get(FRONT..)?)).collect();
        Ok(ids.into_iter().collect())
    }

    /// Nothing of a dossier waits, as it turned out.
    pub(super) fn waits_no_more(&mut self, id: &DossierId) {
        if !self.full {
            let key = By::Waiting.key(id);
            self.early.remove(&key);
            self.commit(vec![Op::remove(Table::Found, key)]);
        }
    }

    /// What a dossier answers to a campaign, read anew where it changed since it was read last; the second
    /// says whether it was.
    pub(super) fn filed_of(
        &mut self,
        id: &DossierId,
        campaign: &Hash,
        records: &dyn Records,
    ) -> Result<(Option<FiledShown>, bool), Fault> {
        self.make_index(records)?;
        let key = By::Campaign(campaign).key(id);
        let row = records.get(Table::Found, &key)?.or_else(|| self.early.get(&key).cloned());
        let Some(row) = row else { return Ok((None, false)) };
        let Some(mark) = self.ledger.mark(id) else { return Ok((None, false)) };
        if let Some(known) = codec::decode::<Filed>(&row).ok().filter(|it| it.mark == mark) {
            return Ok((known.filed, false));
        }
        let Some(opened) = self.cache.take(records, id)? else { return Ok((None, true)) };
        let filed = self.filing(&opened, campaign);
        self.cache.put(opened);
        self.cache.trim();
        if !self.full {
            let row = codec::encode(&Filed { mark, filed: filed.clone() });
            self.commit(vec![Op::put(Table::Found, key, row)]);
        }
        Ok((filed, true))
    }

    /// Writes the rows of a store that was made before there were any. What is asked in the same run is
    /// answered from memory as well: the store has them when the event is over.
    fn make_index(&mut self, records: &dyn Records) -> Result<(), Fault> {
        if !self.early.is_empty() || records.get(Table::Meta, WHOLE)?.is_some() {
            return Ok(());
        }
        let mut ops = Vec::new();
        for id in self.held_here() {
            let Some(closed) = Closed::read(records, &id)? else { continue };
            let metas: Vec<Meta> = closed.metas().cloned().collect();
            let asks = metas.iter().any(|meta| meta.review == Review::Awaiting);
            let filed = if asks { answered(&closed.open()?) } else { BTreeSet::new() };
            ops.extend(rows(&id, metas.iter(), &filed));
        }
        self.early = ops.iter().map(|op| (op.key.clone(), Vec::new())).collect();
        ops.push(founded());
        if !self.full {
            self.commit(ops);
        }
        Ok(())
    }
}
