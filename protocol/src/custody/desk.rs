//! One node's seat at the table: what happens to it, what it must do, and who hears what.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use dossier::{
    DossierId, Hash, Incarnation, LegalBasis, NodeId, Timestamp, UnitId, account::Login,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    About, Alarm, AnswerCode, Chain, Comeback, Content, Cover, Entry, Message, Note, Province,
    Receiving, Refusal, Registering, Request, Road, Said, Sending, Statement, TransferId, rows,
};
use crate::{Crypto, Fault, Op, Records, Table, codec, envelope::SignedCustody};

/// Moments of one event. What is counted in working days is counted by whoever calls.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Wall clock.
    pub now: Timestamp,
    /// When people are told that no receipt came, of a custody that moves at this moment.
    pub receipt_due: Timestamp,
    /// When the old key goes, of a receipt that comes at this moment (decision D14).
    pub key_ends: Timestamp,
}

/// What happens to a node.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message arrived, by whatever road.
    Message(Box<Message>),
    /// What was to be asked [later](Effect::Later).
    Request(Box<Said<Request>>),
    /// Changes of a dossier came; what waited for them goes on.
    Content(DossierId),
    /// A record of a dossier was named that is not known here: the node that named it is asked.
    Unknown(DossierId, NodeId),
    /// The store went back in time and begins a new life.
    Restored(Incarnation),
    /// Time has passed: what was not answered is said again.
    Tick,
}

/// What a person orders.
#[derive(Debug, Clone)]
pub enum Order {
    /// Propose a transfer.
    Propose {
        /// The dossier.
        dossier: DossierId,
        /// The unit that is to keep it.
        to: UnitId,
        /// By which clause.
        road: Road,
        /// The decision behind it.
        basis: LegalBasis,
        /// When it lapses.
        deadline: Timestamp,
        /// Fresh randomness.
        nonce: [u8; 16],
    },
    /// Answer a proposal.
    Answer {
        /// The dossier.
        dossier: DossierId,
        /// The transfer.
        tid: TransferId,
        /// Accept, or why not.
        code: AnswerCode,
    },
    /// Take a proposal back.
    Withdraw {
        /// The dossier.
        dossier: DossierId,
        /// The transfer.
        tid: TransferId,
    },
    /// Freeze a dossier for a transfer before the registrar calls for it.
    Release {
        /// The dossier.
        dossier: DossierId,
        /// The transfer.
        tid: TransferId,
    },
    /// Tell something beside a transfer.
    Note(Note),
    /// Take a dossier over from a unit that can't act.
    TakeOver {
        /// The dossier.
        dossier: DossierId,
        /// The unit that is to keep it.
        to: UnitId,
        /// The order.
        basis: LegalBasis,
        /// Two officers.
        officers: [Login; 2],
        /// Fresh randomness.
        nonce: [u8; 16],
    },
    /// Give the dossier of a unit that ended to its successor; the register alone orders it.
    Succeed {
        /// The dossier.
        dossier: DossierId,
        /// The successor.
        to: UnitId,
        /// The decision.
        basis: LegalBasis,
        /// Two officers.
        officers: [Login; 2],
        /// Until when the node of the unit is waited for.
        until: Timestamp,
        /// The same for the same order.
        nonce: [u8; 16],
    },
    /// The other side's receipt of what went out of the province was seen.
    Confirm(DossierId),
    /// Let what went out of the province come back.
    Reopen {
        /// The dossier.
        dossier: DossierId,
        /// The order; that of the export where the other side refused.
        basis: Option<LegalBasis>,
        /// Why.
        why: Comeback,
        /// Fresh randomness.
        nonce: [u8; 16],
    },
}

/// What a node must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Make these writes one transaction; nothing below leaves before it is durable.
    Commit(Vec<Op>),
    /// Say this.
    Send {
        /// To whom.
        to: NodeId,
        /// What.
        message: Box<Message>,
    },
    /// To be handled as [`Event::Request`] once no entry waits; whoever forgets it is asked again.
    Later(Box<Said<Request>>),
    /// Exchange the content of a dossier with a node, both ways.
    Sync {
        /// The dossier.
        dossier: DossierId,
        /// The node.
        with: NodeId,
    },
    /// Take the outer seal off the content key and hand the rest to the new custodian (R6).
    Unseal {
        /// The dossier.
        dossier: DossierId,
        /// The transfer.
        tid: TransferId,
        /// To whom.
        to: NodeId,
        /// The sealed key.
        sealed: Vec<u8>,
    },
    /// Destroy the content key of a dossier that went.
    DestroyKey(DossierId),
    /// Something a person must see.
    Alarm(Alarm),
}

