//! Handshakes at the peer door, in memory.

mod stage;

use std::sync::Arc;

use certs::chain;
use certs::tls::ALPN_PEER;
use certs::{Door, DoorRefusal, NodeIdentity, ProvinceCa, TlsIdentity};
use rcgen::{ExtendedKeyUsagePurpose, SanType};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, Error, HandshakeKind, PeerIncompatible, ServerConnection, version};
use stage::{Met, NOW, clock, door, forged, found, hoabinh, later, meet, node, spki, unit};

/// `dialler` dials the unit `sgddt`, where `listener` answers; both see the world through `door`.
fn dial(door: &Door, dialler: &TlsIdentity, listener: &TlsIdentity) -> Met {
    let name = hoabinh().server_name(&unit("sgddt")).expect("a name");
    meet(door.client(dialler).expect("client"), door.server(listener).expect("server"), name)
}

fn why(end: &Result<(), Error>) -> Option<DoorRefusal> {
    end.as_ref().err().map(DoorRefusal::of)
}

fn province() -> (ProvinceCa, TlsIdentity, TlsIdentity) {
    let ca = found(&hoabinh(), 1);
    let commune = node(&ca, "d151.04894", 30, NOW);
    let office = node(&ca, "sgddt", 40, NOW);
    (ca, commune, office)
}

#[test]
fn two_nodes_meet_and_know_each_other() {
    let (ca, commune, office) = province();
    let met = dial(&door(&ca, NOW), &commune, &office);
    assert_eq!((why(&met.client), why(&met.server)), (None, None));
    assert_eq!(met.protocol.as_deref(), Some(ALPN_PEER));
    let seen = met.seen_by_server.expect("a certificate");
    let identity = NodeIdentity::from_chain(&seen, &hoabinh()).expect("an identity");
    assert_eq!(identity.unit, unit("d151.04894"));
}

#[test]
fn revoked_node_is_refused_in_both_directions() {
    let (ca, commune, office) = province();
    let one_way = door(&ca, NOW);
    one_way.revoked.insert(spki(&commune));
    let met = dial(&one_way, &commune, &office);
    assert_eq!(why(&met.server), Some(DoorRefusal::Revoked));
    assert_eq!(why(&met.client), Some(DoorRefusal::Revoked), "told by the alert");
    let other_way = door(&ca, NOW);
    other_way.revoked.insert(spki(&office));
    assert_eq!(why(&dial(&other_way, &commune, &office).client), Some(DoorRefusal::Revoked));
    other_way.revoked.replace([]);
    assert_eq!(why(&dial(&other_way, &commune, &office).client), None);
}

#[test]
fn every_handshake_asks_the_verifier() {
    let (ca, commune, office) = province();
    let door = door(&ca, NOW);
    let client = door.client(&commune).expect("client");
    let server = door.server(&office).expect("server");
    let name = hoabinh().server_name(&unit("sgddt")).expect("a name");
    let full = (Some(HandshakeKind::Full), Some(HandshakeKind::Full));
    for _ in 0..2 {
        let met = meet(client.clone(), server.clone(), name.clone());
        assert_eq!((why(&met.client), why(&met.server)), (None, None));
        assert_eq!(met.kinds, full, "no session is resumed");
    }
    door.revoked.insert(spki(&commune));
    let met = meet(client, server, name);
    assert_eq!(why(&met.server), Some(DoorRefusal::Revoked), "same configurations, seen again");
}

#[test]
fn configurations_are_closed() {
    let (ca, commune, office) = province();
    let server = door(&ca, NOW).server(&office).expect("server");
    assert_eq!((server.send_tls13_tickets, server.max_early_data_size), (0, 0));
    assert!(!server.session_storage.can_cache());
    assert!(!server.ticketer.enabled());
    let client = door(&ca, NOW).client(&commune).expect("client");
    assert!(!client.enable_early_data);
    let groups: Vec<_> =
        client.crypto_provider().kx_groups.iter().map(|group| group.name()).collect();
    assert_eq!(groups, [rustls::NamedGroup::X25519MLKEM768]);
    // What QUIC needs of a configuration: early data off or full, and the initial cipher suite.
    let quic =
        rustls::quic::ServerConnection::new(Arc::new(server), rustls::quic::Version::V1, vec![]);
    assert!(quic.is_ok());
    let name = hoabinh().server_name(&unit("sgddt")).expect("a name");
    let version = rustls::quic::Version::V1;
    assert!(rustls::quic::ClientConnection::new(Arc::new(client), version, name, vec![]).is_ok());
}

