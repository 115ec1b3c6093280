//! What is recorded of a search and of a table.

use dossier::Hash;
use protocol::{
    audit::{Act, Record, Sealer as _},
    codec,
    core::Refused,
};

use super::{Caller, Came, Deed, UNMASKED};
use crate::audit::AuditKey;
use crate::search::{SearchOrder, SearchPage, Wanted};

impl Deed {
    /// Who asks, and the record of a page of a search or a table: what was looked for as a keyed hash, and whom it
    /// showed. A page that goes on and shows nobody is part of the one before.
    pub fn of_search(
        order: &SearchOrder,
        caller: &Caller,
        came: &Result<SearchPage, Refused>,
        key: &AuditKey,
    ) -> Option<(String, Record)> {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let shown = came.as_ref().map_or(0, |page| page.hits.len());
        if order.after.is_some() && shown == 0 && came.is_ok() {
            return None;
        }
        let terms = key.pseudonym("search", Hash::of(&codec::encode(&order.query)).as_bytes());
        let act = match &order.wanted {
            Wanted::Hits(_) => Act::Searched { terms, rows: count(shown) },
            Wanted::Table { .. } => {
                Act::Counted { people: came.as_ref().map_or(0, |page| page.looked) }
            }
        };
        let mut deed = Self::new(act, caller, true);
        if let Ok(page) = came {
            let most = Record::DOSSIERS_MAX;
            deed.record.dossiers =
                page.hits.iter().take(most).map(|hit| key.dossier(&hit.dossier)).collect();
        }
        if caller.claim.unmask {
            deed.record.sections.push(UNMASKED.to_owned());
        }
        let person = deed.person().to_owned();
        let came = came.as_ref().map_or_else(Came::Refused, |_| Came::Done);
        Some((person, deed.ended(came, key)))
    }
}
