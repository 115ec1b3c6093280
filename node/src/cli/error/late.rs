//! Why a node whose certificate ended did not get the next one.

use protocol::core::Refused;

use super::CliError;

/// The words for a late renewal that failed; `None` when something else was refused.
pub(super) fn refusal(refused: &Refused) -> Option<CliError> {
    let again = "Phải nhận máy lại: xin phiếu ở cấp ba rồi chạy «hoso node enrol» với thư mục mới.";
    let Refused { code, detail } = refused;
    let (code, message, hint) = match code.as_str() {
        "clock" => {
            let hint = "Hãy chỉnh giờ, rồi chạy «hoso node renew». Các lý do khác chỉ xét sau đó.";
            ("MN-0350", format!("Hãy kiểm tra đồng hồ trước: {}.", clock(detail)), hint)
        }
        "late-revoked" => ("MN-0351", "Máy này đã bị thu hồi.".to_owned(), again),
        "late-too-old" => {
            ("MN-0352", "Chứng thư đã hết hạn quá 60 ngày, không gia hạn được.".to_owned(), again)
        }
        "late-unlisted" => {
            ("MN-0353", "Máy này không có trong danh sách máy của tỉnh.".to_owned(), again)
        }
        "late-not-ended" => (
            "MN-0354",
            "Chứng thư còn hạn, cấp ba không gia hạn muộn.".to_owned(),
            "Máy tự gia hạn khi kết nối được với cấp trên.",
        ),
        "late-superior" => (
            "MN-0363",
            "Chứng thư của cấp trên đã hết hạn, không phải của máy này.".to_owned(),
            "Hãy báo cho cấp trên. Máy này vẫn làm việc được, dữ liệu chờ gửi.",
        ),
        "late-unreachable" => (
            "MN-0355",
            "Không liên lạc được với cấp ba để gia hạn chứng thư.".to_owned(),
            "Máy tự thử lại. Hoặc mang tay: hoso node renew --request TỆP",
        ),
        "late-no-door" => (
            "MN-0356",
            "Máy này không biết địa chỉ nhận máy của cấp ba.".to_owned(),
            "Hãy mang tay: hoso node renew --request TỆP",
        ),
        "late-stale" => (
            "MN-0357",
            "Yêu cầu đã quá 72 giờ, hoặc đồng hồ của máy lập yêu cầu sai.".to_owned(),
            "Hãy xem đồng hồ máy đó, rồi lập lại: hoso node renew --request TỆP",
        ),
        "late-wrong-unit" => (
            "MN-0358",
            "Chứng thư không phải của đơn vị ghi trong yêu cầu.".to_owned(),
            "Hãy lập lại yêu cầu tại đúng máy.",
        ),
        "late-no-proof" | "late-request" => (
            "MN-0359",
            "Yêu cầu gia hạn không chứng minh được là của máy này.".to_owned(),
            "Hãy lập lại yêu cầu tại đúng máy: hoso node renew --request TỆP",
        ),
        "late-answer" => (
            "MN-0360",
            "Trả lời không phải của cấp ba cho yêu cầu gần nhất của máy này.".to_owned(),
            "Hãy lập lại yêu cầu và mang đến cấp ba: hoso node renew --request TỆP",
        ),
        "late-no-paper" => (
            "MN-0361",
            "Máy này không có yêu cầu nào đang chờ trả lời.".to_owned(),
            "Hãy lập yêu cầu trước: hoso node renew --request TỆP",
        ),
        "late-own" => (
            "MN-0362",
            "Máy cấp ba tự gia hạn chứng thư của chính nó.".to_owned(),
            "Hãy chạy lệnh này ở máy cấp dưới.",
        ),
        _ => return None,
    };
    Some(CliError::failed(code, message).hint(hint))
}

const DAY_MS: u64 = 24 * HOUR_MS;
const HOUR_MS: u64 = 60 * 60 * 1000;

/// How wrong the own clock is, as far as it is known.
fn clock(ahead_ms: &str) -> String {
    let Ok(ahead_ms) = ahead_ms.parse::<i64>() else {
        return match ahead_ms {
            "superior" => "theo giờ máy này, chứng thư của cấp trên cũng ngoài thời hạn".to_owned(),
            _ => "đồng hồ máy này khác đồng hồ cấp ba".to_owned(),
        };
    };
    let how = if ahead_ms > 0 { "nhanh" } else { "chậm" };
    let off = match ahead_ms.unsigned_abs() {
        far @ DAY_MS.. => format!("{} ngày", far / DAY_MS),
        near => format!("{} giờ", near / HOUR_MS),
    };
    format!("đồng hồ máy này {how} hơn cấp ba khoảng {off}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_told_in_days_or_hours() {
        assert!(clock("5184000000").ends_with("nhanh hơn cấp ba khoảng 60 ngày"));
        assert!(clock("-7200000").ends_with("chậm hơn cấp ba khoảng 2 giờ"));
        assert!(clock("").contains("khác đồng hồ cấp ba"));
        assert!(clock("superior").contains("cấp trên"));
    }

    #[test]
    fn every_refusal_of_tier_3_has_words_of_its_own() {
        use certs::enrolment::LateRefusal as Why;

        let all = [
            Why::Revoked,
            Why::TooOld,
            Why::NotEnded,
            Why::Unlisted,
            Why::Stale,
            Why::WrongUnit,
            Why::NoProof,
        ];
        let mut codes: Vec<String> = all
            .iter()
            .map(|why| refusal(&crate::engine::late(*why)).expect("words").code)
            .collect();
        codes.dedup();
        assert_eq!(codes.len(), all.len());
    }
}
