//! The canary test: 500 strings that occur nowhere else are written into every kind of field; then
//! every byte of the data directory, and every line of the log at its most talkative, is searched.
//!
//! Built with `planted` the same search runs over a node that does not seal, and must find them.

#![cfg_attr(
    feature = "planted",
    allow(unused_imports, dead_code, reason = "the other tests are of the program as it is")
)]

#[path = "sealed/acts.rs"]
mod acts;
#[cfg(not(feature = "planted"))]
#[path = "sealed/backups.rs"]
mod backups;
#[path = "sealed/kinds.rs"]
mod kinds;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use config::{IndexKind, Profile, SealSettings, Settings};
use dossier::{DossierId, Edit, LegalBasis, PartialDate, Review, Role, RowId, Timestamp, Value};
use node::account::Secret;
use node::audit::Caller;
use node::control::{Request, Response};
use node::engine::{Engine, Input};
use node::enrolment::{finish, request, ticket_from_delivery};
use node::environment::{Environment, ManualClock, disk::beside};
use node::home::{Home, HomeError};
use node::link::LinkLimits;
use node::node::{Node, Options, ServeError};
use node::province::{InitOptions, init};
use node::seal::{Founding, Means, SealError};
use node::store::{Store, StoreError};
use protocol::account::SignedAccountEntry;
use protocol::envelope::Meta;
use protocol::{Answer, Command, core::Entry};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// What every canary holds; eight letters that random bytes do not form.
const MARK: &str = "Qzxvwkyj";
/// Dossiers, each with ten canaries.
const DOSSIERS: usize = 50;

/// The strings, drawn one after the other.
#[derive(Default)]
struct Canaries(usize);

impl Canaries {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("Đỗ {MARK}{:04} Ngân", self.0)
    }

    fn text(&mut self) -> Value {
        Value::Text(self.next())
    }
}

/// This machine, on a day of January.
fn environment() -> Environment {
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_767_546_000_000));
    Environment { clock: Arc::new(clock), ..Environment::real() }
}

fn settings(data_dir: &Path, profile: Profile, index: IndexKind) -> Settings {
    Settings {
        profile,
        province: "hoabinh".parse().expect("a province"),
        data_dir: data_dir.to_owned(),
        listen_peer: "127.0.0.1:0".parse().expect("an address"),
        listen_enrol: None,
        listen_pages: None,
        parent_address: None,
        storage_index: index,
        communes_hold_dossiers: true,
        accounts: config::AccountSettings::default(),
        secret_attachments: false,
        deadlines: dossier::deadline::Profile::default(),
        seal: SealSettings::default(),
    }
}

/// Founds a province in a folder and a district in it, by hand; where the district's data lies.
fn found(folder: &Path, runtime: &Runtime) -> PathBuf {
    found_with(folder, runtime, &mut Canaries::default()).0
}

/// The same, with the papers of an account.
fn found_with(
    folder: &Path,
    runtime: &Runtime,
    canaries: &mut Canaries,
) -> (PathBuf, Vec<SignedAccountEntry>) {
    let (environment, top) = (environment(), folder.join("p"));
    let options = InitOptions {
        province: "hoabinh".parse().expect("a province"),
        tree: config::load_tree(&config::Files::embedded()).expect("a tree"),
        passphrase: "một câu dài để niêm phong".to_owned(),
        optional_holders: true,
        index: node::store::IndexKind::Sled,
        seal: Founding::beside(&top),
    };
    init(&environment, &top, &folder.join("root"), &options).expect("founded");
    let settings = settings(&top, Profile::Province, IndexKind::Sled);
    let options = Options::of(&settings, LinkLimits::default());
    let mut office = Node::open(&environment, &settings, &options).expect("opens");

    let unit = "d150".parse().expect("a unit");
    let invited = order(&mut office, runtime, Request::Invite { unit, online: false });
    let Response::Invited { delivery, .. } = invited else { panic!("{invited:?}") };
    let (ticket, _) = ticket_from_delivery(delivery.as_bytes()).expect("a ticket");
    let data = folder.join("huyen");
    let seal = Founding::beside(&data);
    let (request, _) = request(&environment, &data, &ticket, &seal).expect("requested");
    let enrolled = order(&mut office, runtime, Request::Enrol { request: request.to_json() });
    let Response::Enrolled { answer } = enrolled else { panic!("{enrolled:?}") };
    let how = (node::store::IndexKind::Sled, &seal.means);
    finish(&environment, &data, how, answer.as_bytes()).expect("joined");
    let papers = kinds::accounts(&mut office, runtime, canaries);
    acts::publish(&mut office, runtime, canaries);
    office.engine.close().expect("closed");
    (data, papers)
}

