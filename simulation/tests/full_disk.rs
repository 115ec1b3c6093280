//! A disk that fills up: people read on while their readings can be recorded, and are told, nothing
//! acknowledged is lost, and room is all that is needed to go on.

use std::path::Path;
use std::sync::Arc;

use dossier::account::{AccountAct, Activation, Assigning, Decision, Paper, Person, Right, Rights};
use dossier::conduct::{ConductAct, Severity, Ticket, TicketKind, duties};
use dossier::{DossierId, Hash, Role, Timestamp};
use node::account::{AccountAnswer, AccountOrder, Secret, Token};
use node::control::{AuditAnswer, AuditOrder, ConductAnswer, ConductOrder, Request, Response};
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

/// What a node answers to a person, in her session where she has one; a refusal by its code.
async fn told(
    world: &World,
    place: Place,
    token: Option<Token>,
    request: Request,
) -> Result<Response, String> {
    let node = world.nodes().find(|node| node.place == place).expect("a machine");
    let request = match token {
        Some(token) => Request::InSession { token, request: Box::new(request) },
        None => request,
    };
    match node.ask(request).await.expect("the node answers") {
        Response::Refused(refused) | Response::Core(Answer::Refused(refused)) => Err(refused.code),
        other => Ok(other),
    }
}

/// Gives a unit at tier 1 an account and a person with a password, who signed in nowhere yet.
async fn assign(world: &World, top: Place, place: Place, unit: &str) {
    let signed_on = "2025-01-05".parse().expect("a day");
    let rights = Rights { acts: [Right::Read, Right::Enter].into(), ..Rights::default() };
    let agreed = dossier::account::Agreement {
        number: "1/TT".to_owned(),
        signed_on,
        signers: vec!["A".to_owned(), "B".to_owned()],
        list: [unit.parse().expect("a unit")].into(),
        scan: None,
    };
    let assigning = Assigning {
        unit: unit.parse().expect("a unit"),
        person: Person {
            login: "tu.hv".parse().expect("a login"),
            full_name: "Hà Văn Tú".to_owned(),
            role: Role::Clerk,
        },
        decision: Decision { number: "1/QĐ".to_owned(), signed_on, issuer: "A".to_owned() },
        validity: dossier::validity::Validity::ALWAYS,
        activation: Activation { code: Hash::ZERO, until: Timestamp::from_millis(0) },
    };
    let document = Paper { number: "1/UQ".to_owned(), signed_on };
    let acts = [
        AccountAct::DelegateAdministration { document, scope: "toàn tỉnh".to_owned() },
        AccountAct::Issue { unit: unit.parse().expect("a unit"), rights, agreement: Some(agreed) },
        AccountAct::Assign(assigning),
    ];
    let mut given = None;
    for act in acts {
        let order = Request::Account(AccountOrder::Act(Box::new(act)));
        let Ok(Response::Account(AccountAnswer::Acted { code, .. })) =
            told(world, top, None, order).await
        else {
            panic!("not acted")
        };
        given = code.or(given);
    }
    let papers = told(world, top, None, Request::Account(AccountOrder::Papers(0))).await;
    let Ok(Response::Account(AccountAnswer::Papers(papers))) = papers else { panic!("no papers") };
    let carried = Request::Account(AccountOrder::Deliver(papers));
    told(world, place, None, carried).await.expect("delivered");
    let (login, password) = ("tu.hv".to_owned(), Secret::new(PASSWORD.to_owned()));
    let code = given.expect("a code");
    let activate = Request::Account(AccountOrder::Activate { login, code, password });
    told(world, place, None, activate).await.expect("activated");
}

const PASSWORD: &str = "năm con trâu đi qua";

// a full disk keeps nobody from answering for her duties, and so from making room.
#[test]
fn a_person_signs_in_and_answers_for_her_duties_on_a_full_disk() {
    on_virtual_time(async {
        let mut world = founded(3).await;
        let dossier = world.create(UNIT, None).await.expect("begun");
        world.rest(MINUTE_MS).await;
        let unit = status(&world, UNIT).await.unit.to_string();
        assign(&world, 1, UNIT, &unit).await;
        // Within the reserve, and above the half of it that is for others.
        disk(&world, UNIT).fill(56_000);
        assert!(status(&world, UNIT).await.disk_full);
        let sign_in = || {
            let (login, password) = ("tu.hv".to_owned(), Secret::new(PASSWORD.to_owned()));
            Request::Account(AccountOrder::SignIn { login, password, second: None })
        };
        let signed = told(&world, UNIT, None, sign_in()).await;
        let Ok(Response::Account(AccountAnswer::SignedIn { token, .. })) = signed else {
            panic!("{signed:?}")
        };
        let show = || Request::Core(Command::Show(dossier));
        let refused = told(&world, UNIT, Some(token), show()).await;
        assert_eq!(refused.expect_err("duties first"), "acknowledge-first");
        let login = "tu.hv".parse().expect("a login");
        let act = ConductAct::Acknowledge { login, year: 2025, duties: duties() };
        let answer = || Request::Conduct(ConductOrder::Act(Box::new(act.clone())));
        let said = told(&world, UNIT, Some(token), answer()).await;
        assert!(matches!(said, Ok(Response::Conduct(ConductAnswer::Said(_)))), "{said:?}");
        assert!(matches!(
            told(&world, UNIT, Some(token), show()).await,
            Ok(Response::Core(Answer::Shown(_)))
        ));
        // The reserve is for what nobody works without, once.
        let again = told(&world, UNIT, Some(token), answer()).await;
        assert_eq!(again.expect_err("answered"), "disk-full");
        let by = dossier::grant::Officer { full_name: "-".to_owned(), login: None };
        let to = "tier3".parse().expect("a unit");
        let kind = TicketKind::Problem(Severity::Critical);
        let raise = ConductAct::Raise(Ticket { kind, to, text: "đầy đĩa".to_owned(), by });
        let raise = Request::Conduct(ConductOrder::Act(Box::new(raise)));
        assert_eq!(told(&world, UNIT, Some(token), raise).await.expect_err("work"), "disk-full");
        disk(&world, UNIT).raw().set_capacity(None);
        world.heal_and_settle().await;
        assert_eq!(world.violations(), []);
    });
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
