//! Two histories of one author: what a restored or cloned node leaves behind.
//!
//! A node that went back in time and wrote on gave one number to two changes. No replica can ever
//! accept both, so one branch must go everywhere, and what it said must be said again. The rule
//! is the same for all: **the superior's branch stands**. Whoever holds another takes the
//! superior's copy as it is, brings back what others wrote where it still fits, and makes its own
//! edits again under a new life, as ordinary, visible edits with their person and basis; what may
//! not be made on the history that stands is set aside where people see it. An author that meets
//! the other branch from below keeps its own and says the other's edits again.
//!
//! **Invariant:** after a branch went, nothing here vouches for it: its receipts are forgotten and
//! its tips are not found. What becomes of the copy is told in `forks`.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    ActorId, DossierId, Edit, Hash, UnitId, Value, docket::Table as Reserved,
    document::ChangeHeader,
};
use serde_bytes::ByteBuf;

use super::{
    Core, IncidentKind,
    ledger::{self, Level},
    shelf::newest,
};
use crate::{
    Crypto, Op, Table,
    admission::{self, Kept, Verdict},
    authoring::{self, Pen},
    envelope::Meta,
    holding::Opened,
    parcel::{Body, LineProof, Parcel, fold_runs, hint},
};

/// An edit to be made again.
struct Lost {
    /// The change that made it.
    change: Hash,
    edits: Vec<Edit>,
    meta: Meta,
    /// Whether it was made in this node's present life.
    present: bool,
}

/// What a copy that goes says beyond the one that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Displaced {
    /// Nothing.
    Nothing,
    /// What this node wrote, and makes again.
    Own,
    /// What others wrote: they must say it again.
    Others,
}

