//! The engine's dealings with the long-term archive of tier 3 (Điều 7.3, 11.1).

use dossier::{DossierId, Hash, account::Paper, attachment::Content};
use protocol::{
    Op, Records as _, Table,
    archive::{self, ArchiveEnd, ArchiveEntry, ArchiveFault, Archived, NOTHING_ARCHIVED},
    attachment::ContentPlace,
    audit::{Act, Record},
    codec,
    core::{ContentState, Refused},
    holding,
};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view};
use crate::control::{ArchiveAnswer, ArchiveOrder, ArchivePage, ArchivedFile, Response};

/// Rows of one page; each holds a whole dossier.
const AT_ONCE: usize = 200;

/// Rows of one page that are checked: each dossier is opened.
const CHECKED_AT_ONCE: usize = 8;

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
            ArchiveOrder::List { after } => self.archived(after, false)?,
            ArchiveOrder::Check { after } => self.archived(after, true)?,
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
        let waiting = self.absent_files(&dossier, &archive::files(&opened.document))?;
        if waiting > 0 {
            return Ok(Err(no("archive-files", waiting)));
        }
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
            content: Hash::ZERO,
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

    /// How many of these contents are not here.
    fn absent_files(&self, dossier: &DossierId, files: &[Content]) -> Result<usize, EngineError> {
        let mut absent = 0;
        for content in files {
            let place = ContentPlace { dossier: *dossier, content: content.id };
            let known = self.core.content(&place, &self.store)?;
            let here = known.is_some_and(|known| known.state == ContentState::Here);
            absent += usize::from(!here);
        }
        Ok(absent)
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

    /// A page of what is archived; with `check`, whether each copy is what was archived.
    fn archived(
        &mut self,
        after: u64,
        check: bool,
    ) -> Result<Result<ArchiveAnswer, Refused>, EngineError> {
        let claimed = self.claimed().to_owned();
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let reader = self.porter.archive_reader(seen, self.bearer.as_ref(), &claimed)?;
        if let Err(refusal) = reader {
            return Ok(Err(refusal));
        }
        let key = self.crypto.public();
        let (mut entries, mut faults, mut files) = (Vec::new(), Vec::new(), Vec::new());
        // What follows is judged by what stands there.
        let mut end = match self.store.get(Table::Archive, &after.to_be_bytes())? {
            Some(row) if check => standing(&row).unwrap_or((after, Hash::ZERO)),
            _ => NOTHING_ARCHIVED,
        };
        let most = if check { CHECKED_AT_ONCE } else { AT_ONCE };
        let rows = self.store.scan(Table::Archive, &[], Some(&after.to_be_bytes()), most + 1)?;
        let next = rows.get(most).and(rows.get(most - 1)).map(|(key, _)| number(key));
        for (key_of, row) in rows.iter().take(most) {
            let number = number(key_of);
            let archived = codec::decode::<Archived>(row).ok();
            let judged = match check {
                true => Archived::judge(row, end, &key, &self.crypto),
                false if archived.is_none() => Err(ArchiveFault::Unreadable),
                false => Ok((end, Vec::new())),
            };
            match judged {
                Ok((here, contents)) => {
                    end = here;
                    if let Some(dossier) = archived.as_ref().map(|it| it.entry.dossier) {
                        let file = |content| ArchivedFile { number, dossier, content };
                        files.extend(contents.into_iter().map(file));
                    }
                }
                Err(fault) => {
                    faults.push((number, fault));
                    end = standing(row).unwrap_or((number, end.1));
                }
            }
            entries.extend(archived.map(|archived| archived.entry));
        }
        if check && !faults.is_empty() {
            tracing::warn!(faults = faults.len(), "the archive is not what was put into it");
            self.record(Record::of(Act::Incident(BENT.to_owned())))?;
        }
        let page = ArchivePage { entries, faults, checked: check, files, next };
        Ok(Ok(ArchiveAnswer::List(page)))
    }
}

/// The number and the digest of a row.
fn standing(row: &[u8]) -> Option<ArchiveEnd> {
    codec::decode::<Archived>(row).ok().map(|it| (it.entry.number, it.hash()))
}

fn number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}

fn no(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
