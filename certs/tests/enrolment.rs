//! Enrolment and renewal, from the token to the certificate, and everything that must not pass.

mod stage;

use certs::enrolment::{
    ATTEMPTS_MAX, Accepted, AnswerRefusal, Delivery, DeliveryError, EnrolAnswer, EnrolRefusal,
    EnrolRequest, Invite, InviteToken, MAIL_LIFE_MS, RenewRefusal, RenewRequest, check_answer,
    check_renewal, check_request, comparison_words,
};
use certs::{DoorRefusal, NodeIdentity, PrivateKey, ProvinceCa, RevokedKeys, chain, key};
use dossier::{Hash, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, IsCa};
use stage::{NOW, found, hoabinh, later, unit};

struct Play {
    ca: ProvinceCa,
    token: InviteToken,
    invite: Invite,
    tls_key: PrivateKey,
    change_key: PrivateKey,
}

impl Play {
    fn new() -> Self {
        let ca = found(&hoabinh(), 1);
        let token = InviteToken::new([7; 16], chain::fingerprint(ca.root.certificate()));
        let end = Timestamp::from_millis(NOW.as_millis() + MAIL_LIFE_MS);
        let invite = Invite::new(&token, unit("d151.04894"), 1, end);
        let tls_key = PrivateKey::from_seed([70; 32]);
        Self { ca, token, invite, tls_key, change_key: PrivateKey::from_seed([71; 32]) }
    }

    fn request(&self) -> EnrolRequest {
        self.request_for("d151.04894", &self.token)
    }

    fn request_for(&self, unit_id: &str, token: &InviteToken) -> EnrolRequest {
        EnrolRequest::new(token, unit(unit_id), &self.tls_key, &self.change_key)
    }

    fn accept(&mut self) -> Accepted {
        let request = self.request();
        check_request(&mut self.invite, &request, NOW).expect("accepted")
    }

    fn answer(&self, ca: &ProvinceCa, accepted: &Accepted) -> EnrolAnswer {
        let bundle = b"member list".to_vec();
        let charter = ca.charter.clone();
        EnrolAnswer::issue(&ca.issuing, &self.invite, accepted, charter, bundle, [9; 16], NOW)
            .expect("issued")
    }
}

#[test]
fn node_enrols_by_files() {
    let mut play = Play::new();
    let request = EnrolRequest::from_json(play.request().to_json().as_bytes()).expect("parses");
    let accepted = check_request(&mut play.invite, &request, NOW).expect("accepted");
    assert_eq!((accepted.tier, accepted.repeated), (1, false));
    let sent = play.answer(&play.ca, &accepted).to_json();
    let answer = EnrolAnswer::from_json(sent.as_bytes()).expect("parses");
    let enrolled = check_answer(&play.token, &request, answer, NOW).expect("believed");
    assert_eq!(enrolled.identity.unit, unit("d151.04894"));
    assert_eq!(enrolled.identity.node, accepted.node);
    assert_eq!(enrolled.bundle, b"member list");
    assert_eq!(enrolled.charter, play.ca.charter);
    let root = play.token.root_fingerprint();
    assert_eq!(
        accepted.words(root),
        comparison_words(root, play.tls_key.public(), play.change_key.public())
    );
}

#[test]
fn invite_is_used_once_but_the_same_request_may_be_repeated() {
    let mut play = Play::new();
    let first = play.accept();
    let again = play.accept();
    assert!(again.repeated);
    assert_eq!(again.request, first.request);
    let other_key = PrivateKey::from_seed([72; 32]);
    let thief = EnrolRequest::new(&play.token, unit("d151.04894"), &other_key, &other_key);
    assert_eq!(check_request(&mut play.invite, &thief, NOW), Err(EnrolRefusal::Used));
}

#[test]
fn invite_ends_at_its_instant() {
    let mut play = Play::new();
    let request = play.request();
    let end = play.invite.expires_at;
    assert_eq!(check_request(&mut play.invite, &request, end), Err(EnrolRefusal::Expired));
    let before = Timestamp::from_millis(end.as_millis() - 1);
    assert!(check_request(&mut play.invite, &request, before).is_ok());
}

#[test]
fn token_of_one_unit_opens_no_other() {
    let mut play = Play::new();
    let request = play.request_for("sgddt", &play.token);
    assert_eq!(check_request(&mut play.invite, &request, NOW), Err(EnrolRefusal::WrongUnit));
    assert_eq!(play.invite.used_by, None);
    let other = InviteToken::new([8; 16], play.token.root_fingerprint());
    let request = play.request_for("d151.04894", &other);
    assert_eq!(check_request(&mut play.invite, &request, NOW), Err(EnrolRefusal::UnknownInvite));
}

