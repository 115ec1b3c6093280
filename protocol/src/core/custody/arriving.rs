//! A dossier of another province begins its life here (Điều 10.3): IMPORT names the record of EXPORT
//! that it follows, and the dossier keeps its name for life.

use dossier::{DossierId, Edit, Hash, UnitId, custody::CustodyKind};

use super::{Core, CustodyAnswer, Staged};
use crate::{
    Answer, Crypto, Fault, Records, abroad,
    core::{Entry, Refused},
    custody::{self, TransferId},
    envelope::Meta,
};

/// What arrives from another province.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Arrival {
    /// The unit that is to keep it.
    pub unit: UnitId,
    /// Hash of the record by which it was sent out.
    pub sent: Hash,
    /// Its content.
    pub edits: Vec<Edit>,
}

impl Core {
    /// Begins a dossier that another province sent out; whether it may be believed was asked by
    /// whoever read the package.
    pub(super) fn arrive(
        &mut self,
        id: &DossierId,
        arrival: &Arrival,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let Arrival { unit, sent, edits } = arrival.clone();
        let serves = self.custody_province().map(|province| province.serving(&unit));
        let own = unit == self.identity.unit || serves.flatten() == Some(self.identity.node);
        if !own {
            return Ok(Answer::Refused(Refused::new("abroad-addressee", "another node's unit")));
        }
        if let Some((abroad::Word::Refused(_), _)) =
            abroad::word(records, abroad::Kind::Given, &sent)?
        {
            return Ok(Answer::Refused(Refused::new("abroad-refused", "sent back before")));
        }
        // The same package again is the same dossier.
        let known = custody::read_chain(&Staged::new(records, &[]), id)?;
        let opened = known.as_ref().and_then(|chain| chain.records().record(0));
        if opened.is_some_and(|it| it.kind == CustodyKind::Import && it.tid == Some(sent)) {
            let tid = TransferId(sent);
            return Ok(Answer::Custody(CustodyAnswer::Ordered { dossier: *id, tid }));
        }
        // One name is one person for life: what lives here, or went from here, does not come as new.
        if known.is_some() {
            return Ok(Answer::Refused(Refused::new("abroad-known", id)));
        }
        if Self::touches_attachments(&edits) {
            return Ok(Answer::Refused(Refused::new(
                "edit",
                "attachments have orders of their own",
            )));
        }
        let entry = Entry { key: None, unit, edits, meta: meta.clone() };
        match self.enter_one(*id, &entry, Some(sent), crypto) {
            Ok(ops) => {
                self.commit(ops);
                let tid = TransferId(sent);
                Ok(Answer::Custody(CustodyAnswer::Ordered { dossier: *id, tid }))
            }
            Err(refusal) => Ok(Answer::Refused(refusal)),
        }
    }
}
