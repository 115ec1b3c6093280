//! What a process holds in memory stays there: a fault of the program writes no core (Điều 11.2).

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use tests::province::Province;

/// A name that occurs nowhere else.
const CANARY: &str = "Qzxvwkyj Thị Lõi";

// memory that holds dossiers reaches no file, whatever ends the process.
#[test]
fn a_node_that_falls_writes_no_core() {
    let mut province = Province::running();
    let machine = &mut province.machines[2];
    let unit = machine.unit.clone();
    let dossier = machine.enter(&unit, CANARY);
    assert!(machine.history(dossier, "full_name").is_ok_and(|writings| writings.len() == 1));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", machine.pid()));
    let limits = limits.expect("readable");
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.expect("a limit").split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "neither now nor raised later");
    let status = machine.abort();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    for place in [machine.data_dir.parent().expect("a folder"), &here()] {
        let found = holding(place, CANARY.as_bytes());
        assert!(found.is_empty(), "{found:?}");
    }
    machine.start();
    assert!(machine.history(dossier, "full_name").is_ok(), "what it had said is there");
}

/// Where its processes run, and a core would be put.
fn here() -> PathBuf {
    std::env::current_dir().expect("a folder").join("core")
}

/// Files under a place that hold these bytes.
fn holding(place: &Path, wanted: &[u8]) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(place) else {
        let bytes = std::fs::read(place).unwrap_or_default();
        let holds = bytes.windows(wanted.len()).any(|window| window == wanted);
        return if holds { vec![place.to_owned()] } else { Vec::new() };
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.flat_map(|path| holding(&path, wanted)).collect()
}
