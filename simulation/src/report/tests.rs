//! The page tells what the run was, and looking on changes nothing.

use crate::run::live;
use crate::world::{Faults, Options};

use super::{Record, page};

fn options(faults: &str) -> Options {
    let faults: Faults = faults.parse().expect("a list");
    Options { seed: 5, days: 2, nodes: 6, faults }
}

#[test]
fn a_run_that_is_looked_at_is_the_same_run() {
    let record = Record::live(options("all")).expect("founded");
    let report = live(options("all")).expect("founded");
    assert_eq!(record.trace, report.trace);
    assert_eq!(record.violations, report.violations);
    assert_eq!(record.edits, report.edits);
}

#[test]
fn the_page_shows_every_machine_and_needs_nothing_from_elsewhere() {
    let record = Record::live(options("cuts,crashes,offices")).expect("founded");
    let html = page::html(&record);
    for machine in &record.machines {
        assert_eq!(machine.looks.len(), record.moments.len(), "machine {}", machine.place);
        assert!(html.contains(&format!(": máy {}, cấp {}", machine.place, machine.tier)));
    }
    assert!(html.contains("--seed 5 --days 2 --nodes 6 --faults cuts,offices,crashes"));
    for foreign in ["<script", "http://", "https://", "<link", "@import"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(!html.contains("NaN") && !html.contains("inf"), "numbers");
}
