//! What of a request is recorded: who asks and why before it is done, what came of it after.

mod custody;
mod search;
mod upkeep;

use dossier::{
    DossierId, Hash, LegalBasis, attachment::TABLE, campaign::CampaignAct, change_kind::NewKind,
    conduct::ConductAct, disruption::DisruptionAct, grant::GrantAct, inspection::InspectAct,
};
use protocol::{
    Answer, Command, Op, Table,
    audit::{Act, Outcome, Record, Sealer as _},
    codec,
    core::{DocketOrder, DocketQuestion, Incident, IncidentKind, Refused},
    envelope::Meta,
};
use serde::{Deserialize, Serialize};

use super::AuditKey;
use crate::account::Secret;
use crate::control::{AuditOrder, CertificateOrder, CopyKind, CopyOrder};
use crate::grant::Passage;

/// Who says to be asking, and why. What a person claims is recorded as claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The person.
    pub person: String,
    /// To what purpose.
    pub purpose: String,
    /// Number of the document it rests on.
    pub document: String,
    /// Whether what is sensitive is to be shown as well.
    pub unmask: bool,
    /// Whether an import compares dossiers with its list: no person looks at them.
    pub comparing: bool,
    /// The digits of the second factor, for what leaves the system.
    pub second: Option<Secret>,
}

/// Who asks, as far as the node knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The account of the operating system at the other end of the control socket.
    pub account: Option<u32>,
    /// Whether a browser asks, through a page of this node.
    pub page: bool,
    /// What the caller says.
    pub claim: Claim,
}

impl Caller {
    /// Whether it is for a person: what programs inside ask for themselves is not covered.
    pub fn is_person(&self) -> bool {
        self.page || self.account.is_some()
    }
}

/// Stands among the sections of an entry when what is sensitive was shown on purpose.
pub const UNMASKED: &str = "unmasked";

