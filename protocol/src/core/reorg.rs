//! Reorganisations as tier 3 keeps them: two officers order a plan, the tree that follows from it is issued
//! on its day, and what the ended units kept goes to their successors, dossier by dossier.
//!
//! **Invariants:** until the second officer confirms nothing leaves this node; the order for a dossier is
//! the same one whenever it is given again, so that a node that stopped or went back in time goes on where
//! it was.

mod shown;
mod working;

use std::collections::BTreeMap;

use dossier::{
    Hash, PartialDate, Timestamp, UnitId,
    account::Login,
    permission::{Action, Actor, Officers},
    unit::{Ending, ReorgPlan, UnitTree},
    validity::first_day,
};
use serde::{Deserialize, Serialize};

pub use shown::{EndedShown, ReorgAnswer, ReorgQuestion, ReorgShown, ReorgStage};

use super::{Answer, Core, Refused, custody::day};
use crate::{
    Fault, Op, Records, Table, admission::Asked, codec, control::SignedTree, envelope::Meta,
};

/// Before the name of a reorganisation in its key among the control records.
const KEY: &[u8] = b"reorg/";

/// What officers of tier 3 do for a reorganisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReorgOrder {
    /// The first officer orders a plan.
    Begin {
        /// The plan.
        plan: Box<ReorgPlan>,
        /// Her login.
        login: Login,
    },
    /// The second officer confirms it.
    Confirm {
        /// Which.
        id: Hash,
        /// Her login.
        login: Login,
    },
    /// An officer takes it back while no tree was issued.
    Drop {
        /// Which.
        id: Hash,
    },
}

impl ReorgOrder {
    /// Whose login the order names.
    pub fn login_mut(&mut self) -> Option<&mut Login> {
        match self {
            Self::Begin { login, .. } | Self::Confirm { login, .. } => Some(login),
            Self::Drop { .. } => None,
        }
    }
}

/// An officer who ordered or confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// As her entries are signed.
    pub person: String,
    /// Her login.
    pub login: Login,
    /// When.
    pub at: Timestamp,
}

/// A reorganisation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reorganisation {
    /// What was decided.
    pub plan: ReorgPlan,
    /// The first officer.
    pub first: Officer,
    /// The second one.
    pub second: Option<Officer>,
    /// What was done with it, once its day had come.
    pub issued: Option<Issued>,
}

/// The tree that was issued for a reorganisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The version of the tree.
    pub version: u64,
    /// Until when the nodes of ended units are waited for.
    pub until: Timestamp,
    /// Dossiers of each ended unit when it ended.
    pub dossiers: BTreeMap<UnitId, u64>,
}

impl Reorganisation {
    /// Its name: the digest of what was decided.
    pub fn id(&self) -> Hash {
        id_of(&self.plan)
    }
}

impl Reorganisation {
    /// Whether its day has come and its tree was not issued.
    fn waits_for_tree(&self, today: PartialDate) -> bool {
        self.second.is_some()
            && self.issued.is_none()
            && first_day(self.plan.effective) <= first_day(today)
    }
}

fn id_of(plan: &ReorgPlan) -> Hash {
    Hash::tagged("hoso/reorg/1", &[&codec::encode(plan)])
}

fn key(id: &Hash) -> Vec<u8> {
    [KEY, id.as_bytes()].concat()
}

/// The reorganisations that are kept here, as their rows say.
#[derive(Debug, Default)]
pub(super) struct Reorganisations {
    all: Vec<Reorganisation>,
    /// When there was last nothing to do for them that was not under way.
    rested: Option<Timestamp>,
}

impl Reorganisations {
    pub(super) fn read(records: &dyn Records) -> Result<Self, Fault> {
        let rows = records.scan(Table::Control, KEY, None, usize::MAX)?;
        let read = |row: &[u8]| {
            codec::decode(row).map_err(|error| Fault(format!("reorganisation row: {error}")))
        };
        let all = rows.iter().map(|(_, row)| read(row)).collect::<Result<_, _>>()?;
        Ok(Self { all, rested: None })
    }

    /// The clock was set back: what is due is looked at anew.
    pub(super) fn wake(&mut self) {
        self.rested = None;
    }
}

