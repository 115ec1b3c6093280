//! `hoso attachment get`: the file itself, which is a reading and recorded as one.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use protocol::core::AttachmentShown;
use serde_json::json;

use super::Which;
use super::add::order;
use super::words::size;
use crate::cli::Outcome;
use crate::cli::ask::Asker;
use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::control::{AttachmentAnswer, AttachmentOrder};

const EXAMPLES: &str = "\
Ví dụ:
  hoso attachment get 0f3a9c 5d20aa17 --out bang.pdf --person \"Hà Văn Tú\" --purpose \"bổ nhiệm\"
  hoso attachment get 0f3a9c 5d20aa17 --out bang.pdf --wait 120

Tệp chưa có ở máy này thì máy hỏi cấp trên, cấp dưới và chờ --wait giây.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Ghi vào tệp này; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: PathBuf,
    /// Chờ bao nhiêu giây khi tệp chưa có ở máy này
    #[arg(long, value_name = "GIÂY", default_value_t = 30)]
    wait: u32,
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.reader.claim())?;
        let (id, AttachmentShown { row, .. }) = self.which.find(&mut asker)?;
        let open = AttachmentOrder::Open { dossier: id, row, wait: self.wait };
        let AttachmentAnswer::Opened { reading, shown, chunks } = order(&mut asker, open)? else {
            return Err(CliError::unexpected());
        };
        let written = write(&mut asker, &self.out, reading, chunks);
        if let Err((error, made)) = written {
            if made {
                // Half a file helps nobody; what cannot be removed is told by the error.
                let _ = std::fs::remove_file(&self.out);
            }
            return Err(error);
        }
        let content = &shown.attachment.content;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": id, "attachment": row, "out": self.out,
                "size": content.size, "media": content.media.mime(), "name": content.name }));
        } else {
            desk.out.say(format_args!(
                "Đã ghi {} ({}) vào «{}».",
                content.media.name_vi(),
                size(content.size),
                self.out.display()
            ));
        }
        Ok(Exit::Done)
    }
}

/// Writes the chunks into a new file that this user alone can read; tells whether it was made.
fn write(
    asker: &mut Asker,
    path: &Path,
    reading: u64,
    chunks: u32,
) -> Result<(), (CliError, bool)> {
    let failed = |error: &std::io::Error, made| (CliError::file(path, error), made);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(|error| failed(&error, false))?;
    for index in 0..chunks {
        let answer = order(asker, AttachmentOrder::Chunk { reading, index });
        match answer.map_err(|error| (error, true))? {
            AttachmentAnswer::Chunk(bytes) => {
                file.write_all(&bytes).map_err(|error| failed(&error, true))?;
            }
            _ => return Err((CliError::unexpected(), true)),
        }
    }
    file.sync_all().map_err(|error| failed(&error, true))
}
