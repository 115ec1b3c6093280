//! Kinds of change: the catalog is tier 3's, goes to everyone, and is asked wherever a change enters.

use dossier::{LegalBasis, Review, Role, Timestamp, change_kind::NewKind};
use protocol::{
    Answer, Command,
    admission::Grants as _,
    envelope::Meta,
    notice::{Saying, SignedNotice},
};

use simulation::cores::{A, HUYEN, PROVINCE, SO, World, set};

fn kind(code: &str) -> Saying {
    Saying::ChangeKind(Box::new(NewKind {
        code: code.to_owned(),
        name: "biệt phái".to_owned(),
        document: "12/QĐ-SNV".to_owned(),
        by: "Lò Thị Mơ".to_owned(),
    }))
}

fn say(world: &mut World, place: usize, saying: Saying) -> Answer {
    let node = &world.nodes[place];
    let notice = node.core.notice(Timestamp::from_millis(world.now), saying);
    let notice = SignedNotice::issue(notice, &node.key);
    world.ask(place, Command::Notices(vec![notice]))
}

fn decided(kind: &str) -> Meta {
    let decision = LegalBasis::Decision {
        issuer: "UBND huyện".to_owned(),
        number: "45/QĐ".to_owned(),
        signed_on: "2026-03-02".parse().expect("a day"),
        effective_on: None,
        scan: None,
    };
    let person = "Hà Văn Tú".to_owned();
    let (role, review) = (Role::Clerk, Review::NotRequired);
    Meta { person, role, basis: decision.of_kind(kind), review }
}

// R-9.2a.2: a kind is added by tier 3 alone, and no change names one that it did not add.
#[test]
fn a_kind_is_added_by_tier_three_and_asked_for_at_every_entry() {
    let mut world = World::new(71);
    world.connect_all();
    let dossier = world.create(A, "so.a", "Hà Thị Một");
    let post = |world: &mut World, kind: &str| {
        let edits = vec![set("main_post", &format!("chức vụ theo {kind}"))];
        world.order(A, Command::Edit { dossier, edits, meta: decided(kind) })
    };
    assert!(matches!(post(&mut world, "bo_nhiem"), Answer::Edited { .. }), "the regulation's own");
    let Answer::Refused(refused) = post(&mut world, "biet_phai") else { panic!("taken") };
    assert_eq!(refused.code, "unknown_kind");
    let Answer::Refused(refused) = post(&mut world, "Biệt phái tạm") else { panic!("taken") };
    assert_eq!(refused.code, "unknown_kind", "free words are no kind");
    for place in [SO, HUYEN, A] {
        let Answer::Refused(refused) = say(&mut world, place, kind("biet_phai")) else { panic!() };
        assert_eq!(refused.code, "tier_three_only");
    }
    assert_eq!(say(&mut world, PROVINCE, kind("biet_phai")), Answer::Done);
    world.settle();
    assert!(world.nodes.iter().all(|node| node.core.board().kinds().knows("biet_phai")));
    let answer = post(&mut world, "biet_phai");
    assert!(matches!(answer, Answer::Edited { .. }), "{answer:?}");
    world.settle();
    world.assert_converged();
    // It stands in the store, and not in memory alone.
    let store = world.nodes[A].store.clone();
    world.restart(A, store);
    assert!(world.nodes[A].core.board().kinds().knows("biet_phai"));
}
