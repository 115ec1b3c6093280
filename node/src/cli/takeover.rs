//! `hoso takeover`: a dossier is taken over from a unit that can't give it up, by two officers of tier 3.

use clap::{Args, Subcommand};
use dossier::UnitId;
use dossier::account::Login;
use protocol::core::{CustodyAnswer, CustodyQuestion, TakeOverShown, TakeOverStep, TransferOrder};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::basis::{Officer, decision};
use super::claim::{Reader, Second};
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::library::Library;
use super::{Outcome, custody, words};
use crate::audit::Claim;

const ORDER: &str = "\
Ví dụ:
  hoso takeover order 0f3a9c --to d150 --person \"Trần Thị B\" --login tranb --second \\
      --decision \"12/QĐ-SNV|Sở Nội vụ|2/3/2026\"

Dùng khi đơn vị đang giữ hồ sơ không còn hoặc không làm việc được. Người thứ nhất ra lệnh theo văn bản,
người thứ hai xác nhận; đến lúc đó chưa có gì đổi.

Hồ sơ đã chuyển ra ngoài tỉnh, quá hạn mà không ai nhận, cũng lấy lại bằng lệnh này: --to là đơn vị đã giao.
Hãy hỏi bên kia trước: gói đã nhận ở đó thì không lấy lại.";

const CONFIRM: &str = "\
Ví dụ:
  hoso takeover confirm 0f3a9c --person \"Lê Văn C\" --login levanc --second

Kỳ giữ hồ sơ khép lại ở những gì cấp trên đã có; điều đơn vị cũ chưa gửi thì đến muộn, đơn vị mới xét.";

const DROP: &str = "\
Ví dụ:
  hoso takeover drop 0f3a9c --person \"Trần Thị B\"";

const LIST: &str = "\
Ví dụ:
  hoso takeover list
  hoso takeover list --json";

/// What can be done for a take-over.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ra lệnh tiếp quản hồ sơ của đơn vị không còn giữ được (người thứ nhất)
    #[command(after_long_help = ORDER)]
    Order(Order),
    /// Xác nhận lệnh tiếp quản (người thứ hai)
    #[command(after_long_help = CONFIRM)]
    Confirm(Confirm),
    /// Bỏ lệnh tiếp quản chưa xác nhận
    #[command(after_long_help = DROP)]
    Drop(Dropped),
    /// Xem các lệnh tiếp quản chờ người thứ hai
    #[command(after_long_help = LIST)]
    List(List),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Order(arguments) => arguments.run(desk),
            Self::Confirm(arguments) => arguments.run(desk),
            Self::Drop(arguments) => arguments.named.run(desk, None, TakeOverStep::Drop),
            Self::List(arguments) => arguments.run(desk),
        }
    }
}

/// The dossier, and the officer.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    officer: Officer,
    #[command(flatten)]
    second: Second,
}

/// Whose login it is; in a session the node names it.
#[derive(Debug, Args)]
pub(super) struct Signer {
    /// Tên đăng nhập của người ra lệnh; trong phiên đăng nhập thì không cần
    #[arg(long, value_name = "TÊN ĐĂNG NHẬP")]
    login: Option<Login>,
}

#[derive(Debug, Args)]
pub(super) struct Order {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    signer: Signer,
    /// Đơn vị sẽ giữ hồ sơ
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to: UnitId,
    /// Văn bản của lệnh: "số|cơ quan ký|ngày ký"
    #[arg(long, value_name = "QUYẾT ĐỊNH")]
    decision: String,
}

#[derive(Debug, Args)]
pub(super) struct Confirm {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct Dropped {
    #[command(flatten)]
    named: Named,
}

impl Signer {
    fn login(&self, desk: &Desk<'_>) -> Result<Login, CliError> {
        let in_session = desk.in_session()?;
        // In a session the node puts the person's own login here.
        let named = self.login.clone().or_else(|| in_session.then(|| "session".parse().ok())?);
        named.ok_or_else(|| {
            CliError::usage("HS-0510", "Chưa có tên đăng nhập của người ra lệnh.")
                .hint("Hãy thêm --login, hoặc đăng nhập bằng «hoso account login».")
        })
    }
}

impl Order {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let login = self.signer.login(desk)?;
        let basis = decision(&self.decision, desk.today()?)?;
        let step = TakeOverStep::Begin { to: self.to, login };
        self.named.run(desk, Some(basis), step)
    }
}

impl Confirm {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let login = self.signer.login(desk)?;
        self.named.run(desk, None, TakeOverStep::Confirm { login })
    }
}

impl Named {
    fn run(
        self,
        desk: &mut Desk<'_>,
        basis: Option<dossier::LegalBasis>,
        step: TakeOverStep,
    ) -> Outcome {
        let meta = self.officer.meta(desk.in_session()?)?;
        let basis = basis.unwrap_or_else(|| meta.basis.clone());
        let meta = Meta { basis, ..meta };
        let claim = Claim { second: self.second.read()?, ..Claim::default() };
        let mut asker = desk.ask_as(claim)?;
        let dossier = asker.dossier(&self.dossier)?;
        let said = match step {
            TakeOverStep::Begin { .. } => "Đã ghi lệnh tiếp quản, chờ người thứ hai xác nhận",
            TakeOverStep::Confirm { .. } => "Đã xác nhận lệnh tiếp quản",
            TakeOverStep::Drop => "Đã bỏ lệnh tiếp quản",
        };
        let order = Box::new(TransferOrder::TakeOver(step));
        let transfer = match asker.core(Command::Transfer { dossier, order, meta })? {
            Answer::Custody(CustodyAnswer::Begun(_)) => None,
            Answer::Custody(CustodyAnswer::Ordered { tid, .. }) => Some(tid),
            _ => return Err(CliError::unexpected()),
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": dossier, "transfer": transfer }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("{said}: {dossier}."));
        if transfer.is_some() {
            desk.out.say("Xem tiếp: hoso transfer status");
        }
        Ok(Exit::Done)
    }
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    reader: Reader,
}

impl List {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.reader.claim())?;
        let CustodyAnswer::TakeOvers(all) = custody::ask(&mut asker, CustodyQuestion::TakeOvers)?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let list: Vec<Json> = all.iter().map(as_json).collect();
            desk.out.answer(&json!({ "count": list.len(), "takeovers": list }));
            return Ok(Exit::Done);
        }
        if all.is_empty() {
            desk.out.say("Không có lệnh tiếp quản nào chờ xác nhận.");
        }
        let library = Library::of(desk)?;
        for it in &all {
            let unit = |id: &UnitId| library.unit_name(id);
            let from = it.from.as_ref().map(unit).unwrap_or_default();
            let to = unit(&it.to);
            desk.out.say(format_args!("{} {}: {from} → {to}", it.name, it.dossier));
            desk.out.say(format_args!("  căn cứ: {}", words::basis(&it.basis)));
            let at = words::instant(it.at);
            desk.out.say(format_args!("  {} ra lệnh {at}, chờ người thứ hai", it.person));
        }
        Ok(Exit::Done)
    }
}

fn as_json(it: &TakeOverShown) -> Json {
    json!({ "dossier": it.dossier, "name": it.name, "from": it.from, "to": it.to,
        "basis": it.basis, "person": it.person, "at_ms": it.at.as_millis() })
}
