//! `hoso reorg`: units are merged, divided, renamed, moved and abolished by one decision, and their dossiers
//! go to the successors.

mod file;
mod shown;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dossier::account::Login;
use dossier::unit::ReorgPlan;
use dossier::{Hash, PartialDate};
use protocol::core::{ReorgAnswer, ReorgOrder, ReorgQuestion, ReorgShown};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::json;

use super::Outcome;
use super::ask::Asker;
use super::basis::{Officer, date, decision};
use super::claim::Second;
use super::desk::Desk;
use super::error::{CliError, Exit};
use crate::audit::Claim;

const PLAN: &str = "\
Ví dụ:
  hoso reorg plan sap-nhap.csv --decision \"830/NQ-UBTVQH14|UBTVQH|17/12/2019\" --effective 1/1/2020

Cột của tệp CSV: act, unit, to, và nếu cần name, kind, tier, holds_dossiers, dossier. Mỗi dòng một việc:
  merge    unit nhập vào to, hồ sơ về to
  abolish  unit giải thể, hồ sơ về to (để trống nếu đơn vị không giữ hồ sơ nào)
  split    unit chia cho nhiều đơn vị: mỗi hồ sơ ghi ở dossier một dòng, phần còn lại một dòng không dossier
  rename   unit đổi tên thành name (và loại thành kind)
  move     unit chuyển sang trực thuộc to
  add      lập đơn vị unit trực thuộc to, có name, kind, tier, holds_dossiers
Đơn vị trực thuộc nơi kết thúc sang theo đơn vị kế thừa. Lệnh này chỉ xem, chưa đổi gì.";

const APPLY: &str = "\
Ví dụ:
  hoso reorg apply sap-nhap.csv --decision \"830/NQ-UBTVQH14|UBTVQH|17/12/2019\" --effective 1/1/2020 \\
      --person \"Trần Thị B\" --login tranb --second
  hoso reorg apply --confirm 3f9a --person \"Lê Văn C\" --login levanc --second
  hoso reorg apply --drop 3f9a --person \"Trần Thị B\"

Người thứ nhất trình phương án, người thứ hai xác nhận; đến lúc đó chưa có gì đổi. Từ ngày hiệu lực máy cấp
ba ban hành cơ cấu mới và chuyển từng hồ sơ; máy của đơn vị cũ được chờ đến hết ngày làm việc thứ ba.";

const SHOW: &str = "\
Ví dụ:
  hoso reorg show
  hoso reorg show 3f9a --json";

/// What can be done for a reorganisation.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Xem trước một phương án: thay đổi gì, mỗi đơn vị kết thúc còn những gì
    #[command(after_long_help = PLAN)]
    Plan(Plan),
    /// Trình, xác nhận hoặc bỏ một phương án (hai người của Sở Nội vụ)
    #[command(after_long_help = APPLY)]
    Apply(Apply),
    /// Xem các lần sắp xếp: đến đâu rồi, còn gì ở đơn vị cũ
    #[command(after_long_help = SHOW)]
    Show(Show),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Plan(arguments) => arguments.run(desk),
            Self::Apply(arguments) => arguments.run(desk),
            Self::Show(arguments) => arguments.run(desk),
        }
    }
}

/// The file, and the decision it follows from.
#[derive(Debug, Args)]
pub(super) struct Drawn {
    /// Văn bản quyết định: "số|cơ quan ký|ngày ký"
    #[arg(long, value_name = "QUYẾT ĐỊNH")]
    decision: Option<String>,
    /// Ngày phương án có hiệu lực
    #[arg(long, value_name = "NGÀY")]
    effective: Option<String>,
    /// Không chờ máy của đơn vị kết thúc; điều máy đó chưa gửi thì đến muộn, đơn vị kế thừa xét
    #[arg(long)]
    without_nodes: bool,
}

impl Drawn {
    fn plan(&self, path: &std::path::Path, desk: &Desk<'_>) -> Result<ReorgPlan, CliError> {
        let today = desk.today()?;
        let (Some(paper), Some(from)) = (&self.decision, &self.effective) else {
            return Err(CliError::usage(
                "HS-0520",
                "Phương án phải có quyết định và ngày hiệu lực.",
            )
            .hint("Hãy thêm --decision và --effective."));
        };
        let effective: PartialDate = date(from, today)?;
        if effective.civil().is_none() {
            return Err(CliError::usage("HS-0520", "Ngày hiệu lực phải đủ ngày, tháng, năm."));
        }
        Ok(ReorgPlan {
            decision: decision(paper, today)?,
            effective,
            without_nodes: self.without_nodes,
            acts: file::read(path)?,
        })
    }
}

#[derive(Debug, Args)]
pub(super) struct Plan {
    /// Tệp CSV của phương án
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    #[command(flatten)]
    drawn: Drawn,
}

