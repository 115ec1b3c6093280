//! `hoso attachment remove`: takes an attachment away, with a reason.

use clap::Args;
use dossier::fold::tidy;
use protocol::core::AttachmentShown;
use protocol::{Answer, Command};
use serde_json::json;

use super::Which;
use crate::cli::basis::Responsibility;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso attachment remove 0f3a9c 5d20aa17 --reason \"quét nhầm người\" \\
      --person \"Hà Văn Tú\" --correction \"quét nhầm người\"

Nội dung tệp vẫn được giữ; tài liệu vẫn xem được bằng «hoso attachment list --removed».";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.responsibility.meta(desk.today()?, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let (id, AttachmentShown { row, .. }) = self.which.find(&mut asker)?;
        let command = Command::Detach { dossier: id, row, reason: tidy(&self.reason), meta };
        let Answer::Edited { change, .. } = asker.core(command)? else {
            return Err(CliError::unexpected());
        };
        let level = words::level([false, false]);
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": id, "attachment": row, "change": change,
                "level_text": level }));
        } else {
            desk.out
                .say(format_args!("Đã bỏ tài liệu khỏi hồ sơ {id}, {level}. Nội dung vẫn giữ."));
        }
        Ok(Exit::Done)
    }
}
