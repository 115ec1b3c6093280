//! Dossiers are found by any field and counted by two, within a person's reach, and what is covered
//! answers nobody; papers ask for a right of their own.

use config::Profile;
use dossier::{
    Coded, DossierId, Edit, Role, RowId, Value,
    account::Right,
    fold,
    lookup::{Criterion, Query, Test},
};
use node::{
    account::Token,
    audit::Claim,
    control::{AuditAnswer, AuditOrder, CopyKind, CopyOrder, Request, Response},
    search::{Axis, SearchOrder, SearchPage, Wanted},
};
use protocol::{Answer, Command, audit::Act, core::Entry};

use crate::persons::{Office, acknowledge, ask};
use crate::stage::{DEPARTMENT, SCHOOL, Stage, meta, named, unit, until};

fn claim(purpose: &str, unmask: bool) -> Claim {
    let (person, purpose) = ("Bùi Văn Hoà".to_owned(), purpose.to_owned());
    Claim { person, purpose, unmask, ..Claim::default() }
}

/// A person of a kind of staff, with courses and what is sensitive.
async fn enter(stage: &Stage, holder: &str, who: (&str, &str, &[&str])) -> DossierId {
    let (name, staff, courses) = who;
    let coded = |code: &str| {
        Value::Coded(Coded { code: code.to_owned(), label: format!("Nhãn {code}"), version: 1 })
    };
    let mut edits = named(name);
    let mut set =
        |field: &str, value| edits.push(Edit::Set { field: field.parse().expect("field"), value });
    set("staff_type", coded(staff));
    set("health_status", Value::Text("tim mạch".to_owned()));
    edits.extend((1..).zip(courses).map(|(number, course)| Edit::PutRow {
        table: "training".to_owned(),
        row: RowId::from_bytes([number; 16]),
        cells: [("field".to_owned(), Value::Text((*course).to_owned()))].into(),
    }));
    let entry = Entry { key: None, unit: unit(holder), edits, meta: meta() };
    match stage.ask("so", Command::Enter(vec![entry])).await {
        Answer::Entered(made) => made[0].clone().expect("entered").0,
        other => panic!("{other:?}"),
    }
}

fn order(words: &[&str], criteria: &[(&str, Test)], wanted: Wanted) -> SearchOrder {
    let criteria = criteria.iter().map(|(field, test)| Criterion {
        field: field.parse().expect("field"),
        test: test.clone(),
    });
    let words = words.iter().map(|word| fold(word)).collect();
    let query = Query { words, criteria: criteria.collect() };
    SearchOrder { query, unit: None, after: None, wanted }
}

