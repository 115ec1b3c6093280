//! `hoso backup`: a copy of this machine's data, the trial that it opens, and the way back (Điều 8.5,
//! 11.2).

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
use crate::home::HomeError;
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

const RESTORE: &str = "\
Ví dụ:
  hoso backup restore /media/usb/hoso-2026-03-05 --data-dir /var/lib/hoso

Dùng khi máy hỏng hoặc mất ổ đĩa: thư mục dữ liệu phải trống, tệp khóa phải có ở chỗ của nó. Mọi bản ghi và
mọi hồ sơ được đọc lại trước khi thư mục mang tên mới; bản sao lưu giữ nguyên. Phần đã nhập sau lần sao lưu
và đã gửi đi thì các máy khác gửi về lại khi liên lạc được. Không chạy máy cũ nữa: hai máy cùng một đơn vị
thì máy sau bị từ chối.

Mất tệp khóa: chép bản sao lưu ra một thư mục, chạy «hoso keys recover» ở đó, rồi khôi phục từ thư mục ấy.";

/// What can be done with backups.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Sao lưu dữ liệu của máy này
    #[command(after_long_help = MAKE)]
    Make(Make),
    /// Khôi phục thử một bản sao lưu
    #[command(after_long_help = TRY)]
    Try(Try),
    /// Khôi phục máy này từ một bản sao lưu
    #[command(after_long_help = RESTORE)]
    Restore(Restore),
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

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// Thư mục của bản sao lưu
    #[arg(value_name = "THƯ MỤC")]
    backup: PathBuf,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Make(make) => make.run(desk),
            Self::Try(trial) => trial.run(desk),
            Self::Restore(restore) => restore.run(desk),
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

impl Restore {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        keep_memory_private();
        if !self.backup.is_dir() {
            return Err(CliError::file(&self.backup, &std::io::ErrorKind::NotFound.into()));
        }
        let settings = desk.settings(&[])?.settings;
        let means = keys::opening_at(desk, &settings, &self.backup)?;
        let restored = backup::restore(&desk.environment, &self.backup, &settings.data_dir, &means);
        let held = restored.map_err(|error| match error {
            BackupError::Copy(..) => failed(&error),
            BackupError::Home(occupied @ HomeError::Occupied(_)) => occupied.into(),
            error => {
                tracing::warn!(%error, "a backup does not open");
                CliError::failed("SL-0101", format!("Không khôi phục được: {}.", why(&error))).hint(
                    "Chưa có gì được ghi. Hãy thử bản sao lưu khác, hoặc tệp khóa của máy cũ.",
                )
            }
        })?;
        let (unit, dossiers, frames) = (&held.unit, held.dossiers, held.frames);
        if desk.out.is_json() {
            desk.out.answer(&json!({ "unit": unit, "node": held.node, "dossiers": dossiers,
                "records": frames, "data_dir": settings.data_dir }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!(
            "Đã khôi phục máy của {unit}: {dossiers} hồ sơ, {frames} bản ghi, mỗi bản ghi đều đã đọc lại."
        ));
        desk.out.say(
            "Chạy «hoso serve»: máy hỏi các máy khác phần nhập sau lần sao lưu; trong lúc chờ, hồ sơ đã có chỉ đọc.",
        );
        Ok(Exit::Done)
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
