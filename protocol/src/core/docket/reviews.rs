//! Reviews (kiểm duyệt, Điều 15.1): what waits, and the verdicts on it.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Edit, FieldPath, Hash, LegalBasis, Value,
    attachment::Link,
    docket::{ReviewState, Ruling, Table as Reserved, Verdict},
    document::{ChangeHeader, View},
};

use super::{Docket, ItemShown, ReviewShown, VerdictShown, item_of, values_of};
use crate::{
    Answer, Crypto, Fault, Records,
    core::{Core, Refused, queries},
    envelope::Meta,
    holding::Opened,
};

/// Items of one order.
const ITEMS_MAX: usize = 256;
/// Dossiers of one page of what waits.
const WAITING_PAGE: usize = 200;

impl Core {
    /// Gives one verdict on items of a change, or on all of it.
    #[expect(clippy::too_many_arguments, reason = "all that a verdict says")]
    pub(super) fn give_verdict(
        &mut self,
        id: &DossierId,
        change: Hash,
        items: &[Link],
        (ruling, reason): (Ruling, &str),
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let Some(opened) = self.cache.take(records, id)? else {
            return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
        };
        let docket = Docket::of(&opened);
        let known = entered(&opened, &docket, &change);
        self.cache.put(opened);
        let known: BTreeSet<Link> = known.iter().map(item_of).collect();
        if items.len() > ITEMS_MAX || !items.iter().all(|item| known.contains(item)) {
            return Ok(Answer::Refused(Refused::new("unknown-item", change)));
        }
        let whole = items.is_empty().then_some(None);
        let on = items.iter().map(|item| Some(item.clone())).chain(whole);
        let mut edits = Vec::new();
        for (index, item) in (0..).zip(on) {
            let replaces = docket.reviews.replaced_by(&change, item.as_ref());
            let verdict = Verdict { change, item, ruling, reason: reason.to_owned(), replaces };
            let cells = verdict.cells();
            if Verdict::read(&cells).is_err() {
                return Ok(Answer::Refused(Refused::new("reason-needed", change)));
            }
            edits.push(self.entry(Reserved::Reviews, index, cells));
        }
        let meta = Meta { basis: LegalBasis::Office, ..meta.clone() };
        self.edit(id, &edits, &meta, records, crypto)
    }

    /// A new entry of the docket; `index` tells those of one event apart.
    pub(super) fn entry(
        &self,
        table: Reserved,
        index: u64,
        cells: std::collections::BTreeMap<String, Value>,
    ) -> Edit {
        let row = dossier::RowId::from_bytes(self.moment.draw("hoso/docket/1", index));
        Edit::PutRow { table: table.name().to_owned(), row, cells }
    }

    /// A page of what waits for review in the dossiers here.
    pub(super) fn waiting(
        &mut self,
        after: Option<DossierId>,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        let mut found = self.found_waiting(records)?;
        found.retain(|id| after.is_none_or(|after| *id > after));
        let next = found.get(WAITING_PAGE - 1).copied().filter(|_| found.len() > WAITING_PAGE);
        let mut list = Vec::new();
        for id in found.into_iter().take(WAITING_PAGE) {
            if let Some(opened) = self.cache.take(records, &id)? {
                let waiting = self.reviews_of(&opened, true, records)?;
                self.cache.put(opened);
                self.cache.trim();
                if waiting.is_empty() {
                    self.waits_no_more(&id);
                }
                list.extend(waiting);
            }
        }
        Ok(Answer::Waiting { list, next })
    }

    /// The dossiers of this node.
    pub(super) fn held_here(&self) -> Vec<DossierId> {
        let tree = &self.tree.tree;
        self.ledger.within(&tree.root().id, tree).map(|(id, _)| *id).collect()
    }

