//! `hoso ticket`: problems that are reported, proposals, and what the bodies above say (Điều 15.4, 16.3,
//! 16.4, 17).

use clap::{Args, Subcommand, ValueEnum};
use dossier::conduct::{ConductAct, Severity, Ticket, TicketKind};
use dossier::unit::Tier;
use dossier::{Hash, UnitId};
use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::{Signer, nobody, short};
use super::library::Library;
use super::named::one;
use super::{Outcome, words};
use crate::audit::Claim;
use crate::control::{ConductAnswer, ConductOrder, Request, Response, TicketShown};

const RAISE: &str = "\
Ví dụ:
  hoso ticket raise --severity major --text \"không gửi được phiếu lên cấp trên\"
  hoso ticket raise --to tier3 --severity critical --text \"nghi lộ mật khẩu\"
  hoso ticket raise --proposal --text \"bổ sung mục lý luận chính trị\"

Không ghi --to thì gửi cơ quan cấp trên gần nhất; kiến nghị gửi Sở Nội vụ. Không ghi nội dung hồ sơ.
Lập được khi mất mạng: bản ghi đi khi có mạng, hoặc mang tay bằng hoso grant carry.";

const ANSWER: &str = "\
Ví dụ:
  hoso ticket answer 8c1d22 --text \"đang kiểm tra đường truyền\"
Do cơ quan nhận, hoặc cơ quan cấp trên của cơ quan ấy.";

const PASS: &str = "\
Ví dụ:
  hoso ticket pass 8c1d22 --to tier3 --text \"vượt thẩm quyền của huyện\"";

const CLOSE: &str = "\
Ví dụ:
  hoso ticket close 8c1d22 --text \"đã khắc phục\"
Do đơn vị báo cáo, cơ quan nhận, hoặc cơ quan cấp trên.";

const LIST: &str = "\
Ví dụ:
  hoso ticket list
  hoso ticket list --json";

/// What can be done with problems and proposals.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Báo cáo vướng mắc, hoặc gửi kiến nghị
    #[command(after_long_help = RAISE)]
    Raise(Raise),
    /// Trả lời
    #[command(after_long_help = ANSWER)]
    Answer(Word),
    /// Chuyển lên cơ quan cấp trên
    #[command(after_long_help = PASS)]
    Pass(Pass),
    /// Kết thúc
    #[command(after_long_help = CLOSE)]
    Close(Word),
    /// Xem vướng mắc, kiến nghị và trả lời
    #[command(after_long_help = LIST)]
    List(List),
}

/// How much a problem presses, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Pressing {
    Minor,
    Major,
    Critical,
}

#[derive(Debug, Args)]
pub(super) struct Raise {
    /// Nội dung
    #[arg(long, value_name = "CÂU")]
    text: String,
    /// Mức độ: minor (vẫn làm việc được), major (bị cản trở), critical (dừng việc, hồ sơ bị đe dọa)
    #[arg(long, value_enum, default_value_t = Pressing::Minor, value_name = "MỨC")]
    severity: Pressing,
    /// Là kiến nghị, không phải vướng mắc
    #[arg(long, conflicts_with = "severity")]
    proposal: bool,
    /// Cơ quan nhận
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to: Option<UnitId>,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct Word {
    /// Mã, hoặc phần đầu
    #[arg(value_name = "MÃ")]
    ticket: String,
    /// Câu trả lời hoặc kết quả
    #[arg(long, value_name = "CÂU")]
    text: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct Pass {
    #[command(flatten)]
    word: Word,
    /// Cơ quan cấp trên
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to: UnitId,
}

#[derive(Debug, Args)]
pub(super) struct List {}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Raise(raise) => raise.run(desk),
            Self::Answer(word) => {
                word.run(desk, |ticket, text| ConductAct::Answer { ticket, text, by: nobody() })
            }
            Self::Pass(Pass { word, to }) => {
                word.run(desk, |ticket, text| ConductAct::Pass { ticket, to, text, by: nobody() })
            }
            Self::Close(word) => {
                word.run(desk, |ticket, text| ConductAct::Close { ticket, text, by: nobody() })
            }
            Self::List(List {}) => list(desk),
        }
    }
}

impl Raise {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let kind = match (self.proposal, self.severity) {
            (true, _) => TicketKind::Proposal,
            (false, Pressing::Minor) => TicketKind::Problem(Severity::Minor),
            (false, Pressing::Major) => TicketKind::Problem(Severity::Major),
            (false, Pressing::Critical) => TicketKind::Problem(Severity::Critical),
        };
        let to = match self.to {
            Some(to) => to,
            None => above(desk, kind)?,
        };
        let text = dossier::fold::tidy(&self.text);
        let ticket = Ticket { kind, to: to.clone(), text, by: nobody() };
        let id = say(desk, ConductAct::Raise(ticket), self.signer.claim())?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "ticket": id, "to": to }));
        } else {
            desk.out.say(format_args!("Đã ghi, gửi {to}. Mã {}.", short(&id)));
        }
        Ok(Exit::Done)
    }
}

impl Word {
    fn run(self, desk: &mut Desk<'_>, make: impl FnOnce(Hash, String) -> ConductAct) -> Outcome {
        let ticket = meant(desk, &self.ticket)?;
        let act = make(ticket, dossier::fold::tidy(&self.text));
        let id = say(desk, act, self.signer.claim())?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "ticket": id }));
        } else {
            desk.out.say("Đã ghi.");
        }
        Ok(Exit::Done)
    }
}

