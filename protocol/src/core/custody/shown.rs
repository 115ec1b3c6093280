//! What people are told of custody: the transfers this node has a part in, and the chain of a dossier.

use std::collections::BTreeSet;

use dossier::{DossierId, Hash, LegalBasis, NodeId, Timestamp, UnitId, custody::CustodyKind};
use serde::{Deserialize, Serialize};

use super::{Core, LateShown, ReadyShown, Staged, TakeOverShown};
use crate::{
    Answer, Crypto, Fault, Records, Table, codec,
    control::SignedTree,
    core::{ListRow, Refused},
    custody::{
        self, Addressee, AnswerCode, Chain, Cover, Evidence, Link, Outcome, Proposal, Reason,
        Receipt, Road, Said, TransferId, ValidOutcome,
    },
    member::SignedEntry,
};

/// Rows that are read at once.
const PAGE: usize = 512;
/// The most transfers in one answer; of more, those that are open.
const SHOWN_MAX: usize = 1_000;

/// A question about custody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustodyQuestion {
    /// The transfers this node has a part in, open ones first.
    Transfers,
    /// The chain of a dossier.
    Chain(DossierId),
    /// The same with all that somebody offline needs to check it.
    Proof(DossierId),
    /// Whether a dossier can be handed over, and what of it is open.
    Ready(DossierId),
    /// The take-overs that wait for the second officer.
    TakeOvers,
    /// What came late for one dossier, with what it says; of all dossiers without that.
    Late(Option<DossierId>),
}

/// What is answered about custody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustodyAnswer {
    /// An order was taken.
    Ordered {
        /// The dossier.
        dossier: DossierId,
        /// The transfer.
        tid: TransferId,
    },
    /// Transfers.
    Transfers(Vec<TransferShown>),
    /// Whether a dossier can be handed over.
    Ready(ReadyShown),
    /// Take-overs that wait for the second officer.
    TakeOvers(Vec<TakeOverShown>),
    /// A take-over of the dossier waits for the second officer, or waits no more.
    Begun(DossierId),
    /// Late changes, those of a dossier together.
    Late(Vec<LateShown>),
    /// Late changes were settled.
    Settled {
        /// The dossier.
        dossier: DossierId,
        /// Which.
        changes: Vec<Hash>,
    },
    /// A chain.
    Chain(Box<ChainShown>),
    /// A chain with its links, and the papers of the province that its signatures rest on.
    Proof {
        /// The links, oldest first.
        links: Vec<Link>,
        /// The receipts that are known.
        receipts: Vec<Said<Receipt>>,
        /// The member list.
        members: Vec<SignedEntry>,
        /// The org tree.
        tree: Box<SignedTree>,
    },
}

/// By which clause a dossier moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoadShown {
    /// Inside one body (10.1).
    Within,
    /// To another body (10.2).
    Between,
    /// From the receiving body to the unit that uses the person (10.2).
    Forward,
    /// Taken over by order of two officers of tier 3 (7.3).
    Takeover,
    /// Out of the province (10.3).
    Outside,
    /// To the successor of a unit that ended.
    Reorg,
}

/// How far a transfer is, as far as this node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferStage {
    /// The receiver has to answer.
    Proposed,
    /// It accepted.
    Accepted,
    /// The dossier is closed for it.
    Released,
    /// The register was asked.
    Asked,
    /// Custody went; nobody said that it arrived.
    Moved,
    /// It arrived, or custody has gone on since.
    Done,
    /// It came to nothing, and why.
    Ended(Option<Reason>),
}

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferShown {
    /// Its name.
    pub tid: TransferId,
    /// The dossier.
    pub dossier: DossierId,
    /// The name in the list here; empty where the dossier is not held.
    pub name: String,
    /// The epoch it closes.
    pub epoch: u32,
    /// Who gives it up.
    pub from: UnitId,
    /// Who is to keep it.
    pub to: UnitId,
    /// By which clause; `None` of one that nobody proposed.
    pub road: Option<RoadShown>,
    /// On what document.
    pub basis: LegalBasis,
    /// When it lapses.
    pub deadline: Option<Timestamp>,
    /// When the record of the sending was issued (Điều 10.2); that of the transfer inside a body.
    pub sent_at: Option<Timestamp>,
    /// When the record was issued by which the dossier is where it was to go.
    pub taken_at: Option<Timestamp>,
    /// What the receiver answered.
    pub answer: Option<AnswerCode>,
    /// What whoever proposed it tells of the dossier.
    pub cover: Option<Cover>,
    /// What the receiver remarked when it accepted.
    pub remark: Option<String>,
    /// How far it is.
    pub stage: TransferStage,
    /// Whether this node gives, takes, registers.
    pub parts: [bool; 3],
    /// Whom it went to outside the province.
    pub outside: Option<Addressee>,
}

