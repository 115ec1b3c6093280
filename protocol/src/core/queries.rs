//! Answers: what a node can say of its dossiers, and how far they are held above.

use std::collections::BTreeMap;

use dossier::{
    Coded, DossierId, FieldId, FieldPath, Hash, NodeId, RowId, Timestamp, UnitId, Value,
    document::{Document, View},
};
use serde::{Deserialize, Serialize};

use super::{
    Command, ConnId, Core, Incident, Refused, Relation, Totals, ledger::Acknowledged, ledger::Level,
};
use crate::{
    Fault, Records, Table,
    admission::Outside,
    codec,
    envelope::Meta,
    holding::{self, Opened},
    limits::LIMITS,
    wire::Frame,
};

/// An answer to a [`Command`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Done, durable.
    Done,
    /// Refused; nothing was changed.
    Refused(Refused),
    /// For every entry its dossier and whether it is new.
    Entered(Vec<Result<(DossierId, bool), Refused>>),
    /// The edit is durable.
    Edited {
        /// Which dossier.
        dossier: DossierId,
        /// The change that was made.
        change: Hash,
    },
    /// Rows of the list.
    List(Vec<ListRow>),
    /// One dossier.
    Shown(Box<DossierShown>),
    /// Writings of one place, earliest first.
    History(Vec<ChangeShown>),
    /// Open conflicts.
    Conflicts(Vec<ConflictShown>),
    /// What is kept outside: dossier, digest, since when, why.
    Quarantine(Vec<(DossierId, Hash, Timestamp, Outside)>),
    /// What people must see, oldest first.
    Incidents(Vec<Incident>),
    /// Members: node, unit, whether active.
    Members(Vec<(NodeId, UnitId, bool)>),
    /// Counts and neighbours.
    Status(Box<SyncState>),
    /// Digest of each dossier.
    Digests(Vec<(DossierId, UnitId, Hash)>),
    /// Whether the superior holds the same; `None` when none is connected.
    Synced(Option<bool>),
}

/// A dossier in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Họ và tên.
    pub name: String,
    /// Số hiệu.
    pub staff_code: String,
    /// Ngày sinh, as written `YYYY[-MM[-DD]]`.
    pub birth_date: String,
    /// Changes so far.
    pub changes: u32,
    /// Open conflicts.
    pub conflicts: u32,
}

/// Who wrote a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The change.
    pub change: Hash,
    /// The node.
    pub node: NodeId,
    /// The node's unit.
    pub unit: Option<UnitId>,
    /// Seconds since the Unix epoch by the writer's clock.
    pub at_seconds: i64,
    /// Person, role, basis.
    pub meta: Meta,
    /// Acknowledged by tier 2, by tier 3.
    pub held_above: [bool; 2],
}

/// A value and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldShown {
    /// Where it stands.
    pub path: FieldPath,
    /// The value.
    pub value: Value,
    /// Who wrote it.
    pub provenance: Option<Provenance>,
}

/// A dossier as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierShown {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// The form it was opened under.
    pub form: String,
    /// Digest of the canonical dump.
    pub digest: Hash,
    /// Its values.
    pub fields: Vec<FieldShown>,
    /// Its open conflicts.
    pub conflicts: Vec<ConflictShown>,
    /// Changes so far.
    pub changes: u32,
}

/// One writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeShown {
    /// What was written; `None` for a clearing.
    pub value: Option<Value>,
    /// By whom.
    pub provenance: Option<Provenance>,
}

/// Values that met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictShown {
    /// Which dossier.
    pub dossier: DossierId,
    /// Where.
    pub path: FieldPath,
    /// Both sides, the shown one last.
    pub candidates: Vec<ChangeShown>,
}

