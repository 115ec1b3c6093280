//! A province of three tiers on this machine: founded once, copied for every test.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use config::Profile;
use dossier::UnitId;
use node::{
    control::{Request, Response},
    enrolment::{enrol_online, ticket_from_delivery},
    environment::{Environment, disk::beside},
    province::{InitOptions, init},
    seal::Founding,
    store::IndexKind,
};
use protocol::{Answer, Command};
use tempfile::TempDir;

use crate::machine::{Machine, Ports};
use crate::patience::eventually;

const PROVINCE: &str = "tier3";
const DEPARTMENT: &str = "sgddt";
const SCHOOL: &str = "sgddt.thpt-chuyen-hoang-van-thu";

/// The place of Sở Nội vụ in [`Province::machines`].
pub const TIER3: usize = 0;
/// The place of the department.
pub const TIER2: usize = 1;
/// The place of the school.
pub const TIER1: usize = 2;

/// Three enrolled nodes, none of which runs at first.
#[derive(Debug)]
pub struct Province {
    /// Tier 3, tier 2, tier 1.
    pub machines: [Machine; 3],
    /// Where they live.
    pub folder: TempDir,
}

impl Province {
    /// A province of its own for one test.
    ///
    /// # Panics
    /// When it cannot be founded or copied.
    pub fn new() -> Self {
        static FOUNDED: OnceLock<TempDir> = OnceLock::new();
        let model = FOUNDED.get_or_init(found);
        let folder = tempfile::tempdir().expect("folder");
        for name in [PROVINCE, DEPARTMENT, SCHOOL] {
            copy_tree(&model.path().join(name), &folder.path().join(name));
        }
        Self { machines: machines(folder.path()), folder }
    }

    /// The same, running and connected.
    ///
    /// # Panics
    /// When the nodes do not find one another.
    pub fn running() -> Self {
        let mut province = Self::new();
        for machine in &mut province.machines {
            machine.start();
        }
        for place in [TIER2, TIER1] {
            let machine = &province.machines[place];
            eventually("the way up", Duration::from_secs(30), || is_live_above(machine));
        }
        province
    }

    /// Waits until the node at `place` and the one above it hold the same.
    ///
    /// # Panics
    /// When they do not within `limit`.
    pub fn agreed(&self, place: usize, limit: Duration) {
        let machine = &self.machines[place];
        let what = format!("{} and the node above hold the same", machine.unit);
        eventually(&what, limit, || machine.ask(Command::Sync) == Answer::Synced(Some(true)));
    }

    /// Waits until every change of the node at `place` is acknowledged by tier 3.
    ///
    /// # Panics
    /// When it is not within `limit`.
    pub fn acknowledged(&self, place: usize, limit: Duration) {
        let machine = &self.machines[place];
        eventually(&format!("tier 3 acknowledges {}", machine.unit), limit, || {
            let totals = machine.status().totals;
            totals.own == totals.own_tier2 && totals.own == totals.own_tier3
        });
    }
}

impl Default for Province {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Province {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut out = std::io::stderr().lock();
            for machine in &self.machines {
                // Nobody is left to be told when this fails.
                drop(writeln!(out, "--- {}{}", machine.unit, machine.log_tail()));
                drop(writeln!(out, "{:#?}", machine.try_status()));
            }
        }
    }
}

/// Whether the feed from the node above flows.
pub fn is_live_above(machine: &Machine) -> bool {
    machine.status().neighbours.iter().any(|neighbour| neighbour.upper && neighbour.live)
}

/// Founds a province, enrols a department and a school over the network, and stops.
fn found() -> TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let options = InitOptions {
        province: "hoabinh".parse().expect("province"),
        tree: config::load_tree(&config::Files::embedded()).expect("tree"),
        passphrase: "một câu dài để niêm phong".to_owned(),
        optional_holders: true,
        index: IndexKind::Sled,
        seal: Founding::beside(&folder.path().join(PROVINCE)),
    };
    let environment = Environment::real();
    let root = folder.path().join("root");
    init(&environment, &folder.path().join(PROVINCE), &root, &options).expect("founded");
    let [mut top, department, school] = machines(folder.path());
    top.start();
    for machine in [&department, &school] {
        join(&environment, &top, machine);
    }
    top.stop();
    folder
}

fn join(environment: &Environment, top: &Machine, machine: &Machine) {
    let invited = top.call(&Request::Invite { unit: machine.unit.clone(), online: true });
    let Response::Invited { delivery, .. } = invited else { panic!("{invited:?}") };
    let (ticket, _) = ticket_from_delivery(delivery.as_bytes()).expect("delivery");
    let door = SocketAddr::from(([127, 0, 0, 1], top.ports.enrol.expect("a door")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let joined = runtime.expect("runtime").block_on(enrol_online(
        environment,
        &machine.data_dir,
        (IndexKind::Sled, &Founding::beside(&machine.data_dir)),
        &ticket,
        door,
    ));
    assert_eq!(joined.expect("enrols").identity.unit, machine.unit);
}

fn machines(folder: &Path) -> [Machine; 3] {
    let [top, middle, bottom] = std::array::from_fn(|_| free_port());
    let ports = [
        Ports { peer: top, enrol: Some(free_port()), parent: None },
        Ports { peer: middle, enrol: None, parent: Some(top) },
        Ports { peer: bottom, enrol: None, parent: Some(middle) },
    ];
    let machine = |unit: &str, profile, ports| {
        Machine::new(unit.parse::<UnitId>().expect("unit"), profile, folder.join(unit), ports)
    };
    [
        machine(PROVINCE, Profile::Province, ports[0]),
        machine(DEPARTMENT, Profile::Department, ports[1]),
        machine(SCHOOL, Profile::Unit, ports[2]),
    ]
}

/// A UDP port that is free and below those the system gives away by itself, so that a node that
/// comes back finds its own again.
///
/// # Panics
/// When none is free.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests that run side by side have neighbouring process numbers.
    let start = u16::try_from(std::process::id() * 64 % 12_000).expect("below 12,000");
    let tried = || 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
    let is_free = |port: &u16| UdpSocket::bind(("127.0.0.1", *port)).is_ok();
    (0..1_000).map(|_| tried()).find(is_free).expect("a free port")
}

/// Copies a data directory as it lies on the disk, and the key file beside it; sockets have no
/// content and stay behind.
///
/// # Panics
/// When the disk refuses.
pub fn copy_tree(from: &Path, to: &Path) {
    copy_folder(from, to);
    let [key, copied] = [from, to].map(|directory| beside(directory, ".key"));
    if key.is_file() {
        fs::copy(key, copied).expect("copied");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a kind");
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy_folder(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}
