//! The list written back with its findings.

use node::import::{FileKind, Limits, error_file};

use super::support::{Province, read_sample, reader};

#[test]
fn a_workbook_comes_back_with_its_findings_and_nothing_lost() {
    let (book, province) = (read_sample("loi.xlsx"), Province::shipped());
    let plan = province.plan(&book, None).expect("plan");
    let bytes = error_file::to_bytes(&book, &plan).expect("error file");
    let back = reader().read(&bytes).expect("the error file is readable");
    assert_eq!(back.sheets.len(), book.sheets.len() + 1);
    assert_eq!(back.sheets.last().map(|sheet| sheet.name.as_str()), Some("Tổng hợp"));
    let people = &back.sheets[0];
    let added = *book.sheets[0].rows[&3].keys().next_back().expect("header") + 1;
    assert_eq!(people.rows[&3][&added].shown(), error_file::HEADING);
    for finding in plan.findings.iter().filter(|f| f.path.sheet.as_deref() == Some("Danh sách")) {
        let row = finding.path.row.expect("row") - 1;
        assert!(people.rows[&row][&added].shown().contains(&finding.message_vi));
    }
    for (row, cells) in &book.sheets[0].rows {
        for (column, cell) in cells {
            let written = people.rows[row][column].shown();
            assert!(written == cell.shown() || written == format!("'{}", cell.shown()));
        }
    }
    let again = province.plan(&back, None).expect("plan of the error file");
    assert_eq!(again.people.len(), plan.people.len());
}

#[test]
fn text_comes_back_as_text_without_running_anything() {
    let text = "Họ và tên;Ngày sinh\n=1+1;30/2/1980\n";
    let book = node::import::reader::read_here(text.as_bytes(), &Limits::DEFAULT).expect("book");
    let plan = Province::shipped().plan(&book, None).expect("plan");
    let bytes = error_file::to_bytes(&book, &plan).expect("error file");
    let written = String::from_utf8(bytes.clone()).expect("utf-8");
    assert!(
        written.starts_with("\u{feff}Họ và tên;Ngày sinh;Lỗi\r\n'=1+1;30/2/1980;"),
        "{written}"
    );
    let back = node::import::reader::read_here(&bytes, &Limits::DEFAULT).expect("book");
    assert_eq!((back.kind, back.sheets[0].rows.len()), (FileKind::Csv, 2));
}

#[test]
fn the_old_list_comes_back_in_unicode() {
    let book = read_sample("xa-cu.xls");
    let plan = Province::shipped().plan(&book, Some("d151")).expect("plan");
    let bytes = error_file::to_bytes(&book, &plan).expect("error file");
    let back = reader().read(&bytes).expect("readable");
    assert_eq!(back.sheets[0].rows[&2][&4].shown(), "HMông");
    assert_eq!(back.sheets[0].rows[&1][&24].shown(), error_file::HEADING);
}
