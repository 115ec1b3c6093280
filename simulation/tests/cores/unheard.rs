//! A body whose machine began anew hears its own delegations before it judges by them.

use dossier::{
    DossierId,
    grant::{GrantAct, Officer},
};
use protocol::{Answer, Command, core::Entry, notice::Saying};

use super::notices::{delegation, say};
use simulation::cores::{A, PROVINCE, SO, World, meta, set};

/// `so.a` enters a dossier for `so`.
fn entered(world: &mut World, name: &str) -> DossierId {
    world.now += 1_000;
    let edits = vec![set("full_name", name)];
    let entry = Entry { key: None, unit: "so".parse().expect("unit"), edits, meta: meta("so.a") };
    let answer = world.order(A, Command::Enter(vec![entry]));
    let Answer::Entered(made) = answer else { panic!("{answer:?}") };
    world.now += 1_000;
    made[0].clone().expect("so.a has not heard of an end").0
}

/// How many dossiers `place` holds, and how many parcels lie outside them there.
fn held(world: &World, place: usize) -> (u64, u64) {
    let totals = world.nodes[place].core.totals();
    (totals.dossiers, totals.quarantined)
}

#[test]
fn a_body_that_took_another_machine_lets_in_nothing_by_a_right_it_had_ended() {
    let mut world = World::new(91);
    world.connect_all();
    world.settle();
    let grant = say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    // Tier 3 hears of the end, the delegate does not.
    world.cut(A);
    let before = entered(&mut world, "Hà Thị Mai");
    let by = Officer { full_name: "Hà Văn Tú".to_owned(), login: None };
    let end = GrantAct::End { grant, reason: "xong".to_owned(), by };
    say(&mut world, SO, Saying::Grant(Box::new(end)));
    world.settle();
    let after = entered(&mut world, "Bùi Thị Hòa");

    world.revoke(SO);
    world.settle();
    let (fresh, entry) = world.join("so", "so (2)");
    assert_eq!(world.order(PROVINCE, Command::Member(entry)), Answer::Done);
    world.connect(A, fresh);
    world.settle();
    assert_eq!(held(&world, fresh), (0, 2), "both wait for what tier 3 knows");
    world.connect(fresh, PROVINCE);
    world.settle();
    assert_eq!(held(&world, fresh), (1, 1));
    for place in [fresh, PROVINCE] {
        let digests = world.digests(place);
        assert!(digests.contains_key(&before), "entered while the right stood, at {place}");
        assert!(!digests.contains_key(&after), "entered when it was over, at {place}");
    }
}
