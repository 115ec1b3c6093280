//! What is refused about reorganisations.

use protocol::core::Refused;

use super::CliError;

/// The words for a refusal of a reorganisation; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let (number, sentence) = match code.strip_prefix("reorg-")? {
        "size" => ("HS-0522", "Phương án trống hoặc có quá nhiều việc.".to_owned()),
        "unknown-unit" => ("HS-0523", format!("Cơ cấu tổ chức không có đơn vị {detail}.")),
        "unit-exists" => ("HS-0524", format!("Đơn vị {detail} đã có.")),
        "unit-ended" => ("HS-0525", format!("Đơn vị {detail} đã kết thúc hoặc kết thúc hai lần.")),
        "successor-ends" => {
            ("HS-0526", format!("Đơn vị kế thừa cũng không còn hoạt động: {detail}."))
        }
        "not-holder" => ("HS-0527", format!("Đơn vị kế thừa không được giữ hồ sơ: {detail}.")),
        "twice" => ("HS-0528", format!("Hồ sơ {detail} được giao cho hai nơi.")),
        "root" => ("HS-0529", format!("Phương án của tỉnh không kết thúc được {detail}.")),
        "tree" => ("HS-0530", format!("Các đơn vị không thành một cơ cấu: {detail}.")),
        "unassigned" => {
            ("HS-0531", format!("Đơn vị kết thúc còn hồ sơ chưa có nơi nhận: {detail}."))
        }
        "known" => ("HS-0532", "Phương án này đã được xác nhận.".to_owned()),
        "unknown" => ("HS-0521", "Không có phương án này.".to_owned()),
        "issued" => {
            ("HS-0533", "Cơ cấu tổ chức đã ban hành theo phương án này, không bỏ được.".to_owned())
        }
        _ => return None,
    };
    let hint = "Hãy sửa phương án và xem lại bằng «hoso reorg plan».";
    Some(CliError::failed(number, sentence).hint(hint))
}
