//! Files that are taken, and files that are not.

use std::io::{Cursor, Write};

use dossier::attachment::{FILE_BYTES_MAX, MediaType, PAGES_MAX};
use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{UnfitFile, inspect};

/// A PDF of so many pages, with something in its catalog.
pub(crate) fn pdf(pages: usize, extra: &str) -> Vec<u8> {
    let mut text = format!("%PDF-1.7\n1 0 obj\n<</Type/Catalog {extra}>>\nendobj\n");
    for page in 0..pages {
        text.push_str(&format!("{} 0 obj\n<< /Type /Page /Parent 2 0 R>>\nendobj\n", page + 3));
    }
    text.push_str("2 0 obj\n<</Length 14>>\nstream\n/JS /Launch ab\nendstream\nendobj\n");
    text.push_str("trailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n");
    text.into_bytes()
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8], data: &[u8]| {
        bytes.extend(u32::try_from(data.len()).expect("short").to_be_bytes());
        bytes.extend(kind);
        bytes.extend(data);
        bytes.extend([0; 4]);
    };
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(b"IHDR", &[&size[..], &[8, 0, 0, 0, 0]].concat());
    chunk(b"IDAT", &[0; 20]);
    chunk(b"IEND", &[]);
    bytes
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16];
    bytes.extend(b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    bytes.extend([0xff, 0xc0, 0, 11, 8]);
    bytes.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    bytes.extend([1, 1, 0x11, 0]);
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    bytes.extend([1; 40]);
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// A TIFF whose pages are of this size; the last leads to `after`.
fn tiff(pages: u32, width: u32, after: u32) -> Vec<u8> {
    const PAGE: u32 = 2 + 2 * 12 + 4;
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    for page in 0..pages {
        bytes.extend(2_u16.to_le_bytes());
        for (tag, value) in [(256_u16, width), (257, 100)] {
            bytes.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
            bytes.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
        }
        let next = if page + 1 == pages { after } else { 8 + (page + 1) * PAGE };
        bytes.extend(next.to_le_bytes());
    }
    bytes
}

fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        writer.start_file(*name, options).expect("a part");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("a zip").into_inner()
}

const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
const WORD: (&str, &[u8]) = ("word/document.xml", b"<w:document/>");

#[test]
fn what_offices_scan_and_write_is_taken() {
    let odt = MediaType::Odt.mime().as_bytes();
    for (bytes, media) in [
        (pdf(3, ""), MediaType::Pdf),
        (jpeg(100, 200), MediaType::Jpeg),
        (png(100, 200), MediaType::Png),
        (tiff(3, 2000, 0), MediaType::Tiff),
        (package(&[TYPES, WORD]), MediaType::Docx),
        (package(&[TYPES, ("xl/workbook.xml", b"<workbook/>")]), MediaType::Xlsx),
        (
            package(&[
                ("mimetype", odt),
                ("content.xml", b"<office/>"),
                ("META-INF/manifest.xml", b"<manifest/>"),
            ]),
            MediaType::Odt,
        ),
    ] {
        assert_eq!(inspect(&bytes), Ok(media));
    }
}

#[test]
fn other_files_are_refused_with_their_reason() {
    let long = vec![b'%'; FILE_BYTES_MAX as usize + 1];
    let elf = [&b"\x7fELF\x02\x01\x01"[..], &[0; 64]].concat();
    let cases: &[(&[u8], UnfitFile)] = &[
        (b"", UnfitFile::Empty),
        (&long, UnfitFile::TooLarge),
        (&long[1..], UnfitFile::Unknown),
        (&elf, UnfitFile::Program),
        (b"MZ\x90\0\x03\0\0\0", UnfitFile::Program),
        (b"#!/bin/sh\nrm -rf .", UnfitFile::Program),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><html>", UnfitFile::Markup),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", UnfitFile::Markup),
        (b"<?xml version='1.0'?><a/>", UnfitFile::Markup),
        (b"Rar!\x1a\x07\x01\0", UnfitFile::Archive),
        (b"GIF89a\x01\0\x01\0", UnfitFile::Unknown),
        ("chỉ là chữ".as_bytes(), UnfitFile::Unknown),
        (b"%PDF-1.7\n", UnfitFile::Damaged),
        (b"%PDF-x.7\nstartxref %%EOF", UnfitFile::Damaged),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", UnfitFile::Damaged),
        (b"II\x2a\0\xff\xff\xff\xff", UnfitFile::Damaged),
    ];
    for (bytes, reason) in cases {
        assert_eq!(inspect(bytes), Err(*reason), "{:?}", &bytes[..bytes.len().min(12)]);
    }
}

/// Names in an archive with their bytes.
type Members<'a> = &'a [(&'a str, &'a [u8])];

