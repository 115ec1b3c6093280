//! `hoso inspect finding`: what an inspection found, what the unit answered, how it was closed.

use clap::{Args, Subcommand};
use dossier::{
    Hash, UnitId,
    inspection::{Finding, InspectAct},
};
use serde_json::{Value as Json, json};

use crate::audit::Claim;
use crate::cli::basis::date;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::grant::{Signer, ask, nobody, one, short};
use crate::cli::{Outcome, named, words};
use crate::grant::{FindingShown, GrantAnswer, GrantOrder};

const ADD: &str = "\
Ví dụ:
  hoso inspect finding add --mission 3fa2b1c0 --unit d150.x1 --due 30/4/2026 \\
      --text \"12 hồ sơ thiếu quyết định nâng lương\"

Ghi tại Sở Nội vụ, theo đoàn kiểm tra; không ghi nội dung hồ sơ. Bản ghi về đến máy của đơn vị.";

const ANSWER: &str = "\
Ví dụ:
  hoso inspect finding answer --finding 8c1d22 --text \"đã bổ sung đủ ngày 20/4\"

Ghi tại máy của đơn vị được kiểm tra.";

const CLOSE: &str = "\
Ví dụ:
  hoso inspect finding close --finding 8c1d22 --text \"đã kiểm tra lại, đạt\"";

const LIST: &str = "\
Ví dụ:
  hoso inspect finding list
  hoso inspect finding list --json";

/// What can be done with findings.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Ghi một điều phát hiện (chỉ ở cấp ba)
    #[command(after_long_help = ADD)]
    Add(Add),
    /// Trả lời một điều phát hiện về đơn vị mình
    #[command(after_long_help = ANSWER)]
    Answer(Word),
    /// Kết thúc một điều phát hiện (chỉ ở cấp ba)
    #[command(after_long_help = CLOSE)]
    Close(Word),
    /// Xem các điều phát hiện, câu trả lời và thời hạn
    #[command(after_long_help = LIST)]
    List,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Add {
    /// Mã của đoàn kiểm tra, hoặc phần đầu
    #[arg(long, value_name = "MÃ")]
    mission: String,
    /// Đơn vị được kiểm tra
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
    /// Điều phát hiện
    #[arg(long, value_name = "CÂU")]
    text: String,
    /// Hạn khắc phục
    #[arg(long, value_name = "NGÀY")]
    due: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Word {
    /// Mã của điều phát hiện, hoặc phần đầu
    #[arg(long, value_name = "MÃ")]
    finding: String,
    /// Câu trả lời hoặc kết luận
    #[arg(long, value_name = "CÂU")]
    text: String,
    #[command(flatten)]
    signer: Signer,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Add(add) => add.run(desk),
            Self::Answer(word) => word.run(desk, false),
            Self::Close(word) => word.run(desk, true),
            Self::List => list(desk),
        }
    }
}

impl Add {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mission = one(desk, &self.mission)?.id;
        let due = date(&self.due, desk.today()?)?;
        let text = dossier::fold::tidy(&self.text);
        let finding = Finding { mission, unit: self.unit, text, due, by: nobody() };
        record(desk, InspectAct::Find(finding), self.signer.claim())
    }
}

impl Word {
    fn run(self, desk: &mut Desk<'_>, closes: bool) -> Outcome {
        let finding = meant(desk, &self.finding)?;
        let (text, by) = (dossier::fold::tidy(&self.text), nobody());
        let act = match closes {
            false => InspectAct::Answer { finding, text, by },
            true => InspectAct::Close { finding, text, by },
        };
        record(desk, act, self.signer.claim())
    }
}

fn record(desk: &mut Desk<'_>, act: InspectAct, claim: Claim) -> Outcome {
    let order = GrantOrder::Inspect(Box::new(act));
    let GrantAnswer::Recorded { id } = ask(desk, order, claim)? else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        desk.out.answer(&json!({ "finding": id }));
    } else {
        desk.out.say(format_args!("Đã ghi. Mã {}.", short(&id)));
    }
    Ok(Exit::Done)
}

fn all(desk: &Desk<'_>) -> Result<Vec<FindingShown>, CliError> {
    match ask(desk, GrantOrder::Findings, Claim::default())? {
        GrantAnswer::Findings(list) => Ok(list),
        _ => Err(CliError::unexpected()),
    }
}

/// The finding whose id begins so.
fn meant(desk: &Desk<'_>, text: &str) -> Result<Hash, CliError> {
    named::one(all(desk)?, |it| it.id, text).map(|it| it.id).ok_or_else(|| {
        CliError::failed("UQ-0120", format!("Không rõ điều phát hiện «{text}»."))
            .hint("Hãy xem «hoso inspect finding list»; phần đầu của mã, từ 6 ký tự, là đủ.")
    })
}

fn list(desk: &mut Desk<'_>) -> Outcome {
    let findings = all(desk)?;
    if desk.out.is_json() {
        let list: Vec<Json> = findings.iter().map(as_json).collect();
        desk.out.answer(&json!({ "count": list.len(), "findings": list }));
        return Ok(Exit::Done);
    }
    if findings.is_empty() {
        desk.out.say("Chưa có điều phát hiện nào.");
        return Ok(Exit::Done);
    }
    for shown in &findings {
        let FindingShown { id, finding, standing, at, .. } = shown;
        let (code, standing) = (short(id), standing_vi(standing));
        desk.out.say(format_args!("{code}  {}: {standing}, hạn {}", finding.unit, finding.due));
        let (by, at) = (finding.by.signature(), words::instant(*at));
        desk.out.say(format_args!("    {}  ({by}, {at})", finding.text));
        for (at, act) in &shown.after {
            let (what, text, by) = said(act);
            let (by, at) = (by.signature(), words::instant(*at));
            desk.out.say(format_args!("    {what}: {text}  ({by}, {at})"));
        }
    }
    Ok(Exit::Done)
}

fn said(act: &InspectAct) -> (&'static str, &str, &dossier::grant::Officer) {
    match act {
        InspectAct::Find(Finding { text, by, .. }) => ("phát hiện", text, by),
        InspectAct::Answer { text, by, .. } => ("trả lời", text, by),
        InspectAct::Close { text, by, .. } => ("kết thúc", text, by),
    }
}

fn standing_vi(standing: &str) -> &'static str {
    match standing {
        "open" => "chờ đơn vị trả lời",
        "answered" => "đã trả lời, chờ kết thúc",
        "closed" => "đã kết thúc",
        _ => "không rõ",
    }
}

fn as_json(shown: &FindingShown) -> Json {
    let FindingShown { id, by_unit, at, finding, after, standing } = shown;
    let after: Vec<Json> = after
        .iter()
        .map(|(at, act)| {
            let (_, text, by) = said(act);
            let kind = if matches!(act, InspectAct::Close { .. }) { "close" } else { "answer" };
            json!({ "kind": kind, "text": text, "by": by.signature(), "at_ms": at.as_millis() })
        })
        .collect();
    json!({ "finding": id, "mission": finding.mission, "by_unit": by_unit, "unit": finding.unit,
        "text": finding.text, "due": finding.due, "by": finding.by.signature(),
        "at_ms": at.as_millis(), "standing": standing, "after": after })
}
