//! Well-formed changes on top of a genuine document that do what no edit does.

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId as Author, Automerge, AutomergeError, Change, ChangeHash, ExpandedChange, ObjId,
    ObjType, ROOT, ReadDoc, ScalarValue,
};

use super::{Case, case};
use crate::{ActorId, Document};

type Act = fn(&mut Transaction<'_>, &ObjId, &ObjId) -> Result<(), AutomergeError>;

/// Changes by `actor` that pass the pre-check and that `document` must refuse. The document needs a
/// field `full_name` and at least one row.
///
/// # Panics
/// When the document lacks what it needs.
pub fn forbidden(document: &Document, actor: ActorId) -> Vec<Case> {
    let saved = document.save();
    let mut cases: Vec<Case> =
        ACTS.iter().map(|(name, act)| case(name, made(&saved, actor, *act))).collect();
    cases.extend(forged(&saved, actor));
    cases
}

fn open(saved: &[u8], actor: ActorId) -> (Automerge, ObjId, ObjId) {
    let document = Automerge::load(saved).expect("genuine document");
    let document = document.with_actor(Author::from(&actor.as_bytes()[..]));
    let map = |key| document.get(ROOT, key).expect("reads").expect("is there").1;
    let (fields, tables) = (map("f"), map("t"));
    (document, fields, tables)
}

fn made(saved: &[u8], actor: ActorId, act: Act) -> Vec<u8> {
    let (mut document, fields, tables) = open(saved, actor);
    let mut transaction = document.transaction();
    act(&mut transaction, &fields, &tables).expect("automerge allows it");
    transaction.commit();
    document.get_last_local_change().expect("changed something").raw_bytes().to_vec()
}

fn nest(t: &mut Transaction<'_>, at: &ObjId, depth: usize) -> Result<(), AutomergeError> {
    let mut inner = at.clone();
    for _ in 0..depth {
        inner = t.put_object(&inner, "deep", ObjType::Map)?;
    }
    Ok(())
}

fn first_row(t: &Transaction<'_>, tables: &ObjId) -> (String, ObjId) {
    let key = t.keys(tables).next().expect("has a row");
    let row = t.get(tables, key.as_str()).expect("reads").expect("is there").1;
    (key, row)
}

const ACTS: &[(&str, Act)] = &[
    ("a key at the root", |t, _, _| t.put(ROOT, "__proto__", "x")),
    ("a second map of fields", |t, _, _| t.put_object(ROOT, "f", ObjType::Map).map(|_| ())),
    ("another dossier's id", |t, _, _| t.put(ROOT, "id", ScalarValue::Bytes(vec![1; 16]))),
    ("another form", |t, _, _| t.put(ROOT, "form", "other")),
    ("no schema", |t, _, _| t.delete(ROOT, "schema")),
    ("an empty key", |t, fields, _| t.put(fields, "", "x")),
    ("a key with nul", |t, fields, _| t.put(fields, "a\0b", "x")),
    ("a key of javascript", |t, fields, _| t.put(fields, "__proto__", "x")),
    ("a key of 100,000 bytes", |t, fields, _| t.put(fields, "k".repeat(100_000), "x")),
    ("a column as a field", |t, fields, _| t.put(fields, "salary.step", "x")),
    ("a deleted field", |t, fields, _| t.delete(fields, "full_name")),
    ("a list", |t, fields, _| t.put_object(fields, "list", ObjType::List).map(|_| ())),
    ("a text of many characters", |t, fields, _| {
        let text = t.put_object(fields, "text", ObjType::Text)?;
        t.splice_text(&text, 0, 0, &"a".repeat(1_000))
    }),
    ("a counter", |t, fields, _| t.put(fields, "counter", ScalarValue::counter(i64::MAX))),
    ("a counter that overflows", |t, fields, _| {
        t.put(fields, "counter", ScalarValue::counter(i64::MAX))?;
        t.increment(fields, "counter", i64::MAX)
    }),
    ("a float", |t, fields, _| t.put(fields, "float", f64::NAN)),
    ("a timestamp", |t, fields, _| t.put(fields, "time", ScalarValue::Timestamp(i64::MIN))),
    ("bytes", |t, fields, _| t.put(fields, "bytes", vec![0u8; 16])),
    ("a text too long", |t, fields, _| t.put(fields, "text", "a".repeat(65_537))),
    ("a text with nul", |t, fields, _| t.put(fields, "text", "a\0b")),
    ("an unknown kind of value", |t, fields, _| t.put(fields, "text", "\u{1f}zb")),
    ("depth 17", |t, fields, _| nest(t, fields, 17)),
    ("depth 3,000", |t, fields, _| nest(t, fields, 3_000)),
    ("a scalar as a row", |t, _, tables| t.put(tables, "salary/00", "x")),
    ("a row without a key", |t, _, tables| t.put_object(tables, "x", ObjType::Map).map(|_| ())),
    ("a deleted row", |t, _, tables| {
        let (key, _) = first_row(t, tables);
        t.delete(tables, key)
    }),
    ("a row in place of another", |t, _, tables| {
        let (key, _) = first_row(t, tables);
        t.put_object(tables, key, ObjType::Map).map(|_| ())
    }),
    ("a map in a row", |t, _, tables| {
        let (_, row) = first_row(t, tables);
        nest(t, &row, 16)
    }),
    ("a mark that removes nothing", |t, _, tables| {
        let (_, row) = first_row(t, tables);
        t.put(&row, "-", false)
    }),
    ("a column that is none", |t, _, tables| {
        let (_, row) = first_row(t, tables);
        t.put(&row, "a.b", 1)
    }),
    ("an emptied cell", |t, _, tables| {
        let (_, row) = first_row(t, tables);
        t.put(&row, "step", ScalarValue::Null)
    }),
];

/// Changes no transaction makes: a genuine one taken apart and put together wrongly.
fn forged(saved: &[u8], actor: ActorId) -> Vec<Case> {
    let (mut document, fields, _) = open(saved, actor);
    let mut transaction = document.transaction();
    transaction.put(&fields, "full_name", "forged").expect("puts");
    let options = CommitOptions::default().with_message("a message");
    let mut with_message = transaction.commit_with(options).0.into_iter();
    let genuine = document.get_last_local_change().expect("changed something");
    let message = with_message.next().map(|_| case("a message", genuine.raw_bytes().to_vec()));
    let mut plain = genuine.decode();
    plain.message = None;

    let author = plain.actor_id.clone();
    let other = Author::from([0xee; 16]);
    let mut cases: Vec<Case> = message.into_iter().collect();
    let mut add = |name: &str, alter: &dyn Fn(&mut ExpandedChange)| {
        let mut expanded = plain.clone();
        alter(&mut expanded);
        cases.push(case(name, Change::from(expanded).raw_bytes().to_vec()));
    };
    let put = |one: &mut ExpandedChange| one.operations[0].clone();
    add("trailing bytes", &|one| one.extra_bytes = vec![1, 2, 3]);
    add("nothing overwritten", &|one| one.operations[0].pred = Vec::new().into());
    add("something else overwritten", &|one| {
        one.operations[0].pred = vec![OpId::new(1, &other)].into();
    });
    add("itself overwritten", &|one| {
        one.operations[0].pred = vec![OpId::new(one.start_op.get(), &author)].into();
    });
    add("an object of another dossier", &|one| {
        one.operations[0].obj = ObjectId::Id(OpId::new(4, &other));
    });
    add("a value as an object", &|one| {
        one.operations[0].obj = ObjectId::Id(OpId::new(3, &fields_author(&fields)));
    });
    add("a mark on a missing object", &|one| {
        one.operations[0] = Op {
            action: OpType::MarkEnd(true),
            obj: ObjectId::Id(OpId::new(77, &other)),
            key: Key::head(),
            pred: Vec::new().into(),
            insert: true,
        };
    });
    add("ten thousand values on one key", &|one| {
        let op = put(one);
        one.operations = vec![op; 10_000];
    });
    add("no operation", &|one| one.operations.clear());
    add("a gap in the line", &|one| one.seq += 1);
    add("a gap in the counters", &|one| one.start_op = one.start_op.saturating_add(1));
    add("a counter before its dependencies", &|one| one.start_op = std::num::NonZeroU64::MIN);
    add("an unknown dependency", &|one| one.deps.push(ChangeHash([0x5a; 32])));
    add("no dependency", &|one| one.deps.clear());
    cases
}

fn fields_author(fields: &ObjId) -> Author {
    match fields {
        ObjId::Id(_, actor, _) => actor.clone(),
        ObjId::Root => Author::from([0; 16]),
    }
}
