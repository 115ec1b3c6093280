//! A dossier passes from a school to another one, and on to a hospital of another department, over
//! real nodes and real lines (Điều 10.1, 10.2).

use std::cell::Cell;

use config::Profile;
use dossier::attachment::Secrecy;
use dossier::{DossierId, LegalBasis, PartialDate, Role, Value};
use node::home::{Home, IDENTITY, IdentityFile};
use node::proof::{Papers, ProofFile, verify};
use protocol::core::{CustodyAnswer, CustodyQuestion, TransferOrder, TransferShown, TransferStage};
use protocol::custody::{AnswerCode, TransferId};
use protocol::envelope::Meta;
use protocol::{Answer, Command};

use crate::attachments::{at, scan};
use crate::stage::{DEPARTMENT, SCHOOL, Stage, meta, named, unit, until};

pub(crate) const OTHER_SCHOOL: &str = "sgddt.thpt-cong-nghiep";
const HEALTH: &str = "syt";
const HOSPITAL: &str = "syt.benh-vien-da-khoa-tinh";

pub(crate) fn head(basis: LegalBasis) -> Meta {
    Meta { role: Role::Approver, basis, ..meta() }
}

pub(crate) fn by_decision() -> LegalBasis {
    LegalBasis::Decision {
        issuer: "UBND tỉnh".to_owned(),
        number: "45/QĐ-UBND".to_owned(),
        signed_on: PartialDate::day(2026, 3, 2).expect("a day"),
        effective_on: None,
        scan: None,
    }
}

