//! Changes that must not enter a document: bombs, forgeries, and honest changes without right.

use std::time::Instant;

use dossier::precheck::hostile;
use dossier::{DossierId, Edit, Incarnation, LegalBasis, NodeId, Timestamp};
use protocol::admission::{
    self, Authority, HoldReason, Kept, QuarantineReason, RejectReason, Verdict,
};
use protocol::authoring::{self, Pen};
use protocol::envelope::{Author, Meta};
use protocol::holding::{self, Closed, Opened, StoredParcel};
use protocol::parcel::{Body, Parcel};
use protocol::wire::RefusalCode;
use protocol::{Records as _, Table};
use serde_bytes::ByteBuf;

use crate::door::{Door, PATIENCE};
use simulation::cores::{A, B, C, Notary, SO, World, grounds, meta, node_id, set};

/// A province where `so.a` began a dossier and edited it twice; nobody else has heard of it.
pub(super) struct Stage {
    world: World,
    id: DossierId,
    pub(super) parcels: Vec<Parcel>,
}

impl Stage {
    pub(super) fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        let id = world.create(A, "so.a", "Bùi Thị Tuyết");
        world.edit(A, id, "phone", "0912345678");
        world.edit(A, id, "note", "ghi chú");
        let feed = world.nodes[A].store.feed_after(0, usize::MAX, usize::MAX).expect("reads");
        let rows = feed.iter().flat_map(|transaction| &transaction.published);
        let parcels = rows
            .filter(|op| op.table == Table::Parcel)
            .filter_map(|op| op.value.as_deref())
            .map(|row| StoredParcel::decode(row).expect("a row").parcel)
            .map(|bytes| Parcel::decode(&bytes).expect("a parcel"))
            .collect();
        let stage = Self { world, id, parcels };
        assert_eq!(stage.parcels.len(), 3);
        stage
    }

    fn authority(&self) -> Authority<'_> {
        let core = &self.world.nodes[SO].core;
        Authority {
            members: core.members(),
            tree: &core.tree().tree,
            former: &[],
            optional_holders: true,
            grants: &protocol::admission::NoGrants,
            sides: core.sides(),
            relayed: false,
            let_in_by: None,
            unheard: None,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "bounds the real time a refusal takes")]
    pub(super) fn admit(&self, parcel: &Parcel, opened: &mut Option<Opened>) -> Verdict {
        let before = opened.as_ref().map(|opened| opened.document.digest());
        let unbuilt = opened.as_ref().and_then(|opened| self.admit_next(parcel, opened));
        let started = Instant::now();
        let verdict = admission::admit(parcel, opened, self.authority(), &Notary::new("so"));
        assert!(started.elapsed() < PATIENCE, "{verdict:?}");
        if !matches!(verdict, Verdict::Admitted { .. }) {
            let after = opened.as_ref().map(|opened| opened.document.digest());
            assert_eq!(before, after, "a refused parcel leaves no trace");
        }
        assert!(unbuilt.is_none_or(|unbuilt| unbuilt == verdict), "both ways judge alike");
        verdict
    }

    /// What is said of it without building the document.
    fn admit_next(&self, parcel: &Parcel, opened: &Opened) -> Option<Verdict> {
        let mut holding = opened.holding.clone();
        (holding.copied, holding.arrivals, holding.tail) = (true, 0, 0);
        let closed = Closed::of_copy(holding, opened.compact());
        let next =
            admission::admit_next(parcel, &closed, &[], self.authority(), &Notary::new("so"));
        next.map(|(_, verdict)| verdict)
    }

    /// The dossier as it is after the first `count` parcels.
    pub(super) fn after(&self, count: usize) -> Option<Opened> {
        let mut opened = None;
        for parcel in &self.parcels[..count] {
            let verdict = self.admit(parcel, &mut opened);
            assert!(matches!(verdict, Verdict::Admitted { new: 1, .. }), "{verdict:?}");
        }
        opened
    }

    /// The second parcel with other content in it.
    fn with_body(&self, body: Body) -> Parcel {
        Parcel { body, ..self.parcels[1].clone() }
    }

    /// A third change written by the node of `unit`, signed with the key named `key`.
    fn written_by(&self, unit: &str, node: NodeId, key: &str) -> Parcel {
        self.written_on(&meta(unit), node, key, "phone")
    }

    fn written_on(&self, meta: &Meta, node: NodeId, key: &str, field: &str) -> Parcel {
        let mut opened = self.after(2).expect("is held");
        self.write(&mut opened, meta, node, key, &[set(field, "0999999999")])
    }

    /// A dossier that the node of `unit` opens.
    pub(super) fn begin(&self, meta: &Meta, unit: &str, edits: &[Edit]) -> Parcel {
        let key = Notary::new(unit);
        let incarnation = Incarnation::from_bytes([4; 16]);
        let author = Author { node: node_id(unit), incarnation, epoch: 0 };
        let pen = Pen { author, key: key.public(), at: Timestamp::from_millis(1_000_000) };
        let (id, keeper) = (DossierId::from_bytes([77; 16]), unit.parse().expect("a unit"));
        let begun = authoring::create(id, keeper, "2c-bnv-2008", edits, meta, pen, &key);
        begun.expect("is opened").1
    }

    /// A change of an opened dossier by a node whose key is named `key`.
    pub(super) fn write(
        &self,
        opened: &mut Opened,
        meta: &Meta,
        node: NodeId,
        key: &str,
        edits: &[Edit],
    ) -> Parcel {
        let key = Notary::new(key);
        let incarnation = Incarnation::from_bytes([5; 16]);
        let author = Author { node, incarnation, epoch: 0 };
        let pen = Pen { author, key: key.public(), at: Timestamp::from_millis(2_000_000) };
        authoring::edit(opened, edits, meta, pen, &key).expect("is written")
    }
}

