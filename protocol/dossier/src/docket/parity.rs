//! Comparisons of a dossier with its paper: item by item, and which papers the file holds (Điều 8.3).
//!
//! **Invariants:** an item is compared only by somebody who knew what stands there, so that a later
//! change of it opens it again; a dossier agrees with the paper when no item differs and none is
//! open. [`Comparison::read`] gives back what [`Comparison::cells`] wrote.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::attachment::Link;
use crate::{Hash, LegalBasis, Value};

/// What comparing one item came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// The paper says the same.
    Same,
    /// The paper does not say it.
    NotOnPaper,
    /// The paper says something else.
    Differs,
}

impl Match {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Same, Self::NotOnPaper, Self::Differs];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::NotOnPaper => "not_on_paper",
            Self::Differs => "differs",
        }
    }
}

/// One sitting over the paper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Which paper, e.g. number of the file and its volume.
    pub reference: String,
    /// What was compared, and what came of it.
    pub items: BTreeMap<Link, Match>,
    /// Components of the paper file that are there, by the code of their catalog.
    pub present: BTreeSet<String>,
    /// Components that are missing.
    pub missing: BTreeSet<String>,
}

/// A row that is no comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonFault {
    /// A cell is unknown, of another kind, or an item stands twice.
    #[error("a cell is of another kind")]
    Cell,
    /// The paper is not named.
    #[error("the paper is not named, or by too long a text")]
    Reference,
    /// Nothing was compared.
    #[error("nothing was compared")]
    Nothing,
    /// More than [`Comparison::ITEMS_MAX`] items.
    #[error("too many items")]
    TooMany,
}

const REFERENCE: &str = "reference";
const PRESENT: &str = "present";
const MISSING: &str = "missing";

impl Comparison {
    /// Items and components of one comparison.
    pub const ITEMS_MAX: usize = 1_000;

    /// The cells of the row.
    pub fn cells(&self) -> BTreeMap<String, Value> {
        let text = |column: &str, words: String| (column.to_owned(), Value::Text(words));
        let mut cells = BTreeMap::from([text(REFERENCE, self.reference.clone())]);
        for outcome in Match::ALL {
            let items = self.items.iter().filter(|(_, found)| **found == outcome);
            let items: Vec<String> = items.map(|(item, _)| item.to_string()).collect();
            if !items.is_empty() {
                cells.extend([text(outcome.code(), items.join(" "))]);
            }
        }
        for (column, components) in [(PRESENT, &self.present), (MISSING, &self.missing)] {
            if !components.is_empty() {
                let components: Vec<&str> = components.iter().map(String::as_str).collect();
                cells.extend([text(column, components.join(" "))]);
            }
        }
        cells
    }

    /// Reads a row, which may have come from anywhere.
    ///
    /// # Errors
    /// [`ComparisonFault`] for anything but a comparison within its limits.
    pub fn read(cells: &BTreeMap<String, Value>) -> Result<Self, ComparisonFault> {
        let mut read = Self::default();
        for (column, value) in cells {
            let Value::Text(text) = value else { return Err(ComparisonFault::Cell) };
            match column.as_str() {
                REFERENCE => read.reference.clone_from(text),
                PRESENT => read.present.extend(words(text)?.map(str::to_owned)),
                MISSING => read.missing.extend(words(text)?.map(str::to_owned)),
                code => {
                    let outcome = Match::ALL.into_iter().find(|it| it.code() == code);
                    let outcome = outcome.ok_or(ComparisonFault::Cell)?;
                    for word in words(text)? {
                        let item = word.parse().map_err(|()| ComparisonFault::Cell)?;
                        if read.items.insert(item, outcome).is_some() {
                            return Err(ComparisonFault::Cell);
                        }
                    }
                }
            }
        }
        read.check()?;
        Ok(read)
    }

    /// Whether it is within its limits and says something.
    ///
    /// # Errors
    /// [`ComparisonFault`].
    pub fn check(&self) -> Result<(), ComparisonFault> {
        let Self { reference, items, present, missing } = self;
        if reference.trim().is_empty() || reference.len() > LegalBasis::TEXT_MAX {
            return Err(ComparisonFault::Reference);
        }
        let count = items.len() + present.len() + missing.len();
        let coded = |word: &String| {
            !word.is_empty() && word.len() <= 64 && !word.contains(char::is_whitespace)
        };
        match count {
            0 => Err(ComparisonFault::Nothing),
            _ if count > Self::ITEMS_MAX => Err(ComparisonFault::TooMany),
            _ if !present.iter().chain(missing).all(coded) => Err(ComparisonFault::Cell),
            _ if present.intersection(missing).next().is_some() => Err(ComparisonFault::Cell),
            _ => Ok(()),
        }
    }
}