#[test]
fn time_decides_on_both_sides() {
    let (ca, commune, office) = province();
    let fresh = node(&ca, "sgddt", 40, later(44));
    let met = dial(&door(&ca, later(46)), &commune, &fresh);
    assert_eq!(why(&met.server), Some(DoorRefusal::Expired));
    let fresh = node(&ca, "d151.04894", 30, later(44));
    let met = dial(&door(&ca, later(46)), &fresh, &office);
    assert_eq!(why(&met.client), Some(DoorRefusal::Expired));
    let future = node(&ca, "d151.04894", 30, later(2));
    let met = dial(&door(&ca, NOW), &future, &office);
    assert_eq!(why(&met.server), Some(DoorRefusal::NotYetValid));
}

// nor does an unknown key join.
#[test]
fn other_provinces_and_look_alikes_stay_outside() {
    let (ca, commune, office) = province();
    let phutho = found(&"phutho".parse().expect("a province"), 21);
    let look_alike = found(&hoabinh(), 51);
    for stranger in [node(&phutho, "sgddt", 60, NOW), node(&look_alike, "sgddt", 60, NOW)] {
        let met = dial(&door(&ca, NOW), &stranger, &office);
        assert_eq!(why(&met.server), Some(DoorRefusal::Foreign));
        let met = dial(&door(&ca, NOW), &commune, &stranger);
        assert_eq!(why(&met.client), Some(DoorRefusal::Foreign));
    }
    let neighbour = forged(&ca, 61, |params| {
        let name = "unit-sgddt.phutho.hoso.internal".try_into().expect("a name");
        params.subject_alt_names = vec![SanType::DnsName(name)];
    });
    let met = dial(&door(&ca, NOW), &neighbour, &office);
    assert_eq!(why(&met.server), Some(DoorRefusal::Foreign), "under our own authority");
}

#[test]
fn dialler_expects_one_unit() {
    let (ca, commune, _) = province();
    let impostor = node(&ca, "syt", 41, NOW);
    let met = dial(&door(&ca, NOW), &commune, &impostor);
    assert_eq!(why(&met.client), Some(DoorRefusal::WrongUnit));
}

#[test]
fn usages_must_be_exactly_both() {
    let (ca, _, office) = province();
    for usages in [
        vec![],
        vec![ExtendedKeyUsagePurpose::ServerAuth],
        vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::CodeSigning,
        ],
    ] {
        let odd = forged(&ca, 62, |params| params.extended_key_usages.clone_from(&usages));
        let met = dial(&door(&ca, NOW), &odd, &office);
        assert_eq!(why(&met.server), Some(DoorRefusal::Foreign), "{usages:?}");
    }
}

#[test]
fn oversized_rows_are_refused() {
    let (ca, mut commune, office) = province();
    commune.chain.extend([ca.root.certificate().clone(), ca.root.certificate().clone()]);
    let met = dial(&door(&ca, NOW), &commune, &office);
    assert_eq!(why(&met.server), Some(DoorRefusal::Foreign));
}

/// A client that verifies and presents nothing of ours; it only speaks.
fn bare_client(groups: Vec<&'static dyn rustls::crypto::SupportedKxGroup>) -> ClientConfig {
    let ca = found(&hoabinh(), 1);
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = groups;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.root.certificate().clone()).expect("a root");
    let mut config = ClientConfig::builder_with_details(Arc::new(provider), clock(NOW))
        .with_protocol_versions(&[&version::TLS13])
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_PEER.to_vec()];
    config
}