/// A node with everything it decides from.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The node.
    pub me: NodeId,
    /// The province.
    pub province: Province<'a>,
    /// The moments.
    pub clock: Clock,
    /// Whether register and witness answered lately: without them no dossier is frozen (R11).
    pub upstream: bool,
    /// The store.
    pub records: &'a dyn Records,
    /// The content.
    pub content: &'a dyn Content,
    /// The keys.
    pub crypto: &'a dyn Crypto,
}

impl<'a> Desk<'a> {
    /// The write that makes a dossier known with the record that opened it; the caller has checked it.
    pub fn found(signed: &SignedCustody) -> Op {
        let link = super::Link::Opened(Box::new(signed.clone()));
        let key = rows::by_epoch(&signed.record.dossier, rows::LINK, 0);
        Op::put(Table::Custody, key, codec::encode(&link))
    }

    /// The writes by which a node waits for its superior's word in a new life (R9).
    pub fn forget(incarnation: &Incarnation) -> [Op; 2] {
        let waits = Op::put(Table::Meta, rows::RECOVERING, codec::encode(incarnation));
        [waits, Op::remove(Table::Meta, rows::RECALLED)]
    }

    /// Handles what happens and answers what must be done, in order.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn handle(&self, event: Event) -> Result<Vec<Effect>, Fault> {
        let mut turn = Turn::new(self);
        match event {
            Event::Message(message) => turn.inbox.push_back(*message),
            Event::Request(said) => turn.inbox.push_back(Message::Request(said)),
            Event::Content(dossier) => turn.go_on(&dossier)?,
            Event::Unknown(dossier, named_by) => turn.inquire(&dossier, None, named_by)?,
            Event::Restored(incarnation) => turn.begin_recovery(incarnation)?,
            Event::Tick => turn.tick()?,
        }
        turn.finish()
    }

    /// Carries out what a person orders, or tells why not.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn order(&self, order: Order) -> Result<Result<Vec<Effect>, Refusal>, Fault> {
        self.order_with(order, None)
    }

    /// The same of a proposal, and tells the other side what the dossier is about.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn order_with(
        &self,
        order: Order,
        cover: Option<Cover>,
    ) -> Result<Result<Vec<Effect>, Refusal>, Fault> {
        let mut turn = Turn::new(self);
        if turn.recovering()?.is_some() {
            return Ok(Err(Refusal::Recovering));
        }
        let done = match order {
            Order::Propose { dossier, to, road, basis, deadline, nonce } => {
                turn.propose(dossier, to, road, basis, deadline, nonce)?
            }
            Order::Answer { dossier, tid, code } => turn.answer(&dossier, tid, code)?,
            Order::Withdraw { dossier, tid } => turn.withdraw(&dossier, tid)?,
            Order::Release { dossier, tid } => turn.release_early(&dossier, tid)?,
            Order::Note(note) => turn.note(note)?,
            Order::TakeOver { dossier, to, basis, officers, nonce } => {
                turn.take_over(dossier, to, basis, officers, nonce)?
            }
            Order::Succeed { dossier, to, basis, officers, until, nonce } => {
                turn.succeed(dossier, to, basis, (officers, nonce), until)?
            }
            Order::Confirm(dossier) => turn.confirm_outside(dossier)?.map(drop),
            Order::Reopen { dossier, basis, why, nonce } => {
                turn.reopen(dossier, basis, why, nonce)?.map(drop)
            }
        };
        if let Err(refusal) = done {
            return Ok(Err(refusal));
        }
        if let Some(cover) = cover {
            turn.hear_all()?;
            for (dossier, tid) in turn.touched.clone() {
                let about = About::Cover(cover.clone());
                // What nobody is told of moves all the same.
                let _ = turn.note(Note { dossier, tid, about })?;
            }
        }
        turn.finish().map(Ok)
    }

    /// The custody record under which this node may enter changes into a dossier (R4, R7, R9, R12).
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn may_edit(&self, dossier: &DossierId) -> Result<Result<(u32, Hash), Refusal>, Fault> {
        Turn::new(self).may_edit(dossier)
    }
}

