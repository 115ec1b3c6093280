//! Files and bulk frames that must not be taken.

use std::collections::BTreeSet;

use dossier::attachment::{Attachment, AttachmentFault, FILE_BYTES_MAX};
use dossier::{DossierId, Hash, Value};
use node::attachment::inspect::{UnfitFile, inspect};
use protocol::attachment::{
    BULK_FRAME_BYTES_MAX, BulkFrame, ContentPlace, KeyedDigest, Manifest, WINDOW, Want,
};

struct Plain;

impl KeyedDigest for Plain {
    fn digest(&self, purpose: &str, bytes: &[u8]) -> Hash {
        Hash::tagged(purpose, &[bytes])
    }
}

fn place() -> ContentPlace {
    ContentPlace { dossier: DossierId::from_bytes([1; 16]), content: Hash::ZERO }
}

#[test]
fn a_name_says_nothing_and_each_refusal_says_why() {
    let script = b"#!/usr/bin/env python3\nprint(1)\n".to_vec();
    let page = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    let picture = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    let locked = b"%PDF-1.7\ntrailer <</Encrypt 5 0 R>>\nstartxref\n0\n%%EOF\n".to_vec();
    let active = b"%PDF-1.7\n<</OpenAction <</S/JavaScript>>>>\nstartxref\n0\n%%EOF\n".to_vec();
    let huge = vec![b'%'; FILE_BYTES_MAX as usize + 1];
    for (file, why) in [
        (script, UnfitFile::Program),
        (page, UnfitFile::Markup),
        (picture, UnfitFile::Markup),
        (locked, UnfitFile::Encrypted),
        (active, UnfitFile::Active),
        (huge, UnfitFile::TooLarge),
        (b"PK\x03\x04 and nothing else".to_vec(), UnfitFile::Damaged),
        (b"%PDF-1.7 cut".to_vec(), UnfitFile::Damaged),
    ] {
        assert_eq!(inspect(&file), Err(why));
    }
}

#[test]
fn pages_of_a_picture_that_lead_in_a_ring_end() {
    let mut ring = b"II\x2a\0\x08\0\0\0\x02\0".to_vec();
    for tag in [256_u16, 257] {
        ring.extend(tag.to_le_bytes());
        ring.extend([4, 0, 1, 0, 0, 0, 9, 0, 0, 0]);
    }
    ring.extend(8_u32.to_le_bytes());
    assert_eq!(inspect(&ring), Err(UnfitFile::TooManyPages));
}

#[test]
fn a_bulk_frame_beyond_its_limits_is_none() {
    let want = |chunks: Vec<u32>| {
        BulkFrame::Want(Want { place: place(), manifest: true, chunks }).encode()
    };
    assert!(BulkFrame::decode(&want((0..WINDOW as u32).collect())).is_ok());
    for bad in [
        want((0..=WINDOW as u32).collect()),
        want(vec![7; 1000]),
        vec![0; BULK_FRAME_BYTES_MAX + 1],
        Vec::new(),
        vec![1, 99],
        vec![1, 2, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ] {
        assert!(BulkFrame::decode(&bad).is_err());
    }
}

#[test]
fn a_manifest_that_claims_another_size_or_other_chunks_is_none() {
    let bytes = vec![3; 300_000];
    let manifest = Manifest::of(&bytes, &Plain);
    let id = manifest.id(&Plain);
    assert!(Manifest::read(&manifest.encode(), 300_000, &id, &Plain).is_some());
    for size in [0, 1, 299_999, 300_001, u64::MAX] {
        assert_eq!(Manifest::read(&manifest.encode(), size, &id, &Plain), None, "{size}");
    }
    let endless = Manifest { size: 300_000, chunks: vec![Hash::ZERO; 100_000] };
    assert_eq!(Manifest::read(&endless.encode(), 300_000, &endless.id(&Plain), &Plain), None);
}

#[test]
fn a_row_of_a_peer_that_claims_too_much_is_no_attachment() {
    let text = |text: &str| Value::Text(text.to_owned());
    let row = |column: &str, value: Value| {
        let mut cells: std::collections::BTreeMap<String, Value> = [
            ("kind", text("degree")),
            ("title", text("Bằng")),
            ("secrecy", text("none")),
            ("name", text("bang.pdf")),
            ("media", text("application/pdf")),
            ("size", Value::Integer(5)),
            ("content", text(&Hash::ZERO.to_string())),
            ("key", text(&Hash::ZERO.to_string())),
        ]
        .map(|(column, value)| (column.to_owned(), value))
        .into();
        cells.insert(column.to_owned(), value);
        Attachment::read(&cells)
    };
    assert!(row("number", text("1")).is_ok());
    let many: BTreeSet<String> = (0..40).map(|at| format!("field_{at}")).collect();
    let many: Vec<String> = many.into_iter().collect();
    for (column, value, fault) in [
        ("size", Value::Integer(FILE_BYTES_MAX as i64 + 1), AttachmentFault::FileTooLarge),
        ("size", Value::Integer(i64::MIN), AttachmentFault::Cell),
        ("media", text("image/svg+xml"), AttachmentFault::Cell),
        ("name", text("..\\..\\a.pdf"), AttachmentFault::Words),
        ("title", text(&"x".repeat(2000)), AttachmentFault::Words),
        ("links", text(&many.join(" ")), AttachmentFault::Links),
        ("content", text("zz"), AttachmentFault::Cell),
    ] {
        assert_eq!(row(column, value), Err(fault), "{column}");
    }
}
