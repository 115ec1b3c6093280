//! Packages that somebody cut, swapped, bent or meant as a trap (bad inputs G).

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use dossier::attachment::{Description, Kind, Secrecy};
use dossier::{DossierId, Hash, RowId};
use node::abroad::{Enclosed, EnclosedFile, LIMITS, Payload, Unsound, package, payload, sealing};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::outside::Pair;

/// Bytes of one chunk of the age format with its tag.
const CHUNK: usize = 64 * 1024 + 16;

fn check(bytes: &[u8]) -> Result<(), Unsound> {
    let mut reader = bytes;
    package::check(&mut reader, |_| {}).expect("reads").map(drop)
}

/// A package as somebody without keys can forge it: another line, with the digest made to fit.
fn forged(line: &str, sealed: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert!(line.contains(from), "{from}");
    let bent = line.replacen(from, to, 1);
    let at = bent.rfind("\"digest\":\"").expect("a digest") + 10;
    let zeros = format!("{}{}{}", &bent[..at], "0".repeat(64), &bent[at + 64..]);
    let digest = Hash::of(zeros.as_bytes()).to_string();
    let line = format!("{}{digest}{}", &bent[..at], &bent[at + 64..]);
    [line.as_bytes(), sealed].concat()
}

fn parts(bytes: &[u8]) -> (String, Vec<u8>) {
    let end = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    (String::from_utf8(bytes[..end].to_vec()).expect("text"), bytes[end..].to_vec())
}

/// The text between two marks of a line.
fn between<'a>(line: &'a str, from: &str, to: &str) -> &'a str {
    let begin = line.find(from).expect("the first mark");
    let end = line[begin..].find(to).expect("the second mark") + begin;
    &line[begin..end]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_was_bent_is_told_by_what_does_not_hold() {
    let pair = Pair::found().await;
    let (_, one) = pair.sent("Lý Thị Mỷ").await;
    let (_, other) = pair.sent("Giàng A Páo").await;
    let [one, other] = [one, other].map(|path| std::fs::read(path).expect("written"));
    let ((line, sealed), (other_line, other_sealed)) = (parts(&one), parts(&other));
    assert_eq!(check(&one), Ok(()));
    let of = |line: &str, sealed: &[u8]| check(&[line.as_bytes(), sealed].concat());

    // G1: cut at each boundary of a chunk.
    for end in (0..sealed.len()).step_by(CHUNK) {
        assert_eq!(of(&line, &sealed[..end]), Err(Unsound("sealed")), "{end}");
    }
    // G2, G3: chunks and contents of another package.
    let mut swapped = sealed.clone();
    let last = sealed.len().min(other_sealed.len()) - CHUNK..sealed.len().min(other_sealed.len());
    swapped[last.clone()].copy_from_slice(&other_sealed[last]);
    assert_eq!(of(&line, &swapped), Err(Unsound("sealed")));
    assert!(of(&line, &other_sealed).is_err());
    assert!(of(&other_line, &sealed).is_err());

    // G4: a signature that is missing, doubled, of another kind or of none.
    let province = between(&line, ",{\"role\":\"province\"", "]");
    let unit = between(&line, "{\"role\":\"unit\"", ",{\"role\":\"province\"");
    let twice = unit.replacen("\"unit\"", "\"province\"", 1);
    for (from, to) in [
        (province, ""),
        (province, format!(",{twice}").as_str()),
        (
            "\"role\":\"province\",\"algorithm\":\"ed25519\"",
            "\"role\":\"province\",\"algorithm\":\"none\"",
        ),
        ("\"role\":\"unit\",\"algorithm\":\"ed25519\"", "\"role\":\"unit\",\"algorithm\":\"rsa\""),
        ("\"role\":\"unit\"", "\"role\":\"nobody\""),
    ] {
        let found = check(&forged(&line, &sealed, from, to));
        assert_eq!(found, Err(Unsound("signatures")), "{to}");
    }
    // G5: other readers, and other words in the manifest.
    let readers = between(&line, "\"recipients\":[", ",\"copy\"");
    let fewer = format!("\"recipients\":[{}]", between(readers, "{", ",{"));
    assert_eq!(check(&forged(&line, &sealed, readers, &fewer)), Err(Unsound("recipients")));
    let mine = between(readers, "age1", "\"");
    let (_, thief) = sealing::make_key();
    assert_eq!(check(&forged(&line, &sealed, mine, &thief)), Err(Unsound("signatures")));
    assert_eq!(check(&forged(&line, &sealed, "0210 3846", "0211 3846")), Err(Unsound("manifest")));
    // G11: a chain with a gap, or bent.
    let links = between(&line, "\"links\":[", ",\"receipts\"");
    let gap = format!("\"links\":[{}", links.split_once(',').expect("two links").1);
    assert_eq!(check(&forged(&line, &sealed, links, &gap)), Err(Unsound("chain")));
    let foreign = between(&other_line, "\"links\":[", ",\"receipts\"");
    assert!(check(&forged(&line, &sealed, links, foreign)).is_err());
    // Another version, a field more, nothing at all, a line without end.
    let later = forged(&line, &sealed, "{\"hoso_package\":1", "{\"hoso_package\":2");
    assert_eq!(check(&later), Err(Unsound("version")));
    let more = forged(&line, &sealed, "{\"hoso_package\":1", "{\"x\":1,\"hoso_package\":1");
    assert_eq!(check(&more), Err(Unsound("form")));
    assert_eq!(check(b""), Err(Unsound("form")));
    assert_eq!(check(line.trim_end().as_bytes()), Err(Unsound("form")));
    assert_eq!(check(&[b'['; 100_000]), Err(Unsound("form")));
}

