//! `hoso grant carry`: signed notices as a file, for units without a network.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use protocol::{
    LIMITS,
    notice::{Board, SignedNotice},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ask;
use crate::audit::Claim;
use crate::cli::Outcome;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::node::write_new;
use crate::grant::{GrantAnswer, GrantOrder};

/// The largest file, in bytes.
const FILE_MAX: u64 = 64 * 1024 * 1024;

/// What the file is.
const FORMAT: &str = "hoso/notices/1";

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Carried {
    format: String,
    notices: Vec<SignedNotice>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct Carry {
    /// Tệp để mang đi
    #[arg(long, value_name = "TỆP")]
    out: Option<PathBuf>,
    /// Tệp mang đến
    #[arg(long, value_name = "TỆP")]
    take: Option<PathBuf>,
}

impl Carry {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match (&self.out, &self.take) {
            (Some(out), _) => give(desk, out),
            (None, Some(file)) => take(desk, file),
            (None, None) => Err(CliError::usage("UQ-0110", "Chưa ghi --out hoặc --take.")),
        }
    }
}

fn give(desk: &mut Desk<'_>, out: &Path) -> Outcome {
    let mut notices = Vec::new();
    loop {
        let after = notices.last().map(SignedNotice::id);
        let order = GrantOrder::Papers(after);
        let GrantAnswer::Papers(some) = ask(desk, order, Claim::default())? else {
            return Err(CliError::unexpected());
        };
        if some.is_empty() {
            break;
        }
        notices.extend(some);
    }
    notices.sort_by_key(Board::depth);
    let count = notices.len();
    let carried = Carried { format: FORMAT.to_owned(), notices };
    let text = serde_json::to_string(&carried).map_err(|_| CliError::unexpected())?;
    write_new(out, &text)?;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "out": out, "notices": count }));
    } else {
        desk.out.say(format_args!("Đã ghi {count} bản ghi vào {}.", out.display()));
        desk.out.say("Mang đến máy kia: hoso grant carry --take TỆP");
    }
    Ok(Exit::Done)
}

fn take(desk: &mut Desk<'_>, file: &Path) -> Outcome {
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(FILE_MAX).read_to_string(&mut text))
        .map_err(|error| CliError::file(file, &error))?;
    let carried = serde_json::from_str::<Carried>(&text).ok();
    let carried = carried.filter(|carried| carried.format == FORMAT).ok_or_else(|| {
        CliError::failed("UQ-0111", "Tệp không phải bản ghi quyền.")
            .hint("Tệp lập bằng «hoso grant carry --out TỆP».")
    })?;
    let (mut taken, mut whole) = (0, true);
    for some in carried.notices.chunks(LIMITS.notices_max) {
        let order = GrantOrder::Deliver(some.to_vec());
        let GrantAnswer::Delivered { new, whole: all } = ask(desk, order, Claim::default())? else {
            return Err(CliError::unexpected());
        };
        taken += new;
        whole &= all;
    }
    if desk.out.is_json() {
        desk.out.answer(&json!({ "new": taken, "whole": whole }));
        return Ok(Exit::Done);
    }
    desk.out.say(format_args!("Đã nhận {taken} bản ghi mới."));
    if !whole {
        desk.out.say(
            "Một số bản ghi chưa đối chiếu được với cây đơn vị hoặc sổ thành viên của máy này.",
        );
    }
    Ok(Exit::Done)
}
