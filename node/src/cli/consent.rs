//! `hoso consent`: written consent of the managing body to read dossiers (Điều 8.1).

use clap::Subcommand;
use dossier::grant::GrantKind;

use super::Outcome;
use super::desk::Desk;
use super::grant::{Allowance, End, list};

const GIVE: &str = "\
Ví dụ:
  hoso consent give --to-login hoa.lt --to-unit d150.phong-noi-vu --dossier 0f3a9c \\
      --document \"12/GP-UBND|UBND huyện Đà Bắc|5/3/2026\" --from 6/3/2026 --until 20/3/2026 \\
      --purpose xac-minh
  hoso consent give --to-name \"Đinh Văn Lực\" --to-papers \"GT 05/CA\" --dossier 0f3a9c \\
      --section identity --document \"13/GP-UBND|UBND huyện Đà Bắc|5/3/2026\" \\
      --from 6/3/2026 --until 7/3/2026 --purpose \"xác minh vụ việc\"

Cả ngày đầu và ngày cuối đều được tính; dài nhất 366 ngày. Hết hạn thì tự hết quyền, không cần mạng.
Người được phép xem bằng: hoso dossier show MÃ-HỒ-SƠ --document SỐ.";

const LIST: &str = "\
Ví dụ:
  hoso consent list
  hoso consent list --json";

const END: &str = "\
Ví dụ:
  hoso consent end --grant 3fa2b1c0 --reason \"đã xem xong\"";

/// What can be done with consents.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ghi văn bản cho phép một người xem hồ sơ
    #[command(after_long_help = GIVE)]
    Give(Box<Allowance>),
    /// Xem các văn bản cho phép
    #[command(after_long_help = LIST)]
    List,
    /// Kết thúc trước hạn
    #[command(after_long_help = END)]
    End(End),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Give(said) => said.give(desk, GrantKind::Consent),
            Self::List => list(desk, Some(GrantKind::Consent)),
            Self::End(end) => end.run(desk),
        }
    }
}