async fn search(
    stage: &Stage,
    (token, claim): (Option<Token>, &Claim),
    order: SearchOrder,
) -> Result<SearchPage, String> {
    match ask(stage, "so", token, claim, Request::Search(order)).await {
        Response::Found(page) => Ok(*page),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

async fn found(stage: &Stage, words: &[&str], criteria: &[(&str, Test)]) -> Vec<DossierId> {
    let order = order(words, criteria, Wanted::Hits(9));
    let page = search(stage, (None, &claim("", false)), order).await.expect("a page");
    page.hits.into_iter().map(|hit| hit.dossier).collect()
}

fn is(text: &str) -> Test {
    Test::Is(fold(text))
}

// R-12.1a, R-12.1b: by any field, with the reason; covered fields answer nobody; figures are counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dossiers_are_found_by_any_field_and_say_why() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    let so = stage.start_below("so", Profile::Department, &top).await;
    let mai = enter(&stage, DEPARTMENT, ("Hà Thị Mai", "vien_chuc", &["Luật"])).await;
    let lan = enter(&stage, DEPARTMENT, ("Bùi Thị Lan", "cong_chuc", &["Toán", "Luật"])).await;
    let tu = enter(&stage, DEPARTMENT, ("Hà Văn Tú", "cong_chuc", &[])).await;

    assert_eq!(found(&stage, &["ha thi"], &[]).await, [mai]);
    let page = order(&["MAI"], &[("training.field", is("luật"))], Wanted::Hits(9));
    let page = search(&stage, (None, &claim("", false)), page).await.expect("a page");
    let why: Vec<&str> = page.hits[0].why.iter().map(|it| it.field.as_str()).collect();
    assert_eq!((why, page.looked), (vec!["full_name", "training.field"], 3));
    assert_eq!(found(&stage, &[], &[("staff_type", is("cong_chuc"))]).await.len(), 2);

    // The index follows the dossier.
    let edits = named("Hà Thị Ngọc");
    let edited = stage.ask("so", Command::Edit { dossier: mai, edits, meta: meta() }).await;
    assert!(matches!(edited, Answer::Edited { .. }), "{edited:?}");
    assert!(found(&stage, &["mai"], &[]).await.is_empty());
    assert_eq!(found(&stage, &["ngoc"], &[]).await, [mai]);

    // What is covered is not found by words, and not asked about without a purpose.
    assert!(found(&stage, &["tim mach"], &[]).await.is_empty());
    let health = || order(&[], &[("health_status", is("tim mạch"))], Wanted::Hits(9));
    let asked = async |claim: &Claim, order| search(&stage, (None, claim), order).await;
    assert_eq!(asked(&claim("", false), health()).await.expect_err("covered"), "search-covered");
    assert_eq!(asked(&claim("", true), health()).await.expect_err("silent"), "purpose-needed");
    let open = asked(&claim("khám sức khỏe", true), health()).await.expect("a page");
    assert_eq!(open.hits.len(), 3);
    let field = |name: &str| Axis::Field(name.parse().expect("field"));
    let covered = Wanted::Table { rows: field("health_status"), columns: None };
    let covered = asked(&claim("", false), order(&[], &[], covered)).await;
    assert_eq!(covered.expect_err("covered"), "search-covered");

    // Figures are what counting by hand comes to.
    let wanted =
        Wanted::Table { rows: field("staff_type"), columns: Some(field("training.field")) };
    let page = asked(&claim("", false), order(&[], &[], wanted)).await.expect("a page");
    let mut by_hand = std::collections::BTreeMap::new();
    for (staff, majors) in
        [("vien_chuc", vec!["Luật"]), ("cong_chuc", vec!["Toán", "Luật"]), ("cong_chuc", vec![""])]
    {
        for major in majors {
            *by_hand.entry((format!("Nhãn {staff}"), major.to_owned())).or_insert(0) += 1;
        }
    }
    assert_eq!((page.table.people, page.table.counts), (3, by_hand));

    // Every one of them is in the log, with whom it showed.
    let (dossier, person, since, after) = (Some(tu), String::new(), None, None);
    let show = Request::Audit(AuditOrder::Show { dossier, person, since, after });
    let log = ask(&stage, "so", None, &claim("", false), show).await;
    let Response::Audit(AuditAnswer::Page { entries, .. }) = log else { panic!("{log:?}") };
    let searched: Vec<_> = entries
        .iter()
        .filter(|entry| matches!(entry.record.act, Act::Searched { rows: 3, .. }))
        .collect();
    assert_eq!(searched.len(), 1, "the one that showed him");
    assert_eq!(searched[0].record.purpose, "khám sức khỏe");
    assert_eq!(searched[0].record.sections, ["unmasked"]);
    assert!(found(&stage, &["lan"], &[]).await == [lan]);
    for (name, node) in [("so", so), ("p", top)] {
        stage.stop(name, node).await;
    }
}

// R-12.1c, R-5.3: printing needs the right to print; beyond one's reach nothing is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_searches_within_her_reach_and_prints_by_a_right_of_its_own() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    let so = stage.start_below("so", Profile::Department, &top).await;
    stage.join(&top, "truong", SCHOOL).await;
    let truong = stage.start_below("truong", Profile::Unit, &so).await;
    let own = enter(&stage, DEPARTMENT, ("Hà Thị Mai", "cong_chuc", &[])).await;
    let school = stage.enter("truong", SCHOOL, "Hà Văn Tú").await;
    let both = async || stage.status("so").await.totals.dossiers == 2;
    until("the dossier of the school is known above", both).await;

    let office = Office::delegated(&stage).await;
    office.issue(DEPARTMENT, &[Right::Read, Right::Enter]).await;
    let clerk = office.seat("so", DEPARTMENT, "hoa.bv", Role::Clerk).await;
    acknowledge(&stage, "so", clerk).await;
    let nobody = claim("can-bo", false);
    let all = || order(&["ha"], &[], Wanted::Hits(9));
    let refused = search(&stage, (None, &nobody), all()).await;
    assert_eq!(refused.expect_err("no session"), "session-needed");
    let page = search(&stage, (Some(clerk), &nobody), all()).await.expect("a page");
    let mut hits: Vec<DossierId> = page.hits.iter().map(|hit| hit.dossier).collect();
    hits.sort_unstable();
    let mut both = vec![own, school];
    both.sort_unstable();
    assert_eq!((hits, page.scope), (both, vec![unit(DEPARTMENT)]));
    let elsewhere = SearchOrder { unit: Some(unit("d150")), ..all() };
    let refused = search(&stage, (Some(clerk), &nobody), elsewhere).await;
    assert_eq!(refused.expect_err("another body"), "account-scope");
    let below = SearchOrder { unit: Some(unit(SCHOOL)), ..all() };
    let page = search(&stage, (Some(clerk), &nobody), below).await.expect("a page");
    assert_eq!(page.hits.len(), 1);

    let print = async || {
        let order = Request::Copy(CopyOrder { dossier: own, kind: CopyKind::Print });
        match ask(&stage, "so", Some(clerk), &claim("bổ nhiệm", false), order).await {
            Response::Copied(copied) => Ok(copied.taken.person),
            Response::Refused(refused) => Err(refused.code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(print().await.expect_err("reading is not printing"), "account-right");
    office.widen(DEPARTMENT, &[Right::Read, Right::Enter, Right::Print]).await;
    until("the right is known at the department", async || print().await.is_ok()).await;
    assert_eq!(print().await.expect("a paper"), "Người hoa.bv (hoa.bv)");
    for (name, node) in [("truong", truong), ("so", so), ("p", top)] {
        stage.stop(name, node).await;
    }
}
