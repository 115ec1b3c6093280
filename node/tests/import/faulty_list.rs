//! The list with faults put in on purpose: exactly those are reported.

use std::collections::BTreeSet;

use super::support::{Province, read_sample, sample};

type Line = (String, u32, String, String);

#[test]
fn every_fault_is_reported_and_no_other() {
    let plan = Province::shipped().plan(&read_sample("loi.xlsx"), None).expect("plan");
    assert_eq!(plan.people.len(), 50);
    let found: BTreeSet<Line> = plan
        .findings
        .iter()
        .map(|finding| {
            let path = &finding.path;
            (
                path.sheet.clone().unwrap_or_default(),
                path.row.unwrap_or_default(),
                path.field.to_string(),
                finding.kind.code().to_owned(),
            )
        })
        .collect();
    let mut reader = csv::Reader::from_path(sample("loi.expected.csv")).expect("expected file");
    let wanted: BTreeSet<Line> = reader
        .records()
        .map(|line| {
            let line = line.expect("line");
            let row = line[1].parse().expect("row");
            (line[0].to_owned(), row, line[3].to_owned(), line[4].to_owned())
        })
        .collect();
    let missing: Vec<&Line> = wanted.difference(&found).collect();
    let extra: Vec<&Line> = found.difference(&wanted).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:#?}\nextra {extra:#?}");
    assert_eq!(plan.findings.len(), wanted.len(), "nothing is told twice");
}
