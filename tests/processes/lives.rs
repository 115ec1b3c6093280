//! Lives of one node: an old copy put back, a copy beside the original, a machine shut out, two
//! processes on one disk, another index.

use std::time::Duration;

use config::IndexKind;
use dossier::Value;
use node::control::{Request, Response};
use protocol::core::IncidentKind;
use tests::machine::{Machine, Ports};
use tests::patience::{eventually, throughout};
use tests::province::{Province, TIER1, TIER2, TIER3, copy_tree, free_port, is_live_above};

/// Time for two nodes to find one another and agree.
const SOON: Duration = Duration::from_secs(60);

fn has_written(machine: &Machine, dossier: dossier::DossierId, text: &str) -> bool {
    let written = machine.history(dossier, "full_name").unwrap_or_default();
    written.iter().any(|(value, _)| *value == Some(Value::Text(text.to_owned())))
}

fn has_incident(machine: &Machine, kind: &IncidentKind) -> bool {
    machine.incidents().iter().any(|incident| incident.kind == *kind)
}

#[test]
fn a_restored_copy_begins_a_new_life_and_loses_nothing() {
    let mut province = Province::running();
    let unit = province.machines[TIER1].unit.clone();
    let kept = province.folder.path().join("backup");
    let old = province.machines[TIER1].enter(&unit, "trước khi sao lưu");
    province.acknowledged(TIER1, SOON);
    province.machines[TIER1].stop();
    copy_tree(&province.machines[TIER1].data_dir, &kept);

    province.machines[TIER1].start();
    province.machines[TIER1].write(old, "full_name", "sau khi sao lưu");
    let lost = province.machines[TIER1].enter(&unit, "chỉ có sau khi sao lưu");
    eventually("the way up", SOON, || is_live_above(&province.machines[TIER1]));
    province.acknowledged(TIER1, SOON);
    province.agreed(TIER1, SOON);
    province.machines[TIER1].stop();

    province.machines[TIER2].stop();
    let data_dir = province.machines[TIER1].data_dir.clone();
    std::fs::remove_dir_all(&data_dir).expect("removed");
    copy_tree(&kept, &data_dir);
    province.machines[TIER1].start();
    assert!(province.machines[TIER1].history(lost, "full_name").is_err(), "the copy is old");
    province.machines[TIER1].write(old, "full_name", "ngoại tuyến sau khi phục hồi");
    let new = province.machines[TIER1].enter(&unit, "lập ngoại tuyến");

    province.machines[TIER2].start();
    eventually("the new life is live", SOON, || is_live_above(&province.machines[TIER1]));
    for place in [TIER2, TIER1, TIER2] {
        province.agreed(place, SOON);
    }
    province.acknowledged(TIER1, SOON);
    for machine in &province.machines {
        for (dossier, text) in [
            (old, "trước khi sao lưu"),
            (old, "sau khi sao lưu"),
            (old, "ngoại tuyến sau khi phục hồi"),
            (lost, "chỉ có sau khi sao lưu"),
            (new, "lập ngoại tuyến"),
        ] {
            assert!(has_written(machine, dossier, text), "{} lost «{text}»", machine.unit);
        }
        assert_eq!(machine.digests(), province.machines[TIER3].digests());
    }
    assert!(has_incident(&province.machines[TIER1], &IncidentKind::RolledBack));
    assert!(has_incident(&province.machines[TIER2], &IncidentKind::NeighbourRenewed));
}

#[test]
fn a_clone_beside_the_original_is_refused_and_told() {
    let mut province = Province::running();
    let unit = province.machines[TIER1].unit.clone();
    province.machines[TIER1].enter(&unit, "trước khi nhân bản");
    province.acknowledged(TIER1, SOON);
    province.machines[TIER1].stop();
    let copy = province.folder.path().join("clone");
    copy_tree(&province.machines[TIER1].data_dir, &copy);
    province.machines[TIER1].start();
    eventually("the original is live", SOON, || is_live_above(&province.machines[TIER1]));

    let ports = Ports { peer: free_port(), ..province.machines[TIER1].ports };
    let mut clone = Machine::new(unit.clone(), config::Profile::Unit, copy, ports);
    clone.start();
    let above = &province.machines[TIER2];
    eventually("the alarm", SOON, || has_incident(above, &IncidentKind::Cloned));
    let original = &province.machines[TIER1];
    throughout("the original is served", Duration::from_secs(3), || is_live_above(original));
    // The clone tries again and again, and is hung up on each time.
    eventually("the clone is not", SOON, || !is_live_above(&clone));
    let dossier = original.enter(&unit, "máy gốc vẫn làm việc");
    province.acknowledged(TIER1, SOON);
    assert!(has_written(&province.machines[TIER3], dossier, "máy gốc vẫn làm việc"));
}