async fn order(
    stage: &Stage,
    name: &str,
    dossier: DossierId,
    order: TransferOrder,
    basis: LegalBasis,
) -> Result<TransferId, String> {
    let command = Command::Transfer { dossier, order: Box::new(order), meta: head(basis) };
    match stage.ask(name, command).await {
        Answer::Custody(CustodyAnswer::Ordered { tid, .. }) => Ok(tid),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

async fn propose(
    stage: &Stage,
    name: &str,
    dossier: DossierId,
    to: &str,
    basis: LegalBasis,
) -> Result<TransferId, String> {
    order(stage, name, dossier, TransferOrder::Propose { to: unit(to) }, basis).await
}

async fn transfer(stage: &Stage, name: &str, tid: TransferId) -> Option<TransferShown> {
    match stage.ask(name, Command::AskCustody(CustodyQuestion::Transfers)).await {
        Answer::Custody(CustodyAnswer::Transfers(all)) => all.into_iter().find(|it| it.tid == tid),
        other => panic!("{other:?}"),
    }
}

async fn accept(stage: &Stage, name: &str, dossier: DossierId, tid: TransferId) {
    until("the proposal", async || transfer(stage, name, tid).await.is_some()).await;
    let accepted = TransferOrder::Answer { tid, code: AnswerCode::Accepted };
    assert_eq!(order(stage, name, dossier, accepted, LegalBasis::Office).await, Ok(tid));
}

pub(crate) async fn arrived(stage: &Stage, name: &str, tid: TransferId) {
    until("the receipt", async || {
        transfer(stage, name, tid).await.is_some_and(|it| it.stage == TransferStage::Done)
    })
    .await;
}

pub(crate) async fn full_name(stage: &Stage, name: &str, id: DossierId) -> Option<String> {
    match stage.ask(name, Command::Show(id)).await {
        Answer::Shown(shown) => match &shown.fields[0].value {
            Value::Text(text) => Some(text.clone()),
            other => panic!("{other:?}"),
        },
        _ => None,
    }
}

async fn edit(stage: &Stage, name: &str, id: DossierId, text: &str) -> Result<(), String> {
    let command = Command::Edit { dossier: id, edits: named(text), meta: meta() };
    match stage.ask(name, command).await {
        Answer::Edited { .. } => Ok(()),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

/// Proposes as soon as what is attached is at those above: after a transfer it may still be coming.
async fn propose_once_above(
    stage: &Stage,
    name: &str,
    id: DossierId,
    to: &str,
    basis: LegalBasis,
) -> TransferId {
    let made = Cell::new(None);
    until("a proposal", async || match propose(stage, name, id, to, basis.clone()).await {
        Ok(tid) => {
            made.set(Some(tid));
            true
        }
        Err(code) => {
            assert_eq!(code, "custody-attachments", "nothing else is in the way");
            false
        }
    })
    .await;
    made.get().expect("proposed")
}

/// The file that proves who keeps a dossier, as a node gives it out.
async fn proof(stage: &Stage, name: &str, id: DossierId) -> Vec<u8> {
    let asked = stage.ask(name, Command::AskCustody(CustodyQuestion::Proof(id))).await;
    let Answer::Custody(CustodyAnswer::Proof { links, receipts, members, tree }) = asked else {
        panic!("no proof")
    };
    let home = Home::at(&stage.at(name));
    let file: IdentityFile = home.read(&*stage.environment().disk, IDENTITY).expect("identity");
    let papers = Papers::of(file, members, *tree).expect("JSON");
    ProofFile::new(papers, &links, &receipts).to_bytes()
}

fn keepers(file: &[u8]) -> Vec<String> {
    let proven = verify(file).expect("every signature holds");
    proven.chain.records().records().map(|(record, _)| record.to.to_string()).collect()
}

// R-10.2a: inside one body the keeping unit hands over; between bodies the body does, and the
// other one receives and gives on, all by the decision that moved the person.
#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_passes_inside_a_body_and_on_to_another_one() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    for (name, id) in [
        ("so", DEPARTMENT),
        ("truong", SCHOOL),
        ("truong-2", OTHER_SCHOOL),
        ("yte", HEALTH),
        ("vien", HOSPITAL),
    ] {
        stage.join(&top, name, id).await;
    }
    let education = stage.start_below("so", Profile::Department, &top).await;
    let health = stage.start_below("yte", Profile::Department, &top).await;
    let school = stage.start_below("truong", Profile::Unit, &education).await;
    stage.start_below("truong-2", Profile::Unit, &education).await;
    stage.start_below("vien", Profile::Unit, &health).await;

    let id = stage.enter("truong", SCHOOL, "Hà Thị Mai").await;
    let file = scan(300_000, 7);
    let whole = file.clone();
    let row = at(&stage, "truong", move |desk| desk.add(id, &whole, Secrecy::Open)).await;
    let row = row.expect("attached");
    until("the file at tier 3", async || {
        let status = stage.status("truong").await;
        status.totals.own_tier3 == 2 && status.contents.owed == [0, 0]
    })
    .await;

    let undecided = propose(&stage, "truong", id, OTHER_SCHOOL, LegalBasis::Office).await;
    assert_eq!(undecided, Err("custody-no-decision".to_owned()));
    let away = propose(&stage, "truong", id, HEALTH, by_decision()).await;
    assert_eq!(away, Err("tier_two_only".to_owned()), "a school sends nobody out of its body");
    let tid = propose(&stage, "truong", id, OTHER_SCHOOL, by_decision()).await.expect("proposed");
    // The school stops and starts in the middle; what it said stands in its store.
    stage.stop("truong", school).await;
    let school = stage.start_below("truong", Profile::Unit, &education).await;
    assert_eq!(full_name(&stage, "truong-2", id).await, None, "nothing before the record counts");
    accept(&stage, "truong-2", id, tid).await;
    for name in ["truong", "truong-2", "so"] {
        arrived(&stage, name, tid).await;
    }
    assert_eq!(full_name(&stage, "truong", id).await, None, "the old school reads no more");
    assert_eq!(edit(&stage, "truong", id, "x").await, Err("unknown-dossier".to_owned()));
    assert_eq!(stage.status("truong").await.totals.dossiers, 0);
    edit(&stage, "truong-2", id, "Hà Thị Mai A").await.expect("the new school writes");
    until("the word of tier 3", async || stage.status("truong-2").await.totals.own_tier3 == 1)
        .await;
    let fetched = async || {
        let read = at(&stage, "truong-2", move |desk| desk.read(id, row, 0)).await;
        read.is_ok_and(|bytes| bytes == file)
    };
    until("the file at the new school", fetched).await;

    let gone = propose_once_above(&stage, "so", id, HEALTH, by_decision()).await;
    accept(&stage, "yte", id, gone).await;
    for name in ["truong-2", "so", "yte"] {
        arrived(&stage, name, gone).await;
    }
    assert_eq!(full_name(&stage, "so", id).await, None, "the old department reads no more");
    let on = propose_once_above(&stage, "yte", id, HOSPITAL, LegalBasis::Office).await;
    accept(&stage, "vien", id, on).await;
    arrived(&stage, "vien", on).await;
    edit(&stage, "vien", id, "Hà Thị Mai B").await.expect("the hospital writes");
    until("the edit at tier 3", async || {
        full_name(&stage, "p", id).await.as_deref() == Some("Hà Thị Mai B")
    })
    .await;

    let all = [SCHOOL, OTHER_SCHOOL, HEALTH, HOSPITAL];
    for name in ["p", "vien", "yte"] {
        assert_eq!(keepers(&proof(&stage, name, id).await), all, "{name}");
    }
    // Who gave the dossier up proves as far as that was told.
    assert_eq!(keepers(&proof(&stage, "truong", id).await)[..2], all[..2]);
    let file = proof(&stage, "p", id).await;
    for place in (0..file.len()).step_by(file.len() / 200) {
        let mut forged = file.clone();
        forged[place] ^= 1;
        assert!(verify(&forged).is_err(), "byte {place} of {}", file.len());
    }
    stage.stop("truong", school).await;
}
