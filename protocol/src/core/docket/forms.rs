//! The phiếu (Điều 3.2, 9.1 b): drafts, versions, and what is fed from them.

use dossier::{
    DossierId, Edit, Hash, LegalBasis, Review, RowId, UnitId, Value,
    docket::{FormEntry, FormVersion, ReviewState, SubmissionFault, Table as Reserved},
};

use super::{
    BegunShown, Docket, Draft, Editing, FiledShown, FilingShown, FormShown, FormsShown,
    forget_draft, read_draft, reviews::items,
};
use crate::{
    Answer, Crypto, Fault, Op, Records, Table, codec,
    core::{Core, Refused, queries},
    envelope::Meta,
    holding::Opened,
};

/// Phiếu that are being filled in at one node.
const DRAFTS_MAX: usize = 10_000;
/// The most dossiers of one page of those who have filed.
const FILED_PAGE: usize = 2_000;
/// The most of them that are read anew for one page: the node has other things to do as well.
const FILED_FRESH: usize = 200;

impl Core {
    /// Keeps what is filled in, or throws it away.
    pub(super) fn keep_draft(
        &mut self,
        id: &DossierId,
        draft: Option<&Draft>,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let known = [Table::Dossier, Table::Draft].map(|table| records.get(table, id.as_bytes()));
        let drafts = || records.scan(Table::Draft, &[], None, DRAFTS_MAX);
        if let [Ok(None), Ok(None)] = known
            && drafts()?.len() >= DRAFTS_MAX
        {
            return Ok(Answer::Refused(Refused::new("too-many-drafts", DRAFTS_MAX)));
        }
        let op = match draft {
            None => forget_draft(id),
            Some(draft) => {
                if FormEntry::Version(draft.version.clone()).cells().is_err() {
                    return Ok(Answer::Refused(Refused::new("form-too-long", id)));
                }
                Op::put(Table::Draft, id.as_bytes().to_vec(), codec::encode(draft))
            }
        };
        self.commit(vec![op]);
        Ok(Answer::Done)
    }

    /// Submits a version, which waits for another person's review, and forgets the draft.
    pub(super) fn submit(
        &mut self,
        id: &DossierId,
        mut version: FormVersion,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        version.number = Docket::of(&opened).next_number(&opened);
        self.cache.put(opened);
        let Ok(cells) = FormEntry::Version(version).cells() else {
            return Ok(Answer::Refused(Refused::new("form-too-long", id)));
        };
        let edit = self.entry(Reserved::RecordForms, 0, cells);
        let meta = Meta { review: Review::Awaiting, ..meta.clone() };
        let answer = self.edit(id, &[edit], &meta, records, crypto)?;
        if matches!(answer, Answer::Edited { .. }) {
            self.commit(vec![forget_draft(id)]);
        }
        Ok(answer)
    }

    /// Submits the first phiếu of a person, by which her dossier is opened; nothing but the phiếu stands in
    /// it until something of that is approved (Điều 3.2).
    pub(super) fn begin(
        &mut self,
        id: &DossierId,
        unit: UnitId,
        version: FormVersion,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        if records.get(Table::Dossier, id.as_bytes())?.is_some() {
            return Ok(Answer::Refused(Refused::new("known-dossier", id)));
        }
        let version = FormVersion { number: 1, ..version };
        let Ok(cells) = FormEntry::Version(version).cells() else {
            return Ok(Answer::Refused(Refused::new("form-too-long", id)));
        };
        let edits = vec![self.entry(Reserved::RecordForms, 0, cells)];
        let meta = Meta { review: Review::Awaiting, ..meta.clone() };
        let entry = crate::core::Entry { key: None, unit, edits, meta };
        Ok(match self.enter_one(*id, &entry, None, crypto) {
            Ok(mut ops) => {
                ops.push(forget_draft(id));
                self.commit(ops);
                Answer::Entered(vec![Ok((*id, true))])
            }
            Err(refused) => Answer::Refused(refused),
        })
    }

