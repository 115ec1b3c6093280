//! The three clean lists end with every value they must, and with the findings they must.

use std::collections::BTreeSet;

use dossier::finding::FindingKind;

use super::expected::compare_with_expected;
use super::support::{Province, read_sample};

#[test]
fn the_district_list_is_read_whole() {
    let plan = Province::shipped().plan(&read_sample("huyen-da-bac.xlsx"), None).expect("plan");
    assert_eq!(plan.people.len(), 400);
    compare_with_expected(&plan, "huyen-da-bac.expected.csv");
    assert_eq!(plan.findings, [], "a clean list has no findings");
    assert_eq!(plan.list_date.map(|day| day.to_string()).as_deref(), Some("2024-12-31"));
    assert_eq!(plan.ready().count(), 400);
    let rows = |table: &str| -> usize {
        plan.people.iter().filter_map(|person| person.record.rows.get(table)).map(Vec::len).sum()
    };
    let sheets: Vec<usize> = plan.sheets.iter().map(|sheet| sheet.entries).collect();
    assert_eq!(sheets[1..=4], [rows("training"), rows("work"), rows("salary"), rows("family")]);
    assert_eq!(sheets[5], rows("award") + rows("discipline"));
}

#[test]
fn the_teachers_list_is_read_whole() {
    let plan = Province::shipped().plan(&read_sample("so-giao-duc.csv"), None).expect("plan");
    assert_eq!(plan.people.len(), 1500);
    compare_with_expected(&plan, "so-giao-duc.expected.csv");
    assert_eq!(plan.findings, [], "a clean list has no findings");
}

#[test]
fn the_old_commune_list_is_read_whole() {
    let plan = Province::shipped().plan(&read_sample("xa-cu.xls"), Some("d151")).expect("plan");
    assert_eq!(plan.people.len(), 60);
    compare_with_expected(&plan, "xa-cu.expected.csv");
    let kinds: BTreeSet<FindingKind> = plan.findings.iter().map(|finding| finding.kind).collect();
    let right =
        [FindingKind::LegacyEncoding, FindingKind::DatePartial, FindingKind::LeadingZeroLost];
    assert_eq!(kinds, BTreeSet::from(right));
    assert_eq!(plan.ready().count(), 60, "warnings hold nobody back");
    assert!(plan.not_asked.iter().any(|field| field.as_str() == "staff_type"));
}
