//! `hoso serve`: runs the node of this data directory.

use std::io::IsTerminal;
use std::net::SocketAddr;

use clap::Args;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use super::Outcome;
use super::desk::Desk;
use super::error::{CliError, Exit};

const EXAMPLES: &str = "\
Ví dụ:
  hoso serve --data-dir /var/lib/hoso
  hoso serve --listen 0.0.0.0:7443 --parent snv.hoabinh.gov.vn:7443

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
        flags.extend(self.parent.map(|address| ("parent.address", address)));
        let loaded = desk.settings(&flags)?;
        for warning in &loaded.warnings {
            desk.out.mention(format_args!("Lưu ý: {warning}"));
        }
        log_to_stderr(&self.log)?;
        let json = desk.out.is_json();
        desk.machine.serve(
            &loaded.settings,
            Box::new(move |started| {
                let mut out = super::output::Output::to_terminal(json);
                if json {
                    out.answer(&json!({ "ready": true, "node": started.node,
                        "unit": started.unit, "tier": started.tier, "peer": started.peer,
                        "enrol": started.enrol }));
                    return;
                }
                out.say(format_args!(
                    "Máy nút của {} (cấp {}) đã sẵn sàng, chờ tại {}.",
                    started.unit, started.tier, started.peer
                ));
                if let Some(enrol) = started.enrol {
                    out.say(format_args!("Chờ máy mới tại {enrol}."));
                }
            }),
        )?;
        Ok(Exit::Done)
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
