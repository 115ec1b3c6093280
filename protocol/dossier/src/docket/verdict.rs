//! A verdict on what somebody entered (kiểm duyệt, Điều 15.1).

use std::collections::{BTreeMap, BTreeSet};

use crate::attachment::Link;
use crate::{Hash, LegalBasis, RowId, Value};

/// Earlier verdicts that one verdict replaces.
pub const REPLACED_MAX: usize = 256;

/// What is decided on an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ruling {
    /// It is approved (duyệt).
    Approved,
    /// It is given back with a reason (trả lại).
    Returned,
}

impl Ruling {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Returned => "returned",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Approved, Self::Returned].into_iter().find(|ruling| ruling.code() == code)
    }
}

/// One verdict: a row of the table of reviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The change it is on.
    pub change: Hash,
    /// The item of the change it is on; `None` for all of it.
    pub item: Option<Link>,
    /// What is decided.
    pub ruling: Ruling,
    /// Why; never empty where something is returned.
    pub reason: String,
    /// Earlier verdicts on the same that it replaces.
    pub replaces: BTreeSet<RowId>,
}

/// A row that is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerdictFault {
    /// A cell is missing or holds another kind of value.
    #[error("a cell is missing or of another kind")]
    Cell,
    /// Something is returned without a reason, or the reason is too long.
    #[error("the reason is missing or too long")]
    Reason,
    /// More verdicts are replaced than [`REPLACED_MAX`].
    #[error("too many verdicts are replaced")]
    TooMany,
}

impl Verdict {
    /// The cells of the row.
    pub fn cells(&self) -> BTreeMap<String, Value> {
        let text = |words: &str| Value::Text(words.to_owned());
        let mut cells = BTreeMap::from([
            ("change".to_owned(), text(&self.change.to_string())),
            ("ruling".to_owned(), text(self.ruling.code())),
        ]);
        if let Some(item) = &self.item {
            cells.insert("item".to_owned(), text(&item.to_string()));
        }
        if !self.reason.is_empty() {
            cells.insert("reason".to_owned(), text(&self.reason));
        }
        if !self.replaces.is_empty() {
            let rows: Vec<String> = self.replaces.iter().map(RowId::to_string).collect();
            cells.insert("replaces".to_owned(), text(&rows.join(" ")));
        }
        cells
    }

    /// Reads a row, which may have come from anywhere.
    ///
    /// # Errors
    /// [`VerdictFault`] for anything but a verdict within its limits.
    pub fn read(cells: &BTreeMap<String, Value>) -> Result<Self, VerdictFault> {
        let cell = VerdictFault::Cell;
        let words = |column: &str| match cells.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            None => Ok(None),
            Some(_) => Err(cell),
        };
        let change = words("change")?.and_then(|text| text.parse().ok()).ok_or(cell)?;
        let ruling = words("ruling")?.and_then(Ruling::from_code).ok_or(cell)?;
        let item = words("item")?.map(|text| text.parse().map_err(|()| cell)).transpose()?;
        let reason = words("reason")?.unwrap_or_default().to_owned();
        let silent = reason.trim().is_empty() && ruling == Ruling::Returned;
        if silent || reason.len() > LegalBasis::TEXT_MAX {
            return Err(VerdictFault::Reason);
        }
        let mut replaces = BTreeSet::new();
        let named = words("replaces")?.unwrap_or_default().split(' ');
        for (place, word) in named.filter(|it| !it.is_empty()).enumerate() {
            if place == REPLACED_MAX {
                return Err(VerdictFault::TooMany);
            }
            replaces.insert(word.parse().map_err(|_| cell)?);
        }
        Ok(Self { change, item, ruling, reason, replaces })
    }
}
