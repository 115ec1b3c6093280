//! `hoso keys`: how the data of this machine is sealed, a new lock, and the way back in when the key
//! is lost.
//!
//! Locks are changed while the node is down; the next start records it in the audit log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use super::desk::Desk;
use super::error::{CliError, Exit};
use super::node::{read, write_new};
use super::{Outcome, secret, words};
use crate::environment::{Disk, DiskLock};
use crate::home::Home;
use crate::seal::{Founding, Means, Profile, RecoveryCode, SealError, Vault, keep_memory_private};
use crate::store::Store;

const STATUS: &str = "\
Ví dụ:
  hoso keys status
  hoso keys status --json";

const ROTATE: &str = "\
Ví dụ:
  hoso keys rotate
  hoso keys rotate --key-file /media/usb/hoso.key
  hoso keys rotate --seal passphrase

Dừng máy nút trước. Không ghi --key-file thì lập tệp khóa mới thay tệp đang dùng; tệp khóa dùng chung
cho nhiều máy nút thì phải ghi. Khóa cũ không mở được nữa, dữ liệu và mã phục hồi giữ nguyên. Cụm mật
khẩu được hỏi tại màn hình, hoặc đọc từ tệp ghi ở HOSO_PASSPHRASE_FILE (đang dùng) và
HOSO_NEW_PASSPHRASE_FILE (mới). Bản sao cũ của tệp seal.json vẫn mở được bằng khóa cũ: hãy hủy các bản
ấy.";

const RECOVER: &str = "\
Ví dụ:
  hoso keys recover --key-file /media/usb/hoso.key
  hoso keys recover --code-file ma-phuc-hoi.txt

Dùng khi mất tệp khóa hoặc quên cụm mật khẩu. Mã phục hồi ghi trên giấy lúc lập máy; được hỏi tại
màn hình nếu không có --code-file.";

const BACKUP: &str = "\
Ví dụ:
  hoso keys backup --to /media/usb/seal.json

Bản sao này vẫn khóa: cần tệp khóa, cụm mật khẩu hoặc mã phục hồi. Hãy sao lại sau mỗi lần đổi khóa.";

/// What can be done with the keys of the data.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Xem dữ liệu được niêm phong bằng gì
    #[command(after_long_help = STATUS)]
    Status(StatusArguments),
    /// Đổi khóa của dữ liệu
    #[command(after_long_help = ROTATE)]
    Rotate(RotateArguments),
    /// Mở lại bằng mã phục hồi và đặt khóa mới
    #[command(after_long_help = RECOVER)]
    Recover(RecoverArguments),
    /// Sao phần khóa đã niêm phong ra nơi khác
    #[command(after_long_help = BACKUP)]
    Backup(BackupArguments),
}

#[derive(Debug, Args)]
pub(super) struct StatusArguments {}

#[derive(Debug, Args)]
pub(super) struct RotateArguments {
    #[command(flatten)]
    seal: SealArguments,
}

#[derive(Debug, Args)]
pub(super) struct RecoverArguments {
    /// Tệp chứa mã phục hồi
    #[arg(long, value_name = "TỆP")]
    code_file: Option<PathBuf>,
    #[command(flatten)]
    seal: SealArguments,
}

#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// Tệp mới
    #[arg(long, value_name = "TỆP")]
    to: PathBuf,
}

/// How data is to be sealed.
#[derive(Debug, Default, Args)]
pub(super) struct SealArguments {
    /// Cách niêm phong: keyfile, passphrase, keyfile+passphrase hoặc unattended
    #[arg(long = "seal", value_name = "CÁCH")]
    profile: Option<String>,
    /// Tệp khóa; nếu không ghi thì nằm cạnh thư mục dữ liệu
    #[arg(long, value_name = "TỆP")]
    key_file: Option<PathBuf>,
}

impl SealArguments {
    /// As settings.
    pub(super) fn flags(&self) -> Vec<(&'static str, String)> {
        let absolute = |path: &PathBuf| {
            let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            whole.to_string_lossy().into_owned()
        };
        let mut flags = Vec::new();
        flags.extend(self.profile.clone().map(|profile| ("seal.profile", profile)));
        flags.extend(self.key_file.as_ref().map(|path| ("seal.key_file", absolute(path))));
        flags
    }