    /// Judges the phiếu among edits, whichever way they came (Điều 9.1 b).
    pub(in crate::core) fn judge_forms(&self, edits: &[Edit]) -> Result<(), Refused> {
        for edit in edits {
            let Edit::PutRow { table, cells, .. } = edit else { continue };
            if Reserved::named(table) != Some(Reserved::RecordForms) {
                continue;
            }
            if let Ok(FormEntry::Version(version)) = FormEntry::read(cells) {
                self.sides.judge_form(&version).map_err(|fault| incomplete(&fault))?;
            }
        }
        Ok(())
    }

    /// The phiếu that are being filled in here for persons without a dossier.
    pub(super) fn begun(&self, records: &dyn Records) -> Result<Vec<BegunShown>, Fault> {
        let mut all = Vec::new();
        for (key, _) in records.scan(Table::Draft, &[], None, DRAFTS_MAX)? {
            let Some(id) = DossierId::from_slice(&key) else { continue };
            if records.get(Table::Dossier, &key)?.is_none()
                && let Some(draft) = read_draft(records, &id)?
            {
                all.push(BegunShown { dossier: id, name: name_of(&draft.version), draft });
            }
        }
        Ok(all)
    }

    /// What is said of a dossier that is only being filled in.
    pub(super) fn draft_alone(
        &self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let Some(draft) = read_draft(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        Ok(Answer::Forms(Box::new(FormsShown {
            dossier: *id,
            unit: self.identity.unit.clone(),
            name: name_of(&draft.version),
            opened: None,
            versions: Vec::new(),
            draft: Some(draft),
        })))
    }

    /// Puts what was accepted of a version into the dossier: one change for what the person declares,
    /// one for what the state decides, both or none.
    pub(super) fn feed(
        &mut self,
        id: &DossierId,
        row: RowId,
        decided: Option<LegalBasis>,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let accepted = accepted(&opened, row);
        let form = opened.document.form().to_owned();
        self.cache.put(opened);
        let Some(accepted) = accepted else {
            return Ok(Answer::Refused(Refused::new("unknown-form", id)));
        };
        if accepted.is_empty() {
            return Ok(Answer::Refused(Refused::new("form-nothing-accepted", id)));
        }
        let of_state = |edit: &Edit| self.sides.of_edits(&form, std::slice::from_ref(edit)).state;
        let (state, personal): (Vec<Edit>, Vec<Edit>) = accepted.into_iter().partition(of_state);
        let mut all = Vec::new();
        for (index, edits, basis) in [(0, personal, Some(meta.basis.clone())), (1, state, decided)]
        {
            if edits.is_empty() {
                continue;
            }
            let Some(basis) = basis else {
                return Ok(Answer::Refused(Refused::new("decision_required", id)));
            };
            let fed = FormEntry::Fed(row).cells().unwrap_or_default();
            let mut edits = edits;
            edits.push(self.entry(Reserved::RecordForms, index, fed));
            all.push(Editing { dossier: *id, edits, meta: Meta { basis, ..meta.clone() } });
        }
        self.edit_all(all, records, crypto)
    }

    pub(super) fn forms_of(
        &self,
        opened: &Opened,
        records: &dyn Records,
    ) -> Result<FormsShown, Fault> {
        let (docket, view) = (Docket::of(opened), opened.document.view());
        let mut versions = Vec::new();
        for (entry, version) in docket.versions() {
            let mut fed = Vec::new();
            for change in docket.fed_from(entry.row) {
                fed.extend(self.trace(opened, change, records)?);
            }
            versions.push(FormShown {
                row: entry.row,
                change: entry.change,
                version: version.clone(),
                provenance: self.trace(opened, &entry.change, records)?,
                items: items(opened, &docket, &view, &entry.change),
                fed,
            });
        }
        versions.sort_by_key(|it| (it.version.number, it.row));
        let first = opened.document.changes().next().map(|first| first.hash);
        let begun = first.filter(|first| !versions.iter().any(|it| it.change == *first));
        let begun = match begun {
            Some(first) => {
                let state = docket.state(opened, &first, None);
                self.trace(opened, &first, records)?.map(|trace| (trace, state))
            }
            None => None,
        };
        Ok(FormsShown {
            dossier: opened.id,
            unit: opened.holding.unit.clone(),
            name: queries::listing(opened).name,
            opened: begun,
            versions,
            draft: read_draft(records, &opened.id)?,
        })
    }

    /// Of a page of the dossiers here, whether each has answered a campaign or a request.
    pub(super) fn filed_for(
        &mut self,
        campaign: &Hash,
        after: Option<DossierId>,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let (mut list, mut fresh) = (Vec::new(), 0);
        let after = after.map(|id| id.as_bytes().to_vec());
        let rows = records.scan(Table::Listing, &[], after.as_deref(), FILED_PAGE)?;
        let whole = rows.len() < FILED_PAGE;
        let all = rows.len();
        for (_, row) in rows {
            let listed = queries::decode_row(&row)?;
            let (filed, read) = self.filed_of(&listed.dossier, campaign, records)?;
            list.push(FilingShown {
                dossier: listed.dossier,
                unit: listed.unit,
                name: listed.name,
                filed,
            });
            fresh += usize::from(read);
            if fresh >= FILED_FRESH {
                break;
            }
        }
        let last = list.last().map(|it| it.dossier);
        let next = if whole && list.len() == all { None } else { last };
        Ok(Answer::Filed { list, next })
    }

    /// The newest phiếu of a dossier that answers a campaign.
    pub(super) fn filing(&self, opened: &Opened, campaign: &Hash) -> Option<FiledShown> {
        let (docket, view) = (Docket::of(opened), opened.document.view());
        let answers = docket.versions().filter(|(_, form)| form.campaign == Some(*campaign));
        let (entry, version) = answers.max_by_key(|(entry, form)| (form.number, entry.row))?;
        let header = opened.document.change(&entry.change)?;
        let (_, meta) = opened.provenance(header)?;
        let items = items(opened, &docket, &view, &entry.change);
        Some(FiledShown {
            form: version.number,
            at_seconds: header.time_seconds,
            person: meta.person.clone(),
            reviewed: items.iter().all(|item| item.state != ReviewState::Awaiting),
        })
    }
}

/// A phiếu that may not be submitted, with the items it is about.
fn incomplete(fault: &SubmissionFault) -> Refused {
    let (code, items) = match fault {
        SubmissionFault::StaffType(code) => return Refused::new("form-staff-type", code),
        SubmissionFault::Missing(items) => ("form-missing", items),
        SubmissionFault::Barred(items) => ("form-barred", items),
    };
    let items: Vec<&str> = items.iter().map(dossier::FieldId::as_str).collect();
    Refused::new(code, items.join(", "))
}

/// The name a phiếu gives.
pub(in crate::core) fn name_of(version: &FormVersion) -> String {
    let named = version.sheet.fields.iter().find(|(field, _)| field.as_str() == "full_name");
    match named {
        Some((_, Value::Text(name))) => name.clone(),
        _ => String::new(),
    }
}

/// The edits of the items of a version that were accepted and are not in the dossier already; `None`
/// for a row that is no version.
fn accepted(opened: &Opened, row: RowId) -> Option<Vec<Edit>> {
    let (docket, view) = (Docket::of(opened), opened.document.view());
    let (entry, version) = docket.version(row)?;
    let change: &Hash = &entry.change;
    let items = version.sheet.items().into_iter();
    let accepted = items.filter(|(item, edit)| {
        let approved = matches!(docket.state_of(opened, change, Some(item)), ReviewState::Approved);
        let there = match edit {
            Edit::Set { field, value } => view.fields.get(field) == Some(value),
            Edit::PutRow { table, row, cells } => {
                let known = view.tables.get(table).and_then(|rows| rows.get(row));
                known
                    .is_some_and(|known| cells.iter().all(|(name, it)| known.get(name) == Some(it)))
            }
            Edit::Clear { .. } | Edit::RemoveRow { .. } => true,
        };
        approved && !there
    });
    Some(accepted.map(|(_, edit)| edit).collect())
}
