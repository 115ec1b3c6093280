//! What the open campaigns and requests still ask of a unit, for its list of things to do (Điều 9.2 b).

use std::collections::BTreeMap;

use dossier::campaign::Kept;
use dossier::obligation::Urgency;
use dossier::{Hash, UnitId, calendar::Calendar, unit::UnitTree};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::{all, filings};
use crate::cli::ask::Asker;
use crate::cli::error::CliError;
use crate::cli::named::short;

/// Working days before the end from which on it counts as near.
const SOON: u32 = dossier::deadline::Due::SOON;

/// A campaign or a request that somebody of a unit has not answered.
#[derive(Debug)]
pub(in crate::cli) struct Owed {
    id: Hash,
    title: String,
    due: Date,
    asked: usize,
    /// Names of those who have not filed.
    missing: Vec<String>,
    urgency: Urgency,
    /// Working days until the end, or since.
    days: u32,
}

/// What is asked of the dossiers of units within `scope` and not answered, the earliest end first.
pub(in crate::cli) fn owed(
    asker: &mut Asker,
    tree: &UnitTree,
    scope: &UnitId,
    as_of: Date,
    calendar: &Calendar,
) -> Result<Vec<Owed>, CliError> {
    let mut owed = Vec::new();
    for shown in all(asker)?.into_iter().filter(|it| it.closed.is_none()) {
        let Some(due) = shown.campaign.due_on.civil() else { continue };
        let kept = Kept {
            unit: shown.unit,
            at: shown.at,
            campaign: shown.campaign,
            reminders: BTreeMap::new(),
            closed: None,
        };
        let mut asked = filings(asker, shown.id)?;
        asked
            .retain(|it| tree.is_within(&it.unit, scope) && kept.asks(&it.dossier, &it.unit, tree));
        let open = asked.iter().filter(|it| it.filed.is_none());
        let missing: Vec<String> = open.map(|it| it.name.clone()).collect();
        if missing.is_empty() {
            continue;
        }
        let (urgency, days) = standing(due, as_of, calendar)?;
        let (id, title, asked) = (shown.id, kept.campaign.title, asked.len());
        owed.push(Owed { id, title, due, asked, missing, urgency, days });
    }
    owed.sort_by_key(|it| (it.due, it.id));
    Ok(owed)
}

/// How urgent an end is on a day, with the working days until it or since.
fn standing(due: Date, as_of: Date, calendar: &Calendar) -> Result<(Urgency, u32), CliError> {
    let between =
        |from, to| calendar.working_days_between(from, to).map_err(|_| CliError::unexpected());
    if as_of > due {
        return Ok((Urgency::Overdue, between(due, as_of)?));
    }
    let left = between(as_of, due)?;
    Ok((if left <= SOON { Urgency::DueSoon } else { Urgency::Open }, left))
}

impl Owed {
    /// How urgent it is.
    pub(in crate::cli) fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// As a line for people.
    pub(in crate::cli) fn line(&self) -> String {
        const NAMED: usize = 5;
        let Self { id, title, due, asked, missing, urgency, days } = self;
        let standing = match urgency {
            Urgency::Overdue => format!("quá hạn {days} ngày làm việc"),
            _ => format!("còn {days} ngày làm việc"),
        };
        let mut names = missing.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if missing.len() > NAMED {
            names.push_str(&format!(" và {} người nữa", missing.len() - NAMED));
        }
        let due = due.strftime("%d/%m/%Y");
        format!(
            "Đợt kê khai {} «{title}», hạn {due}, {standing}: chưa nộp {}/{asked} ({names})",
            short(*id),
            missing.len()
        )
    }

    /// For programs.
    pub(in crate::cli) fn as_json(&self) -> Json {
        let Self { id, title, due, asked, missing, urgency, days } = self;
        json!({ "campaign": id, "title": title, "due_on": due.to_string(), "asked": asked,
            "missing": missing.len(), "overdue": *urgency == Urgency::Overdue,
            "working_days": days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-9.2b.1: a request stands in the list of things to do, by the working days of the calendar.
    #[test]
    fn a_request_is_due_and_overdue_by_working_days() {
        let calendar = Calendar::provisional();
        let day = |month, day| Date::constant(2026, month, day);
        let stands = |as_of| standing(day(4, 20), as_of, &calendar).expect("counted");
        // 20 April 2026 is a Monday.
        assert_eq!(stands(day(4, 1)).0, Urgency::Open);
        assert_eq!(stands(day(4, 13)), (Urgency::DueSoon, 5));
        assert_eq!(stands(day(4, 20)), (Urgency::DueSoon, 0));
        assert_eq!(stands(day(4, 22)), (Urgency::Overdue, 2));
    }
}
