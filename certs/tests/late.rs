//! Late renewal on the desk: requests and answers without a network.

mod stage;

use certs::enrolment::{
    LateAnswer, LateClaim, LateKeys, LateRefusal, LateRequest, LateRoad, LateTerms, LateVerdict,
    check_late_request,
};
use certs::{PrivateKey, ProvinceCa, RevokedKeys, TlsIdentity, key};
use dossier::{Hash, Timestamp};
use stage::{NOW, found, hoabinh, later, node, spki, unit};

const DOOR: LateRoad = LateRoad::Door(Hash::from_bytes([8; 32]));

/// A node that comes back, with the change key that the stage gave it.
struct Guest {
    own: TlsIdentity,
    change: PrivateKey,
    next: PrivateKey,
}

impl Guest {
    fn of(ca: &ProvinceCa, unit: &str, seed: u8) -> Self {
        Self {
            own: node(ca, unit, seed, NOW),
            change: PrivateKey::from_seed([seed + 100; 32]),
            next: PrivateKey::from_seed([seed + 50; 32]),
        }
    }

    fn keys(&self) -> LateKeys<'_> {
        LateKeys { tls: &self.own.key, next: &self.next, change: &self.change }
    }

    fn asks(&self, unit_id: &str, road: LateRoad, at: Timestamp) -> LateRequest {
        LateRequest::new(unit(unit_id), &self.own.chain, self.keys(), road, at)
    }
}

fn judge(
    ca: &ProvinceCa,
    revoked: &RevokedKeys,
    request: &LateRequest,
    road: LateRoad,
    now: Timestamp,
) -> Result<LateClaim, LateRefusal> {
    let (province, root) = (&hoabinh(), ca.root.certificate());
    check_late_request(request, LateTerms { province, root, revoked, road, now })
}

#[test]
fn a_node_that_was_away_proves_itself() {
    let (ca, open) = (found(&hoabinh(), 1), RevokedKeys::default());
    let guest = Guest::of(&ca, "sgddt", 50);
    let request = guest.asks("sgddt", DOOR, later(50));
    let read = LateRequest::from_json(request.to_json().as_bytes()).expect("reads");
    assert_eq!(read, request);
    let claim = judge(&ca, &open, &request, DOOR, later(50)).expect("believed");
    assert_eq!(claim.identity.unit, unit("sgddt"));
    assert_eq!(claim.identity.node, key::node_id(guest.change.public()));
    assert_eq!(&claim.tls_key, guest.next.public());

    let refusal = |at| judge(&ca, &open, &request, DOOR, at).expect_err("refused");
    assert_eq!(refusal(later(44)), LateRefusal::NotEnded);
    assert_eq!(refusal(later(106)), LateRefusal::TooOld);
    let shut = RevokedKeys::new([spki(&guest.own)]);
    assert_eq!(judge(&ca, &shut, &request, DOOR, later(50)), Err(LateRefusal::Revoked));
}

#[test]
fn a_request_counts_on_its_own_road_alone() {
    let (ca, open) = (found(&hoabinh(), 1), RevokedKeys::default());
    let guest = Guest::of(&ca, "sgddt", 50);
    let request = guest.asks("sgddt", DOOR, later(50));
    let other = LateRoad::door(&[9; 32]);
    for road in [other, LateRoad::Paper] {
        let judged = judge(&ca, &open, &request, road, later(50));
        assert_eq!(judged, Err(LateRefusal::NoProof), "{road:?}");
    }
    let paper = guest.asks("sgddt", LateRoad::Paper, later(50));
    assert_eq!(judge(&ca, &open, &paper, DOOR, later(50)), Err(LateRefusal::NoProof));
    assert!(judge(&ca, &open, &paper, LateRoad::Paper, later(53)).is_ok());
    let stale = judge(&ca, &open, &paper, LateRoad::Paper, later(54));
    assert_eq!(stale, Err(LateRefusal::Stale));
    let early = judge(&ca, &open, &paper, LateRoad::Paper, later(49));
    assert_eq!(early, Err(LateRefusal::Stale));
    // A person who carries paper may come before the end.
    let early = guest.asks("sgddt", LateRoad::Paper, later(30));
    assert!(judge(&ca, &open, &early, LateRoad::Paper, later(30)).is_ok());
}

