//! No fault that is planted in the product escapes the judges.

use protocol::plant::Plant;
use simulation::plant::{Finding, hunt_all};

/// Seeds a fault may live through unseen.
const SEEDS_MAX: u64 = 1_000;

fn hunted(wanted: impl Fn(&Plant) -> bool) -> Vec<Finding> {
    let plants = Plant::ALL.into_iter().filter(|(plant, _)| wanted(plant)).collect();
    let findings: Vec<Finding> = hunt_all(plants, SEEDS_MAX, 2).collect();
    let escaped: Vec<&str> =
        findings.iter().filter(|one| one.judge.is_none()).map(|one| one.fault).collect();
    assert!(escaped.is_empty(), "nobody found {escaped:?}");
    findings
}

#[test]
fn every_planted_fault_is_found() {
    let findings = hunted(|plant| !Plant::CUSTODY.contains(plant));
    assert_eq!(findings.len() + Plant::CUSTODY.len(), Plant::ALL.len());
}

#[test]
fn every_rule_of_the_hand_over_is_missed_when_it_is_gone() {
    assert_eq!(hunted(|plant| Plant::CUSTODY.contains(plant)).len(), Plant::CUSTODY.len());
}
