//! `hoso verify`: checks a file that proves custody, without a data directory and without a network.

use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;
use dossier::Hash;
use serde_json::json;

use super::desk::Desk;
use super::error::{CliError, Exit};
use super::{Outcome, words};
use crate::proof::{self, BYTES_MAX, Proven};

const EXAMPLES: &str = "\
Ví dụ:
  hoso verify ban-giao.json
  hoso verify ban-giao.json --root 9ab3…

Mã kết thúc: 0 đúng, 6 không đúng, kèm lý do. Không cần mạng, không cần máy nút.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Tệp chứng cứ, do «hoso custody prove» ghi
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    /// Mã kiểm tra của chứng thư gốc, như ghi trên giấy
    #[arg(long, value_name = "MÃ KIỂM TRA")]
    root: Option<String>,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let paper = self.root.as_ref().map(|text| {
            text.trim().to_lowercase().parse::<Hash>().map_err(|_| {
                CliError::usage("DL-0157", "Mã kiểm tra của chứng thư gốc không đúng dạng.")
            })
        });
        let paper = paper.transpose()?;
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&self.file);
        file.and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes))
            .map_err(|error| CliError::file(&self.file, &error))?;
        let proven = proof::verify(&bytes).map_err(|unproven| unproven.0);
        let proven = match proven {
            Ok(proven) if paper.is_some_and(|paper| paper != proven.root) => Err("root"),
            other => other,
        };
        match proven {
            Ok(proven) => {
                tell(desk, &proven);
                Ok(Exit::Done)
            }
            Err(what) => {
                if desk.out.is_json() {
                    desk.out.answer(&json!({ "whole": false, "finding": what,
                        "text": sentence(what) }));
                } else {
                    desk.out.say(format_args!("KHÔNG đúng: {}.", sentence(what)));
                }
                Ok(Exit::Unverified)
            }
        }
    }
}

fn tell(desk: &mut Desk<'_>, proven: &Proven) {
    let chain = &proven.chain;
    if desk.out.is_json() {
        let units: Vec<_> = chain.records().records().map(|(record, _)| &record.to).collect();
        desk.out.answer(&json!({ "whole": true, "dossier": chain.dossier(), "custodians": units,
            "custodian": chain.current().to, "received": proven.received, "root": proven.root }));
        return;
    }
    desk.out.say(format_args!("ĐÚNG: mọi chữ ký của hồ sơ {} đều khớp.", chain.dossier()));
    for (record, _) in chain.records().records() {
        let at = words::instant(record.issued_at);
        let received = match proven.received.contains(&record.epoch) {
            true => ", đã nhận đủ",
            false => "",
        };
        desk.out.say(format_args!("  kỳ {}: {} giữ, {at}{received}", record.epoch, record.to));
    }
    desk.out.say(format_args!("Chứng thư gốc: {}", proven.root));
    desk.out.say("  Hãy so với mã kiểm tra trên giấy của tỉnh.");
}

fn sentence(what: &str) -> &'static str {
    match what {
        "form" | "version" => "tệp không phải chứng cứ bàn giao của phiên bản này",
        "digest" => "tệp đã bị sửa hoặc hỏng",
        "root" | "charter" => "chứng thư gốc hoặc điều lệ của tỉnh không khớp",
        "members" => "danh sách máy không nối liền hoặc không phải của Sở Nội vụ ký",
        "tree" => "sơ đồ tổ chức không phải của Sở Nội vụ ký",
        "register" => "danh sách máy không có sổ đăng ký hoặc máy làm chứng",
        "receipts" => "giấy nhận không phải của đơn vị đã nhận",
        _ => "các biên bản bàn giao không nối liền hoặc thiếu chữ ký",
    }
}
