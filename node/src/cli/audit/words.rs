//! Acts as people read them, and their stable names.

use dossier::Role;
use protocol::audit::{Act, Entry, Outcome, TimeSource};
use serde_json::{Value as Json, json};

use crate::audit::UNMASKED;
use crate::cli::words;

/// The stable name of an act.
pub(super) fn name(act: &Act) -> &'static str {
    match act {
        Act::Started => "started",
        Act::Stopped => "stopped",
        Act::LogIn => "log-in",
        Act::LogOut => "log-out",
        Act::Locked => "locked",
        Act::Opened => "opened",
        Act::HistoryRead => "history-read",
        Act::AttachmentRead(_) => "attachment-read",
        Act::Listed { .. } => "listed",
        Act::Searched { .. } => "searched",
        Act::FindingsRead { .. } => "findings-read",
        Act::Printed { .. } => "printed",
        Act::Exported { .. } => "exported",
        Act::Counted { .. } => "counted",
        Act::Created { .. } => "created",
        Act::Imported { .. } => "imported",
        Act::Edited { .. } => "edited",
        Act::Approved { .. } => "approved",
        Act::Custody { .. } => "custody",
        Act::Granted { .. } => "granted",
        Act::AccountChanged { .. } => "account-changed",
        Act::MemberListed { .. } => "member-listed",
        Act::TreeTaken { .. } => "tree-taken",
        Act::Invited { .. } => "invited",
        Act::Revoked { .. } => "revoked",
        Act::Addressed { .. } => "addressed",
        Act::Enrolled => "enrolled",
        Act::TreeDrawn => "tree-drawn",
        Act::KeyAct => "key-act",
        Act::SettingsChanged => "settings-changed",
        Act::ClockStepped { .. } => "clock-stepped",
        Act::LifeBegan { .. } => "life-began",
        Act::Incident(_) => "incident",
        Act::Quarantined => "quarantined",
        Act::AuditRead { .. } => "audit-read",
        Act::AuditExported { .. } => "audit-exported",
        Act::DebugEnabled => "debug-enabled",
        Act::CalendarDecided { .. } => "calendar-decided",
    }
}

/// An act in a few words.
fn act(act: &Act) -> String {
    let plain = match act {
        Act::Started => "máy nút bắt đầu chạy",
        Act::Stopped => "máy nút dừng",
        Act::LogIn => "đăng nhập",
        Act::LogOut => "đăng xuất",
        Act::Locked => "khóa vì thử sai nhiều lần",
        Act::Opened => "mở hồ sơ",
        Act::HistoryRead => "xem lịch sử một mục",
        Act::AttachmentRead(_) => "xem tài liệu kèm theo",
        Act::Approved { .. } => "kiểm duyệt",
        Act::Custody { .. } => "điều chuyển hồ sơ",
        Act::Granted { .. } => "cấp hoặc thu hồi quyền",
        Act::AccountChanged { .. } => "thay đổi tài khoản",
        Act::TreeTaken { .. } => "nhận cây đơn vị mới",
        Act::Enrolled => "xét một máy xin nối vào",
        Act::TreeDrawn => "soạn cây đơn vị mới",
        Act::KeyAct => "việc về khóa, chứng thư của máy",
        Act::SettingsChanged => "thay đổi cấu hình",
        Act::Quarantined => "giữ một thay đổi ở bên ngoài",
        Act::AuditRead { .. } => "xem nhật ký",
        Act::AuditExported { .. } => "xuất gói kiểm tra",
        Act::DebugEnabled => "bật ghi chi tiết",
        _ => return counted(act),
    };
    plain.to_owned()
}

