//! `hoso status`: what this node holds, how far its changes are known to be, whom it is in touch
//! with.
//!
//! **Invariant:** "đã đồng bộ" is said only when the superior's comparison said equal and every own
//! change is acknowledged above.

use clap::Args;
use protocol::core::{Incident, IncidentKind, NeighbourShown, SyncState};
use protocol::{Answer, Command, wire::RefusalCode};
use serde_json::{Value as Json, json};

use super::check::{due_json, standing};
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::{alert_json, alert_text};
use super::library::Library;
use super::{Outcome, words};
use crate::account::{AccountAnswer, AccountOrder};
use crate::control::{CertificateOrder, ConductAnswer, ConductOrder, Request, Response};
use crate::grant::{GrantAnswer, GrantOrder};

mod certificate;

const EXAMPLES: &str = "\
Ví dụ:
  hoso status
  hoso status --json";

/// Incidents that are listed for people, the latest.
const LISTED: usize = 10;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask()?;
        let state = asker.status()?;
        let Answer::Incidents(incidents) = asker.core(Command::Incidents)? else {
            return Err(CliError::unexpected());
        };
        let Response::Traffic { sent_bytes, received_bytes, connections } =
            asker.call(&Request::Traffic)?
        else {
            return Err(CliError::unexpected());
        };
        let order = Request::Certificate(CertificateOrder::Show);
        let Response::Certificate(shown) = asker.call(&order)? else {
            return Err(CliError::unexpected());
        };
        let order = Request::Account(AccountOrder::List);
        let Response::Account(AccountAnswer::List(accounts)) = asker.call(&order)? else {
            return Err(CliError::unexpected());
        };
        let order = Request::Grant(GrantOrder::Alerts);
        let Response::Grant(GrantAnswer::Alerts(alerts)) = asker.call(&order)? else {
            return Err(CliError::unexpected());
        };
        let order = Request::Conduct(ConductOrder::Waiting);
        let Response::Conduct(ConductAnswer::Waiting { all, critical, checks }) =
            asker.call(&order)?
        else {
            return Err(CliError::unexpected());
        };
        let issued = accounts.accounts.iter().any(|account| account.unit == state.unit);
        let now = desk.environment.clock.now();
        if desk.out.is_json() {
            let mut answer = as_json(&state);
            answer["sign_in_needed"] = json!(issued);
            answer["certificate"] = certificate::as_json(&shown, now);
            answer["incidents"] = incidents.iter().map(incident_json).collect();
            answer["alerts"] = alerts.iter().map(alert_json).collect();
            answer["tickets"] = json!({ "waiting": all, "critical": critical });
            answer["checks"] = checks.iter().map(due_json).collect();
            answer["traffic"] = json!({ "sent_bytes": sent_bytes,
                "received_bytes": received_bytes, "connections": connections });
            desk.out.answer(&answer);
            return Ok(Exit::Done);
        }
        desk.out.heading(library.unit_name(&state.unit));
        desk.out.say(format_args!("  cấp {}, máy {}", state.tier, state.node));
        let ends = certificate::lines(&shown, state.tier, now);
        ends.iter().chain(&lines(&state)).for_each(|line| desk.out.say(line));
        desk.out.say(if issued {
            "Tài khoản: đơn vị đã được cấp, phải đăng nhập để làm việc với hồ sơ."
        } else {
            "Tài khoản: đơn vị chưa được cấp, chưa cần đăng nhập; ai dùng máy này cũng ghi được."
        });
        desk.out.say(format_args!(
            "Đường truyền: gửi {sent_bytes} byte, nhận {received_bytes} byte, {connections} kết nối"
        ));
        if all > 0 {
            desk.out.say(format_args!(
                "Chờ trả lời: {all} vướng mắc, kiến nghị, trong đó {critical} nghiêm trọng; xem «hoso ticket list»"
            ));
        }
        for check in checks.iter().filter(|it| it.due || it.failed) {
            desk.out.say(standing(check));
        }
        if !alerts.is_empty() {
            desk.out.heading(format_args!("Cảnh báo: {}", alerts.len()));
            for alert in alerts.iter().take(LISTED) {
                desk.out.say(format_args!("  {}", alert_text(alert)));
            }
        }
        if !incidents.is_empty() {
            desk.out.heading(format_args!("Sự cố: {}", incidents.len()));
            for incident in incidents.iter().rev().take(LISTED) {
                desk.out.say(format_args!("  {}", incident_text(incident)));
            }
        }
        Ok(Exit::Done)
    }
}

