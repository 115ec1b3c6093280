//! The rows of custody: what a node remembers of a dossier's chain and of each transfer.
//!
//! | key in [`Table::Custody`] | row |
//! | --- | --- |
//! | dossier, 0, epoch | a link of the chain |
//! | dossier, 1, transfer | what the sender did |
//! | dossier, 2, transfer | what the receiver did |
//! | dossier, 3, transfer | what the registrar did |
//! | dossier, 4, transfer | the register's `out[tid]`: number of the entry |
//! | dossier, 5, epoch | the register's `rec[dossier, epoch]`: number of the entry |
//! | dossier, 6, transfer | a transfer that came to nothing |
//! | dossier, 7, epoch | the receipt of an epoch |
//! | dossier, 8 | the proof of a fork |
//! | dossier, 20, transfer | the register's order that a registrar takes a dossier over |
//! | dossier, 21 | what a first officer orders, and a second one has not confirmed |
//! | dossier, 22, transfer | what whoever proposed it tells of the dossier |
//! | dossier, 23, transfer | what the receiver remarked when it accepted |
//! | dossier, 24, transfer | the register's order for the successor of a unit that ended |
//!
//! [`Table::Moving`] names the transfers in which this node still has something to do, and
//! [`Table::Register`] is the log: the register's with outcomes that count, the witness's likewise.

use dossier::{DossierId, Incarnation, Timestamp, UnitId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Answer, Chain, ForkProof, Link, LogEntry, Ordered, Proposal, Receipt, Release, Request, Said,
    Succeeding, TakeOver, TransferId, ValidOutcome, Withdrawal,
};
use crate::{Fault, Records, Table, codec};

pub(super) const LINK: u8 = 0;
pub(super) const SENDING: u8 = 1;
pub(super) const RECEIVING: u8 = 2;
pub(super) const REGISTERING: u8 = 3;
pub(super) const OUT: u8 = 4;
pub(super) const REC: u8 = 5;
pub(super) const ABORTED: u8 = 6;
pub(super) const RECEIPT: u8 = 7;
pub(super) const FORK: u8 = 8;
pub(super) const ORDERED: u8 = 20;
pub(super) const BEGUN: u8 = 21;
pub(super) const COVER: u8 = 22;
pub(super) const REMARK: u8 = 23;
pub(super) const SUCCEEDING: u8 = 24;

/// Key in [`Table::Meta`] of the life that waits for its superior's word.
pub(crate) const RECOVERING: &[u8] = b"custody-recovering";
/// Key in [`Table::Meta`] of how many chains the superior has answered with since.
pub(super) const RECALLED: &[u8] = b"custody-recalled";
/// Key in [`Table::Meta`] of the one entry that waits for the witness.
pub(super) const PENDING: &[u8] = b"custody-pending";

/// What the sender did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// The epoch it closes.
    pub epoch: u32,
    /// PROPOSE; `None` when custody was ordered away.
    pub proposal: Option<Said<Proposal>>,
    /// RELEASE: while the transfer is open the dossier is frozen for it.
    pub release: Option<Said<Release>>,
    /// CANCEL.
    pub withdrawal: Option<Said<Withdrawal>>,
    /// How far it is.
    pub state: SendingState,
}

/// How far a sender is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendingState {
    /// No outcome is known.
    Open,
    /// Custody went; the key is kept until then, or until the receipt comes.
    Retired(Option<Timestamp>),
    /// The key is destroyed.
    Stub,
    /// Custody stayed, or went another way.
    Over,
}

/// What the receiver did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiving {
    /// The epoch that would close.
    pub epoch: u32,
    /// PROPOSE; `None` when the record came first.
    pub proposal: Option<Said<Proposal>>,
    /// ACCEPT or REJECT.
    pub answer: Option<Said<Answer>>,
    /// How far it is.
    pub state: ReceivingState,
}

