//! Each act of people is judged as it is done, by the model of the law: what a node lets in must be
//! lawful by what that node knows, and what it refuses for want of a right must not be.

use std::borrow::Cow;

use dossier::{DossierId, Hash, Review, Role, UnitId, unit::UnitTree};
use protocol::{
    Answer, Command, Table,
    core::{Entry, Refused},
    envelope::{Author, Meta},
    holding::Holding,
};

use super::chronicle::Written;
use super::life::Life;
use super::reading::refused_rights;
use super::world::Standing;
use crate::checker::authority::{Case, Cases, Deed, Members, Papers, Stand, may_write};

/// How a refusal by the law says that it is one.
const NO_RIGHT: &str = "no right";

impl Life {
    /// The unit of each node.
    pub(super) fn members(&self) -> Members {
        let nodes = self.world.nodes.iter();
        nodes.map(|node| (node.identity.node, node.identity.unit.clone())).collect()
    }

    /// What was given by document, as far as a machine has heard of it.
    pub(super) fn papers_at(&self, place: usize) -> Papers {
        let store = &self.world.nodes[place].store;
        self.office.papers.known(|id| store.row(Table::Notice, id.as_bytes()).is_some())
    }

    /// What was given by document, as far as any machine that still speaks has heard of it.
    pub(super) fn papers_anywhere(&self) -> Papers {
        self.office.papers.known(|id| {
            let stores = self.places().map(|place| &self.world.nodes[place].store);
            stores.into_iter().any(|store| store.row(Table::Notice, id.as_bytes()).is_some())
        })
    }

    /// Seconds on the clock of a machine.
    fn clock_s(&self, place: usize) -> i64 {
        (self.world.now + self.world.nodes[place].clock_ahead_ms).div_euclid(1_000)
    }

    fn author(&self, place: usize) -> Author {
        let core = &self.world.nodes[place].core;
        Author { node: core.identity().node, incarnation: core.incarnation(), epoch: 0 }
    }

    /// Whether the law lets a change be made at a machine, by what is known there; `None` where
    /// nobody can say.
    fn may(
        &mut self,
        place: usize,
        dossier: &DossierId,
        cases: &Cases,
        (meta, deed): (&Meta, Deed),
    ) -> Option<bool> {
        let keeper = self.keeper_at(place, dossier)?;
        let mut case = cases.next(self.author(place), meta.clone(), deed, self.clock_s(place));
        let (members, papers) = (self.members(), self.papers_at(place));
        let node = &self.world.nodes[place];
        let unit = &node.identity.unit;
        // What is entered by delegation is marked by the node itself.
        if papers.delegate(unit, &keeper, dossier, case.moment_s) && *unit != keeper {
            case.meta.review = Review::Awaiting;
        }
        let tree = &node.core.tree().tree;
        let (keeper, papers, members) = (&keeper, &papers, &members);
        Some(may_write(&case, &Stand { unit, keeper, dossier, tree, papers, members }))
    }

    /// Whether a dossier may be opened at a machine.
    pub(super) fn may_open(&mut self, place: usize, entry: &Entry) -> Option<bool> {
        if self.world.nodes[place].standing != Standing::Active {
            return None;
        }
        // Its id is yet to be drawn.
        let yet = DossierId::from_bytes([0; 16]);
        self.chronicle.keepers.insert(yet, entry.unit.clone());
        let deed = Deed::of(true, &entry.edits);
        let lawful = self.may(place, &yet, &Cases::default(), (&entry.meta, deed));
        self.chronicle.keepers.remove(&yet);
        lawful
    }

    /// Notes by which org tree the law was asked about the change that opened a dossier.
    pub(super) fn note_opening(&mut self, place: usize, dossier: &DossierId) {
        let opening = self.read(place, dossier).and_then(|reading| {
            let first = reading.cases.all.iter().find(|case| case.deed.opens);
            first.map(|case| case.change)
        });
        let written = self.written_at(place);
        self.chronicle.written.extend(opening.map(|change| (change, written)));
    }

    /// How a change is written that somebody makes at a machine.
    pub(super) fn written_at(&self, place: usize) -> Written {
        Written { tree: self.world.nodes[place].core.tree().version, at: self.world.now }
    }

