//! What people decided where values had met: a side taken, both kept, a choice undone, or the question
//! passed up to the body above.
//!
//! The value itself is written by the same change, where another one stood, so that whoever reads no
//! docket sees it as well.
//! Nothing is lost by a choice: every side stays in the history, and undoing one puts back what was
//! shown before and lets both sides wait again.
//!
//! **Invariant:** [`Choice::read`] gives back what [`Choice::cells`] wrote.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::{Conflict, Entry};
use crate::{FieldPath, Hash, LegalBasis, RowId, Value};

/// Sides of one conflict that are named.
pub const SIDES_MAX: usize = 64;

/// An entry about a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// Somebody chose, and the change that carries this wrote it.
    Taken {
        /// Where values had met.
        at: FieldPath,
        /// The changes that wrote them; the last wrote the one that was shown.
        among: Vec<Hash>,
        /// The side that was taken; `None` where both are kept, each in a row of its own.
        taken: Option<Hash>,
    },
    /// A choice is undone, and the change that carries this put back what was shown before it.
    Undone {
        /// The row of the choice.
        choice: RowId,
    },
    /// The question is passed up to the body above.
    Raised {
        /// Where values met.
        at: FieldPath,
        /// The changes that wrote them.
        among: Vec<Hash>,
        /// Why, in the words of the unit.
        reason: String,
    },
}

/// A row that is no entry about a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceFault {
    /// A cell is missing, unknown or of another kind.
    #[error("a cell is missing or of another kind")]
    Cell,
    /// Fewer than two sides, or more than [`SIDES_MAX`], or the one taken is none of them.
    #[error("the sides are not those of a conflict")]
    Sides,
    /// The reason is missing or too long.
    #[error("the reason is missing or too long")]
    Reason,
}

const KIND: &str = "kind";
const TAKEN: &str = "taken";
const UNDONE: &str = "undone";
const RAISED: &str = "raised";

impl Choice {
    /// The cells of the row.
    pub fn cells(&self) -> BTreeMap<String, Value> {
        let text = |column: &str, words: &str| (column.to_owned(), Value::Text(words.to_owned()));
        let place = |kind: &str, at: &FieldPath, among: &[Hash]| {
            let among: Vec<String> = among.iter().map(Hash::to_string).collect();
            let mut cells = BTreeMap::from([
                text(KIND, kind),
                text("field", at.field.as_str()),
                text("among", &among.join(" ")),
            ]);
            cells.extend(at.row.map(|row| text("row", &row.to_string())));
            cells
        };
        match self {
            Self::Taken { at, among, taken } => {
                let mut cells = place(TAKEN, at, among);
                cells.extend(taken.map(|side| text("side", &side.to_string())));
                cells
            }
            Self::Undone { choice } => {
                BTreeMap::from([text(KIND, UNDONE), text("choice", &choice.to_string())])
            }
            Self::Raised { at, among, reason } => {
                let mut cells = place(RAISED, at, among);
                cells.extend([text("reason", reason)]);
                cells
            }
        }
    }

    /// Reads a row, which may have come from anywhere.
    ///
    /// # Errors
    /// [`ChoiceFault`] for anything but an entry within its limits.
    pub fn read(cells: &BTreeMap<String, Value>) -> Result<Self, ChoiceFault> {
        let cell = ChoiceFault::Cell;
        let words = |column: &str| match cells.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            None => Ok(None),
            Some(_) => Err(cell),
        };
        let (choice, columns) = match words(KIND)?.ok_or(cell)? {
            UNDONE => {
                let choice = words("choice")?.and_then(|it| it.parse().ok()).ok_or(cell)?;
                (Self::Undone { choice }, 2)
            }
            kind @ (TAKEN | RAISED) => {
                let field = words("field")?.and_then(|it| it.parse().ok()).ok_or(cell)?;
                let row = words("row")?.map(str::parse).transpose().map_err(|_| cell)?;
                let at = FieldPath { field, row };
                let among = sides(words("among")?.ok_or(cell)?)?;
                let columns = 3 + usize::from(row.is_some());
                if kind == TAKEN {
                    let taken = words("side")?.map(str::parse).transpose().map_err(|_| cell)?;
                    if taken.is_some_and(|side| !among.contains(&side)) {
                        return Err(ChoiceFault::Sides);
                    }
                    (Self::Taken { at, among, taken }, columns + usize::from(taken.is_some()))
                } else {
                    let reason = words("reason")?.unwrap_or_default().to_owned();
                    if reason.trim().is_empty() || reason.len() > LegalBasis::TEXT_MAX {
                        return Err(ChoiceFault::Reason);
                    }
                    (Self::Raised { at, among, reason }, columns + 1)
                }
            }
            _ => return Err(cell),
        };
        if cells.len() == columns { Ok(choice) } else { Err(cell) }
    }
}

fn sides(text: &str) -> Result<Vec<Hash>, ChoiceFault> {
    let mut among = Vec::new();
    for word in text.split(' ') {
        if among.len() == SIDES_MAX {
            return Err(ChoiceFault::Sides);
        }
        among.push(word.parse().map_err(|_| ChoiceFault::Cell)?);
    }
    if among.len() < 2 { Err(ChoiceFault::Sides) } else { Ok(among) }
}

/// An entry and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its row.
    pub row: RowId,
    /// The change that entered it.
    pub change: Hash,
    /// What it says.
    pub choice: Choice,
}

