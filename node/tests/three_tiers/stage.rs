//! A province on loopback: real nodes on one runtime, real QUIC, real directories.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use config::{IndexKind, Profile, Settings};
use dossier::{DossierId, Edit, LegalBasis, Review, Role, Timestamp, UnitId, Value};
use node::{
    control::{CertificateOrder, CertificateShown, Client, Request, Response},
    enrolment::{enrol_online, ticket_from_delivery},
    environment::{Clock, Environment, ManualClock, SystemClock},
    home::{Home, IDENTITY, IdentityFile, Resident},
    link::LinkLimits,
    node::{Options, Ready, serve},
    province::{InitOptions, init},
    seal::{Founding, Means},
};
use protocol::{
    Answer, Command,
    core::{Entry, SyncState},
    envelope::Meta,
};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A unit with a node at tier 2, and one below it.
pub(crate) const DEPARTMENT: &str = "sgddt";
pub(crate) const SCHOOL: &str = "sgddt.thpt-chuyen-hoang-van-thu";

/// The province, its folder and its clock.
pub(crate) struct Stage {
    folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    founded: Timestamp,
}

/// A node that is up.
pub(crate) struct Up {
    pub(crate) ready: Ready,
    task: JoinHandle<()>,
}

impl Stage {
    /// Founds a province in a new folder.
    pub(crate) fn found() -> Self {
        Self::found_as("hoabinh")
    }

    /// Founds a province of this name in a new folder.
    pub(crate) fn found_as(province: &str) -> Self {
        let founded = SystemClock.now();
        let clock = Arc::new(ManualClock::starting_at(founded));
        let stage = Self { folder: tempfile::tempdir().expect("folder"), clock, founded };
        let options = InitOptions {
            province: province.parse().expect("province"),
            tree: config::load_tree(&config::Files::embedded()).expect("tree"),
            passphrase: "một câu dài để niêm phong".to_owned(),
            optional_holders: true,
            index: node::store::IndexKind::Sled,
            seal: Founding::beside(&stage.at("p")),
        };
        let (data, root) = (stage.at("p"), stage.at("root"));
        let report = init(&stage.environment(), &data, &root, &options).expect("founded");
        assert_eq!(report.units, 1357);
        stage
    }

    /// A directory of the province.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The clock shows the day after so many days, counted from the founding.
    pub(crate) fn days_later(&self, days: i64) {
        self.clock.set(self.day(days));
    }

    /// The instant so many days after the founding.
    pub(crate) fn day(&self, days: i64) -> Timestamp {
        Timestamp::from_millis(self.founded.as_millis() + days * 24 * 3_600_000)
    }

    pub(crate) fn environment(&self) -> Environment {
        Environment { clock: Arc::<ManualClock>::clone(&self.clock), ..Environment::real() }
    }

    /// Starts the tier-3 node.
    pub(crate) async fn start_top(&self) -> Up {
        self.start(settings(Profile::Province, self.at("p"), None)).await
    }

    /// Starts a node that dials `parent`.
    pub(crate) async fn start_below(&self, name: &str, profile: Profile, parent: &Up) -> Up {
        self.start(settings(profile, self.at(name), Some(parent.ready.listen))).await
    }

    /// Starts the node that `settings` describe.
    pub(crate) async fn start(&self, settings: Settings) -> Up {
        self.start_in(self.environment(), settings).await
    }

    /// Starts the node that `settings` describe, in a world of its own.
    pub(crate) async fn start_in(&self, environment: Environment, settings: Settings) -> Up {
        let (up, ready) = oneshot::channel();
        let task = tokio::spawn(async move {
            let limits = LinkLimits { sessions_per_source: 64, ..LinkLimits::default() };
            let shown = move |ready: &Ready| drop(up.send(ready.clone()));
            let options = Options::of(&settings, limits);
            serve(environment, &settings, &options, shown).await.expect("serves");
        });
        Up { ready: ready.await.expect("comes up"), task }
    }

    /// Enrols a node for `id` in the directory `name`.
    pub(crate) async fn join(&self, top: &Up, name: &str, id: &str) {
        let request = Request::Invite { unit: unit(id), online: true };
        let invited = call(&self.at("p"), request).await;
        let Response::Invited { delivery, .. } = invited else { panic!("{invited:?}") };
        let (ticket, _) = ticket_from_delivery(delivery.as_bytes()).expect("delivery");
        let (index, door) = (node::store::IndexKind::Sled, top.ready.enrol.expect("a door"));
        let (environment, data_dir) = (self.environment(), self.at(name));
        let seal = Founding::beside(&data_dir);
        let how = (index, &seal);
        let joined = enrol_online(&environment, &data_dir, how, &ticket, door).await;
        assert_eq!(joined.expect("enrols").identity.unit, unit(id));
    }