impl Core {
    /// Carries out what an officer does for a reorganisation, when the law lets her.
    pub(super) fn order_reorganisation(
        &mut self,
        order: &ReorgOrder,
        meta: &Meta,
    ) -> Result<Answer, Fault> {
        let known = |id: &Hash| self.reorganisations.all.iter().find(|it| it.id() == *id).cloned();
        let found = match order {
            ReorgOrder::Begin { plan, .. } => known(&id_of(plan)),
            ReorgOrder::Confirm { id, .. } | ReorgOrder::Drop { id } => known(id),
        };
        let officers = match (order, &found) {
            (ReorgOrder::Confirm { .. }, Some(it)) => {
                Officers::Second { first: it.first.person.clone() }
            }
            _ => Officers::First,
        };
        if let Err(refused) = self.may_reorganise(officers, meta) {
            return Ok(Answer::Refused(refused));
        }
        let officer = |login: &Login| Officer {
            person: meta.person.clone(),
            login: login.clone(),
            at: self.moment.now,
        };
        let made = match (order, found) {
            (ReorgOrder::Begin { .. }, Some(it)) if it.second.is_some() => Err("reorg-known"),
            (ReorgOrder::Begin { plan, login }, _) => Ok(Reorganisation {
                plan: (**plan).clone(),
                first: officer(login),
                second: None,
                issued: None,
            }),
            (ReorgOrder::Confirm { .. } | ReorgOrder::Drop { .. }, None) => Err("reorg-unknown"),
            (ReorgOrder::Confirm { .. }, Some(it)) if it.second.is_some() => Err("reorg-known"),
            (ReorgOrder::Confirm { login, .. }, Some(it)) if it.first.login == *login => {
                Err("custody-officers")
            }
            (ReorgOrder::Confirm { login, .. }, Some(it)) => {
                Ok(Reorganisation { second: Some(officer(login)), ..it })
            }
            (ReorgOrder::Drop { .. }, Some(it)) if it.issued.is_some() => Err("reorg-issued"),
            (ReorgOrder::Drop { .. }, Some(it)) => {
                self.reorganisations.all.retain(|other| other.id() != it.id());
                self.commit(vec![Op::remove(Table::Control, key(&it.id()))]);
                return Ok(self.show_reorganisation(&it));
            }
        };
        let made = match made {
            Ok(made) => made,
            Err(code) => return Ok(Answer::Refused(Refused::new(code, "reorganisation"))),
        };
        if let Err(refused) = self.judge_plan(&made.plan) {
            return Ok(Answer::Refused(refused));
        }
        self.keep_reorganisation(made.clone());
        Ok(self.show_reorganisation(&made))
    }

    fn may_reorganise(&self, officers: Officers, meta: &Meta) -> Result<(), Refused> {
        let unit = self.identity.unit.clone();
        let (role, person) = (meta.role, meta.person.clone());
        let actor = Actor { node: self.identity.node, unit: unit.clone(), role, person };
        let at_seconds = self.moment.now.as_seconds();
        let asked =
            Asked { actor: &actor, dossier: None, custodian: &unit, at_seconds, let_in: false };
        let permitted = self.authority().permit(&Action::Reorganise(officers), &asked);
        permitted.map_err(|refusal| Refused::new(refusal.code(), "no right"))
    }

    /// Whether a plan can be carried out on the tree in force.
    pub(super) fn judge_plan(&self, plan: &ReorgPlan) -> Result<UnitTree, Refused> {
        let next = plan.next(&self.tree.tree).map_err(|fault| shown::refused(&fault))?;
        for ending in plan.endings() {
            let own = self.ledger.of_unit(&ending.unit);
            let lost = own.filter(|id| ending.successor_of(id).is_none()).count();
            if lost > 0 {
                let (unit, code) = (&ending.unit, "reorg-unassigned");
                return Err(Refused::new(code, format_args!("{unit} {lost}")));
            }
        }
        Ok(next)
    }

    fn keep_reorganisation(&mut self, it: Reorganisation) {
        let (id, row) = (it.id(), codec::encode(&it));
        self.commit(vec![Op::put(Table::Control, key(&id), row)]);
        self.reorganisations.wake();
        match self.reorganisations.all.iter_mut().find(|known| known.id() == id) {
            Some(known) => *known = it,
            None => self.reorganisations.all.push(it),
        }
    }

    /// The tree that is to be issued, of a reorganisation whose day has come; the register signs it.
    pub fn tree_due(&self, now: Timestamp) -> Option<UnitTree> {
        let today = day(now)?;
        let due = |it: &&Reorganisation| it.waits_for_tree(today);
        let mut all = self.reorganisations.all.iter().filter(due);
        all.find_map(|it| self.judge_plan(&it.plan).ok())
    }

    /// A tree came into force: a reorganisation that it carries out is under way from here on, also at a
    /// node that went back in time and hears of its own tree.
    pub(super) fn note_issued(&mut self) {
        let waits = |it: &&Reorganisation| {
            it.second.is_some() && it.issued.is_none() && it.plan.is_done_in(&self.tree.tree)
        };
        let begun: Vec<Reorganisation> =
            self.reorganisations.all.iter().filter(waits).cloned().collect();
        for it in begun {
            let count = |ending: &Ending| self.ledger.of_unit(&ending.unit).count() as u64;
            let dossiers = it.plan.endings().map(|end| (end.unit.clone(), count(end))).collect();
            let until = match it.plan.without_nodes {
                true => self.moment.now,
                false => self.term_of_nodes(),
            };
            let issued = Some(Issued { version: self.tree.version, until, dossiers });
            self.keep_reorganisation(Reorganisation { issued, ..it });
        }
    }

    /// The tree that was in force on a day: the newest of those issued until then, else the first.
    pub(super) fn tree_at(
        &self,
        at: PartialDate,
        records: &dyn Records,
    ) -> Result<SignedTree, Fault> {
        let issued = |tree: &SignedTree| day(tree.at).map(first_day);
        let mut chosen = self.tree.clone();
        for version in (1..self.tree.version).rev() {
            if issued(&chosen) <= Some(first_day(at)) {
                break;
            }
            let Some(former) = super::former::read_former(records, version)? else { continue };
            chosen = former;
        }
        Ok(chosen)
    }
}
