//! Lists in other wordings, orders and encodings.

use std::collections::BTreeSet;

use dossier::Hash;
use dossier::finding::FindingKind;
use node::import::header::Unmapped;
use node::import::{ImportPlan, Limits, Mapping, Person};

use super::support::{Province, options};

fn plan_of(bytes: &[u8]) -> ImportPlan {
    let book = node::import::reader::read_here(bytes, &Limits::DEFAULT).expect("readable");
    Province::shipped().plan(&book, None).expect("plan")
}

fn value(person: &Person, field: &str) -> String {
    match person.record.fields.get(&field.parse().expect("field")) {
        Some(dossier::Value::Text(text)) => text.clone(),
        Some(dossier::Value::Date(date)) => date.to_string(),
        Some(dossier::Value::Coded(coded)) => coded.code.clone(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

fn kinds(plan: &ImportPlan, field: &str) -> BTreeSet<FindingKind> {
    let at = |kind: &&dossier::finding::Finding| kind.path.field.as_str() == field;
    plan.findings.iter().filter(at).map(|finding| finding.kind).collect()
}

const GROUPED: &str = "\
SỞ GIÁO DỤC VÀ ĐÀO TẠO,,,,,,,
Danh sách đến 31/12/2023,,,,,,,
Số TT,Năm sinh,,Họ tên,Lương,,Màu tóc,Số CMND/CCCD
,Nam,Nữ,,Hệ số lương,Bậc,,
(1),(2),(3),(4),(5),(6),(7),(8)
TỔ TOÁN,,,,,,,
1,2/9/85,,NGUYỄN VĂN AN,\"2,34\",1,đen,017085900001
2,,1990,Lò Thị Bình,3.00,3,nâu,017190900002
Số TT,Năm sinh,,Họ tên,Lương,,Màu tóc,Số CMND/CCCD
3,12/1979,,Bùi Văn Chín,\"2,67\",2,,017079900003
Tổng cộng: 3 người,,,,,,,
,,,,,,,Người lập
";

#[test]
fn two_header_rows_other_words_and_rows_between() {
    let plan = plan_of(GROUPED.as_bytes());
    let names: Vec<String> = plan.people.iter().map(|p| value(p, "full_name")).collect();
    assert_eq!(names, ["Nguyễn Văn An", "Lò Thị Bình", "Bùi Văn Chín"]);
    let births: Vec<String> = plan.people.iter().map(|p| value(p, "birth_date")).collect();
    assert_eq!(births, ["1985-09-02", "1990", "1979-12"]);
    let sexes: Vec<String> = plan.people.iter().map(|p| value(p, "sex")).collect();
    assert_eq!(sexes, ["nam", "nữ", "nam"]);
    assert_eq!(plan.list_date.map(|day| day.to_string()).as_deref(), Some("2023-12-31"));
    assert_eq!(plan.people[2].row, 10, "rows as the spreadsheet shows them");
    let rows: Vec<u32> = plan.ignored.iter().map(|row| row.row).collect();
    assert_eq!(rows, [1, 2, 5, 6, 9, 11, 12]);
    let hair = plan.unmapped.iter().find(|column| column.heading == "Màu tóc").expect("column");
    assert_eq!((hair.reason, hair.filled), (Unmapped::Unknown, 2));
}

#[test]
fn a_mapping_names_columns_nobody_knows() {
    let text = "Ai đó;Sinh hồi;Mã\nLò Văn An;1/2/1980;X1\n";
    let book = node::import::reader::read_here(text.as_bytes(), &Limits::DEFAULT).expect("book");
    let province = Province::shipped();
    let error = province.plan(&book, None).expect_err("no known heading");
    assert_eq!(error.code(), "NK-0201");
    let mapping = Mapping::parse(
        "[columns]\n\"Ai đó\" = \"full_name\"\n\"sinh hồi\" = \"birth_date\"\n\"Mã\" = \"staff_code\"\n",
    );
    let options =
        node::import::ImportOptions { mapping: mapping.expect("mapping"), ..options(None) };
    let plan = ImportPlan::make(&book, Hash::ZERO, province.domain(), &options).expect("plan");
    assert_eq!(value(&plan.people[0], "full_name"), "Lò Văn An");
    assert!(Mapping::parse("[columns]\n\"A\" = \"Không phải mã\"\n").is_err());
    assert!(Mapping::parse("[cloumns]\n").is_err(), "unknown keys are errors");
}

#[test]
fn an_empty_list_and_an_unknown_unit_are_errors() {
    let book = |text: &str| {
        node::import::reader::read_here(text.as_bytes(), &Limits::DEFAULT).expect("readable")
    };
    let province = Province::shipped();
    let code = |text: &str, unit| province.plan(&book(text), unit).expect_err("no plan").code();
    assert_eq!(code("Họ và tên;Ngày sinh\n", None), "NK-0202");
    assert_eq!(code("", None), "NK-0201");
    assert_eq!(code("Họ và tên;Ngày sinh\n", Some("d999")), "NK-0204");
}

#[test]
fn text_in_every_encoding() {
    let text = "Họ và tên;Ngày sinh;Dân tộc\nNguyễn Văn Đạt;1/2/1980;Mường\n";
    let utf16: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let western = |text: &str| -> Vec<u8> { text.chars().map(|c| c as u8).collect() };
    let tcvn3 = western("Hä vµ tªn;Ngµy sinh;D©n téc\nNguyÔn V¨n §¹t;1/2/1980;M\u{ad}êng\n");
    let vni = western("Hoï vaø teân;Ngaøy sinh;Daân toäc\nNguyeãn Vaên Ñaït;1/2/1980;Möôøng\n");
    let cp1258 =
        encoding_rs::WINDOWS_1258.encode("Ho\u{323} và tên;Ngày sinh;Dân tô\u{323}c\nNguyê\u{303}n Văn Đa\u{323}t;1/2/1980;Mươ\u{300}ng\n").0.into_owned();
    let unmarked = &utf16[2..];
    for bytes in [text.as_bytes(), &utf16, unmarked, &tcvn3, &vni, &cp1258] {
        let plan = plan_of(bytes);
        assert_eq!(value(&plan.people[0], "full_name"), "Nguyễn Văn Đạt");
        assert_eq!(
            value(&plan.people[0], "ethnic_group"),
            value(&plan_of(text.as_bytes()).people[0], "ethnic_group")
        );
    }
    assert_eq!(kinds(&plan_of(&tcvn3), "full_name"), BTreeSet::from([FindingKind::LegacyEncoding]));
}

#[test]
fn names_that_hide_something_are_never_taken() {
    let text = "Họ và tên;Ngày sinh;Số CCCD\n\
        =HYPERLINK(\"http://x\");1/2/1980;017080900001\n\
        Lườ\u{200b}ng Hồng;1/2/1980;017080900002\n\
        Bạch \u{202e}Tiến;1/2/1980;017080900003\n";
    let plan = plan_of(text.as_bytes());
    let wanted = [FindingKind::UnsafeText, FindingKind::ForbiddenCharacter];
    assert_eq!(kinds(&plan, "full_name"), BTreeSet::from(wanted));
    assert!(
        plan.people.iter().all(|person| person.held_back && value(person, "full_name").is_empty())
    );
    let long = format!("Họ và tên;Ngày sinh\n{};1/2/1980\n", "ă".repeat(10_000));
    assert_eq!(
        kinds(&plan_of(long.as_bytes()), "full_name"),
        BTreeSet::from([FindingKind::TextTooLong])
    );
}

#[test]
fn another_order_of_rows_gives_the_same_persons_and_edits() {
    let lines = [
        "DB1;Lò Văn An;1/2/1980;017080900001;Tiếng Anh - Chứng chỉ B",
        "DB2;Bùi Thị Bình;2/3/1985;;",
        "DB3;Hà Văn Chín;1990;017090900003;",
    ];
    let list = |order: [usize; 3]| {
        let rows: Vec<&str> = order.iter().map(|place| lines[*place]).collect();
        plan_of(
            format!("Mã cán bộ;Họ và tên;Ngày sinh;Số CCCD;Ngoại ngữ\n{}\n", rows.join("\n"))
                .as_bytes(),
        )
    };
    let content = |plan: &ImportPlan| -> BTreeSet<String> {
        plan.people.iter().map(|p| format!("{} {:?}", p.import_key, p.edits())).collect()
    };
    let (first, second) = (list([0, 1, 2]), list([2, 0, 1]));
    assert_eq!(content(&first), content(&second));
    assert_eq!(content(&first).len(), 3);
}
