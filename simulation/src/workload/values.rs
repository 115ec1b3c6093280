//! Values as dossiers hold them: names, dates, decision numbers, long remarks.

use dossier::{FieldId, PartialDate, RowId, Value};
use node::environment::entropy::SplitMix64;

/// Groups of single fields, ten fields each.
pub(super) const GROUPS: u64 = 8;
/// Fields of one group.
pub(super) const GROUP_FIELDS: u64 = 10;

/// Tables: name, columns, rows when full.
pub(super) const TABLES: [(&str, u64, usize); 6] = [
    ("dao_tao", 6, 4),
    ("cong_tac", 5, 8),
    ("luong", 6, 8),
    ("gia_dinh", 6, 6),
    ("khen_thuong", 5, 4),
    ("danh_gia", 5, 6),
];

const SYLLABLES: [&str; 40] = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Bùi",
    "Đinh",
    "Quách",
    "Hà",
    "Xa",
    "Văn",
    "Thị",
    "Đức",
    "Minh",
    "Hòa",
    "Bình",
    "Lương",
    "Sơn",
    "Mường",
    "Khánh",
    "giáo",
    "viên",
    "trường",
    "trung",
    "học",
    "phổ",
    "thông",
    "huyện",
    "xã",
    "tỉnh",
    "công",
    "chức",
    "chuyên",
    "môn",
    "nghiệp",
    "vụ",
    "lý",
    "luận",
    "chính",
    "trị",
];

fn words(numbers: &mut SplitMix64, least: u64, span: u64) -> String {
    let count = least + numbers.below(span);
    let mut text = String::new();
    for place in 0..count {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(SYLLABLES[numbers.below(SYLLABLES.len() as u64) as usize]);
    }
    text
}

fn date(numbers: &mut SplitMix64) -> Value {
    let (year, month, day) = (numbers.below(60), numbers.below(12), numbers.below(28));
    let date = PartialDate::day(1960 + year as i16, 1 + month as u8, 1 + day as u8);
    Value::Date(date.expect("every month has 28 days"))
}

fn decision(numbers: &mut SplitMix64) -> Value {
    let (number, year) = (numbers.below(1000), 1980 + numbers.below(45));
    Value::Text(format!("{number:03}/QĐ-{year}"))
}

/// The `place`-th single field.
pub(super) fn field(place: u64) -> FieldId {
    let name = match place {
        0 => "full_name".to_owned(),
        place => format!("nhom{}_muc{}", place / GROUP_FIELDS, place % GROUP_FIELDS),
    };
    name.parse().expect("a field id")
}

/// A value for the `place`-th single field.
pub(super) fn field_value(place: u64, numbers: &mut SplitMix64) -> Value {
    match place % GROUP_FIELDS {
        0..=4 => Value::Text(words(numbers, 1, 3)),
        5 => date(numbers),
        6 => Value::Integer(numbers.below(1000) as i64),
        7 => decision(numbers),
        8 => Value::Flag(numbers.below(2) == 1),
        _ => Value::Text(words(numbers, 8, 12)),
    }
}

/// The name of a table's column.
pub(super) fn column(place: u64) -> String {
    format!("cot{place}")
}

/// A value for a table's column.
pub(super) fn cell_value(column: u64, numbers: &mut SplitMix64) -> Value {
    match column {
        0 | 1 => date(numbers),
        2 => Value::Integer(numbers.below(1000) as i64),
        3 => decision(numbers),
        _ => Value::Text(words(numbers, 1, 3)),
    }
}

/// The key of a new row.
pub(super) fn row(numbers: &mut SplitMix64) -> RowId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&numbers.next_u64().to_be_bytes());
    bytes[8..].copy_from_slice(&numbers.next_u64().to_be_bytes());
    RowId::from_bytes(bytes)
}
