//! What persons and Sở Nội vụ ask of a node about accounts, and what it answers.

use std::fmt;

use dossier::{
    Role, Timestamp, UnitId,
    account::{AccountAct, Login, Rights},
};
use protocol::account::SignedAccountEntry;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A password or a code on its way; wiped when it is dropped, never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps what a person typed.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a session is shown by; whoever has it has the session.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub [u8; 32]);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// An order or a question about accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountOrder {
    /// An act of Sở Nội vụ; only the tier-3 node can. Its one-time code, where it gives one, is
    /// drawn by the node.
    Act(Box<AccountAct>),
    /// Signed entries that were carried by hand.
    Deliver(Vec<SignedAccountEntry>),
    /// The signed entries after this number, to be carried by hand.
    Papers(u64),
    /// Every account, with its persons.
    List,
    /// A person sets her first password with a one-time code.
    Activate {
        /// Who, as it was typed.
        login: String,
        /// The code.
        code: Secret,
        /// The password.
        password: Secret,
    },
    /// A person signs in.
    SignIn {
        /// Who, as it was typed.
        login: String,
        /// Her password.
        password: Secret,
        /// The digits of the second factor.
        second: Option<Secret>,
    },
    /// A person changes her password, in her session.
    Change {
        /// The present one.
        old: Secret,
        /// The next one.
        new: Secret,
    },
    /// A person who has no second factor gets one, in her session.
    Second {
        /// Her password.
        password: Secret,
    },
    /// The session ends.
    SignOut,
    /// Whose session is it?
    Who,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountAnswer {
    /// The act is on the list.
    Acted {
        /// Its number.
        number: u64,
        /// The one-time code, shown this once.
        code: Option<Secret>,
        /// When the code ends.
        until: Option<Timestamp>,
    },
    /// How far the list reaches after what was carried.
    Delivered {
        /// Number of its newest entry.
        number: u64,
    },
    /// The entries that were asked for.
    Papers(Vec<SignedAccountEntry>),
    /// Every account.
    List(AccountsShown),
    /// The first password is set.
    Activated {
        /// What the telephone reads, where a second factor is asked for; shown this once.
        second: Option<Secret>,
    },
    /// The person is signed in.
    SignedIn {
        /// The session.
        token: Token,
        /// Who.
        who: WhoShown,
        /// Her sign-ins before this one, newest last (Điều 6.3).
        before: Vec<Timestamp>,
        /// Whether another session of hers ended by it.
        ended_another: bool,
    },
    /// The password is changed; every other session of the person ended.
    Changed,
    /// The session has ended.
    SignedOut,
    /// Whose session it is.
    Who(WhoShown),
}

/// A session, as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoShown {
    /// Her login.
    pub login: Login,
    /// Her name.
    pub full_name: String,
    /// Whose account she uses.
    pub unit: UnitId,
    /// Her capacity.
    pub role: Role,
    /// Whether she may not work before she answers for her duties of this year (Điều 12.3).
    pub owes_duties: bool,
    /// When the session ends if nothing is asked.
    pub idle_until: Timestamp,
    /// When it ends in any case.
    pub until: Timestamp,
}

/// The accounts as a node knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsShown {
    /// Number of the newest act.
    pub number: u64,
    /// Document of the delegation by UBND tỉnh, while it lasts (Điều 7).
    pub delegation: Option<String>,
    /// When a superior was last heard, where that counts.
    pub heard: Option<Timestamp>,
    /// The accounts, in the order of units.
    pub accounts: Vec<AccountShown>,
}

/// The account of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountShown {
    /// Whose.
    pub unit: UnitId,
    /// What its users may do.
    pub rights: Rights,
    /// Number of the written agreement, for a unit under a body.
    pub agreement: Option<String>,
    /// Why it was revoked.
    pub revoked: Option<String>,
    /// Its persons.
    pub persons: Vec<PersonShown>,
}

/// A person of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonShown {
    /// Her login.
    pub login: Login,
    /// Her name.
    pub full_name: String,
    /// Her capacity.
    pub role: Role,
    /// Number of the decision that assigned her.
    pub decision: String,
    /// The newest year for which she answered for her duties (Điều 12.3).
    pub acknowledged: Option<i16>,
    /// How she stands today, as a stable code.
    pub standing: String,
}