#[test]
fn nobody_asks_in_the_name_of_another() {
    let (ca, open) = (found(&hoabinh(), 1), RevokedKeys::default());
    let (guest, thief) = (Guest::of(&ca, "sgddt", 50), Guest::of(&ca, "syt", 60));
    let judged = |request: &LateRequest| judge(&ca, &open, request, DOOR, later(50));
    let asks = |keys: LateKeys<'_>| {
        LateRequest::new(unit("sgddt"), &guest.own.chain, keys, DOOR, later(50))
    };
    for keys in [
        thief.keys(),
        LateKeys { tls: &guest.own.key, ..thief.keys() },
        LateKeys { change: &guest.change, ..thief.keys() },
    ] {
        assert_eq!(judged(&asks(keys)), Err(LateRefusal::NoProof));
    }
    assert!(judged(&asks(guest.keys())).is_ok());
    // Another unit than the certificate's; the certificate of another root; the same key again.
    assert_eq!(judged(&guest.asks("syt", DOOR, later(50))), Err(LateRefusal::WrongUnit));
    let stranger = Guest::of(&found(&hoabinh(), 21), "sgddt", 50);
    let foreign = stranger.asks("sgddt", DOOR, later(50));
    assert_eq!(judged(&foreign), Err(LateRefusal::NoProof));
    let lazy = asks(LateKeys { next: &guest.own.key, ..guest.keys() });
    assert_eq!(judged(&lazy), Err(LateRefusal::NoProof));
}

#[test]
fn every_byte_of_a_request_is_signed() {
    let (ca, open) = (found(&hoabinh(), 1), RevokedKeys::default());
    let (guest, other) = (Guest::of(&ca, "sgddt", 50), Guest::of(&ca, "syt", 60));
    let request = guest.asks("sgddt", DOOR, later(50));
    let csr = other.asks("syt", DOOR, later(50)).csr;
    for spoilt in [
        LateRequest { csr, ..request.clone() },
        LateRequest { made_at: later(51), ..request.clone() },
        LateRequest { chain: format!("{}\n", request.chain), ..request.clone() },
        LateRequest { chain: "no certificate".to_owned(), ..request.clone() },
        LateRequest { tls_proof: request.change_proof, ..request.clone() },
        LateRequest { change_key: *other.change.public(), ..request },
    ] {
        let judged = judge(&ca, &open, &spoilt, DOOR, later(50));
        assert_eq!(judged, Err(LateRefusal::NoProof));
    }
    assert!(LateRequest::from_json(&[b' '; 50_000]).is_err());
    assert!(LateRequest::from_json(b"{}").is_err());
}

#[test]
fn an_answer_is_the_registers_and_to_this_request() {
    let ca = found(&hoabinh(), 1);
    let guest = Guest::of(&ca, "sgddt", 50);
    let digest = guest.asks("sgddt", DOOR, later(50)).digest(DOOR);
    let register = PrivateKey::from_seed([3; 32]);
    let verdict = LateVerdict::Refused(LateRefusal::Unlisted);
    let sign = |bytes: &[u8]| register.sign(bytes);
    let answer = LateAnswer::issue(digest, later(50), verdict.clone(), sign);
    let read = LateAnswer::from_json(answer.to_json().as_bytes()).expect("reads");
    assert_eq!(read.verdict(digest, &ca.charter), Some(&verdict));
    assert_eq!(read.verdict(Hash::of(b"another request"), &ca.charter), None);
    let granted = LateVerdict::Granted(String::new());
    let turned = LateAnswer { verdict: granted, ..answer.clone() };
    assert_eq!(turned.verdict(digest, &ca.charter), None);
    let moved = LateAnswer { at: later(51), ..answer };
    assert_eq!(moved.verdict(digest, &ca.charter), None);
}
