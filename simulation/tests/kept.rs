//! Runs in which a promise was once broken keep it: each line of `kept.txt` is a command of the
//! simulator.

use std::process::Command;

const KEPT: &str = include_str!("kept.txt");

fn kept() -> impl Iterator<Item = &'static str> {
    KEPT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What the simulator says of a line that does not hold; empty when it does.
fn complaint(line: &str) -> String {
    let simulator = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(line.split_whitespace())
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the simulator runs");
    if simulator.status.success() {
        return String::new();
    }
    let said = [simulator.stdout, simulator.stderr].concat();
    format!("simulate {line}\n{}", String::from_utf8_lossy(&said))
}

#[test]
fn what_was_once_broken_holds() {
    for layer in ["cores", "run"] {
        assert!(kept().any(|line| line.starts_with(layer)), "of both layers");
    }
    let complaints: Vec<String> =
        kept().map(complaint).filter(|complaint| !complaint.is_empty()).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn a_line_that_is_no_run_is_told() {
    assert!(complaint("cores --seeds nothing").contains("not A..B"));
}