fn words(text: &str) -> Result<impl Iterator<Item = &str>, ComparisonFault> {
    let words = || text.split(' ').filter(|word| !word.is_empty());
    if words().count() > Comparison::ITEMS_MAX {
        Err(ComparisonFault::TooMany)
    } else {
        Ok(words())
    }
}

/// A comparison, and the change that entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The change.
    pub change: Hash,
    /// What it says.
    pub comparison: Comparison,
}

/// How a dossier stands to its paper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parity {
    /// Every item that holds something: what the newest comparison of what stands there says, and the change
    /// that entered it; `None` where it is open.
    pub items: BTreeMap<Link, Option<(Match, Hash)>>,
    /// Components of the paper file: whether it is there, by the newest comparison that names it.
    pub components: BTreeMap<String, bool>,
}

impl Parity {
    /// Where a dossier stands whose items were written by these changes; `knew` tells whether the first
    /// change builds on the second.
    pub fn of(
        written: &BTreeMap<Link, BTreeSet<Hash>>,
        comparisons: &[Compared],
        knew: &dyn Fn(&Hash, &Hash) -> bool,
    ) -> Self {
        let items = written.iter().map(|(item, writers)| {
            let by = comparisons.iter().filter_map(|it| {
                let found = *it.comparison.items.get(item)?;
                let informed = writers.iter().all(|writer| knew(&it.change, writer));
                informed.then_some((found, it.change))
            });
            (item.clone(), newest(by.collect(), knew))
        });
        let mut components = BTreeMap::new();
        let all = comparisons.iter().flat_map(|it| &it.comparison.present);
        let all = all.chain(comparisons.iter().flat_map(|it| &it.comparison.missing));
        for component in all.collect::<BTreeSet<_>>() {
            let by = comparisons.iter().filter_map(|it| {
                let missing = it.comparison.missing.contains(component);
                let named = missing || it.comparison.present.contains(component);
                named.then_some((missing, it.change))
            });
            if let Some((missing, _)) = newest(by.collect(), knew) {
                components.insert(component.clone(), !missing);
            }
        }
        Self { items: items.collect(), components }
    }

    /// How many items the comparisons came to this on.
    pub fn count(&self, outcome: Match) -> usize {
        self.items.values().flatten().filter(|(found, _)| *found == outcome).count()
    }

    /// Items that nobody has compared as they stand.
    pub fn open(&self) -> impl Iterator<Item = &Link> {
        self.items.iter().filter(|(_, found)| found.is_none()).map(|(item, _)| item)
    }

    /// Items that differ from the paper.
    pub fn differing(&self) -> impl Iterator<Item = &Link> {
        let differs =
            |found: &Option<(Match, Hash)>| found.is_some_and(|(found, _)| found == Match::Differs);
        self.items.iter().filter(move |(_, found)| differs(found)).map(|(item, _)| item)
    }

    /// Whether the dossier may be called compared (đã đối chiếu): nothing differs, nothing is open.
    pub fn is_verified(&self) -> bool {
        !self.items.is_empty()
            && self.items.values().all(|it| it.is_some_and(|(found, _)| found != Match::Differs))
    }
}