// G9: readers by the thousand, plugins that are run by name, passwords that cost gigabytes.
#[test]
fn the_head_of_an_age_file_is_bounded_before_it_is_read() {
    let stanza = "-> X25519 AAAA\nAAAA\n";
    let head = |stanzas: String| format!("age-encryption.org/v1\n{stanzas}--- AAAA\n").into_bytes();
    for bytes in [
        head(stanza.repeat(10_000)),
        head(stanza.repeat(LIMITS.stanzas_max + 1)),
        head("-> ../../bin/sh x\nAAAA\n".to_owned()),
        head("-> yubikey x\nAAAA\n".to_owned()),
        head("-> scrypt AAAA 30\nAAAA\n".to_owned()),
        head(String::new()),
        b"age-encryption.org/v1\n".to_vec(),
        Vec::new(),
    ] {
        let asked = std::cell::Cell::new(0);
        let found = sealing::open(&bytes, 1_000, &mut |_| {
            asked.set(asked.get() + 1);
            None
        });
        assert_eq!((found, asked.get()), (Err(Unsound("age")), 0));
    }
}

#[test]
fn what_is_sealed_opens_for_its_readers_alone_and_no_further_than_was_said() {
    let ((secret, reader), (_, other)) = (sealing::make_key(), sealing::make_key());
    let plain = vec![7; 200_000];
    let sealed = sealing::seal(&plain, &[other.clone(), reader]).expect("seals");
    let mut unwrap = |it| sealing::unwrap(&secret, &it).expect("a key");
    assert_eq!(sealing::open(&sealed, 200_000, &mut unwrap).as_ref(), Ok(&plain));
    assert_eq!(sealing::open(&sealed, 199_999, &mut unwrap), Err(Unsound("size")));
    let theirs = sealing::seal(&plain, &[other]).expect("seals");
    assert_eq!(sealing::open(&theirs, 200_000, &mut unwrap), Err(Unsound("reader")));
    for end in (0..sealed.len()).step_by(CHUNK).skip(1) {
        assert!(sealing::open(&sealed[..end], 200_000, &mut unwrap).is_err(), "{end}");
    }
    assert_eq!(sealing::seal(&plain, &["age1nobody".to_owned()]), Err(Unsound("recipients")));
}

/// An archive of these files.
fn zipped(files: &[(&str, &[u8])], how: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(how);
    for (name, bytes) in files {
        zip.start_file(*name, options).expect("starts");
        zip.write_all(bytes).expect("writes");
    }
    zip.finish().expect("ends").into_inner()
}

// G8: names that lead out, links, files by the hundred thousand, archives that grow.
#[test]
fn what_lies_inside_has_plain_names_and_does_not_grow() {
    let attached = |file: &str| {
        let description = Description {
            kind: Kind::ALL[0],
            number: String::new(),
            issued_on: None,
            issuer: String::new(),
            title: "x".to_owned(),
            links: BTreeSet::new(),
            secrecy: Secrecy::Open,
        };
        let row = EnclosedFile {
            row: RowId::from_bytes([1; 16]),
            name: "a.pdf".to_owned(),
            media: "application/pdf".to_owned(),
            bytes: 3,
            sha256: Hash::of(b"abc"),
            file: file.to_owned(),
            description,
        };
        let enclosed = Enclosed {
            format: payload::FORMAT.to_owned(),
            dossier: DossierId::from_bytes([7; 16]),
            record: Hash::of(b"export"),
            copy: serde_json::json!({}),
            history: Vec::new(),
            attachments: vec![row],
            not_included: Vec::new(),
        };
        serde_json::to_string(&enclosed).expect("JSON")
    };
    let unpacked = |file: &str, how| {
        let dossier = attached(file);
        let files: [(&str, &[u8]); 5] = [
            ("dossier.json", dossier.as_bytes()),
            ("schema.json", b"{}"),
            ("history.bin", b"x"),
            ("README.txt", b"x"),
            (file, b"abc"),
        ];
        Payload::unpack(&zipped(&files, how))
    };
    let plain = unpacked("tep-0001.pdf", CompressionMethod::Stored);
    assert_eq!(plain.expect("holds").files, [b"abc"]);
    for name in
        ["../tep-0001.pdf", "/etc/passwd", "a/tep-0001.pdf", "tep-0002.pdf", "tep-0001.PDF", "CON"]
    {
        let found = unpacked(name, CompressionMethod::Stored);
        assert_eq!(found.err(), Some(Unsound("names")), "{name}");
    }
    let grows = unpacked("tep-0001.pdf", CompressionMethod::Deflated);
    assert_eq!(grows.err(), Some(Unsound("files")));
    let names: Vec<String> = (0..100_000).map(|number| format!("{number}")).collect();
    let many: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    let many = zipped(&many, CompressionMethod::Stored);
    assert_eq!(Payload::unpack(&many).err(), Some(Unsound("size")));
    let mut linked = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    linked.add_symlink("dossier.json", "/etc/passwd", options).expect("a link");
    let linked = linked.finish().expect("ends").into_inner();
    assert_eq!(Payload::unpack(&linked).err(), Some(Unsound("files")));
    assert_eq!(Payload::unpack(b"no archive").err(), Some(Unsound("payload")));
}
