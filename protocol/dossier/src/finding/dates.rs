//! Days in the future, in the wrong order, too early in a life, and jobs at the same time.

use std::cmp::Ordering;

use jiff::ToSpan as _;

use super::{Bench, FindingKind, Scope};
use crate::validity::first_day;
use crate::{PartialDate, Value};

/// Pairs of days of one person or one row: the earlier, the later, and whether they must differ.
const SINGLE_ORDERS: [(&str, &str, bool); 3] = [
    ("party_joined_on", "party_official_on", false),
    ("enlisted_on", "discharged_on", true),
    ("recruited_on", "joined_current_unit_on", false),
];
const ROW_ORDERS: [(&str, &str, &str); 3] = [
    ("salary", "salary.grade_on", "salary.from"),
    ("training", "training.from", "training.to"),
    ("work", "work.from", "work.to"),
];

pub(super) fn judge(bench: &mut Bench<'_>) {
    future(bench);
    for (earlier, later, apart) in SINGLE_ORDERS {
        order(bench, Scope::Fields, earlier, later, apart);
    }
    for (table, earlier, later) in ROW_ORDERS {
        for scope in bench.scopes(table) {
            order(bench, scope, earlier, later, false);
        }
    }
    salary_rises(bench);
    ages(bench);
    overlaps(bench);
}

/// The order of two dates where it is certain: compared as far as both are known.
fn compare(a: PartialDate, b: PartialDate) -> Option<Ordering> {
    let ((year_a, month_a, day_a), (year_b, month_b, day_b)) = (a.parts(), b.parts());
    let years = year_a.cmp(&year_b);
    if years != Ordering::Equal {
        return Some(years);
    }
    let months = month_a?.cmp(&month_b?);
    if months != Ordering::Equal {
        return Some(months);
    }
    Some(day_a?.cmp(&day_b?))
}

fn name(bench: &Bench<'_>, field: &str) -> String {
    bench.form.named(field).map_or_else(|| field.to_owned(), |field| field.name_vi.clone())
}

fn vietnamese(date: PartialDate) -> String {
    match date.parts() {
        (year, Some(month), Some(day)) => format!("{day:02}/{month:02}/{year}"),
        (year, Some(month), None) => format!("{month:02}/{year}"),
        (year, ..) => year.to_string(),
    }
}

fn future(bench: &mut Bench<'_>) {
    let Some(today) = bench.list_date else { return };
    for (cell, field, value) in bench.cells() {
        let Value::Date(date) = value else { continue };
        if !field.may_be_future && first_day(*date) > today {
            let message = format!(
                "{}: {} ở sau ngày lập danh sách. Hãy kiểm tra lại ngày.",
                field.name_vi,
                vietnamese(*date)
            );
            bench.report_at(cell, FindingKind::DateInFuture, message);
        }
    }
}

fn order(bench: &mut Bench<'_>, scope: Scope<'_>, earlier: &str, later: &str, apart: bool) {
    let (Some(first), Some(second)) = (bench.date(scope, earlier), bench.date(scope, later)) else {
        return;
    };
    let wrong = match compare(second, first) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => apart,
        _ => false,
    };
    if wrong {
        let message = format!(
            "{}: {} phải sau {} ({}). Hãy kiểm tra lại hai ngày.",
            name(bench, later),
            vietnamese(second),
            name(bench, earlier),
            vietnamese(first)
        );
        bench.report(scope, later, FindingKind::DateOrder, message);
    }
}

/// Within a person each pay row starts after the one before it.
fn salary_rises(bench: &mut Bench<'_>) {
    let mut before: Option<PartialDate> = None;
    for position in bench.rows("salary") {
        let row = Scope::Row("salary", position);
        let Some(from) = bench.date(row, "salary.from") else { continue };
        let misplaced = before.is_some_and(|before| {
            matches!(compare(from, before), Some(Ordering::Less | Ordering::Equal))
        });
        if misplaced {
            let message = format!(
                "Ngày hưởng {} không sau dòng lương trước. Hãy xếp các dòng theo thời gian.",
                vietnamese(from)
            );
            bench.report(row, "salary.from", FindingKind::DateOrder, message);
        }
        before = Some(from);
    }
}

fn ages(bench: &mut Bench<'_>) {
    let Some(birth) = bench.date(Scope::Fields, "birth_date") else { return };
    let limits = [
        ("recruited_on", 15, "Tuyển dụng khi chưa đủ 15 tuổi"),
        ("citizen_id_issued_on", 14, "Cấp thẻ khi chưa đủ 14 tuổi"),
    ];
    for (field, years, what) in limits {
        let Some(date) = bench.date(Scope::Fields, field) else { continue };
        // Where only a year or month of birth is known, the earliest day is taken.
        let Ok(of_age) = first_day(birth).checked_add(years.years()) else { continue };
        let of_age = PartialDate::day(of_age.year(), of_age.month() as u8, of_age.day() as u8);
        if of_age.is_ok_and(|of_age| compare(date, of_age) == Some(Ordering::Less)) {
            let message = format!("{what}. Hãy kiểm tra ngày sinh và ngày {}.", vietnamese(date));
            bench.report(Scope::Fields, field, FindingKind::AgeTooLow, message);
        }
    }
}

/// Main jobs in the order of the list; a job that is open lasts for ever.
fn overlaps(bench: &mut Bench<'_>) {
    let mut before: Option<Option<PartialDate>> = None;
    for position in bench.rows("work") {
        let row = Scope::Row("work", position);
        if bench.value(row, "work.secondment") == Some(&Value::Flag(true)) {
            continue;
        }
        let Some(from) = bench.date(row, "work.from") else { continue };
        let to_unreadable =
            bench.closed.iter().any(|(at, id)| *at == Some(position) && id.as_str() == "work.to");
        let overlapping = match before {
            None => false,
            Some(None) => true,
            Some(Some(end)) => shares_a_month(from, end),
        };
        if overlapping {
            let message = format!(
                "Công tác từ {} trùng thời gian với dòng trước. Hãy kiểm tra mốc kết thúc.",
                vietnamese(from)
            );
            bench.report(row, "work.from", FindingKind::Overlap, message);
        }
        before = if to_unreadable { None } else { Some(bench.date(row, "work.to")) };
    }
}

/// Whether a job that starts at `from` begins no later than the month in which another ends. Days
/// are compared where both are known: one job may end and the next start in the same month.
fn shares_a_month(from: PartialDate, end: PartialDate) -> bool {
    match compare(from, end) {
        Some(order) => order != Ordering::Greater,
        None => {
            let ((year_a, month_a, _), (year_b, month_b, _)) = (from.parts(), end.parts());
            year_a == year_b && month_a.is_some() && month_a == month_b
        }
    }
}
