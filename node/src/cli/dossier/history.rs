//! `hoso dossier history`: every writing of one place, in both time axes.

use clap::Args;
use dossier::calendar::Calendar;
use dossier::deadline::{Profile, State, of_entry};
use dossier::{FieldPath, LegalBasis, Timestamp};
use protocol::core::{ChangeShown, Provenance};
use protocol::{Answer, Command};
use serde_json::json;

use super::place;
use crate::cli::calendar::Book;
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
        let (calendar, profile) =
            (Book::of(desk)?.in_force(), desk.settings(&[])?.settings.deadlines);
        for writing in &history {
            lines(writing).iter().for_each(|line| desk.out.say(line));
            let entered =
                writing.provenance.as_ref().and_then(|it| promptness(it, &calendar, &profile));
            entered.iter().for_each(|line| desk.out.say(format_args!("      {line}")));
        }
        Ok(Exit::Done)
    }
}

/// A writing in JSON.
pub(in crate::cli) fn writing_json(writing: &ChangeShown) -> serde_json::Value {
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

/// How promptly a change was entered that a decision brought about (Điều 9.2 a).
fn promptness(provenance: &Provenance, calendar: &Calendar, profile: &Profile) -> Option<String> {
    let at = Timestamp::from_millis(provenance.at_seconds.checked_mul(1_000)?);
    let basis = &provenance.meta.basis;
    let (due, state) = of_entry(basis, words::day(at)?, calendar, profile).ok()??;
    let State::Met { late_by } = state else { return None };
    let (article, last) = (due.rule.article, due.last_on_time.strftime("%d/%m/%Y"));
    match late_by.working_days {
        _ if !due.charged => None,
        _ if !late_by.is_late() => Some(format!("nhập đúng hạn ({article}: đến {last})")),
        days => Some(format!("nhập muộn {days} ngày làm việc ({article}: đến {last})")),
    }
}

/// Since when a value holds in law, as far as its basis says.
fn effect(basis: &LegalBasis) -> String {
    match basis {
        LegalBasis::Decision { signed_on, effective_on, .. }
        | LegalBasis::OfKind { signed_on, effective_on, .. } => {
            words::date(effective_on.unwrap_or(*signed_on))
        }
        LegalBasis::Declaration { signed_on } | LegalBasis::Received { signed_on, .. } => {
            words::date(*signed_on)
        }
        LegalBasis::Correction { .. } => "như giá trị được đính chính".to_owned(),
        LegalBasis::Import { .. } => "theo danh sách".to_owned(),
        LegalBasis::Office => "từ khi ghi".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use dossier::{Hash, NodeId, Review, Role};
    use protocol::envelope::Meta;

    use super::*;

    fn decision(effective_on: Option<&str>) -> LegalBasis {
        LegalBasis::Decision {
            issuer: "UBND huyện".to_owned(),
            number: "1/QĐ".to_owned(),
            signed_on: "2024-03-15".parse().expect("date"),
            effective_on: effective_on.map(|day| day.parse().expect("date")),
            scan: None,
        }
    }

    #[test]
    fn an_entry_tells_whether_it_kept_its_term() {
        let calendar = config::load_calendar(&config::Files::embedded()).expect("a calendar");
        let told = |day: &str, basis: LegalBasis| {
            let noon = format!("{day}T05:00:00Z").parse::<jiff::Timestamp>().expect("an instant");
            let person = "Hà Văn Tú".to_owned();
            let meta = Meta { person, role: Role::Clerk, basis, review: Review::NotRequired };
            let provenance = Provenance {
                change: Hash::ZERO,
                node: NodeId::from_bytes([1; 16]),
                unit: None,
                at_seconds: noon.as_second(),
                meta,
                held_above: [false; 2],
            };
            promptness(&provenance, &calendar, &Profile::REGULATION_2014)
        };
        let on_time = told("2024-04-05", decision(None)).expect("a term");
        assert_eq!(on_time, "nhập đúng hạn (Điều 9.2a: đến 05/04/2024)");
        let late = told("2024-04-08", decision(None)).expect("a term");
        assert_eq!(late, "nhập muộn 1 ngày làm việc (Điều 9.2a: đến 05/04/2024)");
        let corrected = LegalBasis::Correction { reason: "ghi nhầm".to_owned() };
        assert_eq!(told("2024-04-08", corrected), None);
    }

    #[test]
    fn a_decision_holds_from_its_effect() {
        assert_eq!(effect(&decision(None)), "15/03/2024");
        assert_eq!(effect(&decision(Some("2024-04-01"))), "01/04/2024");
    }

    #[test]
    fn a_clearing_is_a_writing() {
        let lines = lines(&ChangeShown { value: None, provenance: None });
        assert_eq!(lines, ["  (xóa)", "      nguồn không rõ"]);
    }
}
