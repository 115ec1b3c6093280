//! Files made to hurt: each is refused with its code, or read within the limits. Each comes from a
//! few lines here.

use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;

use node::import::{ChildReader, Limits};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::support::{read_sample, reader, refusal, sample};

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A workbook of one sheet, with further parts.
fn workbook(sheet_data: &str, parts: &[(&str, &str)], method: CompressionMethod) -> Vec<u8> {
    let sheet =
        format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{sheet_data}</sheetData></worksheet>");
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>\
         <sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"r1\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"r2\" Type=\"{RELATIONS}/sharedStrings\" Target=\"sharedStrings.xml\"/>\
         </Relationships>"
    );
    let root = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"r1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/>\
         </Relationships>"
    );
    let basic = [
        ("_rels/.rels", root.as_str()),
        ("xl/workbook.xml", book.as_str()),
        ("xl/_rels/workbook.xml.rels", relations.as_str()),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
    ];
    package(basic.iter().chain(parts), method)
}

fn package<'a>(
    parts: impl Iterator<Item = &'a (&'a str, &'a str)>,
    method: CompressionMethod,
) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in parts {
        writer.start_file(*name, options).expect("entry");
        writer.write_all(content.as_bytes()).expect("content");
    }
    writer.finish().expect("zip").into_inner()
}

fn small(sheet_data: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    workbook(sheet_data, parts, CompressionMethod::Deflated)
}

#[test]
fn a_small_workbook_is_read() {
    let book =
        reader().read(&small("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>", &[])).expect("book");
    assert_eq!(book.sheets[0].rows.len(), 1);
}

#[test]
fn far_cells_are_refused_by_their_place() {
    let cell =
        |place: &str| format!("<row><c r=\"A1\"><v>1</v></c><c r=\"{place}\"><v>1</v></c></row>");
    assert_eq!(refusal(&small(&cell("XFD1048576"), &[])), "NK-0110");
    assert_eq!(refusal(&small(&cell("A100001"), &[])), "NK-0110");
    assert_eq!(refusal(&small(&cell("IW2"), &[])), "NK-0111");
    assert!(reader().read(&small(&cell("IV100000"), &[])).is_ok(), "at the limit");
}

#[test]
fn bombs_are_refused_before_a_parser_sees_them() {
    assert_eq!(refusal(&small(&" ".repeat(40 << 20), &[])), "NK-0107");
    let strings = format!("<sst xmlns=\"{MAIN}\">{}</sst>", "<si/>".repeat(1_000_001));
    let many = workbook("", &[("xl/sharedStrings.xml", &strings)], CompressionMethod::Stored);
    assert_eq!(refusal(&many), "NK-0108");
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    assert_eq!(refusal(&small("", &[("docProps/app.xml", laughs)])), "NK-0109");
}

#[test]
fn unsafe_packages_are_refused() {
    let names: Vec<String> = (0..61).map(|number| format!("x{number}.xml")).collect();
    let parts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert_eq!(refusal(&small("", &parts)), "NK-0106", "65 parts");
    for name in ["../evil.xml", "xl/../../x", "/etc/x", "C:x", "inner.zip"] {
        assert_eq!(refusal(&small("", &[(name, "x")])), "NK-0106", "{name}");
    }
    assert_eq!(refusal(&small("", &[("xl/vbaProject.bin", "x")])), "NK-0105");
    let mut lying = small("", &[("xl/a.xml", &" ".repeat(3 << 20))]);
    // The directory claims an unpacked size of zero.
    let size = (3_u32 << 20).to_le_bytes();
    while let Some(place) = lying.windows(4).position(|bytes| bytes == size) {
        lying[place..place + 4].fill(0);
    }
    assert!(["NK-0107", "NK-0114"].contains(&refusal(&lying)));
}