impl Chosen {
    /// Whether something was chosen at this place.
    fn is_about(&self, at: &FieldPath) -> bool {
        matches!(&self.choice, Choice::Taken { at: place, .. } if place == at)
    }
}

/// The entries about conflicts of one dossier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices(Vec<Chosen>);

impl Choices {
    /// Reads the entries of the table; what is no entry is left out.
    pub fn read(entries: Vec<Entry>) -> Self {
        let entries = entries.into_iter().filter_map(|Entry { row, change, cells }| {
            Some(Chosen { row, change, choice: Choice::read(&cells).ok()? })
        });
        Self(entries.collect())
    }

    /// All of them, in the order of rows.
    pub fn iter(&self) -> impl Iterator<Item = &Chosen> {
        self.0.iter()
    }

    /// The entry in a row.
    pub fn get(&self, row: RowId) -> Option<&Chosen> {
        self.0.iter().find(|it| it.row == row)
    }

    /// The choices that one change made.
    pub fn taken_by(&self, change: &Hash) -> impl Iterator<Item = &Chosen> {
        let change = *change;
        self.0
            .iter()
            .filter(move |it| it.change == change && matches!(it.choice, Choice::Taken { .. }))
    }

    /// The change that undid a choice.
    pub fn undone_by(&self, row: RowId) -> Option<&Hash> {
        let undoes = |it: &&Chosen| it.choice == Choice::Undone { choice: row };
        self.0.iter().find(undoes).map(|it| &it.change)
    }

    /// What was done last about a place: the entry that no other one about it builds on. Of two that knew
    /// nothing of each other, one that undoes.
    pub fn last_at<'a>(
        &'a self,
        at: &'a FieldPath,
        knew: &dyn Fn(&Hash, &Hash) -> bool,
    ) -> Option<&'a Chosen> {
        let later = |it: &Chosen| self.at(at).any(|other| knew(&other.change, &it.change));
        let last = self.at(at).filter(|it| !later(it));
        last.max_by_key(|it| (matches!(it.choice, Choice::Undone { .. }), it.change, it.row))
    }

    /// The choices about a place, and what undid them.
    pub fn at<'a>(&'a self, at: &'a FieldPath) -> impl Iterator<Item = &'a Chosen> {
        self.0.iter().filter(move |it| match &it.choice {
            Choice::Taken { .. } => it.is_about(at),
            Choice::Undone { choice } => self.get(*choice).is_some_and(|it| it.is_about(at)),
            Choice::Raised { .. } => false,
        })
    }

    /// The entries by which a conflict was passed up: those that name a side it still has.
    pub fn raised<'a>(&'a self, conflict: &'a Conflict) -> impl Iterator<Item = &'a Chosen> {
        self.0.iter().filter(move |it| match &it.choice {
            Choice::Raised { at, among, .. } => {
                let open = |side: &crate::document::Candidate| among.contains(&side.change);
                *at == conflict.path && conflict.candidates.iter().any(open)
            }
            Choice::Taken { .. } | Choice::Undone { .. } => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> Hash {
        Hash::from_bytes([number; 32])
    }

    fn choices() -> Vec<Choice> {
        let row = RowId::from_bytes([4; 16]);
        let phone = FieldPath { field: "phone".parse().expect("a field"), row: None };
        let cell = FieldPath { field: "salary.step".parse().expect("a column"), row: Some(row) };
        let among = vec![hash(1), hash(2)];
        vec![
            Choice::Taken { at: phone.clone(), among: among.clone(), taken: Some(hash(1)) },
            Choice::Taken { at: cell.clone(), among: among.clone(), taken: None },
            Choice::Undone { choice: row },
            Choice::Raised { at: phone, among: among.clone(), reason: "chưa rõ".to_owned() },
            Choice::Raised { at: cell, among, reason: "chưa rõ".to_owned() },
        ]
    }

    #[test]
    fn a_choice_is_read_as_it_was_written_and_nothing_less_or_more() {
        for choice in choices() {
            let cells = choice.cells();
            assert_eq!(Choice::read(&cells), Ok(choice));
            for column in cells.keys().filter(|it| !["side", "row"].contains(&it.as_str())) {
                let mut less = cells.clone();
                less.remove(column);
                assert!(Choice::read(&less).is_err(), "without {column}");
                let mut other = cells.clone();
                other.insert(column.clone(), Value::Integer(1));
                assert!(Choice::read(&other).is_err(), "{column} of another kind");
            }
            let mut more = cells.clone();
            more.insert("x".to_owned(), Value::Integer(1));
            assert_eq!(Choice::read(&more), Err(ChoiceFault::Cell));
        }
    }

    #[test]
    fn a_side_is_one_of_those_that_met() {
        let with = |column: &str, words: &str| {
            let mut cells = choices()[0].cells();
            cells.insert(column.to_owned(), Value::Text(words.to_owned()));
            Choice::read(&cells)
        };
        assert_eq!(with("side", &hash(9).to_string()), Err(ChoiceFault::Sides));
        assert_eq!(with("among", &hash(1).to_string()), Err(ChoiceFault::Sides));
        let many = vec![hash(1).to_string(); SIDES_MAX + 1].join(" ");
        assert_eq!(with("among", &many), Err(ChoiceFault::Sides));
        let mut silent = choices()[3].cells();
        silent.insert("reason".to_owned(), Value::Text(" ".to_owned()));
        assert_eq!(Choice::read(&silent), Err(ChoiceFault::Reason));
    }
}