    /// Somebody does something to a dossier, and may be refused; `token` is a text that is written.
    pub(super) fn act(
        &mut self,
        place: usize,
        dossier: DossierId,
        (meta, deed): (&Meta, Deed),
        token: Option<String>,
        command: Command,
    ) -> Option<Answer> {
        let counts = self.world.nodes[place].standing == Standing::Active;
        let on = deed.verdicts.first().or(deed.agrees.first()).copied();
        let lawful = match self.read(place, &dossier).filter(|_| counts) {
            Some(reading) => self.may(place, &dossier, &reading.cases, (meta, deed)),
            None => None,
        };
        let written = self.written_at(place);
        let fate = self.fate();
        let answer = self.world.try_order(place, command, fate);
        match &answer {
            Some(Answer::Edited { change, .. }) if counts => {
                self.judge_right(place, lawful, Ok(()));
                self.chronicle.written.insert(*change, written);
                token.into_iter().for_each(|token| self.chronicle.say(place, dossier, token, on));
            }
            Some(Answer::EditedAll(all)) if counts => {
                let changes = all.iter().map(|(_, change)| (*change, written));
                self.chronicle.written.extend(changes);
            }
            Some(Answer::Refused(refused)) if counts => {
                self.judge_right(place, lawful, Err(refused.clone()));
            }
            _ => {}
        }
        self.judge_crash(place, fate);
        answer
    }

    /// What a node answered, against what the law says.
    pub(super) fn judge_right(
        &mut self,
        place: usize,
        lawful: Option<bool>,
        answer: Result<(), Refused>,
    ) {
        match (lawful, answer) {
            (Some(false), Ok(())) => {
                self.world.violate("authority", format!("an unlawful act is done at {place}"));
            }
            (Some(true), Err(refused)) if refused.detail == NO_RIGHT => {
                let words = format!("{} is refused at {place}, and is lawful", refused.code);
                self.world.violate("authority", words);
            }
            _ => {}
        }
    }

    /// The org trees by which a change may be judged: the one that the node knew at which somebody
    /// made it; any that was ever signed for what a node made again by itself.
    fn trees_of(&self, change: &Hash) -> Vec<&UnitTree> {
        let known = self.chronicle.written.get(change);
        let signed = self.world.trees.iter().chain([&self.world.tree]);
        let then = signed.filter(|signed| known.is_none_or(|it| signed.version == it.tree));
        then.map(|signed| &signed.tree).collect()
    }

    fn is_lawful(
        &self,
        case: &Case,
        dossier: &DossierId,
        papers: &Papers,
        members: &Members,
    ) -> bool {
        let Some(unit) = members.get(&case.author.node) else { return false };
        let epoch = case.author.epoch;
        let then = self.custodians.of_epoch(dossier, epoch);
        let Some(keeper) = then.or_else(|| self.keeper(dossier)) else { return false };
        self.trees_of(&case.change)
            .into_iter()
            .any(|tree| may_write(case, &Stand { unit, keeper, dossier, tree, papers, members }))
    }

    /// Whether a change may stand where it came to: what was lawful by all that had been said when it was
    /// made in truth stays where who gave the right let it in, whatever a wrong clock says afterwards;
    /// and what was lawful by all that the body knew which let it in, whatever its disk had forgotten.
    fn stands(&self, case: &Case, dossier: &DossierId, papers: &Papers, members: &Members) -> bool {
        let excused = self.lapses.excused.get(&case.change);
        let papers = excused.map_or_else(
            || Cow::Borrowed(papers),
            |forgotten| Cow::Owned(papers.known(|id| !forgotten.contains(id))),
        );
        let before = || {
            let made = self.chronicle.written.get(&case.change)?;
            let said = |id: &Hash| self.office.said.get(id).is_some_and(|at| *at <= made.at);
            Some(self.is_lawful(case, dossier, &papers.known(said), members))
        };
        self.is_lawful(case, dossier, &papers, members) || before().unwrap_or(false)
    }

    /// The unit that keeps a dossier as far as a machine knows.
    fn keeper_at(&self, place: usize, dossier: &DossierId) -> Option<UnitId> {
        let row = self.world.nodes[place].store.row(Table::Dossier, dossier.as_bytes());
        let held = row.filter(|_| self.transfers).and_then(|row| Holding::decode(row).ok());
        let known = held.map(|holding| holding.unit);
        known.or_else(|| self.chronicle.keepers.get(dossier).cloned())
    }

    /// The unit that keeps a dossier; of one whose clerk died before the answer, by the record it was
    /// opened with.
    fn keeper(&self, dossier: &DossierId) -> Option<&UnitId> {
        self.chronicle.keepers.get(dossier).or_else(|| self.unanswered.get(dossier))
    }

