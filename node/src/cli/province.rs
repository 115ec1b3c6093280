//! `hoso province`: begins a province, shows it whole, and changes its org tree.

pub(super) mod tree;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use certs::name::ProvinceName;
use clap::{Args, Subcommand};
use dossier::UnitId;
use dossier::unit::UnitTree;
use protocol::{Answer, Command, core::MemberShown};
use serde_json::json;

use super::desk::{Desk, SETTINGS};
use super::error::{CliError, Exit};
use super::keys::SealArguments;
use super::library::Library;
use super::serve::index_of;
use super::{Outcome, keys, secret, status, words};
use crate::province::{InitOptions, init};

const INIT_EXAMPLES: &str = "\
Ví dụ:
  hoso province init --data-dir /var/lib/hoso --root-dir /media/usb/goc --passphrase-file mk.txt

Dữ liệu được niêm phong bằng tệp khóa nằm cạnh thư mục dữ liệu, trừ khi ghi --seal, --key-file. Giữ
tệp khóa ở nơi khác với dữ liệu; mất nó thì còn mã phục hồi trên giấy.

Thư mục gốc chứa khóa gốc đã mã hóa; cất riêng, không để trên máy nút. Máy nút chạy không cần nó.";

const STATUS_EXAMPLES: &str = "\
Ví dụ:
  hoso province status
  hoso province status --json";

/// What can be done with a province.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lập hệ thống của tỉnh: gốc, máy cấp ba, danh sách máy, cơ cấu tổ chức
    #[command(after_long_help = INIT_EXAMPLES)]
    Init(InitArguments),
    /// Xem toàn tỉnh từ máy này: máy nào, kết nối, so khớp
    #[command(after_long_help = STATUS_EXAMPLES)]
    Status(StatusArguments),
    /// Xem thay đổi và ban hành bản mới của cơ cấu tổ chức (chỉ ở cấp ba)
    Tree(tree::Arguments),
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// Thư mục mới cho khóa gốc và chứng thư gốc
    #[arg(long, value_name = "THƯ MỤC")]
    root_dir: PathBuf,
    /// Tệp chứa cụm mật khẩu của khóa gốc (hoặc biến HOSO_PASSPHRASE); nếu không ghi thì được hỏi
    #[arg(long, value_name = "TỆP")]
    passphrase_file: Option<PathBuf>,
    /// Tên tỉnh trong chứng thư; nếu không ghi là hoabinh
    #[arg(long, value_name = "TÊN")]
    province: Option<UnitId>,
    /// Tệp CSV cơ cấu tổ chức; nếu không ghi là tỉnh Hòa Bình năm 2014
    #[arg(long, value_name = "TỆP")]
    org: Option<PathBuf>,
    /// Địa chỉ UDP chờ các máy cấp hai
    #[arg(long, value_name = "IP:CỔNG")]
    listen: Option<SocketAddr>,
    /// Địa chỉ UDP chờ máy mới nhận phiếu
    #[arg(long, value_name = "IP:CỔNG")]
    enrol_listen: Option<SocketAddr>,
    #[command(flatten)]
    seal: SealArguments,
}

#[derive(Debug, Args)]
pub(super) struct StatusArguments {}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Init(arguments) => arguments.run(desk),
            Self::Status(StatusArguments {}) => show(desk),
            Self::Tree(arguments) => arguments.run(desk),
        }
    }
}

impl InitArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut flags = vec![("profile", "province".to_owned())];
        flags.extend(self.listen.map(|address| ("listen.peer", address.to_string())));
        flags.extend(self.enrol_listen.map(|address| ("listen.enrol", address.to_string())));
        flags.extend(self.province.as_ref().map(|name| ("province", name.to_string())));
        flags.extend(self.seal.flags());
        let settings = desk.settings(&flags)?.settings;
        let province = settings.province.as_str().parse::<ProvinceName>().map_err(|_| {
            CliError::usage("DL-0161", format!("«{}» không làm tên tỉnh được.", settings.province))
                .hint("Hãy dùng chữ thường không dấu và số, ví dụ hoabinh.")
        })?;
        let passphrase = secret::passphrase(self.passphrase_file.as_deref())?;
        let options = InitOptions {
            province,
            tree: self.tree()?,
            passphrase,
            optional_holders: settings.communes_hold_dossiers,
            index: index_of(&settings),
            seal: keys::founding_of(&settings)?,
        };
        let founded = init(&desk.environment, &settings.data_dir, &self.root_dir, &options)?;
        keep_settings(&settings)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "node": founded.node, "unit": founded.unit,
                "root_fingerprint": founded.root_fingerprint, "data_dir": settings.data_dir,
                "root_key": founded.root_key, "units": founded.units,
                "recovery_code": *founded.recovery.text() }));
        } else {
            let root = founded.root_key.display();
            desk.out.say(format_args!("Đã lập hệ thống của tỉnh {}.", settings.province));
            desk.out.say(format_args!("  Máy cấp ba: {}, đơn vị {}", founded.node, founded.unit));
            desk.out.say(format_args!("  Mã kiểm tra của gốc: {}", founded.root_fingerprint));
            desk.out.say(format_args!("  Khóa gốc: {root}. Hãy cất riêng, không để trên máy này."));
            keys::tell_recovery(desk, &founded.recovery);
            desk.out.say(format_args!(
                "Tiếp theo: hoso serve --data-dir {}",
                settings.data_dir.display()
            ));
        }
        Ok(Exit::Done)
    }

    fn tree(&self) -> Result<UnitTree, CliError> {
        match &self.org {
            Some(path) => tree::read(path),
            None => Ok(Library::load()?.tree),
        }
    }
}

