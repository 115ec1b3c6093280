//! The changes of a document with all that the law asks of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use dossier::{Edit, Hash, NodeId, Review, Value};
use protocol::{
    envelope::{Author, Meta},
    holding::Opened,
};

use super::deed::Deed;

/// Who entered what another change is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The person.
    pub person: String,
    /// The node she sat at.
    pub node: NodeId,
    /// Whether it waited for a review.
    pub waits: bool,
    /// Whether it proposes to take the dossier out of sight.
    pub proposes: bool,
}

/// A change, or one that somebody would like to make.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its hash; zero while it is not made.
    pub change: Hash,
    /// Who made it.
    pub author: Author,
    /// Person, role, basis, review.
    pub meta: Meta,
    /// What it does.
    pub deed: Deed,
    /// The latest time that it, its author's line or anything it builds on names, in seconds.
    pub moment_s: i64,
    /// Whether the dossier was closed as far as it knows.
    pub closed: bool,
    /// What each change was that it gives a verdict on or agrees to; `None` for one it does not know.
    pub on: Vec<Option<Entry>>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { change, author, deed, closed, on, .. } = self;
        let unknown = on.iter().filter(|it| it.is_none()).count();
        write!(f, "{change} by {}: {deed}, closed: {closed}, unknown: {unknown}", author.node)
    }
}

/// An event in the life of a dossier.
#[derive(Debug, Clone)]
struct Event {
    change: Hash,
    deed: Deed,
}

/// All changes of a document.
#[derive(Debug, Default)]
pub struct Cases {
    /// In an order in which each comes after what it builds on.
    pub all: Vec<Case>,
    /// Changes nobody answers for.
    pub anonymous: Vec<Hash>,
    /// Texts that were ever written, whatever they say.
    pub texts: BTreeSet<String>,
    /// What each change builds on, near and far.
    pub past: BTreeMap<Hash, BTreeSet<Hash>>,
    /// The latest time that is named, in seconds; `None` where nothing is.
    pub latest_s: Option<i64>,
    /// Whether the dossier is closed.
    pub closed: bool,
    events: Vec<Event>,
    entries: BTreeMap<Hash, Entry>,
}

impl Cases {
    /// Reads a document.
    pub fn of(opened: &Opened) -> Self {
        let mut cases = Self::default();
        let mut moments: BTreeMap<Hash, i64> = BTreeMap::new();
        let mut lines: BTreeMap<(dossier::ActorId, u64), Hash> = BTreeMap::new();
        for header in opened.document.changes() {
            let mut past = BTreeSet::new();
            for dep in &header.deps {
                past.insert(*dep);
                past.extend(cases.past.get(dep).into_iter().flatten().copied());
            }
            let edits = opened.document.edits_of(&header.hash).unwrap_or_default();
            edits.iter().for_each(|edit| note_texts(edit, &mut cases.texts));
            let deed = Deed::of(header.deps.is_empty(), &edits);
            let before = lines.get(&(header.actor, header.seq.saturating_sub(1)));
            let under = header.deps.iter().chain(before).filter_map(|it| moments.get(it).copied());
            let moment_s = under.fold(header.time_seconds, i64::max);
            moments.insert(header.hash, moment_s);
            lines.insert((header.actor, header.seq), header.hash);
            cases.latest_s = cases.latest_s.max(Some(header.time_seconds));
            if let Some((author, meta)) = opened.provenance(header) {
                let knows = |change: &Hash| past.contains(change);
                let case = cases.case(header.hash, author, meta.clone(), deed, moment_s, &knows);
                cases.note(case);
            } else {
                cases.anonymous.push(header.hash);
            }
            cases.past.insert(header.hash, past);
        }
        cases.closed = cases.was_closed(&|_| true);
        cases
    }

    /// A change that is to be made on all that is here.
    pub fn next(&self, author: Author, meta: Meta, deed: Deed, now_s: i64) -> Case {
        let moment_s = self.latest_s.map_or(now_s, |latest| latest.max(now_s));
        self.case(Hash::ZERO, author, meta, deed, moment_s, &|_| true)
    }

    fn case(
        &self,
        change: Hash,
        author: Author,
        meta: Meta,
        deed: Deed,
        moment_s: i64,
        knows: &dyn Fn(&Hash) -> bool,
    ) -> Case {
        let on = deed.verdicts.iter().chain(&deed.agrees);
        let on = on.map(|it| self.entries.get(it).filter(|_| knows(it)).cloned()).collect();
        Case { change, author, meta, deed, moment_s, closed: self.was_closed(knows), on }
    }

    fn note(&mut self, case: Case) {
        let Case { change, author, meta, deed, .. } = &case;
        let waits = meta.review == Review::Awaiting;
        let (person, proposes) = (meta.person.clone(), deed.proposes);
        let entry = Entry { person, node: author.node, waits, proposes };
        self.entries.insert(*change, entry);
        if deed.is_of_life() {
            self.events.push(Event { change: *change, deed: deed.clone() });
        }
        self.all.push(case);
    }

    /// Điều 11.3: who left and is not back leaves a closed dossier; of two events that knew nothing
    /// of each other the one that closes stands. Điều 12.2: so does what was taken away.
    fn was_closed(&self, knows: &dyn Fn(&Hash) -> bool) -> bool {
        let known: Vec<&Event> = self.events.iter().filter(|it| knows(&it.change)).collect();
        let after = |one: &Event, same: &dyn Fn(&Deed) -> bool| {
            known.iter().any(|other| {
                same(&other.deed)
                    && self.past.get(&other.change).is_some_and(|past| past.contains(&one.change))
            })
        };
        let status = |deed: &Deed| deed.leaves || deed.returns || deed.serves;
        known.iter().any(|it| {
            (it.deed.leaves && !after(it, &status))
                || (!it.deed.agrees.is_empty() && !after(it, &|deed| deed.restores))
        })
    }
}

/// The texts an edit writes, those of a phiếu among them.
fn note_texts(edit: &Edit, texts: &mut BTreeSet<String>) {
    let mut note = |value: &Value| {
        if let Value::Text(text) = value {
            texts.insert(text.clone());
        }
    };
    match edit {
        Edit::Set { value, .. } => note(value),
        Edit::PutRow { table, cells, .. } => {
            cells.values().for_each(note);
            let form = (table == "record_forms").then(|| dossier::docket::FormEntry::read(cells));
            if let Some(Ok(dossier::docket::FormEntry::Version(version))) = form {
                version.sheet.items().values().for_each(|edit| note_texts(edit, texts));
            }
        }
        Edit::Clear { .. } | Edit::RemoveRow { .. } => {}
    }
}
