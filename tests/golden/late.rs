//! What a node that was away too long carries to tier 3, and what it is told there.

use certs::{
    CaSeeds, PrivateKey, ProvinceCa,
    enrolment::{
        LateAnswer, LateKeys, LateRefusal, LateRequest, LateRoad, LateTerms, LateVerdict,
        check_late_request,
    },
    key,
};
use dossier::Hash;
use tests::golden::compare;

use super::fixtures::{at, unit};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn private(name: &str) -> PrivateKey {
    PrivateKey::from_seed(*Hash::of(name.as_bytes()).as_bytes())
}

fn province() -> ProvinceCa {
    let seeds = CaSeeds {
        root_key: *private("root").seed(),
        issuing_key: *private("issuing").seed(),
        root_serial: [1; 16],
        issuing_serial: [2; 16],
    };
    let name = "hoabinh".parse().expect("a province");
    ProvinceCa::init(&name, &seeds, *private("register").public(), at(0)).expect("founded")
}

#[test]
fn a_late_request_on_paper_and_its_answers() {
    let ca = province();
    let [tls, next, change] = ["tls", "next", "change"].map(private);
    let node = key::node_id(change.public());
    let chain = ca.issuing.issue(&unit(), node, tls.public(), [3; 16], at(0)).expect("issued");
    let keys = LateKeys { tls: &tls, next: &next, change: &change };
    let asked = at(50 * DAY_MS);
    let request = LateRequest::new(unit(), &chain, keys, LateRoad::Paper, asked);
    compare("late-request-v1.txt", &request.to_json());
    let read = LateRequest::from_json(request.to_json().as_bytes()).expect("reads");
    let terms = LateTerms {
        province: ca.issuing.province(),
        root: ca.root.certificate(),
        revoked: &certs::RevokedKeys::default(),
        road: LateRoad::Paper,
        now: asked,
    };
    let claim = check_late_request(&read, terms).expect("still believed");
    assert_eq!((claim.identity.node, &claim.tls_key), (node, next.public()));

    let register = private("register");
    let digest = request.digest(LateRoad::Paper);
    let granted = LateVerdict::Granted("PEM".to_owned());
    let answers = [granted, LateVerdict::Refused(LateRefusal::TooOld)].map(|verdict| {
        LateAnswer::issue(digest, asked, verdict, |bytes| register.sign(bytes)).to_json()
    });
    compare("late-answers-v1.txt", &format!("{}\n{}\n", answers[0], answers[1]));
    for answer in answers {
        let read = LateAnswer::from_json(answer.as_bytes()).expect("reads");
        assert!(read.verdict(digest, &ca.charter).is_some(), "still believed");
    }
}
