//! A disk that fills up: people read on while their readings can be recorded, and are told, nothing
//! acknowledged is lost, and room is all that is needed to go on.

use std::path::Path;
use std::sync::Arc;

use dossier::{DossierId, Role, Timestamp};
use node::control::{AuditAnswer, AuditOrder, Request, Response};
use node::environment::SeededEntropy;
use node::seal::{Founding, Means, Vault};
use protocol::audit::{Act, Entry};
use protocol::{Answer, Command, core::SyncState, wire::RefusalCode};
use simulation::run::on_virtual_time;
use simulation::world::disk::{DATA, NodeDisk};
use simulation::world::{Options, Place, World};

/// A province of five: tier 3 is at 1, a department at 2, units below it from 3 on.
const DEPARTMENT: Place = 2;
/// A unit below it.
const UNIT: Place = 3;

const MINUTE_MS: u64 = 60_000;

async fn founded(seed: u64) -> World {
    let faults = "none".parse().expect("a list");
    let mut world =
        World::found(Options { seed, days: 0, nodes: 5, faults }).await.expect("founded");
    world.rest(MINUTE_MS).await;
    world
}

fn disk(world: &World, place: Place) -> NodeDisk {
    world.nodes().find(|node| node.place == place).expect("a machine").disk.clone()
}

async fn status(world: &World, place: Place) -> SyncState {
    let node = world.nodes().find(|node| node.place == place).expect("a machine");
    match node.command(Command::Status).await {
        Some(Answer::Status(state)) => *state,
        other => panic!("no status: {other:?}"),
    }
}

/// Asks for an edit as a person would, and returns the code of the refusal.
async fn refusal(world: &World, place: Place, dossier: DossierId) -> Option<String> {
    let node = world.nodes().find(|node| node.place == place).expect("a machine");
    let field = "note".parse().expect("a field");
    let value = dossier::Value::Text("không còn chỗ".to_owned());
    let meta = protocol::envelope::Meta {
        person: "cán bộ".to_owned(),
        role: Role::Clerk,
        basis: dossier::LegalBasis::Correction { reason: "nhập sai".to_owned() },
        review: dossier::Review::NotRequired,
    };
    let edits = vec![dossier::Edit::Set { field, value }];
    let command = Command::Edit { dossier, edits, meta };
    match node.ask(Request::Core(command)).await.expect("the node answers") {
        Response::Refused(refused) | Response::Core(Answer::Refused(refused)) => Some(refused.code),
        _ => None,
    }
}

/// Whether a dossier is shown, or refused because the reading cannot be recorded.
async fn reads_or_is_told(world: &World, place: Place, dossier: DossierId) -> bool {
    let node = world.nodes().find(|node| node.place == place).expect("a machine");
    match node.ask(Request::Core(Command::Show(dossier))).await.expect("the node answers") {
        Response::Core(Answer::Shown(_)) => true,
        Response::Refused(refused) | Response::Core(Answer::Refused(refused)) => {
            refused.code == "disk-full"
        }
        _ => false,
    }
}

#[test]
fn a_full_disk_refuses_reads_on_and_goes_on_without_a_restart_in_each_of_three_lives() {
    for seed in 0..6 {
        on_virtual_time(async {
            let mut world = founded(seed).await;
            let dossier = world.create(UNIT, None).await.expect("begun");
            world.rest(MINUTE_MS).await;
            for life in 0..3 {
                let disk = disk(&world, UNIT);
                if seed % 2 == 0 {
                    disk.fill(seed * 30_000);
                } else {
                    disk.raw().fill_after(seed);
                }
                let mut written = 0;
                while world.edit(UNIT, dossier).await {
                    written += 1;
                    assert!(written < 500, "the disk never fills");
                }
                assert_eq!(refusal(&world, UNIT, dossier).await.as_deref(), Some("disk-full"));
                assert!(status(&world, UNIT).await.disk_full);
                assert!(reads_or_is_told(&world, UNIT, dossier).await);
                assert!(world.edit(DEPARTMENT, dossier).await, "others work on");
                world.rest(30 * MINUTE_MS).await;
                assert!(status(&world, UNIT).await.neighbours.is_empty(), "peers wait");
                if life == 1 {
                    world.power_cut(UNIT, seed).await;
                    disk.fill(0);
                    world.start(UNIT);
                    assert_eq!(refusal(&world, UNIT, dossier).await.as_deref(), Some("disk-full"));
                }
                let before = status(&world, UNIT).await;
                disk.raw().set_capacity(None);
                world.rest(MINUTE_MS).await;
                assert!(world.edit(UNIT, dossier).await, "room is all it needs");
                let after = status(&world, UNIT).await;
                assert!(!after.disk_full && after.sequence > before.sequence);
            }
            world.heal_and_settle().await;
            assert_eq!(world.violations(), []);
        });
    }
}

