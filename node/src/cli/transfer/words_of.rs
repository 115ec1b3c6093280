//! Examples of the verbs of `hoso transfer`, and how a transfer is told.

use protocol::core::{RoadShown, TransferShown, TransferStage};
use protocol::custody::{AnswerCode, Cover, Reason};
use serde_json::{Value as Json, json};

use super::clocks::Clocks;
use crate::cli::library::Library;
use crate::cli::words;

pub(in crate::cli) const PROPOSE: &str = "\
Ví dụ:
  hoso transfer propose 0f3a9c --to d150.x01 --person \"Trần Thị B\" \\
      --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|2/3/2026\"

Trong một cơ quan: đơn vị đang giữ hồ sơ đề nghị (Điều 10.1). Sang cơ quan khác: cơ quan có thẩm quyền
tuyển dụng đề nghị, cơ quan bên kia nhận, rồi giao tiếp cho đơn vị sử dụng (Điều 10.2). Tài liệu kèm theo
phải đã lên đủ cấp trên.";

pub(in crate::cli) const ACCEPT: &str = "\
Ví dụ:
  hoso transfer accept 0f3a9c --person \"Trần Thị B\"
  hoso transfer accept 0f3a9c --remark \"thiếu bản quét quyết định lương\" --person \"Trần Thị B\"

Nội dung hồ sơ đến máy này khi biên bản bàn giao có hiệu lực, không sớm hơn.";

pub(in crate::cli) const CHECK: &str = "\
Ví dụ:
  hoso transfer check 0f3a9c
  hoso transfer check 0f3a9c --json

Mã kết thúc: 0 chuyển được, 1 chưa chuyển được. Những gì còn dở được kể ra; bên nhận đọc bìa hồ sơ
trước khi nhận.";

pub(in crate::cli) const RETURN: &str = "\
Ví dụ:
  hoso transfer return 0f3a9c --reason wrong-person --person \"Trần Thị B\"";

pub(in crate::cli) const WITHDRAW: &str = "\
Ví dụ:
  hoso transfer withdraw 0f3a9c --person \"Trần Thị B\"

Rút được cho đến khi cấp trên đã xin sổ đăng ký tỉnh ghi bàn giao.";

pub(in crate::cli) const RELEASE: &str = "\
Ví dụ:
  hoso transfer release 0f3a9c --person \"Trần Thị B\"

Từ lúc này không ai ghi vào hồ sơ cho đến khi biết kết quả. Không dùng lệnh này thì máy tự khóa hồ sơ khi
bên nhận đã nhận.";

pub(in crate::cli) const STATUS: &str = "\
Ví dụ:
  hoso transfer status
  hoso transfer status 0f3a9c --json";

/// A transfer, for people.
pub(super) fn lines(it: &TransferShown, library: &Library, clocks: &Clocks) -> Vec<String> {
    let unit = |id: &dossier::UnitId| library.unit_name(id);
    let who = if it.name.is_empty() { "hồ sơ" } else { it.name.as_str() };
    let to = it.outside.as_ref().map_or_else(|| unit(&it.to), |outside| outside.name.clone());
    let mut lines = vec![format!("{who} {}: {} → {to}", it.dossier, unit(&it.from))];
    lines.push(format!("  {}", stage(it)));
    lines.push(format!("  căn cứ: {}", words::basis(&it.basis)));
    if let (Some(deadline), false) = (it.deadline, is_over(it)) {
        lines.push(format!("  hết hiệu lực đề nghị: {}", words::instant(deadline)));
    }
    lines.extend(clocks.lines(it));
    lines.extend(it.cover.as_ref().map(|cover| format!("  {}", cover_line(cover, library))));
    lines.extend(it.remark.as_ref().map(|text| format!("  bên nhận ghi chú: {text}")));
    let parts = ["bên giao", "bên nhận", "bên đăng ký"];
    let mine = parts.iter().zip(it.parts).filter(|(_, has)| *has).map(|(name, _)| *name);
    let mine: Vec<&str> = mine.collect();
    lines.push(format!("  máy này là {}; lần chuyển {}", mine.join(", "), it.tid.0));
    lines
}

