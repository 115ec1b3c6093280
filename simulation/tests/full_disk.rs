//! A disk that fills up: people read on while their readings can be recorded, and are told, nothing
//! acknowledged is lost, and room is all that is needed to go on.

use dossier::{DossierId, Role};
use node::control::{Request, Response};
use protocol::{Answer, Command, core::SyncState, wire::RefusalCode};
use simulation::run::on_virtual_time;
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

fn disk(world: &World, place: Place) -> simulation::world::disk::NodeDisk {
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
