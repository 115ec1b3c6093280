//! A consent of a school is known above, what is sensitive stays covered, and whoever opens too
//! many dossiers is told of at tier 3.

use std::collections::BTreeSet;

use config::Profile;
use dossier::{
    DossierId, Edit, FieldPath, Hash, Value,
    account::Paper,
    attachment::{Description, Kind, Secrecy},
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _};
use node::{
    audit::Claim,
    control::{AttachmentAnswer, AttachmentOrder, Client, NewAttachment, Request, Response},
    grant::{AlertShown, COVERED, GrantAnswer, GrantOrder, OPENED_PER_HOUR},
};
use protocol::{Answer, Command, core::Entry};
use serde_bytes::ByteBuf;

use crate::stage::{DEPARTMENT, SCHOOL, Stage, meta, named, unit, until};

async fn ask(stage: &Stage, name: &str, claim: &Claim, request: Request) -> Response {
    let (data_dir, claim) = (stage.at(name), claim.clone());
    let asked = move || {
        let mut client = Client::connect(&data_dir).expect("the node listens");
        assert_eq!(client.call(&Request::Claim(claim)).expect("claimed"), Response::Claimed);
        client.call(&request).expect("answers")
    };
    tokio::task::spawn_blocking(asked).await.expect("joins")
}

