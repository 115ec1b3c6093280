//! Where a node finds its superior: the signed list first, then its own settings.

use config::Profile;
use node::control::{Request, Response};

use crate::stage::{DEPARTMENT, SCHOOL, Stage, Up, call, unit, until};

/// Puts the address of `node` on the list as that of the department.
async fn list(stage: &Stage, node: &Up) {
    let address = node.ready.listen.to_string();
    let order = Request::Address { unit: unit(DEPARTMENT), address };
    assert_eq!(call(&stage.at("p"), order).await, Response::Addressed);
}

async fn finds_the_department(stage: &Stage) {
    until("the way up", async || {
        let state = stage.status("truong").await;
        state.neighbours.iter().any(|it| it.upper && it.live && it.unit == unit(DEPARTMENT))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_list_or_in_the_settings_does_not_cut_a_node_off() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    // Another unit answers at the listed address; the settings are right.
    list(&stage, &top).await;
    stage.join(&top, "truong", SCHOOL).await;
    let below = stage.start_below("truong", Profile::Unit, &middle).await;
    finds_the_department(&stage).await;

    // The list is put right and the settings are wrong.
    list(&stage, &middle).await;
    let members = stage.status("p").await.members;
    until("the corrected list", async || stage.status("truong").await.members == members).await;
    stage.stop("truong", below).await;
    stage.start_below("truong", Profile::Unit, &top).await;
    finds_the_department(&stage).await;
}
