//! Attachments: rows in a dossier, what bulk streams carry, the table, the file on the shelf.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use dossier::attachment::{
    Attachment, Content, ContentKey, Description, Kind, Link, MediaType, Secrecy,
};
use dossier::{Hash, RowId};
use node::attachment::{digest::ContentDigest, shelf::Shelf};
use node::environment::{Disk as _, MemoryDisk, disk::read_whole};
use node::seal::Vault;
use protocol::attachment::{BulkFrame, ContentPlace, Later, Manifest, Want, held_tip};
use protocol::codec;
use protocol::core::{ContentState, StoredContent};
use serde_bytes::ByteBuf;
use tests::golden::{compare, hex_lines};

use super::fixtures;

const KEY: ContentKey = ContentKey::from_bytes([7; 32]);

fn content() -> Vec<u8> {
    (0..600_u32).map(|at| (at % 251) as u8).collect()
}

fn place() -> ContentPlace {
    let digest = ContentDigest::new(&KEY);
    let content = Manifest::of(&content(), &digest).id(&digest);
    ContentPlace { dossier: fixtures::dossier_id(), content }
}

#[test]
fn the_row_of_an_attachment_has_its_cells() {
    let row = RowId::from_bytes([3; 16]);
    let attachment = Attachment {
        description: Description {
            kind: Kind::Degree,
            number: "12/BTN".to_owned(),
            issued_on: Some("2015-06-20".parse().expect("a date")),
            issuer: "Đại học Tây Bắc".to_owned(),
            title: "Bằng tốt nghiệp đại học".to_owned(),
            links: BTreeSet::from([Link::Row { table: "education".to_owned(), row }]),
            secrecy: Secrecy::Open,
        },
        content: Content {
            name: "bằng.pdf".to_owned(),
            media: MediaType::Pdf,
            size: 600,
            id: place().content,
            key: KEY,
        },
        removed: Some("quét nhầm".to_owned()),
    };
    let cells = attachment.cells();
    assert_eq!(Attachment::read(&cells), Ok(attachment));
    let lines: Vec<String> =
        cells.iter().map(|(column, value)| format!("{column} {value:?}\n")).collect();
    compare("attachment-row-v1.txt", &lines.concat());
}

#[test]
fn bulk_frames_have_their_bytes() {
    let manifest = Manifest::of(&content(), &ContentDigest::new(&KEY));
    let frames = [
        ("offer", BulkFrame::Offer(place())),
        ("want", BulkFrame::Want(Want { place: place(), manifest: true, chunks: vec![0, 199] })),
        ("manifest", BulkFrame::Manifest(ByteBuf::from(manifest.encode()))),
        ("chunk", BulkFrame::Chunk { index: 3, bytes: ByteBuf::from(vec![1, 2, 3]) }),
        ("held", BulkFrame::Held(Vec::new())),
        ("later", BulkFrame::Later(Later::Busy)),
    ];
    let mut text = String::new();
    for (name, frame) in frames {
        let bytes = frame.encode();
        assert_eq!(BulkFrame::decode(&bytes), Ok(frame), "{name}");
        text.push_str(&format!("{name}\n{}", hex_lines(&bytes)));
    }
    text.push_str(&format!("tip of a word\n{}\n", held_tip(&place())));
    compare("bulk-frames-v1.txt", &text);
}

#[test]
fn the_row_of_a_content_has_its_bytes() {
    let stored =
        StoredContent { size: 600, key: KEY, state: ContentState::Here, held: [None, None] };
    let bytes = codec::encode(&stored);
    assert_eq!(codec::decode::<StoredContent>(&bytes), Ok(stored));
    let text = format!("key\n{}value\n{}", hex_lines(&place().key()), hex_lines(&bytes));
    compare("content-row-v1.txt", &text);
}

#[test]
fn the_file_of_a_content_has_its_bytes() {
    let disk = MemoryDisk::new();
    let shelf = Shelf::at(Arc::new(disk.clone()), Vault::in_memory(1), Path::new("attachments"), 0);
    let digest = ContentDigest::new(&KEY);
    let manifest = Manifest::of(&content(), &digest);
    shelf.begin(&place(), &manifest).expect("room");
    shelf.put(&place(), 0, &content()).expect("room");
    shelf.sync(&place()).expect("synced");
    let group =
        Path::new("attachments").join(&disk.list(Path::new("attachments")).expect("one")[0]);
    let name = disk.list(&group).expect("one").remove(0);
    let bytes = read_whole(&disk, &group.join(&name), 1 << 20).expect("read");
    let text = format!(
        "name\n{}/{name}\nlength\n{}\ndigest\n{}\nmanifest\n{}chunk\n{}",
        group.display(),
        bytes.len(),
        Hash::of(&bytes),
        hex_lines(&bytes[..64]),
        hex_lines(&bytes[16 * 1024..16 * 1024 + 64]),
    );
    compare("shelf-v1.txt", &text);
    assert_eq!(shelf.chunk(&place(), &manifest, 0, &digest).expect("a chunk"), content());
}