/// One record of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepShown {
    /// The epoch it opens.
    pub epoch: u32,
    /// What it does.
    pub kind: CustodyKind,
    /// Who kept the dossier before.
    pub from: Option<UnitId>,
    /// Who keeps it.
    pub to: UnitId,
    /// On what document.
    pub basis: LegalBasis,
    /// When it was issued, by the registrar's clock.
    pub issued_at: Timestamp,
    /// The unit of the node that registered it.
    pub registrar: Option<UnitId>,
    /// Its hash.
    pub record: Hash,
    /// Its number in the register's log; `None` of the first.
    pub number: Option<u64>,
    /// Ends of the dossier that closed the epoch before.
    pub heads: Vec<Hash>,
    /// Whether the new custodian said that all of it arrived.
    pub received: bool,
}

/// The chain of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainShown {
    /// The dossier.
    pub dossier: DossierId,
    /// The name in the list here; empty where the dossier is not held.
    pub name: String,
    /// The records, oldest first.
    pub steps: Vec<StepShown>,
    /// The node that registers the close of the present epoch.
    pub next_registrar: NodeId,
    /// Whether two records of one epoch count.
    pub forked: bool,
}

impl Core {
    /// Answers a question about custody.
    pub(in crate::core) fn answer_custody(
        &self,
        question: &CustodyQuestion,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let id = match question {
            CustodyQuestion::Transfers => {
                let transfers = self.transfers(records)?;
                return Ok(Answer::Custody(CustodyAnswer::Transfers(transfers)));
            }
            CustodyQuestion::Ready(id) => {
                return Ok(match self.ready(id, records, crypto)? {
                    Some(ready) => Answer::Custody(CustodyAnswer::Ready(ready)),
                    None => Answer::Refused(Refused::new("unknown-dossier", id)),
                });
            }
            CustodyQuestion::TakeOvers => {
                let waiting = self.take_overs(records)?;
                return Ok(Answer::Custody(CustodyAnswer::TakeOvers(waiting)));
            }
            CustodyQuestion::Late(of) => {
                let late = self.late_shown(of.as_ref(), records, crypto)?;
                return Ok(Answer::Custody(CustodyAnswer::Late(late)));
            }
            CustodyQuestion::Chain(id) | CustodyQuestion::Proof(id) => id,
        };
        let view = Staged::new(records, &[]);
        let Some(chain) = custody::read_chain(&view, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let mut receipts = Vec::new();
        for epoch in 1..=chain.current().epoch {
            receipts.extend(custody::read_receipt(&view, id, epoch)?);
        }
        let answer = if let CustodyQuestion::Chain(_) = question {
            let steps = self.steps(&chain, &receipts);
            CustodyAnswer::Chain(Box::new(ChainShown {
                dossier: *id,
                name: name_of(id, records)?,
                steps,
                next_registrar: chain.current().next_registrar,
                forked: custody::read_fork(&view, id)?.is_some(),
            }))
        } else {
            let rows = records.scan(Table::Member, &[], None, usize::MAX)?;
            let read = |row: &[u8]| {
                codec::decode(row).map_err(|error| Fault(format!("member entry: {error}")))
            };
            let members = rows.iter().map(|(_, row)| read(row)).collect::<Result<_, _>>()?;
            let tree = Box::new(self.tree.clone());
            CustodyAnswer::Proof { links: chain.links().to_vec(), receipts, members, tree }
        };
        Ok(Answer::Custody(answer))
    }

    fn steps(&self, chain: &Chain, receipts: &[Said<Receipt>]) -> Vec<StepShown> {
        let unit = |node: &NodeId| self.members.get(node).map(|member| member.unit.clone());
        let records = chain.records().records().zip(chain.links());
        let step =
            |((record, hash), link): ((&dossier::custody::CustodyRecord, Hash), &Link)| StepShown {
                epoch: record.epoch,
                kind: record.kind,
                from: record.from.clone(),
                to: record.to.clone(),
                basis: record.basis.clone(),
                issued_at: record.issued_at,
                registrar: unit(&record.registrar),
                record: hash,
                number: match link {
                    Link::Opened(_) => None,
                    Link::Closed(valid) => Some(valid.entry.what.number),
                },
                heads: record.close_heads.clone(),
                received: receipts.iter().any(|said| said.what.epoch == record.epoch),
            };
        records.map(step).collect()
    }

    fn transfers(&self, records: &dyn Records) -> Result<Vec<TransferShown>, Fault> {
        let mut known: BTreeSet<(DossierId, TransferId)> = BTreeSet::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = records.scan(Table::Custody, &[], after.as_deref(), PAGE)?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            known.extend(rows.iter().filter_map(|(key, _)| custody::transfer_of(key)));
        }
        let mut shown = Vec::new();
        for (id, tid) in known {
            shown.extend(self.transfer(&id, &tid, records)?);
        }
        let over =
            |it: &TransferShown| matches!(it.stage, TransferStage::Done | TransferStage::Ended(_));
        shown.sort_by_key(|it| (over(it), it.dossier, it.epoch));
        shown.truncate(SHOWN_MAX);
        Ok(shown)
    }

