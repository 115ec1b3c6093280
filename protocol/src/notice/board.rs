//! The notices a node holds, what they come to, and whom each concerns.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    Hash, NodeId, Role, Timestamp, UnitId,
    calendar::Decisions,
    campaign::{CampaignAct, CampaignFault, Campaigns},
    change_kind::{ChangeKinds, KindFault},
    conduct::{self, Conduct, ConductAct, ConductFault},
    disruption::{DisruptionAct, DisruptionFault, Disruptions},
    grant::{self, Done, GrantAct, GrantFault, Grantee, Grants, Origin},
    inspection::{self, Findings, InspectAct},
    permission::{self, Action, Actor, Delegated, Granted, Refusal, Sections},
    unit::{Tier, UnitTree},
};

use super::{Alert, Notice, Saying, SignedNotice};
use crate::{
    admission::{Asked, Grants as GrantsHeld},
    member::MemberList,
    signature::Crypto,
};

/// The most alerts of one node that are kept.
const ALERTS_MAX: usize = 4_096;

/// Why a notice is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefusal {
    /// Over a limit, or about nobody.
    #[error("malformed notice")]
    Malformed,
    /// The node, or a state of the member list it names, is not known here yet.
    #[error("notice of an unknown member")]
    UnknownMember,
    /// The node was shut out before it said this.
    #[error("notice of a member that was shut out")]
    Revoked,
    /// Not signed by the node.
    #[error("notice is not signed by its node")]
    Signature,
    /// It breaks a rule of grants.
    #[error("notice breaks a rule: {0}")]
    Rule(GrantFault),
    /// It breaks a rule of campaigns.
    #[error("notice breaks a rule of campaigns: {0}")]
    Campaign(CampaignFault),
    /// It breaks a rule of how the regulation is kept.
    #[error("notice breaks a rule of conduct: {0}")]
    Conduct(ConductFault),
    /// It breaks a rule of incidents.
    #[error("notice breaks a rule of incidents: {0}")]
    Disruption(DisruptionFault),
    /// It breaks a rule of the catalog of kinds.
    #[error("notice breaks a rule of the catalog: {0}")]
    Kind(KindFault),
    /// More alerts of one node than are kept.
    #[error("too many alerts of one node")]
    TooMany,
    /// Its unit may not say this.
    #[error("notice without the right: {0}")]
    NoRight(Refusal),
}

impl NoticeRefusal {
    /// Whether it may be taken later, when control records or other notices have come.
    pub fn is_early(self) -> bool {
        matches!(
            self,
            Self::UnknownMember
                | Self::Rule(GrantFault::UnknownUnit | GrantFault::UnknownGrant)
                | Self::Campaign(CampaignFault::NotBelow | CampaignFault::UnknownCampaign)
                | Self::Conduct(ConductFault::UnknownUnit | ConductFault::Unknown)
                | Self::Disruption(DisruptionFault::UnknownDisruption)
                | Self::NoRight(Refusal::UnknownUnit)
        )
    }
}

/// An alert that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAlert {
    /// The unit whose node raised it.
    pub unit: UnitId,
    /// When, by that node's clock.
    pub at: Timestamp,
    /// What.
    pub alert: Alert,
}

/// Whom a notice concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Circle {
    /// Units it names; those above them are concerned too.
    named: BTreeSet<UnitId>,
    /// Units all below which are concerned.
    below: BTreeSet<UnitId>,
}

impl Circle {
    fn holds(&self, unit: &UnitId, tree: &UnitTree) -> bool {
        tree.get(unit).is_some_and(|unit| unit.tier == Tier::Three)
            || self.named.iter().any(|it| tree.is_within(it, unit))
            || self.below.iter().any(|it| tree.is_within(it, unit) || tree.is_within(unit, it))
    }
}

/// The notices a node holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    grants: Grants,
    findings: Findings,
    campaigns: Campaigns,
    conduct: Conduct,
    alerts: BTreeMap<Hash, KeptAlert>,
    calendar: Decisions,
    disruptions: Disruptions,
    kinds: ChangeKinds,
    circles: BTreeMap<Hash, Circle>,
}

impl Board {
    /// What persons and bodies said of how they keep the regulation.
    pub fn conduct(&self) -> &Conduct {
        &self.conduct
    }

    /// The rights given by document.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// What inspections found.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The campaigns of declarations and the requests.
    pub fn campaigns(&self) -> &Campaigns {
        &self.campaigns
    }

