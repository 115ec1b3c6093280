//! Whether a dossier can be handed over: what keeps it, and what of it is open when it goes (Điều 10).

use dossier::{DossierId, FieldId, Review, UnitId, Value, attachment, document::View};
use serde::{Deserialize, Serialize};

use super::{Core, Staged, shown::name_of};
use crate::{
    Crypto, Fault, Records,
    core::docket::Docket,
    custody::{self, Cover},
    holding::{self, Opened},
};

/// How a dossier stands before it is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyShown {
    /// The dossier.
    pub dossier: DossierId,
    /// Who keeps it.
    pub unit: UnitId,
    /// What the receiver is told of it before it accepts.
    pub cover: Cover,
    /// Whether attached files are still on their way to those above: nothing is proposed then.
    pub contents_owed: bool,
    /// Why nothing is entered into it here and nothing proposed: the code of the rule.
    pub halted: Option<String>,
    /// Whether a transfer of it is open here.
    pub moving: bool,
    /// What came late for it and nobody looked at.
    pub late: u32,
}

impl Core {
    /// How a dossier stands; `None` when it is not held here.
    pub(super) fn ready(
        &self,
        id: &DossierId,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Option<ReadyShown>, Fault> {
        let Some(opened) = holding::open(records, id)? else { return Ok(None) };
        let unsettled = self.late_shown(Some(id), records, crypto)?;
        let unsettled = unsettled.iter().filter(|it| it.settled.is_none()).count();
        let mut moving = false;
        for tid in self.custodies.moving.get(id).into_iter().flatten() {
            let sends = custody::read_sending(&Staged::new(records, &[]), id, tid)?;
            let registers = custody::read_registering(&Staged::new(records, &[]), id, tid)?;
            moving |= sends.is_some_and(|row| row.state == custody::SendingState::Open)
                || registers.is_some_and(|row| row.state == custody::RegisteringState::Open);
        }
        Ok(Some(ReadyShown {
            dossier: *id,
            unit: opened.holding.unit.clone(),
            cover: cover(&opened, name_of(id, records)?),
            contents_owed: self.owes_contents(id),
            halted: self.heed_custody(id).err().map(|refused| refused.code),
            moving,
            late: u32::try_from(unsettled).unwrap_or(u32::MAX),
        }))
    }

    /// What the other side is told of a dossier before it accepts.
    pub(super) fn cover_of(
        &self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Option<Cover>, Fault> {
        let opened = holding::open(records, id)?;
        opened.map(|opened| Ok(cover(&opened, name_of(id, records)?))).transpose()
    }
}

fn cover(opened: &Opened, mut name: String) -> Cover {
    let (document, view) = (&opened.document, opened.document.view());
    let docket = Docket::of(opened);
    let awaiting = document.changes().filter(|header| {
        let meta = opened.provenance(header).map(|(_, meta)| meta);
        meta.is_some_and(|meta| meta.review == Review::Awaiting)
            && docket.waits(opened, &view, &header.hash)
    });
    let conflicts = if document.is_linear() { 0 } else { document.conflicts().len() };
    let files = view.tables.get(attachment::TABLE).map_or(0, |rows| rows.len());
    let mut end = name.len().min(Cover::TEXT_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    Cover {
        name,
        staff_type: staff_type(&view),
        changes: opened.holding.changes,
        attachments: count(files),
        conflicts: count(conflicts),
        unreviewed: count(awaiting.count()),
    }
}

fn staff_type(view: &View) -> String {
    let field: Option<FieldId> = "staff_type".parse().ok();
    match field.and_then(|field| view.fields.get(&field).cloned()) {
        Some(Value::Coded(coded)) => coded.code,
        _ => String::new(),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
