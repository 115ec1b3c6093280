//! Changes and documents made to harm, for the tests of every room that takes bytes from outside.
//!
//! [`changes`] and [`saved`] never pass the pre-check; [`forbidden`] passes it and must be refused by
//! the document; [`mutations`] are genuine chunks with bytes turned and the checksum made right.

mod forbidden;
mod forge;

pub use forbidden::forbidden;
pub use forge::Forged;
use forge::{run, unsigned};

use sha2::{Digest, Sha256};

/// One harmful input.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is wrong with it.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

fn case(name: &str, bytes: Vec<u8>) -> Case {
    Case { name: name.to_owned(), bytes }
}

/// Wraps a body into a chunk of a type with the right checksum.
pub fn seal(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    unsigned(&mut hashed, body.len() as u64);
    hashed.extend(body);
    let digest = Sha256::digest(&hashed);
    let mut chunk = super::MAGIC.to_vec();
    chunk.extend(&digest[..4]);
    chunk.extend(hashed);
    chunk
}

/// Chunks that are no acceptable change.
pub fn changes() -> Vec<Case> {
    let genuine = Forged::default();
    let mut cases = bombs();
    cases.extend(wrappings(&genuine));
    cases.extend(layouts(&genuine));
    cases.extend(headers(&genuine));
    cases
}

/// Few bytes that spell much.
fn bombs() -> Vec<Case> {
    let one = |name: &str, column: Vec<u8>| case(name, Forged::with_column(66, column).chunk());
    let huge = |length: i64| run(length, &[1]);
    let wrapping = [i64::MAX, i64::MAX, 3].map(huge).concat();
    let nulls = |count: u64| {
        let mut column = vec![0];
        unsigned(&mut column, count);
        column
    };
    let texts = |count: i64| {
        let mut forged = Forged::with_column(66, run(count, &[1]));
        forged.columns.push((52, vec![0]));
        unsigned(&mut forged.columns[1].1, count as u64);
        forged.chunk()
    };
    let mut group = Forged::with_column(66, run(1, &[3]));
    let mut members = Vec::new();
    unsigned(&mut members, 1 << 40);
    group.columns.push((112, run(1, &members)));
    vec![
        one("a million operations", huge(1_000_000)),
        one("ten million operations", huge(10_000_000)),
        one("a run of 2^40", huge(1 << 40)),
        one("a run of i64::MAX", huge(i64::MAX)),
        one("a literal run of i64::MIN", huge(i64::MIN)),
        one("runs whose sum wraps", wrapping),
        one("nulls of u64::MAX", nulls(u64::MAX)),
        one("nulls that wrap", [nulls(u64::MAX), nulls(2)].concat()),
        one("a null run of nothing", nulls(0)),
        one("rows at the limit and one", huge(super::ROWS_MAX as i64 + 1)),
        case("a million inserts", texts(1_000_000)),
        case("a group of 2^40 members", group.chunk()),
        case("values of 2^60 bytes", Forged::with_column(86, run(1, &[0xff; 9])).chunk()),
    ]
}

/// The right content in the wrong wrapping.
fn wrappings(genuine: &Forged) -> Vec<Case> {
    let body = genuine.body();
    let chunk = genuine.chunk();
    let broken = |at: usize| {
        let mut bytes = chunk.clone();
        bytes[at] ^= 1;
        bytes
    };
    let mut longer = chunk.clone();
    longer.push(0);
    let mut cases = vec![
        case("a document", seal(0, &body)),
        case("a deflated change", seal(2, &deflated(&body))),
        case("a deflate bomb", seal(2, &deflated(&vec![0; 4 << 20]))),
        case("a bundle", seal(3, &body)),
        case("an unknown type", seal(9, &body)),
        case("bad magic", broken(0)),
        case("bad checksum", broken(5)),
        case("checksum of other bytes", broken(chunk.len() - 1)),
        case("trailing byte", longer),
        case("nothing", Vec::new()),
        case("only magic", super::MAGIC.to_vec()),
        case("too long", seal(1, &vec![0; super::CHANGE_MAX])),
    ];
    cases.extend((0..chunk.len()).map(|at| case("cut short", chunk[..at].to_vec())));
    cases
}

