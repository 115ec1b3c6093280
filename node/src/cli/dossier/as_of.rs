//! `hoso dossier as-of`: a dossier as it held on a day, as far as it was known by a day.

use clap::Args;
use dossier::axes::{self, Moment};
use dossier::{FieldPath, Timestamp, docket::ReviewState};
use jiff::civil::Date;
use protocol::core::{ChangeShown, DossierShown, FieldShown};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::place::{self, Item};
use crate::cli::calendar::day;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier as-of 0f3a9c --effective 1/1/2023
  hoso dossier as-of 0f3a9c --effective 1/1/2023 --known 30/6/2023

--effective: giá trị có hiệu lực vào ngày đó, theo ngày hiệu lực của văn bản.
--known: chỉ tính những gì đã ghi đến hết ngày đó. Không ghi thì là hôm nay.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Có hiệu lực vào ngày này
    #[arg(long, value_name = "NGÀY")]
    effective: Option<String>,
    /// Như đã ghi đến hết ngày này
    #[arg(long, value_name = "NGÀY")]
    known: Option<String>,
    #[command(flatten)]
    viewer: Viewer,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let typed = |text: &Option<String>| text.as_deref().map_or(Ok(today), |it| day(it, today));
        let (effective, known) = (typed(&self.effective)?, typed(&self.known)?);
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let id = asker.dossier(&self.dossier)?;
        let Answer::Chronicle(chronicle) = asker.core(Command::Chronicle(id))? else {
            return Err(CliError::unexpected());
        };
        let fields = chronicle.into_iter().filter_map(|it| standing(it, effective, known));
        let shown = DossierShown {
            dossier: id,
            unit: library.tree.root().id.clone(),
            form: library.form.id().to_owned(),
            digest: dossier::Hash::ZERO,
            fields: fields.collect(),
            conflicts: Vec::new(),
            changes: 0,
            status: None,
            closed: false,
        };
        if desk.out.is_json() {
            let fields: Vec<Json> = shown.fields.iter().map(field_json).collect();
            desk.out.answer(&json!({ "dossier": id, "effective": effective.to_string(),
                "known": known.to_string(), "fields": fields }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Hồ sơ {id}"));
        desk.out.say(format_args!(
            "Có hiệu lực ngày {}, như đã ghi đến hết ngày {}",
            effective.strftime("%d/%m/%Y"),
            known.strftime("%d/%m/%Y")
        ));
        if shown.fields.is_empty() {
            desk.out.say("Vào ngày đó chưa có gì.");
        }
        for section in library.form.sections() {
            let items = place::section(&library.form, &section.id, &shown);
            let lines: Vec<String> = items.iter().flat_map(lines).collect();
            if !lines.is_empty() {
                desk.out.say("");
                desk.out.heading(&section.name_vi);
                lines.iter().for_each(|line| desk.out.say(line));
            }
        }
        Ok(Exit::Done)
    }
}

/// What stood at a place; `None` where nothing did.
fn standing(
    (path, writings): (FieldPath, Vec<ChangeShown>),
    effective: Date,
    known: Date,
) -> Option<FieldShown> {
    let (mut moments, mut places, mut before) = (Vec::new(), Vec::new(), None);
    for writing in &writings {
        let Some(source) = &writing.provenance else { continue };
        let at = Timestamp::from_millis(source.at_seconds.saturating_mul(1_000));
        let Some(recorded) = words::day(at) else { continue };
        let from = axes::effective(&source.meta.basis, before);
        before = from;
        moments.push(Moment { effective: from, recorded });
        places.push(writing);
    }
    let stood = places.get(axes::standing(&moments, effective, known)?)?;
    let (value, provenance) = (stood.value.clone()?, stood.provenance.clone());
    // What stood on a day stood whether or not it was reviewed since, and no verdict is told here.
    Some(FieldShown { path, value, provenance, review: ReviewState::NotRequired, form: None })
}

fn lines(item: &Item<'_>) -> Vec<String> {
    match item {
        Item::Single(definition, Some(field)) => {
            vec![format!(
                "  {}: {}  — {}",
                definition.name_vi,
                words::value(&field.value),
                source(field)
            )]
        }
        Item::Table(table, title, rows) if !rows.is_empty() => {
            let mut lines = vec![format!("  {title} ({table}): {} dòng", rows.len())];
            for (row, cells) in rows {
                lines.push(format!("    dòng {}", place::short(*row)));
                lines.extend(cells.iter().map(|(column, field)| {
                    let value = words::value(&field.value);
                    format!("      {}: {value}  — {}", column.name_vi, source(field))
                }));
            }
            lines
        }
        Item::Single(..) | Item::Table(..) | Item::Unknown(_) => Vec::new(),
    }
}

fn source(field: &FieldShown) -> String {
    let basis = field.provenance.as_ref().map(|it| words::basis(&it.meta.basis));
    basis.unwrap_or_else(|| "nguồn không rõ".to_owned())
}

fn field_json(field: &FieldShown) -> Json {
    json!({ "field": field.path.field, "row": field.path.row, "value": field.value,
        "text": words::value(&field.value),
        "source": field.provenance.as_ref().map(words::provenance_json) })
}
