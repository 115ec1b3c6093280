//! Who sits at this node: passwords, one-time codes, locks and sessions of named persons.
//!
//! What Sở Nội vụ decides about accounts comes with the account list and holds everywhere. What a
//! person proves herself with stays at the node where she sits: verifiers and locks lie in tables
//! that no peer is offered, sessions in memory alone. [`Porter`] decides and is given the moment
//! and the randomness; slow work (argon2id) is done outside it, between [`Porter::knock`] and
//! [`Porter::settle`], so that nobody who guesses holds up the node.
//!
//! There is no way to a new password but a new one-time code, and no way to a code but an act of
//! Sở Nội vụ (Điều 16.6). The code may come over the network or by hand; it is checked against the
//! signed list, so that it works without a network too.
//!
//! **Invariants:** a guess is written down before it is evaluated; a session is judged again, on
//! the account list of that moment, at everything it asks for.

mod archiving;
mod code;
mod conducting;
mod copying;
mod counter;
mod credential;
mod door;
mod granting;
mod guard;
mod order;
mod password;
mod porter;
mod reviewing;
mod searching;
mod second;
mod session;

use dossier::{
    NodeId, Timestamp, UnitId, account::Accounts, conduct::Conduct, grant::Grants, unit::UnitTree,
};
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use protocol::{Records, member::MemberList};

pub use code::Code;
pub use order::{
    AccountAnswer, AccountOrder, AccountShown, AccountsShown, PersonShown, Secret, Token, WhoShown,
};
pub(crate) use password::stretch;
pub use password::{Cost, PolicyFault, Verifier, judge_password};
pub use porter::{Decided, Knock, Porter, Purpose, Riddle, Settled};
pub use reviewing::{AccessReview, Doubt, SILENT_DAYS};
pub use second::Seed;

pub(crate) use counter::answer;

/// The bounds a node's persons live by. The defaults are what an installation runs with; tests
/// take a cheaper hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Cost of one evaluation of a password.
    pub cost: Cost,
    /// A session ends after so long without a request, in milliseconds.
    pub idle_ms: i64,
    /// A session ends after so long in any case, in milliseconds.
    pub session_ms: i64,
    /// Accounts are usable so long after a superior was last heard, in milliseconds.
    pub offline_ms: i64,
    /// What a second session of one person does.
    pub second_session: SecondSession,
    /// Whether nobody works before she answered for her duties of the year (Điều 12.3).
    pub acknowledge: bool,
}

impl Rules {
    /// What an installation sets, over what every node runs with.
    pub fn of(settings: config::AccountSettings) -> Self {
        let second_session = match settings.second_session_refused {
            true => SecondSession::IsRefused,
            false => SecondSession::EndsFirst,
        };
        let offline_ms = i64::from(settings.offline_days) * 24 * 60 * 60 * 1000;
        let acknowledge = settings.acknowledge;
        Self { second_session, offline_ms, acknowledge, ..Self::default() }
    }
}

/// What happens when a person signs in twice (Điều 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondSession {
    /// The first session ends.
    EndsFirst,
    /// The second is refused while the first lasts.
    IsRefused,
}

impl Default for Rules {
    fn default() -> Self {
        const MINUTE: i64 = 60 * 1000;
        Self {
            cost: Cost::DEFAULT,
            idle_ms: 15 * MINUTE,
            session_ms: 10 * 60 * MINUTE,
            offline_ms: 30 * 24 * 60 * MINUTE,
            second_session: SecondSession::EndsFirst,
            acknowledge: true,
        }
    }
}

/// What the porter looks at: the accounts and the organisation as the node knows them, its own
/// tables, and the moment.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The accounts.
    pub accounts: &'a Accounts,
    /// Number of the newest act on them.
    pub number: u64,
    /// The organisation.
    pub tree: &'a UnitTree,
    /// Which unit has a node.
    pub members: &'a MemberList,
    /// This node.
    pub node: NodeId,
    /// Its unit.
    pub unit: &'a UnitId,
    /// Rights given by document.
    pub grants: &'a Grants,
    /// What persons and bodies said of how they keep the regulation.
    pub conduct: &'a Conduct,
    /// The node's tables.
    pub records: &'a dyn Records,
    /// The moment.
    pub now: Timestamp,
}

impl View<'_> {
    /// The day it is in Vietnam, by whose days assignments count.
    pub(crate) fn today(&self) -> Date {
        let at = jiff::Timestamp::from_millisecond(self.now.as_millis());
        let east = TimeZone::fixed(Offset::constant(7));
        at.map_or(Date::ZERO, |at| at.to_zoned(east).date())
    }

    /// Whether persons of `unit` sit at this node: no node stands nearer to them.
    fn serves(&self, unit: &UnitId) -> bool {
        let own = self.members.active_for(unit);
        let nearest = own.or_else(|| self.members.superior_of(unit, self.tree));
        nearest.is_some_and(|member| member.node == self.node)
    }
}

#[cfg(test)]
mod tests;