/// Asks a node as its people do, while it works.
fn order(node: &mut Node, runtime: &Runtime, request: Request) -> Response {
    order_as(node, runtime, Caller::default(), request)
}

fn order_as(node: &mut Node, runtime: &Runtime, caller: Caller, request: Request) -> Response {
    let (desk, engine, inputs) = (node.desk.clone(), &mut node.engine, &mut node.inputs);
    runtime.block_on(async {
        let working = async {
            while let Some(batch) = inputs.next_batch().await {
                engine.turn(batch).expect("a turn");
            }
        };
        tokio::select! {
            biased;
            response = desk.answer_to(caller, request) => response,
            () = working => panic!("the node stopped"),
        }
    })
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn ask(engine: &mut Engine, command: Command) -> Answer {
    let (reply, mut answer) = oneshot::channel();
    engine.turn([Input::Ask(command, reply)]).expect("a turn");
    match answer.try_recv().expect("an answer") {
        Response::Core(answer) => answer,
        other => panic!("another answer: {other:?}"),
    }
}

fn meta(canaries: &mut Canaries, decided: bool) -> Meta {
    let basis = if decided {
        LegalBasis::Decision {
            issuer: canaries.next(),
            number: canaries.next(),
            signed_on: PartialDate::day(2026, 1, 5).expect("a day"),
            effective_on: None,
            scan: None,
        }
    } else {
        LegalBasis::Correction { reason: canaries.next() }
    };
    Meta { person: canaries.next(), role: Role::Clerk, basis, review: Review::NotRequired }
}

fn set(field: &str, value: Value) -> Edit {
    Edit::Set { field: field.parse().expect("a field"), value }
}

fn row(table: &str, number: usize, column: &str, value: Value) -> Edit {
    let cells = BTreeMap::from([(column.to_owned(), value)]);
    let id = RowId::from_bytes((number as u128 + 1).to_be_bytes());
    Edit::PutRow { table: table.to_owned(), row: id, cells }
}

/// Ten strings into each dossier, by its first entry and an edit; then they are read and searched.
fn live(engine: &mut Engine, canaries: &mut Canaries, dossiers: usize) -> Vec<DossierId> {
    let mut made = Vec::new();
    for number in 0..dossiers {
        let edits = vec![
            set("full_name", canaries.text()),
            set("other_names", canaries.text()),
            row("family", number, "full_name", canaries.text()),
        ];
        let unit = "d150".parse().expect("a unit");
        let entry = Entry { key: None, unit, edits, meta: meta(canaries, false) };
        let Answer::Entered(entered) = ask(engine, Command::Enter(vec![entry])) else {
            panic!("not entered")
        };
        let dossier = entered[0].clone().expect("entered").0;
        let edits = vec![
            set("staff_code", canaries.text()),
            row("salary", number, "decision", canaries.text()),
        ];
        let command = Command::Edit { dossier, edits, meta: meta(canaries, true) };
        let answer = ask(engine, command);
        assert!(matches!(answer, Answer::Edited { .. }), "{answer:?}");
        let query = dossier::fold(&format!("{MARK}{:04}", canaries.0 - 9));
        let answer = ask(engine, Command::List { after: None, limit: 9, query });
        assert!(matches!(&answer, Answer::List(rows) if !rows.is_empty()), "{answer:?}");
        assert!(matches!(ask(engine, Command::Show(dossier)), Answer::Shown(_)));
        made.push(dossier);
    }
    made
}

/// Every place where the mark stands, as UTF-8, UTF-16 or folded, in the files of a directory.
fn traces(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files(directory) {
        let bytes = std::fs::read(&path).expect("readable");
        found.extend(marks(&bytes).map(|form| format!("{form} in {}", path.display())));
    }
    found
}

fn marks(bytes: &[u8]) -> impl Iterator<Item = &'static str> + '_ {
    let folded = dossier::fold(MARK);
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let forms = [
        ("UTF-8", MARK.as_bytes().to_vec()),
        ("folded", folded.as_bytes().to_vec()),
        ("capitals", MARK.to_uppercase().into_bytes()),
        ("UTF-16", wide(MARK)),
        ("folded UTF-16", wide(&folded)),
    ];
    let holds = |form: &[u8]| {
        let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == form[0]);
        starts.map(|(at, _)| at).any(|at| bytes[at..].starts_with(form))
    };
    forms.into_iter().filter(move |(_, form)| holds(form)).map(|(name, _)| name)
}

