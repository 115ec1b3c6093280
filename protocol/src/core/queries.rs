//! Questions answered from the store: lists, one dossier with its sources, histories, status.

use std::collections::BTreeMap;

use dossier::{
    Coded, DossierId, FieldId, FieldPath, Hash, RowId, Timestamp, UnitId, Value, attachment,
    docket::{self, ReviewState, item_of},
    document::View,
    plant::{self, Plant},
    unit::Tier,
};

use super::{
    Answer, ChangeShown, Command, ConflictShown, Core, DossierShown, FieldShown, ListRow,
    MemberShown, NeighbourShown, Provenance, Refused, Relation, SyncState, Totals,
    docket::{Docket, docket_name},
    ledger::{Acknowledged, Level},
    waiting::Aside,
};
use crate::{
    Fault, Op, Records, Table,
    admission::Outside,
    codec,
    holding::{self, Holding, Opened},
};

/// The single fields the list shows, in the order of [`list_row`].
pub(super) const LISTED: [&str; 3] = ["full_name", "staff_code", "birth_date"];

/// The row of the list table.
pub(super) fn listing(opened: &Opened) -> ListRow {
    let value = |field: &str| opened.document.field(&field.parse().ok()?);
    let conflicts = if opened.document.is_linear() { 0 } else { opened.document.conflicts().len() };
    let row = list_row(opened.id, &opened.holding, &LISTED.map(value), conflicts);
    let status = opened.document.life().status.map(|(status, _)| status);
    let unreviewed = Some(is_unreviewed(opened));
    // Of whom there is a phiếu alone, that gives the name.
    let name = match row.name.as_str() {
        "" => Docket::of(opened).newest().map(docket_name).unwrap_or_default(),
        name => name.to_owned(),
    };
    ListRow { name, status, unreviewed, ..row }
}

/// Whether nobody reviewed the name (Điều 15.1).
fn is_unreviewed(opened: &Opened) -> bool {
    if !opened.history.values().flat_map(|line| &line.metas).any(super::shelf::asks_for_review) {
        return false;
    }
    let docket = Docket::of(opened);
    let mut places = opened.document.provenance().into_iter();
    let name = places.find(|(path, _)| path.row.is_none() && path.field.as_str() == LISTED[0]);
    match &name {
        Some((path, change)) => !docket.state(opened, change, Some(&item_of(path))).counts(),
        None => docket.newest().is_some(),
    }
}

/// The row of the list table, from the values of [`LISTED`].
pub(super) fn list_row(
    dossier: DossierId,
    holding: &Holding,
    values: &[Option<Value>],
    conflicts: usize,
) -> ListRow {
    let text = |place: usize| values.get(place).and_then(Option::as_ref).map(plain);
    ListRow {
        dossier,
        unit: holding.unit.clone(),
        name: text(0).unwrap_or_default(),
        staff_code: text(1).unwrap_or_default(),
        birth_date: text(2).unwrap_or_default(),
        changes: holding.changes,
        conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
        status: None,
        unreviewed: Some(false),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) | Value::Hundredths(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Coded(Coded { label, .. }) => label.clone(),
    }
}

/// The number of conflicts the list shows for a dossier.
pub(super) fn listed_conflicts(records: &dyn Records, id: &DossierId) -> Result<u32, Fault> {
    let row = records.get(Table::Listing, id.as_bytes())?;
    row.map_or(Ok(0), |bytes| decode_row(&bytes).map(|row| row.conflicts))
}

pub(super) fn decode_row(bytes: &[u8]) -> Result<ListRow, Fault> {
    ListRow::decode(bytes)
}

