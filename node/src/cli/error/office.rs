//! What the registry office of tier 3 refuses.

use protocol::core::Refused;

use super::CliError;

/// The words for a refusal of the office; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let failed = |code: &str, message: String| Some(CliError::failed(code, message));
    let advised =
        |code: &str, message: String, hint: &str| Some(CliError::failed(code, message).hint(hint));
    match code.as_str() {
        "not-tier-3" => advised(
            "MN-0330",
            "Việc này chỉ làm được ở máy cấp ba.".to_owned(),
            "Hãy chạy tại máy của Sở Nội vụ, hoặc chỉ đúng thư mục bằng --data-dir.",
        ),
        "unknown-unit" => advised(
            "MN-0331",
            format!("Cơ cấu tổ chức không có đơn vị {detail}."),
            "Hãy xem mã đơn vị bằng «hoso province tree --to TỆP».",
        ),
        "has-node" => advised(
            "MN-0332",
            format!("Đơn vị {detail} đã có máy."),
            "Nếu máy cũ không dùng nữa, hãy thu hồi bằng «hoso node revoke».",
        ),
        "no-node" => advised(
            "MN-0333",
            format!("Đơn vị {detail} không có máy đang dùng."),
            "Hãy xem «hoso node list».",
        ),
        "own-node" => failed("MN-0334", "Máy cấp ba không tự thu hồi chính nó.".to_owned()),
        "too-many-invites" => {
            failed("MN-0335", format!("Đang có {detail} phiếu cấp máy chưa dùng, quá nhiều."))
        }
        "address" => advised(
            "MN-0336",
            "Địa chỉ không đúng dạng MÁY:CỔNG.".to_owned(),
            "Ví dụ: dabac.hoabinh.gov.vn:7443",
        ),
        "tree-province" => failed(
            "MN-0340",
            format!("Bản mới bỏ hoặc đổi cấp của {detail}, đơn vị của máy cấp ba."),
        ),
        "tree-removes-node" => advised(
            "MN-0341",
            format!("Bản mới bỏ {detail}, đơn vị đang có máy."),
            "Hãy giữ dòng và ghi valid_to, successor; hoặc thu hồi máy trước.",
        ),
        "tree-removes-dossiers" => advised(
            "MN-0342",
            format!("Bản mới bỏ {detail}, đơn vị đang có hồ sơ."),
            "Hãy giữ dòng và ghi valid_to, successor; hồ sơ phải bàn giao trước.",
        ),
        "tree-ends-holder" => advised(
            "MN-0346",
            format!("Bản mới kết thúc {detail}, đơn vị đang giữ hồ sơ."),
            "Hãy lập phương án sắp xếp để hồ sơ về đơn vị kế thừa: «hoso reorg plan --help».",
        ),
        "node-still-holds" => advised(
            "MN-0347",
            format!("Đơn vị đã kết thúc còn hồ sơ chưa về đơn vị kế thừa: {detail}."),
            "Hãy xem còn lại những gì bằng «hoso reorg show», rồi thu hồi máy sau.",
        ),
        "tree-place" => advised(
            "MN-0345",
            format!("Đơn vị {detail} đứng sai chỗ trong ba cấp (Điều 7)."),
            "Cấp ba dưới tỉnh, cấp hai dưới Sở Nội vụ, cấp một dưới cấp hai hoặc Sở Nội vụ.",
        ),
        "tree-tier" => advised(
            "MN-0343",
            format!("Bản mới đổi cấp của {detail}, đơn vị đang có máy."),
            "Hãy lập đơn vị mới ở cấp mới, rồi kết thúc đơn vị cũ.",
        ),
        "tree-too-large" => failed("MN-0344", format!("Bản mới quá lớn để gửi đi: {detail} byte.")),
        "calendar" => failed("LH-0112", "Lịch của năm không dùng được, chưa ghi gì.".to_owned()),
        _ => None,
    }
}
