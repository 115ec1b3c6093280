//! Lines that are cut, lose, delay and re-order while machines are killed: nothing acknowledged is
//! lost, and what a node said of the nodes above was true when it said it.

use std::io::Write;
use std::time::{Duration, Instant};

use dossier::{DossierId, FieldPath, Hash};
use node::control::{Request, Response};
use protocol::{Answer, Command};
use tests::machine::Machine;
use tests::province::{Province, TIER1, TIER2, TIER3};

use crate::number;
use crate::relay::{DOWN, Relay, UP, Weather};
use crate::verdict::{nothing_is_lost, settle};
use crate::writers::{Dice, Office};

/// The everyday run.
const TIME: Duration = Duration::from_secs(40);
/// Dossiers that one audit reads.
const READ: usize = 6;

/// Who lives at the lower end of each line; the upper end is the place before.
const LOWER: [usize; 2] = [TIER2, TIER1];

#[test]
fn cut_lines_and_kills_lose_nothing_acknowledged_and_status_tells_the_truth() {
    let time = number("HOSO_CUTS").map_or(TIME, |minutes| Duration::from_secs(60 * minutes));
    let mut dice = Dice(number("HOSO_SEED").unwrap_or(1));
    let mut province = Province::new();
    let lines = LOWER.map(|lower| {
        let upper = province.machines[lower - 1].ports.peer;
        let line = Relay::to(upper, dice.below(u64::MAX));
        province.machines[lower].ports.parent = Some(line.port);
        line
    });
    for machine in &mut province.machines {
        machine.start();
    }
    list_the_lines(&province, &lines);
    let office = Office::open(&province, &mut dice);
    let mut weather =
        Director { province, lines, office, dice, mend_at: [None; 2], tally: <_>::default() };
    weather.rage(time);
    let Director { province, lines, office, tally, .. } = weather;
    for line in &lines {
        line.set(<_>::default());
    }
    let said = office.close();
    let begun = Instant::now();
    settle(&province);
    let settled = begun.elapsed();
    nothing_is_lost(&province, &said);
    let edits: usize = said.iter().map(|said| said.edits.len()).sum();
    assert!(tally.claims > 20, "hardly anything was claimed: {tally:?}");
    for line in &lines {
        assert!(line.carried() > 100, "nodes talk past the line");
    }
    // For the person who runs the long run; tests that pass are silent otherwise.
    drop(writeln!(
        std::io::stderr().lock(),
        "{tally:?}; {edits} edits acknowledged, none lost; settled after {settled:?}"
    ));
}

/// The register names the lines, not the nodes behind them: a node that moves to another address
/// is reached by its line all the same.
fn list_the_lines(province: &Province, lines: &[Relay; 2]) {
    for (lower, line) in LOWER.into_iter().zip(lines) {
        let unit = province.machines[lower - 1].unit.clone();
        let address = format!("127.0.0.1:{}", line.port);
        let listed = province.machines[TIER3].call(&Request::Address { unit, address });
        assert_eq!(listed, Response::Addressed);
    }
}

/// What was done.
#[derive(Debug, Default)]
struct Tally {
    weathers: u32,
    kills: u32,
    audits: u32,
    claims: u32,
}

/// Makes the weather, kills, and looks whether nodes tell the truth.
struct Director {
    province: Province,
    lines: [Relay; 2],
    office: Office,
    dice: Dice,
    mend_at: [Option<Instant>; 2],
    tally: Tally,
}

