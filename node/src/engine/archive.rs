//! The engine's dealings with the long-term archive of tier 3 (Điều 7.3, 11.1).

use dossier::{DossierId, account::Paper};
use protocol::{
    Op, Records as _, Table,
    archive::{ArchiveEnd, ArchiveEntry, ArchiveFault, Archived, NOTHING_ARCHIVED},
    audit::{Act, Record},
    codec,
    core::Refused,
    holding,
};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view};
use crate::control::{ArchiveAnswer, ArchiveOrder, Response};

/// Rows read at a time; each holds a whole dossier.
const AT_ONCE: usize = 16;

/// The kind under which an archive that was changed stands in the log.
const BENT: &str = "archive-bent";

impl Engine {
    /// An order or a question about the archive.
    pub(super) fn order_archive(
        &mut self,
        order: ArchiveOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let outcome = match order {
            ArchiveOrder::Take { dossier, document } => self.archive(dossier, document)?,
            ArchiveOrder::List => self.archived(false)?,
            ArchiveOrder::Check => self.archived(true)?,
        };
        let response = outcome.map_or_else(Response::Refused, Response::Archive);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    /// Adds a copy of a dossier behind the others.
    fn archive(
        &mut self,
        dossier: DossierId,
        document: Paper,
    ) -> Result<Result<ArchiveAnswer, Refused>, EngineError> {
        let claimed = self.claimed().to_owned();
        let now = self.environment.clock.now();
        let seen = view(&self.core, &self.store, now);
        let token = self.bearer.as_ref();
        let by = match self.porter.archivist(seen, token, &claimed, &dossier)? {
            Ok(officer) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(opened) = holding::open(&self.store, &dossier)? else {
            return Ok(Err(no("unknown-dossier", dossier)));
        };
        let Some((number, previous)) = self.archive_end()? else {
            return Ok(Err(no("archive-bent", "the newest copy cannot be read")));
        };
        let entry = ArchiveEntry {
            number: number + 1,
            previous,
            dossier,
            unit: opened.holding.unit.clone(),
            at: now,
            document,
            by,
            changes: opened.holding.changes,
            digest: opened.document.digest(),
            content: dossier::Hash::ZERO,
        };
        let archived = Archived::issue(entry, opened.compact().encode(), &self.crypto);
        let key = archived.entry.number.to_be_bytes().to_vec();
        // Nothing is written over, whatever the number says.
        if self.store.get(Table::Archive, &key)?.is_some() {
            return Ok(Err(no("archived-already", archived.entry.number)));
        }
        self.store.stage(&[Op::put(Table::Archive, key, codec::encode(&archived))])?;
        Ok(Ok(ArchiveAnswer::Taken(archived.entry)))
    }

    /// The number and the digest of the newest entry; numbers have no gaps.
    fn archive_end(&self) -> Result<Option<ArchiveEnd>, EngineError> {
        let row = |number: u64| self.store.get(Table::Archive, &number.to_be_bytes());
        let (mut known, mut beyond) = (0_u64, 1_u64);
        while row(beyond)?.is_some() {
            (known, beyond) = (beyond, beyond.saturating_mul(2));
        }
        while beyond - known > 1 {
            let middle = known + (beyond - known) / 2;
            if row(middle)?.is_some() { known = middle } else { beyond = middle }
        }
        if known == 0 {
            return Ok(Some(NOTHING_ARCHIVED));
        }
        let newest = row(known)?.and_then(|row| codec::decode::<Archived>(&row).ok());
        Ok(newest.map(|archived| (known, archived.hash())))
    }

    /// What is archived; with `check`, whether each copy is what was archived.
    fn archived(&mut self, check: bool) -> Result<Result<ArchiveAnswer, Refused>, EngineError> {
        let claimed = self.claimed().to_owned();
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let reader = self.porter.archive_reader(seen, self.bearer.as_ref(), &claimed)?;
        if let Err(refusal) = reader {
            return Ok(Err(refusal));
        }
        let key = self.crypto.public();
        let (mut entries, mut faults) = (Vec::new(), Vec::new());
        let mut end = NOTHING_ARCHIVED;
        self.each_archived(&mut |number, row| {
            if check {
                match Archived::judge(row, end, &key, &self.crypto) {
                    Ok(next) => end = next,
                    Err(fault) => {
                        faults.push((number, fault));
                        // What follows is judged by what stands there.
                        end = codec::decode::<Archived>(row)
                            .map_or((number, end.1), |it| (it.entry.number, it.hash()));
                    }
                }
            }
            match codec::decode::<Archived>(row) {
                Ok(archived) => entries.push(archived.entry),
                Err(_) if !check => faults.push((number, ArchiveFault::Unreadable)),
                Err(_) => {}
            }
        })?;
        if check && !faults.is_empty() {
            tracing::warn!(faults = faults.len(), "the archive is not what was put into it");
            self.record(Record::of(Act::Incident(BENT.to_owned())))?;
        }
        Ok(Ok(ArchiveAnswer::List { entries, faults, checked: check }))
    }

    /// Every row of the archive in order, with its number.
    fn each_archived(&self, visit: &mut dyn FnMut(u64, &[u8])) -> Result<(), EngineError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = self.store.scan(Table::Archive, &[], after.as_deref(), AT_ONCE)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, row) in &rows {
                let number = key.as_slice().try_into().map_or(0, u64::from_be_bytes);
                visit(number, row);
            }
        }
    }
}

fn no(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
