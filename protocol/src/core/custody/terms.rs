//! How long people have, in working days: to answer a proposal, and to say that a dossier came.

use dossier::{
    PartialDate, Timestamp,
    calendar::{Calendar, CountError},
};

use super::{Core, day};

/// Working days after which a proposal lapses that nobody answers: the longest of the law's clocks
/// (Điều 10.3).
const LAPSE_DAYS: u32 = 30;
/// Working days after which people are told that no receipt came.
const RECEIPT_DAYS: u32 = 3;
/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

/// The terms that begin on one day, by the calendar as it was decided then.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// The years that the program knows.
    base: Calendar,
    /// The day, and how many decisions on the calendar were known.
    of: Option<(PartialDate, usize)>,
    ends: Option<(Timestamp, Timestamp)>,
}

impl Terms {
    /// When a receipt is overdue of a dossier that goes at this moment.
    pub(super) fn receipt(&self, now: Timestamp) -> Timestamp {
        self.ends.map_or_else(|| plain(now, RECEIPT_DAYS), |(receipt, _)| receipt)
    }

    /// When a proposal of this moment lapses.
    pub(super) fn lapse(&self, now: Timestamp) -> Timestamp {
        self.ends.map_or_else(|| plain(now, LAPSE_DAYS), |(_, lapse)| lapse)
    }
}

/// Where no calendar reaches: a working day in every two.
fn plain(now: Timestamp, days: u32) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(i64::from(2 * days) * DAY_MS))
}

impl Core {
    /// Takes the calendar of the program; decisions that are announced hold over it.
    pub fn count_by(&mut self, base: Calendar) {
        self.custodies.terms = Terms { base, ..Terms::default() };
    }

    /// Counts the terms of today, once a day and once a decision.
    pub(super) fn count_terms(&mut self) {
        let now = self.moment.now;
        let decisions = self.board.calendar();
        let Some(today) = day(now) else { return };
        let of = (today, decisions.iter().count());
        let terms = &mut self.custodies.terms;
        if terms.of == Some(of) {
            return;
        }
        let calendar = decisions.over(&terms.base);
        let ends = || -> Result<_, CountError> {
            let end = |days| calendar.end_of_term(now, days);
            Ok((end(RECEIPT_DAYS)?, end(LAPSE_DAYS)?))
        };
        (terms.of, terms.ends) = (Some(of), ends().ok());
    }
}
