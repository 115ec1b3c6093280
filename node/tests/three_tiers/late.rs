//! A school that was away longer than its certificate lasts, and comes back or does not.

use std::sync::Arc;

use certs::{
    PrivateKey, TlsIdentity, chain,
    enrolment::{LateAnswer, LateKeys, LateRefusal, LateRequest, LateRoad, LateVerdict},
    tls::renew_client,
};
use config::Profile;
use node::control::{Request, Response};
use node::environment::{Environment, ManualClock};
use node::home::Resident;
use node::link::enrolment::{TRY_INTERVAL, renew_over_network};
use node::tls_time::TlsTime;

use crate::renewal::{province, renewed};
use crate::stage::{SCHOOL, Stage, Up, call, settings, unit, until};

/// The day before the first renewal: whoever leaves then has the least time left.
const LEAVES: i64 = 20;

/// A province whose school left on day [`LEAVES`] while the others went on for `days`.
pub(crate) async fn away(days: i64) -> (Stage, [Up; 2]) {
    let (stage, [top, middle, below]) = province().await;
    stage.days_later(LEAVES);
    stage.stop("truong", below).await;
    let mut day = LEAVES;
    while day < LEAVES + days {
        let old = ["p", "so"].map(|name| stage.resident(name));
        day = (day + 25).min(LEAVES + days);
        stage.days_later(day);
        for (name, old) in ["p", "so"].iter().zip(&old) {
            if old.identity.not_before.as_millis() < stage.day(day - 25).as_millis() {
                renewed(&stage, name, old).await;
            }
        }
    }
    (stage, [top, middle])
}

/// Waits until the school tells why it has no certificate.
pub(crate) async fn trouble(stage: &Stage) -> (String, String) {
    let told = async || stage.certificate("truong").await.trouble.is_some();
    until("a reason", told).await;
    let (_, refused) = stage.certificate("truong").await.trouble.expect("told");
    (refused.code, refused.detail)
}