impl Core {
    pub(super) fn answer(
        &mut self,
        question: Command,
        records: &dyn Records,
    ) -> Result<Answer, Fault> {
        Ok(match question {
            Command::List { after, limit, query } => {
                Answer::List(self.list(after, limit, &query, records)?)
            }
            Command::Show(id) => match self.cache.take(records, &id)? {
                Some(opened) => {
                    let shown = self.show_dossier(&opened, records)?;
                    self.cache.put(opened);
                    Answer::Shown(Box::new(shown))
                }
                None => Answer::Refused(Refused::new("unknown-dossier", id)),
            },
            Command::History(id, path) => match self.cache.take(records, &id)? {
                Some(opened) => {
                    let history = self.show_history(&opened, &path, records)?;
                    self.cache.put(opened);
                    Answer::History(history)
                }
                None => Answer::Refused(Refused::new("unknown-dossier", id)),
            },
            Command::Chronicle(id) => match self.cache.take(records, &id)? {
                Some(opened) => {
                    let chronicle = self.show_chronicle(&opened, records)?;
                    self.cache.put(opened);
                    Answer::Chronicle(chronicle)
                }
                None => Answer::Refused(Refused::new("unknown-dossier", id)),
            },
            Command::Life(id) => self.answer_life(&id, records)?,
            Command::Parity(id) => self.answer_parity(&id, records)?,
            Command::Conflicts => Answer::Conflicts(self.all_conflicts(records)?),
            Command::Quarantine => Answer::Quarantine(quarantine(records)?),
            Command::Incidents => {
                let rows = records.scan(Table::Incident, &[], None, 10_000)?;
                Answer::Incidents(decode_all(rows)?)
            }
            Command::Members => Answer::Members(
                self.members
                    .iter()
                    .map(|member| MemberShown {
                        node: member.node,
                        unit: member.unit.clone(),
                        active: member.is_active(),
                        address: member.address.clone(),
                    })
                    .collect(),
            ),
            Command::Digests => Answer::Digests(self.digests(records)?),
            Command::Status => Answer::Status(Box::new(self.status(records))),
            Command::Attachments(id) => self.list_attachments(&id, records)?,
            Command::ReadAttachment { dossier, row } => {
                self.read_attachment(&dossier, row, records)?
            }
            Command::Imported(keys) => Answer::Imported(imported(&keys, records)?),
            Command::AskDocket(question) => self.answer_from_docket(&question, records)?,
            Command::Enter(_)
            | Command::Edit { .. }
            | Command::Many(_)
            | Command::Docket { .. }
            | Command::Transfer { .. }
            | Command::AskCustody(_)
            | Command::Reorganise { .. }
            | Command::AskReorg(_)
            | Command::Attach { .. }
            | Command::Detach { .. }
            | Command::Sync
            | Command::Member(_)
            | Command::Tree(_)
            | Command::Renew(_)
            | Command::Accounts(_)
            | Command::Notices(_) => Answer::Refused(Refused::new("order", "not a question")),
        })
    }

    fn list(
        &mut self,
        after: Option<DossierId>,
        limit: u32,
        query: &str,
        records: &dyn Records,
    ) -> Result<Vec<ListRow>, Fault> {
        let limit = limit.min(10_000) as usize;
        let mut after = after.map(|id| id.as_bytes().to_vec());
        let mut found = Vec::new();
        while found.len() < limit {
            let rows = records.scan(Table::Listing, &[], after.as_deref(), 512)?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            for (_, bytes) in &rows {
                let row = decode_row(bytes)?;
                let text = dossier::fold(&format!("{} {}", row.name, row.staff_code));
                if text.contains(query) && found.len() < limit {
                    found.push(self.with_review(row, records)?);
                }
            }
        }
        Ok(found)
    }

    /// Asks the document of a dossier whether its name was reviewed, where that is not known, and notes the
    /// answer.
    fn with_review(&mut self, row: ListRow, records: &dyn Records) -> Result<ListRow, Fault> {
        if row.unreviewed.is_some() {
            return Ok(row);
        }
        let Some(opened) = self.cache.take(records, &row.dossier)? else { return Ok(row) };
        let row = listing(&opened);
        self.cache.put(opened);
        self.cache.trim();
        if !self.full {
            let key = row.dossier.as_bytes().to_vec();
            self.commit(vec![Op::put(Table::Listing, key, codec::encode(&row))]);
        }
        Ok(row)
    }

    fn show_dossier(&self, opened: &Opened, records: &dyn Records) -> Result<DossierShown, Fault> {
        let (writers, docket) = (opened.document.provenance(), Docket::of(opened));
        let life = opened.document.life();
        let mut fields = Vec::new();
        let shown = flatten(opened.document.view()).into_iter();
        let shown = shown.filter(|(path, _)| !path.field.table().is_some_and(apart));
        for (path, value) in shown {
            let (mut provenance, mut review, mut form) = (None, ReviewState::Awaiting, None);
            if let Some(change) = writers.get(&path) {
                provenance = self.trace(opened, change, records)?;
                review = docket.state(opened, change, Some(&item_of(&path)));
                form = docket.form_of(opened, change);
            }
            fields.push(FieldShown { path, value, provenance, review, form });
        }
        Ok(DossierShown {
            dossier: opened.id,
            unit: opened.holding.unit.clone(),
            form: opened.document.form().to_owned(),
            digest: opened.document.digest(),
            fields,
            conflicts: self.conflicts_of(opened, records)?,
            changes: opened.holding.changes,
            status: life.status.map(|(status, _)| status),
            closed: life.is_closed(),
        })
    }

