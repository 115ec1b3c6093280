//! `hoso sync`: what is where, and a comparison with the superior.

use std::time::Duration;

use clap::{Args, Subcommand};
use protocol::{Answer, Command};
use serde_json::json;

use super::desk::Desk;
use super::error::{CliError, Exit};
use super::{Outcome, status};

/// How long the superior's answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

const STATUS_EXAMPLES: &str = "\
Ví dụ:
  hoso sync status
  hoso sync status --json";

const NOW_EXAMPLES: &str = "\
Ví dụ:
  hoso sync now

Chờ nhiều nhất 30 giây. Mã kết thúc: 0 giống nhau, 1 chưa so được, 6 nội dung khác nhau.";

/// What can be asked of replication.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Xem dữ liệu của máy này đã lên đến cấp nào
    #[command(after_long_help = STATUS_EXAMPLES)]
    Status(StatusArguments),
    /// So khớp ngay với cấp trên
    #[command(after_long_help = NOW_EXAMPLES)]
    Now(NowArguments),
}

#[derive(Debug, Args)]
pub(super) struct StatusArguments {}

#[derive(Debug, Args)]
pub(super) struct NowArguments {}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Status(StatusArguments {}) => show(desk),
            Self::Now(NowArguments {}) => now(desk),
        }
    }
}

fn show(desk: &mut Desk<'_>) -> Outcome {
    let state = desk.ask()?.status()?;
    if desk.out.is_json() {
        desk.out.answer(&status::as_json(&state));
    } else {
        status::lines(&state).iter().for_each(|line| desk.out.say(line));
    }
    Ok(Exit::Done)
}

fn now(desk: &mut Desk<'_>) -> Outcome {
    let mut asker = desk.ask()?;
    asker.wait_at_most(PATIENCE)?;
    let Answer::Synced(equal) = asker.core(Command::Sync)? else {
        return Err(CliError::unexpected());
    };
    let state = asker.status()?;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "equal": equal, "synced": status::is_synced(&state),
            "state": status::as_json(&state) }));
    } else {
        desk.out.say(compared(equal, state.tier));
        status::lines(&state).iter().for_each(|line| desk.out.say(line));
    }
    Ok(match equal {
        Some(true) => Exit::Done,
        Some(false) => Exit::Unverified,
        None if state.tier == 3 => Exit::Done,
        None => Exit::Failed,
    })
}

/// What a comparison with the superior came to, for people of a node of `tier`.
pub fn compared(equal: Option<bool>, tier: u8) -> &'static str {
    match equal {
        Some(true) => "Cấp trên đã so khớp: hai bên giống nhau.",
        Some(false) => "Cấp trên đã so khớp: hai bên KHÁC NHAU. Máy đang tự sửa; hãy so lại.",
        None if tier == 3 => "Máy này là cấp 3, không có cấp trên để so.",
        None => "Chưa kết nối được với cấp trên, chưa so được. Dữ liệu vẫn an toàn tại đây.",
    }
}
