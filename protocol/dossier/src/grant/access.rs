//! Who may see a dossier, and what a person may see, each with the ground it stands on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{GrantKind, Grantee, Grants, Today};
use crate::account::{Accounts, Login, Right, Standing};
use crate::unit::{Tier, UnitTree};
use crate::{DossierId, Hash, UnitId};

/// On what a right to see stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The unit keeps the dossier, and a decision assigns the person (Điều 15.2).
    Assignment {
        /// Number of the decision.
        decision: String,
    },
    /// The same at a body above the unit that keeps it (Điều 7.2, 7.3).
    BodyAbove {
        /// Number of the decision.
        decision: String,
    },
    /// The unit keeps the dossier or stands above, and has no account yet: whoever sits at its
    /// machine (Điều 6).
    NoAccountYet,
    /// A grant by document (Điều 8.1, 14.4).
    Grant {
        /// Which.
        id: Hash,
        /// What it is.
        kind: GrantKind,
        /// Number of the document.
        document: String,
    },
}

/// Who may see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Access {
    /// Who.
    pub grantee: Grantee,
    /// Her name, where an account gives one.
    pub full_name: String,
    /// On what ground.
    pub ground: Ground,
    /// Only these sections; empty for the whole form.
    pub sections: BTreeSet<String>,
}

/// What somebody may see, and on what ground.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reach {
    /// Dossiers kept in these units and those under them; where several lists, in each of them.
    pub units: Vec<BTreeSet<UnitId>>,
    /// Only these dossiers; empty for all of the units.
    pub dossiers: BTreeSet<DossierId>,
    /// Only these sections; empty for the whole form.
    pub sections: BTreeSet<String>,
    /// On what ground.
    pub ground: Ground,
}

/// What is looked at to answer.
#[derive(Debug, Clone, Copy)]
pub struct Shows<'a> {
    /// The accounts.
    pub accounts: &'a Accounts,
    /// The grants.
    pub grants: &'a Grants,
    /// The organisation.
    pub tree: &'a UnitTree,
    /// The day.
    pub today: Today,
}

/// Who may see `dossier`, which `custodian` keeps: those assigned there, the bodies above, and
/// whom a document lets.
pub fn who(dossier: &DossierId, custodian: &UnitId, shows: Shows<'_>) -> Vec<Access> {
    let Shows { accounts, grants, tree, today } = shows;
    let mut all: Vec<Access> = Vec::new();
    let above = tree.ancestors(custodian).filter(|unit| unit.tier != Tier::Province);
    let units: Vec<&UnitId> = std::iter::once(custodian).chain(above.map(|it| &it.id)).collect();
    for unit in units {
        if accounts.unit(unit).is_none() {
            all.push(Access {
                grantee: Grantee::Unit(unit.clone()),
                full_name: String::new(),
                ground: Ground::NoAccountYet,
                sections: BTreeSet::new(),
            });
        }
    }
    for (login, known) in accounts.persons() {
        let reaches = assigned(login, shows).iter().any(|scope| tree.is_within(custodian, scope));
        if !reaches {
            continue;
        }
        let decision = known.decision.number.clone();
        let own = known.unit == *custodian;
        all.push(Access {
            grantee: Grantee::Person { unit: known.unit.clone(), login: login.clone() },
            full_name: known.person.full_name.clone(),
            ground: if own {
                Ground::Assignment { decision }
            } else {
                Ground::BodyAbove { decision }
            },
            sections: BTreeSet::new(),
        });
    }
    for (id, grant) in grants.readings(custodian, dossier, today, tree) {
        let (kind, document) = (grant.giving.kind, grant.giving.document.number.clone());
        all.push(Access {
            grantee: grant.giving.grantee.clone(),
            full_name: name_of(&grant.giving.grantee, accounts),
            ground: Ground::Grant { id: *id, kind, document },
            sections: grant.terms.sections.clone().unwrap_or_default(),
        });
    }
    all
}

impl Shows<'_> {
    /// What the person with this login may see.
    pub fn what(self, login: &Login) -> Vec<Reach> {
        let mut all = Vec::new();
        let scopes = assigned(login, self);
        if let Some(known) = self.accounts.person(login).filter(|_| !scopes.is_empty()) {
            all.push(Reach {
                units: vec![scopes],
                dossiers: BTreeSet::new(),
                sections: BTreeSet::new(),
                ground: Ground::Assignment { decision: known.decision.number.clone() },
            });
        }
        for (id, grant) in self.grants.iter() {
            let named =
                matches!(&grant.giving.grantee, Grantee::Person { login: it, .. } if it == login);
            if !named || !grant.giving.kind.reads() || !grant.terms.holds(self.today) {
                continue;
            }
            let (kind, document) = (grant.giving.kind, grant.giving.document.number.clone());
            all.push(Reach {
                units: grant.terms.units.iter().cloned().collect(),
                dossiers: grant.terms.dossiers.clone().unwrap_or_default(),
                sections: grant.terms.sections.clone().unwrap_or_default(),
                ground: Ground::Grant { id: *id, kind, document },
            });
        }
        all
    }
}

/// The units whose subtrees a person reads by her assignment; none where it does not stand today
/// or does not carry the right.
fn assigned(login: &Login, shows: Shows<'_>) -> BTreeSet<UnitId> {
    let Shows { accounts, tree, today, .. } = shows;
    let Standing::Active(known) = accounts.standing(login, today.latest()) else {
        return BTreeSet::new();
    };
    let rights = accounts.unit(&known.unit).map(|account| &account.rights);
    let Some(rights) = rights.filter(|rights| rights.acts.contains(&Right::Read)) else {
        return BTreeSet::new();
    };
    // A unit of tier 1 sees its own dossiers, a body above also those under it (Điều 7.1, 7.2).
    let own = BTreeSet::from([known.unit.clone()]);
    let within = |unit: &&UnitId| tree.is_within(unit, &known.unit);
    match rights.scope.is_empty() {
        true => own,
        false => rights.scope.iter().filter(within).cloned().collect(),
    }
}

fn name_of(grantee: &Grantee, accounts: &Accounts) -> String {
    match grantee {
        Grantee::Unit(_) => String::new(),
        Grantee::Person { login, .. } => {
            accounts.person(login).map(|known| known.person.full_name.clone()).unwrap_or_default()
        }
        Grantee::Outsider { full_name, .. } => full_name.clone(),
    }
}