    /// Lets the node in a directory forget where tier 3 takes it in.
    pub(crate) fn forget_the_door(&self, name: &str) {
        let (home, disk) = (Home::at(&self.at(name)), self.environment().disk);
        let mut file: IdentityFile = home.read(&*disk, IDENTITY).expect("identity");
        assert!(file.door.take().is_some(), "it was told at its enrolment");
        home.write(&*disk, IDENTITY, &file).expect("written");
    }

    /// Who lives in a directory, as its files say.
    pub(crate) fn resident(&self, name: &str) -> Resident {
        self.home(name).resident(&*self.environment().disk).expect("a node")
    }

    /// A directory with its vault open.
    pub(crate) fn home(&self, name: &str) -> Home {
        let directory = self.at(name);
        Home::open(&self.environment(), &directory, &Means::beside(&directory)).expect("opens")
    }

    /// What the node in a directory says of its certificate.
    pub(crate) async fn certificate(&self, name: &str) -> CertificateShown {
        let order = Request::Certificate(CertificateOrder::Show);
        match call(&self.at(name), order).await {
            Response::Certificate(shown) => shown,
            other => panic!("{other:?}"),
        }
    }

    /// Writes at the school and waits for the word of tier 3.
    pub(crate) async fn write(&self, count: u64) {
        self.enter("truong", SCHOOL, &format!("Người {count}")).await;
        let heard = async || self.status("truong").await.totals.own_tier3 == count;
        until(&format!("acknowledgement {count} by tier 3"), heard).await;
    }

    /// The state of the node in a directory.
    pub(crate) async fn status(&self, name: &str) -> SyncState {
        match self.ask(name, Command::Status).await {
            Answer::Status(status) => *status,
            other => panic!("{other:?}"),
        }
    }

    /// What the node in a directory answers.
    pub(crate) async fn ask(&self, name: &str, command: Command) -> Answer {
        match call(&self.at(name), Request::Core(command)).await {
            Response::Core(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// Enters a person at the node in a directory.
    pub(crate) async fn enter(&self, name: &str, holder: &str, text: &str) -> DossierId {
        let entry = Entry { key: None, unit: unit(holder), edits: named(text), meta: meta() };
        match self.ask(name, Command::Enter(vec![entry])).await {
            Answer::Entered(made) => made[0].clone().expect("entered").0,
            other => panic!("{other:?}"),
        }
    }

    /// Stops the node in a directory in order.
    pub(crate) async fn stop(&self, name: &str, node: Up) {
        assert_eq!(call(&self.at(name), Request::Shutdown).await, Response::Stopping);
        node.task.await.expect("ends in order");
    }
}

pub(crate) fn unit(id: &str) -> UnitId {
    id.parse().expect("unit id")
}

pub(crate) fn settings(
    profile: Profile,
    data_dir: PathBuf,
    parent: Option<SocketAddr>,
) -> Settings {
    let any: SocketAddr = "127.0.0.1:0".parse().expect("address");
    Settings {
        profile,
        province: unit("hoabinh"),
        data_dir,
        listen_peer: any,
        listen_enrol: (profile == Profile::Province).then_some(any),
        listen_pages: None,
        parent_address: parent.map(|address| address.to_string()),
        storage_index: IndexKind::Sled,
        accounts: config::AccountSettings::default(),
        seal: config::SealSettings::default(),
        secret_attachments: false,
        deadlines: dossier::deadline::Profile::default(),
        communes_hold_dossiers: true,
    }
}

pub(crate) async fn call(data_dir: &Path, request: Request) -> Response {
    let data_dir = data_dir.to_owned();
    let asked = move || Client::connect(&data_dir).and_then(|mut client| client.call(&request));
    tokio::task::spawn_blocking(asked).await.expect("joins").expect("answers")
}

pub(crate) fn meta() -> Meta {
    let basis = LegalBasis::Correction { reason: "thử".to_owned() };
    Meta {
        person: "Nguyễn Văn A".to_owned(),
        role: Role::Clerk,
        basis,
        review: Review::NotRequired,
    }
}

pub(crate) fn named(text: &str) -> Vec<Edit> {
    let field = "full_name".parse().expect("field");
    vec![Edit::Set { field, value: Value::Text(text.to_owned()) }]
}

pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not come about");
}