#[test]
fn other_files_under_a_false_name_are_told_apart() {
    assert_eq!(refusal(b"<html><table><tr><td>1</td></tr></table></html>"), "NK-0103");
    assert_eq!(refusal(b"\xef\xbb\xbf<?xml version=\"1.0\"?><Workbook/>"), "NK-0103");
    assert_eq!(refusal(b"%PDF-1.7\x00\x01\x02"), "NK-0102");
    assert_eq!(refusal(b"a;b\nc;\0"), "NK-0102");
    let whole = std::fs::read(sample("loi.xlsx")).expect("sample");
    assert_eq!(refusal(&whole[..whole.len() / 2]), "NK-0114");
    let mut old = std::fs::read(sample("xa-cu.xls")).expect("sample");
    assert_eq!(refusal(&old[..4096]), "NK-0114");
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    old.extend(name);
    assert_eq!(refusal(&old), "NK-0104");
}

#[test]
fn text_files_have_limits_too() {
    assert_eq!(refusal(format!("a;b\n\"{}", "x;y\n".repeat(100_000)).as_bytes()), "NK-0112");
    assert_eq!(refusal(";x".repeat(1_000_000).as_bytes()), "NK-0111");
    assert_eq!(refusal("a;b\n".repeat(100_001).as_bytes()), "NK-0110");
    assert_eq!(refusal(&vec![b'a'; (20 << 20) + 1]), "NK-0101");
}

#[test]
fn every_cut_and_flip_of_a_workbook_is_survived() {
    let whole = std::fs::read(sample("loi.xlsx")).expect("sample");
    for step in 1..24 {
        let place = whole.len() * step / 24;
        let mut flipped = whole.clone();
        flipped[place] ^= 0x5a;
        for bytes in [&whole[..place], &flipped] {
            if let Err(error) = reader().read(bytes) {
                assert!(error.code().starts_with("NK-01"), "{}", error.code());
            }
        }
    }
}

#[test]
fn a_tag_with_ten_thousand_attributes_is_bounded() {
    let attributes: String = (0..10_000).map(|number| format!(" a{number}=\"\"")).collect();
    let sheet = format!("<row{attributes}><c r=\"A1\"><v>1</v></c></row>");
    let outcome = reader().read(&workbook(&sheet, &[], CompressionMethod::Stored));
    assert!(outcome.is_ok_and(|book| book.sheets[0].rows.len() == 1));
}

#[test]
fn a_reading_process_that_fails_is_an_error_with_a_code() {
    let code = |program: &std::path::Path| {
        let limits = Limits { child_wall_seconds: 1, ..Limits::DEFAULT };
        ChildReader::new(program.to_owned(), limits).read(b"a;b").expect_err("no reader").code()
    };
    let directory = tempfile::tempdir().expect("directory");
    let script = |name: &str, body: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("script");
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&path, mode).expect("permissions");
        path
    };
    assert_eq!(code(&script("dies", "kill -9 $$")), "NK-0120");
    assert_eq!(code(&script("hangs", "exec sleep 30")), "NK-0121");
    assert_eq!(code(&script("babbles", "echo some words that are no frame")), "NK-0122");
    assert_eq!(code(&directory.path().join("missing")), "NK-0123");
}

#[test]
fn both_processes_read_the_same() {
    for name in ["loi.xlsx", "xa-cu.xls", "so-giao-duc.csv"] {
        let bytes = std::fs::read(sample(name)).expect("sample");
        let here = node::import::reader::read_here(&bytes, &Limits::DEFAULT).expect("readable");
        assert_eq!(here, read_sample(name), "{name}");
    }
}

#[test]
fn an_old_workbook_that_asks_for_too_much_memory_stops_its_process_alone() {
    let mut old = std::fs::read(sample("xa-cu.xls")).expect("sample");
    // A text cell moved to the last corner: the parser lays out every cell before it.
    let label = [0xFD, 0x00, 0x0A, 0x00];
    let place = old.windows(4).rposition(|bytes| bytes == label).expect("a text cell");
    old[place + 4..place + 8].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x00]);
    assert_eq!(refusal(&old), "NK-0120");
}