impl Plan {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let plan = Box::new(self.drawn.plan(&self.file, desk)?);
        let all = ask(&mut desk.ask()?, ReorgQuestion::Plan(plan))?;
        tell(&all, "Chỉ xem, chưa đổi gì.", desk)
    }
}

#[derive(Debug, Args)]
#[group(id = "step", required = true, multiple = false, args = ["file", "confirm", "drop"])]
pub(super) struct Apply {
    /// Tệp CSV của phương án (người thứ nhất)
    #[arg(value_name = "TỆP")]
    file: Option<PathBuf>,
    /// Xác nhận phương án có mã này (người thứ hai)
    #[arg(long, value_name = "MÃ")]
    confirm: Option<String>,
    /// Bỏ phương án chưa ban hành có mã này
    #[arg(long, value_name = "MÃ")]
    drop: Option<String>,
    #[command(flatten)]
    drawn: Drawn,
    #[command(flatten)]
    officer: Officer,
    /// Tên đăng nhập của người ra lệnh; trong phiên đăng nhập thì không cần
    #[arg(long, value_name = "TÊN ĐĂNG NHẬP")]
    login: Option<Login>,
    #[command(flatten)]
    second: Second,
}

impl Apply {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let in_session = desk.in_session()?;
        let meta = self.officer.meta(in_session)?;
        let plan = self.file.as_ref().map(|path| self.drawn.plan(path, desk)).transpose()?;
        // In a session the node puts the person's own login here.
        let login = self.login.clone().or_else(|| in_session.then(|| "session".parse().ok())?);
        let login = login.ok_or_else(|| {
            CliError::usage("HS-0510", "Chưa có tên đăng nhập của người ra lệnh.")
                .hint("Hãy thêm --login, hoặc đăng nhập bằng «hoso account login».")
        });
        let claim = Claim { second: self.second.read()?, ..Claim::default() };
        let mut asker = desk.ask_as(claim)?;
        let (order, said) = match (plan, &self.confirm, &self.drop) {
            (Some(plan), ..) => {
                let said = "Đã trình phương án, chờ người thứ hai xác nhận.";
                (ReorgOrder::Begin { plan: Box::new(plan), login: login? }, said)
            }
            (None, Some(id), _) => {
                let id = named(id, &mut asker)?;
                (ReorgOrder::Confirm { id, login: login? }, "Đã xác nhận phương án.")
            }
            (None, None, Some(id)) => {
                (ReorgOrder::Drop { id: named(id, &mut asker)? }, "Đã bỏ phương án.")
            }
            (None, None, None) => return Err(CliError::unexpected()),
        };
        let meta = Meta { basis: dossier::LegalBasis::Office, ..meta };
        let order = Box::new(order);
        let all = match asker.core(Command::Reorganise { order, meta })? {
            Answer::Reorg(answer) => of(*answer)?,
            _ => return Err(CliError::unexpected()),
        };
        tell(&all, said, desk)
    }
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Phần đầu của mã; để trống để xem tất cả
    #[arg(value_name = "MÃ")]
    id: Option<String>,
}

impl Show {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask()?;
        let mut all = ask(&mut asker, ReorgQuestion::All)?;
        if let Some(id) = &self.id {
            let id = named(id, &mut asker)?;
            all.retain(|it| it.id == id);
        }
        let said = if all.is_empty() { "Chưa có lần sắp xếp nào." } else { "" };
        tell(&all, said, desk)
    }
}

/// The one reorganisation whose name begins so.
fn named(text: &str, asker: &mut Asker) -> Result<Hash, CliError> {
    let all = ask(asker, ReorgQuestion::All)?;
    let mut found = all.iter().filter(|it| it.id.to_string().starts_with(text));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.id),
        _ => Err(CliError::failed("HS-0521", format!("Không có một phương án nào mã «{text}»."))
            .hint("Hãy xem mã bằng «hoso reorg show».")),
    }
}

fn ask(asker: &mut Asker, question: ReorgQuestion) -> Result<Vec<ReorgShown>, CliError> {
    match asker.core(Command::AskReorg(question))? {
        Answer::Reorg(answer) => of(*answer),
        _ => Err(CliError::unexpected()),
    }
}

fn of(answer: ReorgAnswer) -> Result<Vec<ReorgShown>, CliError> {
    match answer {
        ReorgAnswer::All(all) => Ok(all),
        ReorgAnswer::Tree { .. } => Err(CliError::unexpected()),
    }
}

fn tell(all: &[ReorgShown], said: &str, desk: &mut Desk<'_>) -> Outcome {
    if desk.out.is_json() {
        let list: Vec<_> = all.iter().map(shown::as_json).collect();
        desk.out.answer(&json!({ "count": list.len(), "reorganisations": list }));
        return Ok(Exit::Done);
    }
    for it in all {
        for line in shown::lines(it) {
            desk.out.say(line);
        }
    }
    if !said.is_empty() {
        desk.out.say(said);
    }
    Ok(Exit::Done)
}