/// How far a receiver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceivingState {
    /// A person has to answer.
    Invited,
    /// Answered, no outcome is known.
    Answered,
    /// Custody came; the content is fetched.
    Fetching,
    /// The content is whole, the receipt is written.
    Custodian,
    /// It came to nothing, or went on before the content came.
    Over,
}

/// What the registrar did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registering {
    /// The epoch it closes.
    pub epoch: u32,
    /// PROPOSE.
    pub proposal: Option<Said<Proposal>>,
    /// The order of two officers.
    pub order: Option<TakeOver>,
    /// ACCEPT or REJECT, the first one.
    pub answer: Option<Said<Answer>>,
    /// CANCEL.
    pub withdrawal: Option<Said<Withdrawal>>,
    /// RELEASE, the newest one.
    pub release: Option<Said<Release>>,
    /// What was asked of the register.
    pub asked: Option<Said<Request>>,
    /// How far it is.
    pub state: RegisteringState,
}

/// How far a registrar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegisteringState {
    /// No outcome is known.
    Open,
    /// Custody went; people are told when no receipt has come by then.
    Committed {
        /// When.
        due: Timestamp,
        /// They were told.
        told: bool,
    },
    /// The receipt is here, or custody went on without one.
    Delivered,
    /// It came to nothing.
    Aborted,
}

impl Sending {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, SendingState::Open | SendingState::Retired(_))
    }
}

impl Receiving {
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, ReceivingState::Custodian | ReceivingState::Over)
    }
}

impl Registering {
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, RegisteringState::Delivered | RegisteringState::Aborted)
    }

    /// The unit that gives the dossier up, by what was proposed or ordered.
    pub(super) fn from(&self) -> Option<&UnitId> {
        let proposed = self.proposal.as_ref().map(|said| &said.what.from);
        proposed.or(self.order.as_ref().map(|order| &order.from))
    }

    pub(super) fn asks_for(&self) -> Option<&Request> {
        self.asked.as_ref().map(|said| &said.what)
    }
}

/// The key of the link of an epoch.
pub(crate) fn link_key(dossier: &DossierId, epoch: u32) -> Vec<u8> {
    by_epoch(dossier, LINK, epoch)
}

/// The epoch of the record whose link stands at a key.
pub(crate) fn epoch_of_link(key: &[u8]) -> Option<(DossierId, u32)> {
    let (front, rest) = key.split_at_checked(DossierId::LENGTH)?;
    let (kind, epoch) = rest.split_first()?;
    let epoch: [u8; 4] = epoch.try_into().ok()?;
    let dossier = DossierId::from_slice(front)?;
    (*kind == LINK).then(|| (dossier, u32::from_be_bytes(epoch)))
}

pub(super) fn key(dossier: &DossierId, kind: u8, rest: &[u8]) -> Vec<u8> {
    [dossier.as_bytes().as_slice(), &[kind], rest].concat()
}

pub(super) fn by_tid(dossier: &DossierId, kind: u8, tid: &TransferId) -> Vec<u8> {
    key(dossier, kind, tid.0.as_bytes())
}

pub(super) fn by_epoch(dossier: &DossierId, kind: u8, epoch: u32) -> Vec<u8> {
    key(dossier, kind, &epoch.to_be_bytes())
}

/// The transfer in which a row says that this node has a part.
pub(crate) fn transfer_of(key: &[u8]) -> Option<(DossierId, TransferId)> {
    let (front, rest) = key.split_at_checked(DossierId::LENGTH)?;
    let (kind, tid) = rest.split_first()?;
    let part = matches!(*kind, SENDING | RECEIVING | REGISTERING | ORDERED | SUCCEEDING);
    let tid = TransferId(dossier::Hash::from_slice(tid)?);
    part.then_some((DossierId::from_slice(front)?, tid))
}

/// The dossier and the transfer that a key of [`Table::Moving`] names.
pub(crate) fn read_moving(key: &[u8]) -> Option<(DossierId, TransferId)> {
    let (dossier, tid) = key.split_at_checked(DossierId::LENGTH)?;
    Some((DossierId::from_slice(dossier)?, TransferId(dossier::Hash::from_slice(tid)?)))
}

