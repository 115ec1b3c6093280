//! `hoso audit`: the log of every act and every reading, for people and for inspectors.

mod export;
mod findings;
mod show;
mod verify;
mod words;

use clap::Subcommand;

use super::Outcome;
use super::ask::Asker;
use super::desk::Desk;
use super::error::CliError;
use crate::control::{AuditAnswer, AuditOrder, Request, Response};

pub use findings::sentence;

/// What can be done with the audit log.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Xem nhật ký của máy này
    Show(show::Arguments),
    /// Xuất gói kiểm tra cho đoàn thanh tra
    Export(export::Arguments),
    /// Kiểm tra gói đã xuất, không cần mạng và dữ liệu
    Verify(verify::Arguments),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Show(arguments) => arguments.run(desk),
            Self::Export(arguments) => arguments.run(desk),
            Self::Verify(arguments) => arguments.run(desk),
        }
    }
}

/// Asks the node about its log; a refusal is an error.
fn ask(asker: &mut Asker, order: AuditOrder) -> Result<AuditAnswer, CliError> {
    match asker.call(&Request::Audit(order))? {
        Response::Audit(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}
