//! No fault that is planted in the product escapes the judges.

use protocol::plant::Plant;
use simulation::plant::hunt_all;

/// Seeds a fault may live through unseen.
const SEEDS_MAX: u64 = 1_000;

#[test]
fn every_planted_fault_is_found() {
    let findings: Vec<_> = hunt_all(Plant::ALL.to_vec(), SEEDS_MAX, 2).collect();
    assert_eq!(findings.len(), Plant::ALL.len());
    let escaped: Vec<&str> =
        findings.iter().filter(|one| one.judge.is_none()).map(|one| one.fault).collect();
    assert!(escaped.is_empty(), "nobody found {escaped:?}");
}
