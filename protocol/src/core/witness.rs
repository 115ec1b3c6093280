//! Checkpoints of audit logs on their way up, and the words of those who keep them on their way
//! down.
//!
//! A superior keeps every checkpoint it is shown and signs that it does. What a node shows of its
//! own log must continue what it showed before; what was relayed is kept as it came, for an
//! inspector to compare. A node that shows two logs is told so (`dispute.rs`).

use dossier::{Hash, NodeId};

use super::{ConnId, Core, Relation};
use crate::{
    Crypto, Fault, Records,
    audit::{self, Cosignature, Kept, LogId, SignedCheckpoint, StoredTree, tree},
    limits::LIMITS,
    wire::{Frame, Offer, RefusalCode, Witnessed},
};

/// What becomes of a checkpoint that was shown.
enum Fate {
    /// It is kept and signed.
    Keep,
    /// It was kept before.
    Known(Box<Kept>),
    /// The peer is to show that it continues the one of this size.
    Ask(u64),
    /// It is kept and signed, and whoever relayed it is shown what is newer.
    KeepAndTell(Box<Kept>),
    /// It contradicts what was shown before.
    Fork(Box<Kept>),
    /// It concerns nobody here.
    Pass,
}

impl Core {
    /// Shows a superior the newest checkpoints it is not known to keep: the own one, and those that
    /// were shown to this node.
    pub(super) fn offer_checkpoints(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let (Some(peer), Relation::Upper) = (session.node, session.relation) else { return Ok(()) };
        let mut offers = Vec::new();
        for kept in audit::newest_of_all(records, usize::MAX)? {
            let checkpoint = &kept.signed.checkpoint;
            let own = checkpoint.node == self.identity.node;
            let told = kept.cosigned.iter().any(|one| one.by == peer);
            if told || own && checkpoint.incarnation != self.incarnation {
                continue;
            }
            offers.push(Offer { from: 0, proof: Vec::new(), signed: kept.signed });
        }
        for some in offers.chunks(LIMITS.checkpoints_max) {
            self.say(conn, &Frame::Checkpoints(some.to_vec()));
        }
        Ok(())
    }

    /// The own log has a new checkpoint.
    pub(super) fn show_checkpoint(&mut self, records: &dyn Records) -> Result<(), Fault> {
        let log = LogId::of(&self.identity.node, &self.incarnation);
        let Some(kept) = audit::newest(records, &log)? else { return Ok(()) };
        let to = kept.signed.checkpoint.size;
        let upper: Vec<(ConnId, u64)> = self
            .sessions
            .values()
            .filter(|session| session.is_live() && session.relation == Relation::Upper)
            .map(|session| (session.conn, session.witnessed))
            .collect();
        for (conn, known) in upper {
            let from = known.min(to);
            let proof = self.proof(from, to, records)?;
            let offer = Offer { from, proof, signed: kept.signed.clone() };
            self.say(conn, &Frame::Checkpoints(vec![offer]));
        }
        Ok(())
    }

