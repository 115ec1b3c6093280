//! Catalogs: closed lists of values with codes, readable for ever.
//!
//! **Invariant:** an entry is never removed, only given an end; a value stored long ago finds its
//! entry by code whatever the day is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::fold::{fold, written};
use crate::validity::Validity;
use crate::{Coded, Value};

pub mod salary;

pub use salary::{Scale, Scales};

/// One value of a catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Key; the same key may stand more than once with other validity dates.
    pub code: String,
    /// Name in Vietnamese.
    pub label: String,
    /// Other writings that mean this value, e.g. `ĐH` for `Đại học`.
    #[serde(default)]
    pub also: Vec<String>,
    /// Order of levels; a higher one is a higher level.
    #[serde(default)]
    pub rank: Option<i64>,
    /// Days on which it may be newly given.
    #[serde(default)]
    pub validity: Validity,
    /// What else the source says, by column name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl Entry {
    /// An attribute that is not empty.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn writings(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.label).chain(&self.also)
    }
}

/// A list that is no catalog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// Empty code or label, or a validity that ends before it starts.
    #[error("catalog {catalog}: entry {code:?} is malformed")]
    Malformed {
        /// The catalog.
        catalog: String,
        /// The entry's code.
        code: String,
    },
    /// The same code twice for the same days.
    #[error("catalog {catalog}: code {code:?} occurs twice")]
    Duplicate {
        /// The catalog.
        catalog: String,
        /// The code.
        code: String,
    },
    /// A salary scale whose steps do not rise, or that has none.
    #[error("salary scale {0:?} is malformed")]
    Scale(String),
    /// Two catalogs share a name.
    #[error("catalog {0:?} occurs twice")]
    Twin(String),
}

/// One closed list of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    id: String,
    version: u16,
    entries: Vec<Entry>,
    by_code: BTreeMap<String, Vec<usize>>,
    by_writing: BTreeMap<String, Vec<usize>>,
    by_fold: BTreeMap<String, Vec<usize>>,
}

impl Catalog {
    /// Builds and checks a catalog.
    ///
    /// # Errors
    /// [`CatalogError`] names the entry that breaks a rule.
    pub fn new(id: &str, version: u16, entries: Vec<Entry>) -> Result<Self, CatalogError> {
        let (catalog, mut by_code) = (id.to_owned(), BTreeMap::<String, Vec<usize>>::new());
        let (mut by_writing, mut by_fold) =
            (BTreeMap::<String, Vec<usize>>::new(), BTreeMap::<String, Vec<usize>>::new());
        for (position, entry) in entries.iter().enumerate() {
            let code = entry.code.clone();
            if code.is_empty() || entry.label.is_empty() || !entry.validity.is_well_formed() {
                return Err(CatalogError::Malformed { catalog, code });
            }
            let twins = by_code.entry(code.clone()).or_default();
            if twins.iter().any(|twin| entries[*twin].validity == entry.validity) {
                return Err(CatalogError::Duplicate { catalog, code });
            }
            twins.push(position);
            for writing in entry.writings() {
                insert_once(&mut by_writing, written(writing), position);
                insert_once(&mut by_fold, fold(writing), position);
            }
        }
        Ok(Self { id: catalog, version, entries, by_code, by_writing, by_fold })
    }

    /// Name of the catalog, e.g. `ethnic_group`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Version of the list, kept with every stored value.
    pub fn version(&self) -> u16 {
        self.version
    }

    /// Every entry, in the order of the source.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The newest entry with this code, valid or not.
    pub fn get(&self, code: &str) -> Option<&Entry> {
        self.versions(code).max_by_key(|entry| entry.validity.from)
    }

    /// The entry with this code that holds on `day`.
    pub fn get_on(&self, code: &str, day: Date) -> Option<&Entry> {
        self.versions(code).find(|entry| entry.validity.covers(day))
    }

    /// Every entry with this code.
    pub fn versions(&self, code: &str) -> impl Iterator<Item = &Entry> {
        self.at(self.by_code.get(code))
    }

    /// The entries written like `label`, synonyms included; a wrong tone mark finds none.
    pub fn find_all(&self, label: &str) -> impl Iterator<Item = &Entry> {
        self.at(self.by_writing.get(&written(label)))
    }

    /// The entry written like `label`, or whose code is `label`.
    pub fn find(&self, label: &str) -> Option<&Entry> {
        self.find_all(label).next().or_else(|| self.get(label.trim()))
    }

    /// The entry a person may have meant: same letters, other marks.
    pub fn suggest(&self, label: &str) -> Option<&Entry> {
        self.at(self.by_fold.get(&fold(label))).next()
    }

    /// The value to store for an entry, with the label as the paper wrote it.
    pub fn coded(&self, entry: &Entry, label: &str) -> Coded {
        Coded { code: entry.code.clone(), label: label.to_owned(), version: self.version }
    }

    /// The entry a value means: by its code, or for plain text by its writing.
    pub fn entry_of(&self, value: &Value) -> Option<&Entry> {
        match value {
            Value::Coded(coded) => self.get(&coded.code),
            Value::Text(text) => self.find(text),
            _ => None,
        }
    }

    fn at<'a>(&'a self, positions: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Entry> {
        positions.into_iter().flatten().map(|position| &self.entries[*position])
    }
}

fn insert_once(index: &mut BTreeMap<String, Vec<usize>>, key: String, position: usize) {
    let positions = index.entry(key).or_default();
    if !positions.contains(&position) {
        positions.push(position);
    }
}

/// All catalogs of the province, and the salary scales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogs {
    catalogs: BTreeMap<String, Catalog>,
    scales: Scales,
}

impl Catalogs {
    /// Collects catalogs under their names.
    ///
    /// # Errors
    /// [`CatalogError::Twin`] when two share a name.
    pub fn new(list: Vec<Catalog>, scales: Scales) -> Result<Self, CatalogError> {
        let mut catalogs = BTreeMap::new();
        for catalog in list {
            if let Some(twin) = catalogs.insert(catalog.id.clone(), catalog) {
                return Err(CatalogError::Twin(twin.id));
            }
        }
        Ok(Self { catalogs, scales })
    }

    /// A catalog by its name.
    pub fn get(&self, id: &str) -> Option<&Catalog> {
        self.catalogs.get(id)
    }

    /// Every catalog, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &Catalog> {
        self.catalogs.values()
    }

    /// The salary scales of Nghị định 204/2004.
    pub fn scales(&self) -> &Scales {
        &self.scales
    }

    /// The scale of a grade code on a day; without a valid entry that day, of its newest entry.
    pub fn scale_of(&self, grade: &str, day: Option<Date>) -> Option<&Scale> {
        let grades = self.get("grade")?;
        let entry = day.and_then(|day| grades.get_on(grade, day)).or_else(|| grades.get(grade))?;
        self.scales.get(entry.attribute("salary_group")?)
    }

    /// The form of discipline written like `label` that fits the staff type, else the first that
    /// is written so: the same words name other forms for công chức and viên chức.
    pub fn discipline(&self, label: &str, staff_type: Option<&str>) -> Option<&Entry> {
        let forms = self.get("discipline_form")?;
        let fits = |entry: &&Entry| entry.attribute("applies_to") == staff_type;
        forms.find_all(label).find(fits).or_else(|| forms.find(label))
    }
}

#[cfg(test)]
mod tests;
