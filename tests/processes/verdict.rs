//! What must hold when every process runs again and every line is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dossier::{DossierId, FieldPath, Hash};
use protocol::{Answer, Command};
use tests::machine::Machine;
use tests::patience::eventually;
use tests::province::{Province, TIER1, TIER2, TIER3, is_live_above};

use crate::writers::Acknowledged;

/// Everything has settled by then: connections are noticed as dead after 30 s.
pub(crate) const SETTLED: Duration = Duration::from_secs(120);

/// Waits until every node says that all is above and the same.
pub(crate) fn settle(province: &Province) {
    for place in [TIER2, TIER1] {
        let machine = &province.machines[place];
        eventually("the way up", SETTLED, || is_live_above(machine));
        province.agreed(place, SETTLED);
    }
    // What came up from tier 1 in between went on to tier 3.
    province.agreed(TIER2, SETTLED);
    for place in [TIER2, TIER1] {
        province.acknowledged(place, SETTLED);
    }
}

/// Nothing that was acknowledged at tier 2 and at tier 1 is missing anywhere, all nodes hold the
/// same, and none has anything to tell.
pub(crate) fn nothing_is_lost(province: &Province, said: &[Acknowledged; 2]) {
    for (place, said) in [TIER2, TIER1].into_iter().zip(said) {
        assert!(said.edits.len() > 20, "hardly anything was written at place {place}");
        for at in [place, TIER2, TIER3] {
            holds(&province.machines[at], said);
        }
    }
    same_everywhere(province);
    no_alarm(province);
}

/// Every acknowledged change stands in the history of its dossier at this node.
fn holds(machine: &Machine, said: &Acknowledged) {
    let held: BTreeSet<DossierId> = machine.digests().into_iter().map(|(id, ..)| id).collect();
    for dossier in &said.begun {
        assert!(held.contains(dossier), "{dossier} is lost at {}", machine.unit);
    }
    let mut wanted: BTreeMap<(DossierId, &FieldPath), BTreeSet<Hash>> = BTreeMap::new();
    for (dossier, path, change) in &said.edits {
        wanted.entry((*dossier, path)).or_default().insert(*change);
    }
    for ((dossier, path), changes) in wanted {
        let written = machine.history_of(dossier, path).expect("a dossier that is held");
        let written: BTreeSet<Hash> =
            written.into_iter().filter_map(|(_, change)| change).collect();
        let lost: Vec<&Hash> = changes.difference(&written).collect();
        assert!(lost.is_empty(), "{} lost {lost:?} of {dossier} at {path:?}", machine.unit);
    }
}

/// Every dossier has one digest wherever it is held, and all three hold all of them.
fn same_everywhere(province: &Province) {
    let [top, middle, bottom] =
        [TIER3, TIER2, TIER1].map(|place| province.machines[place].digests());
    assert_eq!(top, middle);
    assert_eq!(middle, bottom);
}

/// A SIGKILL or a cut line is neither a restored copy nor a clone nor a fork, and nothing was kept
/// outside.
fn no_alarm(province: &Province) {
    for machine in &province.machines {
        assert_eq!(machine.incidents(), [], "incidents at {}", machine.unit);
        assert_eq!(machine.ask(Command::Quarantine), Answer::Quarantine(Vec::new()));
        assert_eq!(machine.status().totals.quarantined, 0);
    }
}
