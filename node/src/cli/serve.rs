//! `hoso serve`: runs the node of this data directory.

use std::io::IsTerminal;
use std::net::SocketAddr;

use clap::Args;
use serde_json::json;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

use super::desk::Desk;
use super::error::{CliError, Exit};
use super::{Outcome, keys};
use crate::link::LinkLimits;
use crate::node::{Options, Ready, serve};
use crate::seal::keep_memory_private;
use crate::store::IndexKind;

const EXAMPLES: &str = "\
Ví dụ:
  hoso serve --data-dir /var/lib/hoso
  hoso serve --pages 127.0.0.1:8900      Trang làm việc ở cổng khác; --pages off để tắt
  hoso serve --listen 0.0.0.0:7443 --parent snv.hoabinh.gov.vn:7443

Cụm mật khẩu mở dữ liệu, nếu có, được hỏi tại màn hình hoặc đọc từ tệp ghi ở HOSO_PASSPHRASE_FILE
(cũng nhận /dev/fd/3). Thiếu hoặc sai khóa: mã kết thúc 3, dữ liệu giữ nguyên.

Dừng bằng Ctrl+C hoặc SIGTERM. Mã kết thúc 4: thư mục dữ liệu đang được máy nút khác dùng;
5: dữ liệu thuộc phiên bản khác.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Địa chỉ UDP chờ các máy khác
    #[arg(long, value_name = "IP:CỔNG")]
    listen: Option<SocketAddr>,
    /// Địa chỉ UDP chờ máy mới nhận phiếu
    #[arg(long, value_name = "IP:CỔNG")]
    enrol_listen: Option<SocketAddr>,
    /// Địa chỉ của trang làm việc trên chính máy này; cổng đã dùng thì lấy cổng kế tiếp; off để tắt
    #[arg(long, value_name = "IP:CỔNG")]
    pages: Option<String>,
    /// Địa chỉ của cấp trên
    #[arg(long, value_name = "MÁY:CỔNG")]
    parent: Option<String>,
    /// Mức ghi nhật ký, ví dụ info hoặc node=debug (hoặc biến HOSO_LOG)
    #[arg(long, env = "HOSO_LOG", value_name = "MỨC", default_value = "info")]
    log: String,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut flags = Vec::new();
        flags.extend(self.listen.map(|address| ("listen.peer", address.to_string())));
        flags.extend(self.enrol_listen.map(|address| ("listen.enrol", address.to_string())));
        flags.extend(self.pages.map(|address| ("listen.pages", address)));
        flags.extend(self.parent.map(|address| ("parent.address", address)));
        let loaded = desk.settings(&flags)?;
        for warning in &loaded.warnings {
            desk.out.mention(format_args!("Lưu ý: {warning}"));
        }
        log_to_stderr(&self.log)?;
        keep_memory_private();
        let means = keys::opening_of(desk, &loaded.settings)?;
        let json = desk.out.is_json();
        let environment = desk.environment.clone();
        let out = &mut *desk.out;
        let ready = |ready: &Ready| {
            if json {
                out.answer(&json!({ "ready": true, "unit": ready.unit, "peer": ready.listen,
                    "enrol": ready.enrol, "pages": ready.pages, "control": ready.control }));
                return;
            }
            let Ready { unit, listen, .. } = ready;
            out.say(format_args!("Máy nút của {unit} đã sẵn sàng, chờ tại {listen}."));
            if let Some(enrol) = ready.enrol {
                out.say(format_args!("Chờ máy mới tại {enrol}."));
            }
            if let Some(pages) = ready.pages {
                out.say(format_args!("Trang làm việc: http://{pages}/dang-nhap"));
            }
        };
        let limits = LinkLimits::default();
        let options = Options { means: Some(means), ..Options::of(&loaded.settings, limits) };
        runtime()?.block_on(serve(environment, &loaded.settings, &options, ready))?;
        Ok(Exit::Done)
    }
}

/// The runtime of verbs that speak over the network.
pub(super) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|_| CliError::failed("MN-0324", "Hệ thống không cho tạo luồng làm việc."))
}

/// The index the settings ask for.
pub(super) fn index_of(settings: &config::Settings) -> IndexKind {
    match settings.storage_index {
        config::IndexKind::Sled => IndexKind::Sled,
        config::IndexKind::Redb => IndexKind::Redb,
    }
}

/// Logs go to standard error, as JSON where no person watches; they carry ids, no personal data.
fn log_to_stderr(filter: &str) -> Result<(), CliError> {
    let filter = EnvFilter::try_new(filter).map_err(|_| {
        CliError::usage("DL-0160", format!("Mức ghi nhật ký «{filter}» không hợp lệ."))
            .hint("Ví dụ: info, debug, node=debug")
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = if std::io::stderr().is_terminal() {
        builder.with_ansi(std::env::var_os("NO_COLOR").is_none()).try_init()
    } else {
        builder.json().try_init()
    };
    // A second subscriber in one process, as in tests, leaves the first in place.
    drop(installed);
    Ok(())
}
