//! Who has a way in, and whether she still should: the regular review of access (Điều 8.5).

use dossier::{
    UnitId,
    account::{Login, Standing},
};
use protocol::Fault;
use serde::{Deserialize, Serialize};

use super::{Porter, View, credential::read_credential};

/// Days without a sign-in after which a person is asked about.
pub const SILENT_DAYS: i64 = 90;

/// Something that the review of access asks about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Doubt {
    /// An assignment whose days are over, and which nobody ended.
    Lapsed(Login),
    /// Nobody signed in for so many days, though it is in use; `None` where never at all.
    Silent(Login, Option<i64>),
    /// An account that no person uses.
    Unused(UnitId),
    /// A person who has not answered for her duties of this year (Điều 12.3).
    Unacknowledged(Login),
}

/// What a review of access looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessReview {
    /// Persons and accounts.
    pub looked: u64,
    /// What it asks about, in order.
    pub doubts: Vec<Doubt>,
}

impl Porter {
    /// Reviews the accounts of this unit and those under it. When somebody last signed in is known where
    /// she sits alone.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn review_access(&self, view: View<'_>) -> Result<AccessReview, Fault> {
        let mut review = AccessReview::default();
        let today = view.today();
        let within = |unit: &UnitId| view.tree.is_within(unit, view.unit);
        let live = view.accounts.units().filter(|(unit, it)| within(unit) && it.revoked.is_none());
        for (unit, _) in live {
            review.looked += 1;
            let mut persons = view.accounts.persons().filter(|(_, it)| it.unit == *unit);
            let active =
                |login: &Login| matches!(view.accounts.standing(login, today), Standing::Active(_));
            if !persons.any(|(login, _)| active(login)) {
                review.doubts.push(Doubt::Unused(unit.clone()));
            }
        }
        for (login, assignment) in view.accounts.persons().filter(|(_, it)| within(&it.unit)) {
            review.looked += 1;
            match view.accounts.standing(login, today) {
                Standing::Lapsed(_) => review.doubts.push(Doubt::Lapsed(login.clone())),
                Standing::Active(_) => {
                    if self.rules.acknowledge && self.owes_duties(view, assignment) {
                        review.doubts.push(Doubt::Unacknowledged(login.clone()));
                    }
                    if view.serves(&assignment.unit) {
                        review.doubts.extend(silent(view, login)?);
                    }
                }
                _ => {}
            }
        }
        review.doubts.sort_unstable();
        Ok(review)
    }
}

fn silent(view: View<'_>, login: &Login) -> Result<Option<Doubt>, Fault> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let credential = read_credential(view.records, login)?;
    let last = credential.and_then(|known| known.sign_ins.last().copied());
    let days = last.map(|at| (view.now.as_millis() - at.as_millis()) / DAY_MS);
    let long = days.is_none_or(|days| days > SILENT_DAYS);
    Ok(long.then(|| Doubt::Silent(login.clone(), days)))
}
