//! Late renewal by hand: a request goes up on a stick and an answer comes down.

use certs::{
    IssuingCa, PrivateKey, chain,
    enrolment::{LateKeys, LateRequest, LateRoad},
    key,
};
use config::Profile;
use node::control::{CertificateOrder, Request, Response};
use node::home::{AUTHORITY, AuthorityFile};

use crate::late::{away, trouble};
use crate::renewal::{province, renewed};
use crate::stage::{SCHOOL, Stage, call, settings, unit, until};

async fn order(stage: &Stage, order: CertificateOrder) -> Response {
    call(&stage.at("truong"), Request::Certificate(order)).await
}

async fn written(stage: &Stage) -> String {
    match order(stage, CertificateOrder::WritePaper).await {
        Response::LatePaper { request } => request,
        other => panic!("{other:?}"),
    }
}

/// What tier 3 says to a paper: the answer, or the code of its refusal.
async fn judged(stage: &Stage, request: String) -> Result<String, String> {
    match call(&stage.at("p"), Request::Readmit { request }).await {
        Response::Enrolled { answer } => Ok(answer),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

async fn taken(stage: &Stage, answer: &str) -> Result<(), String> {
    match order(stage, CertificateOrder::TakePaper(answer.to_owned())).await {
        Response::Certificate(_) => Ok(()),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

fn refused(code: &str) -> Result<(), String> {
    Err(code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_knows_no_door_comes_back_by_hand() {
    let (stage, [_top, middle]) = away(30).await;
    stage.forget_the_door("truong");
    let old = stage.resident("truong");
    stage.start_below("truong", Profile::Unit, &middle).await;
    let told = async || {
        let trouble = stage.certificate("truong").await.trouble;
        trouble.is_some_and(|(_, refused)| refused.code == "late-no-door")
    };
    until("the reason", told).await;
    assert_eq!(taken(&stage, "{}").await, refused("late-no-paper"));

    let first = written(&stage).await;
    let answer = judged(&stage, first.clone()).await.expect("answered");
    let entries = stage.status("p").await.members;
    // Whoever copies the paper gets a certificate for a key it has not, and no further entry.
    assert!(judged(&stage, first).await.is_ok());
    assert_eq!(stage.status("p").await.members, entries);

    // The courier was away for two days; the first answer is not to the second question.
    stage.days_later(52);
    let second = written(&stage).await;
    assert_eq!(taken(&stage, &answer).await, refused("late-answer"));
    let answer = judged(&stage, second).await.expect("answered");
    stage.days_later(54);
    assert_eq!(taken(&stage, &answer.replace("granted", "refused")).await, refused("late-answer"));
    assert_eq!(taken(&stage, &answer).await, Ok(()));
    renewed(&stage, "truong", &old).await;
    stage.write(2).await;
    assert_eq!(taken(&stage, &answer).await, refused("late-no-paper"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superior_that_was_away_is_told_apart_from_the_own_certificate() {
    let (stage, [_top, middle, below]) = province().await;
    let parent = Some(middle.ready.listen);
    stage.stop("truong", below).await;
    stage.stop("so", middle).await;
    stage.forget_the_door("so");
    stage.days_later(30);
    let alone = settings(Profile::Unit, stage.at("truong"), parent);
    let below = stage.start(alone).await;
    let answer = judged(&stage, written(&stage).await).await.expect("answered");
    assert_eq!(taken(&stage, &answer).await, Ok(()), "paper counts before the end, too");
    stage.stop("truong", below).await;

    stage.days_later(50);
    let nowhere = Some("127.0.0.1:9".parse().expect("an address"));
    let middle = stage.start(settings(Profile::Department, stage.at("so"), nowhere)).await;
    stage.start_below("truong", Profile::Unit, &middle).await;
    assert_eq!(trouble(&stage).await.0, "late-superior");
}

#[tokio::test(flavor = "multi_thread")]
async fn tier_3_tells_the_courier_what_is_wrong_with_a_paper() {
    let (stage, [_top, middle]) = away(30).await;
    stage.forget_the_door("truong");
    stage.start_below("truong", Profile::Unit, &middle).await;
    let paper = written(&stage).await;
    let said = async |request: String| judged(&stage, request).await.expect_err("refused");
    assert_eq!(said("{}".to_owned()).await, "late-request");
    let mut other = LateRequest::from_json(paper.as_bytes()).expect("a request");
    other.unit = unit("syt");
    assert_eq!(said(other.to_json()).await, "late-no-proof");
    assert_eq!(said(stranger(&stage)).await, "late-unlisted");
    stage.days_later(54);
    assert_eq!(said(paper.clone()).await, "late-stale");
    let reason = "máy bị mất".to_owned();
    let revoked = call(&stage.at("p"), Request::Revoke { unit: unit(SCHOOL), reason }).await;
    assert!(matches!(revoked, Response::Revoked { .. }), "{revoked:?}");
    assert_eq!(said(written(&stage).await).await, "late-revoked");
    // Tier 3 renews its own certificate, and only tier 3 judges papers.
    let own = Request::Certificate(CertificateOrder::WritePaper);
    let Response::Refused(own) = call(&stage.at("p"), own).await else { panic!("written") };
    assert_eq!(own.code, "late-own");
    let below = call(&stage.at("truong"), Request::Readmit { request: paper }).await;
    let Response::Refused(below) = below else { panic!("{below:?}") };
    assert_eq!(below.code, "not-tier-3");
}

/// The paper of a node that has a genuine certificate and is on no list.
fn stranger(stage: &Stage) -> String {
    let (home, disk) = (stage.home("p"), stage.environment().disk);
    let file: AuthorityFile = home.read_sealed(&*disk, AUTHORITY).expect("the office");
    let top = stage.resident("p");
    let issuing = chain::one_from_pem(&file.issuing).expect("a certificate");
    let (province, seed) = (top.file.province, *file.issuing_key.as_bytes());
    let ca = IssuingCa::open(province, top.root, issuing, seed, stage.day(0)).expect("opens");
    let [tls, next, change] = [1, 2, 3].map(|seed| PrivateKey::from_seed([seed; 32]));
    let node = key::node_id(change.public());
    let issued = ca.issue(&unit(SCHOOL), node, tls.public(), [9; 16], stage.day(0));
    let keys = LateKeys { tls: &tls, next: &next, change: &change };
    let chain = issued.expect("a certificate");
    LateRequest::new(unit(SCHOOL), &chain, keys, LateRoad::Paper, stage.day(50)).to_json()
}
