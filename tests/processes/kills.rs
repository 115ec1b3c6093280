//! SIGKILL at random moments under load: nothing that was acknowledged is ever lost.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dossier::{DossierId, Hash};
use protocol::{Answer, Command};
use tests::machine::Machine;
use tests::patience::eventually;
use tests::province::{Province, TIER1, TIER2, TIER3, is_live_above};

use crate::writers::{Acknowledged, Dice, FIELDS, Seat, write};

/// The everyday run: at least so many kills, and at least so long.
const KILLS: u64 = 20;
const TIME: Duration = Duration::from_secs(45);
/// Everything has settled by then: connections are noticed as dead after 30 s.
const SETTLED: Duration = Duration::from_secs(60);

/// The plan of a run.
struct Plan {
    kills: u64,
    time: Duration,
    seed: u64,
}

impl Plan {
    fn read() -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
        };
        let seed = number("HOSO_SEED").unwrap_or(1);
        match number("HOSO_KILLS") {
            Some(kills) => Self { kills, time: Duration::ZERO, seed },
            None => Self { kills: KILLS, time: TIME, seed },
        }
    }
}

#[test]
fn kills_at_random_moments_lose_nothing_acknowledged() {
    let plan = Plan::read();
    let mut province = Province::running();
    let stop = Arc::new(AtomicBool::new(false));
    let known = Arc::new(Mutex::new(Vec::new()));
    let mut dice = Dice(plan.seed);
    let writers = [(TIER1, "Bùi Thị"), (TIER2, "Đinh Văn"), (TIER1, "Xa Thị")];
    let writers = writers.map(|(place, person)| {
        let seat = Seat {
            person,
            data_dir: province.machines[place].data_dir.clone(),
            unit: province.machines[TIER1].unit.clone(),
            known: Arc::clone(&known),
            stop: Arc::clone(&stop),
        };
        (place, write(seat, Dice(dice.below(u64::MAX))))
    });
    let (kills, slowest) = kill_for_a_while(&mut province, &plan);
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = [Acknowledged::default(), Acknowledged::default()];
    for (place, writer) in writers {
        let said = writer.join().expect("the writer wrote to its end");
        let all = &mut acknowledged[place - 1];
        all.begun.extend(said.begun);
        all.edits.extend(said.edits);
    }
    let begun = Instant::now();
    settle(&province);
    let settled = begun.elapsed();
    for (place, said) in [(TIER2, &acknowledged[0]), (TIER1, &acknowledged[1])] {
        assert!(said.edits.len() > 20, "hardly anything was written at place {place}");
        for at in [place, TIER2, TIER3] {
            holds(&province.machines[at], said);
        }
    }
    same_everywhere(&province);
    no_alarm(&province);
    let edits: usize = acknowledged.iter().map(|said| said.edits.len()).sum();
    let dossiers: usize = acknowledged.iter().map(|said| said.begun.len()).sum();
    // For the person who runs the long run; tests that pass are silent otherwise.
    drop(writeln!(
        std::io::stderr().lock(),
        "{kills} kills, {dossiers} dossiers, {edits} edits acknowledged, none lost; slowest start \
         {slowest:?}, settled after {settled:?}",
    ));
}

/// Kills nodes until the plan is fulfilled; answers how many, and the slowest start after one.
fn kill_for_a_while(province: &mut Province, plan: &Plan) -> (u64, Duration) {
    let mut dice = Dice(plan.seed);
    let begun = Instant::now();
    let (mut kills, mut slowest) = (0, Duration::ZERO);
    while kills < plan.kills || begun.elapsed() < plan.time {
        std::thread::sleep(Duration::from_millis(200 + dice.below(3_500)));
        let first = usize::try_from(dice.below(3)).expect("small");
        // Now and then the power goes in two places at once.
        let second = (dice.below(8) == 0).then_some((first + 1) % 3);
        for place in [Some(first), second].into_iter().flatten() {
            province.machines[place].kill();
            kills += 1;
        }
        std::thread::sleep(Duration::from_millis(dice.below(1_000)));
        for place in [Some(first), second].into_iter().flatten() {
            let started = Instant::now();
            province.machines[place].start();
            slowest = slowest.max(started.elapsed());
        }
    }
    (kills, slowest)
}

/// Waits until every node says that all is above and the same.
fn settle(province: &Province) {
    for place in [TIER2, TIER1] {
        let machine = &province.machines[place];
        eventually("the way up", SETTLED, || is_live_above(machine));
        province.agreed(place, SETTLED);
    }
    // What came up from tier 1 in between went on to tier 3.
    province.agreed(TIER2, SETTLED);
    for place in [TIER2, TIER1] {
        province.acknowledged(place, SETTLED);
    }
}

/// Every acknowledged change stands in the history of its dossier at this node.
fn holds(machine: &Machine, said: &Acknowledged) {
    let held: BTreeSet<DossierId> = machine.digests().into_iter().map(|(id, ..)| id).collect();
    for dossier in &said.begun {
        assert!(held.contains(dossier), "{dossier} is lost at {}", machine.unit);
    }
    let mut wanted: BTreeMap<(DossierId, &str), BTreeSet<Hash>> = BTreeMap::new();
    for (dossier, field, change) in &said.edits {
        wanted.entry((*dossier, field)).or_default().insert(*change);
    }
    for ((dossier, field), changes) in wanted {
        assert!(FIELDS.contains(&field));
        let written = machine.history(dossier, field).expect("a dossier that is held");
        let written: BTreeSet<Hash> =
            written.into_iter().filter_map(|(_, change)| change).collect();
        let lost: Vec<&Hash> = changes.difference(&written).collect();
        assert!(lost.is_empty(), "{} lost {lost:?} of {dossier}", machine.unit);
    }
}

/// Every dossier has one digest wherever it is held, and all three hold all of them.
fn same_everywhere(province: &Province) {
    let [top, middle, bottom] =
        [TIER3, TIER2, TIER1].map(|place| province.machines[place].digests());
    assert_eq!(top, middle);
    assert_eq!(middle, bottom);
}

/// A SIGKILL is neither a restored copy nor a clone nor a fork, and nothing was kept outside.
fn no_alarm(province: &Province) {
    for machine in &province.machines {
        assert_eq!(machine.incidents(), [], "incidents at {}", machine.unit);
        assert_eq!(machine.ask(Command::Quarantine), Answer::Quarantine(Vec::new()));
        assert_eq!(machine.status().totals.quarantined, 0);
    }
}
