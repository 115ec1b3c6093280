//! What people are told of reorganisations: the dry run of a plan, how far one is, and what still hangs on
//! a unit that ends.

use dossier::{
    Hash, LegalBasis, PartialDate, Timestamp, UnitId,
    unit::{Ending, ReorgFault, ReorgPlan, UnitChange, UnitTree},
};
use serde::{Deserialize, Serialize};

use super::{Core, Officer, Reorganisation};
use crate::{Answer, Fault, Records, core::Refused};

/// A question about reorganisations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReorgQuestion {
    /// What a plan would do, without doing it.
    Plan(Box<ReorgPlan>),
    /// Every reorganisation that tier 3 keeps.
    All,
    /// The org tree that was in force on a day.
    TreeAt(PartialDate),
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReorgAnswer {
    /// Reorganisations, or the one that was ordered or asked for.
    All(Vec<ReorgShown>),
    /// A tree.
    Tree {
        /// Its version.
        version: u64,
        /// When it was issued.
        at: Timestamp,
        /// The units.
        tree: UnitTree,
    },
}

/// How far a reorganisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReorgStage {
    /// A plan that nobody ordered.
    Plan,
    /// The second officer has to confirm it.
    Begun,
    /// Its day has not come.
    Waiting,
    /// Its day has come, and the tree of today does not let it be carried out.
    Stuck,
    /// Dossiers are on their way.
    Working,
    /// No ended unit keeps anything.
    Done,
}

/// A reorganisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReorgShown {
    /// Its name.
    pub id: Hash,
    /// The decision.
    pub decision: LegalBasis,
    /// The day from which it holds.
    pub effective: PartialDate,
    /// How far it is.
    pub stage: ReorgStage,
    /// Who ordered it, and who confirmed it.
    pub officers: Vec<Officer>,
    /// The version of the tree that was issued for it.
    pub version: Option<u64>,
    /// What it changes, while no tree was issued.
    pub changes: Vec<UnitChange>,
    /// The units that end.
    pub ended: Vec<EndedShown>,
    /// Units whose node gets another superior, and that superior, whose address is not listed.
    pub unreachable: Vec<(UnitId, UnitId)>,
}

/// A unit that ends, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedShown {
    /// The unit.
    pub unit: UnitId,
    /// Who takes over.
    pub successors: Vec<UnitId>,
    /// Dossiers it keeps.
    pub dossiers: u64,
    /// Dossiers it kept when it ended.
    pub before: Option<u64>,
    /// Dossiers of it that are on their way, by whatever order.
    pub moving: u64,
    /// Dossiers of it with parcels outside that nobody decided on.
    pub undecided: u64,
    /// Persons whose account is assigned to it.
    pub accounts: u64,
    /// Whether a node serves it.
    pub node: bool,
}

impl EndedShown {
    /// Whether nothing is left that would be lost with the unit's node.
    pub fn is_empty(&self) -> bool {
        self.dossiers == 0 && self.moving == 0
    }
}

impl Core {
    /// Answers a question about reorganisations.
    pub(in crate::core) fn answer_reorg(
        &self,
        question: &ReorgQuestion,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let answer = match question {
            ReorgQuestion::Plan(plan) => match self.judge_plan(plan) {
                Ok(next) => ReorgAnswer::All(vec![self.reorg_shown(plan, None, Some(&next))]),
                Err(refused) => return Ok(Answer::Refused(refused)),
            },
            ReorgQuestion::All => {
                let all = self.reorganisations.all.iter();
                ReorgAnswer::All(all.map(|it| self.kept_shown(it)).collect())
            }
            ReorgQuestion::TreeAt(at) => {
                let signed = self.tree_at(*at, records)?;
                let (version, at) = (signed.version, signed.at);
                ReorgAnswer::Tree { version, at, tree: signed.tree }
            }
        };
        Ok(Answer::Reorg(Box::new(answer)))
    }

    pub(super) fn show_reorganisation(&self, it: &Reorganisation) -> Answer {
        Answer::Reorg(Box::new(ReorgAnswer::All(vec![self.kept_shown(it)])))
    }

    fn kept_shown(&self, it: &Reorganisation) -> ReorgShown {
        let next = it.plan.next(&self.tree.tree).ok().filter(|_| it.issued.is_none());
        self.reorg_shown(&it.plan, Some(it), next.as_ref())
    }

