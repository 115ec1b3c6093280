//! Entries of the docket that no honest program makes: each node judges them by itself.

use std::collections::{BTreeMap, BTreeSet};

use dossier::docket::{
    Choice, Comparison, Destination, Event, FormEntry, FormVersion, Match, Outside, Ruling, Sheet,
    Status, Table, Verdict as Ruled,
};
use dossier::{Edit, FieldPath, Hash, LegalBasis, Review, Role, RowId, Value};
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

/// A comparison of one item with the paper.
fn compared_cells(item: &str) -> BTreeMap<String, Value> {
    let items = [(item.parse().expect("a place"), Match::Same)].into();
    Comparison { reference: "HS 12".to_owned(), items, ..Comparison::default() }.cells()
}

fn event(row: u8, event: &Event) -> Edit {
    put(Table::Statuses, row, event.cells())
}

fn became(row: u8, status: Status) -> Edit {
    let effective_on = "1970-01-02".parse().expect("a day");
    event(row, &Event::Became { status, effective_on, reason: "theo chế độ".to_owned() })
}

/// An officer of `unit` who acts on a decision.
fn decided(person: &str) -> Meta {
    Meta { basis: grounds(false), ..approver(person) }
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
    let same = || compared_cells("phone");
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
        put(Table::Parities, 1, compared_cells("full_name")),
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

/// What a node says of changes that follow one another, each made by somebody else.
fn offered(court: &Court, acts: &[(&str, Meta, Edit)]) -> Vec<String> {
    let mut known = court.0.after(2);
    let mut told = Vec::new();
    for (unit, meta, edit) in acts {
        let mut written = known.as_ref().map(|known| Opened {
            id: known.id,
            holding: known.holding.clone(),
            document: known.document.clone(),
            history: known.history.clone(),
        });
        let written = written.as_mut().expect("is held");
        let edits = std::slice::from_ref(edit);
        let parcel = court.0.write(written, meta, node_id(unit), unit, edits);
        told.push(Court::told(court.0.admit(&parcel, &mut known)));
    }
    told
}

// after "retired" an edit is refused at every node, a correction with a reason is not, and
// recruited again the person's dossier is open.
#[test]
fn a_closed_dossier_takes_no_edit_until_its_person_comes_back() {
    let court = Court(Stage::new(34));
    let declared = Meta { basis: grounds(true), ..approver("B") };
    let reason = LegalBasis::Correction { reason: "ghi nhầm".to_owned() };
    let corrected = Meta { basis: reason, ..approver("B") };
    let told = offered(
        &court,
        &[
            ("so.a", approver("B"), became(1, Status::Retired)),
            ("so.a", decided("B"), became(2, Status::Retired)),
            ("so.a", declared.clone(), set("phone", "1")),
            ("so.a", corrected, set("phone", "2")),
            ("so.a", decided("B"), became(3, Status::Working)),
            ("so.a", declared, set("phone", "3")),
        ],
    );
    let expected = ["decision_required", "admitted", "closed", "admitted", "admitted", "admitted"];
    assert_eq!(told, expected);
}

// an edit that knew nothing of the closing stays; every node judges it by what it knew.
#[test]
fn an_edit_that_did_not_know_of_the_closing_stays() {
    let court = Court(Stage::new(35));
    let mut known = court.0.after(2);
    let mut closing = court.0.after(2).expect("is held");
    let retired = [became(1, Status::Retired)];
    let parcel = court.0.write(&mut closing, &decided("B"), node_id("so.a"), "so.a", &retired);
    assert_eq!(Court::told(court.0.admit(&parcel, &mut known)), "admitted");
    let mut apart = court.0.after(2).expect("is held");
    let reason = LegalBasis::Correction { reason: "ghi nhầm".to_owned() };
    let meta = Meta { basis: reason, ..approver("C") };
    let parcel = court.0.write(&mut apart, &meta, node_id("so"), "so", &[set("phone", "1")]);
    assert_eq!(Court::told(court.0.admit(&parcel, &mut known)), "admitted");
    assert!(known.expect("is held").document.life().is_closed());
}

// R-12.2a: a dossier is taken out of sight by two officers of tier 3, and brought back.
#[test]
fn a_removal_takes_two_officers_and_is_taken_back() {
    let court = Court(Stage::new(36));
    let officer = |person: &str| Meta { role: Role::Administrator, ..decided(person) };
    let wanted = || Event::RemovalProposed { reason: "lập trùng".to_owned() };
    let mut known = court.0.after(2);
    let offer = |known: &mut Option<Opened>, unit: &str, meta: &Meta, edit: Edit| {
        let mut written = known.as_ref().map(|known| Opened {
            id: known.id,
            holding: known.holding.clone(),
            document: known.document.clone(),
            history: known.history.clone(),
        });
        let written = written.as_mut().expect("is held");
        let parcel = court.0.write(written, meta, node_id(unit), unit, &[edit]);
        Court::told(court.0.admit(&parcel, known))
    };
    let entered = Court::newest(known.as_ref().expect("is held"));
    let of_no_proposal = Event::Removed { proposal: entered };
    assert_eq!(offer(&mut known, "so.a", &decided("B"), event(1, &wanted())), "tier_three_only");
    let refused = offer(&mut known, "tier3", &officer("C"), event(1, &of_no_proposal));
    assert_eq!(refused, "nothing_to_review");
    assert_eq!(offer(&mut known, "tier3", &officer("C"), event(2, &wanted())), "admitted");
    let life = known.as_ref().expect("is held").document.life();
    let proposal = life.proposed.expect("is proposed");
    let agreed = Event::Removed { proposal };
    assert_eq!(offer(&mut known, "tier3", &officer("C"), event(3, &agreed)), "four_eyes");
    assert_eq!(offer(&mut known, "tier3", &officer("D"), event(3, &agreed)), "admitted");
    let declared = Meta { basis: grounds(true), ..approver("B") };
    assert_eq!(offer(&mut known, "so.a", &declared, set("phone", "1")), "closed");
    let back = Event::Restored { reason: "không trùng".to_owned() };
    assert_eq!(offer(&mut known, "tier3", &officer("C"), event(4, &back)), "admitted");
    assert_eq!(offer(&mut known, "so.a", &declared, set("phone", "1")), "admitted");
}

// R-10.2a: a transfer is recorded on a decision, by the body that may; out of the system by tier 2 alone.
#[test]
fn a_transfer_without_right_or_decision_stays_outside() {
    let court = Court(Stage::new(41));
    let moves = |to: &Destination| {
        let cells = Event::Moves { to: to.clone(), reason: "điều động".to_owned() }.cells();
        move |_: &Opened| vec![put(Table::Statuses, 1, cells.clone())]
    };
    let within = Destination::Unit("so.b".parse().expect("a unit"));
    let between = Destination::Unit("huyen".parse().expect("a unit"));
    let name = "Ban Tổ chức Tỉnh ủy".to_owned();
    let out = Destination::Outside { kind: Outside::Party, name };
    let judge = |unit: &str, to: &Destination| court.judge(unit, &decided("Trần Thị B"), moves(to));
    assert_eq!((judge("so.a", &within), judge("so", &within)), told("admitted", "admitted"));
    assert_eq!((judge("so.a", &between), judge("so", &between)), told("tier_two_only", "admitted"));
    assert_eq!((judge("so.a", &out), judge("so", &out)), told("tier_two_only", "admitted"));
    assert_eq!(judge("c", &within), "foreign_unit");
    let undecided = court.judge("so.a", &approver("Trần Thị B"), moves(&within));
    assert_eq!(undecided, "decision_required");
    let on = "1970-01-02".parse().expect("a day");
    let sent = |opened: &Opened| {
        let transfer = Court::newest(opened);
        vec![event(2, &Event::HandedOver { transfer, on })]
    };
    let clerk = Meta { role: Role::Clerk, ..approver("Trần Thị B") };
    assert_eq!(court.judge("so.a", &approver("Trần Thị B"), sent), "admitted");
    assert_eq!(court.judge("so", &approver("Trần Thị B"), sent), "admitted");
    assert_eq!(court.judge("so.a", &clerk, sent), "wrong_role");
    assert_eq!(court.judge("c", &approver("Trần Thị B"), sent), "foreign_unit");
}

fn told(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

/// What is chosen is judged as a correction is, whoever wrote the sides; a question is passed up by the
/// custodian alone.
#[test]
fn a_choice_without_right_or_reason_stays_outside() {
    let court = Court(Stage::new(42));
    let at = || FieldPath { field: "phone".parse().expect("a field"), row: None };
    let among = || vec![Hash::of(b"one"), Hash::of(b"other")];
    let chosen = |_: &Opened| {
        let taken = Choice::Taken { at: at(), among: among(), taken: None };
        vec![set("phone", "0911"), put(Table::Choices, 1, taken.cells())]
    };
    let raised = |_: &Opened| {
        let reason = "không rõ".to_owned();
        let raised = Choice::Raised { at: at(), among: among(), reason };
        vec![put(Table::Choices, 1, raised.cells())]
    };
    let with = |role, basis: LegalBasis| Meta { role, basis, ..approver("Trần Thị B") };
    let correction = || LegalBasis::Correction { reason: "đã hỏi lại".to_owned() };
    for unit in ["so.a", "so"] {
        assert_eq!(court.judge(unit, &with(Role::Clerk, correction()), chosen), "admitted");
    }
    assert_eq!(
        court.judge("so.a", &with(Role::Approver, LegalBasis::Office), chosen),
        "basis_required"
    );
    assert_eq!(court.judge("tier3", &with(Role::Approver, correction()), chosen), "order_required");
    assert_eq!(court.judge("c", &with(Role::Clerk, correction()), chosen), "foreign_unit");
    let office = |role| with(role, LegalBasis::Office);
    assert_eq!(court.judge("so.a", &office(Role::Clerk), raised), "admitted");
    assert_eq!(court.judge("so", &office(Role::Approver), raised), "custodian_enters");
    let altered = |_: &Opened| vec![put(Table::Choices, 1, [])];
    assert_eq!(court.judge("so.a", &with(Role::Clerk, correction()), altered), "unreadable");
}

// no node lets data into a dossier that a phiếu opened before something of it is approved.
#[test]
fn data_come_into_no_dossier_whose_phieu_nobody_approved() {
    let court = Court(Stage::new(43));
    let mut sheet = Sheet::default();
    sheet.write(set("full_name", "Bùi Thị Hòa"));
    let version = FormVersion {
        number: 1,
        staff_type: "cong_chuc".to_owned(),
        campaign: None,
        guided_on: None,
        sheet,
    };
    let cells = FormEntry::Version(version).cells().expect("fits");
    let declared = Meta {
        basis: grounds(true),
        role: Role::Clerk,
        review: Review::Awaiting,
        ..approver("Hà Văn Tú")
    };
    let first = court.0.begin(&declared, "so.a", &[put(Table::RecordForms, 1, cells)]);
    let held = || {
        let mut known = None;
        assert_eq!(Court::told(court.0.admit(&first, &mut known)), "admitted");
        known.expect("is held")
    };
    let submitted = Court::newest(&held());
    // What a node says of these changes, one after the other, by approver or clerk of `unit`.
    let judge = |unit: &str, acts: &[(&Meta, Edit)]| -> Vec<String> {
        let (mut written, mut known) = (held(), Some(held()));
        let acts = acts.iter().map(|(meta, edit)| {
            let edits = std::slice::from_ref(edit);
            let parcel = court.0.write(&mut written, meta, node_id(unit), unit, edits);
            Court::told(court.0.admit(&parcel, &mut known))
        });
        acts.collect()
    };
    let correction = Meta {
        basis: LegalBasis::Correction { reason: "gõ nhầm".to_owned() },
        ..approver("Hà Văn Tú")
    };
    let data = || (&correction, set("phone", "0911"));
    for unit in ["so.a", "so"] {
        assert_eq!(judge(unit, &[data()]), ["form_not_approved"]);
    }
    let reviewer = approver("Trần Thị B");
    let ruled = |ruling| (&reviewer, verdict(2, submitted, ruling));
    let returned = judge("so.a", &[ruled(Ruling::Returned), data()]);
    assert_eq!(returned, ["admitted", "form_not_approved"]);
    let approved = judge("so.a", &[ruled(Ruling::Approved), data()]);
    assert_eq!(approved, ["admitted", "admitted"]);
}
