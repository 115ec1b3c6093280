//! What two nodes say to each other about custody, one frame each.

use serde::{Deserialize, Serialize};

use dossier::custody::{CustodyChain, CustodyRecord};

use super::{
    Answer, Call, Cosignature, ForkProof, Inquiry, Link, LogEntry, Note, Proposal, Recall,
    Recalled, Receipt, Release, Request, Resume, Said, Standing, Succession, SyncFirst, TakeOver,
    ValidOutcome, Withdrawal,
};
use crate::codec::{self, DecodeError};

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Sender to registrar, registrar to receiver.
    Propose(Said<Proposal>),
    /// Receiver to registrar.
    Answer(Said<Answer>),
    /// Registrar to sender.
    Call(Said<Call>),
    /// Sender to registrar.
    Release(Said<Release>),
    /// Sender to registrar.
    Withdraw(Said<Withdrawal>),
    /// Registrar to register.
    Request(Box<Said<Request>>),
    /// Registrar to sender, register to registrar.
    SyncFirst(Said<SyncFirst>),
    /// Register to witness.
    Register(Box<Said<LogEntry>>),
    /// Witness to register.
    Cosigned(Said<Cosignature>),
    /// Witness to register, when an entry does not continue its copy.
    Standing(Said<Standing>),
    /// To everybody whom it concerns.
    Outcome(Box<ValidOutcome>),
    /// Links of a chain that follow one another.
    Chain(Vec<Link>),
    /// Receiver to registrar, register and sender.
    Receipt(Said<Receipt>),
    /// Anybody named in a chain to registrar and register.
    Inquire(Said<Inquiry>),
    /// A node that went back in time to its superior, the register to the witness.
    Recall(Said<Recall>),
    /// Witness to register.
    Recalled(Box<Said<Recalled>>),
    /// Superior to a node that went back in time.
    Resume(Box<Said<Resume>>),
    /// To everybody whom it concerns.
    Fork(Box<ForkProof>),
    /// Register to registrar: two officers of tier 3 order it.
    TakeOver(Box<Said<TakeOver>>),
    /// Sender to registrar to receiver, and back: something told beside a transfer.
    Note(Box<Said<Note>>),
    /// Register to registrar, which tells the node of the unit: the unit ended.
    Succession(Box<Said<Succession>>),
}

impl Message {
    /// The largest message, in bytes.
    pub const BYTES_MAX: usize = 4 * 1024 * 1024;
    /// The largest sealed key, in bytes.
    pub const SEALED_MAX: usize = 8 * 1024;
    /// The most log entries in one answer of the witness.
    pub const ENTRIES_MAX: usize = 64;
    /// The most dossiers, transfers or statements of each kind in one [`Resume`].
    pub const RESUMED_MAX: usize = 1_024;

    /// Reads a message from outside.
    ///
    /// # Errors
    /// [`DecodeError`] for anything too large or malformed.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(DecodeError::Malformed);
        }
        let message: Self = codec::decode(bytes)?;
        if message.is_within_limits() { Ok(message) } else { Err(DecodeError::Malformed) }
    }

    /// The bytes of the frame.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Whether every list in it is within its limit.
    pub fn is_within_limits(&self) -> bool {
        let sealed = |release: &Release| {
            release.sealed.len() <= Self::SEALED_MAX
                && release.closing.heads.len() <= CustodyRecord::HEADS_MAX
        };
        match self {
            Self::Release(said) => sealed(&said.what),
            Self::Receipt(said) => said.what.closing.heads.len() <= CustodyRecord::HEADS_MAX,
            Self::Propose(said) => said.what.basis.is_well_formed(),
            Self::TakeOver(said) => said.what.basis.is_well_formed(),
            Self::Succession(said) => said.what.order.basis.is_well_formed(),
            Self::Note(said) => said.what.is_within_limits(),
            Self::Chain(links) => links.len() <= CustodyChain::RECORDS_MAX,
            Self::Recalled(said) => said.what.entries.len() <= Self::ENTRIES_MAX,
            Self::Resume(said) => {
                let resume = &said.what;
                [
                    resume.chains.len(),
                    resume.proposals.len(),
                    resume.answers.len(),
                    resume.releases.len(),
                    resume.frontier.len(),
                ]
                .into_iter()
                .all(|length| length <= Self::RESUMED_MAX)
                    && resume.releases.iter().all(|said| sealed(&said.what))
            }
            _ => true,
        }
    }
}