/// Held by whoever keeps a log and by whoever would be first to pass a place that logs: what is passed
/// first on a thread without a log stays silent for all.
static LOGGED: Mutex<()> = Mutex::new(());

/// A log that is kept in memory.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Lives with one index, and again with the other; the last places where the mark was found.
fn written(indexes: &[IndexKind], dossiers: usize) -> (usize, BTreeSet<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime();
    let _within = runtime.enter();
    let (mut canaries, mut found) = (Canaries::default(), BTreeSet::new());
    let (data, papers) = found_with(folder.path(), &runtime, &mut canaries);
    for index in indexes {
        let settings = settings(&data, Profile::Department, *index);
        let mut options = Options::of(&settings, LinkLimits::default());
        options.store.background_index = false;
        // Small enough that rows reach the index while the node runs.
        options.store.recent_bytes = 4_096;
        let mut node = Node::open(&environment(), &settings, &options).expect("opens");
        let made = live(&mut node.engine, &mut canaries, dossiers);
        let file = kinds::write(&mut node, &runtime, &mut canaries, (made[0], &papers));
        acts::work(&mut node, &runtime, &mut canaries, (made[0], file));
        let engine = node.engine;
        // As a thief finds it who takes the running machines' disks, or a backup, and after they went
        // down.
        let backup = folder.path().join(format!("sao-{index:?}"));
        node::backup::make(&data, &backup).expect("copied");
        found.extend(traces(folder.path()));
        engine.close().expect("closed");
        found.extend(traces(folder.path()));
        assert_eq!(made.len(), dossiers);
    }
    (canaries.0, found)
}

// an image of the disk shows no personal data.
#[cfg(not(feature = "planted"))]
#[test]
fn none_of_five_hundred_strings_lies_in_any_file_or_log() {
    let _alone = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    let log = Kept::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let (count, found) = tracing::subscriber::with_default(subscriber, || {
        written(&[IndexKind::Sled, IndexKind::Redb], DOSSIERS / 2)
    });
    // Each act says itself whether it was taken.
    assert!(count > DOSSIERS * 10 + kinds::IN_ACCOUNTS + 2 * kinds::WRITTEN, "{count}");
    assert_eq!(found, BTreeSet::new());
    let log = log.0.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(log.len() > 1_000, "a log was kept");
    assert_eq!(marks(&log).collect::<Vec<_>>(), Vec::<&str>::new(), "in the log");
}

#[cfg(feature = "planted")]
#[test]
fn the_search_finds_them_where_nothing_is_sealed() {
    protocol::plant::set(Some(protocol::plant::Plant::SkipSealing));
    let (_, found) = written(&[IndexKind::Sled, IndexKind::Redb], 2);
    protocol::plant::set(None);
    let told = |what: &str| found.iter().any(|place| place.contains(what));
    assert!(told("UTF-8") && told("journal") && told("attachments"), "{found:?}");
}

