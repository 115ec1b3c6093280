//! Whether an author had the right: the law, asked with what this node knows.

use dossier::{
    DossierId, Hash, LegalBasis, NodeId, Review, Role, UnitId,
    custody::{CustodyChain, CustodyRecord},
    form::Touched,
    permission::{
        self, Action, Actor, Authority as Rights, Entered, Officers, Refusal, acts_of,
        withstand_closing, withstand_lacking,
    },
    plant::{self, Plant},
    unit::UnitTree,
};

use super::{Asked, Authority, HoldReason, Moments, QuarantineReason, Verdict};
use crate::{
    envelope::{Author, Meta},
    lines::{NewChange, Proven},
    member::Member,
};

/// What the law asks of the history a change stands in.
pub(super) trait History {
    /// What a change touches.
    fn touched(&self, change: &Hash) -> Option<Touched>;

    /// Who wrote a change that was known before, and what its envelope says; `None` unless `change`
    /// builds on it.
    fn known(&self, change: &Hash, earlier: &Hash) -> Option<(Author, &Meta)>;

    /// Whether the dossier was closed as far as `change` knew (Điều 11.3).
    fn was_closed(&self, change: &Hash) -> bool;

    /// Whether the dossier was opened by a phiếu of which nothing was approved, as far as `change` knew
    /// (Điều 3.2).
    fn lacked_form(&self, change: &Hash) -> bool;

    /// Whether `change` builds on another.
    fn builds_on(&self, change: &Hash, earlier: &Hash) -> bool;
}

/// What stands in a dossier before a change that is being made.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// Who entered a change that is there.
    pub entered: &'a dyn Fn(&Hash) -> Option<Entered>,
    /// Whether the dossier is closed (Điều 11.3).
    pub closed: bool,
    /// Whether it was opened by a phiếu of which nothing is approved (Điều 3.2).
    pub lacks_form: bool,
}

impl Before<'_> {
    /// A dossier of which nothing is asked.
    pub const NOTHING: Before<'static> =
        Before { entered: &|_| None, closed: false, lacks_form: false };
}

impl std::fmt::Debug for Before<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Before").field("closed", &self.closed).finish_non_exhaustive()
    }
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
        touched: &Touched,
        asked: &Asked<'_>,
        before: &Before<'_>,
    ) -> Result<(), Refusal> {
        let Before { entered, closed, lacks_form } = before;
        self.know_kind(&meta.basis)?;
        let (basis, review) = (&meta.basis, meta.review);
        let acts = acts_of(basis, review, touched, self.sides, asked.custodian, entered)?;
        if *closed {
            withstand_closing(&acts)?;
        }
        if *lacks_form {
            withstand_lacking(touched)?;
        }
        acts.iter().try_for_each(|action| self.permit(action, asked))
    }

    /// Whether the kind of change that a decision names is in the catalog (Điều 9.2 a).
    fn know_kind(&self, basis: &LegalBasis) -> Result<(), Refusal> {
        match basis.decision().and_then(|it| it.kind) {
            Some(kind) if !self.grants.kinds().knows(kind) => Err(Refusal::UnknownKind),
            _ => Ok(()),
        }
    }

    /// An entry into a dossier of `custodian` as its review asks for it; `None` of a node that is no
    /// member.
    pub fn entered(&self, author: &Author, meta: &Meta, custodian: &UnitId) -> Option<Entered> {
        let unit = &self.members.get(&author.node)?.unit;
        let elsewhere = meta.review == Review::Awaiting && unit != custodian;
        let delegated_to = elsewhere.then(|| unit.clone());
        Some(Entered { delegated_to, ..Entered::by(&meta.person) })
    }

    /// Whether what is judged was let in before by a custodian or above it.
    fn has_let_in(&self, custodian: &UnitId) -> bool {
        self.let_in_by.is_some_and(|unit| self.tree.is_within(custodian, unit))
    }

    /// Whether what `unit` does in a dossier of `custodian` waits for what was forgotten here.
    fn waits_for_word(&self, unit: &UnitId, custodian: &UnitId, let_in: bool) -> bool {
        !let_in && unit != custodian && self.unheard == Some(custodian)
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
        let_in: authority.has_let_in(unit),
    };
    // The record says nothing of a review; the change that comes with it does.
    let action = Action::CreateDossier { unit: unit.clone(), review: Review::Awaiting };
    authority
        .permitted(&action, &asked)
        .map_err(|_| Verdict::Quarantined(QuarantineReason::Custody))?;
    match authority.waits_for_word(&issuer.unit, unit, asked.let_in) {
        true => Err(Verdict::Held(HoldReason::Unheard)),
        false => Ok(()),
    }
}

