//! A reorganisation in words, and as JSON.

use dossier::UnitId;
use protocol::core::{EndedShown, ReorgShown, ReorgStage};
use serde_json::{Value as Json, json};

use crate::cli::province::tree::{change_json, line};
use crate::cli::words;

/// How much of a name is shown.
const NAME: usize = 12;

pub(super) fn lines(it: &ReorgShown) -> Vec<String> {
    let id: String = it.id.to_string().chars().take(NAME).collect();
    let mut lines = vec![format!("Sắp xếp {id}: {}, hiệu lực {}", stage(it.stage), it.effective)];
    lines.push(format!("  căn cứ: {}", words::basis(&it.decision)));
    for (officer, act) in it.officers.iter().zip(["trình", "xác nhận"]) {
        lines.push(format!("  {} {act} {}", officer.person, words::instant(officer.at)));
    }
    if let Some(version) = it.version {
        lines.push(format!("  cơ cấu tổ chức bản {version}"));
    }
    lines.extend(it.changes.iter().map(line));
    lines.extend(it.ended.iter().flat_map(ended));
    for (unit, above) in &it.unreachable {
        lines.push(format!(
            "  lưu ý: máy của {unit} sẽ gọi máy của {above}, nhưng chưa có địa chỉ: \
             hoso node address --unit {above} MÁY:CỔNG"
        ));
    }
    lines
}

fn ended(it: &EndedShown) -> Vec<String> {
    let successors: Vec<&str> = it.successors.iter().map(UnitId::as_str).collect();
    let to = match successors.as_slice() {
        [] => "không có đơn vị kế thừa".to_owned(),
        all => format!("về {}", all.join(", ")),
    };
    let left = match it.before {
        Some(before) => format!("{} hồ sơ lúc kết thúc, còn {}", before, it.dossiers),
        None => format!("{} hồ sơ", it.dossiers),
    };
    let mut lines = vec![format!("  {} {to}: {left}", it.unit)];
    let rest: Vec<String> = [
        (it.moving, "hồ sơ đang chuyển"),
        (it.undecided, "hồ sơ có phần để ngoài chưa xét"),
        (it.accounts, "tài khoản còn gắn với đơn vị"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if !rest.is_empty() {
        lines.push(format!("    {}", rest.join("; ")));
    }
    if it.node {
        let may = if it.is_empty() { "thu hồi được" } else { "chưa thu hồi được" };
        lines.push(format!("    máy của đơn vị còn đang dùng, {may}"));
    }
    lines
}

fn stage(stage: ReorgStage) -> &'static str {
    match stage {
        ReorgStage::Plan => "xem trước",
        ReorgStage::Begun => "chờ người thứ hai xác nhận",
        ReorgStage::Waiting => "chờ ngày hiệu lực",
        ReorgStage::Stuck => "vướng, cơ cấu hiện nay không cho thực hiện",
        ReorgStage::Working => "đang chuyển hồ sơ",
        ReorgStage::Done => "đã xong",
    }
}

pub(super) fn as_json(it: &ReorgShown) -> Json {
    let ended = |it: &EndedShown| {
        json!({ "unit": it.unit, "successors": it.successors, "dossiers": it.dossiers,
            "before": it.before, "moving": it.moving, "undecided": it.undecided,
            "accounts": it.accounts, "node": it.node, "empty": it.is_empty() })
    };
    let officers: Vec<Json> = it
        .officers
        .iter()
        .map(|it| json!({ "person": it.person, "login": it.login, "at_ms": it.at.as_millis() }))
        .collect();
    let unreachable = |(unit, above): &(UnitId, UnitId)| json!({ "unit": unit, "above": above });
    json!({ "id": it.id, "stage": it.stage, "decision": it.decision, "effective": it.effective,
        "officers": officers, "version": it.version,
        "changes": it.changes.iter().map(change_json).collect::<Vec<_>>(),
        "ended": it.ended.iter().map(ended).collect::<Vec<_>>(),
        "unreachable": it.unreachable.iter().map(unreachable).collect::<Vec<_>>() })
}