    fn show_history(
        &self,
        opened: &Opened,
        path: &FieldPath,
        records: &dyn Records,
    ) -> Result<Vec<ChangeShown>, Fault> {
        let mut history = Vec::new();
        for write in opened.document.history(path) {
            let provenance = self.trace(opened, &write.change, records)?;
            history.push(ChangeShown { value: write.value, provenance });
        }
        Ok(history)
    }

    fn show_chronicle(
        &self,
        opened: &Opened,
        records: &dyn Records,
    ) -> Result<Vec<(FieldPath, Vec<ChangeShown>)>, Fault> {
        let mut chronicle = Vec::new();
        let mut traced: BTreeMap<Hash, Option<Provenance>> = BTreeMap::new();
        let all = opened.document.chronicle().into_iter();
        // Attachments and the docket are shown by themselves.
        for (path, writes) in all.filter(|(path, _)| !path.field.table().is_some_and(apart)) {
            let mut shown = Vec::new();
            for write in writes {
                let provenance = match traced.get(&write.change) {
                    Some(known) => known.clone(),
                    None => {
                        let found = self.trace(opened, &write.change, records)?;
                        traced.insert(write.change, found.clone());
                        found
                    }
                };
                shown.push(ChangeShown { value: write.value, provenance });
            }
            chronicle.push((path, shown));
        }
        Ok(chronicle)
    }

    fn conflicts_of(
        &self,
        opened: &Opened,
        records: &dyn Records,
    ) -> Result<Vec<ConflictShown>, Fault> {
        let mut shown = Vec::new();
        let choices = opened.document.choices();
        for conflict in opened.document.conflicts() {
            let raised = self.raised(opened, &choices, &conflict, records)?;
            let sides = conflict.candidates.iter().map(|side| side.change).collect();
            let mut candidates = Vec::new();
            for candidate in conflict.candidates {
                let provenance = self.trace(opened, &candidate.change, records)?;
                candidates.push(ChangeShown { value: candidate.value, provenance });
            }
            let (dossier, path) = (opened.id, conflict.path);
            shown.push(ConflictShown { dossier, path, candidates, sides, raised });
        }
        Ok(shown)
    }

    fn all_conflicts(&mut self, records: &dyn Records) -> Result<Vec<ConflictShown>, Fault> {
        let mut all = Vec::new();
        for (_, bytes) in records.scan(Table::Listing, &[], None, usize::MAX)? {
            let row = decode_row(&bytes)?;
            if row.conflicts == 0 {
                continue;
            }
            if let Some(opened) = self.cache.take(records, &row.dossier)? {
                all.extend(self.conflicts_of(&opened, records)?);
                self.cache.put(opened);
            }
        }
        Ok(all)
    }

    /// Leads a change back to who made it and how far it is held.
    pub(super) fn trace(
        &self,
        opened: &Opened,
        change: &Hash,
        records: &dyn Records,
    ) -> Result<Option<Provenance>, Fault> {
        let Some(header) = opened.document.change(change) else { return Ok(None) };
        let Some((author, meta)) = opened.provenance(header) else { return Ok(None) };
        let unit = self.members.get(&author.node).map(|member| member.unit.clone());
        let superior = unit.as_ref().and_then(|unit| self.superior_tier(unit));
        let mut held_above = [false, false];
        for (place, level) in [Level::Tier2, Level::Tier3].into_iter().enumerate() {
            let key = super::ledger::key(level, &opened.id, &header.actor);
            let row = records.get(Table::Acknowledgement, &key)?;
            let reached = row.and_then(|bytes| codec::decode::<Acknowledged>(&bytes).ok());
            let here = self.tier.number() >= level as u8;
            // What a superior wrote it had on its disk before anybody saw it.
            let there = superior.is_some_and(|tier| tier.number() == level as u8);
            let signed = reached.is_some_and(|row| row.sequence >= header.seq);
            let answered = plant::is(Plant::ShowUnsignedLevel)
                && self.sessions.values().any(|session| session.unanswered.is_empty());
            held_above[place] = here || there || signed || answered;
        }
        Ok(Some(Provenance {
            change: *change,
            node: author.node,
            unit,
            at_seconds: header.time_seconds,
            meta: meta.clone(),
            held_above,
        }))
    }

