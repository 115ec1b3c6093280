//! Three real nodes in one process: founded, enrolled over the network, connected by mutual TLS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{IndexKind, Profile, Settings};
use dossier::{DossierId, Edit, LegalBasis, Review, Role, UnitId, Value};
use node::{
    control::{Client, Request, Response},
    enrolment::{enrol_online, ticket_from_delivery},
    environment::Environment,
    link::LinkLimits,
    node::{Ready, serve},
    province::{InitOptions, init},
};
use protocol::{
    Answer, Command,
    core::{Entry, SyncState},
    envelope::Meta,
};
use tokio::sync::oneshot;

fn unit(id: &str) -> UnitId {
    id.parse().expect("unit id")
}

fn settings(profile: Profile, data_dir: PathBuf, parent: Option<SocketAddr>) -> Settings {
    let any: SocketAddr = "127.0.0.1:0".parse().expect("address");
    Settings {
        profile,
        province: unit("hoabinh"),
        data_dir,
        listen_peer: any,
        listen_enrol: (profile == Profile::Province).then_some(any),
        parent_address: parent.map(|address| address.to_string()),
        storage_index: IndexKind::Sled,
        communes_hold_dossiers: true,
    }
}

async fn start(settings: Settings) -> Ready {
    let (up, ready) = oneshot::channel();
    tokio::spawn(async move {
        let limits = LinkLimits { sessions_per_source: 64, ..LinkLimits::default() };
        let shown = move |ready: &Ready| drop(up.send(ready.clone()));
        serve(Environment::real(), &settings, limits, shown).await.expect("serves");
    });
    ready.await.expect("comes up")
}

async fn call(data_dir: &Path, request: Request) -> Response {
    let data_dir = data_dir.to_owned();
    let asked = move || Client::connect(&data_dir).and_then(|mut client| client.call(&request));
    tokio::task::spawn_blocking(asked).await.expect("joins").expect("answers")
}

async fn ask(data_dir: &Path, command: Command) -> Answer {
    match call(data_dir, Request::Core(command)).await {
        Response::Core(answer) => answer,
        other => panic!("{other:?}"),
    }
}

async fn status(data_dir: &Path) -> SyncState {
    match ask(data_dir, Command::Status).await {
        Answer::Status(status) => *status,
        other => panic!("{other:?}"),
    }
}

fn meta() -> Meta {
    let basis = LegalBasis::Correction { reason: "thử".to_owned() };
    Meta {
        person: "Nguyễn Văn A".to_owned(),
        role: Role::Clerk,
        basis,
        review: Review::NotRequired,
    }
}

fn name(text: &str) -> Vec<Edit> {
    let field = "full_name".parse().expect("field");
    vec![Edit::Set { field, value: Value::Text(text.to_owned()) }]
}

async fn enter(data_dir: &Path, holder: &str, text: &str) -> DossierId {
    let entry = Entry { key: None, unit: unit(holder), edits: name(text), meta: meta() };
    match ask(data_dir, Command::Enter(vec![entry])).await {
        Answer::Entered(made) => made[0].clone().expect("entered").0,
        other => panic!("{other:?}"),
    }
}

async fn join(province: &Path, data_dir: &Path, door: SocketAddr, id: &str) {
    let invited = call(province, Request::Invite { unit: unit(id), online: true }).await;
    let Response::Invited { delivery, .. } = invited else { panic!("{invited:?}") };
    let (ticket, _) = ticket_from_delivery(delivery.as_bytes()).expect("delivery");
    let index = node::store::IndexKind::Sled;
    let environment = Environment::real();
    let joined = enrol_online(&environment, data_dir, index, &ticket, door).await.expect("enrols");
    assert_eq!(joined.identity.unit, unit(id));
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not come about");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_province_is_founded_enrols_replicates_and_shuts_out() {
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    let (p, so, truong) = (at("p"), at("so"), at("truong"));
    let options = InitOptions {
        province: "hoabinh".parse().expect("province"),
        tree: config::load_tree(&config::Files::embedded()).expect("tree"),
        passphrase: "một câu dài để niêm phong".to_owned(),
        optional_holders: true,
        index: node::store::IndexKind::Sled,
    };
    let report = init(&Environment::real(), &p, &at("root"), &options).expect("founded");
    assert_eq!(report.units, 1357);
    let top = start(settings(Profile::Province, p.clone(), None)).await;
    let door = top.enrol.expect("an enrolment door");

    join(&p, &so, door, "sgddt").await;
    join(&p, &truong, door, "sgddt.thpt-chuyen-hoang-van-thu").await;
    let middle = start(settings(Profile::Department, so.clone(), Some(top.listen))).await;
    start(settings(Profile::Unit, truong.clone(), Some(middle.listen))).await;

    let id = enter(&truong, "sgddt.thpt-chuyen-hoang-van-thu", "Đinh Thị Thơ").await;
    until("acknowledgement by tier 3", async || status(&truong).await.totals.own_tier3 == 1).await;
    let Answer::Shown(shown) = ask(&p, Command::Show(id)).await else { panic!("not at tier 3") };
    assert_eq!(shown.fields[0].value, Value::Text("Đinh Thị Thơ".to_owned()));

    let edit = Command::Edit { dossier: id, edits: name("Đinh Thị Thơm"), meta: meta() };
    assert!(matches!(ask(&so, edit).await, Answer::Edited { .. }));
    until("the edit below", async || {
        let Answer::Shown(shown) = ask(&truong, Command::Show(id)).await else { return false };
        shown.fields[0].value == Value::Text("Đinh Thị Thơm".to_owned())
    })
    .await;
    until("agreement", async || ask(&truong, Command::Sync).await == Answer::Synced(Some(true)))
        .await;

    let reason = "máy bị mất".to_owned();
    let lost = unit("sgddt.thpt-chuyen-hoang-van-thu");
    let revoked = call(&p, Request::Revoke { unit: lost, reason }).await;
    assert!(matches!(revoked, Response::Revoked { .. }), "{revoked:?}");
    until("the closed session", async || status(&truong).await.neighbours.is_empty()).await;
    assert!(status(&so).await.neighbours.iter().all(|neighbour| neighbour.upper));
}
