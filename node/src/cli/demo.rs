//! `hoso demo`: the words of the demonstration's command line.

use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use super::desk::Desk;
use super::error::{CliError, Exit};

const EXAMPLES: &str = "\
Ví dụ:
  hoso demo                              Kể chuyện rồi để các máy chạy tiếp
  hoso demo --check --json               Kể xong thì dừng; 0 chỉ khi mọi điều đều đúng
  hoso demo --dir /tmp/tinh --seed 7";

/// How the demonstration is played.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct DemoArguments {
    /// Thư mục mới cho các máy; nếu không ghi là một thư mục tạm
    #[arg(long, value_name = "THƯ MỤC")]
    pub dir: Option<PathBuf>,
    /// Số gieo cho các lựa chọn ngẫu nhiên của câu chuyện
    #[arg(long, value_name = "SỐ", default_value = "1")]
    pub seed: u64,
    /// Dừng sau câu chuyện; kết thúc 0 chỉ khi mọi điều đều đúng
    #[arg(long)]
    pub check: bool,
    /// Whether one JSON object is wanted; the common option of every verb.
    #[arg(skip)]
    pub json: bool,
}

pub(super) fn run(arguments: DemoArguments, desk: &mut Desk<'_>) -> Outcome {
    let json = desk.out.is_json();
    (desk.tell)(DemoArguments { json, ..arguments }).map(Exit::from_code).map_err(|error| {
        CliError::failed("TD-0601", "Trình diễn dừng giữa chừng.").hint(format!("{error:#}"))
    })
}