/// How often a unit's log tells of a start, and of a change of the keys.
async fn recorded(world: &World, place: Place) -> (usize, usize) {
    let node = world.nodes().find(|node| node.place == place).expect("a machine");
    let (mut after, mut starts, mut changes) = (None, 0, 0);
    loop {
        let order = AuditOrder::Show { dossier: None, person: String::new(), since: None, after };
        let page = match node.ask(Request::Audit(order)).await {
            Some(Response::Audit(AuditAnswer::Page { entries, next })) => {
                after = next;
                entries
            }
            other => panic!("no page: {other:?}"),
        };
        starts += page.iter().filter(|entry| entry.record.act == Act::Started).count();
        let rotated = |entry: &&Entry| entry.record.purpose.starts_with("đổi khóa niêm phong");
        changes += page.iter().filter(rotated).count();
        if after.is_none() {
            return (starts, changes);
        }
    }
}

/// Locks the data of a machine that is down with another key.
fn rotate(disk: &NodeDisk) {
    let (data, seam) = (Path::new(DATA), disk.seam());
    let entropy = || Arc::new(SeededEntropy::new(9));
    let vault = Vault::open(disk.seam(), data, entropy(), &Means::beside(data)).expect("opens");
    let founding = Founding::beside(data);
    let at = Timestamp::from_millis(1_767_546_000_000);
    Vault::with_fresh_key_file(&*seam, &founding, |lock| vault.rotate(at, lock)).expect("rotated");
}

#[test]
fn a_start_and_a_change_of_keys_are_recorded_however_often_they_are_taken_back() {
    on_virtual_time(async {
        let mut world = founded(4).await;
        let disk = disk(&world, UNIT);
        for life in 0..6 {
            let before = recorded(&world, UNIT).await;
            world.power_cut(UNIT, life).await;
            rotate(&disk);
            // The first writes of the run find no room, though the disk said that there is some.
            disk.raw().fill_after(life);
            world.start(UNIT);
            world.rest(MINUTE_MS).await;
            disk.raw().set_capacity(None);
            world.rest(MINUTE_MS).await;
            let after = recorded(&world, UNIT).await;
            assert_eq!(after, (before.0 + 1, before.1 + 1), "life {life}");
            let vault = disk.home().expect("opens");
            assert_eq!(vault.vault().expect("open").deeds(), [], "life {life}: forgotten");
        }
        assert_eq!(world.violations(), []);
    });
}

#[test]
fn a_superior_without_room_tells_those_below_to_wait_and_takes_everything_later() {
    on_virtual_time(async {
        let mut world = founded(9).await;
        let dossier = world.create(UNIT, None).await.expect("begun");
        world.rest(MINUTE_MS).await;
        let disk = disk(&world, DEPARTMENT);
        disk.fill(0);
        for _ in 0..20 {
            assert!(world.edit(UNIT, dossier).await);
            world.rest(MINUTE_MS).await;
        }
        let told = status(&world, UNIT).await;
        let code = told.refused.expect("told why it waits").code;
        assert_eq!(code, RefusalCode::Full as u16);
        assert!(told.totals.own > told.totals.own_tier2, "nothing is claimed to be held above");
        disk.raw().set_capacity(None);
        world.rest(15 * MINUTE_MS).await;
        let told = status(&world, UNIT).await;
        assert_eq!(told.totals.own, told.totals.own_tier3);
        world.heal_and_settle().await;
        assert_eq!(world.violations(), []);
    });
}
