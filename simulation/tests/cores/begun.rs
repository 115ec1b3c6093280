//! A person without a dossier: the phiếu comes first, another person approves it, then it feeds the
//! dossier (Điều 3.2, 9.1 b).

use dossier::{
    DossierId, LegalBasis, Review, Role, RowId,
    docket::{FormEntry, FormVersion, Sheet, Status, Table},
};
use protocol::{
    Answer, Command,
    core::{DocketOrder, DocketQuestion, Draft, Entry, FormsShown, ListRow},
    envelope::Meta,
};

use simulation::cores::{A, PROVINCE, SO, World, grounds, meta, set};

/// What the phiếu of a contract of Nghị định 68 asks.
const REQUIRED: [&str; 8] = [
    "full_name",
    "sex",
    "birth_date",
    "home_province",
    "current_address",
    "recruited_on",
    "main_job",
    "declarant_signed_on",
];

fn person(name: &str, role: Role, basis: LegalBasis) -> Meta {
    Meta { person: name.to_owned(), role, basis, review: Review::NotRequired }
}

fn version(fields: &[&str]) -> FormVersion {
    let mut sheet = Sheet::default();
    for field in fields {
        let text = if *field == "full_name" { "Bùi Thị Hòa" } else { "x" };
        sheet.write(set(field, text));
    }
    FormVersion {
        number: 0,
        staff_type: "contract_68".to_owned(),
        campaign: None,
        guided_on: None,
        sheet,
    }
}

fn act(world: &mut World, id: DossierId, order: DocketOrder, meta: Meta) -> String {
    world.now += 1_000;
    match world.order(A, Command::Docket { dossier: id, order: Box::new(order), meta }) {
        Answer::Refused(refused) => refused.code,
        _ => "done".to_owned(),
    }
}

fn listed(world: &mut World, place: usize) -> Vec<ListRow> {
    let list = Command::List { after: None, limit: 10, query: String::new() };
    match world.order(place, list) {
        Answer::List(rows) => rows,
        other => panic!("{other:?}"),
    }
}

fn forms(world: &mut World, place: usize, id: DossierId) -> FormsShown {
    match world.order(place, Command::AskDocket(DocketQuestion::Forms(id))) {
        Answer::Forms(forms) => *forms,
        other => panic!("{other:?}"),
    }
}

fn edit(world: &mut World, place: usize, id: DossierId, who: &str) -> String {
    world.now += 1_000;
    let edits = vec![set("phone", "0911")];
    match world.order(place, Command::Edit { dossier: id, edits, meta: meta(who) }) {
        Answer::Refused(refused) => refused.code,
        _ => "done".to_owned(),
    }
}

// no data come into a dossier without an approved phiếu, and each leads back to its version.
#[test]
fn a_phieu_is_filled_and_approved_before_any_data_come_in() {
    let mut world = World::new(81);
    world.connect_all();
    let (id, unit) = (DossierId::from_bytes([8; 16]), "so.a".parse().expect("unit"));
    let clerk = || person("Hà Văn Tú", Role::Clerk, grounds(true));
    let draft = Draft { person: "Hà Văn Tú".to_owned(), version: version(&REQUIRED) };
    let keep = DocketOrder::Draft(Some(Box::new(draft)));
    assert_eq!(act(&mut world, id, keep, clerk()), "done");
    let Answer::Begun(begun) = world.order(A, Command::AskDocket(DocketQuestion::Begun)) else {
        panic!()
    };
    assert_eq!((begun[0].dossier, begun[0].name.as_str()), (id, "Bùi Thị Hòa"));
    assert!(listed(&mut world, A).is_empty(), "a phiếu that is being filled in is no dossier");

    let submitted = forms(&mut world, A, id).draft.expect("is kept").version;
    let begin = DocketOrder::Begin { unit, version: Box::new(submitted) };
    assert_eq!(act(&mut world, id, begin, clerk()), "done");
    world.settle();
    for place in [A, SO, PROVINCE] {
        let [row] = listed(&mut world, place).try_into().expect("one dossier");
        assert_eq!((row.name.as_str(), row.unreviewed), ("Bùi Thị Hòa", Some(true)));
        let Answer::Shown(shown) = world.order(place, Command::Show(id)) else { panic!() };
        assert!(shown.fields.is_empty(), "nothing stands in it but the phiếu");
    }
    assert_eq!(edit(&mut world, A, id, "so.a"), "form_not_approved");
    assert_eq!(edit(&mut world, SO, id, "so"), "form_not_approved");

    let form = forms(&mut world, A, id).versions.remove(0);
    let judge = |name: &str| {
        let judged = DocketOrder::Judge {
            change: form.change,
            items: Vec::new(),
            approve: true,
            reason: String::new(),
        };
        (judged, person(name, Role::Approver, LegalBasis::Office))
    };
    let (order, meta) = judge("Hà Văn Tú");
    assert_eq!(act(&mut world, id, order, meta), "four_eyes");
    let (order, meta) = judge("Trần Thị B");
    assert_eq!(act(&mut world, id, order, meta), "done");
    let feed = DocketOrder::Feed { version: form.row, decided: Some(grounds(false)) };
    assert_eq!(act(&mut world, id, feed, clerk()), "done");
    assert_eq!(edit(&mut world, A, id, "so.a"), "done");
    world.settle();
    for place in [A, SO, PROVINCE] {
        let [row] = listed(&mut world, place).try_into().expect("one dossier");
        assert_eq!((row.name.as_str(), row.unreviewed), ("Bùi Thị Hòa", Some(false)));
        let Answer::Shown(shown) = world.order(place, Command::Show(id)) else { panic!() };
        let fed = shown.fields.iter().filter(|it| it.form == Some(1)).count();
        assert_eq!(fed, REQUIRED.len(), "each value leads back to the phiếu");
    }
    world.assert_converged();
}

