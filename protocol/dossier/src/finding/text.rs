//! Text that may not stand: hidden characters, markup, formulas, too long.

use super::{Bench, FindingKind};
use crate::Value;
use crate::form::FieldDefinition;

/// The gravest fault of a text as it stands in a cell, before any reading; `None` when clean.
pub fn text_fault(text: &str, characters_max: usize) -> Option<FindingKind> {
    if text.chars().any(is_forbidden) {
        Some(FindingKind::ForbiddenCharacter)
    } else if is_markup(text) || is_formula(text) {
        Some(FindingKind::UnsafeText)
    } else if text.chars().nth(characters_max).is_some() {
        Some(FindingKind::TextTooLong)
    } else {
        None
    }
}

pub(super) fn judge(bench: &mut Bench<'_>) {
    for (cell, field, value) in bench.cells() {
        let text = match value {
            Value::Text(text) => text,
            Value::Coded(coded) => &coded.label,
            _ => continue,
        };
        if let Some(kind) = text_fault(text, field.text_max()) {
            bench.report_at(cell, kind, message(kind, field));
        }
    }
}

fn message(kind: FindingKind, field: &FieldDefinition) -> String {
    let name = &field.name_vi;
    match kind {
        FindingKind::ForbiddenCharacter => {
            format!("{name}: có ký tự ẩn hoặc ký tự đảo chiều. Hãy xóa ô và gõ lại bằng tay.")
        }
        FindingKind::TextTooLong => {
            let most = field.text_max();
            format!("{name}: dài quá {most} ký tự. Hãy kiểm tra xem có dán nhầm nội dung không.")
        }
        _ => format!("{name}: có mã lệnh hoặc công thức. Hãy gõ lại thành chữ thường."),
    }
}

/// Direction overrides, zero-width characters, byte-order marks and control characters. The soft
/// hyphen is not among them: in TCVN3 it is the letter `ư`.
fn is_forbidden(letter: char) -> bool {
    match letter {
        '\t' | '\n' | '\r' => false,
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        // The C1 range stays: old code pages put letters there.
        other => u32::from(other) < 0x20 || other == '\u{7f}',
    }
}

fn is_markup(text: &str) -> bool {
    let opens_tag = |pair: &[u8]| {
        pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || matches!(pair[1], b'/' | b'!' | b'?'))
    };
    text.as_bytes().windows(2).any(opens_tag)
        || ["javascript:", "vbscript:"]
            .iter()
            .any(|scheme| text.to_ascii_lowercase().contains(scheme))
}

/// Whether a spreadsheet would run the text. A leading `+` or `-` alone is common in plain text
/// and phone numbers; with a call, a pipe or a sheet reference it is not.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start();
    let calls = || text.contains(['(', '|', '!']);
    match text.as_bytes() {
        [b'=' | b'@', second, ..] => !second.is_ascii_whitespace(),
        [b'+' | b'-', second, ..] => !second.is_ascii_whitespace() && calls(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_told_apart() {
        let fault = |text: &str| text_fault(text, 1_000);
        for hidden in ["Bùi\u{200b} Văn", "\u{202e}Bùi", "\u{feff}Bùi", "Bùi\0"] {
            assert_eq!(fault(hidden), Some(FindingKind::ForbiddenCharacter), "{hidden:?}");
        }
        for run in ["=HYPERLINK(\"x\")", " @SUM(A1)", "+cmd|' /C calc'!A0", "-1+cmd|x", "=1+1"] {
            assert_eq!(fault(run), Some(FindingKind::UnsafeText), "{run}");
        }
        for markup in ["<img src=x>", "a</b>", "<!--", "JavaScript:alert(1)"] {
            assert_eq!(fault(markup), Some(FindingKind::UnsafeText), "{markup}");
        }
        assert_eq!(fault(&"ư".repeat(1_001)), Some(FindingKind::TextTooLong));
        assert_eq!(fault(&"<b>".repeat(1_001)), Some(FindingKind::UnsafeText), "order of kinds");
    }

    #[test]
    fn plain_writing_is_left_alone() {
        for text in ["", "- Không", "+84 999 123 456", "a < b", "5 > 3", "=", "Mường", "M\u{ad}êng"]
        {
            assert_eq!(text_fault(text, 1_000), None, "{text}");
        }
        assert_eq!(text_fault(&"ư".repeat(1_000), 1_000), None);
    }
}