    fn proof(&self, from: u64, to: u64, records: &dyn Records) -> Result<Vec<Hash>, Fault> {
        match audit::present(records)? {
            Some((generation, life)) if life == self.incarnation => {
                tree::consistency_proof(from, to, &StoredTree::new(records, generation))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// A superior knows the own log up to a size and asks how it goes on from there.
    pub(super) fn prove(
        &mut self,
        conn: ConnId,
        log: LogId,
        from: u64,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let own = LogId::of(&self.identity.node, &self.incarnation);
        let upper = self.sessions.get(&conn).is_some_and(|it| it.relation == Relation::Upper);
        let Some(kept) = audit::newest(records, &own)?.filter(|_| upper && log == own) else {
            return Ok(());
        };
        let to = kept.signed.checkpoint.size;
        if from > 0 && from < to {
            let proof = self.proof(from, to, records)?;
            self.say(conn, &Frame::Checkpoints(vec![Offer { from, proof, signed: kept.signed }]));
        }
        Ok(())
    }

    /// Keeps what those below show.
    pub(super) fn take_checkpoints(
        &mut self,
        conn: ConnId,
        offers: Vec<Offer>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let Some(peer) = session.node else { return Ok(()) };
        if session.relation == Relation::Upper {
            return self.heed_checkpoints(offers, records, crypto);
        }
        let (mut ops, mut words, mut onward) = (Vec::new(), Vec::new(), Vec::new());
        for offer in offers {
            let checkpoint = offer.signed.checkpoint.clone();
            let key = self.members.get(&checkpoint.node).map(|member| member.change_key);
            if !key.is_some_and(|key| offer.signed.is_signed_by(&key, crypto)) {
                self.refuse(conn, RefusalCode::Protocol, "a checkpoint that is not signed");
                break;
            }
            let (log, size) = (checkpoint.log(), checkpoint.size);
            let own = Cosignature::issue(&checkpoint, self.identity.node, self.moment.now, crypto);
            let fate = self.judge_checkpoint(&peer, &offer, records)?;
            match fate {
                Fate::Keep | Fate::KeepAndTell(_) => {
                    if let Fate::KeepAndTell(newer) = fate {
                        self.show_kept(conn, *newer);
                    }
                    let kept = Kept { signed: offer.signed.clone(), cosigned: vec![own.clone()] };
                    let known = audit::newest(records, &log)?;
                    let newest = known.is_none_or(|it| it.signed.checkpoint.size < size);
                    ops.extend(audit::kept_op(&kept, newest));
                    words.push(Witnessed { log, size, cosignature: own });
                    onward.push(offer);
                }
                Fate::Known(kept) => {
                    let by = kept.cosigned.into_iter();
                    words.extend(by.map(|cosignature| Witnessed { log, size, cosignature }));
                }
                Fate::Ask(from) => self.say(conn, &Frame::Prove { log, from }),
                Fate::Fork(kept) => ops.extend(self.dispute(conn, &checkpoint, *kept)),
                Fate::Pass => {}
            }
        }
        self.commit(ops);
        self.relay_checkpoints(&onward);
        if !words.is_empty() && self.sessions.contains_key(&conn) {
            self.say(conn, &Frame::Cosigned(words));
        }
        Ok(())
    }

    fn relay_checkpoints(&mut self, onward: &[Offer]) {
        let upper: Vec<ConnId> = self
            .sessions
            .values()
            .filter(|session| session.is_live() && session.relation == Relation::Upper)
            .map(|session| session.conn)
            .collect();
        for conn in upper.into_iter().filter(|_| !onward.is_empty()) {
            let bare = |offer: &Offer| Offer { from: 0, proof: Vec::new(), ..offer.clone() };
            self.say(conn, &Frame::Checkpoints(onward.iter().map(bare).collect()));
        }
    }

    fn judge_checkpoint(
        &self,
        peer: &NodeId,
        offer: &Offer,
        records: &dyn Records,
    ) -> Result<Fate, Fault> {
        let SignedCheckpoint { checkpoint, .. } = &offer.signed;
        let (log, size) = (checkpoint.log(), checkpoint.size);
        let unit = self.members.get(&checkpoint.node).map(|member| &member.unit);
        let above = self.members.get(peer).map(|member| &member.unit);
        let within = unit
            .zip(above)
            .is_some_and(|(unit, above)| unit == above || self.tree.tree.is_within(unit, above));
        if !within || size == 0 {
            return Ok(Fate::Pass);
        }
        if let Some(kept) = audit::kept(records, &log, size)? {
            let same = kept.signed.checkpoint.says_the_same(checkpoint);
            let kept = Box::new(kept);
            return Ok(if same { Fate::Known(kept) } else { Fate::Fork(kept) });
        }
        let Some(kept) = audit::newest(records, &log)? else { return Ok(Fate::Keep) };
        let kept = Box::new(kept);
        let known = kept.signed.checkpoint.clone();
        let relayed = checkpoint.node != *peer;
        Ok(match () {
            () if relayed && size < known.size => Fate::KeepAndTell(kept),
            () if relayed => Fate::Keep,
            () if size < known.size => Fate::Fork(kept),
            () if offer.from != known.size => Fate::Ask(known.size),
            () => {
                let (from, to) = ((known.size, &known.root), (size, &checkpoint.root));
                let continues = tree::verify_consistency(from, to, &offer.proof);
                if continues { Fate::Keep } else { Fate::Fork(kept) }
            }
        })
    }

    /// Takes the words of witnesses, and passes on those that are for a node below.
    pub(super) fn take_cosigned(
        &mut self,
        conn: ConnId,
        words: Vec<Witnessed>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let upper = self.sessions.get(&conn).is_some_and(|it| it.relation == Relation::Upper);
        let mut ops = Vec::new();
        let mut onward: Vec<(NodeId, Witnessed)> = Vec::new();
        for word in words.into_iter().filter(|_| upper) {
            let Some(mut kept) = audit::kept(records, &word.log, word.size)? else { continue };
            let checkpoint = kept.signed.checkpoint.clone();
            let key = self.members.get(&word.cosignature.by).map(|member| member.change_key);
            if !key.is_some_and(|key| word.cosignature.is_signed_by(&key, &checkpoint, crypto)) {
                continue;
            }
            if checkpoint.node == self.identity.node {
                if let Some(session) = self.sessions.get_mut(&conn)
                    && session.node == Some(word.cosignature.by)
                {
                    session.witnessed = session.witnessed.max(word.size);
                }
            } else {
                onward.push((checkpoint.node, word.clone()));
            }
            if kept.add(&word.cosignature) {
                ops.extend(audit::kept_op(&kept, false));
            }
        }
        self.commit(ops);
        for (node, word) in onward {
            let below = self.sessions.values().find(|session| session.node == Some(node));
            if let Some(conn) = below.map(|session| session.conn) {
                self.say(conn, &Frame::Cosigned(vec![word]));
            }
        }
        Ok(())
    }
}
