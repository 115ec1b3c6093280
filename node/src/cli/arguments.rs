//! The words of the command line: verbs, common options, and help in Vietnamese.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::desk::Desk;
use super::error::{CliError, from_clap};
use super::{
    Outcome, account, archive, attachment, audit, backup, calendar, campaign, check, config,
    consent, custody, demo, dossier, export, federation, form, grant, import, inspect, keys, kind,
    node, obligations, outage, province, quality, regulation, reorg, report, serve, status, sync,
    takeover, ticket, transfer, verify, version,
};

const EXAMPLES: &str = "\
Ví dụ:
  hoso demo                                  Xem ba cấp đồng bộ trên máy này
  hoso serve                                 Chạy máy nút của đơn vị
  hoso dossier import ds.xlsx --dry-run      Kiểm tra danh sách trước khi nhập
  hoso dossier list \"bùi thị\"                Tìm hồ sơ
  hoso sync status                           Xem dữ liệu đã lên đến cấp nào

Mã kết thúc: 0 xong, 1 không xong, 2 sai dòng lệnh, 3 sai cấu hình, 4 thư mục dữ liệu đang được dùng,
5 dữ liệu thuộc phiên bản khác, 6 kiểm tra không khớp.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "hoso", about = "Hồ sơ điện tử cán bộ, công chức, viên chức của tỉnh")]
#[command(after_long_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// Options that every verb has.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Common {
    /// Trả lời bằng một đối tượng JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Thư mục dữ liệu của máy nút (hoặc biến HOSO_DATA_DIR)
    #[arg(long, global = true, value_name = "THƯ MỤC")]
    pub(super) data_dir: Option<PathBuf>,
    /// Tệp cấu hình (hoặc biến HOSO_CONFIG); nếu không: hoso.toml trong thư mục dữ liệu
    #[arg(long, global = true, value_name = "TỆP")]
    pub(super) config: Option<PathBuf>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lập hệ thống của tỉnh, xem toàn tỉnh
    #[command(subcommand)]
    Province(province::Verb),
    /// Cấp máy, nhận máy, thu hồi máy của đơn vị
    #[command(subcommand)]
    Node(node::Verb),
    /// Chạy máy nút của đơn vị
    Serve(serve::Arguments),
    /// Lập, nhập, xem, cập nhật hồ sơ
    #[command(subcommand)]
    Dossier(dossier::Verb),
    /// Chuyển hồ sơ cho đơn vị khác: đề nghị, nhận, trả lại (Điều 10)
    #[command(subcommand)]
    Transfer(transfer::Verb),
    /// Tiếp quản hồ sơ khi đơn vị đang giữ không còn: hai người của Sở Nội vụ
    #[command(subcommand)]
    Takeover(takeover::Verb),
    /// Sắp xếp tổ chức: sáp nhập, chia, đổi tên, chuyển, giải thể đơn vị cùng hồ sơ
    #[command(subcommand)]
    Reorg(reorg::Verb),
    /// Ai giữ hồ sơ qua từng kỳ: biên bản bàn giao, chứng cứ
    #[command(subcommand)]
    Custody(custody::Verb),
    /// Hồ sơ ra ngoài tỉnh: gói hồ sơ, giấy nhận, lấy lại (Điều 10.3)
    #[command(subcommand)]
    Export(export::Verb),
    /// Nhận gói hồ sơ của tỉnh khác
    #[command(subcommand)]
    Import(import::Verb),
    /// Tỉnh khác: giấy giới thiệu, từ đối chiếu, khóa nhận gói
    #[command(subcommand)]
    Federation(federation::Verb),
    /// Kiểm tra một tệp chứng cứ bàn giao, gói hồ sơ, giấy nhận; không cần mạng
    Verify(verify::Arguments),
    /// Phiếu cán bộ, công chức, viên chức: điền, nộp, kiểm duyệt, đưa vào hồ sơ
    #[command(subcommand)]
    Form(form::Verb),
    /// Đợt bổ sung lý lịch hằng năm, yêu cầu kê khai đột xuất
    #[command(subcommand)]
    Campaign(campaign::Verb),
    /// Danh mục loại thay đổi theo quyết định (Điều 9.2 a)
    #[command(subcommand)]
    Kind(kind::Verb),
    /// Sự cố của hệ thống và thông báo (Điều 14.7)
    #[command(subcommand)]
    Outage(outage::Verb),
    /// Tài liệu kèm theo hồ sơ
    #[command(subcommand)]
    Attachment(attachment::Verb),
    /// Xem nhật ký, xuất và kiểm tra gói cho thanh tra
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Tài khoản của đơn vị, người dùng, đăng nhập
    #[command(subcommand)]
    Account(account::Verb),
    /// Ủy quyền nhập, lệnh đính chính; ai được xem, được xem gì
    #[command(subcommand)]
    Grant(grant::Verb),
    /// Văn bản cho phép xem hồ sơ
    #[command(subcommand)]
    Consent(consent::Verb),
    /// Đoàn kiểm tra của Sở Nội vụ
    #[command(subcommand)]
    Inspect(inspect::Verb),
    /// Vướng mắc gửi cấp trên, kiến nghị gửi Sở Nội vụ, và trả lời
    #[command(subcommand)]
    Ticket(ticket::Verb),
    /// Quy định nội bộ của cơ quan, bảng kiểm Điều 6 đến 13
    #[command(subcommand)]
    Regulation(regulation::Verb),
    /// Báo cáo định kỳ của đơn vị và việc duyệt báo cáo (Điều 13, 16.5)
    #[command(subcommand)]
    Report(report::Verb),
    /// Kiểm tra an toàn định kỳ của máy này (Điều 8.5)
    #[command(subcommand)]
    Check(check::Verb),
    /// Kho lưu trữ lâu dài của Sở Nội vụ (Điều 7.3, 11.1)
    #[command(subcommand)]
    Archive(archive::Verb),
    /// Sao lưu và khôi phục thử
    #[command(subcommand)]
    Backup(backup::Verb),
    /// Khóa niêm phong dữ liệu của máy này
    #[command(subcommand)]
    Keys(keys::Verb),
    /// Xem và kiểm tra đồng bộ với cấp trên
    #[command(subcommand)]
    Sync(sync::Verb),
    /// Xem tình trạng máy này
    Status(status::Arguments),
    /// Xem cấu hình
    #[command(subcommand)]
    Config(config::Verb),
    /// Trình diễn ba cấp trên một máy
    Demo(demo::DemoArguments),
    /// Lịch làm việc và cách tính hạn theo quy định
    #[command(subcommand)]
    Calendar(calendar::Verb),
    /// Việc phải làm theo hạn của Quy chế
    Obligations(obligations::Arguments),
    /// Chất lượng hồ sơ của từng đơn vị (Điều 8.4)
    Quality(quality::Arguments),
    /// Xem phiên bản chương trình và các định dạng
    Version(version::Arguments),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Province(verb) => verb.run(desk),
            Self::Node(verb) => verb.run(desk),
            Self::Serve(arguments) => arguments.run(desk),
            Self::Dossier(verb) => verb.run(desk),
            Self::Transfer(verb) => verb.run(desk),
            Self::Takeover(verb) => verb.run(desk),
            Self::Reorg(verb) => verb.run(desk),
            Self::Custody(verb) => verb.run(desk),
            Self::Export(verb) => verb.run(desk),
            Self::Import(verb) => verb.run(desk),
            Self::Federation(verb) => verb.run(desk),
            Self::Verify(arguments) => arguments.run(desk),
            Self::Form(verb) => verb.run(desk),
            Self::Campaign(verb) => verb.run(desk),
            Self::Kind(verb) => verb.run(desk),
            Self::Outage(verb) => verb.run(desk),
            Self::Attachment(verb) => verb.run(desk),
            Self::Audit(verb) => verb.run(desk),
            Self::Account(verb) => verb.run(desk),
            Self::Grant(verb) => verb.run(desk),
            Self::Consent(verb) => verb.run(desk),
            Self::Inspect(verb) => verb.run(desk),
            Self::Ticket(verb) => verb.run(desk),
            Self::Regulation(verb) => verb.run(desk),
            Self::Report(verb) => verb.run(desk),
            Self::Check(verb) => verb.run(desk),
            Self::Archive(verb) => verb.run(desk),
            Self::Backup(verb) => verb.run(desk),
            Self::Keys(verb) => verb.run(desk),
            Self::Sync(verb) => verb.run(desk),
            Self::Status(arguments) => arguments.run(desk),
            Self::Config(verb) => verb.run(desk),
            Self::Demo(arguments) => demo::run(arguments, desk),
            Self::Calendar(verb) => verb.run(desk),
            Self::Obligations(arguments) => arguments.run(desk),
            Self::Quality(arguments) => arguments.run(desk),
            Self::Version(arguments) => arguments.run(desk),
        }
    }
}

