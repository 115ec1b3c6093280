//! Lives of layer 1 in which no promise is broken, and each seed is one life.
//!
//! `HOSO_CORES=A..B` asks for other seeds, as nights do.

use std::ops::Range;

use simulation::cores::{Options, Troubles, live_all};

/// Seeds of a usual run.
const USUAL: Range<u64> = if cfg!(debug_assertions) { 1..41 } else { 1..601 };

/// Events of each life.
const EVENTS: u64 = 300;

/// All troubles whose every consequence is answered for.
const ANSWERED: &str = "all";

fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("HOSO_CORES") else { return USUAL };
    let (from, to) = asked.split_once("..").expect("HOSO_CORES is A..B");
    from.parse().expect("a seed")..to.parse().expect("a seed")
}

fn options(seeds: Range<u64>, transfers: bool) -> impl Iterator<Item = Options> {
    let troubles: Troubles = ANSWERED.parse().expect("a list");
    seeds.map(move |seed| Options { seed, events: EVENTS, troubles: troubles.clone(), transfers })
}

#[test]
fn no_promise_is_broken_in_hundreds_of_lives() {
    no_promise_is_broken(false);
}

// one custodian at any time, whatever happens on the way.
#[test]
fn no_promise_is_broken_where_dossiers_pass_from_unit_to_unit() {
    no_promise_is_broken(true);
}

fn no_promise_is_broken(transfers: bool) {
    let flag = if transfers { " --transfers" } else { "" };
    let mut broken = Vec::new();
    let (mut edits, mut moved) = (0, 0);
    for report in live_all(options(seeds(), transfers), 2) {
        edits += report.edits;
        moved += report.moved;
        if !report.violations.is_empty() {
            let seed = report.seed;
            broken.push(format!(
                "simulate cores --seeds {seed}..{} --events {EVENTS} --faults {ANSWERED}{flag}: {:#?}",
                seed + 1,
                report.violations
            ));
        }
    }
    assert_eq!(moved > 0, transfers, "{moved} dossiers moved");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(edits > 100, "{edits}");
}

#[test]
fn the_same_seed_is_the_same_life() {
    let lives = |seeds: Range<u64>| {
        let all = live_all(
            seeds.map(|seed| Options {
                seed,
                events: EVENTS,
                troubles: Troubles::default(),
                transfers: false,
            }),
            2,
        );
        let mut traces: Vec<(u64, String)> = all.map(|life| (life.seed, life.trace)).collect();
        traces.sort();
        traces
    };
    let (once, again) = (lives(1..9), lives(1..9));
    assert_eq!(once, again);
    assert!(once.iter().zip(&once[1..]).all(|(one, next)| one.1 != next.1), "each is its own");
}
