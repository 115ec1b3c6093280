//! What happens when edits meet.

use proptest::prelude::*;

use super::*;

/// Applies to each what only the other has.
fn exchange(left: &mut Document, right: &mut Document) {
    let lacking = |from: &Document, to: &Document| -> Vec<Vec<u8>> {
        let fresh = from.changes().filter(|one| !to.has_change(&one.hash));
        fresh.map(|one| from.change_bytes(&one.hash).expect("is there")).collect()
    };
    let (to_right, to_left) = (lacking(left, right), lacking(right, left));
    right.apply(&to_right).expect("right applies");
    left.apply(&to_left).expect("left applies");
}

fn two() -> (Document, Document) {
    let (left, _) = create(&[set("full_name", text("A")), put(1, &[("step", 1), ("rank", 2)])]);
    let right = copy(&left);
    (left, right)
}

fn assert_same(left: &Document, right: &Document) {
    assert_eq!(left.digest(), right.digest());
    assert_eq!(left.heads(), right.heads());
    assert_eq!(left.conflicts(), right.conflicts());
    assert_eq!(copy(left).digest(), left.digest());
}

#[test]
fn different_fields_are_both_kept() {
    let (mut left, mut right) = two();
    left.edit(actor(1), at(2), &[set("note", text("L"))]).expect("edits");
    right
        .edit(actor(2), at(2), &[set("hometown", text("R")), put(1, &[("rank", 9)])])
        .expect("edits");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    assert!(left.conflicts().is_empty());
    assert_eq!(left.view().fields.len(), 3);
    assert_eq!(left.view().tables["salary"][&row(1)]["rank"], Value::Integer(9));
}

#[test]
fn one_field_written_twice_is_a_conflict_until_resolved() {
    let (mut left, mut right) = two();
    let ours = left.edit(actor(1), at(2), &[set("full_name", text("L"))]).expect("edits");
    let clear = Edit::Clear { field: "full_name".parse().expect("field") };
    let theirs = right.edit(actor(2), at(2), &[clear]).expect("edits");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    let conflicts = left.conflicts();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].path, single("full_name"));
    let mut found: Vec<_> =
        conflicts[0].candidates.iter().map(|one| (one.change, one.value.clone())).collect();
    let mut wanted = vec![(ours.header.hash, Some(text("L"))), (theirs.header.hash, None)];
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);

    left.edit(actor(1), at(3), &[set("full_name", text("L"))]).expect("resolves");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    assert!(right.conflicts().is_empty());
    assert_eq!(right.view().fields[&"full_name".parse().expect("field")], text("L"));
}

#[test]
fn rows_added_at_two_places_never_collide() {
    let (mut left, mut right) = two();
    left.edit(actor(1), at(2), &[put(2, &[("step", 2)])]).expect("edits");
    right.edit(actor(2), at(2), &[put(3, &[("step", 3)])]).expect("edits");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    assert_eq!(left.view().tables["salary"].len(), 3);
    assert!(left.conflicts().is_empty());
}

#[test]
fn one_row_key_made_twice_keeps_every_cell() {
    let (mut left, mut right) = two();
    left.edit(actor(1), at(2), &[put(2, &[("step", 2), ("rank", 7)])]).expect("edits");
    right.edit(actor(2), at(2), &[put(2, &[("step", 3), ("factor", 8)])]).expect("edits");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    assert_eq!(left.view().tables["salary"][&row(2)].len(), 3);
    assert_eq!(left.conflicts().len(), 1);
    let change = left.edit(actor(1), at(3), &[put(2, &[("step", 4)])]).expect("resolves");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    assert!(right.conflicts().is_empty());
    let step = FieldPath { field: "salary.step".parse().expect("a column"), row: Some(row(2)) };
    let written = Write { change: change.header.hash, value: Some(Value::Integer(4)) };
    assert_eq!(
        right.history(&step).last(),
        Some(&written),
        "what was written stands in the history"
    );
    right.edit(actor(2), at(4), &[remove(2)]).expect("removes");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    assert_eq!(left.view().tables["salary"].len(), 1);
}

#[test]
fn an_edit_of_a_row_removed_elsewhere_stays_visible() {
    let (mut left, mut right) = two();
    let removal = left.edit(actor(1), at(2), &[remove(1)]).expect("removes");
    let edit = right.edit(actor(2), at(2), &[put(1, &[("step", 5)])]).expect("edits");
    exchange(&mut left, &mut right);
    assert_same(&left, &right);
    let candidate = |change: &NewChange, value| Candidate { value, change: change.header.hash };
    assert_eq!(
        left.conflicts(),
        [Conflict {
            path: cell(1, "step"),
            candidates: vec![candidate(&removal, None), candidate(&edit, Some(Value::Integer(5))),],
        }]
    );
    assert_eq!(left.view().tables["salary"][&row(1)].len(), 1);
    let mut other = copy(&left);
    left.edit(actor(1), at(3), &[remove(1)]).expect("removes for good");
    assert!(left.conflicts().is_empty() && left.view().tables.is_empty());
    other.edit(actor(2), at(3), &[put(1, &[("rank", 1)])]).expect("keeps");
    assert!(other.conflicts().is_empty());
    assert_eq!(other.view().tables["salary"][&row(1)].len(), 2);
}

#[derive(Debug, Clone)]
enum Step {
    Edit(usize, u8, Edit),
    Exchange(usize, usize),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let field = prop::sample::select(vec!["full_name", "note", "hometown"]);
    let column = prop::sample::select(vec!["step", "rank"]);
    prop_oneof![
        (field.clone(), 0..3i64).prop_map(|(name, number)| set(name, Value::Integer(number))),
        field.prop_map(|name| Edit::Clear { field: name.parse().expect("field") }),
        (1..4u8, column, 0..3i64).prop_map(|(row, name, number)| put(row, &[(name, number)])),
        (1..4u8).prop_map(remove),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3usize, any_edit()).prop_map(|(node, edit)| Step::Edit(node, node as u8 + 1, edit)),
        1 => (0..3usize, 0..3usize).prop_map(|(one, other)| Step::Exchange(one, other)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn merging_commutes_associates_and_repeats(steps in prop::collection::vec(any_step(), 1..40)) {
        let (first, _) = create(&[set("full_name", text("A"))]);
        let mut nodes = [copy(&first), copy(&first), first];
        for step in steps {
            match step {
                Step::Edit(node, author, edit) => {
                    // Removing an absent row and repeating a value make no change.
                    let _ = nodes[node].edit(actor(author), at(2), &[edit]);
                }
                Step::Exchange(one, other) if one < other => {
                    let (head, tail) = nodes.split_at_mut(other);
                    exchange(&mut head[one], &mut tail[0]);
                }
                Step::Exchange(..) => {}
            }
        }
        let all: Vec<Vec<u8>> = nodes
            .iter()
            .flat_map(|node| node.changes().map(|one| node.change_bytes(&one.hash).expect("is there")))
            .collect();
        let replayed = Document::replay(&all).expect("replays");
        for node in &mut nodes {
            node.apply(&all).expect("applies");
            node.apply(&all).expect("applies again");
            assert_same(node, &replayed);
        }
        for header in replayed.changes() {
            let edits = replayed.edits_of(&header.hash).expect("is there");
            prop_assert!(!edits.is_empty());
        }
        for (path, change) in replayed.provenance() {
            let history = replayed.history(&path);
            prop_assert!(history.iter().any(|write| write.change == change));
        }
    }
}
