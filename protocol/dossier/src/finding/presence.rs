//! What must be there, fit its shape and range, and be in its catalog.

use super::{Bench, Cell, FindingKind, Scope};
use crate::form::{FieldDefinition, FieldKind, Pattern};
use crate::{UnitId, Value};

pub(super) fn judge(bench: &mut Bench<'_>) {
    required(bench);
    for (cell, field, value) in bench.cells() {
        match (&field.kind, value) {
            (FieldKind::Integer { min, max }, Value::Integer(number))
                if !(min..=max).contains(&number) =>
            {
                let name = &field.name_vi;
                let message =
                    format!("{name}: phải từ {min} đến {max}. Hãy kiểm tra lại số đã nhập.");
                bench.report_at(cell, FindingKind::OutOfRange, message);
            }
            (FieldKind::Enum { open: false, .. }, Value::Text(_) | Value::Coded(_)) => {
                in_catalog(bench, cell, field, value);
            }
            (FieldKind::Unit, Value::Text(_) | Value::Coded(_)) => {
                in_tree(bench, cell, field, value)
            }
            (_, Value::Text(text)) if !fits(field.pattern, text) => {
                bench.report_at(cell, FindingKind::FormatInvalid, format_message(field));
            }
            _ => {}
        }
    }
    discipline_fits_staff(bench);
}

fn required(bench: &mut Bench<'_>) {
    let record = bench.record;
    for field in bench.form.items().iter().filter(|field| field.is_required()) {
        let asked = bench.list_date.is_none_or(|day| field.validity.covers(day))
            && !record.not_asked.contains(&field.id)
            && !bench.closed.contains(&(None, field.id.clone()));
        if asked && record.fields.get(&field.id).is_none_or(Value::is_blank) {
            let message = match field.id.as_str() {
                "religion" => {
                    "Tôn giáo: còn trống. Nếu không theo tôn giáo nào, hãy ghi Không.".into()
                }
                _ => format!("{}: còn trống, là mục bắt buộc. Hãy nhập giá trị.", field.name_vi),
            };
            bench.report_at((None, field.id.clone()), FindingKind::RequiredMissing, message);
        }
    }
}

fn in_catalog(bench: &mut Bench<'_>, cell: Cell, field: &FieldDefinition, value: &Value) {
    let Some(catalog) = bench.catalog_of(field) else { return };
    let known = match value {
        Value::Coded(coded) => catalog.get(&coded.code).is_some(),
        Value::Text(text) => text.trim().is_empty() || catalog.find(text).is_some(),
        _ => true,
    };
    if known {
        return;
    }
    let written = label(value);
    let advice = match catalog.suggest(written) {
        Some(entry) => format!("Có phải là “{}”?", entry.label),
        None => "Hãy chọn một giá trị trong danh mục.".to_owned(),
    };
    let message = format!("{}: “{written}” không có trong danh mục. {advice}", field.name_vi);
    bench.report_at(cell, FindingKind::NotInCatalog, message);
}

fn in_tree(bench: &mut Bench<'_>, cell: Cell, field: &FieldDefinition, value: &Value) {
    let id = |value: &Value| match value {
        Value::Coded(coded) => coded.code.parse::<UnitId>().ok(),
        _ => None,
    };
    let unit = id(value).filter(|unit| bench.tree.get(unit).is_some());
    let body = bench.value(Scope::Fields, "managing_body").and_then(id);
    let known = match (&unit, body) {
        (Some(unit), Some(body)) if field.id.as_str() == "using_unit" => {
            bench.tree.is_within(unit, &body)
        }
        (Some(_), _) => true,
        (None, _) => label(value).trim().is_empty(),
    };
    if !known {
        let message = format!(
            "{}: “{}” không có trong cơ cấu tổ chức. Hãy chọn đơn vị đang hoạt động.",
            field.name_vi,
            label(value)
        );
        bench.report_at(cell, FindingKind::NotInCatalog, message);
    }
}

fn label(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        Value::Coded(coded) => &coded.label,
        _ => "",
    }
}

fn fits(pattern: Option<Pattern>, text: &str) -> bool {
    let digits = |count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let class = |part: &str, range: std::ops::RangeInclusive<u8>| {
        part.bytes().all(|b| b.is_ascii_digit()) && part.parse().is_ok_and(|n| range.contains(&n))
    };
    match pattern {
        // Citizen numbers have kinds of their own; an empty text is a matter of presence.
        None | Some(Pattern::CitizenNumber) => true,
        Some(_) if text.trim().is_empty() => true,
        Some(Pattern::Phone) => digits(10) && text.starts_with('0'),
        Some(Pattern::SocialInsurance) => digits(10),
        Some(Pattern::EducationClass) => text
            .split_once('/')
            .is_some_and(|(reached, system)| class(reached, 1..=12) && class(system, 10..=12)),
    }
}

fn format_message(field: &FieldDefinition) -> String {
    let shape = match field.pattern {
        Some(Pattern::Phone) => "phải có 10 chữ số, bắt đầu bằng số 0",
        Some(Pattern::SocialInsurance) => "phải có 10 chữ số",
        Some(Pattern::EducationClass) => "phải ghi lớp/hệ, ví dụ 12/12 hoặc 7/10",
        Some(Pattern::CitizenNumber) | None => "không đúng dạng",
    };
    format!("{}: {shape}. Hãy sửa theo giấy tờ gốc.", field.name_vi)
}

fn discipline_fits_staff(bench: &mut Bench<'_>) {
    let Some(staff) = bench.entry(Scope::Fields, "staff_type", "staff_type") else { return };
    for position in bench.rows("discipline") {
        let row = Scope::Row("discipline", position);
        let Some(form) = bench.entry(row, "discipline.form", "discipline_form") else { continue };
        let whose = form.attribute("applies_to");
        if whose.is_some_and(|whose| whose != "party_member" && whose != staff.code) {
            let message = format!(
                "Kỷ luật: hình thức “{}” không áp dụng cho {}. Hãy chọn hình thức đúng đối tượng.",
                form.label, staff.label
            );
            bench.report(row, "discipline.form", FindingKind::NotApplicable, message);
        }
    }
}
