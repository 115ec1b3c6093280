//! What the verdicts in a dossier come to.
//!
//! **Invariants:** what was reviewed is read from each verdict's own change; a later verdict that names
//! the one it replaces stands in its place, and where two stand that knew nothing of each other, what
//! is returned stays returned, in whatever order they came.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Ruling, Verdict};
use crate::attachment::Link;
use crate::basis::Review;
use crate::document::Entry;
use crate::{FieldPath, Hash, RowId};

/// How an entry stands to its review.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// It needs none.
    NotRequired,
    /// It waits (chưa duyệt).
    Awaiting,
    /// It is approved, and the phiếu of the dossier is not (Điều 3.2).
    WithoutForm,
    /// It is approved (đã duyệt).
    Approved,
    /// It was given back (trả lại).
    Returned {
        /// Why.
        reason: String,
    },
}

impl ReviewState {
    /// Whether it counts in statistics (Điều 15.1).
    pub fn counts(&self) -> bool {
        matches!(self, Self::NotRequired | Self::Approved)
    }

    /// What a person reads beside it; empty where there is nothing to say.
    pub fn words_vi(&self) -> String {
        match self {
            Self::NotRequired => String::new(),
            Self::Awaiting => "chưa duyệt".to_owned(),
            Self::WithoutForm => "đã duyệt, phiếu chưa duyệt".to_owned(),
            Self::Approved => "đã duyệt".to_owned(),
            Self::Returned { reason } => format!("trả lại: {reason}"),
        }
    }
}

/// A verdict and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its row.
    pub row: RowId,
    /// The change that gave it.
    pub by: Hash,
    /// What it says.
    pub verdict: Verdict,
}

/// The verdicts of one dossier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviews(BTreeMap<Hash, Vec<Given>>);

impl Reviews {
    /// Reads the entries of the table of reviews; what is no verdict is left out.
    pub fn read(entries: Vec<Entry>) -> Self {
        let mut reviews = Self::default();
        for Entry { row, change: by, cells } in entries {
            if let Ok(verdict) = Verdict::read(&cells) {
                let on = reviews.0.entry(verdict.change).or_default();
                on.push(Given { row, by, verdict });
            }
        }
        reviews
    }

    /// Every verdict on a change.
    pub fn on(&self, change: &Hash) -> &[Given] {
        self.0.get(change).map_or(&[], Vec::as_slice)
    }

    /// The verdict that stands on an item of a change: that on the item itself, else that on all of
    /// the change.
    pub fn standing(&self, change: &Hash, item: Option<&Link>) -> Option<&Given> {
        let of = |item: Option<&Link>| {
            let standing = self.open(change).filter(|given| given.verdict.item.as_ref() == item);
            standing.max_by_key(|given| (given.verdict.ruling, std::cmp::Reverse(given.row)))
        };
        item.and_then(|item| of(Some(item))).or_else(|| of(None))
    }

    /// The rows that a new verdict on an item, or on all of a change, replaces.
    pub fn replaced_by(&self, change: &Hash, item: Option<&Link>) -> BTreeSet<RowId> {
        let same = |given: &&Given| item.is_none() || given.verdict.item.as_ref() == item;
        self.open(change).filter(same).map(|given| given.row).collect()
    }

    /// How an item of a change stands that `asked` for its review.
    pub fn state(&self, change: &Hash, item: Option<&Link>, asked: Review) -> ReviewState {
        match (self.standing(change, item), asked) {
            (Some(given), _) => match given.verdict.ruling {
                Ruling::Approved => ReviewState::Approved,
                Ruling::Returned => ReviewState::Returned { reason: given.verdict.reason.clone() },
            },
            (None, Review::Awaiting) => ReviewState::Awaiting,
            (None, Review::NotRequired) => ReviewState::NotRequired,
        }
    }