/// What a command line turned out to be.
#[derive(Debug)]
pub(super) enum Parsed {
    Arguments(Box<Arguments>),
    Help(String),
    Wrong(CliError),
}

/// Reads the words of a command line.
pub(super) fn parse(words: impl IntoIterator<Item = OsString>) -> Parsed {
    let mut command = vietnamese(Arguments::command());
    let parsed = command
        .try_get_matches_from_mut(words)
        .and_then(|mut matches| Arguments::from_arg_matches_mut(&mut matches));
    match parsed {
        Ok(arguments) => Parsed::Arguments(Box::new(arguments)),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            Parsed::Help(error.render().to_string())
        }
        Err(error) => Parsed::Wrong(from_clap(&error)),
    }
}

/// Gives a command and all below it Vietnamese headings and help.
fn vietnamese(command: Command) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("Xem hướng dẫn: -h ngắn, --help có ví dụ");
    let template =
        StyledStr::from("{about-with-newline}\nCách dùng: {usage}\n\n{all-args}{after-help}");
    let names: Vec<String> =
        command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let plain = |arg: Arg| {
        let heading = if arg.is_positional() { "Đối số" } else { "Tùy chọn" };
        let arg = arg.help_heading(heading);
        if arg.get_action().takes_values() {
            arg.hide_possible_values(true).hide_default_value(true).hide_env(true)
        } else {
            arg
        }
    };
    let command = command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .help_template(template)
        .subcommand_help_heading("Lệnh")
        .subcommand_value_name("LỆNH")
        .arg(help)
        .mut_args(plain);
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, vietnamese))
}

#[cfg(test)]
mod tests;