#[test]
fn client_without_certificate_is_refused() {
    let (ca, _, office) = province();
    let name = hoabinh().server_name(&unit("sgddt")).expect("a name");
    let client = bare_client(vec![aws_lc_rs::kx_group::X25519MLKEM768]);
    let met = meet(client, door(&ca, NOW).server(&office).expect("server"), name);
    assert_eq!(met.server, Err(Error::NoCertificatesPresented));
    assert_eq!(why(&met.server), Some(DoorRefusal::Foreign));
}

#[test]
fn wrong_application_protocol_is_refused() {
    let (ca, commune, office) = province();
    let name = hoabinh().server_name(&unit("sgddt")).expect("a name");
    let mut client = door(&ca, NOW).client(&commune).expect("client");
    client.alpn_protocols = vec![b"h3".to_vec()];
    let met = meet(client, door(&ca, NOW).server(&office).expect("server"), name);
    assert_eq!(met.server, Err(Error::NoApplicationProtocol));
}

#[test]
fn classical_only_peer_is_refused() {
    let (ca, _, office) = province();
    let name = hoabinh().server_name(&unit("sgddt")).expect("a name");
    let client = bare_client(vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1]);
    let met = meet(client, door(&ca, NOW).server(&office).expect("server"), name);
    assert_eq!(met.server, Err(PeerIncompatible::NoKxGroupsInCommon.into()));
    assert_eq!(why(&met.server), Some(DoorRefusal::ClassicalOnly));
    assert_eq!(why(&met.client), Some(DoorRefusal::ClassicalOnly), "told by the alert");
}

// plain HTTP gets an alert and nothing that could be a page.
#[test]
fn plain_http_is_refused() {
    let (ca, _, office) = province();
    let server = door(&ca, NOW).server(&office).expect("server");
    let mut server = ServerConnection::new(Arc::new(server)).expect("a server");
    let request = b"GET / HTTP/1.1\r\nHost: snv.hoabinh.gov.vn:8888\r\n\r\n";
    server.read_tls(&mut request.as_slice()).expect("memory");
    let error = server.process_new_packets().expect_err("refused");
    assert!(matches!(error, Error::InvalidMessage(_)), "{error:?}");
    let mut said = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut said).expect("memory");
    }
    assert!(said.is_empty() || (said[0] == 0x15 && said.len() <= 7), "an alert alone: {said:?}");
    assert!(server.is_handshaking(), "nobody came in");
}

// nothing below TLS 1.3 comes in.
#[test]
fn tls_1_2_is_refused() {
    let (ca, _, office) = province();
    // A ClientHello of TLS 1.2: no supported_versions, one cipher suite, one extension that
    // lists the signature algorithm Ed25519.
    let extensions = [0x00, 0x0d, 0x00, 0x04, 0x00, 0x02, 0x08, 0x07];
    let mut hello = vec![0x03, 0x03];
    hello.extend([0x11; 32]);
    hello.extend([0x00, 0x00, 0x02, 0xc0, 0x2b, 0x01, 0x00, 0x00, 0x08]);
    hello.extend(extensions);
    let length = u8::try_from(hello.len()).expect("short");
    let mut record = vec![0x16, 0x03, 0x01, 0x00, length + 4, 0x01, 0x00, 0x00, length];
    record.extend(hello);
    let server = door(&ca, NOW).server(&office).expect("server");
    let mut server = ServerConnection::new(Arc::new(server)).expect("a server");
    server.read_tls(&mut record.as_slice()).expect("memory");
    let error = server.process_new_packets().expect_err("refused");
    assert!(matches!(error, Error::PeerIncompatible(_)), "{error:?}");
    assert_eq!(DoorRefusal::of(&error), DoorRefusal::ClassicalOnly);
}

#[test]
fn foreign_key_under_a_good_certificate_does_not_load() {
    let (ca, commune, office) = province();
    let thief = TlsIdentity { chain: office.chain.clone(), key: commune.key };
    assert!(door(&ca, NOW).server(&thief).is_err());
    assert!(chain::check_size(&thief.chain).is_ok());
}
