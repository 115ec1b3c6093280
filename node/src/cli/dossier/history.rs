//! `hoso dossier history`: every writing of one place, in both time axes.

use clap::Args;
use dossier::{FieldPath, LegalBasis};
use protocol::core::ChangeShown;
use protocol::{Answer, Command};
use serde_json::json;

use super::place;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier history 0f3a9c phone
  hoso dossier history 0f3a9c salary.step --row 7be210aa";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Mã của mục, hoặc bảng.cột
    #[arg(value_name = "MỤC")]
    field: String,
    /// Dòng của bảng, khi mục là một cột
    #[arg(long, value_name = "DÒNG")]
    row: Option<String>,
    #[command(flatten)]
    viewer: Viewer,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let field = library.field(&self.field)?.id.clone();
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let id = asker.dossier(&self.dossier)?;
        let row = match (field.table(), &self.row) {
            (Some(table), Some(row)) => {
                let Answer::Shown(shown) = asker.core(Command::Show(id))? else {
                    return Err(CliError::unexpected());
                };
                Some(place::row(&shown, table, row)?)
            }
            (None, None) => None,
            (Some(_), None) => {
                return Err(CliError::usage("DL-0139", "Mục này là cột của bảng, thiếu --row.")
                    .hint("Mã dòng xem trong «hoso dossier show»."));
            }
            (None, Some(_)) => {
                return Err(CliError::usage("DL-0139", "Mục này không thuộc bảng, bỏ --row."));
            }
        };
        let path = FieldPath { field, row };
        let name = place::name(&library.form, &path);
        let Answer::History(history) = asker.core(Command::History(id, path))? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let list: Vec<_> = history.iter().map(writing_json).collect();
            desk.out.answer(&json!({ "dossier": id, "field": self.field, "history": list }));
            return Ok(Exit::Done);
        }
        desk.out.heading(name);
        if history.is_empty() {
            desk.out.say("Mục này chưa ghi lần nào.");
        }
        for writing in &history {
            lines(writing).iter().for_each(|line| desk.out.say(line));
        }
        Ok(Exit::Done)
    }
}

/// A writing in JSON.
pub(super) fn writing_json(writing: &ChangeShown) -> serde_json::Value {
    json!({ "value": writing.value, "text": writing.value.as_ref().map(words::value),
        "source": writing.provenance.as_ref().map(words::provenance_json) })
}

/// A writing as people read it: value, who and when, basis and effect, level.
pub(super) fn lines(writing: &ChangeShown) -> Vec<String> {
    let value = writing.value.as_ref().map_or_else(|| "(xóa)".to_owned(), words::value);
    let mut lines = vec![format!("  {value}")];
    match &writing.provenance {
        Some(provenance) => {
            lines.push(format!("      ghi bởi {}", words::writer(provenance)));
            lines.push(format!("      căn cứ: {}", words::basis(&provenance.meta.basis)));
            lines.push(format!("      có hiệu lực: {}", effect(&provenance.meta.basis)));
            lines.push(format!("      {}", words::level(provenance.held_above)));
        }
        None => lines.push("      nguồn không rõ".to_owned()),
    }
    lines
}

/// Since when a value holds in law, as far as its basis says.
fn effect(basis: &LegalBasis) -> String {
    match basis {
        LegalBasis::Decision { signed_on, effective_on, .. } => {
            words::date(effective_on.unwrap_or(*signed_on))
        }
        LegalBasis::Declaration { signed_on } => words::date(*signed_on),
        LegalBasis::Correction { .. } => "như giá trị được đính chính".to_owned(),
        LegalBasis::Import { .. } => "theo danh sách".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_holds_from_its_effect() {
        let decision = |effective_on: Option<&str>| LegalBasis::Decision {
            issuer: "UBND huyện".to_owned(),
            number: "1/QĐ".to_owned(),
            signed_on: "2024-03-15".parse().expect("date"),
            effective_on: effective_on.map(|day| day.parse().expect("date")),
            scan: None,
        };
        assert_eq!(effect(&decision(None)), "15/03/2024");
        assert_eq!(effect(&decision(Some("2024-04-01"))), "01/04/2024");
    }

    #[test]
    fn a_clearing_is_a_writing() {
        let lines = lines(&ChangeShown { value: None, provenance: None });
        assert_eq!(lines, ["  (xóa)", "      nguồn không rõ"]);
    }
}
