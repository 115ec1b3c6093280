//! Values that follow from others: the next raise, the highest professional level.

use jiff::civil::Date;

use super::{Bench, FindingKind, Scope};

pub(super) fn judge(bench: &mut Bench<'_>) {
    next_raise(bench);
    highest_professional(bench);
}

/// `salary.next_due` = `salary.from` + the months of the scale, later by the delay of a discipline
/// in that time; empty on probation and with a frame allowance.
fn next_raise(bench: &mut Bench<'_>) {
    for scope in bench.scopes("salary") {
        let Some(due) = bench.day(scope, "salary.next_due") else { continue };
        let expected = match expected_raise(bench, scope) {
            Expected::Unknown => continue,
            Expected::None => None,
            Expected::On(day) => Some(day),
        };
        if expected != Some(due) {
            let right = match expected {
                Some(day) => format!("tính ra là {}", day.strftime("%d/%m/%Y")),
                None => "phải để trống vì đang tập sự hoặc đã hưởng vượt khung".to_owned(),
            };
            let message = format!(
                "Mốc nâng lương lần sau ghi {}, {right}. Hãy xem lại ngày hưởng và mốc này.",
                due.strftime("%d/%m/%Y")
            );
            bench.report(scope, "salary.next_due", FindingKind::DerivedMismatch, message);
        }
    }
}

enum Expected {
    /// A value the rule needs is missing.
    Unknown,
    /// There is no next raise.
    None,
    /// The day it is due.
    On(Date),
}

fn expected_raise(bench: &Bench<'_>, scope: Scope<'_>) -> Expected {
    let probation = bench
        .entry(Scope::Fields, "dossier_status", "dossier_status")
        .is_some_and(|status| status.code == "probation");
    let grade = bench.entry(scope, "salary.grade_code", "grade");
    let from = bench.day(scope, "salary.from");
    let scale = grade.and_then(|grade| bench.catalogs.scale_of(&grade.code, from));
    let (Some(from), Some(scale)) = (from, scale) else { return Expected::Unknown };
    let framed = bench.number(scope, "salary.frame_percent").is_some_and(|percent| percent > 0);
    if probation || framed {
        return Expected::None;
    }
    let due = scale.next_raise(from, 0);
    match due
        .and_then(|due| delay(bench, from, due))
        .and_then(|months| scale.next_raise(from, months))
    {
        Some(day) => Expected::On(day),
        None => Expected::Unknown,
    }
}

/// Months added by disciplines that took effect within the step; `None` where the catalog does
/// not know how long a form delays.
fn delay(bench: &Bench<'_>, from: Date, due: Date) -> Option<u16> {
    let mut months = 0_u16;
    for position in bench.rows("discipline") {
        let row = Scope::Row("discipline", position);
        let within = bench.day(row, "discipline.from").is_some_and(|day| from <= day && day < due);
        if !within {
            continue;
        }
        let form = bench.entry(row, "discipline.form", "discipline_form")?;
        if form.attribute("applies_to") == Some("party_member") {
            continue;
        }
        months = months.checked_add(form.attribute("months_raise_delayed")?.parse().ok()?)?;
    }
    Some(months)
}

/// `highest_professional` = the highest training row of kind `chuyen_mon`, where there is one.
fn highest_professional(bench: &mut Bench<'_>) {
    let stated = bench.entry(Scope::Fields, "highest_professional", "professional");
    let Some(stated) = stated.filter(|entry| entry.rank.is_some()) else { return };
    let mut highest = None;
    for position in bench.rows("training") {
        let row = Scope::Row("training", position);
        let kind = bench.entry(row, "training.kind", "training_kind");
        if kind.is_some_and(|kind| kind.code == "chuyen_mon") {
            let Some(level) = bench.entry(row, "training.qualification", "professional") else {
                // A row that can't be placed may be the highest.
                return;
            };
            if highest.is_none_or(|(rank, _)| level.rank > rank) {
                highest = Some((level.rank, level.label.as_str()));
            }
        }
    }
    let Some((rank, label)) = highest else { return };
    if rank != stated.rank {
        let message = format!(
            "Trình độ chuyên môn cao nhất ghi {}, quá trình đào tạo cho thấy {label}. \
             Hãy bổ sung dòng đào tạo hoặc sửa trình độ.",
            stated.label
        );
        let kind = FindingKind::DerivedMismatch;
        bench.report(Scope::Fields, "highest_professional", kind, message);
    }
}
