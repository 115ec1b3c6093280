//! Who gets in.

use std::sync::Arc;
use std::time::Duration;

use certs::{DoorRefusal, NodeIdentity};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore, version};

use super::stage::{Bare, Node, Province, bare, unit};
use crate::link::{CloseCode, CloseReason, LinkLimits};

#[tokio::test]
async fn a_revoked_peer_loses_its_session_and_stays_outside() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let mut neighbour = province.node("d151.04897", LinkLimits::default());
    let mut district = province.node("d151", LinkLimits::default());
    let (_, there) = commune.meet(&mut district).await;
    let (n, d) = neighbour.meet(&mut district).await;

    let start = tokio::time::Instant::now();
    let revoked = Arc::clone(&province.revoked);
    let key = certs::key::spki_hash(province.identity("d151.04894").key.public());
    revoked.insert(key);
    let is_revoked = move |peer: &NodeIdentity| revoked.contains(&peer.spki_hash);
    assert_eq!(district.link.close_revoked(&is_revoked), 1);
    let reason = "certificate revoked".to_owned();
    let (conn, why) = district.closed().await;
    assert_eq!(conn, there);
    assert_eq!(why, CloseReason::Here { code: CloseCode::REVOKED, reason: reason.clone() });
    assert_eq!(commune.closed().await.1, CloseReason::Peer { code: CloseCode::REVOKED, reason });
    assert!(start.elapsed() < Duration::from_secs(1));

    commune.link.dial(district.address(), unit("d151"));
    let why = commune.turned_away().await;
    let refused = matches!(why, CloseReason::RefusedByPeer { refusal: DoorRefusal::Revoked, .. });
    assert!(refused, "{why}");
    neighbour.talk(n, &mut district, d).await;

    district.link.dial(commune.address(), unit("d151.04894"));
    let why = district.turned_away().await;
    let refused = matches!(why, CloseReason::Refused { refusal: DoorRefusal::Revoked, .. });
    assert!(refused, "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_dial_has_an_outcome_however_early_the_refusal_comes() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let district = province.node("d151", LinkLimits::default());
    province.revoked.insert(certs::key::spki_hash(province.identity("d151.04894").key.public()));
    for _ in 0..40 {
        commune.link.dial(district.address(), unit("d151"));
        let why = commune.turned_away().await;
        assert!(matches!(why, CloseReason::RefusedByPeer { .. }), "{why}");
    }
}

#[tokio::test]
async fn a_handshake_that_overlaps_a_revocation_starts_again() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let district = province.node("d151", LinkLimits::default());
    commune.link.dial(district.address(), district.unit.clone());
    let why = tokio::select! {
        biased;
        why = commune.turned_away() => why,
        () = async {
            loop {
                district.link.close_revoked(&|_| false);
                tokio::task::yield_now().await;
            }
        } => unreachable!("the loop has no end"),
    };
    assert!(matches!(why, CloseReason::Peer { code: CloseCode::BUSY, .. }), "{why}");
}

#[tokio::test]
async fn a_dialler_wants_the_unit_it_dials() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let mut district = province.node("d151", LinkLimits::default());
    commune.link.dial(district.address(), unit("d152"));
    let why = commune.turned_away().await;
    assert!(matches!(why, CloseReason::Refused { .. }), "{why}");
    assert!(district.events.try_recv().is_err(), "the node need not know");
}

#[tokio::test]
async fn renewed_certificates_serve_the_next_handshake() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let mut district = province.node("d151", LinkLimits::default());
    let (here, there) = commune.meet(&mut district).await;
    district.link.renew(province.tls("d152")).expect("a configuration");
    commune.talk(here, &mut district, there).await;
    commune.link.dial(district.address(), unit("d152"));
    let (_, peer) = commune.opened().await;
    assert_eq!(peer.unit, unit("d152"));
}

fn bare_config(province: &Province, provider: CryptoProvider) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(province.ca.root.certificate().clone()).expect("a root");
    let mut config = ClientConfig::builder_with_details(Arc::new(provider), super::stage::clock())
        .with_protocol_versions(&[&version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![certs::tls::ALPN_PEER.to_vec()];
    config
}

async fn refusal(config: ClientConfig, node: &Node) -> DoorRefusal {
    let why = match bare(Arc::new(config), node).await {
        Ok(peer) => Bare::ended(&peer).await,
        Err(why) => why,
    };
    match why {
        CloseReason::RefusedByPeer { refusal, .. } => refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn handshakes_that_fall_short_are_refused() {
    let province = Province::new();
    let mut district = province.node("d151", LinkLimits::default());
    let hybrid = || CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    };
    let classical = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let classical = bare_config(&province, classical);
    assert_eq!(refusal(classical, &district).await, DoorRefusal::ClassicalOnly);

    let nameless = bare_config(&province, hybrid());
    assert_eq!(refusal(nameless, &district).await, DoorRefusal::Foreign);

    for protocols in [vec![b"h3".to_vec()], vec![certs::tls::ALPN_ENROL.to_vec()]] {
        let mut config = ClientConfig::clone(&province.tls("d152").client);
        config.alpn_protocols = protocols;
        assert_eq!(refusal(config, &district).await, DoorRefusal::Other);
    }
    assert!(district.events.try_recv().is_err(), "the node need not know");
    let mut honest = province.node("d151.04894", LinkLimits::default());
    honest.meet(&mut district).await;
}

#[tokio::test]
async fn one_source_has_a_bounded_number_of_sessions() {
    let province = Province::new();
    let limits = LinkLimits { sessions_per_source: 2, ..LinkLimits::default() };
    let district = province.node("d151", limits);
    let _first = province.bare("d152", &district).await;
    let second = province.bare("d153", &district).await;
    let third = province.bare("d154", &district).await;
    let reason = "no room".to_owned();
    assert_eq!(third.ended().await, CloseReason::Peer { code: CloseCode::BUSY, reason });
    second.connection.close(0u32.into(), b"");
    let start = tokio::time::Instant::now();
    while start.elapsed() < super::stage::PATIENCE {
        let fourth = province.bare("d155", &district).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if fourth.connection.close_reason().is_none() {
            return;
        }
    }
    panic!("the place was not given back");
}
