//! What a year looks like as long as nobody has announced it: the law's own days.
//!
//! Holidays of Bộ luật Lao động 2012 Điều 115 (to 2020) and 2019 Điều 112 (from 2021), the day off
//! of Nghị quyết 28/2026/QH16, and the days in lieu of those that fall on a weekend. Swaps can't be
//! foreseen. Years before 2013 follow the same rule: no clock of the regulation runs in them.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday, date};

use super::lunar::LunarYear;
use super::year::{SpecialDay, SpecialKind, is_weekend};

/// Days of Tết before mùng 1, of the five the law gives; so announced in every year since 2015.
const TET_BEFORE: i32 = 2;
/// Days of Tết.
const TET_DAYS: i32 = 5;

/// The days off that the law gives in a year, in order; none outside 1900 to 2200.
pub(super) fn days_of(year: i16) -> Vec<SpecialDay> {
    let statutory = statutory(year);
    let mut days: BTreeMap<Date, SpecialDay> = BTreeMap::new();
    for (day, (reason, document)) in &statutory {
        days.insert(*day, entry(*day, SpecialKind::Holiday, reason.clone(), document));
    }
    for (day, (reason, _)) in statutory.iter().filter(|(day, _)| is_weekend(**day)) {
        if let Some(free) = next_free(*day, &days) {
            let reason = format!("Nghỉ bù {reason}");
            let document = rest_article(year);
            days.insert(free, entry(free, SpecialKind::Compensation, reason, document));
        }
    }
    days.into_values().collect()
}

/// The day in lieu: the next weekday that is off for no other reason, so that days stack.
fn next_free(day: Date, taken: &BTreeMap<Date, SpecialDay>) -> Option<Date> {
    following(day).take(30).find(|next| !is_weekend(*next) && !taken.contains_key(next))
}

fn following(day: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(day.tomorrow().ok(), |day| day.tomorrow().ok())
}

/// Every holiday of the law with its name and article, before any move.
fn statutory(year: i16) -> BTreeMap<Date, (String, &'static str)> {
    let Some(lunar) = LunarYear::of(year) else { return BTreeMap::new() };
    let article = if year <= 2020 { "BLLĐ 2012 Điều 115" } else { "BLLĐ 2019 Điều 112" };
    let mut list = vec![
        (date(year, 1, 1), "Tết Dương lịch", article),
        (lunar.hung_kings, "Giỗ Tổ Hùng Vương (10/3 âm lịch)", article),
        (date(year, 4, 30), "Ngày Chiến thắng", article),
        (date(year, 5, 1), "Ngày Quốc tế lao động", article),
        (date(year, 9, 2), "Quốc khánh", article),
    ];
    if year >= 2021 {
        list.push((second_national_day(year), "Quốc khánh (ngày liền kề)", article));
    }
    if year >= 2026 {
        list.push((date(year, 11, 24), "Ngày Văn hóa Việt Nam", "NQ 28/2026/QH16"));
    }
    for place in 0..TET_DAYS {
        let span = jiff::Span::new().days(place - TET_BEFORE);
        if let Ok(day) = lunar.new_year.checked_add(span) {
            list.push((day, "Tết Âm lịch", article));
        }
    }
    let mut days: BTreeMap<Date, (String, &'static str)> = BTreeMap::new();
    for (day, name, article) in list {
        days.entry(day)
            .and_modify(|(reason, _)| *reason = format!("{reason}, {name}"))
            .or_insert_with(|| (name.to_owned(), article));
    }
    days
}

/// The second day of National Day, before or after: the one that lengthens a weekend, as each
/// announcement since 2021 chose.
fn second_national_day(year: i16) -> Date {
    match date(year, 9, 2).weekday() {
        Weekday::Sunday | Weekday::Monday | Weekday::Thursday => date(year, 9, 3),
        _ => date(year, 9, 1),
    }
}

fn rest_article(year: i16) -> &'static str {
    if year <= 2020 { "BLLĐ 2012 Điều 115.3" } else { "BLLĐ 2019 Điều 111.3" }
}

fn entry(day: Date, kind: SpecialKind, reason: String, document: &str) -> SpecialDay {
    SpecialDay { day, kind, reason, document: document.to_owned(), paired: None }
}
