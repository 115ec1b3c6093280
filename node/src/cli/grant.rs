//! `hoso grant`: entry that is delegated, corrections that are ordered, and who may see what.

mod acts;
mod carry;
mod list;
mod seeing;
mod words_of;

use clap::Subcommand;

use super::Outcome;
use super::desk::Desk;
use super::error::CliError;
use crate::audit::Claim;
use crate::control::{Request, Response};
use crate::grant::{GrantAnswer, GrantOrder};

pub(super) use acts::{Allowance, Document, End, Signer, nobody};
pub(super) use list::{list, one, short};
pub(super) use seeing::{alert_json, alert_text};

/// What can be done with rights given by document.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ủy quyền nhập cho đơn vị trực thuộc (Điều 15.1)
    #[command(after_long_help = words_of::DELEGATE)]
    Delegate(acts::Delegate),
    /// Lập lệnh đính chính, chờ người thứ hai ký (chỉ ở cấp ba)
    #[command(after_long_help = words_of::CORRECTION)]
    Correction(acts::Correction),
    /// Cho phép kết xuất nhiều hồ sơ, chờ người thứ hai ký (chỉ ở cấp ba, Điều 5.3)
    #[command(after_long_help = words_of::COPIES)]
    Copies(acts::Copies),
    /// Ký lệnh đính chính hoặc giấy cho kết xuất với tư cách người thứ hai (chỉ ở cấp ba)
    #[command(after_long_help = words_of::CONFIRM)]
    Confirm(acts::Confirm),
    /// Thu hẹp phạm vi hoặc thời hạn của một quyền
    #[command(after_long_help = words_of::NARROW)]
    Narrow(acts::Narrow),
    /// Kết thúc một quyền
    #[command(after_long_help = words_of::END)]
    End(acts::End),
    /// Xem mọi quyền cấp bằng văn bản mà máy này biết
    #[command(after_long_help = words_of::LIST)]
    List(list::Arguments),
    /// Ai được xem hồ sơ này?
    #[command(after_long_help = words_of::WHO)]
    Who(seeing::Who),
    /// Người này được xem gì?
    #[command(after_long_help = words_of::WHAT)]
    What(seeing::What),
    /// Mang các bản ghi quyền đã ký đi hoặc đến bằng tệp, khi không có mạng
    #[command(after_long_help = words_of::CARRY)]
    Carry(carry::Carry),
    /// Xem cảnh báo khai thác của máy này và các máy cấp dưới
    #[command(after_long_help = words_of::ALERTS)]
    Alerts(seeing::Alerts),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Delegate(arguments) => arguments.run(desk),
            Self::Correction(arguments) => arguments.run(desk),
            Self::Copies(arguments) => arguments.run(desk),
            Self::Confirm(arguments) => arguments.run(desk),
            Self::Narrow(arguments) => arguments.run(desk),
            Self::End(arguments) => arguments.run(desk),
            Self::List(arguments) => arguments.run(desk),
            Self::Who(arguments) => arguments.run(desk),
            Self::What(arguments) => arguments.run(desk),
            Self::Carry(arguments) => arguments.run(desk),
            Self::Alerts(arguments) => arguments.run(desk),
        }
    }
}

/// Asks the running node about rights given by document.
pub(super) fn ask(
    desk: &Desk<'_>,
    order: GrantOrder,
    claim: Claim,
) -> Result<GrantAnswer, CliError> {
    match desk.ask_as(claim)?.call(&Request::Grant(order))? {
        Response::Grant(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}
