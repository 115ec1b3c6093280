//! Persons of a list who have a dossier already: what the list corrects, done or only told.

use dossier::form::FormDefinition;
use dossier::{DossierId, FieldPath, Hash};
use protocol::audit::Record;
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::super::place;
use super::{LISTED, place};
use crate::cli::ask::Asker;
use crate::cli::error::CliError;
use crate::cli::words;
use crate::grant::{COVERED, is_sensitive};
use crate::import::again::{self, Correction};
use crate::import::{Amendment, ImportPlan, Person};

/// Import keys asked about at a time: as many dossiers as one act of import names.
const KEYS: usize = Record::DOSSIERS_MAX;

/// A person whose dossier says something else than the list.
#[derive(Debug)]
pub(super) struct Amended {
    sheet: String,
    row: u32,
    name: String,
    dossier: DossierId,
    amendment: Amendment,
}

/// What of a dossier's own values is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum View {
    /// All but what is sensitive.
    #[default]
    Covered,
    /// All of it.
    Whole,
}

impl View {
    /// What a dossier says in a place, as it is told.
    fn of(self, correction: &Correction) -> Option<String> {
        let covered = self == Self::Covered && is_sensitive(&correction.path.field);
        let value = |before| if covered { COVERED.to_owned() } else { words::value(before) };
        correction.before.as_ref().map(value)
    }
}

/// What an import finds among the dossiers that exist.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    view: View,
    /// Persons who have a dossier.
    pub(super) known: usize,
    amended: Vec<Amended>,
}

impl Comparison {
    /// Nothing compared so far.
    pub(super) fn of(view: View) -> Self {
        Self { view, ..Self::default() }
    }

    /// Compares a list with the dossiers of the node, changing nothing.
    pub(super) fn look(plan: &ImportPlan, asker: &mut Asker, view: View) -> Result<Self, CliError> {
        let ready: Vec<&Person> = plan.ready().collect();
        let mut comparison = Self::of(view);
        for people in ready.chunks(KEYS) {
            let keys: Vec<Hash> = people.iter().map(|person| person.import_key).collect();
            let Answer::Imported(known) = asker.core(Command::Imported(keys))? else {
                return Err(CliError::unexpected());
            };
            for (person, dossier) in people.iter().zip(known) {
                if let Some(dossier) = dossier {
                    comparison.note(person, dossier, amendment(person, dossier, asker)?);
                }
            }
        }
        Ok(comparison)
    }

    /// Brings the dossier of a person to what the list says; durable when this returns.
    pub(super) fn correct(
        &mut self,
        person: &Person,
        dossier: DossierId,
        meta: Meta,
        asker: &mut Asker,
    ) -> Result<(), CliError> {
        let amendment = amendment(person, dossier, asker)?;
        if !amendment.edits.is_empty() {
            asker.core(Command::Edit { dossier, edits: amendment.edits.clone(), meta })?;
        }
        self.note(person, dossier, amendment);
        Ok(())
    }

    fn note(&mut self, person: &Person, dossier: DossierId, amendment: Amendment) {
        self.known += 1;
        if amendment != Amendment::default() {
            let (sheet, row) = (person.sheet.clone(), person.row);
            let name = "full_name".parse().ok().and_then(|it| person.record.fields.get(&it));
            let name = name.map(words::value).unwrap_or_default();
            self.amended.push(Amended { sheet, row, name, dossier, amendment });
        }
    }

    fn corrected(&self) -> impl Iterator<Item = &Amended> {
        self.amended.iter().filter(|amended| !amended.amendment.edits.is_empty())
    }

    /// Persons whose dossier the list changes.
    pub(super) fn people(&self) -> usize {
        self.corrected().count()
    }

    fn kept(&self) -> usize {
        self.amended.iter().map(|amended| amended.amendment.kept.len()).sum()
    }

    /// The counts for people.
    pub(super) fn summary(&self, lines: &mut Vec<String>) {
        let places: usize = self.corrected().map(|it| it.amendment.corrections.len()).sum();
        lines.push(format!("  đã có, không đổi: {}", self.known - self.people()));
        if places > 0 {
            lines.push(format!("  sửa: {} người, {places} mục", self.people()));
        }
        if self.kept() > 0 {
            lines.push(format!("  giữ nguyên {} mục đã sửa tay, khác với danh sách", self.kept()));
        }
    }

    /// The corrections for people, person by person.
    pub(super) fn details(&self, form: &FormDefinition, lines: &mut Vec<String>) {
        let all = self.corrected().flat_map(|amended| {
            amended.amendment.corrections.iter().map(move |correction| (amended, correction))
        });
        let all: Vec<_> = all.collect();
        for (amended, correction) in all.iter().take(LISTED) {
            let name = name(form, &correction.path);
            let after = words::value(&correction.after);
            let change = match self.view.of(correction) {
                Some(before) => format!("«{before}» thành «{after}»"),
                None => format!("thêm «{after}»"),
            };
            let spot = place(&amended.sheet, &[amended.row]);
            lines.push(format!("  {spot}, {}: sửa {name}, {change}", amended.name));
        }
        if all.len() > LISTED {
            lines.push(format!("  ... và {} mục sửa nữa; xem đủ bằng --json", all.len() - LISTED));
        }
    }

    /// The corrections for programs.
    pub(super) fn as_json(&self) -> Json {
        let person = |amended: &Amended| {
            let corrections = amended.amendment.corrections.iter().map(|correction| {
                json!({
                    "field": correction.path.field, "row": correction.path.row,
                    "before": self.view.of(correction),
                    "after": words::value(&correction.after),
                })
            });
            let kept = amended.amendment.kept.iter();
            json!({
                "sheet": amended.sheet, "row": amended.row, "dossier": amended.dossier,
                "corrections": corrections.collect::<Vec<_>>(),
                "kept": kept.map(|path| json!({ "field": path.field, "row": path.row }))
                    .collect::<Vec<_>>(),
            })
        };
        self.amended.iter().map(person).collect()
    }
}

/// A place without its technical name, which a list's reader does not know.
pub(super) fn name(form: &FormDefinition, path: &FieldPath) -> String {
    let title = form.field(&path.field).map_or(path.field.as_str(), |it| it.name_vi.as_str());
    let table = path.field.table().and_then(|table| form.named(table));
    let title = match table {
        Some(table) => format!("{}: {title}", table.name_vi),
        None => title.to_owned(),
    };
    match path.row {
        Some(row) => format!("«{title}» (dòng {})", place::short(row)),
        None => format!("«{title}»"),
    }
}

fn amendment(
    person: &Person,
    dossier: DossierId,
    asker: &mut Asker,
) -> Result<Amendment, CliError> {
    let Answer::Shown(shown) = asker.core(Command::Show(dossier))? else {
        return Err(CliError::unexpected());
    };
    again::compare(person, &shown, |path| {
        match asker.core(Command::History(dossier, path.clone()))? {
            Answer::History(history) => Ok(!history.is_empty()),
            _ => Err(CliError::unexpected()),
        }
    })
}