// R-9.1b.1: whichever way a phiếu comes in, the items that are required must be filled.
#[test]
fn an_incomplete_phieu_comes_in_by_no_way() {
    let mut world = World::new(82);
    let id = world.create(A, "so.a", "Hà Công Đức");
    let clerk = || person("Hà Văn Tú", Role::Clerk, grounds(true));
    let lacking = || version(&REQUIRED[..7]);
    let submit = DocketOrder::Submit(Box::new(lacking()));
    assert_eq!(act(&mut world, id, submit, clerk()), "form-missing");
    let (other, unit) = (DossierId::from_bytes([9; 16]), "so.a".parse().expect("unit"));
    let begin = DocketOrder::Begin { unit, version: Box::new(lacking()) };
    assert_eq!(act(&mut world, other, begin, clerk()), "form-missing");
    let barred = [&REQUIRED[..], &["main_post"]].concat();
    let submit = DocketOrder::Submit(Box::new(version(&barred)));
    assert_eq!(act(&mut world, id, submit, clerk()), "form-barred");
    let cells = FormEntry::Version(FormVersion { number: 2, ..lacking() }).cells().expect("fits");
    let table = Table::RecordForms.name().to_owned();
    let row = RowId::from_bytes([3; 16]);
    let raw = || dossier::Edit::PutRow { table: table.clone(), row, cells: cells.clone() };
    let answer = world.order(A, Command::Edit { dossier: id, edits: vec![raw()], meta: clerk() });
    let Answer::Refused(refused) = answer else { panic!("{answer:?}") };
    assert_eq!((refused.code.as_str(), refused.detail.as_str()), ("form-missing", REQUIRED[7]));
    let unit = "so.a".parse().expect("unit");
    let entry = Entry { key: None, unit, edits: vec![raw()], meta: clerk() };
    let Answer::Entered(made) = world.order(A, Command::Enter(vec![entry])) else { panic!() };
    assert_eq!(made[0].as_ref().map_err(|it| it.code.as_str()), Err("form-missing"));
    let strange = FormVersion { staff_type: "giao_vien".to_owned(), ..version(&REQUIRED) };
    let submit = DocketOrder::Submit(Box::new(strange));
    assert_eq!(act(&mut world, id, submit, clerk()), "form-staff-type");
    let whole = DocketOrder::Submit(Box::new(version(&REQUIRED)));
    assert_eq!(act(&mut world, id, whole, clerk()), "done");
}

// who left is found in the list with her status, at every node.
#[test]
fn a_list_tells_who_left() {
    let mut world = World::new(83);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Công Đức");
    world.settle();
    let effective_on = "1970-01-01".parse().expect("a day");
    let reason = "theo chế độ".to_owned();
    let event = dossier::docket::Event::Became { status: Status::Retired, effective_on, reason };
    let (table, row) = (Table::Statuses.name().to_owned(), RowId::from_bytes([4; 16]));
    let edits = vec![dossier::Edit::PutRow { table, row, cells: event.cells() }];
    let meta = person("Trần Thị B", Role::Approver, grounds(false));
    world.now += 1_000;
    let answer = world.order(A, Command::Edit { dossier: id, edits, meta });
    assert!(matches!(answer, Answer::Edited { .. }), "{answer:?}");
    world.settle();
    for place in [A, SO, PROVINCE] {
        let query = dossier::fold("cong duc");
        let list = Command::List { after: None, limit: 10, query };
        let Answer::List(rows) = world.order(place, list) else { panic!() };
        assert_eq!(rows[0].status, Some(Status::Retired));
        let Answer::Shown(shown) = world.order(place, Command::Show(id)) else { panic!() };
        assert!(shown.closed);
    }
}