/// Tables of columns that lie.
fn layouts(genuine: &Forged) -> Vec<Case> {
    let with = |columns: &[(u32, &[u8])]| Forged {
        columns: columns.iter().map(|(spec, data)| (*spec, data.to_vec())).collect(),
        ..genuine.clone()
    };
    let claiming = |length: u64| {
        let mut forged = with(&[(66, &[0x7f, 1])]);
        forged.claimed_length = Some(length);
        forged
    };
    let many: Vec<(u32, &[u8])> = (0..33).map(|id| (id << 4 | 2, &[][..])).collect();
    let cases = [
        ("unsorted columns", with(&[(66, &[0x7f, 1]), (52, &[1])])),
        ("a column twice", with(&[(66, &[0x7f, 1]), (66, &[0x7f, 1])])),
        ("a deflated column", with(&[(66 | 8, &[0x7f, 1])])),
        ("an unknown column", with(&[(66, &[0x7f, 1]), (240, &[0x7f, 1])])),
        ("33 columns", with(&many)),
        ("a column longer than the rest", claiming(1 << 20)),
        ("a column of u64::MAX", claiming(u64::MAX)),
        ("columns that disagree", with(&[(52, &[3]), (66, &[0x7f, 1])])),
        ("an actor that is not listed", with(&[(1, &[0x7f, 9]), (66, &[0x7f, 1])])),
        ("a negative counter", with(&[(19, &[0x7f, 0x7f]), (66, &[0x7f, 1])])),
        ("a key that is not utf-8", with(&[(21, &[0x7f, 2, 0xc3, 0x28]), (66, &[0x7f, 1])])),
        ("a lone surrogate", with(&[(21, &[0x7f, 3, 0xed, 0xa0, 0x80]), (66, &[0x7f, 1])])),
        ("a key longer than the rest", with(&[(21, &[0x7f, 0xff, 0x7f]), (66, &[0x7f, 1])])),
        ("text that is not utf-8", with(&[(66, &[0x7f, 1]), (86, &[0x7f, 0x16]), (87, &[0xff])])),
        ("a number of no bytes", with(&[(66, &[0x7f, 1]), (86, &[0x7f, 0x03])])),
        ("a null of one byte", with(&[(66, &[0x7f, 1]), (86, &[0x7f, 0x10]), (87, &[0])])),
        ("values without their bytes", with(&[(66, &[0x7f, 1]), (86, &[0x7f, 0x16])])),
        ("predecessors without columns", with(&[(66, &[0x7f, 1]), (112, &[0x7f, 1])])),
        ("an overlong number", with(&[(66, &[0xff, 0x7f, 1])])),
    ];
    cases.map(|(name, forged)| case(name, forged.chunk())).into()
}

/// Headers that lie.
fn headers(genuine: &Forged) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, alter: &dyn Fn(&mut Forged)| {
        let mut forged = genuine.clone();
        alter(&mut forged);
        cases.push(case(name, forged.chunk()));
    };
    for length in [0, 1, 15, 17, 4096] {
        add("an actor of another length", &|one| one.actor = vec![7; length]);
        add("another actor of another length", &|one| one.others = vec![vec![7; length]]);
    }
    add("65 other actors", &|one| one.others = vec![vec![7; 16]; 65]);
    add("number 0 of the line", &|one| one.seq = 0);
    add("number u64::MAX of the line", &|one| one.seq = u64::MAX);
    add("start at 0", &|one| one.start_op = 0);
    add("start at u64::MAX", &|one| one.start_op = u64::MAX);
    add("start at u32::MAX", &|one| one.start_op = u64::from(u32::MAX));
    add("one dependency twice", &|one| one.dependencies = vec![[3; 32], [4; 32], [3; 32]]);
    add("65 dependencies", &|one| one.dependencies = (0..65).map(|at| [at; 32]).collect());
    add("a time of i64::MIN", &|one| one.time = i64::MIN);
    add("a time of i64::MAX", &|one| one.time = i64::MAX);
    add("a message of 257 bytes", &|one| one.message = vec![b'a'; 257]);
    add("a message that is not utf-8", &|one| one.message = vec![0xff]);
    add("257 trailing bytes", &|one| one.extra = vec![0; 257]);
    cases
}

/// Chunks that are no acceptable saved document.
pub fn saved() -> Vec<Case> {
    let table = |columns: &[(u32, &[u8])]| forge::document(columns);
    let bomb = deflated(&vec![0; super::INFLATED_MAX + 1]);
    let half = deflated(&vec![1; super::INFLATED_MAX / 2 + 1]);
    let million = run(i64::from(u32::MAX), &[0]);
    let mut head = vec![0, 1];
    head.extend([5; 32]);
    head.extend([0, 0, 1]);
    vec![
        case("a change", Forged::default().chunk()),
        case("a deflate bomb", seal(0, &table(&[(33 | 8, &bomb)]))),
        case("two halves of a bomb", seal(0, &table(&[(33 | 8, &half), (35 | 8, &half)]))),
        case("a broken deflate stream", seal(0, &table(&[(33 | 8, &[0xff, 0xff])]))),
        case("4 billion operations", seal(0, &table(&[(33, &million)]))),
        case("an actor that is not listed", seal(0, &table(&[(33, &run(1, &[1]))]))),
        case("a head without a change", seal(0, &head)),
        case("too long", vec![0; super::SAVED_MAX + 1]),
        case("trailing bytes", seal(0, &[table(&[]), vec![1]].concat())),
    ]
}

/// Raw deflate.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(bytes, 6)
}

/// Genuine chunks with one to four bytes turned, the checksum made right again.
pub fn mutations(chunk: &[u8], seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let kind = chunk[8];
    let length_bytes = chunk[9..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let body = chunk[9 + length_bytes..].to_vec();
    let mut state = seed;
    let mut draw = move || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    std::iter::repeat_with(move || {
        let mut body = body.clone();
        for _ in 0..=draw() % 4 {
            let at = draw() as usize % body.len();
            match draw() % 4 {
                0 => body[at] = draw() as u8,
                1 => body[at] ^= 1 << (draw() % 8),
                2 => body.insert(at, draw() as u8),
                _ if body.len() > 1 => drop(body.remove(at)),
                _ => {}
            }
        }
        seal(kind, &body)
    })
}

/// A chunk with a run-length column as an attacker spells it, for tests elsewhere.
pub fn million_operations() -> Vec<u8> {
    Forged::with_column(66, run(1_000_000, &[1])).chunk()
}
