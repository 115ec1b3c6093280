//! To what purpose dossiers are opened, searched, printed and taken out (Điều 5.1).

/// The purpose of a session in which nothing else was said: the duty the person is assigned to.
pub const DUTY: &str = "quản lý hồ sơ theo phân công";

/// Short words for frequent purposes, and what is recorded for them.
pub const PURPOSES: [(&str, &str); 9] = [
    ("quan-ly", DUTY),
    ("cap-nhat", "cập nhật hồ sơ"),
    ("kiem-duyet", "kiểm duyệt hồ sơ"),
    ("can-bo", "quy hoạch, bổ nhiệm, điều động, luân chuyển"),
    ("luong", "nâng bậc lương, chế độ, chính sách"),
    ("khen-ky-luat", "khen thưởng, kỷ luật"),
    ("xac-minh", "xác minh lý lịch"),
    ("kiem-tra", "thanh tra, kiểm tra"),
    ("ca-nhan", "theo yêu cầu của người có hồ sơ"),
];

/// What is recorded for what a person typed: a short word stands for its sentence, anything else
/// for itself.
pub fn purpose(typed: &str) -> String {
    let typed = dossier::fold::tidy(typed);
    let known = PURPOSES.iter().find(|(word, _)| *word == typed);
    known.map_or(typed, |(_, sentence)| (*sentence).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_word_stands_for_its_sentence() {
        assert_eq!(purpose(" xac-minh "), "xác minh lý lịch");
        assert_eq!(purpose("đối chiếu  bằng cấp"), "đối chiếu bằng cấp");
        assert_eq!(purpose(""), "");
    }
}