#[test]
fn guessing_closes_the_invite() {
    let mut play = Play::new();
    let guess = InviteToken::new([0; 16], play.token.root_fingerprint());
    let mut request = play.request_for("d151.04894", &guess);
    request.invite = play.invite.id;
    for _ in 0..ATTEMPTS_MAX {
        let refusal = check_request(&mut play.invite, &request, NOW);
        assert_eq!(refusal, Err(EnrolRefusal::WrongToken));
    }
    let genuine = play.request();
    let refusal = check_request(&mut play.invite, &genuine, NOW);
    assert_eq!(refusal, Err(EnrolRefusal::TooManyAttempts));
}

#[test]
fn changing_any_part_of_a_request_spoils_it() {
    let spoil: [fn(&mut EnrolRequest); 5] = [
        |request| request.unit = unit("sgddt"),
        |request| request.csr[20] ^= 1,
        |request| request.change_key[0] ^= 1,
        |request| request.change_proof[0] ^= 1,
        |request| request.mac[31] ^= 1,
    ];
    for (part, spoil) in spoil.into_iter().enumerate() {
        let mut play = Play::new();
        let mut request = play.request();
        spoil(&mut request);
        let refusal = check_request(&mut play.invite, &request, NOW);
        assert_eq!(refusal, Err(EnrolRefusal::WrongToken), "{part}");
    }
}

/// Seals a request that a holder of the token made by hand, as the wire would carry it.
fn resealed(play: &Play, csr: Vec<u8>, signer: &PrivateKey) -> EnrolRequest {
    let mut request = play.request();
    request.csr = csr;
    let unit = request.unit.as_str().as_bytes().to_vec();
    let parts: [&[u8]; 4] = [request.invite.as_bytes(), &unit, &request.csr, &request.change_key];
    let claim = Hash::tagged("hoso/enrol-claim/1", &parts);
    request.change_proof = signer.sign(claim.as_bytes());
    let parts: [&[u8]; 2] = [claim.as_bytes(), &request.change_proof];
    let digest = Hash::tagged("hoso/enrol-request/1", &parts);
    let fingerprint = play.token.root_fingerprint();
    let mac_key = Hash::tagged("hoso/invite-mac/1", &[&[7; 16], fingerprint.as_bytes()]);
    let mac_key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, mac_key.as_bytes());
    let mac = aws_lc_rs::hmac::sign(&mac_key, digest.as_bytes());
    request.mac.copy_from_slice(mac.as_ref());
    request
}

#[test]
fn possession_of_both_keys_must_be_proven() {
    let mut play = Play::new();
    let honest = play.request().csr;
    let mut broken = honest.clone();
    *broken.last_mut().expect("bytes") ^= 1;
    let trailing = [honest.as_slice(), &[0]].concat();
    let elliptic = rcgen::KeyPair::generate().expect("a P-256 key");
    let elliptic = CertificateParams::default().serialize_request(&elliptic).expect("a request");
    let huge = vec![0x30; 5000];
    for csr in [broken, trailing, elliptic.der().to_vec(), huge, Vec::new()] {
        let request = resealed(&play, csr, &play.change_key);
        let refusal = check_request(&mut play.invite, &request, NOW);
        assert_eq!(refusal, Err(EnrolRefusal::NoProof));
    }
    let request = resealed(&play, honest, &play.tls_key);
    assert_eq!(check_request(&mut play.invite, &request, NOW), Err(EnrolRefusal::NoProof));
    assert_eq!((play.invite.attempts, play.invite.used_by), (0, None));
}

#[test]
fn wishes_in_a_signing_request_are_not_read() {
    let mut play = Play::new();
    let mut wishes =
        CertificateParams::new(vec!["unit-ubnd.hoabinh.hoso.internal".to_owned()]).expect("a name");
    wishes.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let csr = wishes.serialize_request(&play.tls_key).expect("a request").der().to_vec();
    let request = resealed(&play, csr, &play.change_key);
    let accepted = check_request(&mut play.invite, &request, NOW).expect("accepted");
    let answer = play.answer(&play.ca, &accepted);
    let enrolled = check_answer(&play.token, &request, answer, NOW).expect("believed");
    // An identity exists only for a certificate that is no authority.
    assert_eq!(enrolled.identity.unit, unit("d151.04894"));
}

#[test]
fn answer_of_another_root_is_refused() {
    let mut play = Play::new();
    let accepted = play.accept();
    let look_alike = found(&hoabinh(), 21);
    let request = play.request();
    let judge = |answer| check_answer(&play.token, &request, answer, NOW).expect_err("refused");
    assert_eq!(judge(play.answer(&look_alike, &accepted)), AnswerRefusal::WrongRoot);
    let mut mixed = play.answer(&look_alike, &accepted);
    mixed.root = chain::to_pem(&[play.ca.root.certificate().clone()]);
    assert_eq!(judge(mixed), AnswerRefusal::WrongToken);
    let mut swapped = play.answer(&play.ca, &accepted);
    swapped.bundle.push(0);
    assert_eq!(judge(swapped), AnswerRefusal::WrongToken);
}

