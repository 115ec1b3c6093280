//! What is recorded of custody: orders about a transfer by their digest, and what was read.

use dossier::{DossierId, Hash};
use protocol::{
    audit::Act,
    codec,
    core::{CustodyQuestion, TransferOrder},
    envelope::Meta,
};

use super::{AuditKey, Caller, Deed};

/// An order about the transfer of a dossier.
pub(super) fn ordered(
    caller: &Caller,
    key: &AuditKey,
    dossier: &DossierId,
    order: &TransferOrder,
    meta: &Meta,
) -> Deed {
    let record = Hash::tagged("hoso/audit/transfer/1", &[&codec::encode(order)]);
    let mut deed = Deed::new(Act::Custody { record }, caller, false).on(meta);
    deed.record.dossiers = vec![key.dossier(dossier)];
    if let TransferOrder::SettleLate { reason, .. } = order {
        deed.record.purpose.clone_from(reason);
    }
    deed
}

/// A question about custody.
pub(super) fn asked(caller: &Caller, key: &AuditKey, question: &CustodyQuestion) -> Deed {
    let (dossier, section) = match question {
        CustodyQuestion::Transfers | CustodyQuestion::TakeOvers | CustodyQuestion::Late(None) => {
            return Deed::new(Act::Listed { rows: 0 }, caller, true);
        }
        CustodyQuestion::Chain(dossier)
        | CustodyQuestion::Proof(dossier)
        | CustodyQuestion::Ready(dossier) => (dossier, "custody"),
        CustodyQuestion::Late(Some(dossier)) => (dossier, "late"),
    };
    let mut deed = Deed::new(Act::HistoryRead, caller, true);
    deed.record.dossiers = vec![key.dossier(dossier)];
    deed.record.sections = vec![section.to_owned()];
    deed
}
