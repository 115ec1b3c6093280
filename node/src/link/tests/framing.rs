//! Peers with a good certificate that break the rules of the stream.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use super::stage::{PATIENCE, Province};
use crate::link::{CloseCode, CloseReason, FrameFault, LinkLimits};

/// A prefix and the bytes that follow it.
fn wire(length: u32, body: &[u8]) -> Vec<u8> {
    [&length.to_be_bytes(), body].concat()
}

#[tokio::test]
async fn a_broken_stream_costs_its_own_connection_only() {
    let province = Province::new();
    let limits = LinkLimits { frame: 1024, ..LinkLimits::default() };
    let mut district = province.node("d151", limits.clone());
    let mut honest = province.node("d151.04894", limits);
    let (here, there) = honest.meet(&mut district).await;

    let cases = [
        (wire(0, b""), FrameFault::Empty),
        (wire(1025, b""), FrameFault::TooLarge(1025)),
        (wire(1024 * 1000, b"x"), FrameFault::TooLarge(1024 * 1000)),
        (wire(u32::MAX, b"x"), FrameFault::TooLarge(u32::MAX)),
        (wire(100, b"ten bytes."), FrameFault::Truncated),
        (vec![0, 0], FrameFault::Truncated),
    ];
    for (bytes, fault) in cases {
        let rogue = province.bare("d152", &district).await;
        let (mut send, _receive) = rogue.connection.open_bi().await.expect("a stream");
        send.write_all(&bytes).await.expect("written");
        send.finish().expect("finished");
        district.opened().await;
        assert_eq!(district.closed().await.1, CloseReason::Fault(fault));
        let told = CloseReason::Peer { code: CloseCode::FAULT, reason: fault.to_string() };
        assert_eq!(rogue.ended().await, told);
        honest.talk(here, &mut district, there).await;
    }
}

#[tokio::test]
async fn a_connection_cut_inside_a_frame_has_a_reason() {
    let province = Province::new();
    let mut district = province.node("d151", LinkLimits::default());
    let rogue = province.bare("d152", &district).await;
    let (mut send, _receive) = rogue.connection.open_bi().await.expect("a stream");
    send.write_all(&wire(100, b"ten bytes.")).await.expect("written");
    district.opened().await;
    rogue.connection.close(7u32.into(), b"gone\r\nERROR forged");
    let reason = "goneERROR forged".to_owned();
    assert_eq!(district.closed().await.1, CloseReason::Peer { code: CloseCode(7), reason });
}

#[tokio::test]
async fn a_stream_reset_is_a_fault() {
    let province = Province::new();
    let mut district = province.node("d151", LinkLimits::default());
    let rogue = province.bare("d152", &district).await;
    let (mut send, _receive) = rogue.connection.open_bi().await.expect("a stream");
    send.write_all(&wire(3, b"abc")).await.expect("written");
    district.opened().await;
    assert_eq!(district.frame().await.1, Bytes::from_static(b"abc"));
    send.reset(1u32.into()).expect("open");
    assert_eq!(district.closed().await.1, CloseReason::Fault(FrameFault::Abandoned));
}

#[tokio::test]
async fn frames_survive_writes_of_one_byte() {
    let province = Province::new();
    let mut district = province.node("d151", LinkLimits::default());
    let peer = province.bare("d152", &district).await;
    let (mut send, mut receive) = peer.connection.open_bi().await.expect("a stream");
    for byte in wire(5, b"cham.") {
        send.write_all(&[byte]).await.expect("written");
        sleep(Duration::from_millis(1)).await;
    }
    let (there, _) = district.opened().await;
    assert_eq!(district.frame().await.1.len(), 5);
    district.send(there, b"ok");
    let mut answer = [0; 6];
    timeout(PATIENCE, receive.read_exact(&mut answer)).await.expect("in time").expect("bytes");
    assert_eq!(answer, [0, 0, 0, 2, b'o', b'k']);
}

#[tokio::test]
async fn extra_streams_are_refused_and_then_the_peer_is() {
    let province = Province::new();
    let limits = LinkLimits { extra_streams: 6, ..LinkLimits::default() };
    let mut district = province.node("d151", limits);
    let rogue = province.bare("d152", &district).await;
    let (mut send, _receive) = rogue.connection.open_bi().await.expect("a stream");
    send.write_all(&wire(3, b"abc")).await.expect("written");
    district.opened().await;
    district.frame().await;
    for _ in 0..6 {
        let (mut extra, _) = timeout(PATIENCE, rogue.connection.open_bi())
            .await
            .expect("refused streams make room")
            .expect("a stream");
        extra.write_all(b"x").await.expect("written");
        let code = timeout(PATIENCE, extra.stopped()).await.expect("in time").expect("stopped");
        assert_eq!(code, Some(CloseCode::FAULT.into()));
    }
    send.write_all(&wire(3, b"def")).await.expect("still open");
    assert_eq!(district.frame().await.1, Bytes::from_static(b"def"));
    let (mut last, _) = rogue.connection.open_bi().await.expect("a stream");
    last.write_all(b"x").await.expect("written");
    assert_eq!(district.closed().await.1, CloseReason::Fault(FrameFault::ExtraStreams));
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_sent_away() {
    let province = Province::new();
    let limits = LinkLimits { stream_time: Duration::from_millis(200), ..LinkLimits::default() };
    let mut district = province.node("d151", limits);
    let silent = province.bare("d152", &district).await;
    let reason = "no stream was opened".to_owned();
    assert_eq!(silent.ended().await, CloseReason::Peer { code: CloseCode::SILENT, reason });
    assert!(district.events.try_recv().is_err(), "the node need not know");
}