    /// Makes a change of the lock, with a fresh key file where none was named.
    fn relock(
        &self,
        disk: &dyn Disk,
        founding: &Founding,
        change: impl FnOnce(&Founding) -> Result<Vault, SealError>,
    ) -> Result<Vault, SealError> {
        match self.key_file {
            Some(_) => change(founding),
            None => Vault::with_fresh_key_file(disk, founding, change),
        }
    }
}

/// How new data is sealed by these settings; a passphrase is asked twice.
pub(super) fn founding_of(settings: &config::Settings) -> Result<Founding, CliError> {
    let profile = profile_of(settings);
    let passphrase = profile.asks_passphrase().then(|| secret::seal(secret::NEW, true));
    let passphrase = passphrase.transpose()?;
    Ok(Founding::new(profile, Means { passphrase, ..means_of(settings, profile) }))
}

pub(super) fn profile_of(settings: &config::Settings) -> Profile {
    match settings.seal.profile {
        config::SealProfile::Passphrase => Profile::Passphrase,
        config::SealProfile::KeyFile => Profile::KeyFile,
        config::SealProfile::KeyFileAndPassphrase => Profile::KeyFileAndPassphrase,
        config::SealProfile::Unattended => Profile::Unattended,
    }
}

fn means_of(settings: &config::Settings, profile: Profile) -> Means {
    let given = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    match given.filter(|_| profile == Profile::Unattended && settings.seal.key_file.is_none()) {
        Some(directory) => Means::key_file(&directory.join("hoso.key")),
        None => crate::node::means_of(settings, None),
    }
}

/// Where what opens the data lies, for people.
pub(super) fn opening_place(settings: &config::Settings, profile: Profile) -> String {
    if profile.has_key_file() {
        means_of(settings, profile).key_file.display().to_string()
    } else {
        "cụm mật khẩu".to_owned()
    }
}

/// What opens the data of these settings as it is sealed on the disk; a passphrase is asked once.
pub(super) fn opening_of(desk: &Desk<'_>, settings: &config::Settings) -> Result<Means, CliError> {
    opening_at(desk, settings, &settings.data_dir)
}

/// What opens the vault in `directory`, which is or was this machine's.
pub(super) fn opening_at(
    desk: &Desk<'_>,
    settings: &config::Settings,
    directory: &Path,
) -> Result<Means, CliError> {
    let disk = &*desk.environment.disk;
    if !Vault::is_there(disk, directory) {
        // Whoever opens it says what is there instead.
        return Ok(crate::node::means_of(settings, None));
    }
    let profile = Vault::status(disk, directory)?.profile;
    let passphrase = profile.asks_passphrase().then(|| secret::seal(secret::OPENING, false));
    Ok(Means { passphrase: passphrase.transpose()?, ..means_of(settings, profile) })
}

/// Tells the recovery code, this once.
pub(super) fn tell_recovery(desk: &mut Desk<'_>, code: &RecoveryCode) {
    desk.out.say("  Mã phục hồi, chỉ hiện lần này; chép ra giấy và cất vào két:");
    desk.out.say(format_args!("  {}", *code.text()));
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        keep_memory_private();
        match self {
            Self::Status(StatusArguments {}) => show(desk),
            Self::Rotate(arguments) => arguments.run(desk),
            Self::Recover(arguments) => arguments.run(desk),
            Self::Backup(arguments) => arguments.run(desk),
        }
    }
}

fn show(desk: &mut Desk<'_>) -> Outcome {
    let settings = desk.settings(&[])?.settings;
    let state = Vault::status(&*desk.environment.disk, &settings.data_dir)?;
    let key_file = means_of(&settings, state.profile).key_file;
    let there = state.profile.has_key_file().then(|| key_file.is_file());
    if desk.out.is_json() {
        desk.out.answer(&json!({ "profile": state.profile.name(),
            "generation": state.generation, "since_ms": state.since.as_millis(),
            "key_file": there.map(|_| &key_file), "key_file_there": there }));
        return Ok(Exit::Done);
    }
    let how = match state.profile {
        Profile::Passphrase => "cụm mật khẩu",
        Profile::KeyFile => "tệp khóa",
        Profile::KeyFileAndPassphrase => "tệp khóa và cụm mật khẩu",
        Profile::Unattended => "tệp khóa luôn có sẵn, máy tự khởi động được",
    };
    let since = words::instant(state.since);
    desk.out.say(format_args!("Dữ liệu niêm phong bằng {how}."));
    desk.out.say(format_args!("  Khóa thứ {}, từ {since}", state.generation));
    if let Some(there) = there {
        let where_now = if there { "đang có" } else { "không thấy" };
        desk.out.say(format_args!("  Tệp khóa {}: {where_now}", key_file.display()));
    }
    Ok(Exit::Done)
}