/// Counts, levels and neighbours, for people.
pub fn lines(state: &SyncState) -> Vec<String> {
    let totals = &state.totals;
    let mut lines = vec![
        format!("Hồ sơ: {}, {} lần ghi", totals.dossiers, totals.changes),
        format!("Máy này đã ghi: {} ({})", totals.own, words::level([false, false])),
    ];
    if state.tier < 2 {
        lines.push(format!("  {}: {}", words::level([true, false]), totals.own_tier2));
    }
    if state.tier < 3 {
        lines.push(format!("  {}: {}", words::level([true, true]), totals.own_tier3));
    }
    if totals.conflicts > 0 {
        lines.push(format!(
            "Chờ người chọn: {} mục, xem «hoso dossier conflicts»",
            totals.conflicts
        ));
    }
    if totals.quarantined > 0 {
        lines.push(format!(
            "Bị giữ bên ngoài: {} thay đổi, xem «hoso dossier quarantine»",
            totals.quarantined
        ));
    }
    lines.extend(contents(state));
    if state.disk_full {
        lines.push(
            "Ổ đĩa đầy: chỉ còn xem được chừng nào nhật ký còn chỗ; không ghi, không nhận thêm được."
                .to_owned(),
        );
    }
    if state.neighbours.is_empty() {
        lines.push("Chưa kết nối với máy nào. Vẫn làm việc được, dữ liệu chờ gửi.".to_owned());
    }
    if let Some(refused) = &state.refused {
        let (at, why) = (words::instant(refused.at), refusal(refused.code));
        lines.push(format!("Cấp trên {} không nhận máy này, lúc {at}: {why}", refused.unit));
    }
    lines.extend(state.neighbours.iter().map(neighbour));
    lines.push(verdict(state));
    lines
}

/// Attachments whose contents have not come to where they should be; nothing where there are none.
fn contents(state: &SyncState) -> Vec<String> {
    let contents = &state.contents;
    let mut lines = Vec::new();
    if contents.here > 0 {
        lines.push(format!("Tài liệu kèm theo: {} tệp ở máy này", contents.here));
    }
    let [tier2, tier3] = contents.owed;
    if tier2 > 0 {
        lines.push(format!("  {tier2} tệp chưa lên cấp 2"));
    }
    if tier3 > 0 {
        lines.push(format!("  {tier3} tệp chưa lên cấp 3"));
    }
    if contents.missing > 0 {
        lines.push(format!("  {} tệp chưa về máy này", contents.missing));
    }
    lines
}

/// Why a superior does not let this node in.
pub(crate) fn refusal(code: u16) -> String {
    if code == RefusalCode::Revoked as u16 {
        return "máy đã bị thu hồi.".to_owned();
    }
    if code == RefusalCode::Unlisted as u16 {
        return "máy không có trong danh sách của tỉnh.".to_owned();
    }
    if code == RefusalCode::Clone as u16 {
        return "máy khác đang dùng cùng khóa này.".to_owned();
    }
    if code == RefusalCode::Full as u16 {
        return "ổ đĩa máy đó đầy. Máy này sẽ tự gọi lại, dữ liệu chờ gửi.".to_owned();
    }
    format!("mã {code}.")
}

/// A clock that differs by less is not told, in seconds: greetings take time.
const CLOCK_TOLERANCE_S: i64 = 60;
const CLOCK_BEHIND_S: i64 = -CLOCK_TOLERANCE_S;

fn neighbour(neighbour: &NeighbourShown) -> String {
    let side = if neighbour.upper { "Cấp trên" } else { "Cấp dưới" };
    let flow = match (neighbour.live, neighbour.drained) {
        (false, _) => "đang chào hỏi",
        (true, false) => "đang truyền",
        (true, true) => "đã truyền hết phần đang có",
    };
    let agreed = match neighbour.agreed {
        None => "chưa so khớp".to_owned(),
        Some((at, true)) => format!("so khớp lúc {}: giống nhau", words::instant(at)),
        Some((at, false)) => format!("so khớp lúc {}: KHÁC NHAU", words::instant(at)),
    };
    let heard = words::instant(neighbour.last_heard);
    let clock = match neighbour.clock_ahead_ms / 1_000 {
        ahead @ CLOCK_TOLERANCE_S.. => format!("; đồng hồ máy đó nhanh hơn máy này {ahead} giây"),
        behind @ ..=CLOCK_BEHIND_S => {
            format!("; đồng hồ máy đó chậm hơn máy này {} giây", -behind)
        }
        _ => String::new(),
    };
    format!("{side} {}: {flow}; {agreed}; nghe lúc {heard}{clock}", neighbour.unit)
}

/// Changes of this node that nobody above, and that tier 3, has not acknowledged. What tier 3 has
/// needs no tier 2: a unit may call it itself.
pub(crate) fn waiting(state: &SyncState) -> [u64; 2] {
    let totals = &state.totals;
    let above = totals.own_tier2.max(totals.own_tier3);
    [totals.own.saturating_sub(above), totals.own.saturating_sub(totals.own_tier3)]
}

/// Whether the superior said equal and every own change is acknowledged above.
pub(super) fn is_synced(state: &SyncState) -> bool {
    let agreed = state.neighbours.iter().any(|neighbour| {
        neighbour.upper && neighbour.drained && matches!(neighbour.agreed, Some((_, true)))
    });
    state.tier < 3 && agreed && waiting(state) == [0, 0]
}