/// The newest finding; of some that knew nothing of each other, the gravest.
fn newest<T: Copy + Ord>(
    found: Vec<(T, Hash)>,
    knew: &dyn Fn(&Hash, &Hash) -> bool,
) -> Option<(T, Hash)> {
    let last = |one: &&(T, Hash)| !found.iter().any(|other| knew(&other.1, &one.1));
    found.iter().filter(last).max().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> Hash {
        Hash::from_bytes([number; 32])
    }

    fn item(name: &str) -> Link {
        name.parse().expect("a place")
    }

    fn compared(number: u8, items: &[(&str, Match)]) -> Compared {
        let items = items.iter().map(|(name, found)| (item(name), *found)).collect();
        let comparison =
            Comparison { reference: "HS 12".to_owned(), items, ..Comparison::default() };
        Compared { change: hash(number), comparison }
    }

    /// Changes are numbered in the order in which each knew all before it.
    fn parity(written: &[(&str, u8)], comparisons: &[Compared]) -> Parity {
        let written = written
            .iter()
            .map(|(name, writer)| (item(name), BTreeSet::from([hash(*writer)])))
            .collect();
        Parity::of(&written, comparisons, &|one, other| one > other)
    }

    // R-8.3a: a difference keeps the dossier from being called compared; a later change opens an item again.
    #[test]
    fn a_dossier_is_verified_when_nothing_differs_and_nothing_is_open() {
        let (same, differs) = (Match::Same, Match::Differs);
        let written = [("full_name", 1), ("phone", 1)];
        assert!(!parity(&written, &[]).is_verified());
        let first = compared(2, &[("full_name", same), ("phone", differs)]);
        let found = parity(&written, std::slice::from_ref(&first));
        assert!(!found.is_verified());
        assert_eq!(found.differing().collect::<Vec<_>>(), [&item("phone")]);
        // The entry was put right: what was compared is not what stands there.
        let written = [("full_name", 1), ("phone", 3)];
        let found = parity(&written, std::slice::from_ref(&first));
        assert_eq!(found.open().collect::<Vec<_>>(), [&item("phone")]);
        let second = compared(4, &[("phone", Match::NotOnPaper)]);
        let found = parity(&written, &[second, first]);
        assert!(found.is_verified());
        assert_eq!((found.count(same), found.count(Match::NotOnPaper)), (1, 1));
        assert!(!parity(&[], &[]).is_verified(), "nothing was compared");
    }

    #[test]
    fn of_two_that_knew_nothing_of_each_other_the_graver_stands() {
        let written = BTreeMap::from([(item("phone"), BTreeSet::from([hash(1)]))]);
        let both =
            [compared(2, &[("phone", Match::Differs)]), compared(3, &[("phone", Match::Same)])];
        let found = Parity::of(&written, &both, &|_, other| *other == hash(1));
        assert_eq!(found.count(Match::Differs), 1);
    }

    // R-8.3a: the components of the paper file are listed, with what it has and what it lacks.
    #[test]
    fn components_are_there_by_the_newest_comparison() {
        let of = |number: u8, present: &[&str], missing: &[&str]| {
            let set = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
            let (present, missing) = (set(present), set(missing));
            let reference = "HS 12".to_owned();
            let comparison = Comparison { reference, items: BTreeMap::new(), present, missing };
            Compared { change: hash(number), comparison }
        };
        let both = [of(2, &["khai_sinh"], &["van_bang"]), of(3, &["van_bang"], &[])];
        let found = parity(&[], &both);
        let expected = [("khai_sinh".to_owned(), true), ("van_bang".to_owned(), true)];
        assert_eq!(found.components, BTreeMap::from(expected));
    }

    #[test]
    fn a_comparison_reads_as_it_was_written_and_nothing_else_does() {
        let mut comparison =
            compared(1, &[("phone", Match::Same), ("sex", Match::Differs)]).comparison;
        let row = format!("work/{}", crate::RowId::from_bytes([5; 16]));
        comparison.items.insert(item(&row), Match::NotOnPaper);
        comparison.present.insert("khai_sinh".to_owned());
        comparison.missing.insert("van_bang".to_owned());
        let cells = comparison.cells();
        assert_eq!(Comparison::read(&cells), Ok(comparison));
        let with = |column: &str, words: &str| {
            let mut cells = cells.clone();
            cells.insert(column.to_owned(), Value::Text(words.to_owned()));
            Comparison::read(&cells)
        };
        assert_eq!(with("reference", " "), Err(ComparisonFault::Reference));
        assert_eq!(with("x", "phone"), Err(ComparisonFault::Cell));
        assert_eq!(with("same", "sex"), Err(ComparisonFault::Cell), "an item stands twice");
        assert_eq!(with("present", "van_bang"), Err(ComparisonFault::Cell));
        let many = vec!["phone"; Comparison::ITEMS_MAX + 1].join(" ");
        assert_eq!(with("same", &many), Err(ComparisonFault::TooMany));
        let empty = BTreeMap::from([("reference".to_owned(), Value::Text("HS".to_owned()))]);
        assert_eq!(Comparison::read(&empty), Err(ComparisonFault::Nothing));
    }
}
