//! What is done with a dossier: reviews, the phiếu, and one decision for many dossiers.
//!
//! **Invariants:** what can be computed is not stored: how a value stands to its review, which phiếu it
//! came from, who has filed. Edits of several dossiers by one order are one transaction: all or none.

mod choices;
mod forms;
mod index;
mod many;
mod reviews;
mod shapes;

use dossier::{
    DossierId, Edit, FieldPath, Hash, RowId, Value,
    docket::{self, FormEntry, FormVersion, ReviewState, Reviews, Ruling},
    document::Entry,
};
use dossier::{LegalBasis, attachment::Link};
use serde::{Deserialize, Serialize};

use super::{Answer, Core, Refused};
use crate::{Crypto, Fault, Op, Records, Table, codec, envelope::Meta, holding::Opened};

pub use choices::{ChoiceShown, RaisedShown, Take};
pub(super) use forms::name_of as docket_name;
pub(super) use index::{answered, founded, rows as found_by};
pub use many::{EDITS_MAX, Editing};
pub use shapes::{
    BegunShown, DecidedShown, FiledShown, FilingShown, FormShown, FormsShown, ItemShown,
    ReviewShown, VerdictShown,
};

/// An act on one dossier beside its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocketOrder {
    /// Give a verdict on what somebody entered (Điều 15.1).
    Judge {
        /// The change.
        change: Hash,
        /// Its items; none for all of it.
        items: Vec<Link>,
        /// Whether they are approved.
        approve: bool,
        /// Why.
        reason: String,
    },
    /// Keep what is filled in of a phiếu, at this node alone; `None` throws it away.
    Draft(Option<Box<Draft>>),
    /// Submit a phiếu; its number is given here (Điều 9.1 b).
    Submit(Box<FormVersion>),
    /// Put what was accepted of a phiếu into the dossier (Điều 3.2).
    Feed {
        /// The row of the version.
        version: RowId,
        /// The decision behind what the state decides.
        decided: Option<LegalBasis>,
    },
    /// Submit a phiếu that was filled in for a person without a dossier, which is opened by it at `unit`
    /// (Điều 3.2).
    Begin {
        /// The unit that will keep it.
        unit: dossier::UnitId,
        /// What is submitted.
        version: Box<FormVersion>,
    },
    /// Choose where values met.
    Choose {
        /// Where.
        at: FieldPath,
        /// What is taken.
        take: Take,
    },
    /// Undo what was chosen.
    Undo {
        /// Where.
        at: FieldPath,
    },
    /// Pass a conflict up to the body above.
    Raise {
        /// Where.
        at: FieldPath,
        /// Why.
        reason: String,
    },
}

/// A phiếu that is being filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Who fills it in.
    pub person: String,
    /// What it says so far; it has no number.
    pub version: FormVersion,
}

/// A question about what was done with dossiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocketQuestion {
    /// A page of what waits for review in all dossiers.
    Waiting {
        /// Continue after this dossier.
        after: Option<DossierId>,
    },
    /// All that was entered into a dossier, with its verdicts.
    Reviews(DossierId),
    /// The versions of the phiếu of a dossier, and the draft.
    Forms(DossierId),
    /// What was changed by the decision of a number.
    ByDecision(String),
    /// A page of the phiếu that answer a campaign or a request.
    Filed {
        /// The campaign.
        campaign: Hash,
        /// Continue after this dossier.
        after: Option<DossierId>,
    },
    /// What was done about the conflicts of a dossier.
    Choices(DossierId),
    /// The phiếu that are being filled in at this node for persons without a dossier.
    Begun,
}