/// A transfer, for programs.
pub(super) fn as_json(it: &TransferShown, clocks: &Clocks) -> Json {
    json!({ "transfer": it.tid, "dossier": it.dossier, "name": it.name, "epoch": it.epoch,
        "from": it.from, "to": it.to, "road": it.road, "basis": it.basis,
        "deadline_ms": it.deadline.map(dossier::Timestamp::as_millis),
        "stage": it.stage, "answer": it.answer, "cover": it.cover, "remark": it.remark, "text": stage(it),
        "article": article(it), "clocks": clocks.as_json(it),
        "sent_at_ms": it.sent_at.map(dossier::Timestamp::as_millis),
        "taken_at_ms": it.taken_at.map(dossier::Timestamp::as_millis), "gives": it.parts[0], "receives": it.parts[1],
        "registers": it.parts[2], "outside": it.outside })
}

/// What a dossier is about, in one line.
pub(crate) fn cover_line(cover: &Cover, library: &Library) -> String {
    let Cover { staff_type, changes, attachments, conflicts, unreviewed, .. } = cover;
    let known = library.catalogs.get("staff_type").and_then(|kinds| kinds.get(staff_type));
    let kind = match known {
        Some(kind) => kind.label.as_str(),
        None if staff_type.is_empty() => "chưa ghi loại cán bộ",
        None => staff_type,
    };
    format!(
        "bìa hồ sơ: {kind}; {changes} thay đổi, {attachments} tài liệu kèm theo, {conflicts} mâu \
         thuẫn chưa quyết, {unreviewed} thay đổi chờ duyệt"
    )
}

fn article(it: &TransferShown) -> Option<&'static str> {
    it.road.map(|road| match road {
        RoadShown::Within => "10.1",
        RoadShown::Between | RoadShown::Forward => "10.2",
        RoadShown::Takeover | RoadShown::Reorg => "7.3",
        RoadShown::Outside => "10.3",
    })
}

/// Whether nothing of a transfer is left to do.
pub(crate) fn is_over(it: &TransferShown) -> bool {
    matches!(it.stage, TransferStage::Done | TransferStage::Ended(_))
}

/// How far a transfer is.
pub(crate) fn stage(it: &TransferShown) -> String {
    match it.stage {
        TransferStage::Proposed => "chờ bên nhận trả lời".to_owned(),
        TransferStage::Accepted => "bên nhận đã nhận, chờ khóa hồ sơ".to_owned(),
        TransferStage::Released => "hồ sơ đã khóa để giao".to_owned(),
        TransferStage::Asked => "đang ghi sổ đăng ký tỉnh".to_owned(),
        TransferStage::Moved if it.outside.is_some() => {
            "đang chuyển ra ngoài tỉnh, chờ giấy nhận".to_owned()
        }
        TransferStage::Done if it.outside.is_some() => {
            "đã chuyển ra ngoài tỉnh, bên kia đã nhận".to_owned()
        }
        TransferStage::Ended(Some(Reason::Rejected)) if it.outside.is_some() => {
            "đã trở lại đơn vị giao".to_owned()
        }
        TransferStage::Moved => "đã bàn giao, chờ bên nhận xác nhận nhận đủ".to_owned(),
        TransferStage::Done => "đã bàn giao, bên nhận đã nhận đủ".to_owned(),
        TransferStage::Ended(Some(Reason::Rejected)) => {
            let why = it.answer.and_then(why);
            why.map_or_else(|| "không được nhận".to_owned(), |why| format!("bị trả lại: {why}"))
        }
        TransferStage::Ended(Some(Reason::Expired)) => "hết hạn, hồ sơ ở lại".to_owned(),
        TransferStage::Ended(Some(Reason::Cancelled)) => "bên giao đã rút".to_owned(),
        TransferStage::Ended(_) => "lần chuyển khác đã xong trước".to_owned(),
    }
}

/// Why a dossier was sent back.
pub(crate) fn why(code: AnswerCode) -> Option<&'static str> {
    Some(match code {
        AnswerCode::Accepted => return None,
        AnswerCode::WrongPerson => "không phải người của đơn vị",
        AnswerCode::WrongDossier => "không phải hồ sơ nêu trong văn bản",
        AnswerCode::Incomplete => "hồ sơ thiếu",
        AnswerCode::NoDecision => "văn bản không có hiệu lực",
        AnswerCode::Other => "lý do khác, báo bằng văn bản",
    })
}