pub(super) fn moving(dossier: &DossierId, tid: &TransferId) -> Vec<u8> {
    [dossier.as_bytes().as_slice(), tid.0.as_bytes()].concat()
}

pub(super) fn read<T: DeserializeOwned>(
    records: &dyn Records,
    table: Table,
    key: &[u8],
) -> Result<Option<T>, Fault> {
    let row = records.get(table, key)?;
    row.map(|row| decode(&row)).transpose()
}

pub(super) fn decode<T: DeserializeOwned>(row: &[u8]) -> Result<T, Fault> {
    codec::decode(row).map_err(|error| Fault(format!("custody row: {error}")))
}

/// The chain of a dossier as a node knows it.
///
/// # Errors
/// [`Fault`] when the store cannot answer or holds no chain in its place.
pub fn read_chain(records: &dyn Records, dossier: &DossierId) -> Result<Option<Chain>, Fault> {
    let mut links: Vec<Link> = Vec::new();
    while let Some(link) =
        read(records, Table::Custody, &by_epoch(dossier, LINK, links.len() as u32))?
    {
        links.push(link);
    }
    if links.is_empty() {
        return Ok(None);
    }
    Chain::read(&links).map(Some).map_err(|error| Fault(format!("custody chain: {error}")))
}

/// The transfers in which a node still has something to do.
///
/// # Errors
/// As [`read_chain`].
pub fn open_transfers(records: &dyn Records) -> Result<Vec<(DossierId, TransferId)>, Fault> {
    let rows = records.scan(Table::Moving, &[], None, usize::MAX)?;
    rows.iter()
        .map(|(key, _)| {
            read_moving(key).ok_or_else(|| Fault("a key of a moving dossier".to_owned()))
        })
        .collect()
}

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident $kind:ident $row:ty;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// As [`read_chain`].
        pub fn $name(
            records: &dyn Records,
            dossier: &DossierId,
            tid: &TransferId,
        ) -> Result<Option<$row>, Fault> {
            read(records, Table::Custody, &by_tid(dossier, $kind, tid))
        })*
    };
}

readers! {
    /// What a node did as sender.
    read_sending SENDING Sending;
    /// What a node did as receiver.
    read_receiving RECEIVING Receiving;
    /// What a node did as registrar.
    read_registering REGISTERING Registering;
    /// What the register ordered of a registrar.
    read_ordered ORDERED Ordered;
    /// What the register ordered for the successor of a unit that ended.
    read_succeeding SUCCEEDING Succeeding;
    /// A transfer that came to nothing.
    read_aborted ABORTED ValidOutcome;
}

/// The receipt of an epoch.
///
/// # Errors
/// As [`read_chain`].
pub fn read_receipt(
    records: &dyn Records,
    dossier: &DossierId,
    epoch: u32,
) -> Result<Option<Said<Receipt>>, Fault> {
    read(records, Table::Custody, &by_epoch(dossier, RECEIPT, epoch))
}

/// The proof that the chain of a dossier is forked.
///
/// # Errors
/// As [`read_chain`].
pub fn read_fork(records: &dyn Records, dossier: &DossierId) -> Result<Option<ForkProof>, Fault> {
    read(records, Table::Custody, &key(dossier, FORK, &[]))
}

/// An entry of the register's log.
///
/// # Errors
/// As [`read_chain`].
pub fn logged(records: &dyn Records, number: u64) -> Result<Option<ValidOutcome>, Fault> {
    read(records, Table::Register, &number.to_be_bytes())
}

/// The life in which a node waits for its superior's word; `None` when it does not.
///
/// # Errors
/// As [`read_chain`].
pub fn recovering(records: &dyn Records) -> Result<Option<Incarnation>, Fault> {
    read(records, Table::Meta, RECOVERING)
}

/// The entry that waits for the witness.
pub(crate) fn pending(records: &dyn Records) -> Result<Option<Said<LogEntry>>, Fault> {
    read(records, Table::Meta, PENDING)
}
