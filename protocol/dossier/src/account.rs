//! Accounts of units and the persons who use them (Điều 6, 7, 14.3, 15.2, 16 of the regulation).
//!
//! The regulation gives the account to the unit and the duty to a person. So an account is a
//! container of rights, and who may use it are named persons, each by a decision of assignment with
//! its days. Sở Nội vụ alone issues, restricts, widens and revokes; what it does is an
//! [`AccountAct`], and the acts in their order are all there is to know: no password is among them.
//!
//! The law is asked in two steps. [`Accounts::judge`] knows the org tree and is asked where an act
//! is made. [`Accounts::apply`] knows the acts alone and is asked everywhere: nodes may hold
//! different versions of the tree while the same chain of acts reaches them, and must come to the
//! same accounts.
//!
//! **Invariants:** a login names one person of the province for life; an act that is refused leaves
//! the accounts as they were; no rule reads a clock, days are arguments.

mod act;
mod fault;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use crate::unit::{Holding, Tier, Unit, UnitTree};
use crate::{Hash, Timestamp, UnitId};

pub use act::{
    AccountAct, Activation, Agreement, Assigning, Decision, Login, Paper, Person, Right, Rights,
};
pub use fault::AccountFault;
pub use standing::{Assignment, Standing, UnitAccount};

/// The number of an act and when it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number in the chain, from 1.
    pub number: u64,
    /// When the register signed.
    pub at: Timestamp,
}

/// How long an activation code may live, in milliseconds: 72 hours.
pub const ACTIVATION_LIFE_MS: i64 = 72 * 60 * 60 * 1000;

/// Every account of the province, as the acts so far have made them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The document by which Sở Nội vụ administers, while it does (Điều 7).
    delegation: Option<Paper>,
    units: BTreeMap<UnitId, UnitAccount>,
    persons: BTreeMap<Login, Assignment>,
    /// Digests of every activation code, so that none is given twice.
    codes: BTreeSet<Hash>,
}

impl Accounts {
    /// The document by which Sở Nội vụ administers accounts, while it does.
    pub fn delegation(&self) -> Option<&Paper> {
        self.delegation.as_ref()
    }

    /// The account of a unit, revoked or not; `None` where none was ever issued.
    pub fn unit(&self, unit: &UnitId) -> Option<&UnitAccount> {
        self.units.get(unit)
    }

    /// Every unit that was issued an account, in the order of ids.
    pub fn units(&self) -> impl Iterator<Item = (&UnitId, &UnitAccount)> {
        self.units.iter()
    }

    /// The newest assignment of a login, ended or not.
    pub fn person(&self, login: &Login) -> Option<&Assignment> {
        self.persons.get(login)
    }

    /// Every login with its newest assignment.
    pub fn persons(&self) -> impl Iterator<Item = (&Login, &Assignment)> {
        self.persons.iter()
    }

    /// Judges an act where it is made, against the org tree of that moment.
    ///
    /// # Errors
    /// The rule that stands in the way.
    pub fn judge(
        &self,
        place: Place,
        act: &AccountAct,
        tree: &UnitTree,
        optional_holders: bool,
    ) -> Result<(), AccountFault> {
        match act {
            AccountAct::Issue { unit, rights, agreement } => {
                let unit = tree.get(unit).ok_or(AccountFault::UnknownUnit)?;
                may_have_account(unit, agreement.as_ref(), tree, optional_holders)?;
                fits_unit(rights, unit, tree)?;
            }
            AccountAct::Widen { unit, rights } => {
                let unit = tree.get(unit).ok_or(AccountFault::UnknownUnit)?;
                fits_unit(rights, unit, tree)?;
            }
            _ => {}
        }
        self.clone().apply(place, act)
    }

