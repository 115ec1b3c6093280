//! Rights by document: delegations, consents, missions, orders to correct, and what becomes of them.

use std::collections::BTreeSet;

use dossier::{
    DossierId, UnitId,
    account::Paper as Document,
    grant::{Giving, GrantAct, GrantKind, Grantee, Period, Scope},
};
use protocol::notice::Saying;

use super::notices::{day, officer};
use crate::checker::authority::{Paper, may_give};
use crate::cores::chronicle::Circle;
use crate::cores::life::Life;
use crate::cores::province::{A, B, C, HUYEN, PROVINCE, SO};
use crate::cores::trouble::Trouble;

fn unit(id: &str) -> UnitId {
    id.parse().expect("a unit of the tree")
}

fn document() -> Document {
    Document { number: "12/QĐ".to_owned(), signed_on: day(1) }
}

impl Life {
    /// A right is given, confirmed, narrowed or ended; or a body below begins to use one.
    pub(super) fn deal_with_grants(&mut self) {
        match self.luck.below(10) {
            0..3 => self.delegate(),
            3 => self.consent(),
            4 => self.order_correction(),
            5 | 6 => self.enter_for_a_body(),
            _ => self.follow_grant(),
        }
    }

    /// A unit opens a dossier for the body above it, or edits one.
    fn enter_for_a_body(&mut self) {
        let (place, body) =
            [(A, "so"), (A, "so"), (B, "so"), (C, "huyen")][self.luck.below(4) as usize];
        let Some(place) = self.successor(place) else { return };
        let held = self.chronicle.dossiers.iter().copied().filter(|id| {
            let keeper = self.chronicle.keepers.get(id);
            let row = self.world.nodes[place].store.row(protocol::Table::Dossier, id.as_bytes());
            keeper.is_some_and(|keeper| keeper.as_str() == body) && row.is_some()
        });
        let held: Vec<DossierId> = held.collect();
        match held.get(self.luck.below(held.len() as u64) as usize) {
            Some(dossier) if self.luck.below(3) > 0 => self.write(place, *dossier),
            _ => self.open(place, body),
        }
    }

    fn period(&mut self, most: u64) -> Period {
        let from = 1 + self.luck.below(2);
        Period { from: day(from), to: day(from + self.luck.below(most)) }
    }

    fn delegate(&mut self) {
        let ways = [
            (SO, "so.a", "so"),
            (SO, "so.a", "so"),
            (SO, "so.b", "so"),
            (HUYEN, "c", "huyen"),
            // Not below it; not its own; onward; from nobody's body.
            (SO, "c", "so"),
            (SO, "so.a", "so.b"),
            (A, "so.a", "so"),
            (PROVINCE, "so", "tier3"),
        ];
        let (place, to, of) = ways[self.luck.below(ways.len() as u64) as usize];
        // What a unit entered for a body that it leaves is a question of its own: who may hold it then.
        if of == "huyen" && self.troubles.has(Trouble::Moves) {
            return;
        }
        let scope = Scope { units: BTreeSet::from([unit(of)]), ..Scope::default() };
        let period = self.period(6);
        self.give(place, GrantKind::Delegation, Grantee::Unit(unit(to)), scope, period);
    }

    fn consent(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let keeper = self.chronicle.keepers.get(&dossier).map(ToString::to_string);
        let of = keeper.unwrap_or_else(|| "so".to_owned());
        let place = [SO, HUYEN, A, B, C, PROVINCE][self.luck.below(6) as usize];
        let listed =
            if self.luck.below(5) > 0 { BTreeSet::from([dossier]) } else { BTreeSet::new() };
        let scope =
            Scope { units: BTreeSet::from([unit(&of)]), dossiers: listed, ..Scope::default() };
        let login = "hoa.lt".parse().expect("a login");
        let grantee = Grantee::Person { unit: unit("c"), login };
        let kind = if self.luck.below(3) == 0 { GrantKind::Mission } else { GrantKind::Consent };
        let period = self.period(20);
        self.give(place, kind, grantee, scope, period);
    }

