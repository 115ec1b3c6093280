//! The account list: what Sở Nội vụ decided about accounts, as a chain every node carries.
//!
//! It concerns everyone: a tier-2 node must know who below it may act, and a person may be assigned
//! anywhere. It holds no secret; of a one-time code it has the digest. Only the register signs it,
//! so that no other node can issue an account (Điều 6.2).

use dossier::account::{AccountAct, AccountFault, Accounts, Place};

use crate::chain::{Act, Book, Chain, Entry, LinkRefusal, Signed};

impl Act for AccountAct {
    const TAG: &'static str = "hoso/account/1";
}

/// An act with its place in the chain.
pub type AccountEntry = Entry<AccountAct>;

/// An entry with the register's signature.
pub type SignedAccountEntry = Signed<AccountAct>;

/// The list as one node knows it.
pub type AccountList = Chain<Accounts>;

/// Why an entry was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefusal {
    /// It is not the next entry.
    #[error(transparent)]
    Link(#[from] LinkRefusal),
    /// It breaks a rule of accounts.
    #[error("entry breaks a rule: {0}")]
    Fault(AccountFault),
}

impl Book for Accounts {
    type Act = AccountAct;
    type Refusal = AccountRefusal;

    fn apply(&mut self, entry: &AccountEntry) -> Result<(), AccountRefusal> {
        let place = Place { number: entry.number, at: entry.at };
        Self::apply(self, place, &entry.act).map_err(AccountRefusal::Fault)
    }
}
