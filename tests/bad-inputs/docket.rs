//! Entries of the docket that no honest program makes: each node judges them by itself.

use std::collections::BTreeSet;

use dossier::docket::{Ruling, Table, Verdict as Ruled};
use dossier::{Edit, Hash, LegalBasis, Review, Role, RowId, Value};
use protocol::admission::{QuarantineReason, Verdict};
use protocol::envelope::Meta;
use protocol::holding::Opened;
use protocol::parcel::Parcel;
use simulation::cores::{grounds, node_id, set};

use crate::parcels::Stage;

/// An approver of `unit`, who bears this name.
fn approver(person: &str) -> Meta {
    let (role, review) = (Role::Approver, Review::NotRequired);
    Meta { person: person.to_owned(), role, basis: LegalBasis::Office, review }
}

fn put(table: Table, row: u8, cells: impl IntoIterator<Item = (String, Value)>) -> Edit {
    let row = RowId::from_bytes([row; 16]);
    Edit::PutRow { table: table.name().to_owned(), row, cells: cells.into_iter().collect() }
}

fn verdict(row: u8, change: Hash, ruling: Ruling) -> Edit {
    let reason = "thiếu bản chụp".to_owned();
    let ruled = Ruled { change, item: None, ruling, reason, replaces: BTreeSet::new() };
    put(Table::Reviews, row, ruled.cells())
}

struct Court(Stage);

impl Court {
    fn newest(opened: &Opened) -> Hash {
        opened.document.changes().last().expect("has changes").hash
    }

    /// What a node says of a change by the node of `unit` to a dossier with two changes.
    fn judge(&self, unit: &str, meta: &Meta, edits: impl Fn(&Opened) -> Vec<Edit>) -> String {
        let mut written = self.0.after(2).expect("is held");
        let edits = edits(&written);
        let parcel = self.0.write(&mut written, meta, node_id(unit), unit, &edits);
        Self::told(self.0.admit(&parcel, &mut self.0.after(2)))
    }

    fn told(verdict: Verdict) -> String {
        match verdict {
            Verdict::Admitted { .. } => "admitted".to_owned(),
            Verdict::Quarantined(QuarantineReason::NoRight(code)) => code,
            other => panic!("{other:?}"),
        }
    }
}

/// R-15.1c: a verdict is judged by who entered what it is on, at every node it comes to.
#[test]
fn a_verdict_without_right_stays_outside() {
    let court = Court(Stage::new(31));
    let on_newest = |opened: &Opened| vec![verdict(1, Court::newest(opened), Ruling::Returned)];
    let clerk = Meta { role: Role::Clerk, ..approver("Trần Thị B") };
    let elsewhere = |_: &Opened| vec![verdict(1, Hash::of(b"elsewhere"), Ruling::Approved)];
    assert_eq!(court.judge("so", &approver("Trần Thị B"), on_newest), "admitted");
    assert_eq!(court.judge("so.a", &approver("Trần Thị B"), on_newest), "admitted");
    assert_eq!(court.judge("so.a", &approver("cán bộ so.a"), on_newest), "four_eyes");
    assert_eq!(court.judge("so", &approver("cán bộ so.a"), on_newest), "four_eyes");
    assert_eq!(court.judge("so", &clerk, on_newest), "wrong_role");
    assert_eq!(court.judge("tier3", &approver("C"), on_newest), "tier_three_does_not_edit");
    assert_eq!(court.judge("c", &approver("C"), on_newest), "foreign_unit");
    assert_eq!(court.judge("so", &approver("Trần Thị B"), elsewhere), "nothing_to_review");
}

#[test]
fn a_verdict_that_did_not_know_what_it_is_on_stays_outside() {
    let court = Court(Stage::new(32));
    let mut apart = court.0.after(2).expect("is held");
    let third = court.0.after(3).expect("is held");
    let edits = [verdict(1, Court::newest(&third), Ruling::Approved)];
    let parcel = court.0.write(&mut apart, &approver("B"), node_id("so"), "so", &edits);
    let verdict = court.0.admit(&parcel, &mut court.0.after(3));
    assert_eq!(Court::told(verdict), "nothing_to_review");
}

#[test]
fn an_entry_stands_alone_and_is_never_altered() {
    let court = Court(Stage::new(33));
    let meta = approver("Trần Thị B");
    let declared = Meta { basis: grounds(true), ..meta.clone() };
    let mixed = |opened: &Opened| {
        vec![verdict(1, Court::newest(opened), Ruling::Approved), set("phone", "0")]
    };
    let unreadable = |_: &Opened| vec![put(Table::Reviews, 1, [])];
    let same = || [("same".to_owned(), Value::Flag(true))];
    let compared = |_: &Opened| vec![put(Table::Parities, 1, same())];
    assert_eq!(court.judge("so.a", &declared, mixed), "mixed");
    assert_eq!(court.judge("so.a", &meta, unreadable), "unreadable");
    assert_eq!(court.judge("so.a", &meta, compared), "admitted");
    assert_eq!(court.judge("so", &meta, compared), "custodian_enters");
    let content = |_: &Opened| vec![set("phone", "0")];
    assert_eq!(court.judge("so.a", &meta, content), "basis_required");

    let mut known: Option<Opened> = court.0.after(2);
    let mut written = court.0.after(2).expect("is held");
    let offer = |written: &mut Opened, known: &mut Option<Opened>, edits: &[Edit]| {
        let parcel: Parcel = court.0.write(written, &meta, node_id("so.a"), "so.a", edits);
        Court::told(court.0.admit(&parcel, known))
    };
    let first = [put(Table::Parities, 1, same())];
    assert_eq!(offer(&mut written, &mut known, &first), "admitted");
    let row = RowId::from_bytes([1; 16]);
    for edit in [
        put(Table::Parities, 1, [("same".to_owned(), Value::Flag(false))]),
        Edit::RemoveRow { table: Table::Parities.name().to_owned(), row },
    ] {
        let mut apart = known.as_ref().map(|known| known.document.clone()).map(|document| Opened {
            id: written.id,
            holding: written.holding.clone(),
            document,
            history: written.history.clone(),
        });
        let apart = apart.as_mut().expect("is held");
        assert_eq!(offer(apart, &mut known, &[edit]), "settled");
    }
}
