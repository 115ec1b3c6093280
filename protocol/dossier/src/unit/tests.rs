//! What is a tree, and who stands above whom.

use super::*;

fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

fn unit(name: &str, parent: Option<&str>, tier: u8) -> Unit {
    Unit {
        id: id(name),
        parent: parent.map(id),
        tier: Tier::try_from(tier).expect("tier"),
        name: format!("Đơn vị {name}"),
        kind: "so".to_owned(),
        holds_dossiers: Holding::Yes,
        validity: Validity::ALWAYS,
        successor: None,
    }
}

fn province() -> Vec<Unit> {
    vec![
        unit("tinh", None, 0),
        unit("tier3", Some("tinh"), 3),
        unit("so-a", Some("tier3"), 2),
        unit("so-a.mot", Some("so-a"), 1),
        unit("so-b", Some("tier3"), 2),
    ]
}

#[test]
fn the_superior_is_the_nearest_node_above() {
    let tree = UnitTree::new(province()).expect("tree");
    let superior = |name: &str| tree.superior_holder(&id(name)).map(|unit| unit.id.to_string());
    assert_eq!(superior("so-a.mot").as_deref(), Some("so-a"));
    assert_eq!(superior("so-a").as_deref(), Some("tier3"));
    assert_eq!(superior("tier3"), None);
    assert!(
        tree.is_within(&id("so-a.mot"), &id("so-a")) && tree.is_within(&id("so-a"), &id("so-a"))
    );
    assert!(!tree.is_within(&id("so-b"), &id("so-a")) && !tree.is_within(&id("x"), &id("x")));
}

#[test]
fn a_subtree_lists_parents_first() {
    let tree = UnitTree::new(province()).expect("tree");
    let walk: Vec<String> = tree.subtree(&id("tier3")).map(|unit| unit.id.to_string()).collect();
    assert_eq!(walk, ["tier3", "so-a", "so-a.mot", "so-b"]);
    assert_eq!((tree.len(), tree.root().tier), (5, Tier::Province));
}

#[test]
fn names_are_found_within_a_scope_only() {
    let mut units = province();
    units[3].name = "Trường THPT Hòa Bình".to_owned();
    let tree = UnitTree::new(units).expect("tree");
    for name in ["trường thpt  Hoà Bình", "TRUONG THPT HOA BINH"] {
        assert_eq!(tree.find(name, &id("so-a")).len(), 1, "{name}");
        assert!(tree.find(name, &id("so-b")).is_empty(), "{name}");
    }
}

#[test]
fn what_is_no_tree_is_refused() {
    let with = |change: fn(&mut Vec<Unit>)| {
        let mut units = province();
        change(&mut units);
        UnitTree::new(units).expect_err("no tree")
    };
    assert_eq!(UnitTree::new(Vec::new()), Err(TreeError::Empty));
    assert_eq!(with(|u| u.push(unit("so-b", Some("tinh"), 2))), TreeError::Duplicate(id("so-b")));
    assert_eq!(with(|u| u.push(unit("khac", None, 0))), TreeError::SecondRoot(id("tinh")));
    assert_eq!(
        with(|u| u.push(unit("con", Some("mat"), 1))),
        TreeError::Orphan { unit: id("con"), missing: id("mat") }
    );
    assert_eq!(with(|u| u[2].parent = Some(id("so-a.mot"))), TreeError::CycleOrTooDeep(id("so-a")));
    assert_eq!(with(|u| u[0].parent = Some(id("so-a"))), TreeError::CycleOrTooDeep(id("so-a")));
    assert_eq!(with(|u| u[1].name.clear()), TreeError::Malformed(id("tier3")));
}