fn counted(act: &Act) -> String {
    match act {
        Act::Listed { rows } => format!("xem danh sách, {rows} dòng"),
        Act::Searched { rows, .. } => format!("tìm kiếm, {rows} dòng"),
        Act::FindingsRead { rows } => format!("xem việc chờ xử lý, {rows} mục"),
        Act::Printed { copies } => format!("in {copies} bản"),
        Act::Exported { rows } => format!("kết xuất {rows} hồ sơ"),
        Act::Counted { people } => format!("thống kê trên {people} người"),
        Act::Created { new, known, refused } => entered("lập hồ sơ", *new, *known, *refused),
        Act::Imported { new, known, refused } => entered("nhập danh sách", *new, *known, *refused),
        Act::Edited { change } => match change.to_string().get(..8) {
            Some(front) if !front.starts_with("00000000") => format!("cập nhật, lần ghi {front}"),
            _ => "cập nhật".to_owned(),
        },
        Act::MemberListed { number } => format!("sổ thành viên có mục {number}"),
        Act::Invited { unit } => format!("cấp phiếu cho máy của {unit}"),
        Act::Revoked { unit } => format!("thu hồi máy của {unit}"),
        Act::Addressed { unit } => format!("ghi địa chỉ máy của {unit}"),
        Act::ClockStepped { back_ms } => format!("đồng hồ bị lùi {}", span(*back_ms)),
        Act::LifeBegan { entries, .. } => {
            format!("kho dữ liệu lùi về bản cũ, mở nhật ký mới; nhật ký trước có {entries} mục")
        }
        Act::Incident(kind) => format!("sự cố «{kind}»"),
        Act::CalendarDecided { year } => format!("ghi lịch làm việc năm {year}"),
        other => name(other).to_owned(),
    }
}

fn entered(what: &str, new: u32, known: u32, refused: u32) -> String {
    format!("{what}: {new} mới, {known} đã có, {refused} bị từ chối")
}

/// A stretch of time, for people.
pub(super) fn span(millis: u64) -> String {
    let seconds = millis / 1_000;
    match seconds {
        0..=119 => format!("{seconds} giây"),
        120..=7_199 => format!("{} phút", seconds / 60),
        7_200..=172_799 => format!("{} giờ", seconds / 3_600),
        _ => format!("{} ngày", seconds / 86_400),
    }
}

/// Who acted, for people.
pub(super) fn person(name: &str) -> &str {
    if name.is_empty() { "(không khai tên)" } else { name }
}

/// An entry as one line.
pub(super) fn line(entry: &Entry) -> String {
    let record = &entry.record;
    let held = if entry.source == TimeSource::Held { "~" } else { "" };
    let at = words::instant(entry.at);
    let mut line = format!("{:>6}  {at}{held}  {}", entry.sequence, person(&record.person));
    if let Some(role) = record.role {
        line.push_str(&format!(" ({})", role_words(role)));
    }
    line.push_str(&format!(": {}", act(&record.act)));
    let dossiers: Vec<String> =
        record.dossiers.iter().take(3).map(|name| hex::encode(&name.0[..4])).collect();
    if !dossiers.is_empty() {
        let more = if record.dossiers.len() > 3 { ", …" } else { "" };
        line.push_str(&format!(" [{}{more}]", dossiers.join(", ")));
    }
    if !record.sections.is_empty() {
        line.push_str(&format!(" ({})", shown(&record.sections)));
    }
    for (label, text) in
        [("mục đích", &record.purpose), ("văn bản", &record.document), ("từ", &record.client)]
    {
        if !text.is_empty() {
            line.push_str(&format!("; {label}: {text}"));
        }
    }
    if let Outcome::Refused(code) = &record.outcome {
        line.push_str(&format!("; BỊ TỪ CHỐI ({code})"));
    }
    // A person's own words must not command the terminal.
    line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The sections that were shown, for people.
fn shown(sections: &[String]) -> String {
    let words = sections.iter().map(|section| match section.as_str() {
        "*" => "toàn bộ phiếu",
        UNMASKED => "cả mục nhạy cảm",
        other => other,
    });
    words.collect::<Vec<_>>().join(", ")
}

fn role_words(role: Role) -> &'static str {
    words::role(role)
}

/// An entry in JSON.
pub(super) fn entry_json(entry: &Entry) -> Json {
    let record = &entry.record;
    let refused = match &record.outcome {
        Outcome::Done => None,
        Outcome::Refused(code) => Some(code),
    };
    json!({
        "sequence": entry.sequence, "previous": entry.previous, "at_ms": entry.at.as_millis(),
        "time_held": entry.source == TimeSource::Held, "unit": entry.unit, "node": entry.node,
        "incarnation": entry.incarnation, "person": record.person, "role": record.role,
        "act": name(&record.act), "detail": record.act, "purpose": record.purpose,
        "dossiers": record.dossiers.iter().map(|name| hex::encode(name.0)).collect::<Vec<_>>(),
        "sections": record.sections, "document": record.document, "client": record.client,
        "refused": refused, "text": line(entry),
    })
}
