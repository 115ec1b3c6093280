//! What people do where values met: choose, keep both, undo, pass up; the same at every node.

use dossier::{DossierId, Edit, FieldPath, LegalBasis, Review, Role, RowId, Value, docket::Choice};
use protocol::{
    Answer, Command,
    core::{ChoiceShown, ConflictShown, DocketOrder, DocketQuestion, Take},
    envelope::Meta,
};

use simulation::cores::{C, HUYEN, PROVINCE, World, meta};

const EVERYWHERE: [usize; 3] = [C, HUYEN, PROVINCE];

fn conflicts(world: &mut World, place: usize) -> Vec<ConflictShown> {
    match world.order(place, Command::Conflicts) {
        Answer::Conflicts(conflicts) => conflicts,
        other => panic!("{other:?}"),
    }
}

fn choices(world: &mut World, place: usize, id: DossierId) -> Vec<ChoiceShown> {
    match world.order(place, Command::AskDocket(DocketQuestion::Choices(id))) {
        Answer::Choices(choices) => choices,
        other => panic!("{other:?}"),
    }
}

fn act(world: &mut World, place: usize, id: DossierId, order: DocketOrder) -> String {
    act_as(world, place, id, order, meta(["tier3", "so", "huyen", "so.a", "so.b", "c"][place]))
}

fn act_as(
    world: &mut World,
    place: usize,
    id: DossierId,
    order: DocketOrder,
    meta: Meta,
) -> String {
    world.now += 1_000;
    let command = Command::Docket { dossier: id, order: Box::new(order), meta };
    let done = match world.order(place, command) {
        Answer::Refused(refused) => refused.code,
        _ => "done".to_owned(),
    };
    world.settle();
    done
}

fn post() -> FieldPath {
    FieldPath { field: "main_post".parse().expect("a field"), row: None }
}

/// A dossier of `c` in which two posts met, of which the second was written at `huyen`.
fn met(world: &mut World) -> (DossierId, ConflictShown) {
    world.connect_all();
    let id = world.create(C, "c", "Lò Văn Trung");
    world.settle();
    world.cut(C);
    world.edit(C, id, "main_post", "Chủ tịch");
    world.edit(HUYEN, id, "main_post", "Phó Chủ tịch");
    world.connect(C, HUYEN);
    world.settle();
    let mut all = conflicts(world, C);
    assert_eq!(all.len(), 1);
    (id, all.remove(0))
}

fn texts(conflict: &ConflictShown) -> Vec<String> {
    let text = |value: &Option<Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    conflict.candidates.iter().map(|side| text(&side.value)).collect()
}

#[test]
fn a_choice_settles_a_conflict_everywhere_and_is_undone_with_its_trace() {
    let mut world = World::new(71);
    let (id, card) = met(&mut world);
    let (shown, other) = (texts(&card)[1].clone(), texts(&card)[0].clone());
    let take = |side: usize| DocketOrder::Choose { at: post(), take: Take::Side(card.sides[side]) };
    let stranger = Take::Side(dossier::Hash::of(b"none"));
    let stranger = DocketOrder::Choose { at: post(), take: stranger };
    assert_eq!(act(&mut world, C, id, stranger), "unknown-side");
    let both = DocketOrder::Choose { at: post(), take: Take::Both };
    assert_eq!(act(&mut world, C, id, both), "not-both");

    assert_eq!(act(&mut world, HUYEN, id, take(0)), "done", "the body above corrects");
    for place in EVERYWHERE {
        assert!(conflicts(&mut world, place).is_empty());
        assert_eq!(world.text(place, id, "main_post"), Some(other.clone()));
    }
    assert_eq!(act(&mut world, C, id, take(1)), "no-conflict");

    let undo = || DocketOrder::Undo { at: post() };
    assert_eq!(act(&mut world, C, id, undo()), "done");
    for place in EVERYWHERE {
        let open = conflicts(&mut world, place);
        assert_eq!(open.len(), 1, "both sides wait again");
        assert_eq!((texts(&open[0]), &open[0].sides), (texts(&card), &card.sides));
        assert_eq!(world.text(place, id, "main_post"), Some(shown.clone()));
        let [told] = choices(&mut world, place, id).try_into().expect("one choice");
        assert!(told.undone.is_some(), "who undid it is told: {told:?}");
    }
    assert_eq!(act(&mut world, C, id, undo()), "no-choice");
    assert_eq!(act(&mut world, C, id, take(1)), "done", "and is chosen anew");
    assert!(conflicts(&mut world, PROVINCE).is_empty());
    // What was written after a choice is not overwritten by undoing it.
    world.edit(C, id, "main_post", "Chủ tịch UBND");
    assert_eq!(act(&mut world, C, id, undo()), "no-choice");
    world.settle();
    world.assert_converged();
}

