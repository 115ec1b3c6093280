//! How the end of one obligation was counted, day by day.

use dossier::calendar::Calendar;
use dossier::deadline::Profile;
use dossier::docket::Event;
use dossier::obligation::Obligation;
use serde_json::json;

use super::setting;
use crate::cli::Outcome;
use crate::cli::basis::of_office;
use crate::cli::calendar::{beyond, due, steps_json, tell as tell_count, written};
use crate::cli::desk::Desk;
use crate::cli::dossier::record_event;
use crate::cli::error::{CliError, Exit};

/// Tells it with its article, its debtor and every day.
pub(super) fn tell(
    desk: &mut Desk<'_>,
    owed: &Obligation,
    calendar: &Calendar,
    profile: &Profile,
) -> Outcome {
    let end = &owed.due;
    let steps = match &end.counting {
        Some(counting) => counting.steps(calendar).map_err(|error| beyond(&error))?,
        None => Vec::new(),
    };
    if desk.out.is_json() {
        desk.out.answer(
            &json!({ "id": owed.id, "clock": end.clock.code(), "dossier": owed.dossier,
            "document": owed.document, "article": end.rule.article, "start": end.start.to_string(),
            "last_on_time": end.last_on_time.to_string(), "provisional": end.provisional,
            "charged": end.charged, "steps": steps_json(&steps) }),
        );
        return Ok(Exit::Done);
    }
    desk.out.say(format_args!("Việc: {} ({})", end.clock.name_vi(), owed.document));
    if let Some(dossier) = owed.dossier {
        desk.out.say(format_args!("Hồ sơ: {dossier}"));
    }
    desk.out.say(format_args!("Căn cứ: {}", end.rule.article));
    desk.out.say(format_args!("Trách nhiệm: {}", due::debtor(end.rule.debtor)));
    desk.out.say(format_args!("Tính từ: {}", written(end.start)));
    desk.out.say(due::standing(end, &owed.state));
    if owed.is_local() {
        desk.out.say(setting(profile));
    }
    tell_count(desk, &steps, end.last_on_time, end.provisional);
    Ok(Exit::Done)
}

/// Records why it was late, in the dossier it is about.
pub(super) fn excuse(
    desk: &mut Desk<'_>,
    owed: &Obligation,
    reason: &str,
    person: &str,
) -> Outcome {
    let id = owed.dossier.ok_or_else(|| {
        CliError::usage("LH-0122", "Việc này không thuộc hồ sơ nào, không ghi lý do ở đây.")
    })?;
    let meta = of_office(person, desk.in_session()?)?;
    let event = Event::Explained { obligation: owed.id, reason: dossier::fold::tidy(reason) };
    let mut asker = desk.ask()?;
    record_event(desk, &mut asker, id, &event, meta)
}