fn changes(bytes: Vec<u8>) -> Body {
    Body::Changes(vec![ByteBuf::from(bytes)])
}

#[test]
fn automerge_bombs_and_broken_chunks_never_reach_automerge() {
    let stage = Stage::new(1);
    for case in hostile::changes() {
        let parcel = stage.with_body(changes(case.bytes));
        for known in [0, 1] {
            let mut first = parcel.clone();
            first.custody.clone_from(&stage.parcels[0].custody);
            let verdict = stage.admit(&first, &mut stage.after(known));
            assert_eq!(verdict, Verdict::Rejected(RejectReason::Bytes), "{}", case.name);
        }
    }
    for case in hostile::saved() {
        let parcel = stage.with_body(Body::Saved(ByteBuf::from(case.bytes)));
        let verdict = stage.admit(&parcel, &mut stage.after(1));
        assert_eq!(verdict, Verdict::Rejected(RejectReason::Bytes), "{}", case.name);
    }
}

#[test]
fn mutated_changes_are_refused() {
    let stage = Stage::new(2);
    let Body::Changes(genuine) = &stage.parcels[1].body else { panic!("changes") };
    for mutated in hostile::mutations(&genuine[0], 3).take(500) {
        if mutated == genuine[0].as_slice() {
            continue;
        }
        let verdict = stage.admit(&stage.with_body(changes(mutated)), &mut stage.after(1));
        assert!(!matches!(verdict, Verdict::Admitted { .. }), "{verdict:?}");
    }
}

#[test]
fn a_change_of_a_stranger_waits_and_one_in_a_stolen_name_is_rejected() {
    let stage = Stage::new(3);
    let nobody = NodeId::from_bytes([9; 16]);
    let verdict = stage.admit(&stage.written_by("x", nobody, "nobody"), &mut stage.after(2));
    assert_eq!(verdict, Verdict::Held(HoldReason::UnknownMember(nobody)));
    let stolen = stage.written_by("so.a", node_id("so.a"), "another key");
    let verdict = stage.admit(&stolen, &mut stage.after(2));
    assert_eq!(verdict, Verdict::Rejected(RejectReason::ForeignActor));
    let mut broken = stage.parcels[1].clone();
    broken.lines[0].signature = stage.parcels[0].lines[0].signature;
    let verdict = stage.admit(&broken, &mut stage.after(1));
    assert_eq!(verdict, Verdict::Rejected(RejectReason::Signature));
}

#[test]
fn a_change_under_the_actor_of_another_node_is_rejected() {
    let stage = Stage::new(4);
    let mut forged = stage.parcels[1].clone();
    forged.lines[0].author.node = node_id("so");
    let verdict = stage.admit(&forged, &mut stage.after(1));
    assert_eq!(verdict, Verdict::Rejected(RejectReason::ForeignActor));
    let verdict = stage.admit(&stage.parcels[1], &mut stage.after(1));
    assert!(matches!(verdict, Verdict::Admitted { new: 1, .. }), "the genuine one still enters");
}

#[test]
fn a_change_no_line_vouches_for_is_rejected() {
    let stage = Stage::new(5);
    let (Body::Changes(second), Body::Changes(third)) =
        (&stage.parcels[1].body, &stage.parcels[2].body)
    else {
        panic!("changes")
    };
    let both = stage.with_body(Body::Changes(vec![second[0].clone(), third[0].clone()]));
    let verdict = stage.admit(&both, &mut stage.after(1));
    assert_eq!(verdict, Verdict::Rejected(RejectReason::LineShape));
    let mut altered = stage.parcels[1].clone();
    altered.lines[0].runs[0].meta.person = "người khác".to_owned();
    let verdict = stage.admit(&altered, &mut stage.after(1));
    assert_eq!(verdict, Verdict::Rejected(RejectReason::Signature));
}

#[test]
fn the_right_node_for_a_foreign_dossier_is_quarantined() {
    let stage = Stage::new(6);
    for unit in ["c", "huyen", "so.b"] {
        let parcel = stage.written_by(unit, node_id(unit), unit);
        let verdict = stage.admit(&parcel, &mut stage.after(2));
        let without_right = matches!(verdict, Verdict::Quarantined(QuarantineReason::NoRight(ref code)) if !code.is_empty());
        assert!(without_right, "{unit}: {verdict:?}");
    }
}

