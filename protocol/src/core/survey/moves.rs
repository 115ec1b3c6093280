//! The moves of a dossier, as decisions in it and custody records tell them (Điều 10).
//!
//! **Invariant:** a decision and the transfer that rests on it are one move: what was handed over by a
//! record that counts needs no delivery paper to be done.

use std::collections::BTreeMap;

use dossier::{
    Hash, LegalBasis, PartialDate, UnitId,
    custody::{CustodyKind, CustodyRecord},
    docket::{Destination, Event, Recorded},
    fold::tidy,
};

use super::SurveyedMove;
use crate::{core::custody::day, envelope::SignedCustody, holding::Opened};

/// The moves that were decided, one that knew another in its place, and those that only a transfer
/// tells of.
pub(super) fn of(opened: &Opened, events: &[Recorded]) -> Vec<SurveyedMove> {
    let mut moves = recorded(opened, events);
    let known: Vec<(String, PartialDate)> =
        moves.iter().map(|it| (it.number.clone(), it.signed_on)).collect();
    let told = |it: &SurveyedMove| {
        known.iter().any(|(number, on)| tidy(number) == tidy(&it.number) && *on == it.signed_on)
    };
    moves.extend(transferred(&opened.holding.custody).into_iter().filter(|it| !told(it)));
    moves
}

fn recorded(opened: &Opened, events: &[Recorded]) -> Vec<SurveyedMove> {
    let (document, chain) = (&opened.document, opened.holding.chain());
    let mut moves = Vec::new();
    for Recorded { change, event } in events {
        let Event::Moves { to, .. } = event else { continue };
        let replaced = events.iter().any(|other| {
            matches!(other.event, Event::Moves { .. }) && document.builds_on(&other.change, change)
        });
        let Some((author, meta)) =
            document.change(change).and_then(|header| opened.provenance(header))
        else {
            continue;
        };
        let from = chain.as_ref().and_then(|it| it.custodian(author.epoch)).cloned();
        let basis = Some(&meta.basis);
        let decided = basis.filter(|_| !replaced).and_then(|basis| basis.decision());
        let Some(decided) = decided else { continue };
        let done = |wanted: &dyn Fn(&Event) -> Option<PartialDate>| {
            events.iter().filter_map(|it| wanted(&it.event)).min()
        };
        let handed_over_on = done(&|event| match event {
            Event::HandedOver { transfer, on } if transfer == change => Some(*on),
            _ => None,
        });
        let taken_over_on = done(&|event| match event {
            Event::TakenOver { transfer, on } if transfer == change => Some(*on),
            _ => None,
        });
        let later = opened.holding.custody.iter().map(|it| &it.record);
        let later: Vec<_> = later.filter(|record| record.epoch > author.epoch).collect();
        moves.push(SurveyedMove {
            change: *change,
            number: decided.number.to_owned(),
            signed_on: decided.signed_on,
            from: from.unwrap_or_else(|| opened.holding.unit.clone()),
            to: to.clone(),
            handed_over_on: handed_over_on.or_else(|| sent(&later, &meta.basis, to)),
            taken_over_on: taken_over_on.or_else(|| arrived(&later, to)),
        });
    }
    moves
}

/// The day of the first record by the decision itself, or to where it sends the dossier.
fn sent(later: &[&CustodyRecord], basis: &LegalBasis, to: &Destination) -> Option<PartialDate> {
    let by_it = |record: &&&CustodyRecord| is_same(&record.basis, basis) || reaches(record, to);
    later.iter().find(by_it).and_then(|record| day(record.issued_at))
}

fn arrived(later: &[&CustodyRecord], to: &Destination) -> Option<PartialDate> {
    later.iter().find(|record| reaches(record, to)).and_then(|record| day(record.issued_at))
}

fn reaches(record: &CustodyRecord, to: &Destination) -> bool {
    matches!(to, Destination::Unit(unit) if record.to == *unit)
}

fn is_same(one: &LegalBasis, other: &LegalBasis) -> bool {
    let named = |basis: &LegalBasis| {
        basis.decision().map(|decided| (tidy(decided.number), decided.signed_on))
    };
    named(one).is_some_and(|one| named(other) == Some(one))
}

/// The transfers of the chain, the two of one case as one move (Điều 10.2).
fn transferred(custody: &[SignedCustody]) -> Vec<SurveyedMove> {
    let mut cases: BTreeMap<Hash, SurveyedMove> = BTreeMap::new();
    let mut order = Vec::new();
    for signed in custody {
        let record = &signed.record;
        let from: Option<&UnitId> = record.from.as_ref();
        let moved = (record.kind == CustodyKind::Transfer).then_some(from).flatten();
        let (Some(from), Some(decided)) = (moved, record.basis.decision()) else { continue };
        let (on, name) = (day(record.issued_at), record.case_id.unwrap_or_else(|| signed.hash()));
        let to = Destination::Unit(record.to.clone());
        match cases.get_mut(&name) {
            Some(known) => (known.to, known.taken_over_on) = (to, on),
            None => {
                order.push(name);
                cases.insert(
                    name,
                    SurveyedMove {
                        change: name,
                        number: decided.number.to_owned(),
                        signed_on: decided.signed_on,
                        from: from.clone(),
                        to,
                        handed_over_on: on,
                        taken_over_on: on,
                    },
                );
            }
        }
    }
    order.iter().filter_map(|name| cases.remove(name)).collect()
}