    /// Takes an act on what the acts before it say.
    ///
    /// # Errors
    /// The rule it breaks; nothing is then changed.
    pub fn apply(&mut self, place: Place, act: &AccountAct) -> Result<(), AccountFault> {
        if !act.is_well_formed() {
            return Err(AccountFault::Malformed);
        }
        // Điều 7: UBND tỉnh owns the system, Sở Nội vụ runs it by delegation.
        let delegates = matches!(act, AccountAct::DelegateAdministration { .. });
        if self.delegation.is_none() && !delegates {
            return Err(AccountFault::NotDelegated);
        }
        match act {
            AccountAct::DelegateAdministration { document, .. } => {
                if self.delegation.is_some() {
                    return Err(AccountFault::DelegatedAlready);
                }
                self.delegation = Some(document.clone());
            }
            AccountAct::WithdrawAdministration { .. } => self.delegation = None,
            AccountAct::Issue { unit, rights, agreement } => {
                self.issue(place, unit, rights, agreement.as_ref())?;
            }
            AccountAct::Restrict { unit, rights, .. } => self.restrict(place, unit, rights)?,
            AccountAct::Widen { unit, rights } => {
                let account = self.live(unit)?;
                if !rights.is_wider_than(&account.rights) {
                    return Err(AccountFault::NotWider);
                }
                account.rights = rights.clone();
            }
            AccountAct::Revoke { unit, reason } => {
                let account = self.live(unit)?;
                account.revoked = Some(reason.clone());
                account.limited = place.number;
            }
            AccountAct::Assign(assigning) => self.assign(place, assigning)?,
            AccountAct::EndAssignment { unit, login, reason } => {
                let assignment = self.assigned(unit, login)?;
                assignment.ended = Some(reason.clone());
                assignment.limited = place.number;
            }
            AccountAct::Reissue { unit, login, report_to_head, report_to_province, activation } => {
                // Điều 16.6: both reports, or no new password.
                report_to_head.as_ref().ok_or(AccountFault::HeadReportMissing)?;
                report_to_province.as_ref().ok_or(AccountFault::ProvinceReportMissing)?;
                self.live(unit)?;
                self.assigned(unit, login)?;
                self.activate(place, login, activation)?;
            }
        }
        Ok(())
    }

    fn issue(
        &mut self,
        place: Place,
        unit: &UnitId,
        rights: &Rights,
        agreement: Option<&Agreement>,
    ) -> Result<(), AccountFault> {
        if self.units.get(unit).is_some_and(|account| account.revoked.is_none()) {
            return Err(AccountFault::IssuedAlready);
        }
        if agreement.is_some_and(|agreement| !agreement.list.contains(unit)) {
            return Err(AccountFault::NotOnAgreement);
        }
        if rights.acts.is_empty() {
            return Err(AccountFault::NoRights);
        }
        let account = UnitAccount {
            rights: rights.clone(),
            agreement: agreement.cloned(),
            issued: place.number,
            limited: place.number,
            revoked: None,
        };
        self.units.insert(unit.clone(), account);
        Ok(())
    }

    fn restrict(
        &mut self,
        place: Place,
        unit: &UnitId,
        rights: &Rights,
    ) -> Result<(), AccountFault> {
        let account = self.live(unit)?;
        if rights.acts.is_empty() {
            return Err(AccountFault::NoRights);
        }
        if !account.rights.is_wider_than(rights) {
            return Err(AccountFault::NotNarrower);
        }
        account.rights = rights.clone();
        account.limited = place.number;
        Ok(())
    }

    fn assign(&mut self, place: Place, assigning: &Assigning) -> Result<(), AccountFault> {
        let Assigning { unit, person, decision, validity, activation } = assigning;
        let rights = &self.live(unit)?.rights;
        if !rights.carry(person.role) {
            return Err(AccountFault::RoleWithoutRight);
        }
        if let Some(before) = self.persons.get(&person.login) {
            // Điều 5.2, 6.3: an account is not handed on to another person.
            if before.person.full_name != person.full_name {
                return Err(AccountFault::LoginOfAnother);
            }
            if before.decision == *decision {
                return Err(AccountFault::SameDecision);
            }
            if before.unit != *unit && self.is_open(before) {
                return Err(AccountFault::AssignedElsewhere);
            }
        }
        self.may_activate(place, activation)?;
        self.codes.insert(activation.code);
        let assignment = Assignment {
            unit: unit.clone(),
            person: person.clone(),
            decision: decision.clone(),
            validity: *validity,
            activation: activation.clone(),
            activated: place.number,
            limited: place.number,
            ended: None,
        };
        self.persons.insert(person.login.clone(), assignment);
        Ok(())
    }

