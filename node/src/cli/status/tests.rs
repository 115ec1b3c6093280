//! What a node may say of itself.

use dossier::{NodeId, Timestamp};
use protocol::core::Totals;

use super::*;

fn state(own: [u64; 3], agreed: Option<bool>, drained: bool) -> SyncState {
    let at = Timestamp::from_millis(0);
    SyncState {
        node: NodeId::from_bytes([1; 16]),
        unit: "xa".parse().expect("unit"),
        tier: 1,
        totals: Totals { own: own[0], own_tier2: own[1], own_tier3: own[2], ..Totals::default() },
        sequence: 9,
        fingerprint: [0; 16],
        members: 3,
        tree: 1,
        neighbours: vec![NeighbourShown {
            unit: "huyen".parse().expect("unit"),
            upper: true,
            live: true,
            drained,
            agreed: agreed.map(|equal| (at, equal)),
            last_heard: at,
            clock_ahead_ms: 0,
        }],
        incidents: 0,
        refused: None,
        disk_full: false,
        contents: protocol::core::ContentTotals::default(),
    }
}

#[test]
fn synced_is_said_only_when_it_is_proved() {
    let proved = state([5, 5, 5], Some(true), true);
    assert!(is_synced(&proved) && verdict(&proved).starts_with("Đã đồng bộ"));
    for unproved in [
        state([5, 5, 4], Some(true), true),
        state([5, 4, 4], Some(true), true),
        state([5, 5, 5], Some(false), true),
        state([5, 5, 5], None, true),
        state([5, 5, 5], Some(true), false),
        SyncState { neighbours: Vec::new(), ..proved.clone() },
        SyncState { tier: 3, ..proved },
    ] {
        let text = lines(&unproved).join("\n").to_lowercase();
        assert!(!is_synced(&unproved) && !text.contains("đã đồng bộ"), "{text}");
        assert_eq!(as_json(&unproved)["synced"], false);
    }
}

#[test]
fn what_waits_is_counted_by_level() {
    assert_eq!(waiting(&state([7, 5, 2], None, false)), [2, 5]);
    assert!(verdict(&state([7, 5, 2], None, false)).contains("Còn 2"));
    assert!(verdict(&state([7, 7, 2], None, false)).contains("Còn 5"));
}

#[test]
fn a_difference_is_told_for_what_it_is() {
    let words = verdict(&state([5, 5, 5], Some(false), true));
    assert!(words.contains("KHÁC NHAU") && !words.contains("chưa so khớp"), "{words}");
    assert!(verdict(&state([5, 5, 5], None, true)).contains("chưa so khớp"));
}

#[test]
fn a_neighbour_whose_clock_is_wrong_is_told() {
    let mut state = state([5, 5, 5], Some(true), true);
    let told =
        |state: &SyncState| lines(state).iter().any(|line| line.contains("chậm hơn máy này"));
    assert!(!told(&state));
    state.neighbours[0].clock_ahead_ms = -90_000;
    assert!(told(&state));
}