#[test]
fn a_revoked_node_is_hung_up_on_and_stays_out() {
    let mut province = Province::running();
    let unit = province.machines[TIER1].unit.clone();
    let dossier = province.machines[TIER1].enter(&unit, "trước khi thu hồi");
    province.acknowledged(TIER1, SOON);
    let order = Request::Revoke { unit: unit.clone(), reason: "máy bị mất".to_owned() };
    let revoked = province.machines[TIER3].call(&order);
    assert!(matches!(revoked, Response::Revoked { .. }), "{revoked:?}");
    let is_out = |province: &Province| {
        let above = province.machines[TIER2].status();
        above.neighbours.iter().all(|neighbour| neighbour.upper)
            && province.machines[TIER1].status().neighbours.is_empty()
    };
    eventually("the session is closed", Duration::from_secs(5), || is_out(&province));

    province.machines[TIER1].stop();
    province.machines[TIER1].start();
    province.machines[TIER1].write(dossier, "full_name", "sau khi thu hồi");
    throughout("it stays out", Duration::from_secs(5), || {
        !is_live_above(&province.machines[TIER1])
    });
    assert!(!has_written(&province.machines[TIER2], dossier, "sau khi thu hồi"));
    assert!(has_written(&province.machines[TIER3], dossier, "trước khi thu hồi"));
}

#[test]
fn a_killed_superior_is_noticed_at_the_next_word() {
    let mut province = Province::running();
    let unit = province.machines[TIER1].unit.clone();
    province.machines[TIER1].enter(&unit, "trước khi cấp trên chết");
    province.acknowledged(TIER1, SOON);
    province.machines[TIER2].kill();
    province.machines[TIER2].start();
    province.machines[TIER1].enter(&unit, "sau khi cấp trên sống lại");
    // Silence alone would tell after thirty seconds.
    eventually("the superior's word", Duration::from_secs(3), || {
        let totals = province.machines[TIER1].status().totals;
        totals.own_tier2 == totals.own
    });
}

#[test]
fn a_second_process_finds_the_directory_taken() {
    let mut province = Province::new();
    let machine = &mut province.machines[TIER1];
    machine.start();
    let unit = machine.unit.clone();
    let dossier = machine.enter(&unit, "máy đang chạy");
    assert_eq!(machine.start_beside().code(), Some(4), "{}", machine.log_tail());
    assert!(has_written(machine, dossier, "máy đang chạy"), "the first one works on");
    machine.write(dossier, "full_name", "vẫn ghi được");
    machine.stop();
}

#[test]
fn the_index_can_be_changed_and_changed_back() {
    let mut province = Province::new();
    let machine = &mut province.machines[TIER1];
    machine.start();
    let unit = machine.unit.clone();
    for number in 0..20 {
        let dossier = machine.enter(&unit, &format!("Hà Văn {number}"));
        machine.write(dossier, "full_name", &format!("Hà Văn {number} sửa"));
    }
    let mut before = machine.digests();
    for index in [IndexKind::Redb, IndexKind::Sled] {
        machine.stop();
        machine.index = index;
        machine.start();
        assert_eq!(machine.digests(), before, "{index:?}");
        machine.write(before[0].0, "full_name", &format!("{index:?}"));
        machine.enter(&unit, &format!("Hà Văn {index:?}"));
        before = machine.digests();
    }
    // A kill leaves an index that was not closed.
    machine.kill();
    machine.index = IndexKind::Redb;
    machine.start();
    assert_eq!(machine.digests(), before);
}
