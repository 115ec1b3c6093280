//! Reading the node's own log: a page for people, and the newest entries.

use dossier::Timestamp;
use protocol::audit::{self, Entry, Place};

use super::super::{Engine, EngineError};
use crate::control::AuditAnswer;

/// Entries looked at for one page.
const PAGE_ENTRIES: usize = 2_000;

/// How far back the logs of the node were read: which of them, and its entries that are left.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Back {
    log: usize,
    end: u64,
}

impl Engine {
    pub(super) fn page(
        &self,
        after: Option<(u32, u64)>,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Result<AuditAnswer, EngineError> {
        let logs = self.logs();
        let (mut number, mut last) = after.unwrap_or((0, 0));
        let node = self.core.identity().node;
        let mut entries = Vec::new();
        let mut looked = 0;
        while looked < PAGE_ENTRIES {
            let Some(log) = logs.get(number as usize) else {
                return Ok(AuditAnswer::Page { entries, next: None });
            };
            let id = audit::LogId::of(&node, &log.incarnation);
            let rows = audit::entries_after(&self.store, number, last, PAGE_ENTRIES - looked)?;
            looked += rows.len().max(1);
            if rows.is_empty() {
                (number, last) = (number + 1, 0);
            }
            for (sequence, sealed) in rows {
                last = sequence;
                let place = Place { log: id, sequence };
                entries.extend(Entry::open(&sealed, &place, &self.audit.key).filter(&wanted));
            }
        }
        Ok(AuditAnswer::Page { entries, next: Some((number, last)) })
    }

    /// The newest entries, back to one that was made before `since`, at most `most`; newest last.
    pub(in crate::engine) fn entries_since(
        &self,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Entry>, EngineError> {
        let mut found = Vec::new();
        self.each_since(since, &mut |entry| {
            found.push(entry);
            found.len() < most
        })?;
        found.reverse();
        Ok(found)
    }

    /// Every entry back to one that was made before `since`, the newest first, until `visit` has
    /// enough.
    fn each_since(
        &self,
        since: Timestamp,
        visit: &mut dyn FnMut(Entry) -> bool,
    ) -> Result<(), EngineError> {
        let mut at = self.newest();
        while let Some(back) = at {
            at = self.read_back(back, (since, usize::MAX), visit)?;
        }
        Ok(())
    }

    /// The end of the log.
    pub(in crate::engine) fn newest(&self) -> Option<Back> {
        let log = self.audit.log.former().len();
        Some(Back { log, end: self.audit.log.size() })
    }

    /// Reads about `most` entries back from a place, the newest first, until `visit` has enough or one
    /// was made before `since`; where to go on, `None` at the end.
    pub(in crate::engine) fn read_back(
        &self,
        from: Back,
        (since, most): (Timestamp, usize),
        visit: &mut dyn FnMut(Entry) -> bool,
    ) -> Result<Option<Back>, EngineError> {
        const AT_ONCE: u64 = 256;
        let (node, logs) = (self.core.identity().node, self.logs());
        let (mut at, mut looked) = (from, 0_usize);
        while let Some(log) = logs.get(at.log) {
            if at.end == 0 {
                let Some(before) = at.log.checked_sub(1) else { return Ok(None) };
                at = Back { log: before, end: logs[before].size };
                continue;
            }
            if looked >= most {
                return Ok(Some(at));
            }
            let id = audit::LogId::of(&node, &log.incarnation);
            let first = at.end.saturating_sub(AT_ONCE);
            let width = (at.end - first) as usize;
            let rows = audit::entries_after(&self.store, log.generation, first, width)?;
            for (sequence, sealed) in rows.iter().rev() {
                let place = Place { log: id, sequence: *sequence };
                let entry = Entry::open(sealed, &place, &self.audit.key);
                let Some(entry) = entry.filter(|it| it.at >= since) else { return Ok(None) };
                if !visit(entry) {
                    return Ok(None);
                }
            }
            (looked, at.end) = (looked.saturating_add(width), first);
        }
        Ok(None)
    }
}
