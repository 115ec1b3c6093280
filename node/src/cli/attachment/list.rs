//! `hoso attachment list`: the attachments of a dossier, and how far their contents have come.

use clap::Args;
use serde_json::{Value as Json, json};

use super::listed;
use super::words::{as_json, level, short, size};
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso attachment list 0f3a9c
  hoso attachment list \"Bùi Thị Hòa\" --removed --json

Thông tin về tài liệu lên cấp trên trước, nội dung tệp lên sau; cột «nội dung» cho biết đã đến đâu.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Cả những tài liệu đã bỏ
    #[arg(long)]
    removed: bool,
    #[command(flatten)]
    viewer: Viewer,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let id = asker.dossier(&self.dossier)?;
        let mut shown = listed(&mut asker, id)?;
        shown.attachments.retain(|one| self.removed || one.attachment.removed.is_none());
        if desk.out.is_json() {
            let all: Vec<Json> = shown.attachments.iter().map(as_json).collect();
            desk.out.answer(&json!({ "dossier": shown.dossier, "unit": shown.unit,
                "attachments": all, "unreadable": shown.unreadable }));
            return Ok(Exit::Done);
        }
        if shown.unreadable > 0 {
            let count = shown.unreadable;
            desk.out.say(format_args!("{count} dòng không đọc được, có thể do bản mới hơn ghi."));
        }
        if shown.attachments.is_empty() {
            desk.out.say("Hồ sơ chưa có tài liệu kèm theo.");
            return Ok(Exit::Done);
        }
        let rows = shown.attachments.iter().map(|one| {
            let description = &one.attachment.description;
            let removed = if one.attachment.removed.is_some() { " (đã bỏ)" } else { "" };
            [
                short(one),
                format!("{}{removed}", description.kind.name_vi()),
                description.number.clone(),
                description.issued_on.map(words::date).unwrap_or_default(),
                description.title.clone(),
                size(one.attachment.content.size),
                level(one),
            ]
        });
        desk.out.table(["mã", "loại", "số", "ngày", "trích yếu", "cỡ", "nội dung"], rows);
        let missing = shown.attachments.iter().filter(|one| !one.here).count();
        if missing > 0 {
            desk.out.say(format_args!("{missing} tệp chưa có ở máy này."));
        }
        Ok(Exit::Done)
    }
}