impl Core {
    pub(super) fn act_in_docket(
        &mut self,
        id: &DossierId,
        order: DocketOrder,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        match order {
            DocketOrder::Judge { change, items, approve, reason } => {
                let ruling = if approve { Ruling::Approved } else { Ruling::Returned };
                self.give_verdict(id, change, &items, (ruling, &reason), meta, records, crypto)
            }
            DocketOrder::Draft(draft) => self.keep_draft(id, draft.as_deref(), records),
            DocketOrder::Submit(version) => self.submit(id, *version, meta, records, crypto),
            DocketOrder::Feed { version, decided } => {
                self.feed(id, version, decided, meta, records, crypto)
            }
            DocketOrder::Begin { unit, version } => {
                self.begin(id, unit, *version, meta, records, crypto)
            }
            DocketOrder::Choose { at, take } => self.choose(id, &at, take, meta, records, crypto),
            DocketOrder::Undo { at } => self.undo(id, &at, meta, records, crypto),
            DocketOrder::Raise { at, reason } => self.raise(id, &at, reason, meta, records, crypto),
        }
    }

    pub(super) fn answer_from_docket(
        &mut self,
        question: &DocketQuestion,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        match question {
            DocketQuestion::Waiting { after } => self.waiting(*after, records),
            DocketQuestion::Reviews(id) => self.with(id, records, |core, opened| {
                Ok(Answer::Reviews(core.reviews_of(opened, false, records)?))
            }),
            DocketQuestion::Forms(id) if records.get(Table::Dossier, id.as_bytes())?.is_none() => {
                self.draft_alone(id, records)
            }
            DocketQuestion::Forms(id) => self.with(id, records, |core, opened| {
                Ok(Answer::Forms(Box::new(core.forms_of(opened, records)?)))
            }),
            DocketQuestion::ByDecision(number) => {
                Ok(Answer::ByDecision(self.decided_by(number, records)?))
            }
            DocketQuestion::Filed { campaign, after } => self.filed_for(campaign, *after, records),
            DocketQuestion::Choices(id) => self.with(id, records, |core, opened| {
                Ok(Answer::Choices(core.choices_of(opened, records)?))
            }),
            DocketQuestion::Begun => Ok(Answer::Begun(self.begun(records)?)),
        }
    }

    /// Reads a dossier that stays in memory; a dossier that is not held is refused.
    fn with(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
        read: impl FnOnce(&Self, &Opened) -> Result<Answer, Fault>,
    ) -> Result<Answer, Fault> {
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let answer = read(self, &opened);
        self.cache.put(opened);
        answer
    }
}

/// How the values of one dossier stand to their review, and where they came from.
pub(super) struct Docket {
    pub(super) reviews: Reviews,
    forms: Vec<(Entry, FormEntry)>,
    /// Whether the dossier has a phiếu that was approved or needed no approval (Điều 3.2).
    founded: bool,
}

impl Docket {
    pub(super) fn of(opened: &Opened) -> Self {
        let reviews = Reviews::read(opened.document.entries(docket::Table::Reviews));
        let entries = opened.document.entries(docket::Table::RecordForms).into_iter();
        let forms: Vec<(Entry, FormEntry)> = entries
            .filter_map(|entry| FormEntry::read(&entry.cells).ok().map(|form| (entry, form)))
            .collect();
        let mut docket = Self { reviews, forms, founded: false };
        let first = opened.document.changes().next();
        let state = |change| docket.state_of(opened, change, None);
        let opens = first.is_some_and(|first| state(&first.hash).counts());
        let submitted = docket.versions().any(|(entry, form)| {
            form.sheet
                .items()
                .keys()
                .any(|item| docket.state_of(opened, &entry.change, Some(item)).counts())
        });
        docket.founded = opens || submitted;
        docket
    }

