//! Contents between neighbours: each has its turn, and what was attached for another body climbs.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Hash, RowId,
    attachment::{Attachment, Content, ContentKey, Description, Kind, MediaType, Secrecy},
};
use protocol::{
    Answer, Command, ConnId,
    attachment::{ContentPlace, Later},
    core::{ContentErrands, Entry, ErrandKind, OfferAnswer, WantAnswer},
    notice::Saying,
};

use super::notices::{delegation, say};
use simulation::cores::{A, B, SO, World, meta, set};

/// Attaches a file as if its bytes lay on the shelf.
fn attach(world: &mut World, place: usize, dossier: DossierId, number: u8) -> ContentPlace {
    let content = Content {
        name: format!("{number}.pdf"),
        media: MediaType::Pdf,
        size: 9,
        id: Hash::of(&[number]),
        key: ContentKey::from_bytes([1; 32]),
    };
    let place_of = ContentPlace { dossier, content: content.id };
    let description = Description {
        kind: Kind::Decision,
        number: String::new(),
        issued_on: None,
        issuer: String::new(),
        title: "Quyết định".to_owned(),
        links: BTreeSet::new(),
        secrecy: Secrecy::Open,
    };
    let command = Command::Attach {
        dossier,
        row: RowId::from_bytes([number; 16]),
        attachment: Box::new(Attachment { description, content, removed: None }),
        meta: meta(&world.nodes[place].name),
    };
    let answer = world.order(place, command);
    assert!(matches!(answer, Answer::Edited { .. }), "{answer:?}");
    place_of
}

/// What a node is to do with contents over its one connection.
fn errands(world: &mut World, place: usize) -> ContentErrands {
    let node = &mut world.nodes[place];
    let conn = node.core.content_work().live[0];
    node.core.content_errands(conn, &node.store).expect("errands")
}

fn places(errands: &ContentErrands) -> BTreeSet<ContentPlace> {
    errands.errands.iter().map(|errand| errand.place).collect()
}

#[test]
fn what_is_refused_again_and_again_keeps_nothing_else_from_its_turn() {
    let mut world = World::new(3);
    world.connect(A, SO);
    let dossier = world.create(A, "so.a", "Hà Thị Mai");
    let all: BTreeSet<ContentPlace> =
        (0..150).map(|number| attach(&mut world, A, dossier, number)).collect();
    world.settle();
    for _ in 0..2 {
        let round = [errands(&mut world, A), errands(&mut world, A), errands(&mut world, A)];
        assert_eq!(round.each_ref().map(|it| it.errands.len()), [64, 64, 22]);
        assert_eq!(round.each_ref().map(|it| it.more), [true, true, false]);
        let tried: BTreeSet<ContentPlace> = round.iter().flat_map(places).collect();
        assert_eq!(tried, all, "each had its turn, though none was taken");
    }
    let first = places(&errands(&mut world, A));
    world.cut(A);
    world.connect(A, SO);
    world.settle();
    assert_eq!(places(&errands(&mut world, A)), first, "a new connection begins anew");
}

fn offer(world: &mut World, conn: ConnId, place: &ContentPlace) -> OfferAnswer {
    let node = &mut world.nodes[SO];
    node.core.judge_offer(conn, place, &node.store, &node.key).expect("judged").0
}

fn want(world: &mut World, at: usize, conn: ConnId, place: &ContentPlace) -> WantAnswer {
    let node = &mut world.nodes[at];
    node.core.judge_want(conn, place, &node.store).expect("judged").0
}

#[test]
fn a_file_attached_under_delegation_climbs_to_the_body_and_comes_down_to_nobody() {
    let mut world = World::new(11);
    world.connect(A, SO);
    world.connect(B, SO);
    world.settle();
    say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    let edits = vec![set("full_name", "Hà Thị Mai")];
    let unit = "so".parse().expect("unit");
    let entry = Entry { key: None, unit, edits, meta: meta("so.a") };
    let answer = world.order(A, Command::Enter(vec![entry]));
    let Answer::Entered(made) = answer else { panic!("{answer:?}") };
    let (dossier, _) = made[0].clone().expect("delegated");
    let place = attach(&mut world, A, dossier, 1);
    world.settle();

    let upward = world.nodes[A].core.content_work().live[0];
    let given = errands(&mut world, A).errands;
    assert_eq!(given.len(), 1, "it is owed to the body");
    assert_eq!((given[0].place, given[0].kind), (place, ErrandKind::Give));
    assert!(matches!(want(&mut world, A, upward, &place), WantAnswer::Serve { .. }));

    let conns: Vec<ConnId> = world.under_way_to(SO).into_iter().map(|(conn, _)| conn).collect();
    let [of_a, of_b] = conns[..] else { panic!("two below: {conns:?}") };
    let foreign = OfferAnswer::Later(Later::NotEntitled);
    assert_eq!(offer(&mut world, of_b, &place), foreign, "nothing was delegated to it");
    assert!(matches!(offer(&mut world, of_a, &place), OfferAnswer::Take { .. }));
    let shut = WantAnswer::Later(Later::NotEntitled);
    assert_eq!(want(&mut world, SO, of_a, &place), shut, "who enters reads no files above");
}