// what is infected or unreadable is not stored.
#[test]
fn documents_that_do_something_or_hide_something_are_refused() {
    for (extra, reason) in [
        ("/Encrypt 9 0 R", UnfitFile::Encrypted),
        ("/OpenAction <</S /JavaScript /JS (app.alert(1))>>", UnfitFile::Active),
        ("/OpenAction <</S /J#61vaScript>>", UnfitFile::Active),
        ("/Names <</EmbeddedFiles 4 0 R>>", UnfitFile::Active),
    ] {
        assert_eq!(inspect(&pdf(1, extra)), Err(reason), "{extra}");
    }
    let script = "/OpenAction <</S /JavaScript /JS (app.alert(1))>>";
    for hidden in ["%stream\n", "%>>stream\n", "%>>\nstream\n", "(stream\n)", "/A(b)\nstream\r\n"] {
        for end in ["", "\nendstream"] {
            let file = pdf(1, &format!("{hidden}{script}{end}"));
            assert_eq!(inspect(&file), Err(UnfitFile::Active), "{hidden}{end}");
        }
    }
    let endless = pdf(1, "").strip_suffix(b"%%EOF\n").expect("its end").to_vec();
    let endless = [&endless[..], b"3 0 obj\n<<>>\nstream\n/JS startxref\n9\n%%EOF\n"].concat();
    assert_eq!(inspect(&endless), Err(UnfitFile::Damaged), "a stream without an end");
    let exe: (&str, &[u8]) = ("word/embeddings/a.exe", b"MZ");
    let macros: &[u8] = b"<Types>application/vnd.ms-word.document.macroEnabled.main+xml</Types>";
    let entity: &[u8] = b"<!DOCTYPE x [<!ENTITY a 'a'>]><w:document/>";
    let cases: &[(Members<'_>, UnfitFile)] = &[
        (&[TYPES, WORD, ("word/vbaProject.bin", b"x")], UnfitFile::Active),
        (&[TYPES, WORD, exe], UnfitFile::Active),
        (&[("[Content_Types].xml", macros), WORD], UnfitFile::Active),
        (&[TYPES, ("word/document.xml", entity)], UnfitFile::Active),
        (&[TYPES, WORD, ("../../evil.xml", b"x")], UnfitFile::Damaged),
        (&[("a.txt", b"x")], UnfitFile::Archive),
        (&[TYPES], UnfitFile::Archive),
    ];
    for (parts, reason) in cases {
        assert_eq!(inspect(&package(parts)), Err(*reason), "{parts:?}");
    }
}

#[test]
fn two_kinds_in_one_are_refused() {
    let zip = package(&[("a.txt", b"x")]);
    for (front, back) in [
        (pdf(1, ""), zip.clone()),
        (jpeg(10, 10), zip.clone()),
        (jpeg(10, 10), b"<SCRIPT>alert(1)</SCRIPT>".to_vec()),
        (png(10, 10), b"anything".to_vec()),
        (package(&[TYPES, WORD]), b"%PDF-1.7".to_vec()),
    ] {
        assert_eq!(inspect(&[front, back].concat()), Err(UnfitFile::Polyglot));
    }
}

#[test]
fn what_unpacks_to_far_too_much_is_refused_quickly() {
    let zeros = vec![0; 30 * 1024 * 1024];
    let bomb = package(&[TYPES, WORD, ("word/media/a.bin", &zeros)]);
    assert!(bomb.len() < 100_000);
    assert_eq!(inspect(&bomb), Err(UnfitFile::Bomb));
    // The same with a lie about its size in the directory.
    let mut lying = package(&[TYPES, WORD, ("word/media/a.bin", &zeros)]);
    let length = u32::try_from(zeros.len()).expect("short").to_le_bytes();
    let places: Vec<usize> =
        (0..lying.len() - 4).filter(|at| lying[*at..*at + 4] == length).collect();
    for at in places {
        lying[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    assert!(matches!(inspect(&lying), Err(UnfitFile::Bomb | UnfitFile::Damaged)));
}

#[test]
fn pages_and_pixels_are_counted_to_the_last() {
    let most = u32::try_from(PAGES_MAX).expect("few");
    assert_eq!(inspect(&pdf(PAGES_MAX, "")), Ok(MediaType::Pdf));
    assert_eq!(inspect(&pdf(PAGES_MAX + 1, "")), Err(UnfitFile::TooManyPages));
    assert_eq!(inspect(&tiff(most, 10, 0)), Ok(MediaType::Tiff));
    assert_eq!(inspect(&tiff(most + 1, 10, 0)), Err(UnfitFile::TooManyPages));
    assert_eq!(inspect(&tiff(1, 10, 8)), Err(UnfitFile::TooManyPages), "a ring of pages");
    assert_eq!(inspect(&tiff(1, 500_000, 0)), Ok(MediaType::Tiff));
    assert_eq!(inspect(&tiff(1, 500_001, 0)), Err(UnfitFile::TooManyPixels));
    assert_eq!(inspect(&png(50_000, 1000)), Ok(MediaType::Png));
    assert_eq!(inspect(&png(50_000, 1001)), Err(UnfitFile::TooManyPixels));
    assert_eq!(inspect(&png(u32::MAX, u32::MAX)), Err(UnfitFile::TooManyPixels));
    assert_eq!(inspect(&jpeg(10_000, 5_000)), Ok(MediaType::Jpeg));
    assert_eq!(inspect(&jpeg(10_000, 5_001)), Err(UnfitFile::TooManyPixels));
    assert_eq!(inspect(&jpeg(0, 10)), Err(UnfitFile::Damaged));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        start in prop::sample::select(vec![0, 1, 2, 3, 4]),
        at in 0usize..4000,
        tail in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let whole = match start {
            0 => pdf(2, ""),
            1 => jpeg(10, 10),
            2 => png(10, 10),
            3 => tiff(2, 10, 0),
            _ => package(&[TYPES, WORD]),
        };
        let at = at % whole.len();
        let cut = [&whole[..at], &tail[..]].concat();
        let _ = inspect(&cut);
        let mut turned = whole.clone();
        for (place, byte) in (at..turned.len()).zip(tail) {
            turned[place] = byte;
        }
        let _ = inspect(&turned);
    }
}
