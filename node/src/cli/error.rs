//! What went wrong, told to a person: a stable code, a sentence, what to do, and the exit code.
//!
//! Every family of errors becomes a [`CliError`] here and nowhere else. Codes: DL the command
//! line, CH settings, MN the running node, HS dossiers, NK lists to import, TK accounts, UQ rights
//! given by document, TL attachments, KM the keys of the data, KD the store, LH the calendar, DU
//! data of the program, NJ the audit log.

pub(super) use abroad::{sentence, unsound};

use std::fmt;
use std::io;
use std::path::Path;

use protocol::core::Refused;

use crate::control::ControlError;
use crate::import::ImportError;

mod abroad;
mod account;
mod attachment;
mod custody;
mod docket;
mod grant;
mod late;
mod office;
mod reorg;
mod seal;
mod setup;
mod usage;

pub(super) use usage::from_clap;

/// The exit codes, which stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// The settings are wrong.
    Configuration,
    /// Another process holds the data directory.
    Locked,
    /// The data is of another version.
    Upgrade,
    /// A check did not hold.
    Unverified,
}

impl Exit {
    /// The number the process ends with.
    pub fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Locked => 4,
            Self::Upgrade => 5,
            Self::Unverified => 6,
        }
    }

    /// The meaning of a number; anything unknown is a failure.
    pub(super) fn from_code(code: i32) -> Self {
        let all = [
            Self::Done,
            Self::Failed,
            Self::Usage,
            Self::Configuration,
            Self::Locked,
            Self::Upgrade,
            Self::Unverified,
        ];
        all.into_iter().find(|exit| exit.code() == code).unwrap_or(Self::Failed)
    }
}

/// What went wrong, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// Stable code, for people to name and for scripts to test.
    pub code: String,
    /// What happened, in Vietnamese.
    pub message: String,
    /// What to do, in Vietnamese.
    pub hint: Option<String>,
    /// The exit code.
    pub exit: Exit,
}

impl CliError {
    /// An error with a code, a sentence and an exit code.
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), hint: None, exit }
    }

    /// The same error with what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn usage(code: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, code, message)
    }

    pub(crate) fn failed(code: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// A file of the person's own that can't be read or written.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "không có tệp hoặc thư mục này",
            io::ErrorKind::PermissionDenied => "không có quyền",
            io::ErrorKind::AlreadyExists => "tệp đã có, không ghi đè",
            io::ErrorKind::StorageFull => "ổ đĩa đầy",
            io::ErrorKind::InvalidData => "không phải văn bản UTF-8",
            io::ErrorKind::IsADirectory => "đây là thư mục",
            _ => "hệ thống từ chối",
        };
        Self::failed("DL-0120", format!("Không đọc hoặc ghi được «{}»: {reason}.", path.display()))
    }

    /// The node said something that does not answer the question.
    pub(crate) fn unexpected() -> Self {
        ControlError::Protocol("another kind of answer").into()
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

impl std::error::Error for CliError {}

impl From<ControlError> for CliError {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::NotRunning => {
                Self::failed("MN-0201", "Máy nút chưa chạy trong thư mục dữ liệu này.")
                    .hint("Hãy chạy «hoso serve», hoặc chỉ đúng thư mục bằng --data-dir.")
            }
            ControlError::Io(error) => match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    Self::failed("MN-0202", "Không có quyền hỏi máy nút này.")
                        .hint("Hãy dùng tài khoản hệ điều hành đang chạy «hoso serve».")
                }
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    Self::failed("MN-0203", "Máy nút chưa trả lời trong thời hạn.")
                        .hint("Việc đã gửi vẫn được giữ. Hãy xem «hoso status» rồi thử lại.")
                }
                _ => Self::failed("MN-0204", "Mất liên lạc với máy nút giữa chừng.")
                    .hint("Việc chưa được xác nhận có thể chưa ghi. Hãy xem «hoso status»."),
            },
            ControlError::Protocol(_) => {
                Self::failed("MN-0205", "Máy nút trả lời không đúng quy ước.")
                    .hint("Có thể «hoso serve» đang chạy bản khác. Hãy khởi động lại.")
            }
        }
    }
}

impl From<Refused> for CliError {
    fn from(refused: Refused) -> Self {
        let told = office::refusal(&refused).or_else(|| late::refusal(&refused));
        let told = told.or_else(|| account::refusal(&refused));
        let told = told.or_else(|| attachment::refusal(&refused));
        let told = told.or_else(|| docket::refusal(&refused));
        let told = told.or_else(|| custody::refusal(&refused));
        let told = told.or_else(|| reorg::refusal(&refused));
        let told = told.or_else(|| abroad::refusal(&refused));
        if let Some(told) = told.or_else(|| grant::refusal(&refused)) {
            return told;
        }
        let Refused { code, detail } = refused;
        if let Ok(refusal) =
            serde_json::from_value::<dossier::permission::Refusal>(code.clone().into())
        {
            return Self::failed("HS-0401", refusal.message_vi()).hint(format!("Mã: {refusal}"));
        }
        match code.as_str() {
            "unknown-dossier" => {
                Self::failed("HS-0404", format!("Máy này không có hồ sơ {detail}."))
                    .hint("Hãy tìm bằng «hoso dossier list».")
            }
            "edit" => Self::failed("HS-0410", "Nội dung cập nhật không hợp lệ, chưa ghi gì."),
            "basis" => Self::failed("HS-0411", "Thiếu hoặc sai người ghi, căn cứ; chưa ghi gì."),
            "disk-full" => Self::failed("HS-0419", "Ổ đĩa của máy này đã đầy, chưa ghi gì.")
                .hint("Hãy dọn bớt tệp trên ổ đĩa rồi làm lại; không cần khởi động lại máy nút."),
            "too-large" => Self::failed("HS-0412", "Nội dung cập nhật quá lớn, chưa ghi gì."),
            "import-key" => Self::failed("HS-0420", "Chỉ mục nhập danh sách bị hỏng."),
            "member" | "tree" => {
                Self::failed("HS-0430", "Bản ghi không nối tiếp danh sách đang có, chưa ghi gì.")
            }
            "enrolment" => Self::failed(
                "MN-0301",
                "Không có phiếu cấp máy nào hợp với yêu cầu này.",
            )
            .hint("Phiếu có thể đã hết hạn, đã dùng, hoặc cấp cho đơn vị khác. Hãy lập phiếu mới."),
            "request" => Self::from(ControlError::Protocol("request")),
            "answer-too-large" => Self::failed("MN-0206", "Kết quả quá lớn để trả về một lần.")
                .hint("Hãy thu hẹp bằng từ khóa hoặc --limit."),
            other => Self::failed("HS-0400", "Máy nút từ chối, chưa ghi gì.")
                .hint(format!("Mã: {other}")),
        }
    }
}

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> Self {
        Self::failed(error.code(), error.vietnamese())
    }
}

impl From<config::DataError> for CliError {
    fn from(error: config::DataError) -> Self {
        Self::new(Exit::Configuration, "DU-0501", "Dữ liệu kèm chương trình không dùng được.")
            .hint(error.to_string())
    }
}

impl From<Vec<config::Problem>> for CliError {
    fn from(problems: Vec<config::Problem>) -> Self {
        let code = problems.first().map_or("CH-0000", |problem| problem.kind.code());
        let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Self::new(Exit::Configuration, code, "Cấu hình chưa dùng được.").hint(list.join("\n  "))
    }
}

#[cfg(test)]
mod tests;