/// One honest sentence.
pub(crate) fn verdict(state: &SyncState) -> String {
    if state.tier == 3 {
        return "Máy này là cấp 3, không có cấp trên để đồng bộ.".to_owned();
    }
    if is_synced(state) {
        return "Đã đồng bộ với cấp trên.".to_owned();
    }
    let differs = state
        .neighbours
        .iter()
        .any(|neighbour| neighbour.upper && matches!(neighbour.agreed, Some((_, false))));
    match waiting(state) {
        [0, 0] if differs => {
            "Cấp trên đã xác nhận mọi lần ghi của máy này, nhưng lần so khớp gần nhất KHÁC NHAU; \
             hai máy đang tự sửa, chạy «hoso sync now» để so lại."
                .to_owned()
        }
        [0, 0] => "Cấp trên đã xác nhận mọi lần ghi của máy này; chưa so khớp toàn bộ hồ sơ, \
                   chạy «hoso sync now» để so."
            .to_owned(),
        [0, three] => format!("Còn {three} lần ghi của máy này chờ cấp 3 xác nhận."),
        [two, _] => format!("Còn {two} lần ghi của máy này chờ cấp trên xác nhận."),
    }
}

/// The state for programs.
pub(super) fn as_json(state: &SyncState) -> Json {
    let neighbours: Vec<Json> = state
        .neighbours
        .iter()
        .map(|neighbour| {
            json!({ "unit": neighbour.unit, "upper": neighbour.upper, "live": neighbour.live,
                "drained": neighbour.drained, "clock_ahead_ms": neighbour.clock_ahead_ms,
                "last_heard_ms": neighbour.last_heard.as_millis(),
                "agreed": neighbour.agreed.map(|(at, equal)| {
                    json!({ "at_ms": at.as_millis(), "equal": equal })
                }) })
        })
        .collect();
    let totals = &state.totals;
    let [tier2, tier3] = waiting(state);
    json!({
        "node": state.node, "unit": state.unit, "tier": state.tier,
        "dossiers": totals.dossiers, "changes": totals.changes,
        "acknowledged": { "local": totals.own, "tier2": totals.own_tier2, "tier3": totals.own_tier3 },
        "waiting": { "tier2": tier2, "tier3": tier3 },
        "attachments": { "here": state.contents.here, "bytes": state.contents.bytes,
            "waiting": { "tier2": state.contents.owed[0], "tier3": state.contents.owed[1] },
            "missing": state.contents.missing },
        "conflicts": totals.conflicts, "quarantined": totals.quarantined,
        "sequence": state.sequence, "fingerprint": hex::encode(state.fingerprint),
        "members": state.members, "tree": state.tree, "neighbours": neighbours,
        "refused": state.refused.as_ref().map(|refused| {
            json!({ "unit": refused.unit, "code": refused.code, "at_ms": refused.at.as_millis() })
        }),
        "disk_full": state.disk_full, "incident_count": state.incidents, "synced": is_synced(state), "verdict": verdict(state),
    })
}

fn incident_json(incident: &Incident) -> Json {
    json!({ "at_ms": incident.at.as_millis(), "kind": incident.kind, "node": incident.node,
        "text": incident_text(incident) })
}

/// What happened, for people.
pub fn incident_text(incident: &Incident) -> String {
    let what = match &incident.kind {
        IncidentKind::RolledBack => {
            "kho dữ liệu của máy này lùi về bản cũ; máy đã bắt đầu đời mới".to_owned()
        }
        IncidentKind::NeighbourRenewed => "máy kia bắt đầu đời mới".to_owned(),
        IncidentKind::Cloned => "một máy kết nối hai nơi cùng lúc, nghi bị sao chép".to_owned(),
        IncidentKind::StaleIncarnation => "máy kia dùng bản đã bị thay thế".to_owned(),
        IncidentKind::Diverged => "đã truyền hết mà nội dung hai máy khác nhau".to_owned(),
        IncidentKind::Forked(dossier) => format!("hai lịch sử khác nhau của hồ sơ {dossier}"),
        IncidentKind::Overfull(dossier) => {
            format!("hồ sơ {dossier} có quá nhiều thay đổi chờ ở ngoài, không nhận thêm")
        }
        IncidentKind::Strikes => "ngắt máy kia vì gửi dữ liệu sai nhiều lần".to_owned(),
        IncidentKind::AuditForked => {
            "máy kia đưa ra hai nhật ký khác nhau, nghi nhật ký bị thay".to_owned()
        }
        IncidentKind::NoReceipt(dossier) => {
            format!("hồ sơ {dossier} đã bàn giao, quá hạn mà bên nhận chưa xác nhận đã nhận đủ")
        }
        IncidentKind::CustodyForked(dossier) => {
            format!("hồ sơ {dossier} có hai biên bản bàn giao trái nhau, không ai ghi được nữa")
        }
        IncidentKind::LateEntry(dossier) => {
            format!(
                "dữ liệu nhập theo ủy quyền vào hồ sơ {dossier} đến sau khi ủy quyền đã hết, cần xem kỹ khi duyệt"
            )
        }
        IncidentKind::Reissued(dossier) => {
            format!("các lần ghi đã mất của máy này được ghi lại vào hồ sơ {dossier}")
        }
    };
    let node = incident.node.map(|node| format!(" (máy {node})")).unwrap_or_default();
    format!("{}: {what}{node}", words::instant(incident.at))
}

#[cfg(test)]
mod tests;