/// The settings, and the lock that keeps the node down meanwhile.
fn hold(desk: &Desk<'_>, seal: &SealArguments) -> Result<(config::Settings, DiskLock), CliError> {
    let settings = desk.settings(&seal.flags())?.settings;
    let disk = &*desk.environment.disk;
    Vault::status(disk, &settings.data_dir)?;
    let held = Store::hold(disk, &Home::at(&settings.data_dir).store())?;
    Ok((settings, held))
}

/// The new lock: as the words of the command say, else as it is.
fn new_lock(
    desk: &Desk<'_>,
    seal: &SealArguments,
    settings: &config::Settings,
) -> Result<Founding, CliError> {
    let mut settings = settings.clone();
    if seal.profile.is_none() {
        let present = Vault::status(&*desk.environment.disk, &settings.data_dir)?.profile;
        settings.seal.profile = match present {
            Profile::Passphrase => config::SealProfile::Passphrase,
            Profile::KeyFile => config::SealProfile::KeyFile,
            Profile::KeyFileAndPassphrase => config::SealProfile::KeyFileAndPassphrase,
            Profile::Unattended => config::SealProfile::Unattended,
        };
    }
    founding_of(&settings)
}

fn done(desk: &mut Desk<'_>, vault: &Vault, founding: &Founding) -> Exit {
    let (generation, profile) = (vault.generation(), founding.profile);
    let key_file = profile.has_key_file().then_some(&founding.means.key_file);
    if desk.out.is_json() {
        desk.out.answer(&json!({ "generation": generation, "profile": profile.name(),
            "key_file": key_file }));
        return Exit::Done;
    }
    desk.out.say(format_args!("Đã đổi khóa, nay là khóa thứ {generation}."));
    if let Some(path) = key_file {
        desk.out.say(format_args!("  Tệp khóa: {}", path.display()));
        desk.out.say("  Nếu khác chỗ cũ, hãy ghi seal.key_file vào tệp cấu hình.");
    }
    desk.out.say("Hãy hủy các bản sao cũ của tệp seal.json, rồi chạy «hoso keys backup».");
    Exit::Done
}

impl RotateArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (settings, _held) = hold(desk, &self.seal)?;
        let present = desk.settings(&[])?.settings;
        let means = opening_of(desk, &present)?;
        let environment = desk.environment.clone();
        let (disk, entropy) = (Arc::clone(&environment.disk), environment.entropy);
        let vault = Vault::open(disk, &settings.data_dir, entropy, &means)?;
        let founding = new_lock(desk, &self.seal, &settings)?;
        let now = environment.clock.now();
        let vault =
            self.seal.relock(&*environment.disk, &founding, |lock| vault.rotate(now, lock))?;
        Ok(done(desk, &vault, &founding))
    }
}

impl RecoverArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (settings, _held) = hold(desk, &self.seal)?;
        let text = match &self.code_file {
            Some(path) => secret::wrapped(read(path)?),
            None => secret::typed_once("Mã phục hồi (không hiện khi gõ): ")?,
        };
        let code: RecoveryCode = text.as_str().parse().map_err(|_| {
            CliError::usage("DL-0114", "Mã phục hồi gõ chưa đúng.")
                .hint("Mã có 14 nhóm, mỗi nhóm 4 chữ; hãy so lại từng nhóm với tờ giấy.")
        })?;
        let founding = new_lock(desk, &self.seal, &settings)?;
        let environment = desk.environment.clone();
        let (disk, entropy) = (Arc::clone(&environment.disk), environment.entropy);
        let now = environment.clock.now();
        let vault = self.seal.relock(&*environment.disk, &founding, |lock| {
            Vault::recover(disk, &settings.data_dir, entropy, now, (&code, lock))
        })?;
        Ok(done(desk, &vault, &founding))
    }
}

impl BackupArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let settings = desk.settings(&[])?.settings;
        let disk = &*desk.environment.disk;
        let copy = Vault::copy_of(disk, &settings.data_dir)?;
        write_new(&self.to, &copy)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "to": self.to }));
        } else {
            desk.out.say(format_args!("Đã sao phần khóa vào {}.", self.to.display()));
        }
        Ok(Exit::Done)
    }
}