    fn reorg_shown(
        &self,
        plan: &ReorgPlan,
        kept: Option<&Reorganisation>,
        next: Option<&UnitTree>,
    ) -> ReorgShown {
        let present = &self.tree.tree;
        let issued = kept.and_then(|it| it.issued.as_ref());
        let before = |unit: &UnitId| issued.and_then(|it| it.dossiers.get(unit).copied());
        let ended: Vec<EndedShown> =
            plan.endings().map(|it| self.ended_shown(it, before(&it.unit))).collect();
        let stage = match (kept, issued) {
            (None, _) => ReorgStage::Plan,
            (Some(_), Some(_)) if ended.iter().all(EndedShown::is_empty) => ReorgStage::Done,
            (Some(_), Some(_)) => ReorgStage::Working,
            (Some(it), None) if it.second.is_none() => ReorgStage::Begun,
            (Some(_), None) if next.is_none() => ReorgStage::Stuck,
            (Some(_), None) => ReorgStage::Waiting,
        };
        ReorgShown {
            id: super::id_of(plan),
            decision: plan.decision.clone(),
            effective: plan.effective,
            stage,
            officers: kept.map_or_else(Vec::new, |it| {
                std::iter::once(&it.first).chain(&it.second).cloned().collect()
            }),
            version: issued.map(|it| it.version),
            changes: next.map_or_else(Vec::new, |next| present.changes_to(next)),
            ended,
            unreachable: next.map_or_else(Vec::new, |next| self.unreachable_in(next)),
        }
    }

    fn ended_shown(&self, ending: &Ending, before: Option<u64>) -> EndedShown {
        let own = || self.ledger.of_unit(&ending.unit);
        let count = |found: usize| u64::try_from(found).unwrap_or(u64::MAX);
        let assigned = |(_, it): &(_, &dossier::account::Assignment)| it.unit == ending.unit;
        EndedShown {
            unit: ending.unit.clone(),
            successors: ending.successors().into_iter().cloned().collect(),
            dossiers: count(own().count()),
            before,
            moving: count(own().filter(|id| self.is_moving(id)).count()),
            undecided: count(own().filter(|id| self.ledger.asides().of(id) > 0).count()),
            accounts: count(self.accounts.book().persons().filter(assigned).count()),
            node: self.members.active_for(&ending.unit).is_some(),
        }
    }

    /// Units whose node gets another superior by `next`, and that superior, whose address is not listed.
    pub fn unreachable_in(&self, next: &UnitTree) -> Vec<(UnitId, UnitId)> {
        let (members, present) = (&self.members, &self.tree.tree);
        let active = members.iter().filter(|member| member.is_active());
        active
            .filter_map(|member| {
                let before = members.superior_of(&member.unit, present).map(|above| &above.unit);
                let above = members.superior_of(&member.unit, next)?;
                let moved = before != Some(&above.unit) && above.address.is_none();
                moved.then(|| (member.unit.clone(), above.unit.clone()))
            })
            .collect()
    }
}

/// What is wrong with a plan; the words belong to the shell, the detail names the unit.
pub(super) fn refused(fault: &ReorgFault) -> Refused {
    let (code, unit) = match fault {
        ReorgFault::NoDecision => ("custody-no-decision", String::new()),
        ReorgFault::Size => ("reorg-size", String::new()),
        ReorgFault::Unknown(unit) => ("reorg-unknown-unit", unit.to_string()),
        ReorgFault::Exists(unit) => ("reorg-unit-exists", unit.to_string()),
        ReorgFault::Ended(unit) => ("reorg-unit-ended", unit.to_string()),
        ReorgFault::SuccessorEnds { unit, successor } => {
            ("reorg-successor-ends", format!("{unit} {successor}"))
        }
        ReorgFault::NotHolder { unit, successor } => {
            ("reorg-not-holder", format!("{unit} {successor}"))
        }
        ReorgFault::Twice(dossier) => ("reorg-twice", dossier.to_string()),
        ReorgFault::Root(unit) => ("reorg-root", unit.to_string()),
        ReorgFault::Tree(error) => ("reorg-tree", error.to_string()),
        ReorgFault::Misplaced(unit) => ("tree-place", unit.to_string()),
    };
    Refused::new(code, unit)
}
