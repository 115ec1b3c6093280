//! An appraisal as it is kept and sent: what its changes share is said once.
//!
//! A dossier of a hundred changes rests on a few documents and was written by a few persons, and the
//! node keeps an appraisal of each dossier it holds.
//!
//! **Invariant:** what is opened is what was packed.

use dossier::{Hash, LegalBasis, PartialDate, obligation::Entered};
use protocol::codec;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::Appraisal;

/// An appraisal in little room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed(ByteBuf);

#[derive(Serialize, Deserialize)]
struct Pack {
    bases: Vec<LegalBasis>,
    persons: Vec<String>,
    changes: Vec<Change>,
    /// Everything else; its changes are told above.
    rest: Appraisal,
}

#[derive(Serialize, Deserialize)]
struct Change {
    change: Hash,
    /// Place of who wrote it.
    person: u32,
    /// The day it was entered, whether it opened the dossier, the place of its basis.
    entered: Option<(PartialDate, bool, u32)>,
}

impl Packed {
    /// Packs an appraisal whose changes are entered in the order of its authors.
    pub fn of(mut appraisal: Appraisal) -> Self {
        let (mut bases, mut persons) = (Vec::new(), Vec::new());
        let mut entered = std::mem::take(&mut appraisal.facts.entered).into_iter().peekable();
        let authors = std::mem::take(&mut appraisal.authors).into_iter();
        let changes = authors.map(|(change, person)| {
            let own = entered.next_if(|it| it.change == change);
            let entered = own.map(|it| (it.on, it.opens, place(&mut bases, it.basis)));
            Change { change, person: place(&mut persons, person), entered }
        });
        let changes = changes.collect();
        appraisal.facts.entered = entered.collect();
        Self(ByteBuf::from(codec::encode(&Pack { bases, persons, changes, rest: appraisal })))
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The appraisal; `None` for bytes that are none.
    pub fn open(&self) -> Option<Appraisal> {
        let Pack { bases, persons, changes, rest } = codec::decode(&self.0).ok()?;
        let mut appraisal = rest;
        let mut opened = Vec::with_capacity(changes.len());
        for Change { change, person, entered } in changes {
            let person = persons.get(person as usize)?.clone();
            appraisal.authors.push((change, person));
            if let Some((on, opens, basis)) = entered {
                let basis = bases.get(basis as usize)?.clone();
                opened.push(Entered { change, on, opens, basis });
            }
        }
        opened.append(&mut appraisal.facts.entered);
        appraisal.facts.entered = opened;
        Some(appraisal)
    }
}

/// How far back a place is looked for: what comes again comes soon.
const REACH: usize = 64;

/// The place of something among those known last, at the end where it is new.
fn place<T: PartialEq>(known: &mut Vec<T>, one: T) -> u32 {
    let from = known.len().saturating_sub(REACH);
    let found = known[from..].iter().position(|it| *it == one).map(|at| from + at);
    let at = found.unwrap_or_else(|| {
        known.push(one);
        known.len() - 1
    });
    u32::try_from(at).expect("a dossier has fewer changes")
}

#[cfg(test)]
mod tests {
    use dossier::{DossierId, obligation::DossierFacts};

    use super::*;

    fn appraisal(changes: u8) -> Appraisal {
        let basis = |number: u8| match number % 3 {
            0 => LegalBasis::Decision {
                issuer: "UBND tỉnh".to_owned(),
                number: format!("{}/QĐ-UBND", number / 12),
                signed_on: PartialDate::day(2026, 1, 2).expect("a day"),
                effective_on: None,
                scan: None,
            },
            _ => LegalBasis::Correction { reason: format!("lý do {}", number % 2) },
        };
        let entered = (0..changes).filter(|it| it % 5 != 4).map(|number| Entered {
            change: Hash::from_bytes([number; 32]),
            on: PartialDate::day(2026, 1, number % 28 + 1).expect("a day"),
            opens: number == 0,
            basis: basis(number),
        });
        Appraisal {
            facts: DossierFacts {
                dossier: DossierId::from_bytes([7; 16]),
                unit: "snv".parse().expect("unit"),
                entered: entered.collect(),
                on_file: Vec::new(),
                recruited_on: None,
                completed_on: None,
                moving: Vec::new(),
                kept_since: None,
                reasons: [(Hash::ZERO, "vì lũ".to_owned())].into(),
            },
            complete: true,
            missing: 2,
            findings: [("R1".to_owned(), 3)].into(),
            errors: 1,
            warnings: 2,
            conflicts: 0,
            unreviewed: 4,
            status: "working".to_owned(),
            in_service: true,
            matched: false,
            authors: (0..changes)
                .map(|it| (Hash::from_bytes([it; 32]), format!("người {}", it % 4)))
                .collect(),
            wrong: [("người 1".to_owned(), 1)].into(),
        }
    }

    #[test]
    fn what_is_opened_is_what_was_packed() {
        for changes in [0, 1, 5, 100] {
            let appraisal = appraisal(changes);
            assert_eq!(Packed::of(appraisal.clone()).open(), Some(appraisal));
        }
    }

    #[test]
    fn a_hundred_changes_take_less_than_two_thirds() {
        let appraisal = appraisal(100);
        let plain = codec::encode(&appraisal).len();
        assert!(3 * Packed::of(appraisal).size() < 2 * plain, "{plain} bytes as it is");
    }

    #[test]
    fn bytes_that_are_none_are_not_opened() {
        assert_eq!(Packed(ByteBuf::from(vec![9; 40])).open(), None);
    }
}
