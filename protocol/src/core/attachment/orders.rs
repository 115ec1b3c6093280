//! What people order and ask about attachments.

use std::collections::BTreeMap;

use dossier::{
    DossierId, Edit, FieldId, FieldPath, Hash, RowId,
    attachment::{Attachment, AttachmentFault, TABLE},
};

use super::{ContentState, Core, Rows, StoredContent};
use crate::{
    Answer, Crypto, Fault, Records,
    attachment::ContentPlace,
    core::{AttachmentShown, AttachmentsShown, Effect, Provenance, Refused},
    envelope::Meta,
    holding::Opened,
};

impl Core {
    /// Whether edits touch the table of attachments, which has orders of its own.
    pub(in crate::core) fn touches_attachments(edits: &[Edit]) -> bool {
        edits.iter().any(|edit| match edit {
            Edit::PutRow { table, .. } | Edit::RemoveRow { table, .. } => table == TABLE,
            Edit::Set { .. } | Edit::Clear { .. } => false,
        })
    }

    /// Attaches a file whose content the shell has made durable.
    pub(in crate::core) fn attach(
        &mut self,
        id: &DossierId,
        row: RowId,
        attachment: &Attachment,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        // A content that comes behind a proposal might stay behind when the dossier goes.
        if self.is_moving(id) {
            return Ok(Answer::Refused(Refused::new("custody-moving", id)));
        }
        let Some(Rows { readable: rows, .. }) = self.attachments(id, records)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let present: Vec<Attachment> = rows.into_iter().map(|(_, one)| one).collect();
        let place = ContentPlace { dossier: *id, content: attachment.content.id };
        let known = self.content(&place, records)?;
        let held = known.as_ref().map(|known| known.held.clone()).unwrap_or_default();
        let (size, key) = (attachment.content.size, attachment.content.key);
        let stored = StoredContent { size, key, state: ContentState::Here, held };
        if let Err(fault) = attachment.admit(&present, self.fit_for_secrets) {
            // Whoever brings a file again whose content was lost has mended it.
            let missed = known.is_none_or(|known| known.state != ContentState::Here);
            if fault == AttachmentFault::Known && missed {
                let op = self.put_content(&place, &stored, records)?;
                self.commit(vec![op]);
            }
            return Ok(refused(fault));
        }
        let edit = Edit::PutRow { table: TABLE.to_owned(), row, cells: attachment.cells() };
        let before = self.effects.len();
        let answer = self.edit(id, &[edit], meta, records, crypto)?;
        if matches!(answer, Answer::Edited { .. }) {
            let op = self.put_content(&place, &stored, records)?;
            // The row must never stand without the word where its content is.
            self.effects.insert(before, Effect::Commit(vec![op]));
        }
        Ok(answer)
    }

    /// Takes an attachment away; its content stays (Điều 12.2).
    pub(in crate::core) fn detach(
        &mut self,
        id: &DossierId,
        row: RowId,
        reason: &str,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let Some(Rows { readable: rows, .. }) = self.attachments(id, records)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let living = rows.into_iter().find(|(at, one)| *at == row && one.removed.is_none());
        let Some((_, mut attachment)) = living else {
            return Ok(Answer::Refused(Refused::new("unknown-attachment", row)));
        };
        attachment.removed = Some(reason.to_owned());
        if reason.trim().is_empty() || attachment.check().is_err() {
            return Ok(refused(AttachmentFault::Words));
        }
        let cells = Attachment::removal(reason);
        let edit = Edit::PutRow { table: TABLE.to_owned(), row, cells };
        self.edit(id, &[edit], meta, records, crypto)
    }

    /// The attachments of a dossier, with who attached them and where their contents are.
    pub(in crate::core) fn list_attachments(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let Some(Rows { readable: rows, unreadable }) = self.attachments(id, records)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let writers = opened.document.provenance();
        let mut attachments = Vec::with_capacity(rows.len());
        for (row, attachment) in rows {
            let provenance = self.attached_by(&opened, &writers, row, records)?;
            attachments.push(self.shown(id, row, attachment, provenance, records)?);
        }
        let unit = opened.holding.unit.clone();
        self.cache.put(opened);
        let shown = AttachmentsShown { dossier: *id, unit, attachments, unreadable };
        Ok(Answer::Attachments(Box::new(shown)))
    }

    /// One attachment, for whoever reads its content. One that is not here is looked for from then
    /// on.
    pub(in crate::core) fn read_attachment(
        &mut self,
        id: &DossierId,
        row: RowId,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let Some(Rows { readable: rows, .. }) = self.attachments(id, records)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let Some((_, attachment)) = rows.into_iter().find(|(at, _)| *at == row) else {
            return Ok(Answer::Refused(Refused::new("unknown-attachment", row)));
        };
        let place = ContentPlace { dossier: *id, content: attachment.content.id };
        let shown = self.shown(id, row, attachment, None, records)?;
        if !shown.here {
            let content = &shown.attachment.content;
            let op = self.look_for(&place, content.size, content.key, records)?;
            self.commit(op.into_iter().collect());
            return Ok(Answer::Refused(Refused::new("attachment-absent", place.content)));
        }
        Ok(Answer::Attachment(Box::new(shown)))
    }

    fn shown(
        &self,
        id: &DossierId,
        row: RowId,
        attachment: Attachment,
        provenance: Option<Provenance>,
        records: &dyn Records,
    ) -> Result<AttachmentShown, Fault> {
        let place = ContentPlace { dossier: *id, content: attachment.content.id };
        let stored = self.content(&place, records)?;
        let here = stored.as_ref().is_some_and(|it| it.state == ContentState::Here);
        let held = stored.map(|it| it.held.map(|word| word.is_some())).unwrap_or_default();
        let tier = self.tier.number();
        let held_above = [held[0] || (here && tier >= 2), held[1] || (here && tier >= 3)];
        Ok(AttachmentShown { row, attachment, provenance, here, held_above })
    }

    fn attached_by(
        &self,
        opened: &Opened,
        writers: &BTreeMap<FieldPath, Hash>,
        row: RowId,
        records: &dyn Records,
    ) -> Result<Option<Provenance>, Fault> {
        let Ok(field) = format!("{TABLE}.content").parse::<FieldId>() else { return Ok(None) };
        match writers.get(&FieldPath { field, row: Some(row) }) {
            Some(change) => self.trace(opened, change, records),
            None => Ok(None),
        }
    }
}

/// The fault is the detail: its words belong to the shell.
fn refused(fault: AttachmentFault) -> Answer {
    Answer::Refused(Refused::new("attachment", fault.code()))
}
