//! A machine that was lost comes back from its backup, and with it everything it had sent.

use config::Profile;
use dossier::Value;
use node::{backup, seal::Means};
use protocol::{Answer, Command, core::IncidentKind};

use crate::stage::{DEPARTMENT, SCHOOL, Stage, meta, named, until};

// G7, G13: into an empty directory alone, in a new life, with what was written since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_machine_comes_back_from_its_backup_with_what_it_had_sent() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let so = stage.start_below("so", Profile::Department, &top).await;
    let school = stage.start_below("truong", Profile::Unit, &so).await;
    let kept = stage.enter("truong", SCHOOL, "Bùi Thị Lan").await;
    until("the first at tier 3", async || stage.status("truong").await.totals.own_tier3 == 1).await;
    let copy = stage.at("sao-luu");
    backup::make(&stage.at("truong"), &copy).expect("copied");
    let since = stage.enter("truong", SCHOOL, "Hà Thị Mai").await;
    until("both at tier 3", async || stage.status("truong").await.totals.own_tier3 == 2).await;

    // What lives there stays, and another machine's key opens nothing.
    let restore =
        |means: &Means| backup::restore(&stage.environment(), &copy, &stage.at("truong"), means);
    let means = Means::beside(&stage.at("truong"));
    restore(&means).expect_err("a machine lives there");
    stage.stop("truong", school).await;
    std::fs::remove_dir_all(stage.at("truong")).expect("lost");
    restore(&Means::beside(&stage.at("so"))).expect_err("another machine's key");
    assert!(!stage.at("truong").exists(), "nothing was begun");
    let held = restore(&means).expect("restored");
    assert_eq!((held.unit.as_str(), held.dossiers), (SCHOOL, 1));

    let school = stage.start_below("truong", Profile::Unit, &so).await;
    until("the word of a new life", async || {
        let Answer::Incidents(told) = stage.ask("truong", Command::Incidents).await else {
            return false;
        };
        told.first().is_some_and(|it| it.kind == IncidentKind::RolledBack)
    })
    .await;
    until("what was sent after the backup", async || {
        matches!(stage.ask("truong", Command::Show(since)).await, Answer::Shown(_))
    })
    .await;
    until("leave to write", async || {
        let edit =
            Command::Edit { dossier: kept, edits: named("Bùi Thị Lan Anh"), meta: meta() };
        matches!(stage.ask("truong", edit).await, Answer::Edited { .. })
    })
    .await;
    until("the edit at tier 3", async || {
        let Answer::Shown(shown) = stage.ask("p", Command::Show(kept)).await else { return false };
        shown.fields[0].value == Value::Text("Bùi Thị Lan Anh".to_owned())
    })
    .await;
    for (name, node) in [("truong", school), ("so", so), ("p", top)] {
        stage.stop(name, node).await;
    }
}