    /// Verdicts that no other one replaces.
    fn open(&self, change: &Hash) -> impl Iterator<Item = &Given> {
        let all = self.on(change);
        all.iter().filter(|given| {
            !all.iter().any(|later| {
                let whole = later.verdict.item.is_none();
                later.verdict.replaces.contains(&given.row)
                    && (whole || later.verdict.item == given.verdict.item)
            })
        })
    }
}

/// The item a place belongs to: a field, or the row of a table.
pub fn item_of(path: &FieldPath) -> Link {
    match (path.field.table(), path.row) {
        (Some(table), Some(row)) => Link::Row { table: table.to_owned(), row },
        _ => Link::Field(path.field.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u8) -> RowId {
        RowId::from_bytes([number; 16])
    }

    fn name() -> Link {
        Link::Field("full_name".parse().expect("a field"))
    }

    fn given(number: u8, item: Option<Link>, ruling: Ruling, replaces: &[u8]) -> Entry {
        let replaces = replaces.iter().map(|it| row(*it)).collect();
        let (change, reason) = (Hash::of(b"change"), "thiếu dấu".to_owned());
        let verdict = Verdict { change, item, ruling, reason, replaces };
        Entry { row: row(number), change: Hash::of(&[number]), cells: verdict.cells() }
    }

    fn states(entries: &[Entry]) -> (ReviewState, ReviewState) {
        let mut backwards = entries.to_vec();
        backwards.reverse();
        let change = Hash::of(b"change");
        let of = |entries: Vec<Entry>| {
            let reviews = Reviews::read(entries);
            let state = |item: Option<&Link>| reviews.state(&change, item, Review::Awaiting);
            (state(None), state(Some(&name())))
        };
        let states = of(entries.to_vec());
        assert_eq!(of(backwards), states, "in whatever order");
        states
    }

    /// R-15.1c: what waits and what is returned does not count.
    #[test]
    fn a_verdict_on_an_item_goes_before_that_on_the_whole() {
        use ReviewState::{Approved, Awaiting};
        let returned = || ReviewState::Returned { reason: "thiếu dấu".to_owned() };
        assert_eq!(states(&[]), (Awaiting, Awaiting));
        let whole = given(1, None, Ruling::Approved, &[]);
        assert_eq!(states(std::slice::from_ref(&whole)), (Approved, Approved));
        let one = given(2, Some(name()), Ruling::Returned, &[]);
        assert_eq!(states(&[whole.clone(), one.clone()]), (Approved, returned()));
        let undone = given(3, Some(name()), Ruling::Approved, &[2]);
        assert_eq!(states(&[whole.clone(), one.clone(), undone]), (Approved, Approved));
        let all_back = given(4, None, Ruling::Returned, &[1, 2]);
        assert_eq!(states(&[whole, one, all_back]), (returned(), returned()));
        assert!(Approved.counts() && !Awaiting.counts() && !returned().counts());
    }

    #[test]
    fn of_verdicts_that_met_the_narrower_holds() {
        let apart = [given(1, None, Ruling::Approved, &[]), given(2, None, Ruling::Returned, &[])];
        assert!(!states(&apart).0.counts());
        let [first, second] = apart;
        let settled = given(3, None, Ruling::Approved, &[1, 2]);
        assert!(states(&[first, second, settled]).0.counts());
        // A verdict on one item replaces none on another, whatever it names.
        let other = Link::Field("sex".parse().expect("a field"));
        let stray = given(5, Some(other), Ruling::Approved, &[6]);
        let kept = given(6, Some(name()), Ruling::Returned, &[]);
        assert!(!states(&[stray, kept]).1.counts());
    }

    #[test]
    fn without_a_request_an_entry_needs_no_review() {
        let reviews = Reviews::read(Vec::new());
        let state = reviews.state(&Hash::of(b"change"), None, Review::NotRequired);
        assert_eq!((state.counts(), state.words_vi().as_str()), (true, ""));
    }
}
