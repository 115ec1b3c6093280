//! `hoso backup`: a copy of this machine's data, and the trial that it opens (Điều 8.5, 11.2).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::check::told;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::Signer;
use super::ticket::ask;
use super::{Outcome, keys};
use crate::backup::{self, BackupError};
use crate::control::{ConductAnswer, ConductOrder, Trial};
use crate::seal::keep_memory_private;

const MAKE: &str = "\
Ví dụ:
  hoso backup make --to /media/usb/hoso-2026-03-05

Máy nút cứ chạy. Bản sao vẫn niêm phong, không kèm tệp khóa: hãy giữ tệp khóa hoặc mã phục hồi ở nơi khác.";

const TRY: &str = "\
Ví dụ:
  hoso backup try /media/usb/hoso-2026-03-05

Mở một bản của bản sao lưu bằng khóa của máy này, đọc lại mọi bản ghi và mọi hồ sơ; bản sao lưu giữ
nguyên. Kết quả được ký, ghi vào nhật ký và gửi lên cấp trên. Máy nút phải đang chạy.";

/// What can be done with backups.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Sao lưu dữ liệu của máy này
    #[command(after_long_help = MAKE)]
    Make(Make),
    /// Khôi phục thử một bản sao lưu
    #[command(after_long_help = TRY)]
    Try(Try),
}

#[derive(Debug, Args)]
pub(super) struct Make {
    /// Thư mục mới
    #[arg(long, value_name = "THƯ MỤC")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Try {
    /// Thư mục của bản sao lưu
    #[arg(value_name = "THƯ MỤC")]
    backup: PathBuf,
    #[command(flatten)]
    signer: Signer,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Make(make) => make.run(desk),
            Self::Try(trial) => trial.run(desk),
        }
    }
}

impl Make {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let data = desk.settings(&[])?.settings.data_dir;
        let copied = backup::make(&data, &self.to).map_err(|error| failed(&error))?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "backup": self.to, "files": copied.files,
                "bytes": copied.bytes }));
            return Ok(Exit::Done);
        }
        let (files, bytes, to) = (copied.files, copied.bytes, self.to.display());
        desk.out.say(format_args!("Đã sao lưu {files} tệp, {bytes} byte vào {to}."));
        desk.out.say("Khôi phục thử: hoso backup try");
        Ok(Exit::Done)
    }
}

impl Try {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        keep_memory_private();
        if !self.backup.is_dir() {
            return Err(CliError::file(&self.backup, &std::io::ErrorKind::NotFound.into()));
        }
        // Whoever may not sign the result finds out before the backup is read.
        let node = desk.ask()?.status()?.node;
        let means = keys::opening_of(desk, &desk.settings(&[])?.settings)?;
        let outcome = backup::try_out(&desk.environment, &self.backup, &means);
        let trial = match &outcome {
            Ok(held) if held.node != node => {
                Trial { passed: false, dossiers: 0, note: "bản sao của máy khác".to_owned() }
            }
            Ok(held) => Trial {
                passed: true,
                dossiers: held.dossiers,
                note: format!("đọc lại {} bản ghi", held.frames),
            },
            // A disk without room says nothing of the backup.
            Err(error @ BackupError::Copy(..)) => return Err(failed(error)),
            Err(error) => {
                tracing::warn!(%error, "a backup does not open");
                Trial { passed: false, dossiers: 0, note: why(error).to_owned() }
            }
        };
        match ask(desk, ConductOrder::Tried(trial), self.signer.claim())? {
            ConductAnswer::Checked { check, doubts } => told(desk, &check, &doubts),
            _ => Err(CliError::unexpected()),
        }
    }
}

/// What is wrong with a backup, for people.
fn why(error: &BackupError) -> &'static str {
    match error {
        BackupError::Home(_) => "không mở được bằng khóa của máy này, hoặc thiếu tệp",
        BackupError::Store(_) => "bản ghi không còn đúng hoặc thiếu",
        BackupError::Open(_) | BackupError::Unreadable => "có hồ sơ không đọc được",
        BackupError::Data(_) | BackupError::Copy(..) => "không thử được",
    }
}

fn failed(error: &BackupError) -> CliError {
    match error {
        BackupError::Copy(path, error) => CliError::file(path, error),
        other => CliError::failed("SL-0100", "Không sao lưu được.").hint(other.to_string()),
    }
}
