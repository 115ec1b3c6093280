//! Calls the judges: at every restart, at every page shown, once a day, and when all has settled.

use std::collections::BTreeMap;

use dossier::{DossierId, Hash, document::heads_digest, unit::Tier};
use protocol::{
    Answer, Command, Records, Table, codec,
    core::{DossierShown, Incident, Level, SyncState},
    holding::{self, Opened},
};

use super::{Place, World};
use crate::checker::{authority, convergence, durability, holdings, honesty, memory, secrecy};

const MINUTE_MS: u64 = 60_000;

/// Everything must have settled so long after healing, in virtual minutes: receipts are asked for
/// ever less often, at the most once an hour, and travel two tiers.
const SETTLE_MINUTES: u64 = 8 * 60;

impl World {
    /// Reads the store of a machine: the running node's, or what lies on its disk.
    fn read<T>(&self, place: Place, look: impl FnOnce(&dyn Records) -> T) -> Option<T> {
        let node = self.nodes.get(&place)?;
        if node.is_up() {
            let engine = node.engine()?;
            return Some(look(engine.store()));
        }
        let store = node.disk.look().ok()?;
        Some(look(&store))
    }

    /// The kinds of incident a machine remembers.
    pub(super) fn incidents_at(&self, place: Place) -> Vec<String> {
        let rows = self.read(place, |records| {
            records.scan(Table::Incident, &[], None, usize::MAX).unwrap_or_default()
        });
        let kinds = rows.unwrap_or_default().into_iter().filter_map(|(_, row)| {
            let incident: Incident = codec::decode(&row).ok()?;
            let name = format!("{:?}", incident.kind);
            Some(name.split('(').next().unwrap_or_default().to_owned())
        });
        kinds.collect()
    }

    /// A dossier as a machine holds it.
    pub(super) fn open_at(&self, place: Place, dossier: &DossierId) -> Option<Opened> {
        self.read(place, |records| holding::open(records, dossier))?.ok()?
    }

    /// After a start: whatever this machine acknowledged is on its disk, or left it lawfully.
    pub(super) fn judge_restart(&mut self, place: Place) {
        let missing =
            self.read(place, |records| durability::missing_at(place, records, &self.testimony));
        let Some(Ok(missing)) = missing else { return };
        self.violate("durability", missing);
    }

    /// A page that was shown at a machine.
    pub(super) fn judge_page(&mut self, place: Place, shown: &DossierShown) {
        let tier = self.nodes[&place].tier.number();
        let claims = honesty::claims(shown, tier);
        let dossier = shown.dossier;
        let line = self.upward(place);
        let of = |level: Level| {
            line.iter().copied().find(|place| self.nodes[place].tier.number() == level as u8)
        };
        // A machine whose disk cannot be read at this moment neither holds nor lacks.
        let held: BTreeMap<u8, Option<Opened>> = [Level::Tier2, Level::Tier3]
            .into_iter()
            .filter_map(|level| {
                let opened = self.read(of(level)?, |records| holding::open(records, &dossier));
                Some((level as u8, opened?.ok()?))
            })
            .collect();
        let claims: Vec<(Hash, Level)> =
            claims.into_iter().filter(|(_, level)| held.contains_key(&(*level as u8))).collect();
        let holds = |change: &Hash, level: Level| {
            held[&(level as u8)].as_ref().is_some_and(|opened| opened.document.has_change(change))
        };
        let owed = |change: &Hash, level: Level| {
            of(level).is_some_and(|place| self.testimony.owes(place, &dossier, change))
        };
        let lies = honesty::lies(&dossier, &claims, holds, owed);
        let true_claims: Vec<(Hash, Level)> =
            claims.into_iter().filter(|(change, level)| holds(change, *level)).collect();
        for (change, level) in true_claims {
            self.testimony.tell(dossier, change, level);
        }
        self.violate("honesty", lies.into_iter().map(|lie| format!("{lie}, at {place}")));
    }

    /// The counts of a status page agree with each other.
    pub(super) fn judge_status(&mut self, place: Place, status: &SyncState) {
        let totals = status.totals;
        if totals.own_tier2 > totals.own || totals.own_tier3 > totals.own {
            self.violate("honesty", [format!("{place} counts more receipts than own changes")]);
        }
    }

