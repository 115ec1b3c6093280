//! Peers that keep to the rules.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use super::stage::{PATIENCE, Province, unit};
use crate::link::{CloseCode, CloseReason, LinkEvent, LinkLimits, Traffic, Unsent};

#[tokio::test]
async fn frames_pass_both_ways_in_order() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let mut district = province.node("d151", LinkLimits::default());
    let (here, there) = commune.meet(&mut district).await;
    for number in 0..200u32 {
        let size = 1 + (number as usize * 977) % 20_000;
        let mut up = vec![1; size];
        up[0] = number as u8;
        commune.link.send(here, up.into()).expect("room");
        district.link.send(there, vec![number as u8; size].into()).expect("room");
    }
    for number in 0..200u32 {
        let (_, up) = district.frame().await;
        let (_, down) = commune.frame().await;
        assert_eq!((up[0], down[0]), (number as u8, number as u8));
        assert_eq!(up.len(), down.len());
    }
}

#[tokio::test]
async fn a_node_is_the_peer_it_dials_and_the_peer_it_answers() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let mut district = province.node("d151", LinkLimits::default());
    let mut province_node = province.node("tinh", LinkLimits::default());
    let (c, d) = commune.meet(&mut district).await;
    let (up, p) = district.meet(&mut province_node).await;
    commune.talk(c, &mut district, d).await;
    district.talk(up, &mut province_node, p).await;
}

#[tokio::test]
async fn an_open_connection_costs_next_to_nothing() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let mut district = province.node("d151", LinkLimits::default());
    let (here, there) = commune.meet(&mut district).await;
    // On a busy machine a late acknowledgement is asked for twice: the cheapest of some counts.
    let mut cheapest = (u64::MAX, u64::MAX);
    let mut before = Traffic::default();
    for round in 0..5 {
        commune.talk(here, &mut district, there).await;
        sleep(Duration::from_millis(150)).await;
        let after = commune.link.stats(here).expect("open");
        let bytes = after.sent_bytes + after.received_bytes;
        let datagrams = after.sent_datagrams + after.received_datagrams;
        assert!(bytes < 20_000, "{bytes} bytes with the handshake");
        if round > 0 {
            let bytes = bytes - before.sent_bytes - before.received_bytes;
            let datagrams = datagrams - before.sent_datagrams - before.received_datagrams;
            cheapest = cheapest.min((bytes, datagrams));
        }
        assert!(after.rtt > Duration::ZERO);
        before = after;
    }
    let (bytes, datagrams) = cheapest;
    assert!(bytes < 200 && datagrams <= 4, "{bytes} bytes in {datagrams} datagrams");
}

#[tokio::test]
async fn traffic_of_ended_sessions_stays_in_the_total() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let mut district = province.node("d151", LinkLimits::default());
    let (here, _) = commune.meet(&mut district).await;
    let open = commune.link.totals();
    commune.link.close(here, CloseCode(300), "enough");
    let reason = "enough".to_owned();
    assert_eq!(
        commune.closed().await.1,
        CloseReason::Here { code: CloseCode(300), reason: reason.clone() }
    );
    assert_eq!(district.closed().await.1, CloseReason::Peer { code: CloseCode(300), reason });
    assert_eq!(commune.link.stats(here), None);
    assert_eq!(commune.link.send(here, Bytes::from_static(b"x")), Err(Unsent::Closed));
    assert!(commune.link.totals().sent_bytes >= open.sent_bytes);
}

#[tokio::test]
async fn a_reader_that_stands_still_fills_a_bounded_queue() {
    const FRAME: usize = 128 * 1024;
    let province = Province::new();
    let limits = LinkLimits { queue: 1024 * 1024, events: 2, ..LinkLimits::default() };
    let mut commune = province.node("d151.04894", limits.clone());
    let mut district = province.node("d151", limits);
    let (here, _) = commune.meet(&mut district).await;
    let mut sent = 0u32;
    let mut still = 0;
    while still < 10 {
        let mut frame = vec![0; FRAME];
        frame[..4].copy_from_slice(&sent.to_be_bytes());
        match commune.link.send(here, frame.into()) {
            Ok(()) => {
                sent += 1;
                still = 0;
            }
            Err(refusal) => {
                assert_eq!(refusal, Unsent::Backlogged);
                still += 1;
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
    // Queue 1 MiB, send window 4 MiB, stream window 2 MiB, and what the reader has in hand.
    assert!(sent as usize * FRAME < 8 * 1024 * 1024, "{sent} frames were taken");
    for number in 0..sent {
        let (_, frame) = district.frame().await;
        assert_eq!(frame[..4], number.to_be_bytes());
    }
    commune.send(here, b"goes on");
    assert_eq!(district.frame().await.1, Bytes::from_static(b"goes on"));
}

#[tokio::test]
async fn frames_of_a_size_no_peer_takes_are_not_queued() {
    let province = Province::new();
    let limits = LinkLimits { frame: 1000, ..LinkLimits::default() };
    let mut commune = province.node("d151.04894", limits.clone());
    let mut district = province.node("d151", limits);
    let (here, there) = commune.meet(&mut district).await;
    assert_eq!(commune.link.send(here, Bytes::new()), Err(Unsent::Size));
    assert_eq!(commune.link.send(here, vec![0; 1001].into()), Err(Unsent::Size));
    commune.link.send(here, vec![0; 1000].into()).expect("at the limit");
    assert_eq!(district.frame().await.1.len(), 1000);
    commune.talk(here, &mut district, there).await;
}

#[tokio::test]
async fn shutdown_delivers_what_is_queued() {
    let province = Province::new();
    let mut commune = province.node("d151.04894", LinkLimits::default());
    let limits = LinkLimits { handshake_time: Duration::from_millis(500), ..LinkLimits::default() };
    let mut district = province.node("d151", limits);
    let (here, _) = commune.meet(&mut district).await;
    let address = commune.address();
    for _ in 0..20 {
        commune.link.send(here, vec![5; 100_000].into()).expect("room");
    }
    let link = commune.link.clone();
    let down = tokio::spawn(async move { link.shutdown("restart").await });
    for _ in 0..20 {
        assert_eq!(district.frame().await.1.len(), 100_000);
    }
    let reason = "restart".to_owned();
    let expected = CloseReason::Peer { code: CloseCode::SHUTDOWN, reason };
    assert_eq!(district.closed().await.1, expected);
    timeout(PATIENCE, down).await.expect("in time").expect("no panic");
    assert_eq!(commune.link.send(here, Bytes::from_static(b"x")), Err(Unsent::Closed));

    district.link.dial(address, unit("d151.04894"));
    let LinkEvent::DialFailed { why, .. } = district.event().await else {
        panic!("a stopped node answered");
    };
    assert!(matches!(why, CloseReason::TimedOut | CloseReason::Busy), "{why}");
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_reader_that_stands_still() {
    let province = Province::new();
    let drain_time = Duration::from_millis(500);
    let limits = LinkLimits { drain_time, events: 2, ..LinkLimits::default() };
    let mut commune = province.node("d151.04894", limits.clone());
    let mut district = province.node("d151", limits);
    let (here, _) = commune.meet(&mut district).await;
    for _ in 0..40 {
        commune.link.send(here, vec![5; 200_000].into()).expect("room");
    }
    timeout(drain_time * 2, commune.link.shutdown("restart")).await.expect("in time");
    let closed = CloseReason::Here { code: CloseCode::SHUTDOWN, reason: "node stopped".to_owned() };
    assert_eq!(commune.closed().await.1, closed);
}