/// One event under way: rows that are to be written are seen at once.
pub(super) struct Turn<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) inbox: VecDeque<Message>,
    pub(super) ops: Vec<Op>,
    after: Vec<Effect>,
    pub(super) touched: BTreeSet<(DossierId, TransferId)>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(desk: &'a Desk<'a>) -> Self {
        Self {
            desk,
            inbox: VecDeque::new(),
            ops: Vec::new(),
            after: Vec::new(),
            touched: BTreeSet::new(),
        }
    }

    fn finish(mut self) -> Result<Vec<Effect>, Fault> {
        self.hear_all()?;
        for (dossier, tid) in std::mem::take(&mut self.touched) {
            self.index(&dossier, &tid)?;
        }
        let mut effects = Vec::with_capacity(self.after.len() + 1);
        if !self.ops.is_empty() {
            effects.push(Effect::Commit(self.ops));
        }
        effects.extend(self.after);
        Ok(effects)
    }

    fn hear_all(&mut self) -> Result<(), Fault> {
        while let Some(message) = self.inbox.pop_front() {
            self.hear(message)?;
        }
        Ok(())
    }

    /// Everybody hears everything; what does not concern a role falls through it.
    fn hear(&mut self, message: Message) -> Result<(), Fault> {
        match message {
            Message::Outcome(valid) => self.hear_outcome(&valid),
            Message::Chain(links) => self.hear_chain(&links),
            Message::Fork(proof) => self.hear_fork(*proof),
            Message::Resume(said) => self.hear_resume(&said),
            Message::Recalled(said) => self.hear_recalled(&said),
            // R9: a node that recovers answers nobody before it has heard of its superior.
            _ if self.recovering()?.is_some() && !self.is_for_the_witness(&message) => Ok(()),
            Message::Propose(said) => {
                self.sender_hears_proposal(&said)?;
                self.registrar_hears_proposal(&said)?;
                self.receiver_hears_proposal(&said)
            }
            Message::Answer(said) => self.hear_answer(said),
            Message::Call(said) => self.hear_call(&said),
            Message::Release(said) => self.hear_release(said),
            Message::Withdraw(said) => self.hear_withdrawal(said),
            Message::Request(said) => self.hear_request(&said),
            Message::SyncFirst(said) => self.hear_sync_first(&said),
            Message::Register(said) => self.hear_entry(*said),
            Message::Cosigned(said) => self.hear_cosigned(said),
            Message::Standing(said) => self.hear_standing(&said),
            Message::Receipt(said) => self.hear_receipt(said),
            Message::Inquire(said) => self.hear_inquiry(&said),
            Message::Recall(said) => self.hear_recall(&said),
            Message::TakeOver(said) => self.hear_order(&said),
            Message::Succession(said) => self.hear_succession(&said),
            Message::Note(said) => self.hear_note(*said),
        }
    }

    pub(super) fn me(&self) -> NodeId {
        self.desk.me
    }

    pub(super) fn province(&self) -> &'a Province<'a> {
        &self.desk.province
    }

    pub(super) fn say<T: Statement>(&self, what: T) -> Said<T> {
        Said::issue(self.desk.me, what, self.desk.crypto)
    }

    pub(super) fn is_said<T: Statement>(&self, said: &Said<T>) -> bool {
        said.holds(&self.desk.province.signers, self.desk.crypto)
    }

    /// Sends a message; what a node says to itself it hears in the same turn.
    /// Sends a message to a node, or to the one that acts for it today.
    pub(super) fn post(&mut self, to: NodeId, message: Message) {
        let to = self.province().acting(&to);
        if to == self.desk.me {
            self.inbox.push_back(message);
        } else {
            self.after.push(Effect::Send { to, message: Box::new(message) });
        }
    }

    /// Sends a message to each of these nodes but this one.
    pub(super) fn tell(&mut self, mut nodes: Vec<NodeId>, message: &Message) {
        for node in &mut nodes {
            *node = self.province().acting(node);
        }
        nodes.sort_unstable();
        nodes.dedup();
        nodes.retain(|node| *node != self.desk.me);
        for to in nodes {
            self.post(to, message.clone());
        }
    }

    pub(super) fn then(&mut self, effect: Effect) {
        if !self.after.contains(&effect) {
            self.after.push(effect);
        }
    }

    pub(super) fn sync(&mut self, dossier: DossierId, with: NodeId) {
        let with = self.province().acting(&with);
        if with != self.desk.me {
            self.then(Effect::Sync { dossier, with });
        }
    }

    pub(super) fn recovering(&self) -> Result<Option<Incarnation>, Fault> {
        rows::recovering(self)
    }

    pub(super) fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Fault> {
        rows::read(self, Table::Custody, key)
    }

    pub(super) fn put<T: Serialize>(&mut self, table: Table, key: Vec<u8>, row: &T) {
        self.ops.push(Op::put(table, key, codec::encode(row)));
    }

    pub(super) fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.ops.push(Op::remove(table, key));
    }

    pub(super) fn sending(
        &self,
        of: &DossierId,
        tid: &TransferId,
    ) -> Result<Option<Sending>, Fault> {
        rows::read_sending(self, of, tid)
    }

    pub(super) fn receiving(
        &self,
        of: &DossierId,
        tid: &TransferId,
    ) -> Result<Option<Receiving>, Fault> {
        rows::read_receiving(self, of, tid)
    }

    pub(super) fn registering(
        &self,
        of: &DossierId,
        tid: &TransferId,
    ) -> Result<Option<Registering>, Fault> {
        rows::read_registering(self, of, tid)
    }

    /// Writes a role's row of a transfer, unless it stands there.
    pub(super) fn keep<T: Serialize + DeserializeOwned + PartialEq>(
        &mut self,
        kind: u8,
        dossier: &DossierId,
        tid: &TransferId,
        row: &T,
    ) -> Result<(), Fault> {
        let key = rows::by_tid(dossier, kind, tid);
        if self.read::<T>(&key)?.as_ref() != Some(row) {
            self.put(Table::Custody, key, row);
            self.touched.insert((*dossier, *tid));
        }
        Ok(())
    }

    /// Notes whether this node still has something to do in a transfer.
    fn index(&mut self, dossier: &DossierId, tid: &TransferId) -> Result<(), Fault> {
        let open = self.sending(dossier, tid)?.is_some_and(|row| row.is_open())
            || self.receiving(dossier, tid)?.is_some_and(|row| row.is_open())
            || self.registering(dossier, tid)?.is_some_and(|row| row.is_open())
            || rows::read_ordered(self, dossier, tid)?.is_some_and(|row| row.open)
            || rows::read_succeeding(self, dossier, tid)?.is_some_and(|row| row.open);
        let key = rows::moving(dossier, tid);
        let noted = self.get(Table::Moving, &key)?.is_some();
        match (open, noted) {
            (true, false) => self.put(Table::Moving, key, &()),
            (false, true) => self.remove(Table::Moving, key),
            _ => {}
        }
        Ok(())
    }

    /// The open transfers of a dossier at this node.
    pub(super) fn open_of(&self, dossier: &DossierId) -> Result<Vec<TransferId>, Fault> {
        let written = rows::open_transfers(self.desk.records)?;
        let mut open: BTreeSet<TransferId> =
            written.into_iter().filter(|(of, _)| of == dossier).map(|(_, tid)| tid).collect();
        open.extend(self.touched.iter().filter(|(of, _)| of == dossier).map(|(_, tid)| *tid));
        Ok(open.into_iter().collect())
    }

    pub(super) fn chain(&self, dossier: &DossierId) -> Result<Option<Chain>, Fault> {
        rows::read_chain(self, dossier)
    }

    pub(super) fn is_forked(&self, dossier: &DossierId) -> Result<bool, Fault> {
        Ok(self.get(Table::Custody, &rows::key(dossier, rows::FORK, &[]))?.is_some())
    }

    pub(super) fn entries(&self, of: &DossierId) -> Result<BTreeMap<Hash, Entry>, Fault> {
        self.desk.content.entries(of)
    }
}
