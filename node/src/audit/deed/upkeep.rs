//! What is recorded of checks, reports and the archive.

use dossier::Hash;
use protocol::{audit::Act, codec};

use super::{Caller, Deed};
use crate::audit::AuditKey;
use crate::control::{ArchiveOrder, ConductOrder};

impl Deed {
    /// The act that a check or a report is; a question is none.
    pub fn of_upkeep(order: &ConductOrder, caller: &Caller) -> Option<Self> {
        let purpose = match order {
            ConductOrder::Check(_) | ConductOrder::Tried(_) => "kiểm tra an toàn định kỳ",
            ConductOrder::Report(_) => "báo cáo định kỳ",
            _ => return None,
        };
        let record = Hash::tagged("hoso/audit/upkeep/1", &[&codec::encode(order)]);
        let mut deed = Self::new(Act::Granted { record }, caller, false);
        purpose.clone_into(&mut deed.record.purpose);
        Some(deed)
    }

    /// The act that an order about the archive is: what it holds is read by nobody through it.
    pub fn of_archive(order: &ArchiveOrder, caller: &Caller, key: &AuditKey) -> Option<Self> {
        let record = Hash::tagged("hoso/audit/archive/1", &[&codec::encode(order)]);
        let mut deed = Self::new(Act::Granted { record }, caller, false);
        let purpose = match order {
            ArchiveOrder::Take { dossier, document } => {
                deed.record.dossiers = vec![key.dossier(dossier)];
                deed.record.document.clone_from(&document.number);
                "lưu trữ lâu dài"
            }
            ArchiveOrder::Check { after: 0 } => "kiểm tra kho lưu trữ",
            // A page that goes on is part of the first.
            ArchiveOrder::Check { .. } | ArchiveOrder::List { .. } => return None,
        };
        purpose.clone_into(&mut deed.record.purpose);
        Some(deed)
    }
}
