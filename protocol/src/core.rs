//! One node's decisions: owns the machines, routes events, orders effects.
//!
//! [`Core::handle`] takes one event with its moment and the store, and returns effects in order.
//! `Commit` comes first; the shell stages it at once, so that the next event sees it, and lets no
//! other effect of the batch leave the node before the batch is durable. After a crash a core is
//! rebuilt from the store alone.
//!
//! **Invariant:** nothing is acknowledged to a person or a peer that is not in a `Commit` before it.

mod account;
mod answers;
mod asides;
mod attachment;
mod cache;
mod clerk;
mod comparison;
mod control;
mod custody;
mod dispute;
mod docket;
mod feed;
mod forks;
mod former;
mod gate;
mod incarnation;
mod incident;
mod intake;
mod ledger;
mod life;
mod manager;
mod neighbours;
mod notices;
mod queries;
mod receipts;
mod reissue;
mod renewals;
mod reorg;
mod repair;
mod schedule;
mod session;
mod shared;
mod shelf;
mod survey;
mod unheard;
mod waiting;
mod witness;

use std::{collections::BTreeMap, sync::Arc};

use dossier::{Hash, Incarnation, NodeId, Timestamp, UnitId, form::Sides, unit::Tier};
use serde::{Deserialize, Serialize};

use crate::{
    Crypto, Fault, Op, PublicKey, Records, Table, account::AccountList, codec, control::SignedTree,
    envelope::Author, member::MemberList, notice::Board, wire::RefusalCode,
};

pub use account::decode_entry as decode_account_entry;
pub use answers::{
    Answer, AttachmentShown, AttachmentsShown, ChangeShown, ConflictShown, DossierShown,
    FieldShown, ListRow, MemberShown, NeighbourShown, Provenance, RefusalShown, Refused, SyncState,
};
pub use attachment::{
    ContentErrand, ContentErrands, ContentState, ContentTotals, ContentWork, ErrandKind,
    OfferAnswer, StoredContent, WantAnswer,
};
pub use clerk::{Command, Entry};
pub use custody::{
    Arrival, ChainShown, CustodyAnswer, CustodyQuestion, LateShown, ReadyShown, RoadShown,
    SettledShown, StepShown, TakeOverShown, TakeOverStep, TransferOrder, TransferShown,
    TransferStage,
};
pub use docket::{
    BegunShown, ChoiceShown, DecidedShown, DocketOrder, DocketQuestion, Draft, EDITS_MAX, Editing,
    FiledShown, FilingShown, FormShown, FormsShown, ItemShown, RaisedShown, ReviewShown, Take,
    VerdictShown,
};
pub use incident::{Incident, IncidentKind};
pub use ledger::{Level, Totals};
pub use life::{EventShown, LifeShown, ParityShown};
pub use reorg::{
    EndedShown, ReorgAnswer, ReorgOrder, ReorgQuestion, ReorgShown, ReorgStage, Reorganisation,
};
pub use session::{Relation, Session};
pub use survey::{Surveyed, SurveyedChange, SurveyedMove};

use cache::Cache;

/// Names a connection for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConnId(pub u64);

/// When an event is handled, and fresh randomness for it.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Wall clock.
    pub now: Timestamp,
    /// 32 random bytes, used for this event alone.
    pub seed: [u8; 32],
}