// R-9.2b, R-8.3b: each side rests on its own basis, at every node.
#[test]
fn each_side_rests_on_its_own_basis_and_the_body_above_corrects() {
    let stage = Stage::new(9);
    let judged = |unit: &str, field: &str, basis: LegalBasis| {
        let meta = Meta { basis, ..meta(unit) };
        let parcel = stage.written_on(&meta, node_id(unit), unit, field);
        match stage.admit(&parcel, &mut stage.after(2)) {
            Verdict::Admitted { .. } => "admitted".to_owned(),
            Verdict::Quarantined(QuarantineReason::NoRight(code)) => code,
            other => panic!("{other:?}"),
        }
    };
    let correction = || meta("so").basis;
    for (unit, field, basis, expected) in [
        ("so.a", "phone", grounds(true), "admitted"),
        ("so.a", "main_post", grounds(false), "admitted"),
        ("so.a", "phone", grounds(false), "declaration_required"),
        ("so.a", "main_post", grounds(true), "decision_required"),
        ("so.a", "main_post", correction(), "admitted"),
        ("so", "main_post", grounds(false), "custodian_enters"),
        ("so", "phone", grounds(true), "custodian_enters"),
        ("so", "phone", correction(), "admitted"),
        ("tier3", "phone", correction(), "order_required"),
        ("tier3", "main_post", grounds(false), "tier_three_does_not_edit"),
    ] {
        assert_eq!(judged(unit, field, basis.clone()), expected, "{unit} {field} {basis:?}");
    }
}

#[test]
fn changes_out_of_order_wait_and_changes_that_come_twice_are_known() {
    let stage = Stage::new(7);
    let verdict = stage.admit(&stage.parcels[1], &mut None);
    assert_eq!(verdict, Verdict::Held(HoldReason::UnknownDossier));
    let verdict = stage.admit(&stage.parcels[2], &mut stage.after(1));
    assert_eq!(verdict, Verdict::Held(HoldReason::LineGap));
    for parcel in &stage.parcels {
        let verdict = stage.admit(parcel, &mut stage.after(3));
        assert!(matches!(verdict, Verdict::Admitted { new: 0, kept: Kept::Nothing, .. }));
    }
}

#[test]
fn a_peer_that_offers_what_is_not_its_own_is_hung_up_on() {
    let mut stage = Stage::new(8);
    let world = &mut stage.world;
    let door = Door::seated(world, SO, B);
    let parcel = stage.parcels[0].encode();
    let mut hung_up = None;
    for _ in 0..protocol::LIMITS.strikes_max {
        let reply = door.offer(world, &parcel);
        assert_eq!(reply.refused(), [RejectReason::Scope as u16]);
        reply.assert_only(&[Table::Incident], "a dossier of another unit");
        hung_up = reply.closed;
    }
    assert_eq!(hung_up, Some(RefusalCode::Strikes));
    assert!(holding::open(&world.nodes[SO].store, &stage.id).expect("reads").is_none());
}

#[test]
fn a_peer_that_offers_bombs_is_struck_and_the_store_stays_as_it_was() {
    let mut stage = Stage::new(9);
    let bombs = [
        stage.with_body(changes(hostile::million_operations())).encode(),
        b"no parcel at all".to_vec(),
        Vec::new(),
        vec![1; protocol::LIMITS.parcel_bytes_max + 1],
    ];
    let world = &mut stage.world;
    let door = Door::seated(world, SO, A);
    let first = door.offer(world, &stage.parcels[0].encode());
    assert_eq!(first.refused(), [0_u16; 0], "the genuine one is taken");
    let before = holding::open(&world.nodes[SO].store, &stage.id).expect("reads");
    for bomb in bombs {
        let reply = door.offer(world, &bomb);
        let code = reply.refused()[0];
        let known = [RejectReason::Bytes as u16, RejectReason::Malformed as u16];
        assert!(known.contains(&code), "{code}");
        reply.assert_only(&[], "a bomb");
    }
    let after = holding::open(&world.nodes[SO].store, &stage.id).expect("reads");
    let digest = |opened: &Option<Opened>| opened.as_ref().map(|one| one.document.digest());
    assert!(digest(&before).is_some());
    assert_eq!(digest(&before), digest(&after));
}

#[test]
fn a_foreign_change_carried_by_an_honest_peer_is_kept_apart_and_visible() {
    let mut stage = Stage::new(10);
    let foreign = stage.written_by("c", node_id("c"), "c").encode();
    assert_eq!(stage.world.nodes[C].identity.node, node_id("c"));
    let world = &mut stage.world;
    let door = Door::seated(world, SO, A);
    for parcel in &stage.parcels[..2] {
        assert_eq!(door.offer(world, &parcel.encode()).refused(), [0_u16; 0]);
    }
    let reply = door.offer(world, &foreign);
    assert_eq!(reply.refused().len(), 1);
    reply.assert_only(&[Table::Quarantine, Table::Incident], "a foreign change");
    assert!(reply.written.iter().any(|op| op.table == Table::Quarantine));
    assert_eq!(reply.closed, None, "the peer that carried it is not to blame");
}
