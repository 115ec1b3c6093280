//! `hoso audit export`: the package for an inspector, written by the running node's word.

use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::ask;
use crate::audit::{
    Claim,
    package::{ExportError, export},
};
use crate::cli::Outcome;
use crate::cli::claim::Second;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};

const EXAMPLES: &str = "\
Ví dụ:
  hoso audit export --out may-huyen.audit --mission 12/QĐ-SNV

Gói gồm toàn bộ nhật ký đã niêm phong, chữ ký, sổ thành viên và các dấu mà máy này giữ của máy khác.
Mã mở gói chỉ in ra một lần: hãy ghi ra giấy và giao riêng. Không có mã vẫn kiểm tra được gói có bị
sửa hay không, chỉ không đọc được nội dung. Đơn vị đã có tài khoản thì phải có mã hai lớp: --second.";

/// The longest mission number, in bytes.
const MISSION_MAX: usize = 512;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Tệp sẽ ghi; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: PathBuf,
    /// Số quyết định hoặc kế hoạch thanh tra, kiểm tra
    #[arg(long, value_name = "SỐ VĂN BẢN", default_value = "")]
    mission: String,
    /// Họ tên người xuất gói (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN")]
    by: Option<String>,
    #[command(flatten)]
    second: Second,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        if self.mission.len() > MISSION_MAX {
            return Err(CliError::usage("DL-0155", "Số văn bản quá dài."));
        }
        let claim = Claim {
            person: self.by.clone().unwrap_or_default(),
            document: self.mission.clone(),
            second: self.second.read()?,
            ..Claim::default()
        };
        let mut asker = desk.ask_as(claim)?;
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.out)
            .map_err(|error| CliError::file(&self.out, &error))?;
        let out = BufWriter::with_capacity(1 << 20, &file);
        let written = export(|order| ask(&mut asker, order), &self.mission, out)
            .map_err(|error| told(error, &self.out))
            .and_then(|exported| {
                file.sync_all().map_err(|error| CliError::file(&self.out, &error))?;
                Ok(exported)
            });
        let exported = written.inspect_err(|_| {
            // Half a package is none; that it could not be removed changes nothing about it.
            let _ = std::fs::remove_file(&self.out);
        })?;
        desk.out.say(format_args!("Đã ghi gói kiểm tra «{}».", self.out.display()));
        desk.out.say(format_args!(
            "  {} mục nhật ký của máy này, {} dấu của máy khác",
            exported.entries, exported.witnessed
        ));
        desk.out.say(format_args!("Mã mở gói: {}", exported.code));
        desk.out.say("  Hãy ghi mã ra giấy và giao riêng; mã này không xem lại được.");
        if desk.out.is_json() {
            desk.out.answer(&json!({ "file": self.out, "node": exported.node,
                "entries": exported.entries, "witnessed": exported.witnessed,
                "code": exported.code, "digest": exported.digest }));
        }
        Ok(Exit::Done)
    }
}

fn told(error: ExportError<CliError>, out: &std::path::Path) -> CliError {
    match error {
        ExportError::Node(error) => error,
        ExportError::Write(error) => CliError::file(out, &error),
        ExportError::Answer(_) => CliError::unexpected(),
    }
}
