//! What is refused about other provinces and about packages (Điều 10.3).

use protocol::core::Refused;

use super::{CliError, Exit};

/// The words for a refusal about other provinces; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let code = code.strip_prefix("abroad-")?;
    if code == "file" {
        return Some(unsound(detail));
    }
    let (number, sentence) = match code {
        "addressee" => ("GH-0201", "Gói không gửi cho đơn vị của máy này."),
        "ended" => ("GH-0202", "Giấy giới thiệu của tỉnh kia đã hết hạn."),
        "key" => ("GH-0203", "Máy này không có khóa mở gói."),
        "known" => ("GH-0204", "Hồ sơ này đã có ở đây, không nhận thành hồ sơ mới."),
        "late" => ("GH-0205", "Gói đã quá hạn nhận, bên gửi có thể đã lấy lại hồ sơ."),
        "many" => ("GH-0206", "Đã tin quá nhiều tỉnh."),
        "number" => ("GH-0207", "Chưa ghi số giấy biên nhận."),
        "older" => ("GH-0208", "Đã có giấy giới thiệu mới hơn của tỉnh này."),
        "over" => ("GH-0209", "Hồ sơ không còn chờ lời này: đã trở lại hoặc đã gửi lần khác."),
        "own" => ("GH-0210", "Đây là giấy giới thiệu của chính tỉnh này."),
        "paper" => ("GH-0211", "Tỉnh kia có phần mềm: phải có giấy nhận có chữ ký của tỉnh ấy."),
        "refused" => ("GH-0212", "Gói này đã bị trả lại, không nhận được nữa."),
        "second" => ("GH-0213", "Phải có hai người khác nhau."),
        "stranger" => ("GH-0214", "Máy này chưa tin tỉnh đã ký."),
        "taken" => ("GH-0215", "Lời trả lời không đúng với việc đã làm ở máy này."),
        "twice" => ("GH-0216", "Tỉnh kia đã trả lời khác trước đó."),
        "words" => ("GH-0217", "Các từ đối chiếu không khớp với tệp."),
        _ => ("GH-0200", "Không làm được việc này với tỉnh khác."),
    };
    let hint = match code {
        "stranger" => "Hai người so các từ đối chiếu, rồi «hoso federation accept TỆP».".to_owned(),
        "over" | "twice" => "Hãy gọi cho bên kia và xem «hoso transfer status».".to_owned(),
        _ => format!("Căn cứ: Điều 10.3; {detail}"),
    };
    Some(CliError::failed(number, sentence).hint(hint))
}

/// The words for a file that does not hold, by the name of what does not.
pub(in crate::cli) fn unsound(what: &str) -> CliError {
    let error = CliError::failed("GH-0100", format!("Tệp không dùng được: {}.", sentence(what)));
    CliError { exit: Exit::Unverified, ..error }
}

/// What does not hold.
pub(in crate::cli) fn sentence(what: &str) -> &'static str {
    match what {
        "form" | "version" | "dossier-version" => "không phải tệp của phiên bản này",
        "digest" => "tệp đã bị sửa hoặc hỏng",
        "sealed" => "phần niêm phong đã bị sửa, bị cắt hoặc bị tráo",
        "size" => "quá lớn",
        "root" | "charter" => "chứng thư gốc hoặc điều lệ của tỉnh không khớp",
        "members" | "register" => "danh sách máy không nối liền hoặc không phải của Sở Nội vụ ký",
        "tree" => "sơ đồ tổ chức không phải của Sở Nội vụ ký",
        "links" | "chain" => "các biên bản bàn giao không nối liền hoặc thiếu chữ ký",
        "receipts" => "giấy nhận không phải của đơn vị đã nhận",
        "manifest" => "bảng kê không khớp với biên bản chuyển ra",
        "recipients" => "người mở được gói không đúng với nơi nhận",
        "signature" | "signatures" => "thiếu hoặc sai chữ ký",
        "anchor" => "giấy giới thiệu ghi điều không được phép",
        "age" => "phần niêm phong không đúng dạng age",
        "reader" | "key" => "gói không niêm phong cho máy này",
        _ => "nội dung bên trong không đúng dạng",
    }
}
