//! Whether an author had the right: the law, asked with what this node knows.

use dossier::{
    DossierId, Hash, NodeId, Review, Role, UnitId,
    custody::{CustodyChain, CustodyRecord},
    form::Touched,
    permission::{self, Action, Actor, Authority as Rights, Refusal, acts_of},
    plant::{self, Plant},
    unit::UnitTree,
};

use super::{Asked, Authority, HoldReason, Moments, QuarantineReason, Verdict};
use crate::{
    envelope::{Author, Meta},
    lines::Proven,
    member::Member,
};

/// A change as the law sees it.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Who wrote it.
    pub author: Author,
    /// What its envelope says.
    pub meta: &'a Meta,
    /// When it was made at the earliest, in seconds since the Unix epoch.
    pub at_seconds: i64,
    /// What it touches.
    pub touched: Touched,
}

impl Authority<'_> {
    /// Asks the law, with this node's tree.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn permit(&self, action: &Action, asked: &Asked<'_>) -> Result<(), Refusal> {
        self.permit_by(self.tree, action, asked)
    }

    /// Asks the law about a change that is being made, with this node's tree.
    ///
    /// # Errors
    /// The first rule that forbids it.
    pub fn permit_change(
        &self,
        meta: &Meta,
        touched: Touched,
        asked: &Asked<'_>,
    ) -> Result<(), Refusal> {
        acts_of(&meta.basis, meta.review, touched, self.sides, asked.custodian)
            .iter()
            .try_for_each(|action| self.permit(action, asked))
    }

    /// Asks the law with the trees of all times, for what was written under one of them.
    ///
    /// # Errors
    /// The rule of the present tree that forbids it, when no former one allowed it.
    fn permitted(&self, action: &Action, asked: &Asked<'_>) -> Result<(), Refusal> {
        self.permit(action, asked).or_else(|refusal| {
            let mut former = self.former.iter();
            let stood = former.any(|tree| self.permit_by(tree, action, asked).is_ok());
            if stood { Ok(()) } else { Err(refusal) }
        })
    }

    fn permit_by(
        &self,
        tree: &UnitTree,
        action: &Action,
        asked: &Asked<'_>,
    ) -> Result<(), Refusal> {
        let rights = Rights {
            tree,
            custodian: Some(asked.custodian),
            allow_optional_holders: self.optional_holders,
            granted: &self.grants.held(asked),
        };
        permission::authorize(action, asked.actor, &rights)
    }
}

/// Whether the member that signed it had the right to open the dossier where the record says.
pub(super) fn judge_genesis(
    record: &CustodyRecord,
    issuer: &Member,
    authority: Authority<'_>,
) -> Result<(), Verdict> {
    let unit = &record.to;
    let actor = actor(issuer.node, &issuer.unit, Role::Clerk, "");
    let asked = Asked {
        actor: &actor,
        dossier: Some(&record.dossier),
        custodian: unit,
        at_seconds: record.issued_at.as_seconds(),
    };
    // The record says nothing of a review; the change that comes with it does.
    let action = Action::CreateDossier { unit: unit.clone(), review: Review::Awaiting };
    authority
        .permitted(&action, &asked)
        .map_err(|_| Verdict::Quarantined(QuarantineReason::Custody))
}

/// Judges every new change of a parcel; `touched` tells what a change touches, `moments` when it was
/// made. Where those are not known no grant holds.
pub(super) fn judge_rights(
    proven: &Proven<'_>,
    dossier: &DossierId,
    chain: &CustodyChain,
    authority: Authority<'_>,
    touched: impl Fn(&Hash) -> Option<Touched>,
    moments: Option<&Moments<'_>>,
) -> Result<(), Verdict> {
    let mut last = None;
    for new in &proven.new {
        let touched = touched(&new.hash).ok_or_else(super::bytes_refused)?;
        let epoch = new.author.epoch;
        let custodian =
            chain.custodian(epoch).ok_or(Verdict::Held(HoldReason::UnknownEpoch(epoch)))?;
        let member = authority.members.get(&new.author.node);
        let at_seconds = match moments {
            // Who writes in what his own unit keeps needs no grant.
            _ if member.is_some_and(|member| member.unit == *custodian) => new.at_seconds,
            Some(moments) => moments.of(&new.hash, new.at_seconds),
            None => i64::MAX,
        };
        let by_post = member.is_some_and(|member| member.unit == *custodian);
        // What was given by document holds for a time; the right of a post does not ask for it.
        let this = Some((new.author, new.meta, touched, (!by_post).then_some(at_seconds)));
        if last == this {
            continue;
        }
        last = this;
        let (author, meta) = (new.author, new.meta);
        judge_right(Change { author, meta, at_seconds, touched }, dossier, custodian, authority)?;
    }
    Ok(())
}

/// Whether a change may stand in a dossier held by `custodian`.
///
/// # Errors
/// The quarantine it goes to.
pub fn judge_right(
    change: Change<'_>,
    dossier: &DossierId,
    custodian: &UnitId,
    authority: Authority<'_>,
) -> Result<(), Verdict> {
    if plant::is(Plant::SkipRights) {
        return Ok(());
    }
    let Change { author, meta, at_seconds, touched } = change;
    let member = authority
        .members
        .get(&author.node)
        .ok_or(Verdict::Held(HoldReason::UnknownMember(author.node)))?;
    let actor = actor(author.node, &member.unit, meta.role, &meta.person);
    let asked = Asked { actor: &actor, dossier: Some(dossier), custodian, at_seconds };
    acts_of(&meta.basis, meta.review, touched, authority.sides, custodian)
        .iter()
        .try_for_each(|action| authority.permitted(action, &asked))
        .map_err(|refusal| {
            Verdict::Quarantined(QuarantineReason::NoRight(refusal.code().to_owned()))
        })
}

fn actor(node: NodeId, unit: &UnitId, role: Role, person: &str) -> Actor {
    Actor { node, unit: unit.clone(), role, person: person.to_owned() }
}
