//! `hoso archive`: the long-term archive of Sở Nội vụ (Điều 7.3, 11.1).

use clap::{Args, Subcommand};
use dossier::LegalBasis;
use dossier::account::Paper;
use protocol::archive::{ArchiveEntry, ArchiveFault};
use serde_json::{Value as Json, json};

use super::basis::decision;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::Signer;
use super::library::Library;
use super::{Outcome, words};
use crate::control::{ArchiveAnswer, ArchiveOrder, Request, Response};

const TAKE: &str = "\
Ví dụ:
  hoso archive take 0f3a9c --document \"12/QĐ-SNV|Sở Nội vụ|5/3/2026\"

Chỉ ở cấp ba. Bản lưu trữ gồm mọi lần ghi, chữ ký của người ghi và chuỗi quản lý hồ sơ; không sửa, không
xóa được. Tệp kèm theo phải về đủ rồi mới lưu trữ. Lưu trữ lại hồ sơ đã đổi thì thêm một bản nữa.";

const LIST: &str = "\
Ví dụ:
  hoso archive list";

const CHECK: &str = "\
Ví dụ:
  hoso archive check

Đọc lại từng bản và mọi tệp kèm theo, đối chiếu chữ ký, thứ tự và từng byte. Có sai lệch thì mã kết thúc là 6.";

/// What can be done with the archive.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Đưa một bản của hồ sơ vào lưu trữ lâu dài
    #[command(after_long_help = TAKE)]
    Take(Take),
    /// Xem kho lưu trữ
    #[command(after_long_help = LIST)]
    List(Look),
    /// Kiểm tra kho lưu trữ
    #[command(after_long_help = CHECK)]
    Check(Look),
}

#[derive(Debug, Args)]
pub(super) struct Take {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Văn bản cho lưu trữ: "số|cơ quan ký|ngày ký"
    #[arg(long, value_name = "VĂN BẢN")]
    document: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct Look {
    #[command(flatten)]
    signer: Signer,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Take(take) => take.run(desk),
            Self::List(look) => look.run(desk, |after| ArchiveOrder::List { after }),
            Self::Check(look) => look.run(desk, |after| ArchiveOrder::Check { after }),
        }
    }
}

impl Take {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let LegalBasis::Decision { number, signed_on, .. } =
            decision(&self.document, desk.today()?)?
        else {
            return Err(CliError::unexpected());
        };
        let document = Paper { number, signed_on };
        let mut asker = desk.ask_as(self.signer.claim())?;
        let dossier = asker.dossier(&self.dossier)?;
        let order = Request::Archive(ArchiveOrder::Take { dossier, document });
        let Response::Archive(ArchiveAnswer::Taken(entry)) = asker.call(&order)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&as_json(&entry));
        } else {
            let (number, changes) = (entry.number, entry.changes);
            desk.out.say(format_args!("Đã lưu trữ, bản số {number}, {changes} lần ghi."));
        }
        Ok(Exit::Done)
    }
}

impl Look {
    fn run(self, desk: &mut Desk<'_>, order: fn(u64) -> ArchiveOrder) -> Outcome {
        let mut asker = desk.ask_as(self.signer.claim())?;
        let (mut entries, mut faults, mut after) = (Vec::new(), Vec::new(), Some(0));
        let mut checked = false;
        while let Some(from) = after {
            let answer = asker.call(&Request::Archive(order(from)))?;
            let Response::Archive(ArchiveAnswer::List(page)) = answer else {
                return Err(CliError::unexpected());
            };
            entries.extend(page.entries);
            faults.extend(page.faults);
            (after, checked) = (page.next, page.checked);
        }
        let exit = if faults.is_empty() { Exit::Done } else { Exit::Unverified };
        if desk.out.is_json() {
            let list: Vec<Json> = entries.iter().map(as_json).collect();
            desk.out.answer(&json!({ "count": list.len(), "checked": checked, "archived": list,
                "faults": faults }));
            return Ok(exit);
        }
        if checked {
            desk.out.say(format_args!("Đã kiểm tra {} bản lưu trữ.", entries.len()));
        } else {
            let library = Library::of(desk)?;
            let headings = ["Số", "Hồ sơ", "Đơn vị", "Lúc", "Theo văn bản", "Người lưu trữ"];
            let rows = entries.iter().map(|it| {
                [
                    it.number.to_string(),
                    it.dossier.to_string(),
                    library.unit_name(&it.unit),
                    words::instant(it.at),
                    it.document.number.clone(),
                    it.by.signature(),
                ]
            });
            desk.out.table(headings, rows);
        }
        for (number, fault) in &faults {
            desk.out.say(format_args!("Bản số {number}: {}", fault_vi(*fault)));
        }
        if checked && faults.is_empty() {
            desk.out.say("Mọi bản đúng như lúc lưu trữ.");
        }
        Ok(exit)
    }
}

fn fault_vi(fault: ArchiveFault) -> &'static str {
    match fault {
        ArchiveFault::Unreadable => "không đọc được",
        ArchiveFault::OutOfLine => "không nối tiếp bản trước: có bản bị bỏ hoặc tráo",
        ArchiveFault::Signature => "chữ ký của máy không đúng",
        ArchiveFault::Content => "nội dung đã bị sửa",
        ArchiveFault::Dossier => "không phải hồ sơ được ghi",
        ArchiveFault::File => "tệp kèm theo thiếu hoặc hỏng, máy đang tìm lại",
    }
}

fn as_json(it: &ArchiveEntry) -> Json {
    json!({ "number": it.number, "dossier": it.dossier, "unit": it.unit,
        "at_ms": it.at.as_millis(), "document": it.document.number,
        "signed_on": it.document.signed_on, "by": it.by.signature(), "changes": it.changes,
        "digest": it.digest, "content": it.content })
}
