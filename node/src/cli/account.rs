//! `hoso account`: accounts of units, the persons who use them, and their sessions.
//!
//! Passwords and codes are typed at the terminal or read from a file or standard input, never from
//! the words of the command line, which every program of the machine can read.

mod acknowledge;
mod acts;
mod carry;
mod persons;
mod show;
mod ticket;
mod typed;
mod words_of;

use clap::Subcommand;

use super::Outcome;
use super::desk::Desk;
use super::error::CliError;
use crate::account::{AccountAnswer, AccountOrder};
use crate::control::{Request, Response};

pub(super) use show::standing_vi;
pub(super) use ticket::read as ticket_of;
pub(super) use typed::secret;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ghi ủy quyền quản trị của UBND tỉnh, hoặc việc thu hồi ủy quyền (chỉ ở cấp ba)
    #[command(after_long_help = words_of::DELEGATE)]
    Delegate(acts::Delegate),
    /// Cấp tài khoản cho đơn vị (chỉ ở cấp ba)
    #[command(after_long_help = words_of::ISSUE)]
    Issue(acts::Issue),
    /// Thu hẹp quyền của tài khoản (chỉ ở cấp ba)
    #[command(after_long_help = words_of::RESTRICT)]
    Restrict(acts::Restrict),
    /// Mở rộng quyền của tài khoản (chỉ ở cấp ba)
    #[command(after_long_help = words_of::WIDEN)]
    Widen(acts::Widen),
    /// Thu hồi tài khoản của đơn vị (chỉ ở cấp ba)
    #[command(after_long_help = words_of::REVOKE)]
    Revoke(acts::Revoke),
    /// Ghi người được phân công dùng tài khoản, cấp mã kích hoạt (chỉ ở cấp ba)
    #[command(after_long_help = words_of::ASSIGN)]
    Assign(acts::Assign),
    /// Kết thúc phân công trước hạn (chỉ ở cấp ba)
    #[command(after_long_help = words_of::END)]
    End(acts::End),
    /// Cấp lại khi mất mật khẩu, đủ hai báo cáo (chỉ ở cấp ba)
    #[command(after_long_help = words_of::REISSUE)]
    Reissue(acts::Reissue),
    /// Ghi các bản ghi tài khoản đã ký ra tệp để mang tay
    #[command(after_long_help = words_of::EXPORT)]
    Export(carry::Export),
    /// Nhận các bản ghi tài khoản đã ký mang đến
    #[command(after_long_help = words_of::DELIVER)]
    Deliver(carry::Deliver),
    /// Xem các tài khoản
    #[command(after_long_help = words_of::LIST)]
    List(show::List),
    /// Xem tài khoản của một đơn vị và những người dùng
    #[command(after_long_help = words_of::SHOW)]
    Show(show::Show),
    /// Đặt mật khẩu đầu tiên bằng mã kích hoạt
    #[command(after_long_help = words_of::ACTIVATE)]
    Activate(persons::Activate),
    /// Đăng nhập
    #[command(after_long_help = words_of::LOGIN)]
    Login(persons::Login),
    /// Đăng xuất
    #[command(after_long_help = words_of::LOGOUT)]
    Logout(persons::Logout),
    /// Nhận mã hai lớp khi chưa có, để xuất dữ liệu ra ngoài
    #[command(after_long_help = words_of::SECOND)]
    Second(persons::Second),
    /// Đổi mật khẩu
    #[command(after_long_help = words_of::PASSWORD)]
    Password(persons::Password),
    /// Đọc và xác nhận trách nhiệm của người dùng, mỗi năm một lần (Điều 12.3)
    #[command(after_long_help = words_of::ACKNOWLEDGE)]
    Acknowledge(acknowledge::Acknowledge),
    /// Xem ai đang đăng nhập
    #[command(after_long_help = words_of::WHOAMI)]
    Whoami(persons::Whoami),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Delegate(arguments) => arguments.run(desk),
            Self::Issue(arguments) => arguments.run(desk),
            Self::Restrict(arguments) => arguments.run(desk),
            Self::Widen(arguments) => arguments.run(desk),
            Self::Revoke(arguments) => arguments.run(desk),
            Self::Assign(arguments) => arguments.run(desk),
            Self::End(arguments) => arguments.run(desk),
            Self::Reissue(arguments) => arguments.run(desk),
            Self::Export(arguments) => arguments.run(desk),
            Self::Deliver(arguments) => arguments.run(desk),
            Self::List(arguments) => arguments.run(desk),
            Self::Show(arguments) => arguments.run(desk),
            Self::Activate(arguments) => arguments.run(desk),
            Self::Login(arguments) => arguments.run(desk),
            Self::Logout(arguments) => arguments.run(desk),
            Self::Second(arguments) => arguments.run(desk),
            Self::Password(arguments) => arguments.run(desk),
            Self::Acknowledge(arguments) => arguments.run(desk),
            Self::Whoami(arguments) => arguments.run(desk),
        }
    }
}

/// Asks the running node about accounts.
fn ask(desk: &Desk<'_>, order: AccountOrder) -> Result<AccountAnswer, CliError> {
    match desk.ask()?.call(&Request::Account(order))? {
        Response::Account(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}