    /// The changes by which something was entered into a dossier, those alone that wait for review
    /// where only what is `open` is wanted.
    pub(super) fn reviews_of(
        &self,
        opened: &Opened,
        open: bool,
        records: &dyn Records,
    ) -> Result<Vec<ReviewShown>, Fault> {
        let (docket, view) = (Docket::of(opened), opened.document.view());
        let mut shown = Vec::new();
        for header in opened.document.changes() {
            let state = docket.state(opened, &header.hash, None);
            let items = items(opened, &docket, &view, &header.hash);
            let waits = |state: &ReviewState| *state == ReviewState::Awaiting;
            if items.is_empty() || (open && !items.iter().any(|it| waits(&it.state))) {
                continue;
            }
            if let Some(one) = self.review(opened, &docket, header, state, items, records)? {
                shown.push(one);
            }
        }
        Ok(shown)
    }

    fn review(
        &self,
        opened: &Opened,
        docket: &Docket,
        header: &ChangeHeader,
        state: ReviewState,
        items: Vec<ItemShown>,
        records: &dyn Records,
    ) -> Result<Option<ReviewShown>, Fault> {
        let change = &header.hash;
        let Some(provenance) = self.trace(opened, change, records)? else { return Ok(None) };
        let mut verdicts = Vec::new();
        for given in docket.reviews.on(change) {
            let verdict = &given.verdict;
            let standing = docket.reviews.standing(change, verdict.item.as_ref());
            verdicts.push(VerdictShown {
                row: given.row,
                item: verdict.item.clone(),
                approved: verdict.ruling == Ruling::Approved,
                reason: verdict.reason.clone(),
                replaced: standing.is_none_or(|it| it.row != given.row),
                provenance: self.trace(opened, &given.by, records)?,
            });
        }
        verdicts.sort_by_key(|it| {
            (it.provenance.as_ref().map(|it| it.at_seconds), !it.replaced, it.row)
        });
        let form = docket.versions().find(|(entry, _)| entry.change == *change);
        Ok(Some(ReviewShown {
            dossier: opened.id,
            unit: opened.holding.unit.clone(),
            name: queries::listing(opened).name,
            provenance,
            opens: header.deps.is_empty(),
            form: form.map(|(_, version)| version.number),
            state,
            items,
            verdicts,
        }))
    }
}

impl Docket {
    /// Whether something of a change waits for review.
    pub(in crate::core) fn waits(&self, opened: &Opened, view: &View, change: &Hash) -> bool {
        let items = items(opened, self, view, change);
        items.iter().any(|it| it.state == ReviewState::Awaiting)
    }
}

/// What a change enters: its edits, or the items of the phiếu it submits.
fn entered(opened: &Opened, docket: &Docket, change: &Hash) -> Vec<Edit> {
    if let Some((_, version)) = docket.versions().find(|(entry, _)| entry.change == *change) {
        return version.sheet.items().into_values().collect();
    }
    let edits = opened.document.edits_of(change).unwrap_or_default().into_iter();
    let data = |edit: &Edit| match edit {
        Edit::PutRow { table, .. } => Reserved::named(table).is_none(),
        _ => true,
    };
    edits.filter(data).collect()
}

/// The items of a change with how each stands.
pub(super) fn items(
    opened: &Opened,
    docket: &Docket,
    view: &View,
    change: &Hash,
) -> Vec<ItemShown> {
    let edits = entered(opened, docket, change);
    let shown = edits.iter().map(|edit| {
        let item = item_of(edit);
        ItemShown {
            values: values_of(edit),
            present: present(view, &item),
            state: docket.state(opened, change, Some(&item)),
            item,
        }
    });
    shown.collect()
}

/// What the dossier holds at an item.
fn present(view: &View, item: &Link) -> Vec<(FieldPath, Value)> {
    match item {
        Link::Field(field) => {
            let path = FieldPath { field: field.clone(), row: None };
            view.fields.get(field).map(|value| (path, value.clone())).into_iter().collect()
        }
        Link::Row { table, row } => {
            let cells = view.tables.get(table).and_then(|rows| rows.get(row));
            let cell = |(name, value): (&String, &Value)| {
                let field = format!("{table}.{name}").parse().ok()?;
                Some((FieldPath { field, row: Some(*row) }, value.clone()))
            };
            cells.into_iter().flatten().filter_map(cell).collect()
        }
    }
}
