//! The citizen number: digits, province of registration, century and sex, year of birth.

use super::{Bench, Cell, FindingKind, Scope};
use crate::Value;
use crate::form::{FieldDefinition, Pattern};

/// An identifier without the blanks, dots and no-break spaces people write between its digits.
pub fn tidy_identifier(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '.' | '-')).collect()
}

pub(super) fn judge(bench: &mut Bench<'_>) {
    for (cell, field, value) in bench.cells() {
        if let (Some(Pattern::CitizenNumber), Value::Text(text)) = (field.pattern, value)
            && !text.trim().is_empty()
        {
            number(bench, &cell, field, text);
        }
    }
}

fn number(bench: &mut Bench<'_>, cell: &Cell, field: &FieldDefinition, text: &str) {
    let name = &field.name_vi;
    if !matches!(text.len(), 9 | 12) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("{name}: phải có đúng 9 hoặc 12 chữ số. Hãy gõ lại theo thẻ.");
        bench.report_at(cell.clone(), FindingKind::IdFormat, message);
        return;
    }
    if text.len() == 9 {
        return;
    }
    let province = &text[..3];
    let known = bench.catalogs.get("cccd_province").is_none_or(|list| list.get(province).is_some());
    if !known {
        let message = format!("{name}: {province} không phải mã tỉnh, thành phố. Hãy xem lại thẻ.");
        bench.report_at(cell.clone(), FindingKind::IdProvinceUnknown, message);
    }
    let Some((year, _, _)) = bench.date(Scope::Fields, "birth_date").map(|date| date.parts())
    else {
        return;
    };
    if text[4..6] != format!("{:02}", year.rem_euclid(100)) {
        let message = format!(
            "{name}: chữ số thứ 5 và 6 là {}, không khớp năm sinh {year}. Hãy xem lại thẻ và ngày sinh.",
            &text[4..6]
        );
        bench.report_at(cell.clone(), FindingKind::IdYearMismatch, message);
    }
    let Some(sex) = bench.entry(Scope::Fields, "sex", "sex") else { return };
    let expected = century_digit(year, &sex.code);
    if expected.is_some_and(|digit| text.as_bytes()[3] != digit) {
        let message = format!(
            "{name}: chữ số thứ 4 không khớp giới tính {} và năm sinh {year}. Hãy xem lại thẻ.",
            sex.label
        );
        bench.report_at(cell.clone(), FindingKind::IdSexMismatch, message);
    }
}

/// The fourth digit: 0 and 1 for men and women born 1900-1999, 2 and 3 for the next century.
fn century_digit(year: i16, sex: &str) -> Option<u8> {
    let centuries = u8::try_from((year.checked_sub(1900)?).div_euclid(100)).ok()?;
    let female = match sex {
        "nam" => 0,
        "nữ" => 1,
        _ => return None,
    };
    (centuries <= 4).then(|| b'0' + centuries * 2 + female)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourth_digit_tells_century_and_sex() {
        assert_eq!(century_digit(1978, "nam"), Some(b'0'));
        assert_eq!(century_digit(1999, "nữ"), Some(b'1'));
        assert_eq!(century_digit(2000, "nữ"), Some(b'3'));
        assert_eq!((century_digit(1899, "nam"), century_digit(2400, "nam")), (None, None));
    }

    #[test]
    fn blanks_between_digits_are_no_part_of_the_number() {
        assert_eq!(tidy_identifier("017 085\u{a0}912.345"), "017085912345");
        assert_eq!(tidy_identifier("O17"), "O17", "a letter is not repaired silently");
    }
}
