//! What is refused about reviews, the phiếu, campaigns, and decisions for many dossiers.

use dossier::campaign::CampaignFault;
use dossier::change_kind::KindFault;
use dossier::disruption::DisruptionFault;
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
        "no-conflict" => told("HS-0470", "Mục này không có gì chờ chọn."),
        "no-choice" => told("HS-0471", "Mục này không có lần chọn nào còn lùi được."),
        "unknown-side" => told("HS-0472", "Bên này không còn trong những bên chờ chọn.")
            .hint("Hãy xem lại «hoso dossier conflicts»."),
        "not-both" => {
            told("HS-0473", "Chỉ giữ được cả hai khi hai bên cùng sửa một dòng của bảng.")
        }
        "known-dossier" => told("HS-0474", "Người này đã có hồ sơ."),
        "form-missing" => told("HS-0461", "Phiếu còn thiếu mục bắt buộc.").hint(detail.clone()),
        "form-barred" => {
            told("HS-0462", "Loại này không có những mục đã điền.").hint(detail.clone())
        }
        "form-staff-type" => told("DL-0163", "Không có loại đối tượng này.").hint(detail.clone()),
        "too-many-drafts" => told("HS-0475", "Máy này có quá nhiều phiếu đang điền."),
        "too-many-edits" => {
            told("HS-0468", "Một lần ghi quá nhiều hồ sơ hoặc quá lớn; tối đa 1000.")
                .hint(format!("Đang có: {detail}"))
        }
        "disruption-rule" => {
            let fault = serde_json::from_value::<DisruptionFault>(detail.clone().into()).ok()?;
            told("HS-0476", fault.message_vi()).hint(format!("Mã: {fault}"))
        }
        "kind-rule" => {
            let fault = serde_json::from_value::<KindFault>(detail.clone().into()).ok()?;
            told("HS-0477", fault.message_vi()).hint(format!("Mã: {fault}"))
        }
        "campaign-rule" => {
            let fault = serde_json::from_value::<CampaignFault>(detail.clone().into()).ok()?;
            told("HS-0469", fault.message_vi()).hint(format!("Mã: {fault}"))
        }
        _ => return None,
    })
}
