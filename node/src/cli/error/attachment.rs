//! What is refused about attachments and their files.

use dossier::attachment::AttachmentFault;
use protocol::core::Refused;

use super::CliError;
use crate::attachment::inspect::UnfitFile;

/// The words for a refusal about attachments; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let told = |code: &str, message: &str| CliError::failed(code, message);
    Some(match code.as_str() {
        "attachment" => {
            let fault = AttachmentFault::ALL.into_iter().find(|fault| fault.code() == detail)?;
            told("TL-0400", fault.message_vi()).hint(format!("Mã: {detail}"))
        }
        "unfit-file" => {
            let unfit = UnfitFile::ALL.into_iter().find(|unfit| unfit.code() == detail)?;
            told("TL-0401", unfit.message_vi()).hint(format!("Mã: {detail}"))
        }
        "unknown-attachment" => told("TL-0404", "Hồ sơ không có tài liệu này.")
            .hint("Mã tài liệu xem trong «hoso attachment list»."),
        "attachment-busy" => told("TL-0410", "Máy đang nhận hoặc trả tệp khác, hãy thử lại."),
        "attachment-forgotten" => told("TL-0411", "Việc dở dang đã quá lâu, hãy làm lại từ đầu."),
        "attachment-disk" => told("TL-0412", "Ổ đĩa không đọc hoặc ghi được tệp."),
        "attachment-absent" => told("TL-0420", "Nội dung tệp chưa có, hoặc hỏng, ở máy này.").hint(
            "Máy đang hỏi cấp trên, cấp dưới. Hãy làm lại sau khi có mạng, hoặc thêm --wait.",
        ),
        _ => return None,
    })
}