    fn transfer(
        &self,
        id: &DossierId,
        tid: &TransferId,
        records: &dyn Records,
    ) -> Result<Option<TransferShown>, Fault> {
        let view = Staged::new(records, &[]);
        let gives = custody::read_sending(&view, id, tid)?;
        let takes = custody::read_receiving(&view, id, tid)?;
        let registers = custody::read_registering(&view, id, tid)?;
        let ordered = custody::read_ordered(&view, id, tid)?;
        let succeeding = custody::read_succeeding(&view, id, tid)?;
        let orders = ordered.is_some() || succeeding.is_some();
        let parts = [gives.is_some(), takes.is_some(), registers.is_some() || orders];
        let order = registers.as_ref().and_then(|row| row.order.as_ref());
        let order = order.or(ordered.as_ref().map(|row| &row.order.what));
        let order = order.or(succeeding.as_ref().map(|row| &row.order.what.order));
        let said = [
            gives.as_ref().and_then(|row| row.proposal.as_ref()),
            takes.as_ref().and_then(|row| row.proposal.as_ref()),
            registers.as_ref().and_then(|row| row.proposal.as_ref()),
        ];
        let proposal: Option<&Proposal> = said.into_iter().flatten().next().map(|it| &it.what);
        let epochs = [
            gives.as_ref().map(|row| row.epoch),
            takes.as_ref().map(|row| row.epoch),
            registers.as_ref().map(|row| row.epoch),
            order.map(|it| it.epoch),
        ];
        let Some(epoch) = epochs.into_iter().flatten().next() else { return Ok(None) };
        let chain = custody::read_chain(&view, id)?;
        let won = chain.as_ref().and_then(|chain| chain.records().record(epoch + 1));
        let won = won.filter(|record| record.tid == Some(tid.0));
        let days = chain.as_ref().map_or((None, None), |chain| days(chain, epoch, tid, proposal));
        let answers = [
            takes.as_ref().and_then(|row| row.answer.as_ref()),
            registers.as_ref().and_then(|row| row.answer.as_ref()),
        ];
        let aborted = custody::read_aborted(&view, id, tid)?;
        let answer = answers.into_iter().flatten().next().map(|said| said.what.code);
        let answer = answer.or_else(|| aborted.as_ref().and_then(returned));
        let asked = registers.as_ref().is_some_and(|row| row.asked.is_some()) || order.is_some();
        let overtaken =
            order.is_some() && chain.as_ref().is_some_and(|it| it.current().epoch > epoch);
        let released = gives.as_ref().is_some_and(|row| row.release.is_some())
            || registers.as_ref().is_some_and(|row| row.release.is_some());
        let back = chain.as_ref().and_then(|chain| chain.records().record(epoch + 2));
        let back = back.is_some_and(|record| record.kind == CustodyKind::Reopen);
        let stage = match (&won, &aborted) {
            (Some(_), _) if back => TransferStage::Ended(Some(Reason::Rejected)),
            (Some(record), _) => match custody::read_receipt(&view, id, record.epoch)? {
                Some(_) => TransferStage::Done,
                // Custody went on before a receipt came, and nobody waits for it.
                None if chain.as_ref().is_some_and(|it| it.current().epoch > record.epoch) => {
                    TransferStage::Done
                }
                None => TransferStage::Moved,
            },
            (None, Some(valid)) => TransferStage::Ended(reason(valid)),
            (None, None) if overtaken => TransferStage::Ended(Some(Reason::Conflict)),
            (None, None) if asked => TransferStage::Asked,
            (None, None) if released => TransferStage::Released,
            (None, None) if answer == Some(AnswerCode::Accepted) => TransferStage::Accepted,
            (None, None) => TransferStage::Proposed,
        };
        let (from, to, basis) = match (proposal, &won) {
            (Some(it), _) => (it.from.clone(), it.to.clone(), it.basis.clone()),
            (None, Some(it)) => {
                let from = it.from.clone().unwrap_or_else(|| it.to.clone());
                (from, it.to.clone(), it.basis.clone())
            }
            (None, None) => match order {
                Some(it) => (it.from.clone(), it.to.clone(), it.basis.clone()),
                None => return Ok(None),
            },
        };
        let succeeds = succeeding.is_some();
        let by_order = match won.map(|record| record.kind) {
            Some(CustodyKind::Takeover) => Some(RoadShown::Takeover),
            Some(CustodyKind::Reorg) => Some(RoadShown::Reorg),
            _ if succeeds => Some(RoadShown::Reorg),
            _ => order.map(|_| RoadShown::Takeover),
        };
        let road = proposal.map(|it| match &it.road {
            Road::Within => RoadShown::Within,
            Road::Between => RoadShown::Between,
            Road::Forward(_) => RoadShown::Forward,
            Road::Outside(_) => RoadShown::Outside,
        });
        let road = road.or(by_order);
        let (cover, remark) = custody::read_notes(&view, id, tid)?;
        let mut name = name_of(id, records)?;
        if let Some(cover) = cover.as_ref().filter(|_| name.is_empty()) {
            name.clone_from(&cover.name);
        }
        Ok(Some(TransferShown {
            tid: *tid,
            dossier: *id,
            name,
            cover,
            remark,
            epoch,
            from,
            to,
            road,
            basis,
            deadline: proposal.map(|it| it.deadline),
            sent_at: days.0,
            taken_at: days.1,
            answer,
            stage,
            parts,
            outside: proposal.and_then(|it| it.addressee().cloned()),
        }))
    }
}