#[test]
fn answer_must_be_for_our_key_and_our_unit() {
    let mut play = Play::new();
    let accepted = play.accept();
    let request = play.request();
    let judge = |accepted: &Accepted, at| {
        check_answer(&play.token, &request, play.answer(&play.ca, accepted), at)
    };
    let refusal = |accepted: &Accepted, at| judge(accepted, at).expect_err("refused");
    let stranger = *PrivateKey::from_seed([73; 32]).public();
    let other_key = Accepted { tls_key: stranger, ..accepted.clone() };
    assert_eq!(refusal(&other_key, NOW), AnswerRefusal::WrongKey);
    let other_node = Accepted { node: key::node_id(&stranger), ..accepted.clone() };
    assert_eq!(refusal(&other_node, NOW), AnswerRefusal::WrongKey);
    let other_unit = Accepted { unit: unit("sgddt"), ..accepted.clone() };
    assert_eq!(refusal(&other_unit, NOW), AnswerRefusal::WrongUnit);
    let late = AnswerRefusal::Certificate(DoorRefusal::Expired);
    assert_eq!(refusal(&accepted, later(46)), late);
    let early = AnswerRefusal::Certificate(DoorRefusal::NotYetValid);
    assert_eq!(refusal(&accepted, later(-1)), early);
    assert!(judge(&accepted, NOW).is_ok());
}

#[test]
fn charter_of_another_register_is_refused() {
    let mut play = Play::new();
    let accepted = play.accept();
    let mut charter = play.ca.charter.clone();
    charter.register_key = *play.tls_key.public();
    let answer = EnrolAnswer::issue(
        &play.ca.issuing,
        &play.invite,
        &accepted,
        charter,
        Vec::new(),
        [9; 16],
        NOW,
    );
    let judged = check_answer(&play.token, &play.request(), answer.expect("issued"), NOW);
    assert_eq!(judged.expect_err("refused"), AnswerRefusal::WrongCharter);
}

#[test]
fn delivery_names_the_root_of_its_token() {
    let play = Play::new();
    let root = play.ca.root.certificate();
    let mut delivery = Delivery {
        token: play.token.text(),
        unit: unit("d151.04894"),
        province: hoabinh(),
        root_certificate: chain::to_pem(std::slice::from_ref(root)),
        address: "10.17.0.1:4847".to_owned(),
        expires_at: play.invite.expires_at,
    };
    let (opened, token, found_root) = Delivery::open(delivery.to_json().as_bytes()).expect("opens");
    assert_eq!((&opened, &found_root), (&delivery, root));
    assert_eq!(token.text(), play.token.text());
    assert!(!format!("{delivery:?}").contains(&play.token.text()));
    delivery.root_certificate = chain::to_pem(&[found(&hoabinh(), 21).root.certificate().clone()]);
    let refused = Delivery::open(delivery.to_json().as_bytes());
    assert!(matches!(refused, Err(DeliveryError::Fingerprint)));
    assert!(matches!(Delivery::open(b"{}"), Err(DeliveryError::Document(_))));
    assert!(matches!(Delivery::open(&[b' '; 40_000]), Err(DeliveryError::Document(_))));
}

#[test]
fn renewal_keeps_the_names_and_changes_the_key() {
    let play = Play::new();
    let own = stage::node(&play.ca, "sgddt", 40, NOW);
    let identity = NodeIdentity::from_chain(&own.chain, &hoabinh()).expect("an identity");
    let revoked = RevokedKeys::default();
    let fresh = PrivateKey::from_seed([80; 32]);
    let request = RenewRequest::new(&fresh);
    let renewed = check_renewal(&identity, &request, &revoked, later(22)).expect("allowed");
    assert_eq!(&renewed, fresh.public());
    let chain = play.ca.issuing.renew(&identity, &renewed, [3; 16], later(22)).expect("issued");
    let next = NodeIdentity::from_chain(&chain, &hoabinh()).expect("an identity");
    assert_eq!((&next.unit, next.node), (&identity.unit, identity.node));
    assert_eq!(next.not_after, later(67));
    assert_eq!(next.spki_hash, key::spki_hash(fresh.public()));

    let refusal = |request: &RenewRequest, at| {
        check_renewal(&identity, request, &revoked, at).expect_err("refused")
    };
    assert_eq!(refusal(&RenewRequest::new(&own.key), later(22)), RenewRefusal::SameKey);
    assert_eq!(refusal(&RenewRequest { csr: vec![0x30] }, later(22)), RenewRefusal::NoProof);
    assert!(check_renewal(&identity, &request, &revoked, later(45 + 60)).is_ok());
    assert_eq!(refusal(&request, later(45 + 61)), RenewRefusal::TooOld);
    revoked.insert(identity.spki_hash);
    assert_eq!(refusal(&request, later(22)), RenewRefusal::Revoked);
}
