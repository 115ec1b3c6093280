//! What is refused about transfers of dossiers (Điều 10).

use protocol::core::Refused;

use super::CliError;

/// The words for a refusal about custody; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let code = code.strip_prefix("custody-")?;
    let (number, sentence) = match code {
        "unknown" => ("HS-0483", "Máy này không biết ai đang giữ hồ sơ."),
        "not-custodian" => ("HS-0484", "Đơn vị này không giữ hồ sơ."),
        "no-decision" => ("HS-0485", "Chuyển hồ sơ phải có quyết định."),
        "inactive-unit" => ("HS-0486", "Đơn vị nhận không còn hoạt động."),
        "not-holder" => ("HS-0487", "Đơn vị nhận không được giữ hồ sơ."),
        "same-unit" => ("HS-0488", "Hồ sơ đang ở đơn vị đó rồi."),
        "other-body" => {
            ("HS-0489", "Đơn vị nhận thuộc cơ quan khác, phải chuyển giữa hai cơ quan.")
        }
        "one-body" => ("HS-0490", "Hai đơn vị cùng một cơ quan, chuyển trong cơ quan."),
        "not-recruiting" => {
            ("HS-0491", "Chuyển ra khỏi cơ quan do cơ quan có thẩm quyền tuyển dụng đề nghị.")
        }
        "not-received" => ("HS-0492", "Cơ quan bên kia phải nhận trước, rồi mới giao tiếp."),
        "other-document" => ("HS-0493", "Văn bản không phải văn bản đã chuyển hồ sơ đến."),
        "draft" => ("HS-0494", "Hồ sơ chưa có nội dung nào để chuyển."),
        "moving" => ("HS-0495", "Hồ sơ đang được chuyển, chưa ghi và chưa chuyển tiếp được."),
        "recovering" => {
            ("HS-0496", "Máy này vừa trở lại từ bản cũ, chờ cấp trên cho biết hồ sơ ở đâu.")
        }
        "forked" => ("HS-0497", "Hồ sơ có hai biên bản bàn giao trái nhau, bị khóa."),
        "incomplete" => ("HS-0498", "Nội dung hồ sơ chưa về đủ máy này."),
        "too-many-heads" => {
            ("HS-0499", "Hồ sơ có quá nhiều nhánh chưa gộp, hãy ghi một lần rồi chuyển.")
        }
        "no-transfer" => ("HS-0481", "Không có lần chuyển nào đang chờ việc này."),
        "officers" => ("HS-0511", "Lệnh tiếp quản cần hai người khác nhau của Sở Nội vụ."),
        "not-registrar" => ("HS-0512", "Máy này không ra lệnh tiếp quản hồ sơ được."),
        "no-late" => ("HS-0503", "Không có thay đổi đến muộn nào đang chờ xét."),
        "late-file" => (
            "HS-0504",
            "Thay đổi đến muộn có tệp đính kèm: hãy đính kèm lại, rồi ghi là không nhận.",
        ),
        "answered" => ("HS-0500", "Lần chuyển này đã được trả lời."),
        "attachments" => ("HS-0501", "Tài liệu kèm theo chưa lên đủ cấp trên, chưa chuyển được."),
        "nobody" => ("HS-0502", "Tỉnh chưa có máy cấp ba hoặc máy cấp hai để đăng ký bàn giao."),
        "outside" => ("HS-0503", "Hồ sơ đã chuyển ra ngoài tỉnh, không ai trong tỉnh ghi được."),
        "not-outside" => ("HS-0504", "Hồ sơ không ở ngoài tỉnh."),
        "addressee" => ("HS-0505", "Chưa nói rõ nơi nhận: loại cơ quan, tên, cách liên hệ."),
        "not-overdue" => {
            ("HS-0506", "Chưa hết hạn, bên kia còn có thể nhận: chưa ra lệnh lấy lại được.")
        }
        "unit-ended" => (
            "HS-0513",
            "Đơn vị giữ hồ sơ đã kết thúc: chỉ đơn vị kế thừa ghi được, sau khi nhận hồ sơ.",
        ),
        "unit-lives" => ("HS-0514", "Đơn vị giữ hồ sơ còn hoạt động."),
        "unheard" => ("HS-0507", "Máy này chưa nghe lời nào của bên kia về gói hồ sơ."),
        _ => ("HS-0480", "Không làm được việc này với lần chuyển hồ sơ."),
    };
    let hint = match code {
        "attachments" | "nobody" => "Hãy xem «hoso sync status».".to_owned(),
        "unit-ended" => {
            "Hãy ghi ở đơn vị kế thừa, hoặc hỏi Sở Nội vụ («hoso reorg show»).".to_owned()
        }
        _ => format!("Căn cứ: {detail}"),
    };
    Some(CliError::failed(number, sentence).hint(hint))
}
