//! `hoso transfer`: a dossier passes to another unit: proposed, answered, withdrawn, released (Điều 10).

mod check;
mod clocks;
mod late;
mod words_of;

use clap::{Args, Subcommand, ValueEnum};
use dossier::{DossierId, LegalBasis, UnitId};
use protocol::core::{CustodyAnswer, CustodyQuestion, TransferOrder, TransferShown, TransferStage};
use protocol::custody::{AnswerCode, TransferId};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::json;

use super::ask::{Asker, PREFIX_MIN};
use super::basis::{Officer, decision};
use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::library::Library;
use super::{Outcome, custody};
use words_of::{as_json, lines};

pub(crate) use check::obstacles;
pub(crate) use clocks::Clocks;
pub(crate) use late::waiting as late_ones;
pub(crate) use words_of::{cover_line, is_over, stage, why};

/// What can be done with a transfer.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Đề nghị chuyển hồ sơ cho đơn vị khác (Điều 10.1, 10.2)
    #[command(after_long_help = words_of::PROPOSE)]
    Propose(Propose),
    /// Xem hồ sơ đã sẵn sàng để chuyển chưa, còn gì dở
    #[command(after_long_help = words_of::CHECK)]
    Check(check::Arguments),
    /// Nhận hồ sơ được chuyển đến
    #[command(after_long_help = words_of::ACCEPT)]
    Accept(Accept),
    /// Trả lại hồ sơ được chuyển đến, kèm lý do
    #[command(after_long_help = words_of::RETURN)]
    Return(Return),
    /// Rút lại đề nghị chuyển
    #[command(after_long_help = words_of::WITHDRAW)]
    Withdraw(Named),
    /// Khóa hồ sơ để giao ngay, không chờ bên nhận trả lời
    #[command(after_long_help = words_of::RELEASE)]
    Release(Named),
    /// Xét thay đổi đơn vị cũ ghi sau khi hồ sơ đã bàn giao
    #[command(subcommand)]
    Late(late::Verb),
    /// Xem các lần chuyển hồ sơ của đơn vị
    #[command(after_long_help = words_of::STATUS)]
    Status(Status),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Propose(arguments) => arguments.run(desk),
            Self::Check(arguments) => arguments.run(desk),
            Self::Accept(Accept { named, remark }) => {
                let order = |tid| TransferOrder::Answer { tid, code: AnswerCode::Accepted };
                named.run(desk, 1, (order, remark), "Đã nhận hồ sơ")
            }
            Self::Return(Return { named, reason }) => {
                let code = reason.code();
                let order = move |tid| TransferOrder::Answer { tid, code };
                named.run(desk, 1, (order, None), "Đã trả lại hồ sơ")
            }
            Self::Withdraw(named) => {
                let order = |tid| TransferOrder::Withdraw { tid };
                named.run(desk, 0, (order, None), "Đã rút đề nghị chuyển hồ sơ")
            }
            Self::Release(named) => {
                let order = |tid| TransferOrder::Release { tid };
                named.run(desk, 0, (order, None), "Đã khóa hồ sơ để giao")
            }
            Self::Late(verb) => verb.run(desk),
            Self::Status(arguments) => arguments.run(desk),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Propose {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Đơn vị sẽ giữ hồ sơ
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to: UnitId,
    /// Quyết định: "số|cơ quan ký|ngày ký"; không cần khi giao tiếp cho đơn vị sử dụng (Điều 10.2)
    #[arg(long, value_name = "QUYẾT ĐỊNH")]
    decision: Option<String>,
    #[command(flatten)]
    officer: Officer,
}

impl Propose {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let typed = self.decision.as_deref().map(|text| decision(text, desk.today()?));
        let basis = typed.transpose()?.unwrap_or(LegalBasis::Office);
        let meta = Meta { basis, ..self.officer.meta(desk.in_session()?)? };
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let order = TransferOrder::Propose { to: self.to };
        send(desk, &mut asker, id, order, meta, "Đã đề nghị chuyển hồ sơ")
    }
}

/// A transfer by its dossier.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// Mã hồ sơ hoặc mã lần chuyển, phần đầu của mã, hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    officer: Officer,
}

#[derive(Debug, Args)]
pub(super) struct Accept {
    #[command(flatten)]
    named: Named,
    /// Nhận và ghi chú cho bên giao
    #[arg(long, value_name = "GHI CHÚ")]
    remark: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Return {
    #[command(flatten)]
    named: Named,
    /// Lý do
    #[arg(long, value_enum, value_name = "LÝ DO")]
    reason: Why,
}

/// Why a dossier, or a package from another province, is sent back, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Why {
    /// Không phải người của đơn vị
    WrongPerson,
    /// Không phải hồ sơ nêu trong văn bản
    WrongDossier,
    /// Hồ sơ thiếu
    Incomplete,
    /// Văn bản không có hiệu lực
    NoDecision,
    /// Lý do khác, báo bằng văn bản
    Other,
}

