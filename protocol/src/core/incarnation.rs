//! The lives of a node: one for as long as its store only goes forward.
//!
//! **Invariant:** a new life begins before anything is written into a store that went back in time,
//! whether a neighbour told so or the store itself, because it was put back from a backup.

use dossier::{Incarnation, Timestamp, unit::Tier};

use super::{ConnId, Core, INCARNATION, IncidentKind};
use crate::{
    Fault, Op, Records, Table,
    plant::{self, Plant},
    wire::{Hello, RefusalCode},
};

/// Stands in a store that was put back from a backup, until a new life has begun.
const RESTORED: &[u8] = b"restored";

/// Stands before each life that was left behind.
const RETIRED: &[u8] = b"retired/";

/// What is known of the lives of this node, beside the present one.
#[derive(Debug)]
pub(super) struct Lives {
    /// The store was put back from a backup, and the new life has not begun.
    pub(super) restored: bool,
    /// When this run last began a new life.
    pub(super) renewed: Option<Timestamp>,
    /// Somebody lived before this life, and the superior has not told what was given by document.
    pub(super) unheard: bool,
}

/// Whether a store has left a life behind.
pub(super) fn has_retired(records: &dyn Records) -> Result<bool, Fault> {
    Ok(!records.scan(Table::Meta, RETIRED, None, 1)?.is_empty())
}

impl Core {
    /// Whether the neighbour has read further into this life's feed than the feed reaches.
    pub(super) fn has_rolled_back(
        &self,
        hello: &Hello,
        records: &dyn Records,
    ) -> Result<bool, Fault> {
        let Some(cursor) = hello.cursor.filter(|cursor| cursor.incarnation == self.incarnation)
        else {
            return Ok(false);
        };
        let here = records.feed_digest(cursor.position.sequence)?;
        let there = here.is_some() && plant::is(Plant::SkipCursorDigest);
        Ok(here != Some(cursor.position.digest) && !there)
    }

    /// Begins a new life: no sequence number of the old one is used again.
    pub(super) fn begin_new_life(&mut self) {
        let old = self.incarnation;
        if !plant::is(Plant::ReuseLife) {
            self.incarnation = Incarnation::from_bytes(self.moment.draw("hoso/incarnation/1", 0));
        }
        self.lives.renewed = Some(self.moment.now);
        let incident = self.incident(IncidentKind::RolledBack, None);
        self.lives.unheard = self.tier == Tier::Two;
        let mut retired = RETIRED.to_vec();
        retired.extend(old.as_bytes());
        let mut ops = vec![
            Op::put(Table::Meta, INCARNATION, self.incarnation.as_bytes().to_vec()),
            Op::put(Table::Meta, retired, Vec::new()),
        ];
        ops.extend(incident);
        ops.extend(self.forget_custody());
        self.commit(ops);
        let all: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in all {
            self.refuse(conn, RefusalCode::Renewing, "a new life begins");
        }
    }

    /// What is written into a store that was put back from a backup: whoever opens it begins a new life
    /// before anything else.
    pub fn mark_restored() -> Op {
        Op::put(Table::Meta, RESTORED, Vec::new())
    }

    pub(super) fn is_restored(records: &dyn Records) -> Result<bool, Fault> {
        Ok(records.get(Table::Meta, RESTORED)?.is_some())
    }

    /// A store that was put back from a backup says so itself, before a neighbour could.
    pub(super) fn leave_restored_life(&mut self) {
        if std::mem::take(&mut self.lives.restored) {
            self.begin_new_life();
            self.commit(vec![Op::remove(Table::Meta, RESTORED)]);
        }
    }
}
