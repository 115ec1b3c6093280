//! What people did and were told, and which of it no disk holds any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use dossier::{DossierId, FieldPath, Hash, RowId, UnitId, Value};
use protocol::{core::Level, holding::Opened};

use crate::world::Place;

/// One edit that a node acknowledged to its clerk.
#[derive(Debug, Clone)]
pub struct Saying {
    /// Where it was made.
    pub place: Place,
    /// In which dossier.
    pub dossier: DossierId,
    /// In which single field, or in which cell of which row.
    pub path: FieldPath,
    /// What was written: a text nobody writes twice.
    pub token: String,
    /// The disk it was made on went back behind it; it returns with a later conversation.
    pub away: bool,
    /// Every disk that held it was lost.
    pub lost: bool,
}

impl Saying {
    /// Whether a document shows that it was written.
    pub fn is_in(&self, opened: &Opened) -> bool {
        let token = Value::Text(self.token.clone());
        opened.document.history(&self.path).iter().any(|write| write.value.as_ref() == Some(&token))
    }
}

impl fmt::Display for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token)?;
        self.path.row.map_or(Ok(()), |row| write!(f, " in row {row}"))
    }
}

/// All that was done and told.
#[derive(Debug, Default)]
pub struct Testimony {
    sayings: BTreeMap<DossierId, Vec<Saying>>,
    units: BTreeMap<DossierId, UnitId>,
    owed: BTreeMap<Place, BTreeSet<(DossierId, Hash)>>,
    told: BTreeMap<(DossierId, Hash), Level>,
    gone: BTreeSet<(DossierId, Hash)>,
}

impl Testimony {
    /// An acknowledged edit; `unit` keeps the dossier.
    pub fn say(&mut self, unit: &UnitId, saying: Saying) {
        self.units.entry(saying.dossier).or_insert_with(|| unit.clone());
        self.sayings.entry(saying.dossier).or_default().push(saying);
    }

    /// How many edits were acknowledged.
    pub fn count(&self) -> usize {
        self.sayings.values().map(Vec::len).sum()
    }

    /// The unit that keeps a dossier.
    pub fn unit(&self, dossier: &DossierId) -> Option<&UnitId> {
        self.units.get(dossier)
    }

    /// The rows of a dossier's tables in which anybody wrote.
    pub fn rows(&self, dossier: &DossierId) -> BTreeSet<(String, RowId)> {
        let sayings = self.sayings.get(dossier).into_iter().flatten();
        let row = |saying: &Saying| Some((saying.path.field.table()?.to_owned(), saying.path.row?));
        sayings.filter_map(row).collect()
    }

    /// Dossiers and their edits.
    pub fn dossiers(&self) -> impl Iterator<Item = (&DossierId, &Vec<Saying>)> {
        self.sayings.iter()
    }

    /// The edits of a dossier, to be marked as lost.
    pub fn sayings_mut(&mut self, dossier: &DossierId) -> &mut [Saying] {
        self.sayings.get_mut(dossier).map_or(&mut [], Vec::as_mut_slice)
    }

    /// The disk of `place` went back: it owes these changes until it has them again.
    pub fn owe(&mut self, place: Place, changes: impl IntoIterator<Item = (DossierId, Hash)>) {
        self.owed.entry(place).or_default().extend(changes);
    }

    /// Whether a disk may lack a change because it went back.
    pub fn owes(&self, place: Place, dossier: &DossierId, change: &Hash) -> bool {
        self.owed.get(&place).is_some_and(|owed| owed.contains(&(*dossier, *change)))
    }

    /// No disk holds this change any more.
    pub fn bury(&mut self, dossier: DossierId, change: Hash) {
        self.gone.insert((dossier, change));
    }

    /// Somebody was told that a change is held at this level.
    pub fn tell(&mut self, dossier: DossierId, change: Hash, level: Level) {
        let known = self.told.entry((dossier, change)).or_insert(level);
        *known = (*known).max(level);
    }

    /// Changes that were told to be held above and that a disk may still hold.
    pub fn told(&self) -> impl Iterator<Item = (&DossierId, &Hash, Level)> {
        self.told
            .iter()
            .filter(|(key, _)| !self.gone.contains(key))
            .map(|((dossier, change), level)| (dossier, change, *level))
    }
}