#[cfg(not(feature = "planted"))]
#[test]
fn a_destroyed_key_makes_one_dossier_unreadable_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime();
    let _within = runtime.enter();
    let data = found(folder.path(), &runtime);
    let settings = settings(&data, Profile::Department, IndexKind::Redb);
    let options = Options::of(&settings, LinkLimits::default());
    let open = || Node::open(&environment(), &settings, &options).expect("opens").engine;
    let mut engine = open();
    let made = live(&mut engine, &mut Canaries::default(), 3);
    engine.close().expect("closed");

    let environment = environment();
    let home = Home::open(&environment, &data, &Means::beside(&data)).expect("opens");
    home.vault().expect("open").destroy(&made[1]).expect("destroyed");
    let mut engine = open();
    assert!(matches!(ask(&mut engine, Command::Show(made[0])), Answer::Shown(_)));
    assert!(matches!(ask(&mut engine, Command::Show(made[1])), Answer::Refused(_)));
    assert!(matches!(ask(&mut engine, Command::Show(made[2])), Answer::Shown(_)));
    engine.close().expect("closed");
}

#[cfg(not(feature = "planted"))]
#[test]
fn whoever_changes_the_lock_keeps_the_node_from_reading_the_old_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime();
    let _within = runtime.enter();
    let data = found(folder.path(), &runtime);
    let (environment, key) = (environment(), beside(&data, ".key"));
    let settings = settings(&data, Profile::Department, IndexKind::Sled);
    let options = Options::of(&settings, LinkLimits::default());
    let open = || Node::open(&environment, &settings, &options).map(|node| node.engine);
    let held = Store::hold(&*environment.disk, &Home::at(&data).store()).expect("held");
    // As while the key file is being replaced.
    std::fs::rename(&key, folder.path().join("away")).expect("moved");
    let refused = open().expect_err("held");
    assert!(matches!(refused, ServeError::Store(StoreError::LockHeld { .. })), "{refused}");
    std::fs::rename(folder.path().join("away"), &key).expect("moved back");
    drop(held);
    open().expect("opens").close().expect("closed");
}

#[cfg(not(feature = "planted"))]
#[test]
fn a_stolen_directory_opens_with_its_own_key_file_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime();
    let _within = runtime.enter();
    let data = found(folder.path(), &runtime);
    let other = folder.path().join("other");
    std::fs::create_dir(&other).expect("created");
    let stranger = found(&other, &runtime);
    let environment = environment();
    let open = |means: &Means| Home::open(&environment, &data, means);
    assert!(open(&Means::beside(&data)).is_ok());
    let wrong = |opened: Result<Home, HomeError>| {
        assert!(matches!(opened, Err(HomeError::Seal(SealError::WrongKey))), "{opened:?}");
    };
    wrong(open(&Means::beside(&stranger)));
    let guess = Some(Secret::new("một câu dài để niêm phong".to_owned()));
    wrong(open(&Means { passphrase: guess, ..Means::beside(&stranger) }));
    let disk = &*environment.disk;
    let resident = open(&Means::beside(&data)).expect("opens").resident(disk).expect("lives there");
    let secrets = [*resident.tls.seed(), *resident.change.seed()];
    let before = std::fs::read(data.join("seal.json")).expect("readable");
    std::fs::remove_file(beside(&data, ".key")).expect("taken away");
    let opened = open(&Means::beside(&data));
    let missing = matches!(opened, Err(HomeError::Seal(SealError::KeyFileMissing(_))));
    assert!(missing, "{opened:?}");
    assert_eq!(std::fs::read(data.join("seal.json")).expect("readable"), before);
    // What the thief has, byte by byte: nothing of the keys, neither as it is nor as text.
    for path in files(&data) {
        let bytes = std::fs::read(&path).expect("readable");
        for secret in secrets {
            let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
            let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            assert!(!holds(&secret) && !holds(text.as_bytes()), "a key lies in {}", path.display());
        }
    }
    let sealed = std::fs::read(data.join(node::home::KEYS)).expect("readable");
    assert!(serde_json::from_slice::<serde_json::Value>(&sealed).is_err(), "it is no text");
}

/// Every file of a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}
