//! Signed entries of the account list carried by hand, to a node without a network.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use protocol::account::SignedAccountEntry;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CliError, ask};
use crate::account::{AccountAnswer, AccountOrder};
use crate::cli::Outcome;
use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::cli::node::write_new;

/// The largest file, in bytes: the node takes no larger request.
const PAPER_MAX: u64 = 8 * 1024 * 1024;

/// What the file is.
const FORMAT: &str = "hoso/accounts/1";

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Carried {
    format: String,
    entries: Vec<SignedAccountEntry>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// Tệp để mang đi
    #[arg(long, value_name = "TỆP")]
    to: PathBuf,
    /// Chỉ các bản ghi sau số này
    #[arg(long, default_value_t = 0, value_name = "SỐ")]
    after: u64,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Deliver {
    /// Tệp mang đến
    #[arg(value_name = "TỆP")]
    file: PathBuf,
}

impl Export {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let AccountAnswer::Papers(entries) = ask(desk, AccountOrder::Papers(self.after))? else {
            return Err(CliError::unexpected());
        };
        let count = entries.len();
        let carried = Carried { format: FORMAT.to_owned(), entries };
        let text = serde_json::to_string(&carried).map_err(|_| CliError::unexpected())?;
        if text.len() as u64 > PAPER_MAX {
            return Err(CliError::failed("TK-0121", "Quá nhiều bản ghi cho một tệp.")
                .hint("Hãy thêm --after SỐ: số bản ghi máy kia đang có."));
        }
        write_new(&self.to, &text)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "to": self.to, "entries": count }));
        } else {
            desk.out.say(format_args!("Đã ghi {count} bản ghi vào {}.", self.to.display()));
            desk.out.say("Mang đến máy kia: hoso account deliver TỆP");
        }
        Ok(Exit::Done)
    }
}

impl Deliver {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut text = String::new();
        std::fs::File::open(&self.file)
            .and_then(|file| file.take(PAPER_MAX).read_to_string(&mut text))
            .map_err(|error| CliError::file(&self.file, &error))?;
        let carried = serde_json::from_str::<Carried>(&text).ok();
        let carried = carried.filter(|carried| carried.format == FORMAT).ok_or_else(|| {
            CliError::failed("TK-0120", "Tệp không phải bản ghi tài khoản.")
                .hint("Tệp lập bằng «hoso account export --to TỆP» ở cấp ba.")
        })?;
        let order = AccountOrder::Deliver(carried.entries);
        let AccountAnswer::Delivered { number } = ask(desk, order)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "number": number }));
        } else {
            desk.out.say(format_args!("Đã nhận. Bản ghi mới nhất: số {number}."));
        }
        Ok(Exit::Done)
    }
}