/// Counts and neighbours of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncState {
    /// This node.
    pub node: NodeId,
    /// Its unit.
    pub unit: UnitId,
    /// Its tier.
    pub tier: u8,
    /// Counts.
    pub totals: Totals,
    /// Transactions in its journal.
    pub sequence: u64,
    /// Order-free digest over (dossier, heads) of all it holds.
    pub fingerprint: [u8; 16],
    /// Members of the list.
    pub members: u64,
    /// Version of the org tree.
    pub tree: u64,
    /// Connected neighbours: unit, whether above, whether live, whether drained, last agreement.
    pub neighbours: Vec<NeighbourShown>,
    /// Incidents so far.
    pub incidents: u64,
}

/// A connected neighbour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourShown {
    /// Its unit.
    pub unit: UnitId,
    /// Whether it is above.
    pub upper: bool,
    /// Whether the feed flows.
    pub live: bool,
    /// Whether all that was offered was answered.
    pub drained: bool,
    /// When both sides last compared, and whether they held the same.
    pub agreed: Option<(Timestamp, bool)>,
    /// When it was last heard.
    pub last_heard: Timestamp,
}

/// The row of the list table.
pub(super) fn listing(opened: &Opened) -> ListRow {
    let text = |field: &str| {
        let value = field.parse().ok().and_then(|field| opened.document.field(&field));
        value.map_or_else(String::new, |value| plain(&value))
    };
    let conflicts = if is_linear(&opened.document) { 0 } else { opened.document.conflicts().len() };
    ListRow {
        dossier: opened.id,
        unit: opened.holding.unit.clone(),
        name: text("full_name"),
        staff_code: text("staff_code"),
        birth_date: text("birth_date"),
        changes: opened.holding.changes,
        conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
    }
}

