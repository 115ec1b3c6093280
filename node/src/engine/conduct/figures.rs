//! The figures of a report: what is held and who has a way in as of this moment, what was done as the log
//! tells, read back part by part so that others have their turn (Điều 16.5).

use std::collections::BTreeMap;

use dossier::{Timestamp, UnitId, account::Standing, conduct::Period};
use protocol::audit::{Act, Entry, Outcome};

use super::super::{Engine, EngineError, account::view, audit::Back};
use crate::audit::UNMASKED;

/// Entries of the log that are read before others have their turn.
const AT_ONCE: usize = 5_000;

/// Counting that nobody went on with is begun anew after this time, in milliseconds.
const STALE_MS: i64 = 10 * 60 * 1_000;

/// Figures by their stable codes.
type Figures = BTreeMap<String, u64>;

/// A report that is being counted.
#[derive(Debug)]
pub(in crate::engine) struct Counting {
    period: Period,
    begun: Timestamp,
    figures: Figures,
    at: Option<Back>,
    looked: u64,
    of: u64,
}

impl Engine {
    /// Counts the next part of a period; its figures, or how far it came.
    pub(super) fn count_on(
        &mut self,
        period: Period,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Result<Figures, (u64, u64)>, EngineError> {
        let now = self.environment.clock.now();
        let fits = |it: &Counting| {
            it.period == period && (0..STALE_MS).contains(&(now.as_millis() - it.begun.as_millis()))
        };
        let counting = self.readers.counting.take().filter(fits);
        let mut counting = match counting {
            Some(counting) => counting,
            None => self.begin_counting(period, (from, until), now),
        };
        let Counting { figures, at, looked, .. } = &mut counting;
        if let Some(back) = *at {
            let mut add = adder(figures);
            *at = self.read_back(back, (from, AT_ONCE), &mut |entry| {
                *looked += 1;
                if entry.at < until {
                    count(&entry, &mut add);
                }
                true
            })?;
        }
        if counting.at.is_none() {
            return Ok(Ok(counting.figures));
        }
        let (looked, of) = (counting.looked, counting.of);
        self.readers.counting = Some(counting);
        Ok(Err((looked, of)))
    }

    fn begin_counting(
        &self,
        period: Period,
        days: (Timestamp, Timestamp),
        begun: Timestamp,
    ) -> Counting {
        let mut figures: Figures = CODES.iter().map(|code| ((*code).to_owned(), 0)).collect();
        self.count_held(days, begun, &mut adder(&mut figures));
        let (at, of) = (self.newest(), self.audit.log.size());
        Counting { period, begun, figures, at, looked: 0, of }
    }

    /// Counts what is held and who has a way in.
    fn count_held(
        &self,
        (from, until): (Timestamp, Timestamp),
        now: Timestamp,
        add: &mut dyn FnMut(&str, u64),
    ) {
        let own = &self.core.identity().unit;
        let seen = view(&self.core, &self.store, now);
        let within = |unit: &UnitId| seen.tree.is_within(unit, own);
        add("dossiers", self.core.held_within(own, None).count() as u64);
        let live = seen.accounts.units().filter(|(unit, it)| within(unit) && it.revoked.is_none());
        add("accounts", live.count() as u64);
        let persons = seen.accounts.persons().filter(|(login, it)| {
            let standing = seen.accounts.standing(login, seen.today());
            within(&it.unit) && matches!(standing, Standing::Active(_))
        });
        add("persons", persons.count() as u64);
        let alerts = self.core.board().alerts();
        let alerts = alerts.filter(|(_, it)| within(&it.unit) && it.at >= from && it.at < until);
        add("alerts", alerts.count() as u64);
        let tickets = seen.conduct.tickets().filter(|(_, it)| {
            within(&it.origin.unit) && matches!(it.standing(), "open" | "passed" | "answered")
        });
        add("tickets_open", tickets.count() as u64);
    }
}

/// Adds to a figure that a report has.
fn adder(figures: &mut Figures) -> impl FnMut(&str, u64) {
    |code, more| {
        if let Some(figure) = figures.get_mut(code) {
            *figure = figure.saturating_add(more);
        }
    }
}

/// Every figure of a report, by its stable code.
const CODES: [&str; 20] = [
    "dossiers",
    "accounts",
    "persons",
    "sign_ins",
    "sign_ins_refused",
    "opened",
    "unmasked",
    "searched",
    "printed",
    "exported",
    "created",
    "edited",
    "approved",
    "accounts_changed",
    "grants_changed",
    "refused",
    "incidents",
    "alerts",
    "locked",
    "tickets_open",
];

/// Counts an entry of the log under its figure.
fn count(entry: &Entry, add: &mut dyn FnMut(&str, u64)) {
    let record = &entry.record;
    if let Outcome::Refused(_) = record.outcome {
        let signs_in = matches!(record.act, Act::LogIn);
        return add(if signs_in { "sign_ins_refused" } else { "refused" }, 1);
    }
    if record.sections.iter().any(|section| section == UNMASKED) {
        add("unmasked", 1);
    }
    match &record.act {
        Act::LogIn => add("sign_ins", 1),
        Act::Locked => add("locked", 1),
        Act::Opened | Act::HistoryRead | Act::AttachmentRead(_) => add("opened", 1),
        Act::Listed { .. } | Act::Searched { .. } | Act::Counted { .. } => add("searched", 1),
        Act::Printed { copies } => add("printed", u64::from(*copies)),
        Act::Exported { rows } => add("exported", u64::from(*rows)),
        Act::Created { new, .. } | Act::Imported { new, .. } => add("created", u64::from(*new)),
        Act::Edited { .. } => add("edited", 1),
        Act::Approved { .. } => add("approved", 1),
        Act::AccountChanged { .. } => add("accounts_changed", 1),
        Act::Granted { .. } => add("grants_changed", 1),
        Act::Incident(_) => add("incidents", 1),
        _ => {}
    }
}
