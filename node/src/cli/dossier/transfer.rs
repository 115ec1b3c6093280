//! `hoso dossier transfer`: the decision that moves a person, and the way of her dossier (Điều 10).

use clap::{Args, Subcommand};
use dossier::docket::{Destination, Event, Outside};
use dossier::{Hash, PartialDate, UnitId};
use protocol::core::EventShown;

use super::status::{life, record};
use crate::cli::Outcome;
use crate::cli::basis::{Officer, Responsibility, date};
use crate::cli::desk::Desk;
use crate::cli::error::CliError;
use crate::cli::library::Library;

const DECIDE: &str = "\
Ví dụ:
  hoso dossier transfer decide 0f3a9c --to d151 --reason \"điều động\" --role approver \\
      --person \"Trần Thị B\" --decision \"45/QĐ-UBND|UBND tỉnh|2/3/2026\"
  hoso dossier transfer decide 0f3a9c --outside \"party:Ban Tổ chức Tỉnh ủy\" --reason \"luân chuyển\" \\
      --role approver --person \"Trần Thị B\" --decision \"46/QĐ-UBND|UBND tỉnh|2/3/2026\"

Hạn tính từ ngày ký: 15 ngày làm việc trong tỉnh, 30 ngày ra ngoài (Điều 10); xem «hoso obligations».
Loại nơi nhận ngoài tỉnh, ngoài hệ thống: party, mass_organisation, other_province, central_body.";

const HANDED: &str = "\
Ví dụ:
  hoso dossier transfer sent 0f3a9c --on 16/3/2026 --person \"Trần Thị B\"
  hoso dossier transfer received 0f3a9c --on 20/3/2026 --person \"Trần Thị B\"

Ngày theo giấy giao nhận. Hai cơ quan cùng tính hạn từ ngày ký; bên nhận muộn vì bên gửi muộn thì ghi rõ.";

/// What can be recorded of a move.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Ghi quyết định điều động, luân chuyển, bổ nhiệm nơi khác
    #[command(after_long_help = DECIDE)]
    Decide(Decide),
    /// Ghi hồ sơ đã gửi đi
    #[command(after_long_help = HANDED)]
    Sent(Handed),
    /// Ghi cơ quan nhận đã nhận và giao cho đơn vị sử dụng
    #[command(after_long_help = HANDED)]
    Received(Handed),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Decide(arguments) => arguments.run(desk),
            Self::Sent(arguments) => {
                arguments.run(desk, |transfer, on| Event::HandedOver { transfer, on })
            }
            Self::Received(arguments) => {
                arguments.run(desk, |transfer, on| Event::TakenOver { transfer, on })
            }
        }
    }
}

#[derive(Debug, Args)]
#[group(id = "where", required = true, multiple = false, args = ["to", "outside"])]
pub(in crate::cli) struct Decide {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Đơn vị nhận, trong tỉnh
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    to: Option<UnitId>,
    /// Nơi nhận ngoài hệ thống, dạng loại:tên
    #[arg(long, value_name = "LOẠI:TÊN")]
    outside: Option<String>,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Decide {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.responsibility.meta(desk.today()?, desk.in_session()?)?;
        if meta.basis.decision().is_none() {
            return Err(CliError::usage("TT-0104", "Chuyển hồ sơ phải có quyết định (Điều 10).")
                .hint("Hãy thêm --decision \"số|cơ quan ký|ngày ký\"."));
        }
        let to = match (self.to, &self.outside) {
            (Some(unit), _) => {
                let library = Library::of(desk)?;
                if library.tree.get(&unit).is_none() {
                    return Err(CliError::usage("TT-0105", format!("Không có đơn vị «{unit}».")));
                }
                Destination::Unit(unit)
            }
            (None, outside) => destination(outside.as_deref().unwrap_or_default())?,
        };
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let reason = dossier::fold::tidy(&self.reason);
        record(desk, &mut asker, id, &Event::Moves { to, reason }, meta)
    }
}

fn destination(text: &str) -> Result<Destination, CliError> {
    let parts = text.split_once(':').map(|(kind, name)| (kind.trim(), dossier::fold::tidy(name)));
    let known = parts.and_then(|(kind, name)| {
        let kind = Outside::from_code(kind).filter(|_| !name.is_empty())?;
        Some(Destination::Outside { kind, name })
    });
    known.ok_or_else(|| {
        let codes: Vec<String> =
            Outside::ALL.iter().map(|it| format!("{} ({})", it.code(), it.name_vi())).collect();
        CliError::usage("TT-0106", format!("Nơi nhận «{text}» không có dạng loại:tên."))
            .hint(format!("Các loại: {}.", codes.join(", ")))
    })
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Handed {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Ngày theo giấy giao nhận
    #[arg(long, value_name = "NGÀY")]
    on: String,
    #[command(flatten)]
    officer: Officer,
}

impl Handed {
    fn run(self, desk: &mut Desk<'_>, event: impl FnOnce(Hash, PartialDate) -> Event) -> Outcome {
        let on = date(&self.on, desk.today()?)?;
        let meta = self.officer.meta(desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let events = life(&mut asker, id)?.events;
        let decided = |it: &&EventShown| matches!(it.event, Event::Moves { .. });
        let newest = events.iter().rev().find(decided).and_then(|it| it.provenance.as_ref());
        let transfer = newest.map(|it| it.change).ok_or_else(|| {
            CliError::failed("TT-0107", "Hồ sơ này chưa ghi quyết định chuyển nào.")
                .hint("Hãy ghi bằng «hoso dossier transfer decide».")
        })?;
        record(desk, &mut asker, id, &event(transfer, on), meta)
    }
}