    /// The tier of a unit that stands above this node's own.
    fn superior_tier(&self, unit: &UnitId) -> Option<Tier> {
        let above = self.relation_to(unit) == Some(Relation::Upper);
        above.then(|| self.tree.tree.get(unit).map(|unit| unit.tier)).flatten()
    }

    fn digests(&self, records: &dyn Records) -> Result<Vec<(DossierId, UnitId, Hash)>, Fault> {
        let mut digests = Vec::new();
        for (id, unit) in self.ledger.within(&self.tree.tree.root().id, &self.tree.tree) {
            if let Some(opened) = holding::open(records, id)? {
                digests.push((*id, unit.clone(), opened.document.digest()));
            }
        }
        Ok(digests)
    }

    fn status(&self, records: &dyn Records) -> SyncState {
        let head = records.feed_head();
        let tree = &self.tree.tree;
        let neighbours = self.sessions.values().filter(|session| session.node.is_some());
        SyncState {
            node: self.identity.node,
            unit: self.identity.unit.clone(),
            tier: self.tier.number(),
            totals: self.totals(),
            sequence: head.sequence,
            fingerprint: self.ledger.sum(&tree.root().id, tree).fingerprint(),
            members: self.members.number(),
            tree: self.tree.version,
            neighbours: neighbours
                .map(|session| NeighbourShown {
                    unit: session.unit.clone(),
                    upper: session.relation == Relation::Upper,
                    live: session.is_live(),
                    drained: session.is_drained(head.sequence),
                    agreed: session.agreed,
                    last_heard: session.last_heard,
                    clock_ahead_ms: session.clock_ahead_ms,
                })
                .collect(),
            incidents: self.incidents,
            refused: self.refused.clone(),
            disk_full: self.full,
            contents: self.content_totals(),
        }
    }

    /// Counts; a node's own tier and those below it hold its changes by itself.
    pub fn totals(&self) -> Totals {
        let mut totals = self.ledger.totals();
        if self.tier.number() >= 2 {
            totals.own_tier2 = totals.own;
        }
        if self.tier.number() >= 3 {
            totals.own_tier3 = totals.own;
        }
        totals
    }
}

/// Attachments and entries of the docket are shown by themselves.
fn apart(table: &str) -> bool {
    table == attachment::TABLE || docket::Table::named(table).is_some()
}

fn flatten(view: View) -> BTreeMap<FieldPath, Value> {
    let mut flat = BTreeMap::new();
    for (field, value) in view.fields {
        flat.insert(FieldPath { field, row: None }, value);
    }
    for (table, rows) in view.tables {
        for (row, cells) in rows {
            for (column, value) in cells {
                if let Some(path) = cell(&table, row, &column) {
                    flat.insert(path, value);
                }
            }
        }
    }
    flat
}

fn cell(table: &str, row: RowId, column: &str) -> Option<FieldPath> {
    let field: FieldId = format!("{table}.{column}").parse().ok()?;
    Some(FieldPath { field, row: Some(row) })
}

fn quarantine(records: &dyn Records) -> Result<Vec<(DossierId, Hash, Timestamp, Outside)>, Fault> {
    let mut all = Vec::new();
    for (key, row) in records.scan(Table::Quarantine, &[], None, 10_000)? {
        let Aside { since, outside, .. } = Aside::decode(&row)?;
        let dossier = key.get(..16).and_then(DossierId::from_slice);
        let digest = key.get(16..).and_then(Hash::from_slice);
        if let (Some(dossier), Some(digest)) = (dossier, digest) {
            all.push((dossier, digest, since, outside));
        }
    }
    Ok(all)
}

fn imported(keys: &[Hash], records: &dyn Records) -> Result<Vec<Option<DossierId>>, Fault> {
    let mut known = Vec::with_capacity(keys.len());
    for key in keys {
        let row = records.get(Table::ImportKey, key.as_bytes())?;
        known.push(row.and_then(|bytes| DossierId::from_slice(&bytes)));
    }
    Ok(known)
}

fn decode_all<T: serde::de::DeserializeOwned>(
    rows: Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<Vec<T>, Fault> {
    rows.into_iter()
        .map(|(_, row)| codec::decode(&row).map_err(|error| Fault(format!("row: {error}"))))
        .collect()
}