impl Core {
    /// Puts the superior's whole copy in the place of a forked one; answers the copy that went, and
    /// what of it the new one does not hold.
    pub(super) fn adopt(
        &mut self,
        theirs: (&Parcel, &UnitId),
        ours: Opened,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> Option<(Displaced, Vec<u8>)> {
        let Some(base) = self.open_apart(theirs, crypto) else {
            self.cache.put(ours);
            return None;
        };
        let others = others(&ours, &base, self.identity.node);
        let mut base = Some(base);
        for parcel in others {
            // What rests on the branch that goes is made again by its own author.
            let here = self.authority_on(Some(&self.identity.unit));
            admission::admit(&parcel, &mut base, here, crypto);
        }
        let mut base = base?;
        let lost = self.edits_missing(&ours, &base);
        let displaced = (self.displaced(&ours, &base), ours.compact().encode());
        self.forget_branch(&ours, |change| !base.document.has_change(&change.hash), ops);
        base.holding.arrivals = ours.holding.arrivals;
        base.holding.tail = ours.holding.tail;
        self.keep(&mut base, Kept::Merged, &[], None, &[], ops);
        if lost.iter().any(|lost| lost.present) {
            self.begin_new_life();
        }
        let (mut displaced, went) = displaced;
        if !self.say_again(base, lost, crypto, ops) {
            // What is said no more is seen outside, by whoever is above as well.
            displaced = Displaced::Others;
        }
        Some((displaced, went))
    }

    /// Forgets who has acknowledged lines that go on otherwise from now on, and where the tips of
    /// the branch that went stood: a receipt for one of them, given or taken, would be for words
    /// that are not here.
    pub(super) fn forget_branch(
        &mut self,
        there: &Opened,
        is_gone: impl Fn(&ChangeHeader) -> bool,
        ops: &mut Vec<Op>,
    ) {
        let mut actors: BTreeSet<ActorId> = BTreeSet::new();
        for line in &there.holding.lines {
            let tips = there.envelope_hashes(&line.actor, usize::MAX).unwrap_or_default();
            for (change, tip) in there.line_changes(&line.actor).iter().zip(tips) {
                if is_gone(change) {
                    actors.insert(line.actor);
                    ops.push(Op::remove(Table::Tip, tip.as_bytes().to_vec()));
                }
            }
        }
        for actor in actors {
            for level in [Level::Tier2, Level::Tier3] {
                let row = ledger::key(level, &there.id, &actor);
                ops.push(Op::remove(Table::Acknowledgement, row));
            }
            self.ledger.forget_receipts(&there.id, &actor);
        }
    }

    /// What `here` lacks of what was written `there`.
    fn displaced(&self, there: &Opened, here: &Opened) -> Displaced {
        let mut displaced = Displaced::Nothing;
        for change in there.document.changes() {
            if here.document.has_change(&change.hash) {
                continue;
            }
            let Some((author, _)) = there.provenance(change) else { continue };
            if author.node != self.identity.node {
                return Displaced::Others;
            }
            displaced = Displaced::Own;
        }
        displaced
    }

    /// Keeps this author's own branch and says again what the other one said; answers whether all of
    /// it was.
    pub(super) fn restate(
        &mut self,
        theirs: (&Parcel, &UnitId),
        ours: Opened,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> bool {
        let other = self.open_apart(theirs, crypto);
        let lost = other.map(|other| self.edits_missing(&other, &ours)).unwrap_or_default();
        self.say_again(ours, lost, crypto, ops)
    }

    /// Opens a whole copy of a peer's unit beside this node's own, when every change in it may stand.
    fn open_apart(&self, (theirs, by): (&Parcel, &UnitId), crypto: &dyn Crypto) -> Option<Opened> {
        let mut apart: Option<Opened> = None;
        let verdict = admission::admit(theirs, &mut apart, self.authority_on(Some(by)), crypto);
        apart.filter(|_| matches!(verdict, Verdict::Admitted { .. }))
    }

    /// Makes edits again on what stands; answers whether none was withheld, because the law does not let
    /// it be made any more: the dossier was closed in the history that stands (Điều 11.3) or waits for
    /// its phiếu (Điều 3.2), or the right it was made by is over (Điều 7.3, 15.1). No other node would
    /// take the edit, nor the copy that it stands in.
    fn say_again(
        &mut self,
        mut opened: Opened,
        lost: Vec<Lost>,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> bool {
        let id: DossierId = opened.id;
        let (mut said, mut withheld) = (false, false);
        let mut again: BTreeMap<String, String> = BTreeMap::new();
        for Lost { change, mut edits, meta, .. } in lost {
            // A verdict follows what it is on to where that was said again; on what is not here it
            // would be one that no other node takes.
            let known = |it: &Hash| opened.document.has_change(it);
            if !edits.iter_mut().all(|edit| follow(edit, &again, &known)) {
                continue;
            }
            let judged = self.judge_edit(&opened, &edits, &meta);
            let barred = judged.is_err_and(|refused| refused.is_by_law());
            if barred || self.heed_freezing(&id).is_err() {
                withheld = true;
                continue;
            }
            let before = opened.holding.lines.clone();
            let pen =
                Pen { author: self.author(), key: self.identity.change_key, at: self.moment.now };
            // An edit whose words stand already changes nothing and is not made.
            if let Ok(parcel) = authoring::edit(&mut opened, &edits, &meta, pen, crypto) {
                again.insert(change.to_string(), newest(&opened, &parcel).to_string());
                self.keep(&mut opened, Kept::Parcel, &parcel.encode(), None, &before, ops);
                said = true;
            }
        }
        self.ask_anew();
        if said {
            let incident = self.incident(IncidentKind::Reissued(id), None);
            ops.extend(incident);
        }
        self.cache.put(opened);
        !withheld
    }

    /// Edits of this node that `there` has and `here` does not, oldest first. What was made again
    /// when the other branch was met before is not made twice, and what was written since stays.
    fn edits_missing(&self, there: &Opened, here: &Opened) -> Vec<Lost> {
        let mut made: Vec<Lost> = self.own_edits(here, there).into_values().collect();
        let mut missing = self.own_edits(there, here);
        missing.retain(|_, lost| {
            let same = |made: &Lost| (&made.edits, &made.meta) == (&lost.edits, &lost.meta);
            // One saying answers for one edit: the same words may be written again later.
            let said = made.iter().position(same);
            said.map(|place| made.remove(place)).is_none()
        });
        missing.into_values().collect()
    }

    /// What this node wrote in one copy and not in another, oldest first.
    fn own_edits(&self, there: &Opened, here: &Opened) -> BTreeMap<(i64, u64, Hash), Lost> {
        let mut edits_of: BTreeMap<(i64, u64, Hash), Lost> = BTreeMap::new();
        for change in there.document.changes() {
            if here.document.has_change(&change.hash) {
                continue;
            }
            let Some((author, meta)) = there.provenance(change) else { continue };
            if author.node != self.identity.node {
                continue;
            }
            if let Some(edits) = there.document.edits_of(&change.hash) {
                let present = author.incarnation == self.incarnation;
                let lost = Lost { change: change.hash, edits, meta: meta.clone(), present };
                edits_of.insert((change.time_seconds, change.seq, change.hash), lost);
            }
        }
        edits_of
    }
}

/// Turns what an entry of the docket is on to where that was said again; whether it is known.
fn follow(
    edit: &mut Edit,
    again: &BTreeMap<String, String>,
    known: &dyn Fn(&Hash) -> bool,
) -> bool {
    let Edit::PutRow { table, cells, .. } = edit else { return true };
    let cell = match Reserved::named(table) {
        Some(Reserved::Reviews) => "change",
        Some(Reserved::Statuses) => "proposal",
        _ => return true,
    };
    let Some(Value::Text(on)) = cells.get_mut(cell) else { return true };
    if let Some(there) = again.get(on) {
        on.clone_from(there);
    }
    on.parse().is_ok_and(|hash| known(&hash))
}

/// What other authors wrote in `ours` beyond `base`, a parcel for each line.
fn others(ours: &Opened, base: &Opened, own: dossier::NodeId) -> Vec<Parcel> {
    let lines = ours.holding.lines.iter().filter(|line| line.author.node != own);
    lines
        .filter_map(|line| {
            let known = base.holding.line(&line.actor).map_or(0, |known| known.sequence);
            let new: Vec<ChangeHeader> = ours
                .line_changes(&line.actor)
                .into_iter()
                .filter(|change| change.seq > known)
                .collect();
            let metas = &ours.history.get(&line.actor)?.metas;
            let bytes = new.iter().filter_map(|change| ours.document.change_bytes(&change.hash));
            let body: Vec<ByteBuf> = bytes.map(ByteBuf::from).collect();
            let previous = ours.envelope_hash(&line.actor, known)?;
            (!body.is_empty()).then(|| Parcel {
                dossier: ours.id,
                custody: Vec::new(),
                body: Body::Changes(body),
                lines: vec![LineProof {
                    author: line.author,
                    first: known + 1,
                    previous: hint(&previous),
                    runs: fold_runs(
                        metas.iter().skip(usize::try_from(known).unwrap_or(usize::MAX)),
                    ),
                    signature: line.signature,
                }],
            })
        })
        .collect()
}