async fn comes_back_after(days: i64) {
    let (stage, [_top, middle]) = away(days).await;
    let old = stage.resident("truong");
    assert!(old.identity.not_after < stage.day(LEAVES + days), "the certificate has ended");
    let entries = stage.status("p").await.members;
    stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(2).await;
    renewed(&stage, "truong", &old).await;
    let shown = stage.certificate("truong").await;
    assert_eq!(
        (shown.trouble, shown.not_after),
        (None, stage.resident("truong").identity.not_after)
    );
    assert_eq!(stage.status("p").await.members, entries + 1, "one entry for one key");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_a_node_comes_back_by_itself() {
    comes_back_after(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_fifty_days_a_node_comes_back_by_itself() {
    comes_back_after(50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_hundred_and_ten_days_it_must_be_enrolled_again() {
    let (stage, [_top, middle]) = away(110).await;
    let old = stage.resident("truong");
    stage.start_below("truong", Profile::Unit, &middle).await;
    assert_eq!(trouble(&stage).await.0, "late-too-old");
    // It works on alone, with the certificate it has.
    stage.enter("truong", SCHOOL, "Người ở lại").await;
    assert!(stage.status("truong").await.neighbours.is_empty());
    assert_eq!(stage.resident("truong").identity, old.identity);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_revoked_while_away_stays_outside() {
    let (stage, [_top, middle]) = away(30).await;
    let order = Request::Revoke { unit: unit(SCHOOL), reason: "máy bị mất".to_owned() };
    assert!(matches!(call(&stage.at("p"), order).await, Response::Revoked { .. }));
    let entries = stage.status("p").await.members;
    stage.start_below("truong", Profile::Unit, &middle).await;
    assert_eq!(trouble(&stage).await.0, "late-revoked");
    assert_eq!(stage.status("p").await.members, entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_told_before_anything_else_and_mends_itself_when_set() {
    let (stage, [_top, middle, below]) = province().await;
    stage.stop("truong", below).await;
    for (days, ahead) in [(60, true), (-60, false)] {
        let clock = Arc::new(ManualClock::starting_at(stage.day(days)));
        let environment =
            Environment { clock: Arc::<ManualClock>::clone(&clock), ..stage.environment() };
        let parent = Some(middle.ready.listen);
        let settings = settings(Profile::Unit, stage.at("truong"), parent);
        let school = stage.start_in(environment, settings).await;
        let (code, detail) = trouble(&stage).await;
        assert_eq!(code, "clock");
        let off: i64 = detail.parse().expect("milliseconds");
        assert_eq!((off > 0, off.abs() / (24 * 3_600_000)), (ahead, 60), "{off}");
        clock.set(stage.day(0));
        until("the way up", async || !stage.status("truong").await.neighbours.is_empty()).await;
        stage.stop("truong", school).await;
        // One source may come to the door once a second.
        tokio::time::sleep(TRY_INTERVAL).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_suspected_where_tier_3_cannot_be_asked() {
    let (stage, [_top, middle, below]) = province().await;
    stage.stop("truong", below).await;
    stage.forget_the_door("truong");
    let clock = Arc::new(ManualClock::starting_at(stage.day(60)));
    let environment = Environment { clock, ..stage.environment() };
    let parent = Some(middle.ready.listen);
    let settings = settings(Profile::Unit, stage.at("truong"), parent);
    stage.start_in(environment, settings).await;
    assert_eq!(trouble(&stage).await, ("clock".to_owned(), "superior".to_owned()));
}

/// A guest at the renewal door who sends what it likes.
struct Guest<'a> {
    stage: &'a Stage,
    resident: Resident,
}

impl Guest<'_> {
    fn asks(&self, road: LateRoad, next: &PrivateKey) -> LateRequest {
        let Resident { identity, chain, tls, change, .. } = &self.resident;
        let keys = LateKeys { tls, next, change };
        LateRequest::new(identity.unit.clone(), chain, keys, road, self.stage.day(50))
    }

    /// Sends what `write` makes of the road; the verdict, if the door is not shut without a word.
    async fn sends(
        &self,
        top: &Up,
        write: impl FnOnce(LateRoad) -> Vec<u8>,
    ) -> Option<LateVerdict> {
        tokio::time::sleep(TRY_INTERVAL).await;
        let environment = self.stage.environment();
        let Resident { chain, tls, root, .. } = &self.resident;
        let own = TlsIdentity { chain: chain.clone(), key: tls.clone() };
        let clock = Arc::new(TlsTime::new(environment.clock));
        let tls = renew_client(&own, chain::fingerprint(root), clock).expect("TLS");
        let door = top.ready.enrol.expect("a door");
        let network = &*environment.network;
        let answer = renew_over_network(network, Arc::new(tls), door, [7; 32], write).await;
        let answer = LateAnswer::from_json(&answer.ok()?).expect("an answer");
        Some(answer.verdict)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_heard_once_is_worth_nothing_on_another_connection() {
    let (stage, [top, _middle]) = away(30).await;
    stage.join(&top, "khac", "syt").await;
    let school = Guest { stage: &stage, resident: stage.resident("truong") };
    let thief = Guest { stage: &stage, resident: stage.resident("khac") };
    let next = PrivateKey::from_seed([77; 32]);
    let mut heard = Vec::new();
    let granted = school
        .sends(&top, |road| {
            heard = school.asks(road, &next).to_json().into_bytes();
            heard.clone()
        })
        .await;
    assert!(matches!(granted, Some(LateVerdict::Granted(_))), "{granted:?}");
    let entries = stage.status("p").await.members;

    let no_proof = Some(LateVerdict::Refused(LateRefusal::NoProof));
    assert_eq!(school.sends(&top, |_| heard.clone()).await, no_proof);
    assert_eq!(thief.sends(&top, |_| heard.clone()).await, no_proof);
    // Its own certificate has not ended; in another unit's name it proves nothing.
    let not_ended = Some(LateVerdict::Refused(LateRefusal::NotEnded));
    let fresh = PrivateKey::from_seed([78; 32]);
    let own = |road| thief.asks(road, &fresh).to_json().into_bytes();
    assert_eq!(thief.sends(&top, own).await, not_ended);
    let other_unit = |road| {
        let request = thief.asks(road, &fresh);
        LateRequest { unit: unit(SCHOOL), ..request }.to_json().into_bytes()
    };
    assert_eq!(thief.sends(&top, other_unit).await, no_proof);
    // What is no request closes the door without a word.
    assert_eq!(thief.sends(&top, |_| b"{}".to_vec()).await, None);
    assert_eq!(stage.status("p").await.members, entries, "nothing of it is on the list");
    // The same question on a new connection costs no entry.
    let again = school.sends(&top, |road| school.asks(road, &next).to_json().into_bytes()).await;
    assert!(matches!(again, Some(LateVerdict::Granted(_))), "{again:?}");
    assert_eq!(stage.status("p").await.members, entries);
}