    /// Notes the keepers of dossiers whose opening nobody was told of.
    pub(super) fn note_unanswered(&mut self) {
        for place in 0..self.world.nodes.len() {
            let held = super::reading::holdings(&self.world.nodes[place].store).unwrap_or_default();
            let unanswered =
                held.into_iter().filter(|(id, _)| !self.chronicle.keepers.contains_key(id));
            let units: Vec<_> = unanswered.map(|(id, holding)| (id, holding.unit)).collect();
            self.unanswered.extend(units);
        }
    }

    /// Whether a dossier of another unit is at a machine with entries that its clerks made before
    /// they heard that the delegation was over: they stay in its own copy, and wait outside elsewhere.
    pub(super) fn is_overtaken(&mut self, place: usize, dossier: &DossierId) -> bool {
        let unit = self.world.nodes[place].identity.unit.clone();
        let foreign = self.keeper(dossier).is_some_and(|keeper| {
            *keeper != unit && self.office.papers.ever_delegate(&unit, keeper)
        });
        if !foreign {
            return false;
        }
        let Some(reading) = self.read(place, dossier) else { return false };
        let (members, papers) = (self.members(), self.papers_anywhere());
        reading.cases.all.iter().any(|case| {
            members.get(&case.author.node) == Some(&unit)
                && !self.is_lawful(case, dossier, &papers, &members)
        })
    }

    /// Every change was signed by its author, who had the right to make it, and collisions are
    /// shown where they happened.
    pub(super) fn judge_documents(&mut self, place: usize) {
        let (members, papers) = (self.members(), self.papers_anywhere());
        let held = super::reading::holdings(&self.world.nodes[place].store).unwrap_or_default();
        for (dossier, _) in held {
            let Some(reading) = self.read(place, &dossier) else { continue };
            for change in &reading.cases.anonymous {
                let words = format!("nobody answers for {change} of {dossier}, at {place}");
                self.world.violate("authority", words);
            }
            let overtaken = self.is_overtaken(place, &dossier);
            let own = self.world.nodes[place].identity.node;
            for case in &reading.cases.all {
                let excused = overtaken && case.author.node == own;
                let lawful = excused || self.stands(case, &dossier, &papers, &members);
                let envelope = reading.envelopes.get(&case.change);
                let signed = self.world.nodes.iter().any(|node| {
                    node.identity.node == case.author.node
                        && envelope.is_some_and(|it| node.key.has_signed(it.as_bytes()))
                });
                if !lawful || !signed {
                    let words = format!("{case} of {dossier}, at {place}");
                    self.world.violate("authority", words);
                }
            }
            for field in &reading.misjudged {
                let words =
                    format!("{field} of {dossier} hides or invents a collision, at {place}");
                self.world.violate("conflicts", words);
            }
        }
        self.judge_refused(place, &papers, &members);
    }

    /// What lies outside for want of a right is unlawful: a lawful act of people comes in once what
    /// it rests on has come.
    fn judge_refused(&mut self, place: usize, papers: &Papers, members: &Members) {
        for (dossier, change) in refused_rights(&self.world.nodes[place].store) {
            // Whom a dossier does not concern any more hears nothing of what it rests on.
            let unit = &self.world.nodes[place].identity.unit;
            let keeper = self.keeper(&dossier);
            let holds = keeper.is_some_and(|it| self.world.tree.tree.is_within(it, unit));
            if !holds || !self.chronicle.written.contains_key(&change) {
                continue;
            }
            let places: Vec<usize> = self.places().collect();
            let cases = places.into_iter().find_map(|at| {
                let reading = self.read(at, &dossier)?;
                reading.cases.all.iter().find(|case| case.change == change).cloned()
            });
            if cases.is_some_and(|case| self.is_lawful(&case, &dossier, papers, members)) {
                let words = format!("{change} of {dossier} is lawful and kept out at {place}");
                self.world.violate("authority", words);
            }
        }
    }

    /// Who says something at a machine, in the role of his office.
    pub(super) fn person(&mut self, place: usize, role: Role) -> Meta {
        let mut meta = super::meta(&self.world.nodes[place].name);
        meta.role = role;
        if self.luck.below(2) == 0 {
            meta.person = format!("{} hai", meta.person);
        }
        meta
    }
}