impl Director {
    /// Does something at random, again and again.
    fn rage(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            std::thread::sleep(Duration::from_millis(100 + self.dice.below(900)));
            for line in 0..self.lines.len() {
                if self.mend_at[line].is_some_and(|at| at <= Instant::now()) {
                    self.mend_at[line] = None;
                    self.lines[line].set(<_>::default());
                }
            }
            match self.dice.below(10) {
                0..6 => self.worsen(),
                6..8 => self.kill(),
                _ => self.audit(),
            }
        }
        self.audit();
    }

    /// Gives a line bad weather, mostly for seconds, at times for longer than a connection lives.
    fn worsen(&mut self) {
        let drawn = self.dice.below(2) as usize;
        let line = if self.mend_at[drawn].is_some() { 1 - drawn } else { drawn };
        let good = Weather::default();
        let cut = Weather { cut: true, ..good };
        let mut weather = match self.dice.below(4) {
            0 => [cut; 2],
            1 => [Weather { lost: 20, ..good }; 2],
            2 => [Weather { delay: Duration::from_millis(50 + self.dice.below(600)), ..good }; 2],
            _ => [Weather { disorder: Duration::from_millis(5 + self.dice.below(120)), ..good }; 2],
        };
        match self.dice.below(3) {
            0 => weather[UP] = good,
            1 => weather[DOWN] = good,
            _ => {}
        }
        let long = self.dice.below(12) == 0;
        let ms = if long { 31_000 + self.dice.below(10_000) } else { 500 + self.dice.below(4_500) };
        self.lines[line].set(weather);
        self.mend_at[line] = Some(Instant::now() + Duration::from_millis(ms));
        self.tally.weathers += 1;
    }

    fn kill(&mut self) {
        let place = self.dice.below(3) as usize;
        self.province.machines[place].kill();
        std::thread::sleep(Duration::from_millis(self.dice.below(800)));
        self.province.machines[place].start();
        self.tally.kills += 1;
    }

    /// Stops all traffic and compares what nodes say of those above with what those hold; at times
    /// a power cut comes between the question and the look.
    fn audit(&mut self) {
        self.lines.iter().for_each(|line| line.hold_still(true));
        let claims = self.claims();
        self.totals_add_up();
        if self.dice.below(3) == 0 {
            for upper in [TIER3, TIER2] {
                self.province.machines[upper].kill();
                self.province.machines[upper].start();
                self.tally.kills += 1;
            }
        }
        for (lower, upper, dossier, path, change) in &claims {
            let [lower, upper] = [lower, upper].map(|place| &self.province.machines[*place]);
            let written = upper.history_of(*dossier, path).unwrap_or_default();
            let is_held = written.iter().any(|(_, held)| held.as_ref() == Some(change));
            let (said, of) = (&lower.unit, &upper.unit);
            assert!(
                is_held,
                "{said} said that {of} holds {change} of {dossier}, which it does not"
            );
        }
        self.tally.claims += u32::try_from(claims.len()).expect("few");
        self.tally.audits += 1;
        self.lines.iter().for_each(|line| line.hold_still(false));
    }

    /// Every claim on some pages of the lower nodes: who said it, of whom, what.
    fn claims(&mut self) -> Vec<(usize, usize, DossierId, FieldPath, Hash)> {
        let open = self.office.open_dossiers();
        let mut claims = Vec::new();
        for lower in LOWER {
            for _ in 0..READ.min(open.len()) {
                let dossier = open[self.dice.below(open.len() as u64) as usize];
                for (path, change, held_above) in page(&self.province.machines[lower], dossier) {
                    let above = [TIER2, TIER3].into_iter().zip(held_above);
                    let said = above.filter(|(upper, held)| *held && *upper < lower);
                    claims.extend(
                        said.map(|(upper, _)| (lower, upper, dossier, path.clone(), change)),
                    );
                }
            }
        }
        claims
    }

    /// Tier 3 writes nothing here: all it holds was made below, and no less than those below say.
    fn totals_add_up(&self) {
        let [top, middle, bottom] =
            [TIER3, TIER2, TIER1].map(|place| self.province.machines[place].status().totals);
        assert!(bottom.own_tier3 <= bottom.own && bottom.own_tier2 <= bottom.own, "{bottom:?}");
        assert!(
            bottom.own_tier3 + middle.own_tier3 <= top.changes,
            "{bottom:?} {middle:?} {top:?}"
        );
        assert!(bottom.own_tier2 + middle.own <= middle.changes, "{bottom:?} {middle:?}");
    }
}

/// What a page says of each value: where it stands, the change that wrote it, who holds it above.
fn page(machine: &Machine, dossier: DossierId) -> Vec<(FieldPath, Hash, [bool; 2])> {
    match machine.ask(Command::Show(dossier)) {
        Answer::Shown(shown) => {
            let sources = shown.fields.into_iter();
            let known = sources.filter_map(|field| {
                let from = field.provenance?;
                Some((field.path, from.change, from.held_above))
            });
            known.collect()
        }
        // It was begun elsewhere and has not arrived.
        Answer::Refused(refused) if refused.code == "unknown-dossier" => Vec::new(),
        other => panic!("{other:?}"),
    }
}
