//! SIGKILL at random moments under load: nothing that was acknowledged is ever lost.

use std::io::Write;
use std::time::{Duration, Instant};

use tests::province::Province;

use crate::number;
use crate::verdict::{nothing_is_lost, settle};
use crate::writers::{Dice, Office};

/// The everyday run: at least so many kills, and at least so long.
const KILLS: u64 = 20;
const TIME: Duration = Duration::from_secs(45);

/// The plan of a run.
struct Plan {
    kills: u64,
    time: Duration,
    seed: u64,
}

impl Plan {
    fn read() -> Self {
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
    let mut dice = Dice(plan.seed);
    let office = Office::open(&province, &mut dice);
    let (kills, slowest) = kill_for_a_while(&mut province, &plan);
    let said = office.close();
    let begun = Instant::now();
    settle(&province);
    let settled = begun.elapsed();
    nothing_is_lost(&province, &said);
    let edits: usize = said.iter().map(|said| said.edits.len()).sum();
    let dossiers: usize = said.iter().map(|said| said.begun.len()).sum();
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