    /// The alerts with their ids.
    pub fn alerts(&self) -> impl Iterator<Item = (&Hash, &KeptAlert)> {
        self.alerts.iter()
    }

    /// The decided years of the calendar.
    pub fn calendar(&self) -> &Decisions {
        &self.calendar
    }

    /// The incidents of the system.
    pub fn disruptions(&self) -> &Disruptions {
        &self.disruptions
    }

    /// How many notices there are.
    pub fn len(&self) -> usize {
        self.circles.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.circles.is_empty()
    }

    /// Whether a notice is held.
    pub fn has(&self, id: &Hash) -> bool {
        self.circles.contains_key(id)
    }

    /// The ids of the notices that concern the node of `unit`, in order.
    pub fn ids_for<'a>(
        &'a self,
        unit: &'a UnitId,
        tree: &'a UnitTree,
    ) -> impl Iterator<Item = &'a Hash> {
        self.circles.iter().filter(|(_, circle)| circle.holds(unit, tree)).map(|(id, _)| id)
    }

    /// Whether a notice that is held concerns the node of `unit`.
    pub fn concerns(&self, id: &Hash, unit: &UnitId, tree: &UnitTree) -> bool {
        self.circles.get(id).is_some_and(|circle| circle.holds(unit, tree))
    }

    /// Judges a notice: who signed, and the law against the tree of today and those before it,
    /// because what was given by the law of its day stands.
    ///
    /// # Errors
    /// [`NoticeRefusal`].
    pub fn judge(
        &self,
        signed: &SignedNotice,
        members: &MemberList,
        trees: &[&UnitTree],
        crypto: &dyn Crypto,
    ) -> Result<(), NoticeRefusal> {
        if !signed.is_within_limits() {
            return Err(NoticeRefusal::Malformed);
        }
        let Notice { node, members: number, saying, .. } = &signed.notice;
        let member = members.get(node).filter(|_| *number <= members.number());
        let member = member.ok_or(NoticeRefusal::UnknownMember)?;
        if !signed.is_signed_by(&member.change_key, crypto) {
            return Err(NoticeRefusal::Signature);
        }
        if member.revoked.as_ref().is_some_and(|(revoked, _)| revoked <= number) {
            return Err(NoticeRefusal::Revoked);
        }
        let mut answer = Err(GrantFault::UnknownUnit);
        for tree in trees {
            let judged = match saying {
                Saying::Grant(act) => grant::lawful(act, &member.unit, &self.grants, tree),
                Saying::Inspection(act) => {
                    inspection::lawful(act, &member.unit, &self.grants, tree)
                }
                Saying::Campaign(act) => {
                    return self.judge_campaign(act, *node, &member.unit, trees);
                }
                Saying::Conduct(act) => return self.judge_conduct(act, &member.unit, trees),
                Saying::Alert(_) => return Ok(()),
                Saying::CalendarYear(decision) => {
                    let person = &decision.by.full_name;
                    let act = Action::ManageCalendar;
                    return of_tier_three(&act, *node, &member.unit, person, trees)
                        .map_err(NoticeRefusal::NoRight);
                }
                Saying::Disruption(said) => {
                    return self.judge_disruption(said, *node, &member.unit, trees);
                }
                Saying::ChangeKind(kind) => {
                    of_tier_three(&Action::ManageKinds, *node, &member.unit, &kind.by, trees)
                        .map_err(NoticeRefusal::NoRight)?;
                    return self.kinds.judge(kind).map_err(NoticeRefusal::Kind);
                }
            };
            match judged {
                Ok(()) => return Ok(()),
                Err(fault) if answer == Err(GrantFault::UnknownUnit) => answer = Err(fault),
                Err(_) => {}
            }
        }
        answer.map_err(NoticeRefusal::Rule)
    }

    fn judge_disruption(
        &self,
        said: &DisruptionAct,
        node: NodeId,
        unit: &UnitId,
        trees: &[&UnitTree],
    ) -> Result<(), NoticeRefusal> {
        of_tier_three(&Action::AnnounceIncident, node, unit, said.by(), trees)
            .map_err(NoticeRefusal::NoRight)?;
        self.disruptions.judge(said).map_err(NoticeRefusal::Disruption)
    }

    fn judge_campaign(
        &self,
        act: &CampaignAct,
        node: NodeId,
        unit: &UnitId,
        trees: &[&UnitTree],
    ) -> Result<(), NoticeRefusal> {
        let mut answer = Err(CampaignFault::NotBelow);
        for tree in trees {
            match self.campaigns.judge(act, node, unit, tree) {
                Ok(()) => return Ok(()),
                Err(fault) if answer == Err(CampaignFault::NotBelow) => answer = Err(fault),
                Err(_) => {}
            }
        }
        answer.map_err(NoticeRefusal::Campaign)
    }

    fn judge_conduct(
        &self,
        act: &ConductAct,
        unit: &UnitId,
        trees: &[&UnitTree],
    ) -> Result<(), NoticeRefusal> {
        let mut answer = Err(ConductFault::UnknownUnit);
        for tree in trees {
            match conduct::lawful(act, unit, &self.conduct, tree) {
                Ok(()) => return Ok(()),
                Err(fault) if answer == Err(ConductFault::UnknownUnit) => answer = Err(fault),
                Err(_) => {}
            }
        }
        answer.map_err(NoticeRefusal::Conduct)
    }

    /// Takes a notice that was judged, or that comes from the own store.
    ///
    /// # Errors
    /// [`NoticeRefusal`]; the board is then as before.
    pub fn take(
        &mut self,
        signed: &SignedNotice,
        members: &MemberList,
    ) -> Result<Hash, NoticeRefusal> {
        let id = signed.id();
        let Notice { node, at, saying, .. } = &signed.notice;
        let unit = members.get(node).map(|member| member.unit.clone());
        let unit = unit.ok_or(NoticeRefusal::UnknownMember)?;
        let circle = match saying {
            Saying::Alert(alert) => {
                if alert.person.trim().is_empty() {
                    return Err(NoticeRefusal::Malformed);
                }
                let raised = self.alerts.values().filter(|kept| kept.unit == unit).count();
                if raised >= ALERTS_MAX && !self.alerts.contains_key(&id) {
                    return Err(NoticeRefusal::TooMany);
                }
                let kept = KeptAlert { unit: unit.clone(), at: *at, alert: alert.clone() };
                self.alerts.insert(id, kept);
                Circle { named: BTreeSet::from([unit]), below: BTreeSet::new() }
            }
            Saying::Campaign(act) => {
                self.campaigns.apply(id, &unit, *at, act).map_err(NoticeRefusal::Campaign)?;
                match act.as_ref() {
                    CampaignAct::Open(campaign) => {
                        let below = campaign.units.clone();
                        Circle { named: BTreeSet::from([unit]), below }
                    }
                    CampaignAct::Remind { campaign, .. } | CampaignAct::Close { campaign, .. } => {
                        self.circles.get(campaign).cloned().unwrap_or_default()
                    }
                }
            }
            Saying::CalendarYear(decision) => {
                self.calendar.take(id, *at, decision.as_ref().clone());
                // Every unit counts by it.
                Circle { named: BTreeSet::new(), below: BTreeSet::from([unit]) }
            }
            Saying::Disruption(said) => {
                self.disruptions.apply(id, *at, said).map_err(NoticeRefusal::Disruption)?;
                // Everybody sees why nothing answers.
                Circle { named: BTreeSet::new(), below: BTreeSet::from([unit]) }
            }
            Saying::ChangeKind(kind) => {
                self.kinds.take(id, *at, kind).map_err(NoticeRefusal::Kind)?;
                // Every node judges by it.
                Circle { named: BTreeSet::new(), below: BTreeSet::from([unit]) }
            }
            Saying::Grant(act) => {
                let origin = Origin { id, unit: unit.clone(), at: *at };
                self.grants.apply(origin, act).map_err(NoticeRefusal::Rule)?;
                match (act.as_ref(), act.grant().and_then(|it| self.circles.get(&it))) {
                    (GrantAct::Give(giving), _) => {
                        let mut named = BTreeSet::from([unit]);
                        if let Grantee::Unit(to) | Grantee::Person { unit: to, .. } =
                            &giving.grantee
                        {
                            named.insert(to.clone());
                        }
                        Circle { named, below: giving.scope.units.clone() }
                    }
                    (_, circle) => circle.cloned().unwrap_or_default(),
                }
            }
            Saying::Inspection(act) => {
                let origin = Origin { id, unit: unit.clone(), at: *at };
                self.findings.apply(origin, act).map_err(NoticeRefusal::Rule)?;
                match (act.as_ref(), act.finding().and_then(|it| self.circles.get(&it))) {
                    (InspectAct::Find(finding), _) => {
                        let named = BTreeSet::from([unit, finding.unit.clone()]);
                        Circle { named, below: BTreeSet::new() }
                    }
                    (_, circle) => circle.cloned().unwrap_or_default(),
                }
            }
            Saying::Conduct(act) => {
                let origin = Origin { id, unit: unit.clone(), at: *at };
                self.conduct.apply(origin, act).map_err(NoticeRefusal::Conduct)?;
                let known = act.about().and_then(|about| self.circles.get(&about)).cloned();
                known.unwrap_or_else(|| circle_of_conduct(act, unit))
            }
        };
        self.circles.insert(id, circle);
        Ok(id)
    }

    /// How many notices a notice follows on, one on the other: those come first.
    pub fn depth(signed: &SignedNotice) -> u8 {
        match &signed.notice.saying {
            Saying::Grant(act) => u8::from(act.grant().is_some()),
            Saying::Alert(_) | Saying::CalendarYear(_) | Saying::ChangeKind(_) => 0,
            Saying::Inspection(act) => 1 + u8::from(act.finding().is_some()),
            Saying::Campaign(act) => u8::from(act.campaign().is_some()),
            Saying::Conduct(act) => u8::from(act.about().is_some()),
            Saying::Disruption(said) => u8::from(said.disruption().is_some()),
        }
    }
}

