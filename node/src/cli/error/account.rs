//! What is refused about accounts, passwords and sessions.

use dossier::{Timestamp, account::AccountFault};
use protocol::core::Refused;

use super::CliError;
use crate::cli::account::standing_vi;
use crate::cli::words;

/// The words for a refusal about accounts; `None` when another room refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let Refused { code, detail } = refused;
    let moment = || {
        let millis = detail.parse().unwrap_or_default();
        words::instant(Timestamp::from_millis(millis))
    };
    let told = |code: &str, message: &str| CliError::failed(code, message);
    let again = "Hãy đăng nhập: hoso account login --login TÊN";
    Some(match code.as_str() {
        "account-rule" => {
            let fault = serde_json::from_value::<AccountFault>(detail.clone().into()).ok()?;
            told("TK-0200", fault.message_vi()).hint(format!("Mã: {fault}"))
        }
        "accounts-tier-3" => {
            told("TK-0201", "Chỉ Sở Nội vụ được cấp, phân quyền, thu hồi tài khoản (Điều 6.2).")
                .hint("Hãy chạy tại máy của Sở Nội vụ.")
        }
        "accounts" | "accounts-gap" => told(
            "TK-0202",
            "Bản ghi không nối tiếp danh sách tài khoản, hoặc không do Sở Nội vụ ký.",
        )
        .hint("Hãy lấy lại tệp bằng «hoso account export» ở cấp ba."),
        "sign-in" => told("TK-0210", "Tên đăng nhập, mật khẩu hoặc mã hai lớp không đúng."),
        "account-locked" => {
            CliError::failed("TK-0211", format!("Sai nhiều lần, đang khóa đến {}.", moment()))
                .hint("Mất mật khẩu thì báo cáo để được cấp lại (Điều 16.6).")
        }
        "activation" => told("TK-0212", "Tên đăng nhập hoặc mã kích hoạt không đúng."),
        "activation-typo" => told("TK-0213", "Mã kích hoạt gõ nhầm: hãy xem lại từng nhóm."),
        "activation-used" => told("TK-0214", "Mã kích hoạt này đã dùng. Mỗi mã dùng một lần."),
        "activation-ended" => {
            CliError::failed("TK-0215", format!("Mã kích hoạt đã hết hạn lúc {}.", moment()))
                .hint("Sở Nội vụ cấp mã mới bằng «hoso account reissue» (Điều 16.6).")
        }
        "activate-first" => told(
            "TK-0216",
            "Đây là mã kích hoạt: lần đầu phải đổi thành mật khẩu riêng (Điều 16.1).",
        )
        .hint("hoso account activate --login TÊN"),
        "account-standing" => CliError::failed(
            "TK-0217",
            format!("Không được dùng tài khoản: {} (Điều 15.2).", standing_vi(detail)),
        ),
        "account-elsewhere" => CliError::failed(
            "TK-0218",
            format!("Tài khoản của {detail} được dùng ở máy của đơn vị đó."),
        ),
        "account-offline" => CliError::failed(
            "TK-0219",
            format!(
                "Máy đã quá {detail} ngày không liên lạc với cấp trên: chỉ xem được tình trạng."
            ),
        )
        .hint("Hãy nối mạng, hoặc nhận bản ghi mang tay: hoso account deliver TỆP"),
        "second-missing" => {
            told("TK-0220", "Cấp này phải có mã hai lớp.").hint("Hãy thêm --second.")
        }
        "second-unset" => told("TK-0222", "Việc này phải có mã hai lớp; bạn chưa có.")
            .hint("Nhận mã: hoso account second"),
        "second-needed" => {
            told("TK-0223", "Việc này phải có mã hai lớp.").hint("Hãy thêm --second.")
        }
        "second-wrong" => told("TK-0224", "Mã hai lớp không đúng hoặc đã dùng.")
            .hint("Mỗi mã dùng một lần: hãy đợi mã tiếp theo hiện trên điện thoại."),
        "second-set" => told("TK-0225", "Bạn đã có mã hai lớp.")
            .hint("Mất điện thoại thì báo cáo để được cấp lại (Điều 16.6)."),
        "signed-in-elsewhere" => told("TK-0221", "Người này đang đăng nhập ở nơi khác (Điều 5.2)."),
        "session-needed" => told("TK-0230", "Đơn vị đã có tài khoản: phải đăng nhập.").hint(again),
        "session-ended" => told("TK-0231", "Phiên đã kết thúc.").hint(again),
        "account-right" => told("TK-0232", "Tài khoản không có quyền này (Điều 6.2, 14.3, 16.1)."),
        "account-scope" => told("TK-0233", "Ngoài phạm vi được giao (Điều 6.2, 16.1)."),
        "password-short" => told("TK-0240", "Mật khẩu phải từ 12 ký tự, hoặc cụm từ 4 từ trở lên."),
        "password-plain" => told("TK-0241", "Mật khẩu dùng quá ít ký tự khác nhau."),
        "password-long" => told("TK-0242", "Mật khẩu dài quá 1024 byte."),
        "password-login" => told("TK-0243", "Mật khẩu không được chứa tên đăng nhập."),
        "password-code" => told("TK-0244", "Mật khẩu không được là mã kích hoạt (Điều 16.1)."),
        "password-used" => told("TK-0245", "Mật khẩu này đã dùng trong 5 lần gần nhất."),
        _ => return None,
    })
}
