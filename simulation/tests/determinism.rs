//! One seed is one run: in one process twice, and in another process.

use std::process::Command;

use simulation::run::live;
use simulation::world::Options;

const DAYS: u64 = 3;
const NODES: usize = 8;

fn trace(seed: u64) -> String {
    let faults = "all".parse().expect("a list");
    let report = live(Options { seed, days: DAYS, nodes: NODES, faults }).expect("founded");
    assert_eq!(report.violations, [], "seed {seed}");
    assert!(report.edits > 20 && report.events > 5_000, "{report:?}");
    report.trace
}

fn trace_elsewhere(seed: u64) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["run", "--json", "--seed", &seed.to_string()])
        .args(["--days", &DAYS.to_string(), "--nodes", &NODES.to_string()])
        .output()
        .expect("the simulator runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["trace"].as_str().expect("a digest").to_owned()
}

#[test]
fn equal_seeds_have_equal_traces_in_any_process() {
    let first = [trace(11), trace(12)];
    assert_ne!(first[0], first[1], "different seeds live differently");
    assert_eq!(first, [trace(11), trace(12)]);
    assert_eq!(first[0], trace_elsewhere(11));
}
