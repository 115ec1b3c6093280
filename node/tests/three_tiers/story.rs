//! Founded, enrolled over the network, connected by mutual TLS, and one shut out.

use config::Profile;
use dossier::Value;
use node::control::{Request, Response};
use protocol::{Answer, Command};

use crate::stage::{DEPARTMENT, SCHOOL, Stage, call, meta, named, unit, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_province_is_founded_enrols_replicates_and_shuts_out() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    stage.start_below("truong", Profile::Unit, &middle).await;

    let id = stage.enter("truong", SCHOOL, "Đinh Thị Thơ").await;
    let acknowledged = async || stage.status("truong").await.totals.own_tier3 == 1;
    until("acknowledgement by tier 3", acknowledged).await;
    let Answer::Shown(shown) = stage.ask("p", Command::Show(id)).await else {
        panic!("not at tier 3")
    };
    assert_eq!(shown.fields[0].value, Value::Text("Đinh Thị Thơ".to_owned()));

    let edit = Command::Edit { dossier: id, edits: named("Đinh Thị Thơm"), meta: meta() };
    assert!(matches!(stage.ask("so", edit).await, Answer::Edited { .. }));
    until("the edit below", async || {
        let Answer::Shown(shown) = stage.ask("truong", Command::Show(id)).await else {
            return false;
        };
        shown.fields[0].value == Value::Text("Đinh Thị Thơm".to_owned())
    })
    .await;
    let agreed = async || stage.ask("truong", Command::Sync).await == Answer::Synced(Some(true));
    until("agreement", agreed).await;

    let reason = "máy bị mất".to_owned();
    let revoked = call(&stage.at("p"), Request::Revoke { unit: unit(SCHOOL), reason }).await;
    assert!(matches!(revoked, Response::Revoked { .. }), "{revoked:?}");
    let alone = async || stage.status("truong").await.neighbours.is_empty();
    until("the closed session", alone).await;
    assert!(stage.status("so").await.neighbours.iter().all(|neighbour| neighbour.upper));
}
