//! How values, instants and legal bases are written for people.

use dossier::change_kind;
use dossier::finding::Level;
use dossier::{LegalBasis, PartialDate, Role, Timestamp, Value};
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use protocol::core::Provenance;

/// Vietnam's offset; the country has one zone and no summer time.
const HOURS_EAST: i8 = 7;

/// A value as the paper shows it.
pub fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Hundredths(number) => hundredths(*number),
        Value::Date(day) => date(*day),
        Value::Flag(true) => "có".to_owned(),
        Value::Flag(false) => "không".to_owned(),
        Value::Coded(coded) => coded.label.clone(),
    }
}

fn hundredths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let size = number.unsigned_abs();
    format!("{sign}{},{:02}", size / 100, size % 100)
}

/// A day as `dd/mm/yyyy`; a month or a year where no more is known.
pub(crate) fn date(date: PartialDate) -> String {
    match date.parts() {
        (year, Some(month), Some(day)) => format!("{day:02}/{month:02}/{year}"),
        (year, Some(month), None) => format!("{month:02}/{year}"),
        (year, None, _) => year.to_string(),
    }
}

/// A stored date text `YYYY[-MM[-DD]]` as people write it.
pub(crate) fn date_text(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), date)
}

/// An instant as day and minute in Vietnam.
pub(crate) fn instant(at: Timestamp) -> String {
    zoned(at).map_or_else(|| "không rõ".to_owned(), |at| at.strftime("%d/%m/%Y %H:%M").to_string())
}

/// An instant of whole seconds.
pub(crate) fn seconds(at: i64) -> String {
    instant(Timestamp::from_millis(at.saturating_mul(1_000)))
}

/// The day of an instant in Vietnam.
pub(crate) fn day(at: Timestamp) -> Option<Date> {
    zoned(at).map(|at| at.date())
}

fn zoned(at: Timestamp) -> Option<jiff::Zoned> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(at.to_zoned(TimeZone::fixed(Offset::constant(HOURS_EAST))))
}

/// The document or declaration a change rests on.
pub(crate) fn basis(basis: &LegalBasis) -> String {
    match basis {
        LegalBasis::Decision { issuer, number, signed_on, effective_on, .. }
        | LegalBasis::OfKind { issuer, number, signed_on, effective_on, .. } => {
            let effect =
                effective_on.map(|day| format!(", hiệu lực từ {}", date(day))).unwrap_or_default();
            let kind = basis.decision().and_then(|it| it.kind).map(change_kind::written);
            let kind = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
            format!("Quyết định {number}{kind} của {issuer} ký ngày {}{effect}", date(*signed_on))
        }
        LegalBasis::Declaration { signed_on } => {
            format!("Bản kê khai cá nhân ký ngày {}", date(*signed_on))
        }
        LegalBasis::Received { signed_on, received_on } => {
            let (signed, received) = (date(*signed_on), date(*received_on));
            format!("Bản kê khai cá nhân ký ngày {signed}, nhận ngày {received}")
        }
        LegalBasis::Correction { reason } => format!("Đính chính: {reason}"),
        LegalBasis::Import { list, row, .. } => format!("Danh sách «{list}», dòng {row}"),
        LegalBasis::Office => "Việc của cơ quan, không nhập dữ liệu".to_owned(),
    }
}

/// A capacity.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Clerk => "cán bộ nhập liệu",
        Role::Approver => "người duyệt",
        Role::Administrator => "quản trị",
        Role::Inspector => "thanh tra",
    }
}

/// How far a change is known to be held; never more than was acknowledged.
pub fn level(held_above: [bool; 2]) -> &'static str {
    match held_above {
        [_, true] => "đã có ở cấp 3",
        [true, false] => "đã có ở cấp 2",
        [false, false] => "đã ghi máy này",
    }
}

/// Who wrote, at which unit, when.
pub(crate) fn writer(provenance: &Provenance) -> String {
    let unit = provenance.unit.as_ref().map_or("đơn vị không rõ", |unit| unit.as_str());
    format!(
        "{} ({}, {unit}), {}",
        provenance.meta.person,
        role(provenance.meta.role),
        seconds(provenance.at_seconds)
    )
}

/// A provenance in JSON.
pub(crate) fn provenance_json(provenance: &Provenance) -> serde_json::Value {
    serde_json::json!({
        "person": provenance.meta.person,
        "role": provenance.meta.role,
        "unit": provenance.unit,
        "node": provenance.node,
        "change": provenance.change,
        "at_seconds": provenance.at_seconds,
        "basis": provenance.meta.basis,
        "basis_text": basis(&provenance.meta.basis),
        "level": match provenance.held_above { [_, true] => 3, [true, _] => 2, _ => 1 },
        "level_text": level(provenance.held_above),
    })
}

/// How grave a finding is.
pub(crate) fn grade(level: Level) -> &'static str {
    match level {
        Level::Error => "lỗi",
        Level::Warning => "cảnh báo",
        Level::Hint => "gợi ý",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_the_vietnamese_way() {
        assert_eq!(value(&Value::Hundredths(234)), "2,34");
        assert_eq!(value(&Value::Hundredths(-5)), "-0,05");
        for (stored, shown) in
            [("1985-09-02", "02/09/1985"), ("1985-09", "09/1985"), ("1962", "1962")]
        {
            assert_eq!(date_text(stored), shown);
        }
        assert_eq!(date_text("không rõ"), "không rõ");
    }

    #[test]
    fn instants_are_those_of_vietnam() {
        assert_eq!(seconds(1_735_664_400), "01/01/2025 00:00");
    }

    #[test]
    fn a_level_is_what_was_acknowledged() {
        assert_eq!(level([false, false]), "đã ghi máy này");
        assert_eq!(level([true, false]), "đã có ở cấp 2");
        assert_eq!(level([true, true]), "đã có ở cấp 3");
        assert_eq!(level([false, true]), "đã có ở cấp 3");
    }
}