    /// The versions of the phiếu.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&Entry, &FormVersion)> {
        self.forms.iter().filter_map(|(entry, form)| match form {
            FormEntry::Version(version) => Some((entry, version)),
            FormEntry::Fed(_) => None,
        })
    }

    /// The newest version.
    pub(super) fn newest(&self) -> Option<&FormVersion> {
        let newest = self.versions().max_by_key(|(entry, form)| (form.number, entry.row));
        newest.map(|(_, form)| form)
    }

    /// The version in a row.
    fn version(&self, row: RowId) -> Option<(&Entry, &FormVersion)> {
        self.versions().find(|(entry, _)| entry.row == row)
    }

    /// The changes that were fed from the version in a row.
    fn fed_from(&self, row: RowId) -> impl Iterator<Item = &Hash> {
        let fed = FormEntry::Fed(row);
        self.forms.iter().filter(move |(_, form)| *form == fed).map(|(entry, _)| &entry.change)
    }

    /// The number of the phiếu that a change came from: the one it feeds, or 1 for the change that
    /// opened the dossier.
    pub(super) fn form_of(&self, opened: &Opened, change: &Hash) -> Option<u32> {
        let mut fed = self.forms.iter().filter_map(|(entry, form)| match form {
            FormEntry::Fed(row) if entry.change == *change => self.version(*row),
            _ => None,
        });
        let first = opened.document.changes().next();
        let opens = first.is_some_and(|first| first.hash == *change);
        fed.next().map(|(_, version)| version.number).or(opens.then_some(1))
    }

    /// How an item of a change, or all of it, stands to its review.
    pub(super) fn state(&self, opened: &Opened, change: &Hash, item: Option<&Link>) -> ReviewState {
        match self.state_of(opened, change, item) {
            ReviewState::Approved if !self.founded => ReviewState::WithoutForm,
            state => state,
        }
    }

    fn state_of(&self, opened: &Opened, change: &Hash, item: Option<&Link>) -> ReviewState {
        let header = opened.document.change(change);
        let meta = header.and_then(|header| opened.provenance(header)).map(|(_, meta)| meta);
        let asked = meta.map_or(dossier::Review::Awaiting, |meta| meta.review);
        self.reviews.state(change, item, asked)
    }

    /// The number of the next version; the change that opened the dossier is number 1.
    fn next_number(&self, opened: &Opened) -> u32 {
        let first = opened.document.changes().next().map(|first| first.hash);
        let begun = self.versions().any(|(entry, _)| Some(entry.change) == first);
        let known = self.versions().map(|(_, form)| form.number).max().unwrap_or(0);
        known.max(u32::from(!begun)).saturating_add(1)
    }
}

/// The values an edit writes, by place.
pub(super) fn values_of(edit: &Edit) -> Vec<(dossier::FieldPath, Option<Value>)> {
    let single = |field: &dossier::FieldId, value: Option<&Value>| {
        vec![(dossier::FieldPath { field: field.clone(), row: None }, value.cloned())]
    };
    match edit {
        Edit::Set { field, value } => single(field, Some(value)),
        Edit::Clear { field } => single(field, None),
        Edit::PutRow { table, row, cells } => {
            let cell = |(name, value): (&String, &Value)| {
                let field = format!("{table}.{name}").parse().ok()?;
                Some((dossier::FieldPath { field, row: Some(*row) }, Some(value.clone())))
            };
            cells.iter().filter_map(cell).collect()
        }
        Edit::RemoveRow { .. } => Vec::new(),
    }
}

/// The item an edit is of.
fn item_of(edit: &Edit) -> Link {
    match edit {
        Edit::Set { field, .. } | Edit::Clear { field } => Link::Field(field.clone()),
        Edit::PutRow { table, row, .. } | Edit::RemoveRow { table, row } => {
            Link::Row { table: table.clone(), row: *row }
        }
    }
}

/// The draft of a dossier's phiếu, kept at this node.
fn read_draft(records: &dyn Records, id: &DossierId) -> Result<Option<Draft>, Fault> {
    let row = records.get(Table::Draft, id.as_bytes())?;
    row.map(|bytes| codec::decode(&bytes).map_err(|error| Fault(format!("draft row: {error}"))))
        .transpose()
}

fn forget_draft(id: &DossierId) -> Op {
    Op::remove(Table::Draft, id.as_bytes().to_vec())
}