/// Enters persons, or finds them when they are there.
async fn enter(stage: &Stage, count: usize, claim: &Claim) -> Vec<DossierId> {
    let entry = |number: usize| {
        let mut edits = named(&format!("Người {number}"));
        edits.push(Edit::Set {
            field: "health_status".parse().expect("field"),
            value: Value::Text("tim mạch".to_owned()),
        });
        let key = Some(Hash::of(&number.to_be_bytes()));
        Entry { key, unit: unit(SCHOOL), edits, meta: meta() }
    };
    let command = Command::Enter((0..count).map(entry).collect());
    match ask(stage, "truong", claim, Request::Core(command)).await {
        Response::Core(Answer::Entered(made)) => {
            made.into_iter().map(|made| made.expect("entered").0).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// A consent from a day on, for so many days.
fn consent(dossier: DossierId, from: Date, days: i32) -> GrantAct {
    let to = from.saturating_add(days.days());
    let day = |date: Date| date.to_string().parse().expect("a day");
    GrantAct::Give(Giving {
        kind: GrantKind::Consent,
        document: Paper { number: "12/GP".to_owned(), signed_on: day(from) },
        issuer: "Trường".to_owned(),
        by: Officer { full_name: "-".to_owned(), login: None },
        grantee: Grantee::Outsider {
            full_name: "Đinh Văn Lực".to_owned(),
            papers: "GT 5".to_owned(),
        },
        scope: Scope { dossiers: BTreeSet::from([dossier]), ..Scope::default() },
        period: Period { from: day(from), to: day(to) },
        purpose: "xác minh".to_owned(),
    })
}

/// The health that an opening shows, or the code of the refusal.
async fn health(stage: &Stage, dossier: DossierId, claim: &Claim) -> String {
    match ask(stage, "truong", claim, Request::Core(Command::Show(dossier))).await {
        Response::Core(Answer::Shown(shown)) => {
            let field = "health_status".parse().expect("field");
            let shown = shown.fields.iter().find(|it| it.path.field == field).expect("shown");
            match &shown.value {
                Value::Text(text) => text.clone(),
                other => panic!("{other:?}"),
            }
        }
        Response::Refused(refused) => refused.code,
        other => panic!("{other:?}"),
    }
}

/// The same list again compares every dossier whole; nobody has opened any.
async fn a_list_compared_is_nobodys_opening(stage: &Stage, dossiers: &[DossierId]) {
    let claim = Claim {
        person: "Bùi Văn Hoà".to_owned(),
        purpose: "cập nhật hồ sơ".to_owned(),
        comparing: true,
        ..Claim::default()
    };
    assert_eq!(health(stage, dossiers[0], &claim).await, "request", "no list named it");
    assert_eq!(enter(stage, dossiers.len(), &claim).await, dossiers);
    for dossier in dossiers {
        assert_eq!(health(stage, *dossier, &claim).await, "tim mạch");
    }
    assert!(alerts(stage, "truong").await.is_empty());
}

/// The alerts that a node knows.
async fn alerts(stage: &Stage, name: &str) -> Vec<AlertShown> {
    match ask(stage, name, &Claim::default(), Request::Grant(GrantOrder::Alerts)).await {
        Response::Grant(GrantAnswer::Alerts(alerts)) => alerts,
        other => panic!("{other:?}"),
    }
}

/// Asks about files as somebody who says no purpose, or one.
async fn file(
    stage: &Stage,
    purpose: &str,
    order: AttachmentOrder,
) -> Result<AttachmentAnswer, String> {
    let claim = Claim { purpose: purpose.to_owned(), ..Claim::default() };
    match ask(stage, "truong", &claim, Request::Attachment(order)).await {
        Response::Attachment(answer) => Ok(answer),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

async fn a_health_paper_needs_a_purpose(stage: &Stage, dossier: DossierId) {
    let bytes = b"%PDF-1.7\n1 0 obj\n<</Type /Page>>\nendobj\nstartxref\n9\n%%EOF\n";
    let begin = AttachmentOrder::Begin { size: bytes.len() as u64 };
    let Ok(AttachmentAnswer::Begun { file: number }) = file(stage, "", begin).await else {
        panic!("not begun")
    };
    let bytes = ByteBuf::from(bytes.to_vec());
    file(stage, "", AttachmentOrder::Piece { file: number, bytes }).await.expect("taken");
    let description = Description {
        kind: Kind::Health,
        number: String::new(),
        issued_on: None,
        issuer: String::new(),
        title: "Kết quả khám tim".to_owned(),
        links: BTreeSet::new(),
        secrecy: Secrecy::Open,
    };
    let new = NewAttachment { dossier, name: "tim.pdf".to_owned(), description, meta: meta() };
    let attach = AttachmentOrder::Attach { file: number, new: Box::new(new) };
    let Ok(AttachmentAnswer::Attached { row, .. }) = file(stage, "", attach).await else {
        panic!("not attached")
    };
    let list = Request::Core(Command::Attachments(dossier));
    match ask(stage, "truong", &Claim::default(), list).await {
        Response::Core(Answer::Attachments(shown)) => {
            assert_eq!(shown.attachments[0].attachment.description.title, COVERED);
        }
        other => panic!("{other:?}"),
    }
    let open = || AttachmentOrder::Open { dossier, row, wait: 0 };
    assert_eq!(file(stage, "", open()).await.expect_err("no purpose"), "purpose-needed");
    assert!(file(stage, "khám sức khỏe", open()).await.is_ok());
}

/// Looks into a dossier in one of the ways there are.
async fn look(stage: &Stage, dossier: DossierId, claim: &Claim, way: usize) {
    let field = "full_name".parse().expect("field");
    let command = match way % 3 {
        0 => Command::Show(dossier),
        1 => Command::History(dossier, FieldPath { field, row: None }),
        _ => Command::Attachments(dossier),
    };
    match ask(stage, "truong", claim, Request::Core(command)).await {
        Response::Core(Answer::Shown(_) | Answer::History(_) | Answer::Attachments(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_school_gives_and_who_opens_too_much_is_known_above() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    let bottom = stage.start_below("truong", Profile::Unit, &middle).await;
    let dossiers = enter(&stage, OPENED_PER_HOUR + 1, &Claim::default()).await;
    a_list_compared_is_nobodys_opening(&stage, &dossiers).await;

    let mut claim = Claim { person: "Bùi Văn Hoà".to_owned(), ..Claim::default() };
    assert_eq!(health(&stage, dossiers[0], &claim).await, COVERED);
    claim.unmask = true;
    assert_eq!(health(&stage, dossiers[0], &claim).await, "purpose-needed");
    claim.purpose = "khám sức khỏe".to_owned();
    assert_eq!(health(&stage, dossiers[0], &claim).await, "tim mạch");

    a_health_paper_needs_a_purpose(&stage, dossiers[0]).await;

    // Its days are over before it is given.
    let now = stage.environment().clock.now().as_millis();
    let now = Timestamp::from_millisecond(now).expect("a time");
    let today = now.to_zoned(TimeZone::fixed(Offset::constant(7))).date();
    let give =
        |from, days| Request::Grant(GrantOrder::Act(Box::new(consent(dossiers[0], from, days))));
    let over = give(today.saturating_sub(40.days()), 10);
    let answer = ask(&stage, "truong", &claim, over).await;
    assert!(
        matches!(&answer, Response::Refused(refused) if refused.detail == "over"),
        "{answer:?}"
    );
    let answer = ask(&stage, "truong", &claim, give(today, 10)).await;
    let Response::Grant(GrantAnswer::Acted { id, .. }) = answer else { panic!("{answer:?}") };
    for name in ["so", "p"] {
        until("the consent is known above", async || {
            let list = Request::Grant(GrantOrder::List);
            match ask(&stage, name, &Claim::default(), list).await {
                Response::Grant(GrantAnswer::List(grants)) => {
                    grants.iter().any(|it| it.id == id && it.standing == "active")
                }
                other => panic!("{other:?}"),
            }
        })
        .await;
    }

    for (dossier, way) in dossiers.iter().zip(0..) {
        look(&stage, *dossier, &claim, way).await;
    }
    until("tier 3 is told of the many openings", async || {
        let told = alerts(&stage, "p").await;
        told.first().is_some_and(|it| it.unit == unit(SCHOOL) && it.person == "Bùi Văn Hoà")
    })
    .await;
    for (name, node) in [("truong", bottom), ("so", middle), ("p", top)] {
        stage.stop(name, node).await;
    }
}