/// Whether no two changes were made without knowing of each other.
fn is_linear(document: &Document) -> bool {
    document.heads().len() == 1 && document.changes().all(|change| change.deps.len() <= 1)
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

fn decode_row(bytes: &[u8]) -> Result<ListRow, Fault> {
    codec::decode(bytes).map_err(|error| Fault(format!("list row: {error}")))
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
            Command::Conflicts => Answer::Conflicts(self.all_conflicts(records)?),
            Command::Quarantine => Answer::Quarantine(quarantine(records)?),
            Command::Incidents => {
                let rows = records.scan(Table::Incident, &[], None, 10_000)?;
                Answer::Incidents(decode_all(rows)?)
            }
            Command::Members => Answer::Members(
                self.members
                    .iter()
                    .map(|member| (member.node, member.unit.clone(), member.is_active()))
                    .collect(),
            ),
            Command::Digests => Answer::Digests(self.digests(records)?),
            Command::Status => Answer::Status(Box::new(self.status(records))),
            Command::Enter(_)
            | Command::Edit { .. }
            | Command::Sync
            | Command::Member(_)
            | Command::Tree(_)
            | Command::Renew(_) => Answer::Refused(Refused::new("order", "not a question")),
        })
    }

    fn list(
        &self,
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
                    found.push(row);
                }
            }
        }
        Ok(found)
    }

    fn show_dossier(&self, opened: &Opened, records: &dyn Records) -> Result<DossierShown, Fault> {
        let writers = opened.document.provenance();
        let mut fields = Vec::new();
        for (path, value) in flatten(opened.document.view()) {
            let provenance = match writers.get(&path) {
                Some(change) => self.trace(opened, change, records)?,
                None => None,
            };
            fields.push(FieldShown { path, value, provenance });
        }
        Ok(DossierShown {
            dossier: opened.id,
            unit: opened.holding.unit.clone(),
            form: opened.document.form().to_owned(),
            digest: opened.document.digest(),
            fields,
            conflicts: self.conflicts_of(opened, records)?,
            changes: opened.holding.changes,
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

    fn conflicts_of(
        &self,
        opened: &Opened,
        records: &dyn Records,
    ) -> Result<Vec<ConflictShown>, Fault> {
        let mut shown = Vec::new();
        for conflict in opened.document.conflicts() {
            let mut candidates = Vec::new();
            for candidate in conflict.candidates {
                let provenance = self.trace(opened, &candidate.change, records)?;
                candidates.push(ChangeShown { value: candidate.value, provenance });
            }
            shown.push(ConflictShown { dossier: opened.id, path: conflict.path, candidates });
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
    fn trace(
        &self,
        opened: &Opened,
        change: &Hash,
        records: &dyn Records,
    ) -> Result<Option<Provenance>, Fault> {
        let Some(header) = opened.document.change(change) else { return Ok(None) };
        let Some((author, meta)) = opened.provenance(header) else { return Ok(None) };
        let mut held_above = [false, false];
        for (place, level) in [Level::Tier2, Level::Tier3].into_iter().enumerate() {
            let key = super::ledger::key(level, &opened.id, &header.actor);
            let row = records.get(Table::Acknowledgement, &key)?;
            let reached = row.and_then(|bytes| codec::decode::<Acknowledged>(&bytes).ok());
            let here = self.tier.number() >= level as u8;
            held_above[place] = here || reached.is_some_and(|row| row.sequence >= header.seq);
        }
        Ok(Some(Provenance {
            change: *change,
            node: author.node,
            unit: self.members.get(&author.node).map(|member| member.unit.clone()),
            at_seconds: header.time_seconds,
            meta: meta.clone(),
            held_above,
        }))
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
                })
                .collect(),
            incidents: self.incidents,
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

    /// Compares with the superior; answered by [`Core::answer_checks`].
    pub(super) fn begin_check(&mut self, request: u64, records: &dyn Records) -> Result<(), Fault> {
        let upper = self
            .sessions
            .values()
            .find(|session| session.node.is_some() && session.relation == Relation::Upper)
            .map(|session| session.conn);
        let Some(conn) = upper else {
            self.reply(request, Answer::Synced(None));
            return Ok(());
        };
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.checks.push(request);
        }
        self.after_drained(conn, records)
    }

    /// Once this side is drained: ask about unacknowledged tips, and compare when someone waits,
    /// after every catch-up, and daily.
    pub(super) fn after_drained(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let head = records.feed_head().sequence;
        let now = self.moment.now;
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        if !session.is_drained(head) || session.relation != Relation::Upper {
            return Ok(());
        }
        let due = session
            .agreed
            .is_none_or(|(at, _)| now.as_millis() - at.as_millis() >= LIMITS.check_interval_ms);
        let wanted = due || !session.checks.is_empty();
        let ask = wanted && session.checking.is_none();
        if ask {
            session.checking = Some(head);
        }
        self.inquire(conn);
        if ask && let Some(state) = self.scope_state(conn, records) {
            self.say(conn, &Frame::Check(state));
        }
        Ok(())
    }

    pub(super) fn answer_checks(&mut self, requests: &[u64], equal: bool) {
        for request in requests {
            self.reply(*request, Answer::Synced(Some(equal)));
        }
    }

    pub(super) fn fail_checks(&mut self, requests: &[u64]) {
        for request in requests {
            self.reply(*request, Answer::Synced(None));
        }
    }
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
        let (since, outside, _): (Timestamp, Outside, serde_bytes::ByteBuf) =
            codec::decode(&row).map_err(|error| Fault(format!("quarantine row: {error}")))?;
        let dossier = key.get(..16).and_then(DossierId::from_slice);
        let digest = key.get(16..).and_then(Hash::from_slice);
        if let (Some(dossier), Some(digest)) = (dossier, digest) {
            all.push((dossier, digest, since, outside));
        }
    }
    Ok(all)
}

fn decode_all<T: serde::de::DeserializeOwned>(
    rows: Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<Vec<T>, Fault> {
    rows.into_iter()
        .map(|(_, row)| codec::decode(&row).map_err(|error| Fault(format!("row: {error}"))))
        .collect()
}