/// Whom a statement concerns that follows on none: the rules of a body those below it, a ticket the
/// body it is laid before.
fn circle_of_conduct(act: &ConductAct, unit: UnitId) -> Circle {
    let (mut named, mut below) = (BTreeSet::from([unit.clone()]), BTreeSet::new());
    match act {
        ConductAct::Publish(_) => drop(below.insert(unit)),
        ConductAct::Raise(ticket) => drop(named.insert(ticket.to.clone())),
        _ => {}
    }
    Circle { named, below }
}

/// Whether the node of `unit` may do what tier 3 alone does, by one of the trees (Điều 7.3). That the
/// person is its administrator was asked where she signed in.
fn of_tier_three(
    act: &Action,
    node: NodeId,
    unit: &UnitId,
    person: &str,
    trees: &[&UnitTree],
) -> Result<(), Refusal> {
    let (unit, person) = (unit.clone(), person.to_owned());
    let actor = Actor { node, unit, role: Role::Administrator, person };
    let mut answer = Err(Refusal::UnknownUnit);
    for tree in trees {
        let authority = permission::Authority {
            tree,
            custodian: None,
            allow_optional_holders: false,
            granted: &Granted::NOTHING,
        };
        match permission::authorize(act, &actor, &authority) {
            Ok(()) => return Ok(()),
            Err(refusal) if answer == Err(Refusal::UnknownUnit) => answer = Err(refusal),
            Err(_) => {}
        }
    }
    answer
}