/// What came of an act.
#[derive(Debug, Clone, Copy)]
pub enum Came<'a> {
    /// It was done, or is under way.
    Done,
    /// It was refused.
    Refused(&'a Refused),
    /// The core answered.
    Answered(&'a Answer),
}

/// An act under way: its record so far.
#[derive(Debug)]
pub struct Deed {
    record: Record,
    /// Whether it only reads, so that it can be refused when it cannot be recorded.
    pub reading: bool,
}

impl Deed {
    /// An act of `caller`.
    pub fn new(act: Act, caller: &Caller, reading: bool) -> Self {
        let Claim { person, purpose, document, .. } = caller.claim.clone();
        let client = match caller.account {
            Some(account) => format!("uid {account}"),
            None if caller.page => "page".to_owned(),
            None => String::new(),
        };
        let record = Record { person, purpose, document, client, ..Record::of(act) };
        Self { record, reading }
    }

    /// Says who it is that acts, whatever the caller claims.
    pub fn by(mut self, person: &str) -> Self {
        person.clone_into(&mut self.record.person);
        self
    }

    /// The act that a command to the core is, if it is one that is recorded.
    pub fn of_command(command: &Command, caller: &Caller, key: &AuditKey) -> Option<Self> {
        let reading = |act| Self::new(act, caller, true);
        let named = |mut deed: Self, dossier: &DossierId, section: &str| {
            deed.record.dossiers = vec![key.dossier(dossier)];
            deed.record.sections = vec![section.to_owned()];
            deed
        };
        Some(match command {
            Command::Enter(entries) => {
                let (new, known, refused) = (0, 0, 0);
                let meta = entries.first().map(|entry| &entry.meta);
                let list = meta.is_some_and(|it| matches!(it.basis, LegalBasis::Import { .. }));
                let act = if list {
                    Act::Imported { new, known, refused }
                } else {
                    Act::Created { new, known, refused }
                };
                let deed = Self::new(act, caller, false);
                match meta {
                    Some(meta) => deed.on(meta),
                    None => deed,
                }
            }
            Command::Many(all) => {
                let deed = Self::new(Act::Edited { change: Hash::ZERO }, caller, false);
                let dossiers = all.iter().take(Record::DOSSIERS_MAX);
                let dossiers = dossiers.map(|it| key.dossier(&it.dossier)).collect();
                let mut deed = match all.first() {
                    Some(first) => deed.on(&first.meta),
                    None => deed,
                };
                deed.record.dossiers = dossiers;
                deed
            }
            Command::Docket { dossier, order, meta } => {
                let act = match order.as_ref() {
                    DocketOrder::Judge { change, approve: true, .. } => {
                        Act::Approved { change: *change }
                    }
                    _ => Act::Edited { change: Hash::ZERO },
                };
                let mut deed = named(Self::new(act, caller, false).on(meta), dossier, "");
                deed.record.sections.clear();
                if let DocketOrder::Judge { reason, .. } = order.as_ref() {
                    deed.record.purpose.clone_from(reason);
                }
                deed
            }
            Command::AskDocket(
                DocketQuestion::Reviews(dossier) | DocketQuestion::Forms(dossier),
            ) => named(reading(Act::Opened), dossier, "*"),
            Command::AskDocket(DocketQuestion::Choices(dossier)) => {
                named(reading(Act::HistoryRead), dossier, "choices")
            }
            Command::Transfer { dossier, order, meta } => {
                custody::ordered(caller, key, dossier, order, meta)
            }
            Command::Reorganise { meta, .. } => Self::new(Act::TreeDrawn, caller, false).on(meta),
            Command::AskCustody(question) => custody::asked(caller, key, question),
            Command::AskDocket(_) => reading(Act::FindingsRead { rows: 0 }),
            Command::Edit { dossier, meta, .. }
            | Command::Attach { dossier, meta, .. }
            | Command::Detach { dossier, meta, .. } => {
                let deed = Self::new(Act::Edited { change: Hash::ZERO }, caller, false).on(meta);
                let mut deed = named(deed, dossier, "");
                deed.record.sections.clear();
                deed
            }
            Command::List { query, .. } if query.is_empty() => reading(Act::Listed { rows: 0 }),
            Command::List { query, .. } => {
                let terms = key.pseudonym("search", query.as_bytes());
                reading(Act::Searched { terms, rows: 0 })
            }
            Command::Show(dossier) => named(reading(Act::Opened), dossier, "*"),
            Command::Chronicle(dossier) => named(reading(Act::HistoryRead), dossier, "*"),
            Command::Life(dossier) => named(reading(Act::HistoryRead), dossier, "statuses"),
            Command::Parity(dossier) => named(reading(Act::HistoryRead), dossier, "parities"),
            Command::Attachments(dossier) => named(reading(Act::Opened), dossier, TABLE),
            Command::ReadAttachment { dossier, .. } => {
                named(reading(Act::AttachmentRead(Hash::ZERO)), dossier, TABLE)
            }
            Command::History(dossier, path) => {
                named(reading(Act::HistoryRead), dossier, &path.field.to_string())
            }
            Command::Conflicts | Command::Quarantine => reading(Act::FindingsRead { rows: 0 }),
            Command::Digests => reading(Act::Listed { rows: 0 }),
            Command::Imported(_) => reading(Act::Imported { new: 0, known: 0, refused: 0 }),
            // Counts, incidents and the papers of the province show nobody's dossier; what is
            // made by the register is recorded when it is written.
            Command::Incidents
            | Command::Members
            | Command::Status
            | Command::Sync
            | Command::Member(_)
            | Command::Accounts(_)
            | Command::Notices(_)
            | Command::Tree(_)
            | Command::AskReorg(_)
            | Command::Renew(_) => return None,
        })
    }

    /// The act that a copy of a dossier is.
    pub fn of_copy(order: &CopyOrder, caller: &Caller, key: &AuditKey) -> Self {
        let act = match order.kind {
            CopyKind::Print => Act::Printed { copies: 1 },
            CopyKind::Export => Act::Exported { rows: 1 },
        };
        let mut deed = Self::new(act, caller, true);
        deed.record.dossiers = vec![key.dossier(&order.dossier)];
        deed.record.sections = vec!["*".to_owned()];
        deed
    }

    /// The act that an order about the own certificate is; looking at it is none.
    pub fn of_certificate(order: &CertificateOrder, caller: &Caller) -> Option<Self> {
        let looks = matches!(order, CertificateOrder::Show);
        (!looks).then(|| Self::new(Act::KeyAct, caller, false))
    }

    /// The act that an order about the audit log is: every page is a reading, wherever it begins.
    /// What an export takes in pages is sealed, and its key goes out with the recorded first step.
    pub fn of_audit(order: &AuditOrder, caller: &Caller, entries: u64) -> Option<Self> {
        match order {
            AuditOrder::Show { .. } => Some(Self::new(Act::AuditRead { entries }, caller, true)),
            AuditOrder::Export { mission } => {
                let mut deed = Self::new(Act::AuditExported { entries }, caller, true);
                if deed.record.document.is_empty() {
                    deed.record.document.clone_from(mission);
                }
                Some(deed)
            }
            _ => None,
        }
    }

    /// The person and the document of a change stand in the change.
    fn on(mut self, meta: &Meta) -> Self {
        self.record.person.clone_from(&meta.person);
        self.record.role = Some(meta.role);
        let (purpose, document) = match &meta.basis {
            LegalBasis::Decision { number, .. } | LegalBasis::OfKind { number, .. } => {
                ("", number.as_str())
            }
            LegalBasis::Declaration { .. } | LegalBasis::Received { .. } | LegalBasis::Office => {
                ("", "")
            }
            LegalBasis::Correction { reason } => (reason.as_str(), ""),
            LegalBasis::Import { list, .. } => ("", list.as_str()),
        };
        purpose.clone_into(&mut self.record.purpose);
        document.clone_into(&mut self.record.document);
        self
    }

    /// Says on what a reading rests and what it showed.
    pub fn through(mut self, passage: &Passage, unmasked: bool) -> Self {
        if let Some(document) = &passage.document {
            self.record.document.clone_from(document);
        }
        if let (Act::Opened, Some(sections)) = (&self.record.act, &passage.sections) {
            self.record.sections = sections.iter().cloned().collect();
        }
        if unmasked && self.reading {
            self.record.sections.push(UNMASKED.to_owned());
        }
        self
    }

    /// An act on rights given by document.
    pub fn of_grant(act: &GrantAct, caller: &Caller) -> Self {
        let record = Hash::tagged("hoso/audit/grant/1", &[&codec::encode(act)]);
        let mut deed = Self::new(Act::Granted { record }, caller, false);
        if let GrantAct::Give(giving) = act {
            deed.record.document.clone_from(&giving.document.number);
            deed.record.purpose.clone_from(&giving.purpose);
        }
        deed
    }

    /// What is recorded of an inspection, its answer or its end.
    pub fn of_inspection(act: &InspectAct, caller: &Caller) -> Self {
        let record = Hash::tagged("hoso/audit/inspection/1", &[&codec::encode(act)]);
        Self::new(Act::Granted { record }, caller, false)
    }

    /// An act on campaigns of declarations.
    pub fn of_campaign(act: &CampaignAct, caller: &Caller) -> Self {
        let record = Hash::tagged("hoso/audit/campaign/1", &[&codec::encode(act)]);
        let mut deed = Self::new(Act::Granted { record }, caller, false);
        if let CampaignAct::Open(campaign) = act {
            deed.record.purpose.clone_from(&campaign.title);
        }
        deed
    }

    /// A statement on how the regulation is kept.
    pub fn of_conduct(act: &ConductAct, caller: &Caller) -> Self {
        let record = Hash::tagged("hoso/audit/conduct/1", &[&codec::encode(act)]);
        let (recorded, purpose) = match act {
            ConductAct::Acknowledge { .. } => {
                (Act::AccountChanged { record }, "xác nhận trách nhiệm hằng năm")
            }
            ConductAct::Publish(_) | ConductAct::Settle { .. } => {
                (Act::Granted { record }, "quy định nội bộ")
            }
            _ => (Act::Granted { record }, "vướng mắc, kiến nghị"),
        };
        let mut deed = Self::new(recorded, caller, false);
        purpose.clone_into(&mut deed.record.purpose);
        if let ConductAct::Publish(regulation) = act {
            deed.record.document.clone_from(&regulation.document.number);
        }
        deed
    }

    /// An act on incidents of the system.
    pub fn of_disruption(act: &DisruptionAct, caller: &Caller) -> Self {
        let record = Hash::tagged("hoso/audit/disruption/1", &[&codec::encode(act)]);
        Self::new(Act::Granted { record }, caller, false)
    }

    /// A kind of change that is added to the catalog.
    pub fn of_kind(kind: &NewKind, caller: &Caller) -> Self {
        let record = Hash::tagged("hoso/audit/kind/1", &[&codec::encode(kind)]);
        let mut deed = Self::new(Act::Granted { record }, caller, false);
        "danh mục loại thay đổi".clone_into(&mut deed.record.purpose);
        deed.record.document.clone_from(&kind.document);
        deed
    }

    /// Names the document it rests on.
    pub fn rests_on(&mut self, document: &str) {
        document.clone_into(&mut self.record.document);
    }

    /// Who it is that acts, as it is recorded: by name, or by the account of the system.
    pub fn person(&self) -> &str {
        if self.record.person.is_empty() { &self.record.client } else { &self.record.person }
    }

    /// The record, with what came of the act.
    pub fn ended(mut self, came: Came<'_>, key: &AuditKey) -> Record {
        match came {
            Came::Done => {}
            Came::Refused(refused) | Came::Answered(Answer::Refused(refused)) => {
                self.record.outcome = Outcome::Refused(refused.code.clone());
            }
            Came::Answered(answer) => self.take_answer(answer, key),
        }
        self.record
    }

    fn take_answer(&mut self, answer: &Answer, key: &AuditKey) {
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let most = Record::DOSSIERS_MAX;
        let shown = |ids: &mut dyn Iterator<Item = &DossierId>| {
            ids.take(most).map(|id| key.dossier(id)).collect::<Vec<_>>()
        };
        let rows = match answer {
            Answer::List(list) => {
                self.record.dossiers = shown(&mut list.iter().map(|row| &row.dossier));
                count(list.len())
            }
            Answer::Conflicts(list) => {
                self.record.dossiers = shown(&mut list.iter().map(|it| &it.dossier));
                count(list.len())
            }
            Answer::Quarantine(list) => {
                self.record.dossiers = shown(&mut list.iter().map(|(dossier, ..)| dossier));
                count(list.len())
            }
            Answer::Reviews(list) | Answer::Waiting { list, .. } => {
                if !matches!(self.record.act, Act::FindingsRead { .. }) {
                    return;
                }
                self.record.dossiers = shown(&mut list.iter().map(|it| &it.dossier));
                count(list.len())
            }
            Answer::ByDecision(list) => {
                self.record.dossiers = shown(&mut list.iter().map(|it| &it.dossier));
                count(list.len())
            }
            Answer::Filed { list, .. } => {
                self.record.dossiers = shown(&mut list.iter().map(|it| &it.dossier));
                count(list.len())
            }
            Answer::EditedAll(list) => {
                let change = list.first().map_or(Hash::ZERO, |(_, change)| *change);
                self.record.act = Act::Edited { change };
                return;
            }
            Answer::Digests(list) => count(list.len()),
            Answer::Imported(list) => {
                self.record.dossiers = shown(&mut list.iter().flatten());
                let known = count(list.iter().flatten().count());
                self.record.act = Act::Imported { new: 0, known, refused: 0 };
                return;
            }
            Answer::Attachment(shown) => {
                self.record.act = Act::AttachmentRead(shown.attachment.content.id);
                return;
            }
            // The record names the change that was judged.
            Answer::Edited { .. } if matches!(self.record.act, Act::Approved { .. }) => return,
            Answer::Edited { change, .. } => {
                self.record.act = Act::Edited { change: *change };
                return;
            }
            Answer::Entered(made) => {
                let ids = made.iter().flatten().map(|(id, _)| id);
                self.record.dossiers = shown(&mut ids.clone());
                let new = count(made.iter().flatten().filter(|(_, new)| *new).count());
                let known = count(ids.count()) - new;
                let refused = count(made.iter().filter(|one| one.is_err()).count());
                self.record.act = match self.record.act {
                    Act::Imported { .. } => Act::Imported { new, known, refused },
                    _ => Act::Created { new, known, refused },
                };
                return;
            }
            _ => return,
        };
        match &mut self.record.act {
            Act::Listed { rows: shown }
            | Act::Searched { rows: shown, .. }
            | Act::FindingsRead { rows: shown } => *shown = rows,
            _ => {}
        }
    }
}

/// What writes of the core themselves tell: the member list grew, a tree came into force, parcels
/// were kept outside.
pub fn of_writes(ops: &[Op], key: &AuditKey) -> Vec<Record> {
    let mut records = Vec::new();
    let puts = |table| ops.iter().filter(move |op| op.table == table && op.value.is_some());
    if let Some(op) = puts(Table::Member).next_back() {
        let number = op.key.as_slice().try_into().map_or(0, u64::from_be_bytes);
        records.push(Record::of(Act::MemberListed { number }));
    }
    if let Some(value) = puts(Table::Control).next_back().and_then(|op| op.value.as_ref()) {
        records.push(Record::of(Act::TreeTaken { record: Hash::of(value) }));
    }
    let aside = puts(Table::Quarantine)
        .filter_map(|op| op.key.get(..16).and_then(DossierId::from_slice))
        .take(Record::DOSSIERS_MAX)
        .map(|id| key.dossier(&id));
    let dossiers: Vec<_> = aside.collect();
    if !dossiers.is_empty() {
        records.push(Record { dossiers, ..Record::of(Act::Quarantined) });
    }
    records
}

/// An incident as it is recorded.
pub fn of_incident(incident: &Incident, key: &AuditKey) -> Record {
    let kind = match &incident.kind {
        IncidentKind::RolledBack => "rolled-back",
        IncidentKind::NeighbourRenewed => "neighbour-renewed",
        IncidentKind::Cloned => "cloned",
        IncidentKind::StaleIncarnation => "stale-incarnation",
        IncidentKind::Diverged => "diverged",
        IncidentKind::Forked(_) => "forked",
        IncidentKind::Strikes => "strikes",
        IncidentKind::Reissued(_) => "reissued",
        IncidentKind::AuditForked => "audit-forked",
        IncidentKind::Overfull(_) => "overfull",
        IncidentKind::LateEntry(_) => "late-entry",
        IncidentKind::NoReceipt(_) => "no-receipt",
        IncidentKind::CustodyForked(_) => "custody-forked",
    };
    let dossier = match &incident.kind {
        IncidentKind::Forked(id)
        | IncidentKind::Reissued(id)
        | IncidentKind::Overfull(id)
        | IncidentKind::LateEntry(id)
        | IncidentKind::NoReceipt(id)
        | IncidentKind::CustodyForked(id) => Some(key.dossier(id)),
        _ => None,
    };
    let client = incident.node.map(|node| format!("node {node}")).unwrap_or_default();
    let act = Act::Incident(kind.to_owned());
    Record { dossiers: dossier.into_iter().collect(), client, ..Record::of(act) }
}

/// What is signed over a finished package.
pub fn package_digest(digest: &Hash, lines: u64) -> Hash {
    Hash::tagged("hoso/audit/package/1", &[&codec::encode(&(digest, lines))])
}

#[cfg(test)]
mod tests;