    /// Sở Nội vụ orders a correction, and signs it at once by a second officer, or does not.
    fn order_correction(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let Some(keeper) = self.chronicle.keepers.get(&dossier).cloned() else { return };
        let place = if self.luck.below(6) == 0 { SO } else { PROVINCE };
        let dossiers = BTreeSet::from([dossier]);
        let scope = Scope { units: BTreeSet::from([keeper]), dossiers, ..Scope::default() };
        let own = self.world.nodes[place].identity.unit.clone();
        let period = self.period(10);
        let given = self.give(place, GrantKind::Correction, Grantee::Unit(own), scope, period);
        if let Some(grant) = given.filter(|_| self.luck.below(3) > 0) {
            self.act_on_grant(place, GrantAct::Confirm { grant, by: officer("hai") });
        }
        self.write(PROVINCE, dossier);
    }

    fn give(
        &mut self,
        place: usize,
        kind: GrantKind,
        grantee: Grantee,
        scope: Scope,
        period: Period,
    ) -> Option<dossier::Hash> {
        let place = self.successor(place)?;
        let giving = Giving {
            kind,
            document: document(),
            issuer: "Sở".to_owned(),
            by: officer("mot"),
            grantee,
            scope,
            period,
            purpose: self.token(),
        };
        self.act_on_grant(place, GrantAct::Give(giving))
    }

    /// Something follows on a grant.
    fn follow_grant(&mut self) {
        let given = self.office.papers.iter().filter(|it| matches!(it.act, GrantAct::Give(_)));
        let given: Vec<Paper> = given.cloned().collect();
        let Some(paper) = given.get(self.luck.below(given.len() as u64) as usize) else { return };
        let GrantAct::Give(giving) = &paper.act else { return };
        let by = if self.luck.below(6) == 0 { A } else { self.place_of(&paper.by) };
        let Some(place) = self.successor(by) else { return };
        let grant = paper.id;
        let act = match self.luck.below(6) {
            0 | 1 => GrantAct::End { grant, reason: self.token(), by: officer("mot") },
            2 => {
                let login = if self.luck.below(3) == 0 { "mot" } else { "hai" };
                GrantAct::Confirm { grant, by: officer(login) }
            }
            3 => {
                // Fewer dossiers, where there is one to name.
                let Some(dossier) = self.some_dossier() else { return };
                let scope = Scope { dossiers: BTreeSet::from([dossier]), ..giving.scope.clone() };
                let (document, by) = (document(), officer("mot"));
                GrantAct::Narrow { grant, scope: Some(scope), period: None, document, by }
            }
            _ => {
                // Fewer days, or more.
                let period = Period { from: giving.period.from, to: day(1 + self.luck.below(8)) };
                if period.to < period.from {
                    return;
                }
                let (document, by) = (document(), officer("mot"));
                GrantAct::Narrow { grant, scope: None, period: Some(period), document, by }
            }
        };
        self.act_on_grant(place, act);
    }

    fn act_on_grant(&mut self, place: usize, act: GrantAct) -> Option<dossier::Hash> {
        let papers = self.papers_at(place);
        let node = &self.world.nodes[place];
        let by = node.identity.unit.clone();
        let lawful = may_give(&act, &by, &papers, &node.core.tree().tree);
        let circle = match &act {
            GrantAct::Give(giving) => {
                let mut named = BTreeSet::from([by.clone()]);
                if let Grantee::Unit(unit) | Grantee::Person { unit, .. } = &giving.grantee {
                    named.insert(unit.clone());
                }
                Circle { named, below: giving.scope.units.clone() }
            }
            _ => {
                let given = act.grant().and_then(|grant| self.chronicle.signed.get(&grant));
                given.cloned().unwrap_or_default()
            }
        };
        let now = self.world.now;
        let (id, at_ms, done) =
            self.say(place, Saying::Grant(Box::new(act.clone())), lawful, circle);
        if lawful && !self.office.papers.iter().any(|paper| paper.id == id) {
            self.office.papers.say(Paper { id, by, at_ms, act });
            self.office.said.insert(id, now);
        }
        (done && lawful).then_some(id)
    }

    /// The first machine of a unit.
    fn place_of(&self, unit: &UnitId) -> usize {
        self.world.nodes.iter().position(|node| node.identity.unit == *unit).unwrap_or(0)
    }
}
