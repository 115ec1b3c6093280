//! The sentences that tell a clerk what is wrong with a cell, and what to do.

use dossier::PartialDate;
use dossier::finding::FindingKind;
use dossier::form::FieldDefinition;

use crate::import::legacy::Encoding;

pub(super) fn error_value(field: &FieldDefinition, error: &str) -> String {
    format!("{}: ô báo lỗi {error}. Hãy nhập lại giá trị.", field.name_vi)
}

pub(super) fn formula(field: &FieldDefinition) -> String {
    format!("{}: ô chứa công thức. Hãy dán lại dưới dạng giá trị.", field.name_vi)
}

/// Text that may not stand.
pub(super) fn fault(kind: FindingKind, field: &FieldDefinition) -> String {
    let name = &field.name_vi;
    match kind {
        FindingKind::ForbiddenCharacter => {
            format!("{name}: có ký tự ẩn hoặc ký tự đảo chiều. Hãy xóa ô và gõ lại bằng tay.")
        }
        FindingKind::TextTooLong => {
            format!("{name}: dài quá {} ký tự. Hãy kiểm tra nội dung dán nhầm.", field.text_max())
        }
        _ => format!("{name}: có mã lệnh hoặc công thức. Hãy gõ lại thành chữ thường."),
    }
}

pub(super) fn legacy(field: &FieldDefinition, encoding: Encoding) -> String {
    let (name, font) = (&field.name_vi, encoding.name());
    format!("{name}: chữ viết bằng phông {font}, đã chuyển sang Unicode. Hãy kiểm tra lại chữ.")
}

pub(super) fn no_date(field: &FieldDefinition, text: &str) -> String {
    let (name, text) = (&field.name_vi, text.trim());
    format!("{name}: “{text}” không phải ngày có trong lịch. Hãy ghi ngày/tháng/năm.")
}

pub(super) fn partial(field: &FieldDefinition, date: PartialDate) -> String {
    let known = match date.parts() {
        (year, Some(month), _) => format!("tháng {month:02}/{year}"),
        (year, ..) => format!("năm {year}"),
    };
    let name = &field.name_vi;
    format!("{name}: chỉ có {known}, chưa đủ ngày tháng năm. Giữ nguyên như đã ghi.")
}

pub(super) fn zero(field: &FieldDefinition) -> String {
    format!("{}: ô kiểu số làm mất số 0 đầu, đã thêm lại. Hãy kiểm tra.", field.name_vi)
}

pub(super) fn no_number(field: &FieldDefinition) -> String {
    format!("{}: không phải số. Hãy nhập lại.", field.name_vi)
}

pub(super) fn wrong_kind(field: &FieldDefinition) -> String {
    format!("{}: không đúng kiểu dữ liệu. Hãy nhập lại.", field.name_vi)
}
