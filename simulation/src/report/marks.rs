//! Signs of the page: one shape for each kind of fault, one pattern for each state.

use crate::world::FaultKind;
use crate::world::observation::Condition;

/// The sign of a fault, drawn around (0, 0), at most 10 pixels wide.
pub(super) fn sign(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Lines => r#"<path class="m" d="M-5 0q1.2-4 2.5 0t2.5 0 2.5 0 2.5 0"/>"#,
        FaultKind::Cuts => r#"<path class="m b" d="M-4-4L4 4M4-4L-4 4"/>"#,
        FaultKind::Offices => r#"<path class="m" d="M-4-4H4V4H-4Z"/>"#,
        FaultKind::Crashes => r#"<path class="m f" d="M-4.5-4H4.5L0 4.5Z"/>"#,
        FaultKind::Disks => r#"<path class="m" d="M0-5L5 0 0 5-5 0Z"/>"#,
        FaultKind::Bits => r#"<path class="m f" d="M0-5L5 0 0 5-5 0Z"/>"#,
        FaultKind::Clocks => r#"<path class="m" d="M4.5 0A4.5 4.5 0 1 1 4.5-.1ZM0-3V0H2.5"/>"#,
        FaultKind::Restores => r#"<path class="m b" d="M5 0H-4M-1-3.5L-4.5 0-1 3.5"/>"#,
        FaultKind::Clones => r#"<path class="m" d="M1-2A3 3 0 1 1 1-2.1ZM5 2A3 3 0 1 1 5 1.9Z"/>"#,
        FaultKind::Slow => r#"<path class="m f" d="M-4-5H4L-4 5H4Z"/>"#,
        FaultKind::Blackouts => r#"<path class="m f" d="M1.5-5.5L-4 1H-.5L-1.5 5.5 4-1H.5Z"/>"#,
        FaultKind::Moves => r#"<path class="m b" d="M-4.5 4.5V-1H3.5M.5-4L4-1 .5 2"/>"#,
        FaultKind::Revocations => r#"<path class="m" d="M4.5 0A4.5 4.5 0 1 1 4.5-.1ZM-3-3L3 3"/>"#,
        FaultKind::Rogues => {
            r#"<path class="m f" d="M0-5.5L1.4-1.7 5.4-1.7 2.2.7 3.4 4.6 0 2.3-3.4 4.6-2.2.7-5.4-1.7-1.4-1.7Z"/>"#
        }
    }
}

/// What a fault is, for people.
pub(super) fn fault_words(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Lines => "đường truyền xấu: mất, lặp, trễ",
        FaultKind::Cuts => "đứt đường truyền, một hoặc hai chiều",
        FaultKind::Offices => "cơ quan đóng cửa, tắt máy",
        FaultKind::Crashes => "mất điện, kể cả khi đang ghi",
        FaultKind::Disks => "đĩa đầy hoặc ghi lỗi",
        FaultKind::Bits => "lật một bit trên đĩa",
        FaultKind::Clocks => "đồng hồ sai",
        FaultKind::Restores => "khôi phục từ bản sao lưu cũ",
        FaultKind::Clones => "bản sao của đĩa chạy cùng lúc",
        FaultKind::Slow => "đĩa chậm",
        FaultKind::Blackouts => "mất điện cả tỉnh",
        FaultKind::Moves => "đơn vị chuyển sang cấp trên khác",
        FaultKind::Revocations => "thu hồi, thay máy mới",
        FaultKind::Rogues => "máy rơi vào tay kẻ gian",
    }
}

/// Patterns that the states are filled with.
pub(super) const PATTERNS: &str = r##"<defs>
<pattern id="p-apart" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#d7ecfa"/><rect width="2.4" height="6" fill="#0072b2"/></pattern>
<pattern id="p-rogue" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#1b1b1b"/><path d="M0 5L5 0" stroke="#f0e442" stroke-width="1.4"/></pattern>
<pattern id="p-revoked" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#e2e2e2"/><path d="M0 0L6 6M6 0L0 6" stroke="#777" stroke-width="1"/></pattern>
</defs>"##;

/// Every state, for the legend.
pub(super) const CONDITIONS: [Condition; 6] = [
    Condition::Settled,
    Condition::Behind,
    Condition::Apart,
    Condition::Down,
    Condition::Rogue,
    Condition::Revoked,
];

/// A stretch of one state, 12 pixels high from `y`.
pub(super) fn stretch(condition: Condition, x: f64, y: u64, width: f64, hint: &str) -> String {
    // A machine with nothing to tell is a thin line; what wants attention is high.
    let (class, top, height) = match condition {
        Condition::Settled => ("settled", y + 4, 4),
        Condition::Behind => ("behind", y, 12),
        Condition::Apart => ("apart", y, 12),
        Condition::Down => ("down", y + 1, 10),
        Condition::Rogue => ("rogue", y, 12),
        Condition::Revoked => ("revoked", y, 12),
    };
    let width = width.max(0.8);
    format!(
        r#"<rect class="{class}" x="{x:.1}" y="{top}" width="{width:.1}" height="{height}"><title>{hint}</title></rect>"#
    )
}

/// What a state is, for people.
pub(super) fn condition_words(condition: Condition) -> &'static str {
    match condition {
        Condition::Settled => "chạy, mọi lần ghi đã có ở cấp 3",
        Condition::Behind => "chạy, còn lần ghi chờ cấp 3 xác nhận",
        Condition::Apart => "chạy, không nối được với cấp trên",
        Condition::Down => "tắt",
        Condition::Rogue => "trong tay kẻ gian",
        Condition::Revoked => "đã bị thu hồi",
    }
}