/// The nearest body above this unit; for a proposal Sở Nội vụ.
fn above(desk: &Desk<'_>, kind: TicketKind) -> Result<UnitId, CliError> {
    let (own, tree) = (desk.ask()?.status()?.unit, Library::of(desk)?.tree);
    let competent = |tier: Tier| match kind {
        TicketKind::Proposal => tier == Tier::Three,
        TicketKind::Problem(_) => matches!(tier, Tier::Two | Tier::Three),
    };
    let mut bodies = tree.ancestors(&own).filter(|unit| competent(unit.tier));
    bodies.next().map(|unit| unit.id.clone()).ok_or_else(|| {
        CliError::failed("UQ-0130", "Không có cơ quan cấp trên để gửi: máy này của Sở Nội vụ.")
    })
}

/// Has a statement signed.
pub(super) fn say(desk: &Desk<'_>, act: ConductAct, claim: Claim) -> Result<Hash, CliError> {
    match ask(desk, ConductOrder::Act(Box::new(act)), claim)? {
        ConductAnswer::Said(id) => Ok(id),
        _ => Err(CliError::unexpected()),
    }
}

pub(super) fn ask(
    desk: &Desk<'_>,
    order: ConductOrder,
    claim: Claim,
) -> Result<ConductAnswer, CliError> {
    match desk.ask_as(claim)?.call(&Request::Conduct(order))? {
        Response::Conduct(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}

fn all(desk: &Desk<'_>) -> Result<Vec<TicketShown>, CliError> {
    match ask(desk, ConductOrder::Tickets, Claim::default())? {
        ConductAnswer::Tickets(list) => Ok(list),
        _ => Err(CliError::unexpected()),
    }
}

/// The ticket whose id begins so.
fn meant(desk: &Desk<'_>, text: &str) -> Result<Hash, CliError> {
    one(all(desk)?, |it| it.id, text).map(|it| it.id).ok_or_else(|| {
        CliError::failed("UQ-0131", format!("Không rõ vướng mắc, kiến nghị «{text}»."))
            .hint("Hãy xem «hoso ticket list»; phần đầu của mã, từ 6 ký tự, là đủ.")
    })
}

fn list(desk: &mut Desk<'_>) -> Outcome {
    let tickets = all(desk)?;
    if desk.out.is_json() {
        let list: Vec<Json> = tickets.iter().map(as_json).collect();
        desk.out.answer(&json!({ "count": list.len(), "tickets": list }));
        return Ok(Exit::Done);
    }
    if tickets.is_empty() {
        desk.out.say("Chưa có vướng mắc, kiến nghị nào.");
    }
    for shown in &tickets {
        let (code, what) = (short(&shown.id), kind_vi(shown.ticket.kind));
        let bodies: Vec<&str> = shown.bodies.iter().map(UnitId::as_str).collect();
        let standing = standing_vi(&shown.standing);
        desk.out.say(format_args!(
            "{code}  {} gửi {}: {what}, {standing}",
            shown.unit,
            bodies.join(", ")
        ));
        let (by, at) = (shown.ticket.by.signature(), words::instant(shown.at));
        desk.out.say(format_args!("    {}  ({by}, {at})", shown.ticket.text));
        for (at, unit, act) in &shown.after {
            let Some((what, text, by)) = said(act) else { continue };
            let at = words::instant(*at);
            desk.out.say(format_args!("    {what}: {text}  ({by}, {unit}, {at})"));
        }
    }
    Ok(Exit::Done)
}

/// What was said on a ticket: the word for it, its text, and by whom.
fn said(act: &ConductAct) -> Option<(&'static str, &str, String)> {
    match act {
        ConductAct::Answer { text, by, .. } => Some(("trả lời", text, by.signature())),
        ConductAct::Pass { text, by, .. } => Some(("chuyển cấp trên", text, by.signature())),
        ConductAct::Close { text, by, .. } => Some(("kết thúc", text, by.signature())),
        _ => None,
    }
}

fn kind_vi(kind: TicketKind) -> &'static str {
    match kind {
        TicketKind::Proposal => "kiến nghị",
        TicketKind::Problem(Severity::Minor) => "vướng mắc nhỏ",
        TicketKind::Problem(Severity::Major) => "vướng mắc cản trở công việc",
        TicketKind::Problem(Severity::Critical) => "sự cố nghiêm trọng",
    }
}

fn standing_vi(standing: &str) -> &'static str {
    match standing {
        "open" => "chờ trả lời",
        "passed" => "đã chuyển cấp trên",
        "answered" => "đã trả lời",
        "closed" => "đã kết thúc",
        _ => "không rõ",
    }
}

fn as_json(shown: &TicketShown) -> Json {
    let TicketShown { id, unit, at, ticket, bodies, after, standing } = shown;
    let after: Vec<Json> = after
        .iter()
        .filter_map(|(at, unit, act)| {
            let (_, text, by) = said(act)?;
            let kind = match act {
                ConductAct::Pass { .. } => "pass",
                ConductAct::Close { .. } => "close",
                _ => "answer",
            };
            Some(json!({ "kind": kind, "unit": unit, "text": text, "by": by,
                "at_ms": at.as_millis() }))
        })
        .collect();
    json!({ "ticket": id, "unit": unit, "kind": ticket.kind, "to": ticket.to, "bodies": bodies,
        "text": ticket.text, "by": ticket.by.signature(), "at_ms": at.as_millis(),
        "standing": standing, "after": after })
}
