//! `hoso form`: the phiếu, from filling in to feeding the dossier (Điều 3.2, 9.1 b).

mod fill;
mod review;
mod show;

use clap::Subcommand;
use dossier::DossierId;
use protocol::core::{BegunShown, DocketQuestion, FormShown, FormsShown};
use protocol::{Answer, Command};

use super::Outcome;
use super::ask::{Asker, PREFIX_MIN};
use super::desk::Desk;
use super::error::CliError;

const FILL: &str = "\
Ví dụ:
  hoso form new --for \"Bùi Thị Hòa\" --staff-type vien_chuc --person \"Hà Văn Tú\"
  hoso form new 0f3a9c --staff-type cong_chuc --guided-on 2/3/2026 --person \"Hà Văn Tú\"
  hoso form set 0f3a9c full_name=\"Bùi Thị Hòa\" birth_date=3/5/1990 --person \"Hà Văn Tú\"
  hoso form set 0f3a9c --row family:new relation=Chồng full_name=\"Lê Văn B\" --person \"Hà Văn Tú\"
  hoso form submit 0f3a9c --declared-on 5/3/2026 --person \"Hà Văn Tú\"

Người chưa có hồ sơ: nộp phiếu là lập hồ sơ, chỉ có phiếu; duyệt phiếu rồi mới đưa dữ liệu vào.
Phiếu đang điền tự lưu ở máy này sau mỗi lệnh; nộp rồi mới vào hồ sơ và chờ người khác kiểm duyệt.";

const REVIEW: &str = "\
Ví dụ:
  hoso form review 0f3a9c --person \"Trần Thị B\"                    Duyệt mọi mục
  hoso form review 0f3a9c --accept full_name --accept birth_date --person \"Trần Thị B\"
  hoso form review 0f3a9c --return family:7be210aa --reason \"thiếu năm sinh\" --person \"Trần Thị B\"
  hoso form feed 0f3a9c --person \"Hà Văn Tú\" --decision \"45/QĐ-UBND|UBND huyện|15/3/2026\"

Đưa vào hồ sơ những mục đã duyệt: phía cá nhân theo bản kê khai, phía nhà nước theo --decision.";

/// What can be done with the phiếu.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Bắt đầu điền phiếu của một hồ sơ, hoặc của người chưa có hồ sơ (--for)
    #[command(after_long_help = FILL)]
    New(fill::New),
    /// Điền thêm, sửa phiếu đang điền
    #[command(after_long_help = FILL)]
    Set(fill::Set),
    /// Nộp phiếu đang điền; thiếu mục bắt buộc thì chưa nộp được
    #[command(after_long_help = FILL)]
    Submit(fill::Submit),
    /// Kiểm duyệt phiếu theo từng mục: nhận, hoặc trả lại có lý do
    #[command(after_long_help = REVIEW)]
    Review(review::Review),
    /// Đưa những mục đã duyệt của phiếu vào hồ sơ
    #[command(after_long_help = REVIEW)]
    Feed(review::Feed),
    /// Xem hoặc in một phiếu
    #[command(after_long_help = REVIEW)]
    Show(show::Show),
    /// Xem các phiếu của một hồ sơ; không ghi hồ sơ thì phiếu đang điền cho người chưa có hồ sơ
    #[command(after_long_help = FILL)]
    List(show::List),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::New(arguments) => arguments.run(desk),
            Self::Set(arguments) => arguments.run(desk),
            Self::Submit(arguments) => arguments.run(desk),
            Self::Review(arguments) => arguments.run(desk),
            Self::Feed(arguments) => arguments.run(desk),
            Self::Show(arguments) => arguments.run(desk),
            Self::List(arguments) => arguments.run(desk),
        }
    }
}

/// The phiếu that are being filled in for persons without a dossier.
fn begun(asker: &mut Asker) -> Result<Vec<BegunShown>, CliError> {
    match asker.core(Command::AskDocket(DocketQuestion::Begun))? {
        Answer::Begun(begun) => Ok(begun),
        _ => Err(CliError::unexpected()),
    }
}

/// Whose phiếu is meant, and whether she has no dossier yet: by id, its beginning, or the name that is
/// filled in, or as any dossier.
fn subject(asker: &mut Asker, text: &str) -> Result<(DossierId, bool), CliError> {
    let wanted = text.to_ascii_lowercase();
    let fits = |it: &&BegunShown| {
        let id = it.dossier.to_string();
        (wanted.len() >= PREFIX_MIN && id.starts_with(&wanted))
            || dossier::fold(&it.name) == dossier::fold(text)
    };
    let all = begun(asker)?;
    let mut found = all.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok((one.dossier, true)),
        (None, _) => Ok((asker.dossier(text)?, false)),
        _ => Err(CliError::failed("HS-0405", format!("Có nhiều phiếu khớp với «{text}»."))
            .hint("Hãy dùng mã trong «hoso form list».")),
    }
}

/// Asks for the phiếu of a dossier.
fn ask(asker: &mut Asker, dossier: DossierId) -> Result<FormsShown, CliError> {
    match asker.core(Command::AskDocket(DocketQuestion::Forms(dossier)))? {
        Answer::Forms(forms) => Ok(*forms),
        _ => Err(CliError::unexpected()),
    }
}

/// The version of a number, or the newest.
fn version(forms: &FormsShown, number: Option<u32>) -> Result<&FormShown, CliError> {
    let mut named = forms.versions.iter().rev();
    named.find(|it| number.is_none_or(|number| it.version.number == number)).ok_or_else(|| {
        CliError::usage("DL-0162", "Hồ sơ không có phiếu đã nộp nào như vậy.")
            .hint("Xem «hoso form list HỒ SƠ».")
    })
}
