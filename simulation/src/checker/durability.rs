//! Nothing acknowledged is lost, at the level it was acknowledged.
//!
//! *Local* means this disk, whatever power cut hits it. *Tier 2* and *tier 3* mean that the loss of
//! the disk below changes nothing. An edit counts as lost lawfully only when every disk that held
//! it went back in time, which the world notes when it happens.

use dossier::DossierId;
use protocol::{Fault, Records, holding};

use super::{Saying, Testimony};
use crate::world::Place;

/// What a node acknowledged and its store lacks after its power was cut.
///
/// # Errors
/// The store's.
pub fn missing_at(
    place: Place,
    records: &dyn Records,
    testimony: &Testimony,
) -> Result<Vec<String>, Fault> {
    missing(records, testimony, |saying| saying.place == place && !saying.away)
}

/// What a node acknowledged and its store lacks once everything has settled. A disk that went back
/// is brought up to date with the dossiers of its `branch` alone: a department whose school was put
/// under another keeps what it had of that school, and gets none of it on a new disk.
///
/// # Errors
/// The store's.
pub fn missing_at_last(
    place: Place,
    records: &dyn Records,
    testimony: &Testimony,
    branch: impl Fn(&DossierId) -> bool,
) -> Result<Vec<String>, Fault> {
    missing(records, testimony, |saying| {
        saying.place == place && (!saying.away || branch(&saying.dossier))
    })
}

/// What any node acknowledged and the tier-3 store lacks once everything has settled.
///
/// # Errors
/// The store's.
pub fn missing_at_top(records: &dyn Records, testimony: &Testimony) -> Result<Vec<String>, Fault> {
    let mut words = missing(records, testimony, |_| true)?;
    for (dossier, change, level) in testimony.told() {
        let held = holding::open(records, dossier)?
            .is_some_and(|opened| opened.document.has_change(change));
        if !held {
            let level = level as u8;
            words.push(format!(
                "{change} of {dossier}, told to be at tier {level}, is at no tier 3"
            ));
        }
    }
    Ok(words)
}

fn missing(
    records: &dyn Records,
    testimony: &Testimony,
    of: impl Fn(&Saying) -> bool,
) -> Result<Vec<String>, Fault> {
    let mut words = Vec::new();
    for (dossier, sayings) in testimony.dossiers() {
        if !sayings.iter().any(|saying| of(saying) && !saying.lost) {
            continue;
        }
        let opened = holding::open(records, dossier)?;
        for saying in sayings.iter().filter(|saying| of(saying) && !saying.lost) {
            if !opened.as_ref().is_some_and(|opened| saying.is_in(opened)) {
                let place = saying.place;
                words.push(format!("{saying} of {dossier}, acknowledged at {place}, is gone"));
            }
        }
    }
    Ok(words)
}
