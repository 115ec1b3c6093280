//! Changes that follow on a dossier, judged on its columns and on its built document.

use dossier::{DossierId, Incarnation, Timestamp};
use node::environment::entropy::SplitMix64;
use protocol::{
    Signature,
    admission::{self, Authority, Kept, Verdict},
    authoring::{self, Pen},
    envelope::Author,
    holding::{Closed, Opened},
    parcel::{Body, Parcel},
};

use simulation::cores::{B, Notary, PROVINCE, World, meta, node_id, set};

const ROUNDS: i64 = 24;
/// What is done to each genuine parcel, and how often its bytes are turned.
const TURNS: usize = 40;

fn pen(name: &str, at: i64) -> (Notary, Pen) {
    let key = Notary::new(name);
    let incarnation = Incarnation::from_bytes([5; 16]);
    let author = Author { node: node_id(name), incarnation, epoch: 0 };
    let pen = Pen { author, key: key.public(), at: Timestamp::from_millis(at * 60_000) };
    (key, pen)
}

/// The dossier as it lies in a store: whole.
fn closed(opened: &Opened) -> Closed {
    let mut holding = opened.holding.clone();
    (holding.copied, holding.arrivals, holding.tail) = (true, 0, 0);
    Closed::of_copy(holding, opened.compact())
}

fn written(opened: &Opened, name: &str, round: i64) -> Parcel {
    let mut opened = closed(opened).open().expect("opens");
    let (key, pen) = pen(name, round);
    let edits = [set("phone", &format!("09{round:08}")), set("note", &format!("{name} {round}"))];
    authoring::edit(&mut opened, &edits, &meta(name), pen, &key).expect("is written")
}

struct Judges<'a> {
    authority: Authority<'a>,
    admitted: usize,
    kept_out: usize,
}

impl Judges<'_> {
    /// Judges a parcel both ways; the dossier with it, when it was admitted.
    fn judge(&mut self, opened: &Opened, parcel: &Parcel) -> Option<Opened> {
        let (before, crypto) = (closed(opened), Notary::new("so"));
        let next = admission::admit_next(parcel, &before, &["phone"], self.authority, &crypto);
        let mut built = Some(before.open().expect("opens"));
        let verdict = admission::admit(parcel, &mut built, self.authority, &crypto);
        let built = built.expect("is held");
        let plain = matches!(verdict, Verdict::Admitted { kept: Kept::Parcel, .. });
        assert_eq!(next.is_some(), plain && built.document.is_linear(), "{verdict:?}");
        let Some((next, said)) = next else {
            self.kept_out += 1;
            return None;
        };
        assert_eq!(said, verdict);
        assert_eq!(next.holding, built.holding);
        let phone = built.document.field(&"phone".parse().expect("field"));
        assert_eq!(next.values, [phone]);
        self.admitted += 1;
        Some(built)
    }

    /// Judges a parcel with everything about it turned, one thing at a time.
    fn judge_turned(&mut self, opened: &Opened, genuine: &Parcel, draw: &mut dyn FnMut() -> u64) {
        for turn in 0..TURNS {
            let mut parcel = genuine.clone();
            let line = &mut parcel.lines[0];
            match turn {
                0 => line.first += 1,
                1 => line.previous[0] ^= 1,
                2 => line.signature = Signature::from_bytes([7; 64]),
                3 => line.runs[0].meta.person = "người khác".to_owned(),
                4 => line.runs[0].meta.person.clear(),
                5 => line.runs[0].count = 2,
                6 => line.author.epoch = 1,
                7 => line.author.node = node_id("huyen"),
                8 => line.author.incarnation = Incarnation::from_bytes([6; 16]),
                9 => parcel.lines.push(genuine.lines[0].clone()),
                10 => parcel.lines.clear(),
                11 => parcel.custody = opened.holding.custody.clone(),
                12 => parcel.custody = [&opened.holding.custody[..]; 2].concat(),
                13 => twice(&mut parcel),
                14 => parcel.body = Body::Changes(Vec::new()),
                _ => {
                    let mut bytes = genuine.encode();
                    let place = draw() as usize % bytes.len();
                    bytes[place] ^= 1 << (draw() % 8);
                    let Ok(turned) = Parcel::decode(&bytes) else { continue };
                    parcel = turned;
                }
            }
            if parcel.dossier == opened.id {
                self.judge(opened, &parcel);
            }
        }
    }
}

fn twice(parcel: &mut Parcel) {
    if let Body::Changes(changes) = &mut parcel.body {
        changes.extend(changes.clone());
    }
}

#[test]
fn changes_are_judged_alike_on_columns_and_on_documents() {
    let mut world = World::new(41);
    world.revoke(B);
    let mut luck = SplitMix64::new(world.draw());
    let core = &world.nodes[PROVINCE].core;
    let authority = Authority {
        members: core.members(),
        tree: &core.tree().tree,
        former: &[],
        optional_holders: true,
        grants: &protocol::admission::NoGrants,
        sides: core.sides(),
        relayed: false,
        let_in_by: None,
        unheard: None,
    };
    let mut judges = Judges { authority, admitted: 0, kept_out: 0 };
    let id = DossierId::from_bytes([3; 16]);
    let (key, pen) = pen("so.a", 0);
    let begun = [set("full_name", "Bùi Thị Tuyết")];
    let unit = "so.a".parse().expect("unit");
    let form = "2c-bnv-2008";
    let created = authoring::create(id, unit, form, &begun, &meta("so.a"), pen, &key);
    let (mut opened, _) = created.expect("is begun");
    for round in 1..=ROUNDS {
        let mut following = None;
        // Who keeps it, who stands above, who was shut out, who has no right, and a stranger.
        for name in ["so.a", "so", "so.b", "c", "nobody"] {
            let genuine = written(&opened, name, round);
            judges.judge_turned(&opened, &genuine, &mut || luck.next_u64());
            if let Some(with) = judges.judge(&opened, &genuine) {
                assert!(judges.judge(&with, &genuine).is_none(), "it is known");
                following = Some(with);
            }
        }
        let with = following.expect("some may write");
        let of_both = written(&with, "so.a", round);
        assert!(judges.judge(&opened, &of_both).is_none(), "what it rests on is missing");
        let concurrent = written(&opened, "so.a", round);
        judges.judge(&with, &concurrent);
        opened = with;
    }
    let (admitted, kept_out) = (judges.admitted, judges.kept_out);
    assert!(admitted > 40 && kept_out > 2_000, "{admitted} admitted, {kept_out} kept out");
}
