//! What the machines ask of a node's store, and what they tell it to write.
//!
//! A store is a sequence of transactions. The sequence is at once the record, the tamper-evident
//! history and the node's replication feed: a peer's cursor is a [`FeedPosition`] in it.

use dossier::Hash;
use serde::{Deserialize, Serialize};

/// The tables of a node's store. The number is stored; a retired number is never given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Table {
    /// Singletons: identity, incarnation, counters.
    Meta = 0,
    /// Dossier id -> summary: unit, custody, author lines, heads.
    Dossier = 1,
    /// Dossier id -> the compacted copy: saved document and its proofs.
    Copy = 2,
    /// Dossier id, arrival number -> one parcel not yet in the copy.
    Parcel = 3,
    /// Peer node id -> our cursor in that peer's feed.
    Cursor = 4,
    /// Envelope hash prefix -> dossier id: resolves acknowledgements.
    Tip = 5,
    /// Tier, author line -> the highest acknowledged sequence and its proof.
    Acknowledgement = 6,
    /// Dossier id, parcel hash -> a parcel that was not admitted, with the reason.
    Quarantine = 7,
    /// Sequence -> a signed entry of the member list.
    Member = 8,
    /// Kind, version -> a signed control record, e.g. the org tree.
    Control = 9,
    /// Sequence -> an incident a person must see.
    Incident = 10,
    /// Import key -> dossier id: the same row of a list imports once.
    ImportKey = 11,
    /// Dossier id -> projection for lists: name, unit, state.
    Listing = 12,
    /// Hash -> a signed acknowledgement that passes through this node.
    Proof = 13,
    /// Sealed entries of the audit log and roots of its complete subtrees, see [`crate::audit`].
    Audit = 14,
    /// Log, size -> a signed head of an audit log, own or kept as a witness.
    Checkpoint = 15,
    /// Sequence -> a signed entry of the account list.
    Account = 20,
    /// Digest of a login -> what a person proves herself with; never leaves the node.
    Credential = 21,
    /// Digest of a login or a source -> failed guesses and how long it is locked; and when a
    /// superior was last heard. Never leaves the node.
    Guard = 22,
    /// Id -> a signed notice: rights given by document, alerts.
    Notice = 26,
    /// Dossier id -> the phiếu that is being filled in; never leaves the node.
    Draft = 31,
    /// Dossier id, content id -> where the content of an attachment is, and who above holds it.
    Content = 30,
    /// Dossier id, kind, epoch or transfer -> what custody remembers, see [`crate::custody`].
    Custody = 32,
    /// Dossier id, transfer -> nothing: this node still has something to do in it.
    Moving = 33,
    /// Number -> an entry of the province register's log of outcomes.
    Register = 34,
    /// What was done, dossier id -> how it stood then: finds the dossiers in which it was done.
    Found = 35,
    /// Number -> a copy of a dossier in the long-term archive of tier 3, see [`crate::archive`].
    Archive = 40,
    /// Kind, name -> what lies between provinces, see [`crate::abroad`]; never leaves the node.
    Abroad = 44,
}

impl Table {
    /// Every table, in the order of its number.
    pub const ALL: [Self; 28] = [
        Self::Meta,
        Self::Dossier,
        Self::Copy,
        Self::Parcel,
        Self::Cursor,
        Self::Tip,
        Self::Acknowledgement,
        Self::Quarantine,
        Self::Member,
        Self::Control,
        Self::Incident,
        Self::ImportKey,
        Self::Listing,
        Self::Proof,
        Self::Audit,
        Self::Checkpoint,
        Self::Account,
        Self::Credential,
        Self::Guard,
        Self::Notice,
        Self::Content,
        Self::Draft,
        Self::Custody,
        Self::Moving,
        Self::Register,
        Self::Found,
        Self::Archive,
        Self::Abroad,
    ];

    /// The table of a stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| *table as u8 == number)
    }
}

/// One write: puts `value` at `key`, or removes the key when `value` is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Op {
    /// Where.
    pub table: Table,
    /// At most [`Op::KEY_MAX`] bytes.
    pub key: Vec<u8>,
    /// At most [`Op::VALUE_MAX`] bytes.
    pub value: Option<Vec<u8>>,
    /// Whether peers may be offered this write; the others are private to the node.
    pub feed: bool,
}

impl Op {
    /// The longest key, in bytes.
    pub const KEY_MAX: usize = 256;
    /// The largest value, in bytes.
    pub const VALUE_MAX: usize = 16 * 1024 * 1024;

    /// A private write.
    pub fn put(table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { table, key: key.into(), value: Some(value.into()), feed: false }
    }

    /// A write that peers are offered.
    pub fn publish(table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { table, key: key.into(), value: Some(value.into()), feed: true }
    }

    /// A removal, private to the node.
    pub fn remove(table: Table, key: impl Into<Vec<u8>>) -> Self {
        Self { table, key: key.into(), value: None, feed: false }
    }
}

/// A place in a feed: how many transactions came before and with it, and the digest of them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPosition {
    /// Number of the last transaction; 0 before the first.
    pub sequence: u64,
    /// Chained digest of every transaction up to `sequence`; [`Hash::ZERO`] at 0.
    pub digest: Hash,
}

impl FeedPosition {
    /// Before the first transaction.
    pub const START: Self = Self { sequence: 0, digest: Hash::ZERO };
}

/// One committed transaction as the feed shows it: its place and the writes open to peers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its place in the feed.
    pub position: FeedPosition,
    /// Its published writes, in order; private ones are left out.
    pub published: Vec<Op>,
}

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The store could not answer: unreadable, damaged or poisoned. The node stops writing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("store fault: {0}")]
pub struct Fault(pub String);

/// Read access to a node's store. Staged writes are visible before they are durable; the shell
/// lets nothing leave the node until they are.
pub trait Records {
    /// The value at `key`.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer or the stored bytes are damaged.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Up to `limit` entries whose key starts with `prefix`, strictly after `after`. The order is
    /// the same at every call: that of the keys where they are numbers, and one of the store's own
    /// where they name a dossier, a person or a node.
    ///
    /// # Errors
    /// As [`Records::get`].
    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault>;

    /// The durable end of the feed (staged writes not counted).
    fn feed_head(&self) -> FeedPosition;

    /// The digest at `sequence`, or `None` beyond the durable end.
    ///
    /// # Errors
    /// As [`Records::get`].
    fn feed_digest(&self, sequence: u64) -> Result<Option<Hash>, Fault>;

    /// Durable transactions after `sequence`, in order, until their published bytes pass
    /// `bytes_max` or `transactions_max` were walked; at least one if there is any. Transactions
    /// that published nothing are included with an empty list.
    ///
    /// # Errors
    /// As [`Records::get`].
    fn feed_after(
        &self,
        sequence: u64,
        bytes_max: usize,
        transactions_max: usize,
    ) -> Result<Vec<Transaction>, Fault>;
}
