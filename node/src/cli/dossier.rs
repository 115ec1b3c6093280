//! `hoso dossier`: one file per verb.

mod as_of;
mod check;
mod conflicts;
mod edit;
mod history;
mod import;
mod list;
mod new;
mod place;
mod quarantine;
mod show;

use clap::Subcommand;
pub(super) use place::row as row_of;
pub use quarantine::reason;

use super::Outcome;
use super::desk::Desk;

/// What can be done with dossiers.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lập hồ sơ mới
    New(new::Arguments),
    /// Nhập danh sách .xlsx, .xls, .csv
    Import(import::Arguments),
    /// Tìm hồ sơ
    List(list::Arguments),
    /// Xem một hồ sơ theo thứ tự của phiếu
    Show(show::Arguments),
    /// Kiểm tra một hồ sơ: lỗi, cảnh báo, mức đầy đủ
    Check(check::Arguments),
    /// Cập nhật một hồ sơ
    Edit(edit::Arguments),
    /// Xem mọi lần ghi của một mục
    History(history::Arguments),
    /// Xem hồ sơ như có hiệu lực vào một ngày, như đã biết vào một ngày
    AsOf(as_of::Arguments),
    /// Xem các giá trị ghi trùng lúc, chờ người chọn
    Conflicts(conflicts::Arguments),
    /// Xem các thay đổi bị giữ bên ngoài
    Quarantine(quarantine::Arguments),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::New(arguments) => arguments.run(desk),
            Self::Import(arguments) => arguments.run(desk),
            Self::List(arguments) => arguments.run(desk),
            Self::Show(arguments) => arguments.run(desk),
            Self::Check(arguments) => arguments.run(desk),
            Self::Edit(arguments) => arguments.run(desk),
            Self::History(arguments) => arguments.run(desk),
            Self::AsOf(arguments) => arguments.run(desk),
            Self::Conflicts(arguments) => arguments.run(desk),
            Self::Quarantine(arguments) => arguments.run(desk),
        }
    }
}
