//! `hoso check`: the regular checks of this machine's safety, and what they came to (Điều 8.5).

use clap::{Args, Subcommand, ValueEnum};
use dossier::conduct::{Check, CheckKind};
use serde_json::{Value as Json, json};

use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::Signer;
use super::library::Library;
use super::ticket::ask;
use super::{Outcome, words};
use crate::account::Doubt;
use crate::control::{CheckDue, CheckShown, ConductAnswer, ConductOrder};

const RUN: &str = "\
Ví dụ:
  hoso check run integrity       Đọc lại mọi bản ghi của máy này
  hoso check run access          Rà soát tài khoản: hết hạn, bỏ không, lâu không dùng
  hoso backup try THƯ MỤC        Khôi phục thử một bản sao lưu

Kết quả được ký, ghi vào nhật ký và gửi lên cấp trên. Không đạt thì mã kết thúc là 6 và máy báo sự cố.
Hạn: toàn vẹn 30 ngày, rà soát 90 ngày, khôi phục thử 180 ngày; chạy bằng cron hoặc systemd cũng được.";

const LIST: &str = "\
Ví dụ:
  hoso check list
  hoso check list --json         Lần gần nhất của máy này và của các đơn vị cấp dưới";

/// What can be done with checks.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Kiểm tra ngay
    #[command(after_long_help = RUN)]
    Run(Run),
    /// Xem lần kiểm tra gần nhất
    #[command(after_long_help = LIST)]
    List(Reader),
}

/// What is checked, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Integrity,
    Access,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// integrity hoặc access
    #[arg(value_enum, value_name = "LOẠI")]
    kind: Kind,
    #[command(flatten)]
    signer: Signer,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Run(run) => run.run(desk),
            Self::List(reader) => list(desk, &reader),
        }
    }
}

impl Run {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let kind = match self.kind {
            Kind::Integrity => CheckKind::Integrity,
            Kind::Access => CheckKind::Access,
        };
        match ask(desk, ConductOrder::Check(kind), self.signer.claim())? {
            ConductAnswer::Checked { check, doubts } => told(desk, &check, &doubts),
            _ => Err(CliError::unexpected()),
        }
    }
}

/// Tells what a check came to; one that failed ends with a code of its own.
pub(super) fn told(desk: &mut Desk<'_>, check: &Check, doubts: &[Doubt]) -> Outcome {
    let exit = if check.passed { Exit::Done } else { Exit::Unverified };
    let lines: Vec<String> = doubts.iter().map(doubt).collect();
    if desk.out.is_json() {
        desk.out.answer(&json!({ "check": check.kind, "passed": check.passed,
            "looked": check.looked, "note": check.note, "doubts": lines }));
        return Ok(exit);
    }
    let verdict = verdict(check);
    desk.out.say(format_args!("Kiểm tra {}: {verdict}", check.kind.name_vi()));
    desk.out.say(format_args!("  {} (đã xem {})", check.note, check.looked));
    lines.iter().for_each(|line| desk.out.say(format_args!("  {line}")));
    Ok(exit)
}

fn verdict(check: &Check) -> &'static str {
    if check.passed { "đạt" } else { "KHÔNG ĐẠT" }
}

/// What a review of access asks about.
fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Lapsed(login) => format!("{login}: hết hạn phân công, chưa kết thúc"),
        Doubt::Silent(login, Some(days)) => format!("{login}: {days} ngày không đăng nhập"),
        Doubt::Silent(login, None) => format!("{login}: chưa đăng nhập lần nào"),
        Doubt::Unused(unit) => format!("{unit}: tài khoản không có người dùng"),
        Doubt::Unacknowledged(login) => format!("{login}: chưa xác nhận trách nhiệm năm nay"),
    }
}

fn list(desk: &mut Desk<'_>, reader: &Reader) -> Outcome {
    let claim = reader.claim();
    let ConductAnswer::Checks(checks) = ask(desk, ConductOrder::Checks, claim.clone())? else {
        return Err(CliError::unexpected());
    };
    let ConductAnswer::Waiting { checks: due, .. } = ask(desk, ConductOrder::Waiting, claim)?
    else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        let checks: Vec<Json> = checks.iter().map(as_json).collect();
        desk.out.answer(&json!({ "checks": checks, "own": due.iter().map(due_json)
            .collect::<Vec<_>>() }));
        return Ok(Exit::Done);
    }
    due.iter().for_each(|it| desk.out.say(standing(it)));
    let library = Library::of(desk)?;
    let headings = ["Đơn vị", "Kiểm tra", "Lúc", "Kết quả", "Ghi chú", "Người kiểm tra"];
    let rows = checks.iter().map(|it| {
        [
            library.unit_name(&it.unit),
            it.check.kind.name_vi().to_owned(),
            words::instant(it.at),
            verdict(&it.check).to_owned(),
            it.check.note.clone(),
            it.check.by.signature(),
        ]
    });
    desk.out.table(headings, rows);
    Ok(Exit::Done)
}

/// How a kind of check stands at this machine.
pub(super) fn standing(due: &CheckDue) -> String {
    let CheckDue { kind, last, failed, due } = due;
    let name = kind.name_vi();
    let last = last.map_or_else(|| "chưa lần nào".to_owned(), words::instant);
    let failed = if *failed { ", KHÔNG ĐẠT" } else { "" };
    let due = if *due { "; đã đến hạn" } else { "" };
    format!("Kiểm tra {name}: {last}{failed}{due}")
}

pub(super) fn due_json(it: &CheckDue) -> Json {
    json!({ "check": it.kind, "last_ms": it.last.map(|at| at.as_millis()), "failed": it.failed,
        "due": it.due })
}

fn as_json(it: &CheckShown) -> Json {
    let Check { kind, passed, looked, note, by } = &it.check;
    json!({ "unit": it.unit, "check": kind, "at_ms": it.at.as_millis(), "passed": passed,
        "looked": looked, "note": note, "by": by.signature() })
}
