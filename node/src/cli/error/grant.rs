//! What is refused about rights given by document, and about readings that need one.

use dossier::conduct::ConductFault;
use dossier::grant::GrantFault;
use protocol::core::Refused;

use super::CliError;

/// The words for a refusal about grants; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let told = |code: &str, message: &str| CliError::failed(code, message);
    Some(match code.as_str() {
        "grant-rule" => {
            let fault = serde_json::from_value::<GrantFault>(detail.clone().into()).ok()?;
            told("UQ-0200", fault.message_vi()).hint(format!("Mã: {fault}"))
        }
        "conduct-rule" => {
            let fault = serde_json::from_value::<ConductFault>(detail.clone().into()).ok()?;
            told("UQ-0220", fault.message_vi()).hint(format!("Mã: {fault}"))
        }
        "acknowledge-first" => CliError::failed(
            "UQ-0221",
            format!("Chưa xác nhận trách nhiệm của năm {detail} (Điều 12.3)."),
        )
        .hint("Hãy đọc và xác nhận: hoso account acknowledge --agree"),
        "acknowledge-other" => {
            told("UQ-0222", "Máy này dùng bản trách nhiệm khác với chương trình này.")
                .hint("Hãy dùng cùng phiên bản chương trình với máy nút.")
        }
        "notice" => told("UQ-0201", "Bản ghi quyền không đúng chữ ký hoặc chưa đối chiếu được."),
        "person-needed" => told("UQ-0202", "Chưa có tên người lập bản ghi.")
            .hint("Hãy thêm --person \"Họ tên\", hoặc đặt biến HOSO_PERSON."),
        "consent-needed" => {
            told("UQ-0210", "Hồ sơ ngoài phạm vi được giao: phải có văn bản cho phép (Điều 8.1).")
                .hint("Hãy thêm --document SỐ của văn bản cho phép xem hồ sơ này.")
        }
        "consent-unknown" => {
            told("UQ-0211", "Không có văn bản số đó đang cho bạn xem hồ sơ này (Điều 8.1).")
                .hint("Văn bản có thể đã hết hạn, đã kết thúc, hoặc không ghi hồ sơ này.")
        }
        "consent-section" => {
            told("UQ-0212", "Văn bản không cho xem phần này của phiếu (Điều 8.1).")
        }
        "bulk-export" => told(
            "UQ-0214",
            "Đã in hoặc kết xuất nhiều hồ sơ trong một giờ: kết xuất hàng loạt phải được Sở Nội vụ cho phép (Điều 5.3).",
        )
        .hint("Đề nghị Sở Nội vụ cho phép (hoso grant copies, hai người ký), hoặc chờ hết giờ."),
        "archived-already" | "archive-bent" => {
            told("LT-0101", "Kho lưu trữ không nối tiếp được, chưa lưu trữ.")
                .hint("Hãy kiểm tra: hoso archive check")
        }
        "archive-files" => CliError::failed(
            "LT-0102",
            format!("Còn {detail} tệp kèm theo chưa về máy này, chưa lưu trữ."),
        )
        .hint("Hãy chờ tệp về: hoso attachment list"),
        "report-period" => told("BC-0102", "Kỳ báo cáo này chưa bắt đầu hoặc không có (Điều 13.1)."),
        "report-missing" => CliError::failed(
            "BC-0103",
            format!("Còn đơn vị chưa báo cáo kỳ này: {detail} (Điều 16.5)."),
        )
        .hint("Hãy chờ báo cáo của các đơn vị ấy, hoặc thêm --despite \"LÝ DO\"."),
        "search-form" => told("DL-0198", "Từ hoặc điều kiện trống, quá dài hoặc quá nhiều."),
        "search-covered" => CliError::failed(
            "UQ-0215",
            format!("Mục «{detail}» là mục nhạy cảm, không tìm, không đếm được khi đang che (Điều 5)."),
        )
        .hint("Hãy thêm --unmask --purpose \"MỤC ĐÍCH\"; có ghi nhật ký."),
        "purpose-needed" => told("UQ-0213", "Phải nói rõ mục đích khai thác (Điều 5).")
            .hint("Hãy thêm --purpose \"MỤC ĐÍCH\"."),
        _ => return None,
    })
}