    /// Whether an assignment was not ended by an act, on itself or on its unit's account.
    fn is_open(&self, assignment: &Assignment) -> bool {
        let account = self.units.get(&assignment.unit);
        assignment.ended.is_none()
            && account.is_some_and(|account| {
                account.revoked.is_none() && account.issued < assignment.activated
            })
    }

    fn may_activate(&self, place: Place, activation: &Activation) -> Result<(), AccountFault> {
        let life = activation.until.as_millis().saturating_sub(place.at.as_millis());
        if !(1..=ACTIVATION_LIFE_MS).contains(&life) {
            return Err(AccountFault::CodeLife);
        }
        if self.codes.contains(&activation.code) {
            return Err(AccountFault::CodeGivenBefore);
        }
        Ok(())
    }

    fn activate(
        &mut self,
        place: Place,
        login: &Login,
        activation: &Activation,
    ) -> Result<(), AccountFault> {
        self.may_activate(place, activation)?;
        let assignment = self.persons.get_mut(login).ok_or(AccountFault::UnknownPerson)?;
        assignment.activation = activation.clone();
        assignment.activated = place.number;
        assignment.limited = place.number;
        self.codes.insert(activation.code);
        Ok(())
    }

    fn live(&mut self, unit: &UnitId) -> Result<&mut UnitAccount, AccountFault> {
        let account = self.units.get_mut(unit).ok_or(AccountFault::NoAccount)?;
        if account.revoked.is_some() { Err(AccountFault::AccountRevoked) } else { Ok(account) }
    }

    fn assigned(&mut self, unit: &UnitId, login: &Login) -> Result<&mut Assignment, AccountFault> {
        let assignment = self.persons.get_mut(login).filter(|known| known.unit == *unit);
        let assignment = assignment.ok_or(AccountFault::UnknownPerson)?;
        if assignment.ended.is_some() { Err(AccountFault::EndedAlready) } else { Ok(assignment) }
    }
}

/// Điều 6.1, 6.2: who keeps dossiers has an account, and the bodies above that answer for them;
/// a unit under them gets one by written agreement.
fn may_have_account(
    unit: &Unit,
    agreement: Option<&Agreement>,
    tree: &UnitTree,
    optional_holders: bool,
) -> Result<(), AccountFault> {
    let keeps = |unit: &Unit| match unit.holds_dossiers {
        Holding::Yes => true,
        Holding::Optional => optional_holders,
        Holding::No => false,
    };
    match unit.tier {
        Tier::Province => return Err(AccountFault::NotHolder),
        Tier::Two | Tier::Three => return Ok(()),
        Tier::One if keeps(unit) => return Ok(()),
        Tier::One => {}
    }
    let answers =
        |above: &Unit| above.tier == Tier::Two || (above.tier == Tier::One && keeps(above));
    if !tree.ancestors(&unit.id).any(answers) {
        return Err(AccountFault::NotHolder);
    }
    let agreement = agreement.ok_or(AccountFault::AgreementMissing)?;
    if agreement.list.contains(&unit.id) { Ok(()) } else { Err(AccountFault::NotOnAgreement) }
}

/// Điều 6.2, 7.3: rights stay within the tier of the unit and the units it answers for.
fn fits_unit(rights: &Rights, unit: &Unit, tree: &UnitTree) -> Result<(), AccountFault> {
    if !rights.scope.iter().all(|scope| tree.is_within(scope, &unit.id)) {
        return Err(AccountFault::ForeignScope);
    }
    let administers = rights.acts.contains(&Right::Administer);
    let enters = rights.acts.contains(&Right::Enter);
    let three = unit.tier == Tier::Three;
    if (administers && !three) || (enters && three) {
        return Err(AccountFault::BeyondTier);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
