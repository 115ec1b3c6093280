//! What `hoso status` says of the node's certificate: nothing while all is well, else until when it
//! lasts and what to do.

use dossier::Timestamp;
use serde_json::{Value as Json, json};

use crate::cli::error::CliError;
use crate::cli::words;
use crate::control::CertificateShown;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Days before the end at which people are told: renewal at half life is five days overdue.
const SOON_DAYS: i64 = 15;

/// The lines for people.
pub(super) fn lines(shown: &CertificateShown, tier: u8, now: Timestamp) -> Vec<String> {
    let until = words::instant(shown.not_after);
    let left = shown.not_after.as_millis().saturating_sub(now.as_millis());
    let trouble = shown.trouble.as_ref().map(|(at, refused)| {
        let error = CliError::from(refused.clone());
        let hint = error.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
        format!("  {} (lúc {}): {}{hint}", error.code, words::instant(*at), error.message)
    });
    // With a wrong clock every certificate seems to have ended: that comes first.
    let is_clock = shown.trouble.as_ref().is_some_and(|(_, refused)| refused.code == "clock");
    let mut lines = Vec::new();
    if now < shown.not_before {
        let from = words::instant(shown.not_before);
        lines.push(format!(
            "Chứng thư của máy chỉ bắt đầu từ {from}. Hãy kiểm tra đồng hồ của máy này."
        ));
    } else if left < 0 {
        lines.push(format!("Chứng thư của máy đã hết hạn lúc {until}."));
        if trouble.is_none() {
            lines.push(match (tier, &shown.door) {
                (3, _) => "  Máy cấp ba tự gia hạn trong ít phút.".to_owned(),
                (_, Some(_)) => {
                    "  Máy tự xin chứng thư mới ở cấp ba khi có mạng. Nếu không có mạng: \
                     hoso node renew --request TỆP"
                        .to_owned()
                }
                (_, None) => "  Hãy mang tay: hoso node renew --request TỆP".to_owned(),
            });
        }
    } else if left < SOON_DAYS * DAY_MS && tier < 3 {
        let days = left / DAY_MS;
        lines.push(format!(
            "Chứng thư của máy hết hạn lúc {until}, còn {days} ngày. Hãy nối mạng với cấp trên; \
             nếu không được: hoso node renew --request TỆP"
        ));
    }
    let place = if is_clock { 0 } else { lines.len() };
    lines.splice(place..place, trouble);
    lines
}

/// The certificate for programs.
pub(super) fn as_json(shown: &CertificateShown, now: Timestamp) -> Json {
    json!({
        "not_before_ms": shown.not_before.as_millis(), "not_after_ms": shown.not_after.as_millis(),
        "ended": now > shown.not_after, "door": shown.door,
        "trouble": shown.trouble.as_ref().map(|(at, refused)| {
            let error = CliError::from(refused.clone());
            json!({ "at_ms": at.as_millis(), "code": error.code, "text": error.message })
        }),
    })
}

#[cfg(test)]
mod tests {
    use protocol::core::Refused;

    use super::*;

    fn shown(trouble: Option<&str>) -> CertificateShown {
        let refused = |code: &str| Refused { code: code.to_owned(), detail: String::new() };
        CertificateShown {
            not_before: day(0),
            not_after: day(45),
            door: Some("snv.hoabinh.gov.vn:7444".to_owned()),
            trouble: trouble.map(|code| (day(46), refused(code))),
        }
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_millis(number * DAY_MS)
    }

    fn told(trouble: Option<&str>, at: i64) -> String {
        lines(&shown(trouble), 1, day(at)).join("\n")
    }

    #[test]
    fn the_end_is_told_before_it_comes_and_after() {
        assert_eq!(told(None, 29), "");
        assert!(told(None, 31).contains("còn 14 ngày"));
        let ended = told(None, 50);
        assert!(ended.contains("đã hết hạn lúc") && ended.contains("node renew --request"));
        assert!(told(None, -1).contains("đồng hồ"));
        assert_eq!(as_json(&shown(None), day(50))["ended"], true);
    }

    #[test]
    fn a_reason_is_told_with_its_code_and_what_to_do() {
        for (code, shown, word) in [
            ("clock", "MN-0350", "kiểm tra đồng hồ trước"),
            ("late-revoked", "MN-0351", "nhận máy lại"),
            ("late-too-old", "MN-0352", "nhận máy lại"),
            ("late-unlisted", "MN-0353", "nhận máy lại"),
            ("late-unreachable", "MN-0355", "Máy tự thử lại"),
        ] {
            let text = told(Some(code), 50);
            assert!(text.contains(shown) && text.contains(word), "{text}");
        }
        assert!(told(Some("clock"), 50).trim_start().starts_with("MN-0350"));
        assert_eq!(as_json(&shown(Some("clock")), day(50))["trouble"]["code"], "MN-0350");
    }
}
