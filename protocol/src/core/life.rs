//! Questions about the docket: how a dossier stands, and how it agrees with its paper.

use dossier::{
    DossierId, RowId, UnitId,
    docket::{Comparison, Event, Parity, Recorded, Status},
};
use serde::{Deserialize, Serialize};

use super::{Answer, Core, Provenance, Refused};
use crate::{Fault, Records};

/// How a dossier stands, and what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeShown {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// The newest status; `None` where none was recorded.
    pub status: Option<Status>,
    /// Whether it takes nothing but corrections.
    pub closed: bool,
    /// Whether it was taken out of sight.
    pub removed: bool,
    /// The proposal that waits for a second officer.
    pub proposed: Option<dossier::Hash>,
    /// What was recorded, in the order in which it was.
    pub events: Vec<EventShown>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventShown {
    /// Its row.
    pub row: RowId,
    /// What was recorded.
    pub event: Event,
    /// Who recorded it, on what document.
    pub provenance: Option<Provenance>,
}

/// How a dossier agrees with its paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParityShown {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// What the comparisons come to.
    pub parity: Parity,
    /// The comparisons, in the order in which they were entered.
    pub comparisons: Vec<(Comparison, Option<Provenance>)>,
}

impl Core {
    pub(super) fn answer_life(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let life = opened.document.life();
        let mut events = Vec::new();
        let mut recorded = opened.document.events();
        recorded.sort_by_key(|(_, it)| opened.document.told_at(&it.change));
        for (row, Recorded { change, event }) in recorded {
            events.push(EventShown {
                row,
                event,
                provenance: self.trace(&opened, &change, records)?,
            });
        }
        let shown = LifeShown {
            dossier: *id,
            unit: opened.holding.unit.clone(),
            status: life.status.map(|(status, _)| status),
            closed: life.is_closed(),
            removed: life.removed.is_some(),
            proposed: life.proposed,
            events,
        };
        self.cache.put(opened);
        Ok(Answer::Life(Box::new(shown)))
    }

    pub(super) fn answer_parity(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let mut comparisons = Vec::new();
        let mut entered = opened.document.comparisons();
        entered.sort_by_key(|(_, it)| opened.document.told_at(&it.change));
        for (_, compared) in entered {
            let source = self.trace(&opened, &compared.change, records)?;
            comparisons.push((compared.comparison, source));
        }
        let unit = opened.holding.unit.clone();
        let parity = opened.document.parity();
        self.cache.put(opened);
        let shown = ParityShown { dossier: *id, unit, parity, comparisons };
        Ok(Answer::Parity(Box::new(shown)))
    }
}
