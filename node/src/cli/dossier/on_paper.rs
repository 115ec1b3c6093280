//! Figures and lists on paper: who may have it, where it goes (Điều 5, 12.1).

use std::path::{Path, PathBuf};

use clap::Args;
use protocol::core::Refused;

use super::copy::fresh;
use crate::audit::Claim;
use crate::cli::Outcome;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::node::write_new;
use crate::cli::paper::{self, Sheet};

/// Whether it is wanted on paper, and where.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct OnPaper {
    /// Thành trang in, có số, người lập, giờ, mục đích, số trang
    #[arg(long)]
    paper: bool,
    /// Tệp sẽ ghi khi in; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP", requires = "paper")]
    out: Option<PathBuf>,
}

impl OnPaper {
    /// Whether paper is wanted, by somebody who says what for.
    ///
    /// # Errors
    /// The refusal of a paper without a purpose, or of a file that is there already.
    pub(super) fn is_wanted(&self, claim: &Claim, desk: &Desk<'_>) -> Result<bool, CliError> {
        // A paper that cannot be written is not to be counted.
        fresh(self.out.as_deref())?;
        if self.paper && claim.purpose.is_empty() && !desk.in_session()? {
            let detail = "a paper states its purpose".to_owned();
            return Err(Refused { code: "purpose-needed".to_owned(), detail }.into());
        }
        Ok(self.paper)
    }

    /// Writes a sheet to the file that was named, and says which.
    pub(super) fn write(&self, sheet: &Sheet) -> Result<Option<&Path>, CliError> {
        let Some(out) = self.out.as_deref() else { return Ok(None) };
        write_new(out, &paper::as_text(sheet))?;
        Ok(Some(out))
    }

    /// Writes a sheet to the file, or shows it; `what` begins the sentence about it.
    pub(super) fn put(&self, desk: &mut Desk<'_>, sheet: &Sheet, what: &str) -> Outcome {
        match self.write(sheet)? {
            Some(out) => {
                let (number, out) = (&sheet.head.number, out.display());
                desk.out.say(format_args!("{what} số {number} ghi vào {out}."));
            }
            None => desk.out.say(paper::as_text(sheet).trim_end()),
        }
        Ok(Exit::Done)
    }
}
