//! Each judge is shown a planted fault, and must speak; without it, none does.

use dossier::{DossierId, RowId};
use simulation::world::{Harm, Options, Place, Sabotage, World};

/// A province of five: tier 3 is at 1, a department at 2, units below it from 3 on.
const DEPARTMENT: Place = 2;
/// The unit that is spoilt.
const UNIT: Place = 3;
/// Another one.
const OTHER: Place = 4;
/// A row of a table.
const ROW: RowId = RowId::from_bytes([7; 16]);

fn on_virtual_time(story: impl AsyncFnOnce(&mut World)) -> Vec<(&'static str, String)> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let faults = "none".parse().expect("a list");
        let options = Options { seed: 7, days: 0, nodes: 5, faults };
        let mut world = World::found(options).await.expect("founded");
        story(&mut world).await;
        let all = world.violations().iter();
        all.map(|violation| (violation.judge, violation.words.clone())).collect()
    })
}

async fn begin(world: &mut World) -> DossierId {
    world.rest(60_000).await;
    let dossier = world.create(UNIT, None).await.expect("begun");
    assert!(world.edit(UNIT, dossier).await);
    dossier
}

fn only(judge: &str, violations: &[(&'static str, String)]) {
    assert!(violations.iter().any(|(spoke, _)| *spoke == judge), "silent: {violations:?}");
}

#[test]
fn an_honest_province_gives_no_judge_anything_to_say() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        world.rest(60_000).await;
        world.look_at(UNIT, dossier).await;
        assert!(world.edit(DEPARTMENT, dossier).await, "a department corrects downward");
        world.power_cut(UNIT, 3).await;
        world.start(UNIT);
        world.heal_and_settle().await;
        world.look_at(UNIT, dossier).await;
        assert_eq!(world.testimony().count(), 3);
        let told = world.testimony().told().count();
        assert!(told >= 2, "receipts of tier 3 were shown: {told}");
    });
    assert_eq!(violations, []);
}

#[test]
fn durability_misses_a_commit_that_a_disk_forgot() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        let before = world.copy_disk(UNIT);
        assert!(world.edit(UNIT, dossier).await);
        world.sabotage(UNIT, Sabotage::LoseCommitted(before)).await.expect("planted");
    });
    only("durability", &violations);
}

#[test]
fn durability_misses_a_row_that_a_disk_forgot() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        let before = world.copy_disk(UNIT);
        assert!(world.write_cell(UNIT, dossier, ROW).await);
        world.sabotage(UNIT, Sabotage::LoseCommitted(before)).await.expect("planted");
    });
    only("durability", &violations);
    let words = format!("in row {ROW} of");
    assert!(violations.iter().all(|(_, told)| told.contains(&words)), "{violations:?}");
}

#[test]
fn a_row_written_on_two_sides_is_whole_on_both() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        world.rest(60_000).await;
        world.fabric().set_cut(UNIT, DEPARTMENT, true);
        world.fabric().set_cut(DEPARTMENT, UNIT, true);
        assert!(world.write_cell(UNIT, dossier, ROW).await, "begun on one side");
        assert!(world.write_cell(DEPARTMENT, dossier, ROW).await, "and on the other");
        assert!(world.edit_rows(UNIT, dossier, 20).await > 10);
        assert!(world.edit_rows(DEPARTMENT, dossier, 20).await > 10);
        world.heal_and_settle().await;
        world.look_at(DEPARTMENT, dossier).await;
        let rows = world.testimony().rows(&dossier);
        assert!(rows.len() > 3, "{rows:?}");
    });
    assert_eq!(violations, []);
}

#[test]
fn convergence_and_durability_miss_a_row_that_a_cut_line_holds_back() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        world.rest(60_000).await;
        world.sabotage(UNIT, Sabotage::StayCut).await.expect("planted");
        assert!(world.write_cell(UNIT, dossier, ROW).await);
        world.heal_and_settle().await;
    });
    only("convergence", &violations);
    only("durability", &violations);
}

#[test]
fn honesty_sees_through_a_forged_receipt() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        world.sabotage(UNIT, Sabotage::StayCut).await.expect("planted");
        assert!(world.edit(UNIT, dossier).await);
        world.sabotage(UNIT, Sabotage::ForgeReceipt(dossier)).await.expect("planted");
        world.look_at(UNIT, dossier).await;
    });
    only("honesty", &violations);
}

#[test]
fn authority_finds_a_change_that_nobody_had_the_right_to_make() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        let sabotage = Sabotage::AdmitForeign(dossier, OTHER);
        world.sabotage(UNIT, sabotage).await.expect("planted");
        world.judge_safety().await;
    });
    only("authority", &violations);
}

#[test]
fn convergence_misses_what_a_cut_line_holds_back() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        world.rest(60_000).await;
        world.sabotage(UNIT, Sabotage::StayCut).await.expect("planted");
        assert!(world.edit(UNIT, dossier).await);
        world.heal_and_settle().await;
    });
    only("convergence", &violations);
    only("liveness", &violations);
}

#[test]
fn memory_counts_what_lies_outside_a_dossier() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        world.sabotage(UNIT, Sabotage::Swell(dossier)).await.expect("planted");
        world.judge_safety().await;
    });
    only("memory", &violations);
}

#[test]
fn logs_are_found_tampered_with_whatever_was_done_to_them() {
    for harm in [Harm::Bend, Harm::Cut, Harm::Swap] {
        let violations = on_virtual_time(async |world| {
            let dossier = begin(world).await;
            world.look_at(UNIT, dossier).await;
            world.rest(600_000).await;
            world.sabotage(UNIT, Sabotage::Tamper(harm)).await.expect("planted");
            world.judge_logs();
        });
        only("logs", &violations);
    }
}

#[test]
fn a_restore_that_only_the_log_shows_begins_a_new_life_and_accuses_nobody() {
    let violations = on_virtual_time(async |world| {
        let dossier = begin(world).await;
        world.rest(600_000).await;
        let backup = world.copy_disk(UNIT);
        // Nothing is written that a peer is offered: pages are read, and the log is shown above.
        for _ in 0..5 {
            world.look_at(UNIT, dossier).await;
            world.rest(400_000).await;
        }
        world.sabotage(UNIT, Sabotage::LoseCommitted(backup)).await.expect("planted");
        world.look_at(UNIT, dossier).await;
        world.rest(3_600_000).await;
        world.heal_and_settle().await;
        let incidents = world.incidents();
        assert_eq!(incidents.get("AuditForked"), None, "{incidents:?}");
        assert_eq!(incidents.get("RolledBack"), Some(&1), "{incidents:?}");
        assert_eq!(world.departures(), 1);
    });
    assert_eq!(violations, []);
}