    /// The changes that a machine made itself and holds.
    pub(super) fn own_changes(&self, place: Place) -> Vec<(DossierId, Hash)> {
        let mut own = Vec::new();
        let Some(parent) = self.nodes[&place].parent else { return own };
        let own_unit = self.unit_of(place);
        let within = |dossier: &&DossierId| {
            let keeper = self.testimony.unit(dossier);
            keeper.is_some_and(|keeper| self.plan.tree.is_within(keeper, own_unit))
        };
        for dossier in self.known.get(&place).into_iter().flatten().filter(within) {
            let heads = |place| {
                let row = self.read(place, |records| holding::read_holding(records, dossier));
                row.and_then(Result::ok).flatten().map(|holding| holding.heads)
            };
            // Where both already hold the same nothing can be missing.
            if heads(place) == heads(parent) {
                continue;
            }
            let Some(opened) = self.open_at(place, dossier) else { continue };
            for change in opened.document.changes() {
                let author = opened.provenance(change).map(|(author, _)| author.node);
                if author.and_then(|node| self.place_of_node(&node)) == Some(place) {
                    own.push((*dossier, change.hash));
                }
            }
        }
        own
    }

    /// The node said that its superior holds the same.
    pub(super) fn judge_synced(&mut self, place: Place, before: &[(DossierId, Hash)]) {
        let Some(parent) = self.nodes[&place].parent else { return };
        let mut lies = Vec::new();
        for (dossier, change) in before {
            let held = |place| {
                self.open_at(place, dossier)
                    .is_some_and(|opened| opened.document.has_change(change))
            };
            // A branch that was given up for the superior's is held by neither.
            if held(place) && !held(parent) {
                lies.push(format!("{change} of {dossier} was synced with {parent}, at {place}"));
            }
        }
        self.violate("honesty", lies);
    }

    /// What holds at any time: right of every change, bounds, no line of ERROR.
    pub async fn judge_safety(&mut self) {
        self.judge_memory();
        for place in self.nodes.keys().copied().collect::<Vec<_>>() {
            let unlawful = self
                .read(place, |records| authority::unlawful(records, &self.members, &self.trees));
            if let Some(Ok(unlawful)) = unlawful {
                self.violate(
                    "authority",
                    unlawful.into_iter().map(|at| format!("{at}, at {place}")),
                );
            }
        }
        let lines = self.errors.take();
        self.violate("log", lines);
        tokio::task::yield_now().await;
    }

    /// Measures every running node.
    pub(super) fn judge_memory(&mut self) {
        let mut words = Vec::new();
        for node in self.nodes.values().filter(|node| node.is_up()) {
            let below =
                self.nodes.values().filter(|other| other.parent == Some(node.place)).count();
            let Some(engine) = node.engine() else { continue };
            let totals = engine.core().totals();
            let sample = memory::Sample {
                sessions: engine.core().sessions().count(),
                connections: node.connections(),
                neighbours: below + usize::from(node.parent.is_some()),
                dossiers: totals.dossiers,
                changes: totals.changes,
                outside_max: most_outside(engine.store()),
                members: engine.core().members().number(),
                journal_bytes: engine.store().export_stats().bytes,
            };
            let excess = memory::excess(&sample);
            words.extend(excess.into_iter().map(|words| format!("{words}, at {}", node.place)));
        }
        self.violate("memory", words);
    }

    /// Waits until nothing is under way any more.
    pub(super) async fn settle(&mut self) {
        let begun = self.era.elapsed_ms();
        for minute in 0..SETTLE_MINUTES / 10 {
            self.rest(10 * MINUTE_MS).await;
            self.run_restarts();
            for place in self.shut_out.clone() {
                self.replace_member(place).await;
            }
            if minute % 3 == 0 && self.unsettled().is_empty() {
                let minutes = (self.era.elapsed_ms() - begun) / MINUTE_MS;
                self.fabric.note(&format!("settled after {minutes} minutes"));
                return;
            }
        }
        let words = self.unsettled();
        let limit = format!("not settled {SETTLE_MINUTES} minutes after healing: ");
        self.violate("liveness", words.into_iter().take(20).map(|words| limit.clone() + &words));
    }

