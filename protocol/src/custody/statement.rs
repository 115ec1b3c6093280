//! Statements: what one node says about a transfer, each kind signed under a tag of its own.

use dossier::{DossierId, Hash, Incarnation, NodeId};
use serde::{Deserialize, Serialize};

use super::{Closing, Link, Proposal, Signers, TransferId, ValidOutcome};
use crate::{Crypto, Signature, codec};

/// Something that is signed.
pub trait Statement: Serialize {
    /// Domain of the digest, so that nothing said once stands for something else.
    const TAG: &'static str;
}

/// A statement with who said it and the signature of that node's change key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said<T> {
    /// The node.
    pub by: NodeId,
    /// What it said.
    pub what: T,
    /// Its signature over [`Said::digest`].
    pub signature: Signature,
}

impl<T: Statement> Said<T> {
    /// Says `what` as `by`.
    pub fn issue(by: NodeId, what: T, crypto: &dyn Crypto) -> Self {
        let digest = Self::digest_of(&by, &what);
        Self { by, signature: crypto.sign(digest.as_bytes()), what }
    }

    /// The digest that is signed.
    pub fn digest(&self) -> Hash {
        Self::digest_of(&self.by, &self.what)
    }

    /// Whether the member it names said it.
    pub fn holds(&self, signers: &Signers<'_>, crypto: &dyn Crypto) -> bool {
        signers.has_signed(&self.by, &self.digest(), &self.signature, crypto)
    }

    fn digest_of(by: &NodeId, what: &T) -> Hash {
        Hash::tagged(T::TAG, &[by.as_bytes(), &codec::encode(what)])
    }
}

/// Why a receiver sends a proposal back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnswerCode {
    /// It is taken.
    Accepted,
    /// The person is none of the unit's.
    WrongPerson,
    /// The dossier is another one than the document names.
    WrongDossier,
    /// Parts of it are missing.
    Incomplete,
    /// The document does not stand.
    NoDecision,
    /// Another reason, told on paper.
    Other,
}

/// ACCEPT or REJECT: the receiver's one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The dossier.
    pub dossier: DossierId,
    /// The transfer.
    pub tid: TransferId,
    /// Taken, or why not.
    pub code: AnswerCode,
}

/// CALL: the registrar has the acceptance and sees the register, so the sender is to release (R11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The dossier.
    pub dossier: DossierId,
    /// The transfer.
    pub tid: TransferId,
}

/// RELEASE: the sender is frozen and these are all changes it has admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The dossier.
    pub dossier: DossierId,
    /// The transfer.
    pub tid: TransferId,
    /// What the epoch ends with.
    pub closing: Closing,
    /// The content key, sealed to the receiver and around that to the registrar (R6).
    pub sealed: Vec<u8>,
}

/// CANCEL: the sender takes the proposal back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The dossier.
    pub dossier: DossierId,
    /// The transfer.
    pub tid: TransferId,
}

/// SYNC_FIRST: the one who was asked holds more or less than the closing heads reach (R5), or knows
/// another tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncFirst {
    /// The dossier.
    pub dossier: DossierId,
    /// The transfer.
    pub tid: TransferId,
    /// What was said to close the epoch.
    pub refused: Hash,
}

/// RECEIPT: the receiver holds exactly what closed the epoch before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The dossier.
    pub dossier: DossierId,
    /// The transfer.
    pub tid: TransferId,
    /// The epoch that begins with it.
    pub epoch: u32,
    /// What it replayed to.
    pub closing: Closing,
}

/// The witness's word that an entry continues the register's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosignature {
    /// The entry's number.
    pub number: u64,
    /// Its digest.
    pub digest: Hash,
}

/// How far the witness's copy of the register's log reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The newest number; 0 for none.
    pub number: u64,
}

/// SYNC: what became of a dossier from this epoch on, and of this transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// The dossier.
    pub dossier: DossierId,
    /// The first epoch that is not known.
    pub epoch: u32,
    /// The transfer, where one is open.
    pub tid: Option<TransferId>,
}

/// A node whose store went back in time asks what it forgot (R9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// Its new life.
    pub incarnation: Incarnation,
    /// How far its register's log reaches; 0 at every other node.
    pub after: u64,
}

/// The witness's answer to the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalled {
    /// Whose question it answers.
    pub incarnation: Incarnation,
    /// The entries that follow, in order.
    pub entries: Vec<ValidOutcome>,
    /// How far the witness's copy reaches.
    pub number: u64,
}

/// RESUME: a superior's answer to any other node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Whose question it answers.
    pub incarnation: Incarnation,
    /// The custody chains that concern the node.
    pub chains: Vec<Vec<Link>>,
    /// Open proposals.
    pub proposals: Vec<Said<Proposal>>,
    /// What the node answered.
    pub answers: Vec<Said<Answer>>,
    /// What the node released.
    pub releases: Vec<Said<Release>>,
    /// What the superior holds of each open epoch: the node goes on when it holds as much.
    pub frontier: Vec<(DossierId, Vec<Hash>)>,
}

macro_rules! statements {
    ($($name:ident $tag:literal),* $(,)?) => {
        $(impl Statement for $name {
            const TAG: &'static str = $tag;
        })*
    };
}

statements! {
    Answer "hoso/answer/1",
    Call "hoso/call/1",
    Release "hoso/release/1",
    Withdrawal "hoso/withdrawal/1",
    SyncFirst "hoso/sync-first/1",
    Receipt "hoso/receipt/1",
    Cosignature "hoso/cosignature/1",
    Standing "hoso/standing/1",
    Inquiry "hoso/inquiry/1",
    Recall "hoso/recall/1",
    Recalled "hoso/recalled/1",
    Resume "hoso/resume/1",
}