impl GrantsHeld for Board {
    fn kinds(&self) -> &ChangeKinds {
        &self.kinds
    }

    fn held(&self, asked: &Asked<'_>) -> Granted {
        let at = Timestamp::from_millis(asked.at_seconds.saturating_mul(1_000));
        let done = if asked.let_in { Done::LetIn(at) } else { Done::At(at) };
        let (custodian, unit) = (asked.custodian, &asked.actor.unit);
        // Who keeps a dossier needs no grant for it.
        if unit == custodian {
            return Granted::NOTHING;
        }
        let mut delegation: Option<Delegated> = None;
        for (grant, terms) in self.grants.delegations(unit, custodian, asked.dossier, done) {
            let sections = match (terms.sections, delegation.map(|held| held.sections)) {
                (None, _) | (_, Some(Sections::All)) => Sections::All,
                (Some(more), None) => Sections::Only(more),
                (Some(more), Some(Sections::Only(some))) => Sections::Only(&some | &more),
            };
            delegation = Some(Delegated { by: grant.origin.unit.clone(), sections });
        }
        let order = |dossier| self.grants.corrects(custodian, dossier, done);
        // Reading is no change: consent and mission are asked for where somebody reads.
        Granted {
            delegation,
            correction_order: asked.dossier.is_some_and(order),
            ..Granted::NOTHING
        }
    }
}