impl Why {
    pub(super) fn code(self) -> AnswerCode {
        match self {
            Self::WrongPerson => AnswerCode::WrongPerson,
            Self::WrongDossier => AnswerCode::WrongDossier,
            Self::Incomplete => AnswerCode::Incomplete,
            Self::NoDecision => AnswerCode::NoDecision,
            Self::Other => AnswerCode::Other,
        }
    }
}

impl Named {
    /// Orders something of the one open transfer in which this node has a part.
    fn run(
        self,
        desk: &mut Desk<'_>,
        part: usize,
        (order, remark): (impl FnOnce(TransferId) -> TransferOrder, Option<String>),
        said: &str,
    ) -> Outcome {
        let meta = self.officer.meta(desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let open = |it: &TransferShown| {
            let over = matches!(
                it.stage,
                TransferStage::Moved | TransferStage::Done | TransferStage::Ended(_)
            );
            it.parts[part] && !over && is_meant(it, &self.dossier)
        };
        let found: Vec<TransferShown> = transfers(&mut asker)?.into_iter().filter(open).collect();
        let [transfer] = found.as_slice() else {
            return Err(match found.len() {
                0 => CliError::failed(
                    "HS-0481",
                    format!("Không có lần chuyển nào đang chờ việc này cho «{}».", self.dossier),
                ),
                _ => CliError::failed(
                    "HS-0482",
                    format!("Có nhiều lần chuyển khớp «{}».", self.dossier),
                ),
            }
            .hint("Hãy xem «hoso transfer status»."));
        };
        let order = order(transfer.tid);
        if let Some(text) = remark {
            let (dossier, tid) = (transfer.dossier, transfer.tid);
            ask(&mut asker, dossier, order, meta.clone())?;
            let text = dossier::fold::tidy(&text);
            let remark = TransferOrder::Remark { tid, text };
            return send(desk, &mut asker, dossier, remark, meta, said);
        }
        send(desk, &mut asker, transfer.dossier, order, meta, said)
    }
}

#[derive(Debug, Args)]
pub(super) struct Status {
    /// Chỉ hồ sơ này: mã, phần đầu của mã hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: Option<String>,
    #[command(flatten)]
    reader: Reader,
}

impl Status {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.reader.claim())?;
        let mut all = transfers(&mut asker)?;
        if let Some(text) = &self.dossier {
            all.retain(|it| is_meant(it, text));
        }
        let late = late::waiting(&mut asker)?;
        let clocks = Clocks::of(desk)?;
        if desk.out.is_json() {
            let rows: Vec<_> = all.iter().map(|it| as_json(it, &clocks)).collect();
            desk.out.answer(&json!({ "transfers": rows, "late": late }));
            return Ok(Exit::Done);
        }
        if all.is_empty() {
            desk.out.say("Không có lần chuyển hồ sơ nào.");
        }
        let library = Library::of(desk)?;
        for it in &all {
            lines(it, &library, &clocks).iter().for_each(|line| desk.out.say(line));
        }
        if late > 0 {
            desk.out.say(format_args!("{late} thay đổi đến muộn chờ xét: hoso transfer late list"));
        }
        Ok(Exit::Done)
    }
}

fn send(
    desk: &mut Desk<'_>,
    asker: &mut Asker,
    dossier: DossierId,
    order: TransferOrder,
    meta: Meta,
    said: &str,
) -> Outcome {
    let (dossier, tid) = ask(asker, dossier, order, meta)?;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "dossier": dossier, "transfer": tid }));
    } else {
        desk.out.say(format_args!("{said}: {dossier}, lần chuyển {}.", tid.0));
        desk.out.say("Xem tiếp: hoso transfer status");
    }
    Ok(Exit::Done)
}

pub(crate) fn ask(
    asker: &mut Asker,
    dossier: DossierId,
    order: TransferOrder,
    meta: Meta,
) -> Result<(DossierId, TransferId), CliError> {
    let command = Command::Transfer { dossier, order: Box::new(order), meta };
    match asker.core(command)? {
        Answer::Custody(CustodyAnswer::Ordered { dossier, tid }) => Ok((dossier, tid)),
        _ => Err(CliError::unexpected()),
    }
}

pub(crate) fn transfers(asker: &mut Asker) -> Result<Vec<TransferShown>, CliError> {
    match custody::ask(asker, CustodyQuestion::Transfers)? {
        CustodyAnswer::Transfers(all) => Ok(all),
        _ => Err(CliError::unexpected()),
    }
}

/// The dossier a person means, held here or known by a transfer alone.
pub(super) fn dossier(asker: &mut Asker, text: &str) -> Result<DossierId, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let known: std::collections::BTreeSet<DossierId> =
        transfers(asker)?.iter().filter(|it| is_meant(it, text)).map(|it| it.dossier).collect();
    match known.first().filter(|_| known.len() == 1) {
        Some(id) => Ok(*id),
        None => asker.dossier(text),
    }
}

fn is_meant(it: &TransferShown, text: &str) -> bool {
    let begins = |id: String| text.len() >= PREFIX_MIN && id.starts_with(&text.to_lowercase());
    begins(it.dossier.to_string())
        || begins(it.tid.0.to_string())
        || (!it.name.is_empty() && dossier::fold(&it.name) == dossier::fold(text))
}
