//! What is refused about reviews, the phiếu, campaigns, and decisions for many dossiers.

use dossier::campaign::CampaignFault;
use protocol::core::Refused;

use super::CliError;

/// The words for a refusal about them; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let told = |code: &str, message: &str| CliError::failed(code, message);
    Some(match code.as_str() {
        "unknown-item" => told("HS-0463", "Lần ghi không có mục này, hoặc không có trong hồ sơ."),
        "reason-needed" => told("HS-0464", "Trả lại phải nêu lý do, không quá 512 byte."),
        "unknown-form" => told("HS-0465", "Hồ sơ không có phiếu này."),
        "form-too-long" => told("HS-0466", "Phiếu quá dài: nội dung gộp lại quá 64 KiB."),
        "form-nothing-accepted" => {
            told("HS-0467", "Phiếu không có mục nào đã duyệt mà chưa có trong hồ sơ.")
                .hint("Hãy kiểm duyệt trước: «hoso form review».")
        }
        "too-many-edits" => {
            told("HS-0468", "Một lần ghi quá nhiều hồ sơ hoặc quá lớn; tối đa 1000.")
                .hint(format!("Đang có: {detail}"))
        }
        "campaign-rule" => {
            let fault = serde_json::from_value::<CampaignFault>(detail.clone().into()).ok()?;
            told("HS-0469", fault.message_vi()).hint(format!("Mã: {fault}"))
        }
        _ => return None,
    })
}