proptest::proptest! {
    // whatever stands where, a tree has one root, no cycle, no orphan, and each tier its place.
    #[test]
    fn a_tree_of_random_units_is_refused_or_is_one(
        parents in proptest::collection::vec((proptest::option::of(0_usize..9), 0_u8..4), 1..8),
    ) {
        let name = |number: usize| format!("u{number}");
        let units = parents.iter().enumerate().map(|(number, (parent, tier))| {
            unit(&name(number), parent.map(name).as_deref(), *tier)
        });
        // Up from each unit, a root must come within as many steps as there are units.
        let up = |from: usize| {
            std::iter::successors(Some(from), |at| parents.get(*at).and_then(|it| it.0))
                .take(parents.len() + 1)
                .last()
        };
        let ends = |from| up(from).is_some_and(|at| parents.get(at).is_some_and(|it| it.0.is_none()));
        let roots = parents.iter().filter(|(parent, _)| parent.is_none()).count();
        let is_tree = roots == 1 && (0..parents.len()).all(ends);
        let made = UnitTree::new(units.collect());
        proptest::prop_assert_eq!(made.is_ok(), is_tree);
        if let Ok(tree) = made {
            let fits = |(parent, tier): &(Option<usize>, u8)| {
                let above = parent.map(|at| parents[at].1);
                [(0, None), (3, Some(0)), (2, Some(3)), (1, Some(2)), (1, Some(3))]
                    .contains(&(*tier, above))
            };
            proptest::prop_assert_eq!(tree.misplaced().is_none(), parents.iter().all(fits));
        }
    }
}

#[test]
fn size_and_depth_are_limited() {
    let chain = |depth: usize| {
        (0..=depth)
            .map(|level| {
                let parent = level.checked_sub(1).map(|above| format!("u{above}"));
                unit(&format!("u{level}"), parent.as_deref(), 1)
            })
            .collect::<Vec<_>>()
    };
    assert!(UnitTree::new(chain(UnitTree::DEPTH_MAX)).is_ok());
    assert!(UnitTree::new(chain(UnitTree::DEPTH_MAX + 1)).is_err());
    let mut wide = vec![unit("tinh", None, 0)];
    wide.extend((1..UnitTree::UNITS_MAX).map(|n| unit(&format!("u{n}"), Some("tinh"), 2)));
    assert!(UnitTree::new(wide.clone()).is_ok());
    wide.push(unit("them", Some("tinh"), 2));
    assert_eq!(UnitTree::new(wide), Err(TreeError::TooMany(UnitTree::UNITS_MAX + 1)));
}

#[test]
fn equal_trees_have_equal_bytes() {
    let mut backwards = province();
    backwards.reverse();
    let bytes = |units| serde_json::to_vec(&UnitTree::new(units).expect("tree")).expect("bytes");
    assert_eq!(bytes(backwards), bytes(province()));
    let back: UnitTree = serde_json::from_slice(&bytes(province())).expect("reads back");
    assert_eq!(back, UnitTree::new(province()).expect("tree"));
}

#[test]
fn the_next_version_tells_what_happens_to_each_unit() {
    let before = UnitTree::new(province()).expect("tree");
    assert!(before.changes_to(&before).is_empty());
    let mut units = province();
    units[3].parent = Some(id("so-b"));
    units[3].name = "Đơn vị đổi tên".to_owned();
    units[2].validity.to = Some("2025-07-01".parse().expect("a day"));
    units[2].successor = Some(id("so-b"));
    units[4].kind = "ban".to_owned();
    units.push(unit("so-c", Some("tier3"), 2));
    let after = UnitTree::new(units).expect("tree");
    let told = |changes: Vec<UnitChange>| -> Vec<String> {
        changes.iter().map(|change| format!("{} {}", change.unit, change.kind)).collect()
    };
    let there = ["so-a closed", "so-a.mot moved", "so-a.mot renamed", "so-b amended", "so-c added"];
    assert_eq!(told(before.changes_to(&after)), there);
    // The way back takes the unit away, and an end that is withdrawn is a restatement.
    let back =
        ["so-a amended", "so-a.mot moved", "so-a.mot renamed", "so-b amended", "so-c removed"];
    assert_eq!(told(after.changes_to(&before)), back);
}
