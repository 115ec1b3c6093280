//! `hoso dossier by-decision`: everything that one decision changed, in all dossiers here.

use std::collections::BTreeSet;

use clap::Args;
use protocol::core::{DecidedShown, DocketQuestion};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::place;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier by-decision 45/QĐ-UBND    Hồ sơ và các mục đổi theo quyết định này

Chiều ngược lại, một mục đổi theo quyết định nào: «hoso dossier history».";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Số quyết định
    #[arg(value_name = "SỐ QUYẾT ĐỊNH")]
    number: String,
    #[command(flatten)]
    viewer: Viewer,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let question = DocketQuestion::ByDecision(self.number.clone());
        let Answer::ByDecision(decided) = asker.core(Command::AskDocket(question))? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let list: Vec<Json> = decided.iter().map(as_json).collect();
            desk.out.answer(&json!({ "decision": self.number, "changes": list }));
            return Ok(Exit::Done);
        }
        let dossiers: BTreeSet<_> = decided.iter().map(|it| it.dossier).collect();
        if dossiers.is_empty() {
            desk.out.say(format_args!("Không có hồ sơ nào đổi theo quyết định {}.", self.number));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("{} hồ sơ đổi theo quyết định {}:", dossiers.len(), self.number));
        for one in &decided {
            desk.out.say(format_args!("{} ({})", one.name, one.dossier));
            desk.out.say(format_args!("      {}", words::basis(&one.provenance.meta.basis)));
            desk.out.say(format_args!("      ghi bởi {}", words::writer(&one.provenance)));
            for (path, value) in &one.values {
                let value = value.as_ref().map_or_else(|| "(xóa)".to_owned(), words::value);
                desk.out.say(format_args!("    {}: {value}", place::name(&library.form, path)));
            }
        }
        Ok(Exit::Done)
    }
}

fn as_json(one: &DecidedShown) -> Json {
    let values: Vec<Json> = one
        .values
        .iter()
        .map(|(path, value)| {
            json!({ "field": path.field, "row": path.row,
                "text": value.as_ref().map(words::value) })
        })
        .collect();
    json!({ "dossier": one.dossier, "unit": one.unit, "name": one.name, "values": values,
        "source": words::provenance_json(&one.provenance) })
}
