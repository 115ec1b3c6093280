//! What lies on the desks of the commune when the story is over: entries that wait for the approver,
//! and one that came back to the clerk.

use anyhow::{Context, bail, ensure};
use dossier::{DossierId, Edit, Hash, LegalBasis, PartialDate, Review, Role, Value};
use jiff::civil::Date;
use protocol::core::DocketOrder;
use protocol::envelope::Meta;
use protocol::{Answer, Command};

use super::persons::PERSONS;
use super::province::{COMMUNE, Province, unit};

/// What is entered for whom, in the order of the list.
const ENTRIES: [&[(&str, &str)]; 3] = [
    &[("phone", "0987654321"), ("current_address", "Xóm Bưa Cốc, xã Tân Pheo, huyện Đà Bắc")],
    &[("phone", "0976543210"), ("health_status", "Tốt")],
    &[("phone", "0123456789")],
];

/// Why the last of them came back.
const REASON: &str = "Số điện thoại chưa đúng với bản kê khai; đề nghị xem lại.";

impl Province {
    /// Enters them as a commune does whose entries are reviewed (Điều 15.1).
    pub(super) fn leave_on_desks(&self, today: Date) -> anyhow::Result<()> {
        let [(_, clerk, _), (_, approver, _)] = PERSONS;
        let rows = self.list(&unit(COMMUNE))?;
        let own: Vec<DossierId> = rows
            .iter()
            .filter(|row| row.unit == unit(COMMUNE) && row.conflicts == 0)
            .map(|row| row.dossier)
            .collect();
        ensure!(own.len() >= ENTRIES.len(), "the commune keeps too few dossiers");
        let mut last = None;
        for (dossier, entry) in own.iter().zip(ENTRIES) {
            last = Some((*dossier, self.enter_for_review(*dossier, entry, clerk, today)?));
        }
        let (dossier, change) = last.context("nothing was entered")?;
        let reason = REASON.to_owned();
        let order = DocketOrder::Judge { change, items: Vec::new(), approve: false, reason };
        let meta = Meta {
            person: approver.to_owned(),
            role: Role::Approver,
            basis: LegalBasis::Office,
            review: Review::NotRequired,
        };
        let command = Command::Docket { dossier, order: Box::new(order), meta };
        match self.ask(&unit(COMMUNE), command)? {
            Answer::Edited { .. } => Ok(()),
            other => bail!("the approver returns nothing: {other:?}"),
        }
    }

    fn enter_for_review(
        &self,
        dossier: DossierId,
        entry: &[(&str, &str)],
        clerk: &str,
        today: Date,
    ) -> anyhow::Result<Hash> {
        let signed_on: PartialDate = today.to_string().parse()?;
        let meta = Meta {
            person: clerk.to_owned(),
            role: Role::Clerk,
            basis: LegalBasis::Declaration { signed_on },
            review: Review::Awaiting,
        };
        let set = |(field, text): &(&str, &str)| -> anyhow::Result<Edit> {
            Ok(Edit::Set { field: field.parse()?, value: Value::Text((*text).to_owned()) })
        };
        let edits = entry.iter().map(set).collect::<anyhow::Result<_>>()?;
        match self.ask(&unit(COMMUNE), Command::Edit { dossier, edits, meta })? {
            Answer::Edited { change, .. } => Ok(change),
            other => bail!("the clerk enters nothing: {other:?}"),
        }
    }
}