impl Moment {
    /// Draws the `index`-th 16 bytes of this moment's randomness for `purpose`.
    fn draw(&self, purpose: &str, index: u64) -> [u8; 16] {
        let digest = Hash::tagged(purpose, &[&self.seed, &index.to_be_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        bytes
    }
}

/// What happens to a node.
#[derive(Debug)]
pub enum Event {
    /// A connection stands; its certificate names this unit and TLS key.
    Opened {
        /// The connection.
        conn: ConnId,
        /// SHA-256 of the peer's TLS public key.
        tls_key: Hash,
        /// The unit in the peer's certificate.
        unit: UnitId,
        /// Whether this node dialled.
        dialled: bool,
    },
    /// A frame arrived.
    Frame {
        /// From where.
        conn: ConnId,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A connection ended.
    Closed {
        /// Which.
        conn: ConnId,
        /// The [`RefusalCode`] the peer gave, if it gave one.
        refused: Option<u16>,
    },
    /// A person or program of this machine asks.
    Command {
        /// Names the question in its answer.
        request: u64,
        /// What is asked.
        command: Box<Command>,
    },
    /// A node that was dialled did not let this one in.
    Refused {
        /// The unit that was dialled.
        unit: UnitId,
        /// The [`RefusalCode`] its answer comes to.
        code: u16,
    },
    /// Everything staged so far is durable.
    Committed,
    /// The disk has filled up, or has room again.
    Disk {
        /// Whether there is no room for new work.
        full: bool,
    },
    /// The node's audit log has a new checkpoint, which is staged.
    Checkpointed,
    /// Time has passed.
    Tick,
}

/// What a node must do.
#[derive(Debug)]
pub enum Effect {
    /// Make these writes one transaction.
    Commit(Vec<Op>),
    /// Send a frame.
    Send {
        /// To whom.
        conn: ConnId,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// Hang up.
    Close {
        /// On whom.
        conn: ConnId,
        /// Why.
        code: RefusalCode,
    },
    /// Refuse these TLS keys from now on.
    Bar(Vec<Hash>),
    /// Answer a command.
    Answer {
        /// The question.
        request: u64,
        /// The answer.
        answer: Box<Answer>,
    },
    /// A peer asks for a new certificate (only at the node that holds the issuing CA).
    IssueRenewal {
        /// Where to answer.
        conn: ConnId,
        /// The member that asks.
        node: NodeId,
        /// Its request.
        request: Vec<u8>,
    },
    /// The superior's answer to this node's request for a new certificate.
    InstallRenewal {
        /// The chain in DER, leaf first.
        chain: Vec<Vec<u8>>,
    },
    /// Something a person must see; already in the store.
    Alarm(Incident),
}

/// Who this node is. All of it is in its store or its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its id.
    pub node: NodeId,
    /// The unit it serves.
    pub unit: UnitId,
    /// Public half of its change key.
    pub change_key: PublicKey,
    /// The key that signs member list and org tree.
    pub register_key: PublicKey,
    /// Whether units that may hold dossiers do (decision D2).
    pub optional_holders: bool,
}

/// Keys of the singleton rows.
const INCARNATION: &[u8] = b"incarnation";

/// One node's decisions.
pub struct Core {
    identity: Identity,
    tier: Tier,
    incarnation: Incarnation,
    boot: u64,
    members: MemberList,
    accounts: AccountList,
    board: Board,
    tree: SignedTree,
    former: former::Former,
    /// Which side changes which field, by the form of the program.
    sides: Arc<Sides>,
    ledger: ledger::Ledger,
    contents: attachment::Contents,
    /// Attachments that are marked secret are taken.
    fit_for_secrets: bool,
    sessions: BTreeMap<ConnId, Session>,
    cache: Cache,
    /// Rows by which dossiers are found, of a store that had none, until the next start.
    early: BTreeMap<Vec<u8>, Vec<u8>>,
    custodies: custody::Custodies,
    reorganisations: reorg::Reorganisations,
    incidents: u64,
    /// What was lately told about other nodes, and when.
    told: BTreeMap<(NodeId, IncidentKind), Timestamp>,
    /// Logs that contradicted what was shown of them.
    disputes: BTreeMap<crate::audit::LogId, dispute::Dispute>,
    lives: incarnation::Lives,
    /// Something is ordered to be written and not known to be durable.
    uncommitted: bool,
    /// There is no room for new work: nobody is listened to and nothing is entered.
    full: bool,
    /// The newest refusal by a superior since one last let this node in.
    refused: Option<RefusalShown>,
    moment: Moment,
    effects: Vec<Effect>,
}

/// Why a core did not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store cannot answer.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The store holds no org tree: it was not enrolled.
    #[error("the store holds no org tree")]
    NoTree,
    /// The unit is not in the org tree.
    #[error("the unit is not in the org tree")]
    UnknownUnit,
}

impl Core {
    /// Prepares the writes of a fresh store: the first life, the member list, the org tree.
    pub fn found(
        incarnation: Incarnation,
        entries: &[crate::member::SignedEntry],
        tree: &SignedTree,
    ) -> Vec<Op> {
        let mut ops = vec![
            Op::put(Table::Meta, INCARNATION, incarnation.as_bytes().to_vec()),
            Op::put(Table::Control, control::TREE, codec::encode(tree)),
            docket::founded(),
        ];
        for signed in entries {
            let key = signed.entry.number.to_be_bytes();
            ops.push(Op::put(Table::Member, key, codec::encode(signed)));
        }
        ops
    }

    /// Rebuilds a node's decisions from its store. `boot` is a random number of this run, `sides` are
    /// the same at every node.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        identity: Identity,
        sides: Arc<Sides>,
        boot: u64,
        at: Moment,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Self, OpenError> {
        let tree = control::read_tree(records)?.ok_or(OpenError::NoTree)?;
        let tier = tree.tree.get(&identity.unit).ok_or(OpenError::UnknownUnit)?.tier;
        let former = former::Former::read(records, &tree)?;
        let members = control::read_members(records, &identity.register_key, crypto)?;
        let accounts = account::read_accounts(records, &identity.register_key, crypto)?;
        let board = notices::read_board(records, &members)?;
        let incarnation = records
            .get(Table::Meta, INCARNATION)?
            .and_then(|bytes| Incarnation::from_slice(&bytes))
            .ok_or_else(|| Fault("the store names no incarnation".to_owned()))?;
        let ledger = ledger::Ledger::read(records, &identity.node)?;
        let contents = attachment::Contents::read(records, tier.number())?;
        let incidents = records.scan(Table::Incident, &[], None, usize::MAX)?.len() as u64;
        let lives = incarnation::Lives {
            restored: Self::is_restored(records)?,
            renewed: None,
            unheard: unheard::is_unheard(&identity, tier, &incarnation, &members, records)?,
        };
        let mut core = Self {
            identity,
            tier,
            incarnation,
            boot,
            members,
            accounts,
            board,
            tree,
            former,
            sides,
            ledger,
            contents,
            fit_for_secrets: false,
            sessions: BTreeMap::new(),
            cache: Cache::default(),
            early: BTreeMap::new(),
            custodies: custody::Custodies::default(),
            reorganisations: reorg::Reorganisations::read(records)?,
            incidents,
            told: BTreeMap::new(),
            disputes: BTreeMap::new(),
            lives,
            uncommitted: false,
            full: false,
            refused: None,
            moment: at,
            effects: Vec::new(),
        };
        core.read_custodies(records, crypto)?;
        Ok(core)
    }

    /// Rebuilds the decisions from the store after what they ordered could not be written. It is
    /// the same run; its conversations are over.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn reopen(
        &self,
        at: Moment,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Self, OpenError> {
        let mut next = Self::open(
            self.identity.clone(),
            Arc::clone(&self.sides),
            self.boot,
            at,
            records,
            crypto,
        )?;
        next.told = self.told.clone();
        next.lives.renewed = self.lives.renewed;
        next.refused = self.refused.clone();
        next.full = self.full;
        next.fit_for_secrets = self.fit_for_secrets;
        Ok(next)
    }

    /// Handles one event and returns what must be done, in order.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer: the node must stop and be opened again.
    pub fn handle(
        &mut self,
        at: Moment,
        event: Event,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Vec<Effect>, Fault> {
        self.enter_moment(at);
        match event {
            Event::Opened { conn, tls_key, unit, dialled } => {
                self.greet(conn, tls_key, unit, dialled, records)?;
            }
            Event::Frame { conn, bytes } => self.hear(conn, &bytes, records, crypto)?,
            Event::Closed { conn, refused } => {
                self.part(conn, refused);
                self.resume_waiting(records, crypto)?;
            }
            Event::Command { request, command } => {
                self.obey(request, *command, records, crypto)?;
            }
            Event::Refused { unit, code } => self.note_refusal(unit, code),
            Event::Committed => {
                self.uncommitted = false;
                self.follow_news(records, crypto)?;
                self.pump_all(records)?;
            }
            Event::Disk { full } => self.heed_disk(full),
            Event::Checkpointed => self.show_checkpoint(records)?,
            Event::Tick => {
                self.tick(records)?;
                self.press_custody(records, crypto)?;
                self.press_reorganisations(records, crypto)?;
                self.follow_news(records, crypto)?;
                self.resume_waiting(records, crypto)?;
            }
        }
        Ok(std::mem::take(&mut self.effects))
    }

    /// Who this node is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its tier.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Its present life.
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// The member list.
    pub fn members(&self) -> &MemberList {
        &self.members
    }

    /// The account list.
    pub fn accounts(&self) -> &AccountList {
        &self.accounts
    }

    /// The notices: rights given by document, alerts.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Which side changes which field.
    pub fn sides(&self) -> &Sides {
        &self.sides
    }

    /// The org tree.
    pub fn tree(&self) -> &SignedTree {
        &self.tree
    }

    /// The sessions, for status.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    fn author(&self) -> Author {
        Author { node: self.identity.node, incarnation: self.incarnation, epoch: 0 }
    }

    fn commit(&mut self, ops: Vec<Op>) {
        if !ops.is_empty() {
            self.uncommitted = true;
            self.effects.push(Effect::Commit(ops));
        }
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("unit", &self.identity.unit).finish_non_exhaustive()
    }
}