    fn unsettled(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.shut_out.iter().map(|place| format!("{place} was not replaced")));
        for node in self.nodes.values() {
            let place = node.place;
            let Some(engine) = node.engine() else {
                words.push(format!("{place} is down"));
                continue;
            };
            let core = engine.core();
            let totals = core.totals();
            if totals.own != totals.own_tier2 || totals.own != totals.own_tier3 {
                let (own, two, three) = (totals.own, totals.own_tier2, totals.own_tier3);
                words.push(format!("{place} has receipts for {two} and {three} of {own} changes"));
            }
            let upper = |session: &&protocol::core::Session| {
                session.relation() == protocol::core::Relation::Upper && session.is_live()
            };
            if node.tier != Tier::Three && core.sessions().filter(upper).count() != 1 {
                words.push(format!("{place} is not connected to its superior"));
            }
        }
        words.extend(convergence::differences(
            &self.shelves(),
            &self.plan.tree,
            &self.trees,
            &|_, _| false,
        ));
        words
    }

    /// What every node holds, by the heads of each dossier.
    fn shelves(&self) -> Vec<convergence::Shelf> {
        let shelf = |place: Place| {
            let rows = self.read(place, holdings).and_then(Result::ok).unwrap_or_default();
            let dossiers = rows
                .into_iter()
                .map(|(id, holding)| (id, (holding.unit, heads_digest(&holding.heads))));
            convergence::Shelf { unit: self.unit_of(place).clone(), dossiers: dossiers.collect() }
        };
        self.nodes.keys().copied().map(shelf).collect()
    }

    /// What must be true once everything has settled.
    pub(super) async fn judge_settled(&mut self) {
        let top = self.top();
        let mut shelves = Vec::new();
        for place in self.nodes.keys().copied().collect::<Vec<_>>() {
            let answer = self.nodes[&place].command(Command::Digests).await;
            let Some(Answer::Digests(all)) = answer else {
                self.violate("liveness", [format!("{place} does not tell its digests")]);
                continue;
            };
            let dossiers = all.into_iter().map(|(id, unit, digest)| (id, (unit, digest))).collect();
            shelves.push(convergence::Shelf { unit: self.unit_of(place).clone(), dossiers });
        }
        let differences =
            convergence::differences(&shelves, &self.plan.tree, &self.trees, &|_, _| false);
        self.violate("convergence", differences);
        let missing =
            self.read(top, |records| durability::missing_at_top(records, &self.testimony));
        match missing {
            Some(Ok(missing)) => self.violate("durability", missing),
            _ => self.violate("durability", ["tier 3 cannot be read".to_owned()]),
        }
        let kept = shelves.first().map(|top| top.dossiers.clone()).unwrap_or_default();
        for place in self.nodes.keys().copied().collect::<Vec<_>>() {
            let own = self.unit_of(place);
            let branch = |dossier: &DossierId| {
                kept.get(dossier).is_none_or(|(unit, _)| self.plan.tree.is_within(unit, own))
            };
            let missing = self.read(place, |records| {
                durability::missing_at_last(place, records, &self.testimony, branch)
            });
            if let Some(Ok(missing)) = missing {
                self.violate("durability", missing);
            }
        }
        self.judge_secrecy();
        self.judge_logs();
        self.judge_safety().await;
    }

    /// No disk shows what people wrote.
    fn judge_secrecy(&mut self) {
        let mut shown = Vec::new();
        for (place, node) in &self.nodes {
            let files = secrecy::open_words(&*node.disk.seam(), node.data_dir());
            shown.extend(files.iter().map(|file| format!("{} at {place}", file.display())));
        }
        self.violate("secrecy", shown);
    }
}

fn most_outside(records: &dyn Records) -> usize {
    let rows = records.scan(Table::Quarantine, &[], None, usize::MAX).unwrap_or_default();
    let mut counts: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (key, _) in rows {
        *counts.entry(key.iter().take(16).copied().collect()).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0)
}
