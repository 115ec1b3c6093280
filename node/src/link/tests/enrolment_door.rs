//! The door for nodes without a certificate.

use std::net::Ipv4Addr;
use std::sync::Arc;

use certs::DoorRefusal;
use certs::enrolment::LateRoad;
use certs::tls::{ENROL_SERVER_NAME, enrol_client, renew_client};
use dossier::Hash;
use tokio::sync::mpsc;

use super::stage::{Province, clock};
use crate::environment::UdpNetwork;
use crate::link::enrolment::{
    EnrolmentDoor, EnrolmentRequest, Guest, REQUEST_MAX, TRY_INTERVAL, enrol_over_network,
    renew_over_network, serve_enrolment,
};
use crate::link::{CloseCode, CloseReason, LinkError};

fn open_door(province: &Province) -> (EnrolmentDoor, mpsc::Receiver<EnrolmentRequest>) {
    let own = province.identity("tinh");
    let tls = Arc::new(province.door(clock()).entrance(&own).expect("a configuration"));
    let (handler, requests) = mpsc::channel(4);
    let listen = (Ipv4Addr::LOCALHOST, 0).into();
    let door = serve_enrolment(&UdpNetwork, tls, listen, handler, [1; 32]).expect("a free port");
    (door, requests)
}

async fn knock(pin: Hash, door: &EnrolmentDoor, request: &[u8]) -> Result<Vec<u8>, CloseReason> {
    let tls = Arc::new(enrol_client(pin, clock()).expect("a configuration"));
    let address = door.local_addr().expect("bound");
    let name = ENROL_SERVER_NAME;
    match enrol_over_network(&UdpNetwork, tls, address, name, request, [2; 32]).await {
        Ok(answer) => Ok(answer),
        Err(LinkError::Connection(why)) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

fn pin(province: &Province) -> Hash {
    certs::chain::fingerprint(province.ca.root.certificate())
}

#[tokio::test]
async fn a_request_is_answered_once_a_second() {
    let province = Province::new();
    let (door, mut requests) = open_door(&province);
    let clerk = tokio::spawn(async move {
        let request = requests.recv().await.expect("a request");
        assert!(request.source.ip().is_loopback());
        assert_eq!(request.guest, Guest::Newcomer);
        let answer = [&request.bytes[..], b" granted"].concat();
        request.reply.send(answer).expect("somebody waits");
        requests
    });
    let largest = vec![b'r'; REQUEST_MAX];
    let answer = knock(pin(&province), &door, &largest).await.expect("an answer");
    assert_eq!(answer.len(), REQUEST_MAX + 8);
    let mut requests = clerk.await.expect("no panic");
    assert_eq!(knock(pin(&province), &door, b"again").await, Err(CloseReason::Busy));
    assert!(requests.try_recv().is_err(), "the handler need not know");
}

#[tokio::test]
async fn an_oversized_request_is_not_handed_on() {
    let province = Province::new();
    let (door, mut requests) = open_door(&province);
    let why = knock(pin(&province), &door, &vec![0; REQUEST_MAX + 1]).await;
    let fault = matches!(why, Err(CloseReason::Peer { code: CloseCode::FAULT, .. }));
    assert!(fault, "{why:?}");
    assert!(requests.try_recv().is_err(), "the handler need not know");
}

#[tokio::test]
async fn a_handler_may_stay_silent() {
    let province = Province::new();
    let (door, mut requests) = open_door(&province);
    tokio::spawn(async move { drop(requests.recv().await) });
    let why = knock(pin(&province), &door, b"please").await;
    let reason = "no answer".to_owned();
    assert_eq!(why, Err(CloseReason::Peer { code: CloseCode::DONE, reason }));
}

#[tokio::test]
async fn a_guest_believes_one_root_only() {
    let province = Province::new();
    let (door, mut requests) = open_door(&province);
    let why = knock(Hash::of(b"another root"), &door, b"secret token").await;
    let foreign = matches!(why, Err(CloseReason::Refused { refusal: DoorRefusal::Foreign, .. }));
    assert!(foreign, "{why:?}");
    assert!(requests.try_recv().is_err(), "nothing was told to a stranger");
}

/// Asks at the renewal door as the node of `unit`, with what it learns of its road.
async fn knock_late(
    province: &Province,
    door: &EnrolmentDoor,
    unit: &str,
) -> (Option<LateRoad>, Result<Vec<u8>, CloseReason>) {
    let own = province.identity(unit);
    let tls = Arc::new(renew_client(&own, pin(province), clock()).expect("a configuration"));
    let address = door.local_addr().expect("bound");
    let mut told = None;
    let request = |road| {
        told = Some(road);
        b"late".to_vec()
    };
    let answer = renew_over_network(&UdpNetwork, tls, address, [2; 32], request).await;
    let answer = answer.map_err(|error| match error {
        LinkError::Connection(why) => why,
        other => panic!("{other}"),
    });
    (told, answer)
}

#[tokio::test]
async fn both_sides_of_a_late_visit_know_its_road_and_no_two_visits_share_one() {
    let province = Province::new();
    let (door, mut requests) = open_door(&province);
    let clerk = tokio::spawn(async move {
        let mut roads = Vec::new();
        for _ in 0..2 {
            let request = requests.recv().await.expect("a request");
            let Guest::Late(road) = request.guest else { panic!("{:?}", request.guest) };
            request.reply.send(b"granted".to_vec()).expect("somebody waits");
            roads.push(road);
        }
        roads
    });
    let mut told = Vec::new();
    for _ in 0..2 {
        let (road, answer) = knock_late(&province, &door, "xa").await;
        assert_eq!(answer.as_deref(), Ok(&b"granted"[..]));
        told.push(road.expect("a road"));
        tokio::time::sleep(TRY_INTERVAL).await;
    }
    assert_eq!(told, clerk.await.expect("no panic"));
    assert_ne!(told[0], told[1]);
}

#[tokio::test]
async fn a_revoked_node_is_turned_away_before_it_is_heard() {
    let province = Province::new();
    let (door, mut requests) = open_door(&province);
    let own = province.identity("xa");
    province.revoked.insert(certs::key::spki_hash(own.key.public()));
    let (_, answer) = knock_late(&province, &door, "xa").await;
    let revoked =
        matches!(answer, Err(CloseReason::RefusedByPeer { refusal: DoorRefusal::Revoked, .. }));
    assert!(revoked, "{answer:?}");
    assert!(requests.try_recv().is_err(), "the handler need not know");
}
