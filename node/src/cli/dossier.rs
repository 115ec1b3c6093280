//! `hoso dossier`: one file per verb.

mod apply;
mod as_of;
pub(crate) mod asked;
mod by_decision;
mod check;
mod compare;
mod conflicts;
mod copy;
mod edit;
mod history;
mod import;
mod list;
mod new;
mod on_paper;
pub(crate) mod place;
mod quarantine;
mod resolve;
pub(crate) mod review;
pub(crate) mod search;
mod show;
mod status;
mod table;
mod transfer;

use clap::Subcommand;
pub(super) use copy::as_json as exported;
pub(super) use history::writing_json;
pub(super) use place::{name as place_name, row as row_of};
pub use quarantine::reason;
pub(crate) use status::name as status_name;
pub(super) use status::record as record_event;

use super::Outcome;
use super::desk::Desk;

/// What can be done with dossiers.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lập hồ sơ mới
    New(new::Arguments),
    /// Nhập danh sách .xlsx, .xls, .csv
    Import(import::Arguments),
    /// Xem danh sách hồ sơ, tìm theo họ tên hoặc số hiệu
    List(list::Arguments),
    /// Tìm theo mục bất kỳ của phiếu, nói rõ vì sao khớp (Điều 12.1)
    Search(search::Arguments),
    /// Đếm hồ sơ theo một hoặc hai mục, trên màn hình hoặc giấy (Điều 12.1)
    Table(table::Arguments),
    /// Xem một hồ sơ theo thứ tự của phiếu
    Show(show::Arguments),
    /// In một hồ sơ thành văn bản, có số bản, người in, mục đích
    Print(copy::Print),
    /// Kết xuất một hồ sơ ra tệp JSON, có số bản; niêm phong nếu muốn
    Export(copy::Export),
    /// Mở một tệp kết xuất đã niêm phong
    Unseal(copy::Unseal),
    /// Kiểm tra một hồ sơ: lỗi, cảnh báo, mức đầy đủ
    Check(check::Arguments),
    /// Cập nhật một hồ sơ
    #[command(alias = "set")]
    Edit(edit::Arguments),
    /// Ghi một quyết định vào nhiều hồ sơ: cùng được hoặc cùng không
    Apply(apply::Arguments),
    /// Xem mọi mục đổi theo một quyết định
    ByDecision(by_decision::Arguments),
    /// Kiểm duyệt nội dung đã nhập (Điều 15.1)
    #[command(subcommand)]
    Review(review::Verb),
    /// Xem mọi lần ghi của một mục
    History(history::Arguments),
    /// Xem hồ sơ như có hiệu lực vào một ngày, như đã biết vào một ngày
    AsOf(as_of::Arguments),
    /// Ghi và xem trạng thái: nghỉ hưu, thôi việc, trở lại... (Điều 11)
    #[command(subcommand)]
    Status(status::Verb),
    /// Đối chiếu với hồ sơ giấy (Điều 8.3)
    Compare(compare::Arguments),
    /// Ghi quyết định chuyển hồ sơ, đã gửi, đã nhận (Điều 10)
    #[command(subcommand)]
    Transfer(transfer::Verb),
    /// Xem các giá trị ghi trùng lúc, chờ người chọn
    Conflicts(conflicts::Arguments),
    /// Chọn giá trị nơi hai bên cùng sửa, lùi lần chọn, chuyển cấp trên
    #[command(subcommand)]
    Resolve(resolve::Verb),
    /// Xem các thay đổi bị giữ bên ngoài
    Quarantine(quarantine::Arguments),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::New(arguments) => arguments.run(desk),
            Self::Import(arguments) => arguments.run(desk),
            Self::List(arguments) => arguments.run(desk),
            Self::Search(arguments) => arguments.run(desk),
            Self::Table(arguments) => arguments.run(desk),
            Self::Show(arguments) => arguments.run(desk),
            Self::Print(arguments) => arguments.run(desk),
            Self::Export(arguments) => arguments.run(desk),
            Self::Unseal(arguments) => arguments.run(desk),
            Self::Check(arguments) => arguments.run(desk),
            Self::Edit(arguments) => arguments.run(desk),
            Self::Apply(arguments) => arguments.run(desk),
            Self::ByDecision(arguments) => arguments.run(desk),
            Self::Review(verb) => verb.run(desk),
            Self::History(arguments) => arguments.run(desk),
            Self::AsOf(arguments) => arguments.run(desk),
            Self::Status(verb) => verb.run(desk),
            Self::Compare(arguments) => arguments.run(desk),
            Self::Transfer(verb) => verb.run(desk),
            Self::Conflicts(arguments) => arguments.run(desk),
            Self::Resolve(verb) => verb.run(desk),
            Self::Quarantine(arguments) => arguments.run(desk),
        }
    }
}
