//! Custody: how a dossier passes from one unit to another, so that there is one custodian at any
//! time and anybody can check it offline (Điều 10; `custody/README.md`).
//!
//! A [`Desk`] is one node's seat at the table: it takes an [`Event`] or an [`Order`], reads the rows
//! the node holds and answers with effects, `Commit` first. It remembers nothing between two events,
//! so a crash leaves what the store holds. The roles are rooms of their own: `sender`, `receiver`,
//! `registrar`, `register`, `witness`, and `recovering` for a node whose store went back in time.
//!
//! **Invariants:** a record of an epoch counts with the registrar's, the register's and the
//! witness's signatures and no other way; rows of the chain and of the register are never changed.

mod alarm;
mod catch_up;
mod chain;
mod content;
mod desk;
mod message;
mod noted;
mod ordered;
mod outcome;
mod outside;
mod parties;
mod receiver;
mod recovering;
mod refusal;
mod register;
mod registrar;
mod registrar_ask;
mod rows;
mod seat;
mod sender;
mod statement;
mod succession;
mod transfer;
mod vouching;
mod witness;
mod written;

pub use alarm::Alarm;
pub use chain::{Chain, ChainFault, ForkProof, Link};
pub use content::{Content, Entry, Fate, Fit, Place, Settling, Sorting, Verdict, sort};
pub use desk::{Clock, Desk, Effect, Event, Order};
pub use message::Message;
pub use noted::{About, Cover, Note, read_notes};
pub use ordered::{BegunTakeOver, Ordered, read_begun};
pub(crate) use ordered::{begun_key, begun_of};
pub use outcome::{
    Abort, Closing, Evidence, LogEntry, Outcome, OutcomeFault, Reason, Request, ValidOutcome,
};
pub use outside::{Addressee, Comeback, Reopening};
pub use parties::{Province, Signers};
pub use refusal::Refusal;
pub(crate) use rows::{RECOVERING, epoch_of_link, link_key, pending, read_moving, transfer_of};
pub use rows::{
    Receiving, ReceivingState, Registering, RegisteringState, Sending, SendingState, logged,
    open_transfers, read_aborted, read_chain, read_fork, read_ordered, read_receipt,
    read_receiving, read_registering, read_sending, read_succeeding, recovering,
};
pub use statement::{
    Answer, AnswerCode, Call, Cosignature, Inquiry, Recall, Recalled, Receipt, Release, Resume,
    Said, Standing, Statement, SyncFirst, Withdrawal,
};
pub use succession::{Succeeding, Succession};
pub use transfer::{CaseId, Proposal, Road, TakeOver, TransferId};
