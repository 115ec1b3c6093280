//! The authority: what it issues is exact, deterministic and confined.

mod stage;

use certs::authority::{RootKeyError, SealSalt};
use certs::chain::{self, ChainError};
use certs::identity::IdentityError;
use certs::{AuthorityError, DoorRefusal, IssuingCa, NodeIdentity, PrivateKey, RootCa, key};
use dossier::{Hash, Timestamp};
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, Issuer, SanType};
use rustls::pki_types::CertificateDer;
use stage::{NOW, forged, found, good_params, hoabinh, later, node, unit};

/// The reason that webpki gives, which [`DoorRefusal`] does not tell apart.
fn reason(chain: &[CertificateDer<'_>], root: &CertificateDer<'_>) -> String {
    chain::verify(chain, root, chain::unix_time(NOW)).expect_err("refused").to_string()
}

fn refusal(chain: &[CertificateDer<'_>], root: &CertificateDer<'_>, at: Timestamp) -> DoorRefusal {
    let error = chain::verify(chain, root, chain::unix_time(at)).expect_err("refused");
    DoorRefusal::of(&error)
}

#[test]
fn equal_arguments_give_equal_certificates() {
    let (one, two) = (found(&hoabinh(), 1), found(&hoabinh(), 1));
    assert_eq!(one.root.certificate(), two.root.certificate());
    assert_eq!(one.issuing.certificate(), two.issuing.certificate());
    assert_eq!(one.charter, two.charter);
    assert_eq!(node(&one, "sgddt", 9, NOW).chain, node(&two, "sgddt", 9, NOW).chain);
}

#[test]
fn identity_is_what_was_issued() {
    let ca = found(&hoabinh(), 1);
    let own = node(&ca, "d151.04894", 9, NOW);
    chain::verify(&own.chain, ca.root.certificate(), chain::unix_time(NOW)).expect("valid");
    let identity = NodeIdentity::from_chain(&own.chain, &hoabinh()).expect("an identity");
    assert_eq!(identity.unit, unit("d151.04894"));
    assert_eq!(identity.node, key::node_id(PrivateKey::from_seed([109; 32]).public()));
    assert_eq!(identity.spki_hash, key::spki_hash(own.key.public()));
    assert_eq!(identity.not_before.as_millis(), NOW.as_millis() - 600_000);
    assert_eq!(identity.not_after, later(45));
    assert_eq!(identity.serial[1..], [9; 15]);
}

#[test]
fn every_serial_number_fills_its_length() {
    let ca = found(&hoabinh(), 1);
    let tls_key = PrivateKey::from_seed([9; 32]);
    for first in [0x00, 0x01, 0x7f, 0x80, 0xff] {
        let mut serial = [0; 16];
        serial[0] = first;
        let node = key::node_id(tls_key.public());
        let chain = ca.issuing.issue(&unit("sgddt"), node, tls_key.public(), serial, NOW);
        let identity = NodeIdentity::from_chain(&chain.expect("issued"), &hoabinh());
        assert_eq!(identity.expect("an identity").serial[1..], [0; 15], "{first}");
    }
}

#[test]
fn issuing_needs_no_root_key_and_knows_its_own() {
    let ca = found(&hoabinh(), 1);
    let open = |seed, at| {
        let root = ca.root.certificate().clone();
        IssuingCa::open(hoabinh(), root, ca.issuing.certificate().clone(), seed, at)
    };
    let opened = open([2; 32], later(100)).expect("its own seed");
    assert_eq!(opened.certificate(), ca.issuing.certificate());
    assert!(matches!(open([3; 32], NOW), Err(AuthorityError::KeyMismatch)));
    assert!(matches!(open([2; 32], later(1097)), Err(AuthorityError::IssuingExpired)));
    let other_root = found(&hoabinh(), 11).root.certificate().clone();
    let stolen =
        IssuingCa::open(hoabinh(), other_root, ca.issuing.certificate().clone(), [2; 32], NOW);
    assert!(matches!(stolen, Err(AuthorityError::NotOurs(_))));
}

#[test]
fn no_certificate_outlives_its_issuer_and_no_clock_panics() {
    let ca = found(&hoabinh(), 1);
    let last = node(&ca, "sgddt", 9, later(1090));
    let identity = NodeIdentity::from_chain(&last.chain, &hoabinh()).expect("an identity");
    assert_eq!(identity.not_after, ca.issuing.not_after());
    for millis in [i64::MIN, -1, 0, i64::MAX] {
        let at = Timestamp::from_millis(millis);
        let seeds = certs::CaSeeds {
            root_key: [1; 32],
            issuing_key: [2; 32],
            root_serial: [1; 16],
            issuing_serial: [2; 16],
        };
        let founded = certs::ProvinceCa::init(&hoabinh(), &seeds, [0; 32], at);
        assert!(matches!(founded, Err(AuthorityError::Clock)), "{millis}");
    }
}

#[test]
fn look_alike_authority_is_foreign() {
    let (ours, theirs) = (found(&hoabinh(), 1), found(&hoabinh(), 21));
    let spy = node(&theirs, "sgddt", 9, NOW);
    assert_eq!(refusal(&spy.chain, ours.root.certificate(), NOW), DoorRefusal::Foreign);
    // The leaf of the look-alike beside our genuine issuing certificate: same names, other key.
    let mixed = [spy.chain[0].clone(), ours.issuing.certificate().clone()];
    assert_eq!(refusal(&mixed, ours.root.certificate(), NOW), DoorRefusal::Foreign);
}

#[test]
fn leaf_is_no_authority_and_authority_appoints_no_other() {
    let ca = found(&hoabinh(), 1);
    let root = ca.root.certificate();
    let leaf = node(&ca, "sgddt", 9, NOW);
    let key = PrivateKey::from_seed([10; 32]);
    let params = good_params("unit-sgddt.hoabinh.hoso.internal");
    let issuer = Issuer::from_ca_cert_der(&leaf.chain[0], &leaf.key).expect("an issuer");
    let grandchild = params.signed_by(&key, &issuer).expect("signed");
    let chain = [grandchild.into(), leaf.chain[0].clone(), leaf.chain[1].clone()];
    assert_eq!(refusal(&chain, root, NOW), DoorRefusal::Foreign);
    assert!(reason(&chain, root).contains("EndEntityUsedAsCa"));

    let mut sub = forged(&ca, 11, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let issuer = Issuer::from_ca_cert_der(&sub.chain[0], &sub.key).expect("an issuer");
    let below = good_params("unit-sgddt.hoabinh.hoso.internal").signed_by(&key, &issuer);
    sub.chain.insert(0, below.expect("signed").into());
    assert_eq!(refusal(&sub.chain, root, NOW), DoorRefusal::Foreign);
    assert!(reason(&sub.chain, root).contains("PathLenConstraintViolated"));
}

#[test]
fn name_constraint_confines_the_issuing_authority() {
    let ca = found(&hoabinh(), 1);
    for name in ["unit-sgddt.phutho.hoso.internal", "evil.example"] {
        let spy = forged(&ca, 9, |params| {
            params.subject_alt_names = vec![SanType::DnsName(name.try_into().expect("a name"))];
        });
        assert_eq!(refusal(&spy.chain, ca.root.certificate(), NOW), DoorRefusal::Foreign);
        assert!(reason(&spy.chain, ca.root.certificate()).contains("NameConstraintViolation"));
    }
}

#[test]
fn time_is_told_apart_from_everything_else() {
    let ca = found(&hoabinh(), 1);
    let own = node(&ca, "sgddt", 9, NOW);
    assert_eq!(refusal(&own.chain, ca.root.certificate(), later(46)), DoorRefusal::Expired);
    assert_eq!(refusal(&own.chain, ca.root.certificate(), later(-1)), DoorRefusal::NotYetValid);
    let reversed = forged(&ca, 9, |params| params.not_after = rcgen::date_time_ymd(2026, 1, 1));
    assert_eq!(refusal(&reversed.chain, ca.root.certificate(), NOW), DoorRefusal::Expired);
}

#[test]
fn only_the_shape_that_is_issued_names_a_node() {
    use IdentityError::{Names, Serial, Usage};
    let ca = found(&hoabinh(), 1);
    let shape = |spoil: fn(&mut rcgen::CertificateParams)| {
        NodeIdentity::from_chain(&forged(&ca, 9, spoil).chain, &hoabinh())
    };
    assert!(shape(|_| ()).is_ok());
    assert_eq!(shape(|params| params.extended_key_usages.clear()), Err(Usage));
    assert_eq!(shape(|params| params.extended_key_usages.truncate(1)), Err(Usage));
    let extra = |params: &mut rcgen::CertificateParams| {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::CodeSigning);
    };
    assert_eq!(shape(extra), Err(Usage));
    let any = |params: &mut rcgen::CertificateParams| {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::Any);
    };
    assert_eq!(shape(any), Err(Usage));
    let authority = |params: &mut rcgen::CertificateParams| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    assert_eq!(shape(authority), Err(Usage));
    assert_eq!(shape(|params| params.subject_alt_names.clear()), Err(Names));
    let address = |params: &mut rcgen::CertificateParams| {
        params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
    };
    assert_eq!(shape(address), Err(Names));
    let wildcard = |params: &mut rcgen::CertificateParams| {
        let name = "*.hoabinh.hoso.internal".try_into().expect("a name");
        params.subject_alt_names = vec![SanType::DnsName(name)];
    };
    assert_eq!(shape(wildcard), Err(Names));
    let two = |params: &mut rcgen::CertificateParams| {
        params.subject_alt_names.push(params.subject_alt_names[0].clone());
    };
    assert_eq!(shape(two), Err(Names));
    let nobody = |params: &mut rcgen::CertificateParams| {
        params.distinguished_name = rcgen::DistinguishedName::new();
    };
    assert_eq!(shape(nobody), Err(Names));
    assert_eq!(shape(|params| params.serial_number = Some(vec![7; 20].into())), Err(Serial));
}

#[test]
fn rows_beyond_the_limits_are_not_parsed() {
    let ca = found(&hoabinh(), 1);
    let own = node(&ca, "sgddt", 9, NOW);
    let identity = |chain: &[CertificateDer<'_>]| NodeIdentity::from_chain(chain, &hoabinh());
    let twelve = vec![own.chain[0].clone(); 12];
    let huge = CertificateDer::from(vec![0x30; 32 * 1024]);
    assert_eq!(identity(&[]), Err(ChainError::Empty.into()));
    assert_eq!(identity(&twelve), Err(ChainError::TooLong.into()));
    assert_eq!(identity(&[huge]), Err(ChainError::TooLong.into()));
    let trailing = CertificateDer::from([own.chain[0].as_ref(), &[0]].concat());
    assert_eq!(identity(std::slice::from_ref(&trailing)), Err(IdentityError::Encoding));
    assert_eq!(
        refusal(&[trailing, own.chain[1].clone()], ca.root.certificate(), NOW),
        DoorRefusal::Foreign
    );
    for end in 0..own.chain[0].len() {
        let cut = CertificateDer::from(own.chain[0][..end].to_vec());
        assert!(identity(&[cut]).is_err(), "{end}");
    }
}

#[test]
fn pem_goes_there_and_back_within_limits() {
    let ca = found(&hoabinh(), 1);
    let own = node(&ca, "sgddt", 9, NOW);
    let text = chain::to_pem(&own.chain);
    assert_eq!(chain::from_pem(&text), Ok(own.chain.clone()));
    assert_eq!(chain::one_from_pem(&text), Err(ChainError::Pem));
    assert_eq!(chain::from_pem(""), Err(ChainError::Empty));
    assert_eq!(chain::from_pem(&text.repeat(2)), Err(ChainError::TooLong));
    assert_eq!(chain::from_pem(&" ".repeat(20_000)), Err(ChainError::TooLong));
}

#[test]
fn charter_holds_under_its_root_only() {
    let ca = found(&hoabinh(), 1);
    assert!(ca.charter.verify(ca.root.certificate()).is_ok());
    assert!(ca.charter.verify(found(&hoabinh(), 21).root.certificate()).is_err());
    let mut other = ca.charter.clone();
    other.register_key = *ca.issuing.key().public();
    assert!(other.verify(ca.root.certificate()).is_err());
    // Signed by the issuing key in the root's place.
    let json = serde_json::to_string(&ca.charter).expect("serialises");
    assert_eq!(serde_json::from_str::<certs::Charter>(&json).expect("parses"), ca.charter);
    other = ca.charter.clone();
    other.signature = ca.issuing.key().sign(b"hoso/charter/1");
    assert!(other.verify(ca.root.certificate()).is_err());
    other = ca.charter.clone();
    other.root_fingerprint = Hash::ZERO;
    assert!(other.verify(ca.root.certificate()).is_err());
}

#[test]
fn root_key_opens_under_its_passphrase_only() {
    let ca = found(&hoabinh(), 1);
    let entropy = SealSalt { salt: [5; 16], iv: [6; 16] };
    let sealed = ca.root.seal("hoa ban trắng", &entropy).expect("sealed");
    assert!(sealed.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert_eq!(sealed, ca.root.seal("hoa ban trắng", &entropy).expect("sealed again"));
    let root = ca.root.certificate();
    let open = |sealed: &str, passphrase, root: &CertificateDer<'static>| {
        RootCa::unseal(sealed, passphrase, root.clone()).map(|root| root.certificate().clone())
    };
    assert_eq!(open(&sealed, "hoa ban trắng", root).as_ref(), Ok(root));
    assert_eq!(open(&sealed, "hoa ban trang", root), Err(RootKeyError::WrongPassphrase));
    let other = found(&hoabinh(), 21).root.certificate().clone();
    assert_eq!(open(&sealed, "hoa ban trắng", &other), Err(RootKeyError::OtherRoot));
    assert_eq!(open("", "x", root), Err(RootKeyError::Malformed));
    assert_eq!(open(&"A".repeat(5000), "x", root), Err(RootKeyError::Malformed));
    assert_eq!(
        open(&chain::to_pem(std::slice::from_ref(root)), "x", root),
        Err(RootKeyError::Malformed)
    );
}

#[test]
fn sealed_key_that_would_exhaust_the_machine_is_refused() {
    use pkcs8::der::pem;
    let ca = found(&hoabinh(), 1);
    let entropy = SealSalt { salt: [5; 16], iv: [6; 16] };
    let sealed = ca.root.seal("x", &entropy).expect("sealed");
    let (label, mut der) = pem::decode_vec(sealed.as_bytes()).expect("PEM");
    // Five rounds, after the cost of 16384 and blocks of eight, become 127.
    let rounds = [0x02, 0x02, 0x40, 0x00, 0x02, 0x01, 0x08, 0x02, 0x01, 0x05];
    let place = der.windows(rounds.len()).position(|bytes| bytes == rounds);
    der[place.expect("the cost") + rounds.len() - 1] = 0x7f;
    let dear = pem::encode_string(label, pkcs8::LineEnding::LF, &der).expect("PEM");
    let opened = RootCa::unseal(&dear, "x", ca.root.certificate().clone());
    assert!(matches!(opened, Err(RootKeyError::Scheme)));
}
