//! A file is read by the number of a consent, as far as its sections reach, and every reading names it.

use std::collections::BTreeSet;

use config::Profile;
use dossier::{
    DossierId, Hash, Role, RowId,
    account::Right,
    attachment::{Description, Kind, Secrecy},
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use jiff::ToSpan as _;
use node::{
    account::Token,
    audit::Claim,
    control::{
        AttachmentAnswer, AttachmentOrder, AuditAnswer, AuditOrder, NewAttachment, Request,
        Response,
    },
    grant::{GrantAnswer, GrantOrder},
};
use protocol::{
    Answer, Command,
    audit::{Act, Entry, Outcome},
};
use serde_bytes::ByteBuf;

use crate::persons::{Office, acknowledge, ask, paper};
use crate::stage::{DEPARTMENT, SCHOOL, Stage, meta, unit, until};

/// A school without a node: its persons sit at the department.
const OTHER: &str = "sgddt.thpt-cong-nghiep";
const LOGIN: &str = "hoa.lt";
const CONSENT: &str = "12/GP";

fn claim(document: &str) -> Claim {
    let (purpose, document) = ("xác minh".to_owned(), document.to_owned());
    Claim { purpose, document, ..Claim::default() }
}

async fn file(
    stage: &Stage,
    name: &str,
    token: Option<Token>,
    document: &str,
    order: AttachmentOrder,
) -> Result<AttachmentAnswer, String> {
    match ask(stage, name, token, &claim(document), Request::Attachment(order)).await {
        Response::Attachment(answer) => Ok(answer),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

fn bytes(title: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n1 0 obj\n<</Type /Page>>\nendobj\n% ".to_vec();
    bytes.extend(title.as_bytes());
    bytes.extend(b"\nstartxref\n9\n%%EOF\n");
    bytes
}

/// Attaches a paper at the school.
async fn attach(stage: &Stage, dossier: DossierId, kind: Kind, title: &str) -> RowId {
    let bytes = bytes(title);
    let begin = AttachmentOrder::Begin { size: bytes.len() as u64 };
    let begun = file(stage, "truong", None, "", begin).await;
    let Ok(AttachmentAnswer::Begun { file: number }) = begun else { panic!("{begun:?}") };
    let piece = AttachmentOrder::Piece { file: number, bytes: ByteBuf::from(bytes) };
    file(stage, "truong", None, "", piece).await.expect("taken");
    let description = Description {
        kind,
        number: "7/BG".to_owned(),
        issued_on: None,
        issuer: "Trường".to_owned(),
        title: title.to_owned(),
        links: BTreeSet::new(),
        secrecy: Secrecy::Open,
    };
    let new = NewAttachment { dossier, name: "a.pdf".to_owned(), description, meta: meta() };
    let attach = AttachmentOrder::Attach { file: number, new: Box::new(new) };
    match file(stage, "truong", None, "", attach).await {
        Ok(AttachmentAnswer::Attached { row, .. }) => row,
        other => panic!("{other:?}"),
    }
}

/// Reads a file at the department, in her session, by the number of a document.
async fn read(
    stage: &Stage,
    token: Token,
    document: &str,
    (dossier, row): (DossierId, RowId),
) -> Result<Vec<u8>, String> {
    let open = AttachmentOrder::Open { dossier, row, wait: 30 };
    let opened = file(stage, "so", Some(token), document, open).await?;
    let AttachmentAnswer::Opened { reading, .. } = opened else { panic!("{opened:?}") };
    let chunk = AttachmentOrder::Chunk { reading, index: 0 };
    match file(stage, "so", Some(token), document, chunk).await? {
        AttachmentAnswer::Chunk(bytes) => Ok(bytes.into_vec()),
        other => panic!("{other:?}"),
    }
}

/// The school lets her read what the sections hold.
async fn consent(stage: &Stage, id: DossierId) -> Hash {
    let today = dossier::grant::day_in_vietnam(stage.environment().clock.now());
    let day = |days: i32| (today + days.days()).to_string().parse().expect("a day");
    let giving = Giving {
        kind: GrantKind::Consent,
        document: paper(CONSENT),
        issuer: "Trường".to_owned(),
        by: Officer { full_name: "-".to_owned(), login: None },
        grantee: Grantee::Person { unit: unit(OTHER), login: LOGIN.parse().expect("login") },
        scope: Scope {
            units: BTreeSet::new(),
            dossiers: [id].into(),
            sections: ["education".to_owned()].into(),
        },
        period: Period { from: day(-1), to: day(9) },
        purpose: "xác minh".to_owned(),
    };
    act(stage, GrantAct::Give(giving)).await
}

async fn act(stage: &Stage, act: GrantAct) -> Hash {
    let order = Request::Grant(GrantOrder::Act(Box::new(act)));
    let said = Claim { person: "Bùi Văn Hoà".to_owned(), ..Claim::default() };
    match ask(stage, "truong", None, &said, order).await {
        Response::Grant(GrantAnswer::Acted { id, .. }) => id,
        other => panic!("{other:?}"),
    }
}

/// The log of the department on a dossier.
async fn log(stage: &Stage, dossier: DossierId) -> Vec<Entry> {
    let (person, since, after) = (String::new(), None, None);
    let show = AuditOrder::Show { dossier: Some(dossier), person, since, after };
    match ask(stage, "so", None, &Claim::default(), Request::Audit(show)).await {
        Response::Audit(AuditAnswer::Page { entries, .. }) => entries,
        other => panic!("{other:?}"),
    }
}

// R-8.1a, R-8.1b: a consent opens its sections of one dossier, and every reading by it names it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_opens_by_the_sections_of_a_consent_and_each_reading_names_it() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    let bottom = stage.start_below("truong", Profile::Unit, &middle).await;
    let office = Office::delegated(&stage).await;
    office.issue(OTHER, &[Right::Read, Right::Enter]).await;
    let token = office.seat("so", OTHER, LOGIN, Role::Clerk).await;
    let dossier = stage.enter("truong", SCHOOL, "Hà Thị Mai").await;
    let degree = attach(&stage, dossier, Kind::Degree, "Bằng đại học").await;
    let health = attach(&stage, dossier, Kind::Health, "Kết quả khám").await;
    until("both papers are at the department", async || {
        match stage.ask("so", Command::Attachments(dossier)).await {
            Answer::Attachments(shown) => {
                shown.attachments.len() == 2 && shown.attachments.iter().all(|one| one.here)
            }
            _ => false,
        }
    })
    .await;

    let first = read(&stage, token, CONSENT, (dossier, degree)).await;
    assert_eq!(first.expect_err("no duties"), "acknowledge-first");
    acknowledge(&stage, "so", token).await;
    let early = read(&stage, token, CONSENT, (dossier, degree)).await;
    assert_eq!(early.expect_err("not given"), "consent-unknown");
    let grant = consent(&stage, dossier).await;
    until("the consent is known at the department", async || {
        read(&stage, token, CONSENT, (dossier, degree)).await.is_ok()
    })
    .await;
    let opened = read(&stage, token, CONSENT, (dossier, degree)).await;
    assert!(opened.expect("within the sections") == bytes("Bằng đại học"));
    let beyond = read(&stage, token, CONSENT, (dossier, health)).await;
    assert_eq!(beyond.expect_err("outside the sections"), "consent-section");
    let silent = read(&stage, token, "", (dossier, degree)).await;
    assert_eq!(silent.expect_err("no number"), "consent-needed");
    let list = Request::Core(Command::Attachments(dossier));
    match ask(&stage, "so", Some(token), &claim(CONSENT), list).await {
        Response::Core(Answer::Attachments(shown)) => {
            let rows: Vec<RowId> = shown.attachments.iter().map(|one| one.row).collect();
            assert_eq!(rows, [degree], "what lies outside is not even listed");
        }
        other => panic!("{other:?}"),
    }

    let log = log(&stage, dossier).await;
    let readings = log.iter().filter(|it| matches!(it.record.act, Act::AttachmentRead(_)));
    let hers: Vec<_> = readings.filter(|it| it.record.person.contains(LOGIN)).collect();
    let done = hers.iter().filter(|it| it.record.outcome == Outcome::Done);
    assert!(done.clone().count() >= 2);
    assert!(done.into_iter().all(|it| it.record.document == CONSENT), "{hers:?}");
    let refused = Outcome::Refused("consent-section".to_owned());
    assert!(hers.iter().any(|it| it.record.outcome == refused), "{hers:?}");

    let by = Officer { full_name: "-".to_owned(), login: None };
    act(&stage, GrantAct::End { grant, reason: "xem xong".to_owned(), by }).await;
    until("the end is known at the department", async || {
        let again = read(&stage, token, CONSENT, (dossier, degree)).await;
        again.is_err_and(|code| code == "consent-unknown")
    })
    .await;
    for (name, node) in [("truong", bottom), ("so", middle), ("p", top)] {
        stage.stop(name, node).await;
    }
}