/// Judges every new change of a parcel; `moments` tells when each was made. Where that is not known
/// no grant holds.
pub(super) fn judge_rights(
    proven: &Proven<'_>,
    dossier: &DossierId,
    chain: &CustodyChain,
    authority: Authority<'_>,
    history: &impl History,
    moments: Option<&Moments<'_>>,
) -> Result<(), Verdict> {
    let mut last = None;
    for new in &proven.new {
        let touched = history.touched(&new.hash).ok_or_else(super::bytes_refused)?;
        let moment = moment_of(new, chain, authority, moments);
        let closed = history.was_closed(&new.hash);
        let lacked = history.lacked_form(&new.hash);
        // A verdict is judged by what it is on.
        let same = (new.author, new.meta, touched.clone(), moment, closed, lacked);
        let this = touched.docket.is_empty().then_some(same);
        if this.is_some() && last == this {
            continue;
        }
        last = this;
        let entered = |earlier: &Hash| {
            let here = proven.new.iter().find(|one| one.hash == *earlier);
            let (author, meta) = match here.filter(|_| history.builds_on(&new.hash, earlier)) {
                Some(here) => (here.author, here.meta),
                None => history.known(&new.hash, earlier)?,
            };
            let proposes = history.touched(earlier).is_some_and(|it| it.docket.proposes);
            let entered = authority.entered(&author, meta, chain.custodian(author.epoch)?)?;
            Some(Entered { proposes, ..entered })
        };
        judge_one(new, moment, dossier, chain, authority, |asked| {
            let (basis, review) = (&new.meta.basis, new.meta.review);
            authority.know_kind(basis)?;
            let acts =
                acts_of(basis, review, &touched, authority.sides, asked.custodian, &entered)?;
            if closed {
                withstand_closing(&acts)?;
            }
            if lacked {
                withstand_lacking(&touched)?;
            }
            acts.iter().try_for_each(|action| authority.permitted(action, asked))
        })?;
    }
    Ok(())
}

/// Judges what can be known before it is known what a change writes: whether its author may write
/// anything at all on its basis.
pub(super) fn judge_standing(
    proven: &Proven<'_>,
    dossier: &DossierId,
    chain: &CustodyChain,
    authority: Authority<'_>,
    moments: &Moments<'_>,
) -> Result<(), Verdict> {
    let nothing = Touched::nothing(false);
    for new in &proven.new {
        let (basis, review) = (&new.meta.basis, new.meta.review);
        let moment = moment_of(new, chain, authority, Some(moments));
        judge_one(new, moment, dossier, chain, authority, |asked| {
            if *basis == LegalBasis::Office {
                let approves = Action::Approve(Entered::by(""));
                let compares = || authority.permitted(&Action::VerifyPaper, asked);
                let reviews = authority.permitted(&approves, asked);
                return reviews.or_else(|refusal| compares().map_err(|_| refusal));
            }
            let (removes, moves) = (Action::Tombstone(Officers::First), Action::RecordHandover);
            acts_of(basis, review, &nothing, authority.sides, asked.custodian, &|_| None)?
                .iter()
                .try_for_each(|action| authority.permitted(action, asked))
                .or_else(|refusal| authority.permitted(&removes, asked).map_err(|_| refusal))
                .or_else(|refusal| authority.permitted(&moves, asked).map_err(|_| refusal))
        })?;
    }
    Ok(())
}

/// When a change was made at the earliest, in seconds since the Unix epoch, where it needs a grant;
/// `None` where its author's own unit keeps the dossier, so that the right of the post is enough.
fn moment_of(
    new: &NewChange<'_>,
    chain: &CustodyChain,
    authority: Authority<'_>,
    moments: Option<&Moments<'_>>,
) -> Option<i64> {
    let member = authority.members.get(&new.author.node)?;
    if chain.custodian(new.author.epoch) == Some(&member.unit) {
        return None;
    }
    Some(moments.map_or(i64::MAX, |moments| moments.of(&new.hash, new.at_seconds)))
}

/// Asks the law about one change, in the custody and at the moment it was made.
fn judge_one(
    new: &NewChange<'_>,
    moment: Option<i64>,
    dossier: &DossierId,
    chain: &CustodyChain,
    authority: Authority<'_>,
    law: impl Fn(&Asked<'_>) -> Result<(), Refusal>,
) -> Result<(), Verdict> {
    let epoch = new.author.epoch;
    let custodian = chain.custodian(epoch).ok_or(Verdict::Held(HoldReason::UnknownEpoch(epoch)))?;
    if plant::is(Plant::SkipRights) {
        return Ok(());
    }
    let node = new.author.node;
    let member =
        authority.members.get(&node).ok_or(Verdict::Held(HoldReason::UnknownMember(node)))?;
    let actor = actor(node, &member.unit, new.meta.role, &new.meta.person);
    let at_seconds = moment.unwrap_or(new.at_seconds);
    let let_in = authority.has_let_in(custodian);
    let asked = Asked { actor: &actor, dossier: Some(dossier), custodian, at_seconds, let_in };
    law(&asked).map_err(|refusal| {
        Verdict::Quarantined(QuarantineReason::NoRight(refusal.code().to_owned()))
    })?;
    match authority.waits_for_word(&member.unit, custodian, let_in) {
        true => Err(Verdict::Held(HoldReason::Unheard)),
        false => Ok(()),
    }
}

fn actor(node: NodeId, unit: &UnitId, role: Role, person: &str) -> Actor {
    Actor { node, unit: unit.clone(), role, person: person.to_owned() }
}
