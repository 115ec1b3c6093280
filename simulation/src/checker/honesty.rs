//! What a person was shown against what was true at that instant.

use dossier::{DossierId, Hash};
use protocol::core::{DossierShown, Level};

/// Every claim of a page that a change is held above: the change and the level.
pub fn claims(shown: &DossierShown, own_tier: u8) -> Vec<(Hash, Level)> {
    let mut claims = Vec::new();
    for from in shown.fields.iter().filter_map(|field| field.provenance.as_ref()) {
        for (claimed, level) in from.held_above.iter().zip([Level::Tier2, Level::Tier3]) {
            // A node vouches for its own tier by holding the page.
            if *claimed && level as u8 > own_tier {
                claims.push((from.change, level));
            }
        }
    }
    claims.sort_unstable();
    claims.dedup();
    claims
}

/// A claim that is false: `holds` says whether the node of that level holds the change, `owed`
/// whether its disk went back since and it may still lack it.
pub fn lies(
    dossier: &DossierId,
    claims: &[(Hash, Level)],
    holds: impl Fn(&Hash, Level) -> bool,
    owed: impl Fn(&Hash, Level) -> bool,
) -> Vec<String> {
    claims
        .iter()
        .filter(|(change, level)| !holds(change, *level) && !owed(change, *level))
        .map(|(change, level)| {
            format!("{change} of {dossier} was shown as held at tier {}", *level as u8)
        })
        .collect()
}
