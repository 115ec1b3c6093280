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

fn options(seeds: Range<u64>) -> impl Iterator<Item = Options> {
    let troubles: Troubles = ANSWERED.parse().expect("a list");
    seeds.map(move |seed| Options { seed, events: EVENTS, troubles: troubles.clone() })
}

#[test]
fn no_promise_is_broken_in_hundreds_of_lives() {
    let mut broken = Vec::new();
    let mut edits = 0;
    for report in live_all(options(seeds()), 2) {
        edits += report.edits;
        if !report.violations.is_empty() {
            let seed = report.seed;
            broken.push(format!(
                "simulate cores --seeds {seed}..{} --events {EVENTS} --faults {ANSWERED}: {:#?}",
                seed + 1,
                report.violations
            ));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(edits > 100, "{edits}");
}

#[test]
fn the_same_seed_is_the_same_life() {
    let lives = |seeds: Range<u64>| {
        let all = live_all(
            seeds.map(|seed| Options { seed, events: EVENTS, troubles: Troubles::default() }),
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
