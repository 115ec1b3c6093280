//! `hoso dossier conflicts`: values that met, as cards: both sides, who, when, by which document.

use clap::Args;
use protocol::core::ConflictShown;
use protocol::{Answer, Command};
use serde_json::json;

use super::{history, place};
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier conflicts                 Mọi hồ sơ của máy này
  hoso dossier conflicts 0f3a9c          Một hồ sơ

Để chọn: «hoso dossier resolve choose HỒ SƠ MỤC --side SỐ ...»; lùi được, bên kia còn trong lịch sử.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Chỉ hồ sơ này
    #[arg(value_name = "HỒ SƠ")]
    dossier: Option<String>,
    #[command(flatten)]
    viewer: Viewer,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let only = self.dossier.as_deref().map(|text| asker.dossier(text)).transpose()?;
        let Answer::Conflicts(mut conflicts) = asker.core(Command::Conflicts)? else {
            return Err(CliError::unexpected());
        };
        conflicts.retain(|conflict| only.is_none_or(|id| conflict.dossier == id));
        if desk.out.is_json() {
            let list: Vec<_> = conflicts
                .iter()
                .map(|conflict| {
                    let sides: Vec<_> =
                        conflict.candidates.iter().map(history::writing_json).collect();
                    json!({ "dossier": conflict.dossier, "field": conflict.path.field,
                        "row": conflict.path.row, "candidates": sides,
                        "raised": conflict.raised.as_ref().map(|it| json!({ "reason": it.reason,
                            "source": it.provenance.as_ref().map(words::provenance_json) })) })
                })
                .collect();
            desk.out.answer(&json!({ "count": list.len(), "conflicts": list }));
            return Ok(Exit::Done);
        }
        if conflicts.is_empty() {
            desk.out.say("Không có mục nào chờ người chọn.");
        }
        for conflict in &conflicts {
            desk.out.heading(place::name(&library.form, &conflict.path));
            card(conflict).iter().for_each(|line| desk.out.say(line));
            desk.out.say("");
        }
        Ok(Exit::Done)
    }
}

/// Both sides of a conflict; the one the dossier shows comes last.
fn card(conflict: &ConflictShown) -> Vec<String> {
    let mut lines = vec![format!("  Hồ sơ {}", conflict.dossier)];
    let last = conflict.candidates.len().saturating_sub(1);
    for (place, candidate) in conflict.candidates.iter().enumerate() {
        let side = if place == last { "Đang hiện" } else { "Nơi khác ghi" };
        lines.push(format!("  [{}] {side}:", place + 1));
        lines.extend(history::lines(candidate).into_iter().map(|line| format!("  {line}")));
    }
    if let Some(raised) = &conflict.raised {
        let by = raised.provenance.as_ref().map(words::writer).unwrap_or_default();
        lines.push(format!("  Đã chuyển cấp trên: {} — {by}", raised.reason));
    }
    lines
}

#[cfg(test)]
mod tests {
    use dossier::{DossierId, FieldPath, Value};
    use protocol::core::ChangeShown;

    use super::*;

    #[test]
    fn a_card_shows_both_sides_and_the_shown_one_last() {
        let side = |text: &str| ChangeShown {
            value: Some(Value::Text(text.to_owned())),
            provenance: None,
        };
        let conflict = ConflictShown {
            dossier: DossierId::from_bytes([1; 16]),
            path: FieldPath { field: "phone".parse().expect("field"), row: None },
            candidates: vec![side("0999111111"), side("0999222222")],
            sides: Vec::new(),
            raised: None,
        };
        let card = card(&conflict).join("\n");
        let (other, shown) = (card.find("0999111111"), card.find("0999222222"));
        assert!(other < card.find("Đang hiện") && card.find("Đang hiện") < shown, "{card}");
    }
}
