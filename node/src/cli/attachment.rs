//! `hoso attachment`: documents attached to dossiers, one file per verb.

mod add;
mod get;
mod list;
mod remove;
mod show;
mod words;

pub(super) use add::order;

use clap::{Args, Subcommand};
use dossier::DossierId;
use protocol::{
    Answer, Command,
    core::{AttachmentShown, AttachmentsShown},
};

use super::Outcome;
use super::ask::{Asker, PREFIX_MIN};
use super::desk::Desk;
use super::error::CliError;

/// What can be done with attachments.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Đưa một tệp vào hồ sơ
    Add(add::Arguments),
    /// Xem các tài liệu của một hồ sơ
    List(list::Arguments),
    /// Xem thông tin về một tài liệu
    Show(show::Arguments),
    /// Lấy tệp ra để xem; việc này ghi vào nhật ký
    Get(get::Arguments),
    /// Bỏ một tài liệu; nội dung vẫn giữ
    Remove(remove::Arguments),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Add(arguments) => arguments.run(desk),
            Self::List(arguments) => arguments.run(desk),
            Self::Show(arguments) => arguments.run(desk),
            Self::Get(arguments) => arguments.run(desk),
            Self::Remove(arguments) => arguments.run(desk),
        }
    }
}

/// The attachments of a dossier.
fn listed(asker: &mut Asker, dossier: DossierId) -> Result<AttachmentsShown, CliError> {
    match asker.core(Command::Attachments(dossier))? {
        Answer::Attachments(shown) => Ok(*shown),
        _ => Err(CliError::unexpected()),
    }
}

/// Which attachment of which dossier.
#[derive(Debug, Args)]
struct Which {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Mã tài liệu, hoặc phần đầu của mã
    #[arg(value_name = "TÀI LIỆU")]
    attachment: String,
}

impl Which {
    /// The dossier, and the attachment that a whole key or its beginning names.
    fn find(&self, asker: &mut Asker) -> Result<(DossierId, AttachmentShown), CliError> {
        let dossier = asker.dossier(&self.dossier)?;
        let wanted = self.attachment.to_ascii_lowercase();
        let fits = |one: &AttachmentShown| {
            wanted.len() >= PREFIX_MIN && one.row.to_string().starts_with(&wanted)
        };
        let mut found = listed(asker, dossier)?.attachments;
        found.retain(fits);
        match <[AttachmentShown; 1]>::try_from(found) {
            Ok([one]) => Ok((dossier, one)),
            Err(_) => {
                let text = &self.attachment;
                Err(CliError::failed("TL-0404", format!("Hồ sơ không có tài liệu «{text}»."))
                    .hint("Mã tài liệu xem trong «hoso attachment list»."))
            }
        }
    }
}