/// Writes the settings of a new node beside its data, unless some are there.
pub(super) fn keep_settings(settings: &config::Settings) -> Result<(), CliError> {
    let path = settings.data_dir.join(SETTINGS);
    let mut listen = format!("[listen]\npeer = \"{}\"\n", settings.listen_peer);
    if let Some(address) = settings.listen_enrol {
        listen.push_str(&format!("enrol = \"{address}\"\n"));
    }
    let parent = settings
        .parent_address
        .as_ref()
        .map_or_else(String::new, |address| format!("\n[parent]\naddress = \"{address}\"\n"));
    let mut seal = String::new();
    if settings.seal != config::SealSettings::default() {
        seal.push_str("\n[seal]\n");
        let profile = keys::profile_of(settings).name();
        seal.push_str(&format!("profile = \"{profile}\"\n"));
    }
    if let Some(path) = &settings.seal.key_file {
        seal.push_str(&format!("key_file = \"{}\"\n", path.display()));
    }
    let text = format!(
        "profile = \"{}\"\nprovince = \"{}\"\n\n{listen}{parent}\n[units]\n\
         communes_hold_dossiers = {}\n{seal}",
        settings.profile.name(),
        settings.province,
        settings.communes_hold_dossiers
    );
    if path.exists() {
        return Ok(());
    }
    std::fs::write(&path, text).map_err(|error| CliError::file(&path, &error))
}

fn show(desk: &mut Desk<'_>) -> Outcome {
    let library = Library::of(desk)?;
    let mut asker = desk.ask()?;
    let state = asker.status()?;
    let Answer::Members(members) = asker.core(Command::Members)? else {
        return Err(CliError::unexpected());
    };
    let near: BTreeMap<&UnitId, _> = state.neighbours.iter().map(|it| (&it.unit, it)).collect();
    if desk.out.is_json() {
        let list: Vec<_> = members
            .iter()
            .map(|MemberShown { node, unit, active, .. }| {
                json!({ "node": node, "unit": unit, "active": active,
                    "connected": near.contains_key(unit) || *unit == state.unit })
            })
            .collect();
        let mut answer = status::as_json(&state);
        answer["nodes"] = list.into();
        desk.out.answer(&answer);
        return Ok(Exit::Done);
    }
    let active = members.iter().filter(|member| member.active).count();
    desk.out.say(format_args!(
        "Tỉnh có {} đơn vị trong cơ cấu (bản {}), {active} máy đang dùng, {} máy đã thu hồi.",
        library.tree.len(),
        state.tree,
        members.len() - active
    ));
    desk.out.say(format_args!(
        "Máy này ({}) giữ {} hồ sơ, {} lần ghi.",
        state.unit, state.totals.dossiers, state.totals.changes
    ));
    desk.out.table(
        ["Đơn vị", "Máy", "Tình trạng", "So khớp gần nhất"],
        members.iter().map(|MemberShown { node, unit, active, .. }| {
            let here = *unit == state.unit;
            let neighbour = near.get(unit);
            let how = match (active, here, neighbour) {
                (false, ..) => "đã thu hồi",
                (_, true, _) => "máy này",
                (_, _, Some(_)) => "đang kết nối",
                _ => "không kết nối trực tiếp",
            };
            let agreed =
                neighbour.and_then(|it| it.agreed).map_or_else(String::new, |(at, equal)| {
                    let word = if equal { "giống nhau" } else { "KHÁC NHAU" };
                    format!("{} {word}", words::instant(at))
                });
            [library.unit_name(unit), node.to_string(), how.to_owned(), agreed]
        }),
    );
    Ok(Exit::Done)
}