#[test]
fn a_conflict_is_passed_up_by_its_custodian_with_a_reason() {
    let mut world = World::new(72);
    let (id, card) = met(&mut world);
    let raise = |reason: &str| DocketOrder::Raise { at: post(), reason: reason.to_owned() };
    assert_eq!(act(&mut world, C, id, raise("  ")), "reason-needed");
    assert_eq!(act(&mut world, HUYEN, id, raise("không rõ")), "custodian_enters");
    assert_eq!(act(&mut world, C, id, raise("hai quyết định khác nhau")), "done");
    for place in EVERYWHERE {
        let open = conflicts(&mut world, place);
        let raised = open[0].raised.as_ref().expect("is passed up");
        assert_eq!(raised.reason, "hai quyết định khác nhau");
        let by = raised.provenance.as_ref().map(|it| it.meta.person.as_str());
        assert_eq!(by, Some("cán bộ c"));
    }
    let take = DocketOrder::Choose { at: post(), take: Take::Side(card.sides[0]) };
    let silent = Meta {
        person: "Trần Thị B".to_owned(),
        role: Role::Approver,
        basis: LegalBasis::Office,
        review: Review::NotRequired,
    };
    let told = act_as(&mut world, HUYEN, id, take.clone(), silent);
    assert_eq!(told, "basis_required", "nobody chooses without a reason");
    assert_eq!(act(&mut world, HUYEN, id, take), "done");
    assert!(conflicts(&mut world, C).is_empty());
    world.assert_converged();
}

fn cell(row: u8, text: &str) -> Edit {
    let cells = [("title".to_owned(), Value::Text(text.to_owned()))].into();
    Edit::PutRow { table: "work".to_owned(), row: RowId::from_bytes([row; 16]), cells }
}

fn titles(world: &mut World, place: usize, id: DossierId) -> Vec<String> {
    let Answer::Shown(shown) = world.order(place, Command::Show(id)) else { panic!() };
    let cells = shown.fields.into_iter().filter(|it| it.path.field.as_str() == "work.title");
    let mut titles: Vec<String> = cells
        .map(|it| match it.value {
            Value::Text(text) => text,
            other => panic!("{other:?}"),
        })
        .collect();
    titles.sort();
    titles
}

/// A row of work that `c` and `huyen` changed apart, each by its edit.
fn apart(world: &mut World, at_c: Edit, at_huyen: Edit) -> DossierId {
    world.connect_all();
    let id = world.create(C, "c", "Lò Văn Trung");
    let edit = |world: &mut World, place: usize, who: &str, edit: Edit| {
        let command = Command::Edit { dossier: id, edits: vec![edit], meta: meta(who) };
        assert!(matches!(world.order(place, command), Answer::Edited { .. }));
    };
    edit(world, C, "c", cell(5, "Văn thư"));
    world.settle();
    world.cut(C);
    edit(world, C, "c", at_c);
    edit(world, HUYEN, "huyen", at_huyen);
    world.connect(C, HUYEN);
    world.settle();
    id
}

#[test]
fn both_sides_of_a_row_are_kept_as_two_rows_and_become_one_again() {
    let mut world = World::new(73);
    let id = apart(&mut world, cell(5, "Kế toán"), cell(5, "Thủ quỹ"));
    let card = conflicts(&mut world, C).remove(0);
    let both = DocketOrder::Choose { at: card.path.clone(), take: Take::Both };
    assert_eq!(act(&mut world, C, id, both), "done");
    for place in EVERYWHERE {
        assert_eq!(titles(&mut world, place, id), ["Kế toán", "Thủ quỹ"]);
        assert!(conflicts(&mut world, place).is_empty());
    }
    let undo = DocketOrder::Undo { at: card.path.clone() };
    assert_eq!(act(&mut world, C, id, undo), "done");
    for place in EVERYWHERE {
        assert_eq!(titles(&mut world, place, id), texts(&card)[1..]);
        assert_eq!(texts(&conflicts(&mut world, place)[0]), texts(&card));
    }
    world.assert_converged();
}

#[test]
fn a_row_that_one_side_removed_goes_or_comes_back_as_it_was() {
    let row = RowId::from_bytes([5; 16]);
    let remove = || Edit::RemoveRow { table: "work".to_owned(), row };
    for (seed, keep) in [(74, true), (75, false)] {
        let mut world = World::new(seed);
        let id = apart(&mut world, remove(), cell(5, "Thủ quỹ"));
        let card = conflicts(&mut world, C).remove(0);
        let wanted = |it: &Option<Value>| it.is_some() == keep;
        let side = card.candidates.iter().position(|it| wanted(&it.value)).expect("that side");
        let take = Take::Side(card.sides[side]);
        let choose = DocketOrder::Choose { at: card.path.clone(), take };
        assert_eq!(act(&mut world, HUYEN, id, choose), "done");
        let left: &[&str] = if keep { &["Thủ quỹ"] } else { &[] };
        for place in EVERYWHERE {
            assert_eq!(titles(&mut world, place, id), left, "keep: {keep}");
            assert!(conflicts(&mut world, place).is_empty());
        }
        let undo = DocketOrder::Undo { at: card.path.clone() };
        assert_eq!(act(&mut world, C, id, undo), "done");
        assert_eq!(texts(&conflicts(&mut world, PROVINCE)[0]), texts(&card));
        assert_eq!(titles(&mut world, PROVINCE, id), ["Thủ quỹ"]);
        let told = choices(&mut world, PROVINCE, id);
        assert!(told.iter().all(|it| matches!(it.choice, Choice::Taken { .. })));
        world.assert_converged();
    }
}
