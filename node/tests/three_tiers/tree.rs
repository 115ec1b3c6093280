//! The next org tree: what the office of tier 3 issues, and what it refuses.

use config::Profile;
use dossier::unit::{Tier, Unit, UnitTree};
use node::control::{Request, Response};
use protocol::core::Refused;

use crate::stage::{DEPARTMENT, SCHOOL, Stage, call, unit, until};

/// The units of the province after `edit`.
fn tree(edit: impl FnOnce(&mut Vec<Unit>)) -> UnitTree {
    let tree = config::load_tree(&config::Files::embedded()).expect("tree");
    let mut units: Vec<Unit> = tree.into();
    edit(&mut units);
    UnitTree::new(units).expect("a tree")
}

fn without(id: &'static str) -> UnitTree {
    tree(|units| units.retain(|unit| unit.id.as_str() != id))
}

async fn refusal(stage: &Stage, tree: UnitTree) -> (String, String) {
    match call(&stage.at("p"), Request::NextTree { tree, dry_run: false }).await {
        Response::Refused(Refused { code, detail }) => (code, detail),
        other => panic!("{other:?}"),
    }
}

// R-3.5a, R-7.0: a unit with dossiers does not leave the tree, and each tier has its place.
#[tokio::test(flavor = "multi_thread")]
async fn no_tree_leaves_a_node_or_a_dossier_without_its_unit() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    stage.start_below("truong", Profile::Unit, &middle).await;
    stage.enter("truong", SCHOOL, "Đinh Thị Thơ").await;
    until("the dossier at tier 3", async || stage.status("p").await.totals.dossiers == 1).await;

    let told = |code: &str, id: &str| (code.to_owned(), id.to_owned());
    assert_eq!(refusal(&stage, without(SCHOOL)).await, told("tree-removes-node", SCHOOL));
    let order = Request::Revoke { unit: unit(SCHOOL), reason: "máy bị mất".to_owned() };
    assert!(matches!(call(&stage.at("p"), order).await, Response::Revoked { .. }));
    assert_eq!(refusal(&stage, without(SCHOOL)).await, told("tree-removes-dossiers", SCHOOL));
    let retiered = |id: &str| {
        tree(|units| {
            let found = units.iter_mut().find(|unit| unit.id.as_str() == id);
            found.expect("a unit").tier = Tier::One;
        })
    };
    assert_eq!(refusal(&stage, retiered(DEPARTMENT)).await, told("tree-tier", DEPARTMENT));
    assert_eq!(refusal(&stage, retiered("tier3")).await, told("tree-province", "tier3"));

    let below_school = tree(|units| {
        let found = units.iter_mut().find(|unit| unit.id.as_str() == "snv.van-phong");
        found.expect("a unit").parent = Some(unit(SCHOOL));
    });
    assert_eq!(refusal(&stage, below_school).await, told("tree-place", "snv.van-phong"));

    // A unit that nobody needs may go; a dry run first leaves all as it is.
    let spare = "snv.van-phong";
    for (dry_run, version) in [(true, 1), (false, 2)] {
        let order = Request::NextTree { tree: without(spare), dry_run };
        let Response::NextTree(report) = call(&stage.at("p"), order).await else {
            panic!("refused")
        };
        assert_eq!((report.version, report.issued), (version, !dry_run));
        let gone: Vec<&str> = report.changes.iter().map(|change| change.unit.as_str()).collect();
        assert_eq!(gone, [spare]);
        assert_eq!(stage.status("p").await.tree, version);
    }
    until("the tree at tier 2", async || stage.status("so").await.tree == 2).await;
}