/// When the dossier was sent, and when it was where it was to go: between bodies by the first and the
/// last record of the case.
fn days(
    chain: &Chain,
    epoch: u32,
    tid: &TransferId,
    proposal: Option<&Proposal>,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let records = || chain.records().records().map(|(record, _)| record);
    let won = chain.records().record(epoch + 1).filter(|record| record.tid == Some(tid.0));
    let proposed = proposal.and_then(|it| it.case().filter(|_| it.road != Road::Between));
    let case = won.and_then(|record| record.case_id).or(proposed.map(|case| case.0));
    let Some(case) = case else {
        let at = won.map(|record| record.issued_at);
        return (at, at);
    };
    let mut of_case = records().filter(|record| record.case_id == Some(case));
    let sent = of_case.next().map(|record| record.issued_at);
    let forwarded = of_case.last().map(|record| record.issued_at);
    let waits = won.is_none() && proposed.is_some();
    (sent, if waits { None } else { forwarded.or(sent) })
}

fn reason(valid: &ValidOutcome) -> Option<Reason> {
    match valid.outcome() {
        Outcome::Abort(abort) => Some(abort.reason),
        Outcome::Commit(_) => None,
    }
}

/// What the receiver said that sent a dossier back.
fn returned(valid: &ValidOutcome) -> Option<AnswerCode> {
    match &valid.entry.what.request.what.evidence {
        Evidence::Rejected { answer, .. } => Some(answer.what.code),
        _ => None,
    }
}

pub(in crate::core) fn name_of(id: &DossierId, records: &dyn Records) -> Result<String, Fault> {
    let row = records.get(Table::Listing, id.as_bytes())?;
    row.map_or(Ok(String::new()), |row| ListRow::decode(&row).map(|row| row.name))
}
