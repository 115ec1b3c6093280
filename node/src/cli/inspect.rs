//! `hoso inspect`: missions of Sở Nội vụ, which read and write nothing (Điều 14.4).

mod finding;

use clap::Subcommand;
use dossier::grant::GrantKind;

use super::Outcome;
use super::desk::Desk;
use super::grant::{Allowance, End, list};

const BEGIN: &str = "\
Ví dụ:
  hoso inspect begin --to-login lan.bt --to-unit snv --over d150 \\
      --document \"05/KH-SNV|Sở Nội vụ|2/3/2026\" --from 9/3/2026 --until 20/3/2026 --purpose kiem-tra

Chỉ Sở Nội vụ lập đoàn; người trong đoàn chỉ xem. Máy của các đơn vị được kiểm tra đều biết.";

const LIST: &str = "\
Ví dụ:
  hoso inspect list";

const END: &str = "\
Ví dụ:
  hoso inspect end --grant 3fa2b1c0 --reason \"đã có kết luận\"";

/// What can be done with missions.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ghi kế hoạch và người của đoàn kiểm tra (chỉ ở cấp ba)
    #[command(after_long_help = BEGIN)]
    Begin(Box<Allowance>),
    /// Xem các đoàn kiểm tra
    #[command(after_long_help = LIST)]
    List,
    /// Kết thúc trước hạn
    #[command(after_long_help = END)]
    End(End),
    /// Điều phát hiện khi kiểm tra, và câu trả lời của đơn vị
    #[command(subcommand)]
    Finding(finding::Verb),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Begin(said) => said.give(desk, GrantKind::Mission),
            Self::List => list(desk, Some(GrantKind::Mission)),
            Self::End(end) => end.run(desk),
            Self::Finding(verb) => verb.run(desk),
        }
    }
}
