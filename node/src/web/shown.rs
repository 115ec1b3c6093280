//! One dossier in the order of the paper form.

use dossier::docket::ReviewState;
use dossier::form::FieldDefinition;
use dossier::{DossierId, Role, Value};
use pages::dossier::{
    Block, Chip, Conflict, Dossier, Fact, Head, Item, Part, Side, Table, TableRow,
};
use pages::frame::Place;
use protocol::core::{ChangeShown, ConflictShown, DossierShown, FieldShown, Provenance};
use protocol::{Answer as CoreAnswer, Command};

use super::answer::Answer;
use super::purpose::{Place as Opened, is_of_reach};
use super::routes::{Asked, Outcome};
use super::visit::Visit;
use crate::cli::shared::place::{self, Item as Placed};
use crate::cli::shared::{CliError, Library, status_name, words};
use crate::grant::COVERED;

/// Fields of the head, by their id.
const HEAD: [(&str, &str); 3] =
    [("birth_date", "Ngày sinh"), ("staff_code", "Số hiệu"), ("main_post", "Chức vụ")];

/// The dossier that an address names.
pub(super) fn dossier_of(asked: &Asked) -> Result<DossierId, CliError> {
    let id = asked.words.first().and_then(|word| word.parse::<DossierId>().ok());
    id.ok_or_else(|| CliError::failed("HS-0404", "Không có hồ sơ này."))
}

/// What is covered in it: fields, and items that two places changed at once.
pub(super) fn covered(shown: &DossierShown) -> usize {
    let fields = shown.fields.iter().filter(|it| is_covered(&it.value)).count();
    let sides = |it: &&ConflictShown| it.candidates.iter().any(is_covered_side);
    fields + shown.conflicts.iter().filter(sides).count()
}

/// Whether a value is covered.
pub(super) fn is_covered(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text == COVERED)
}

/// Whether what one side wrote is covered.
pub(super) fn is_covered_side(side: &ChangeShown) -> bool {
    side.value.as_ref().is_some_and(is_covered)
}

/// A dossier as the person may see it.
pub(super) fn shown(visit: &mut Visit, asked: &Asked) -> Result<DossierShown, CliError> {
    let id = dossier_of(asked)?;
    match visit.on_purpose(Opened::Dossier(id), |asker| asker.core(Command::Show(id)))? {
        CoreAnswer::Shown(shown) => Ok(*shown),
        _ => Err(CliError::unexpected()),
    }
}

/// «Hồ sơ» of one person.
pub(super) fn show(visit: &mut Visit, asked: &Asked) -> Outcome {
    let shown = match shown(visit, asked) {
        Err(error) if is_of_reach(&error) => {
            return visit.outside(Opened::Dossier(dossier_of(asked)?), &error);
        }
        shown => shown?,
    };
    let library = visit.library()?;
    let head = head(&shown, &library);
    let writes = visit.who.role == Role::Clerk;
    let mut sources = Sources::default();
    let parts = parts(&shown, &library, writes, &mut sources);
    let conflicts = shown.conflicts.iter().map(|it| conflict(it, &library, writes)).collect();
    let frame = visit.frame(&head.name, Place::Dossiers)?;
    let cover = visit.cover(
        Opened::Dossier(shown.dossier),
        covered(&shown),
        format!("/ho-so/{}", shown.dossier),
    );
    let moves = visit.who.role == Role::Approver && !shown.closed;
    let transfer = moves.then(|| format!("/ho-so/{}/dieu-chuyen", shown.dossier));
    Ok(Answer::page(&Dossier {
        frame,
        head,
        transfer,
        cover,
        conflicts,
        parts,
        sources: sources.0,
    }))
}

/// What stands in a single field.
fn single(shown: &DossierShown, id: &str) -> String {
    let field =
        shown.fields.iter().find(|it| it.path.row.is_none() && it.path.field.as_str() == id);
    field.map(|it| words::value(&it.value)).unwrap_or_default()
}

/// Whose dossier it is.
pub(super) fn name(shown: &DossierShown) -> String {
    let name = single(shown, "full_name");
    if name.is_empty() { format!("Hồ sơ {}", shown.dossier) } else { name }
}

fn head(shown: &DossierShown, library: &Library) -> Head {
    let unit = library.tree.get(&shown.unit);
    let unit = unit.map_or_else(|| shown.unit.to_string(), |unit| unit.name.clone());
    let mut facts: Vec<Fact> = HEAD
        .iter()
        .map(|(id, label)| Fact { label, value: single(shown, id) })
        .filter(|fact| !fact.value.is_empty())
        .collect();
    facts.push(Fact { label: "Đơn vị quản lý hồ sơ", value: unit });
    if let Some(status) = shown.status {
        let closed = if shown.closed { ", hồ sơ đã đóng" } else { "" };
        let value = format!("{}{closed}", status_name(status, library));
        facts.push(Fact { label: "Trạng thái", value });
    }
    facts.push(Fact { label: "Số lần ghi", value: shown.changes.to_string() });
    facts.push(Fact { label: "Mã kiểm tra", value: shown.digest.to_string()[..12].to_owned() });
    Head { name: name(shown), facts }
}

fn conflict(conflict: &ConflictShown, library: &Library, writes: bool) -> Conflict {
    let sides = conflict.candidates.iter().zip(&conflict.sides).map(|(it, change)| Side {
        value: told(it),
        source: it.provenance.as_ref().map(source).unwrap_or_default(),
        keep: (writes && !is_covered_side(it))
            .then(|| format!("/ho-so/{}/chon/{change}", conflict.dossier)),
    });
    Conflict {
        sides: sides.collect(),
        at: match conflict.path.row {
            Some(row) => row.to_string(),
            None => conflict.path.field.to_string(),
        },
        label: library
            .form
            .field(&conflict.path.field)
            .map_or_else(|| conflict.path.field.to_string(), |it| it.name_vi.clone()),
    }
}

/// What one side wrote, for people.
pub(super) fn told(side: &ChangeShown) -> String {
    side.value.as_ref().map_or_else(|| "(xóa)".to_owned(), words::value)
}

/// Who wrote something, when, on what ground, and how far it is held.
pub(super) fn source(provenance: &Provenance) -> String {
    let (writer, basis) = (words::writer(provenance), words::basis(&provenance.meta.basis));
    format!("{basis} · {writer} · {}", words::level(provenance.held_above))
}

/// Who wrote what, each once.
#[derive(Default)]
struct Sources(Vec<String>);

impl Sources {
    /// How far a value is held above, and the number of its source.
    fn of(&mut self, field: Option<&FieldShown>) -> (&'static str, usize) {
        let Some(provenance) = field.and_then(|it| it.provenance.as_ref()) else { return ("", 0) };
        let (writer, basis) = (words::writer(provenance), words::basis(&provenance.meta.basis));
        let text = format!("{basis} · {writer}");
        let known = self.0.iter().position(|it| *it == text);
        let at = known.unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        });
        (words::level(provenance.held_above), at + 1)
    }
}

/// How a value stands to its review, where there is anything to say.
pub(super) fn chip(review: &ReviewState) -> Option<Chip> {
    let kind = match review {
        ReviewState::NotRequired => return None,
        ReviewState::Awaiting | ReviewState::WithoutForm => "waiting",
        ReviewState::Approved => "approved",
        ReviewState::Returned { .. } => "returned",
    };
    let text = review.words_vi();
    (!text.is_empty()).then_some(Chip { kind, text })
}

fn parts(
    shown: &DossierShown,
    library: &Library,
    writes: bool,
    sources: &mut Sources,
) -> Vec<Part> {
    let form = &library.form;
    let mut parts: Vec<Part> = form
        .sections()
        .iter()
        .map(|section| {
            let placed = place::section(form, &section.id, shown);
            let singles = placed.iter().any(|it| matches!(it, Placed::Single(..)));
            Part {
                id: section.id.clone(),
                name: section.name_vi.clone(),
                state: state(&placed),
                edit: (writes && singles)
                    .then(|| format!("/ho-so/{}/phan/{}", shown.dossier, section.id)),
                blocks: blocks(placed, shown, library, writes, sources),
            }
        })
        .collect();
    let unknown = place::unknown(form, shown);
    if !unknown.is_empty() {
        parts.push(Part {
            id: "muc-khac".to_owned(),
            name: "Mục của phiếu khác".to_owned(),
            state: String::new(),
            edit: None,
            blocks: blocks(unknown, shown, library, false, sources),
        });
    }
    parts
}

/// How much of a part is there.
fn state(placed: &[Placed<'_>]) -> String {
    let missing = placed
        .iter()
        .filter(|it| matches!(it, Placed::Single(definition, None) if definition.is_required()));
    match missing.count() {
        0 => {
            let filled = placed.iter().filter(|it| match it {
                Placed::Single(_, field) => field.is_some(),
                Placed::Table(_, _, rows) => !rows.is_empty(),
                Placed::Unknown(_) => true,
            });
            format!("{}/{}", filled.count(), placed.len())
        }
        missing => format!("thiếu {missing}"),
    }
}

fn blocks(
    placed: Vec<Placed<'_>>,
    shown: &DossierShown,
    library: &Library,
    writes: bool,
    sources: &mut Sources,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    for it in placed {
        let item = match it {
            Placed::Single(definition, field) => item(definition, field, sources),
            Placed::Unknown(field) => {
                let (level, source) = sources.of(Some(field));
                Item {
                    id: field.path.field.to_string(),
                    label: field.path.field.to_string(),
                    value: words::value(&field.value),
                    chip: chip(&field.review),
                    level,
                    source,
                }
            }
            Placed::Table(name, _, rows) => {
                let rows = rows.iter().map(|(row, cells)| {
                    let href = format!("/ho-so/{}/bang/{name}/{row}", shown.dossier);
                    table_row(
                        &library.form.columns(name).collect::<Vec<_>>(),
                        row,
                        cells,
                        writes.then_some(href),
                    )
                });
                blocks.push(Block::Table(Table {
                    id: name.to_owned(),
                    title: table_title(library, name),
                    columns: library.form.columns(name).map(|it| it.name_vi.clone()).collect(),
                    rows: rows.collect(),
                    add: writes.then(|| format!("/ho-so/{}/bang/{name}/new", shown.dossier)),
                }));
                continue;
            }
        };
        match blocks.last_mut() {
            Some(Block::Items(items)) => items.push(item),
            _ => blocks.push(Block::Items(vec![item])),
        }
    }
    blocks
}

/// What a table is called: by its own name, or by that of its part.
pub(super) fn table_title(library: &Library, table: &str) -> String {
    let form = &library.form;
    let own = form.named(table).map(|it| it.name_vi.clone());
    let section = form.columns(table).next().map(|it| it.section.as_str());
    let of_part = || {
        let part = form.sections().iter().find(|it| Some(it.id.as_str()) == section);
        part.map(|it| it.name_vi.clone())
    };
    own.or_else(of_part).unwrap_or_else(|| table.to_owned())
}

fn item(definition: &FieldDefinition, field: Option<&FieldShown>, sources: &mut Sources) -> Item {
    let numbered = |it: &&String| it.starts_with(|first: char| first.is_ascii_digit());
    let numbers: Vec<&str> = definition.items.iter().filter(numbered).map(String::as_str).collect();
    let numbers = if numbers.is_empty() { String::new() } else { numbers.join(", ") + ". " };
    let (level, source) = sources.of(field);
    let value = field.map(|it| words::value(&it.value)).unwrap_or_default();
    let covered =
        (value == COVERED).then(|| Chip { kind: "waiting", text: "đang che".to_owned() });
    Item {
        id: definition.id.to_string(),
        label: format!("{numbers}{}", definition.name_vi),
        value,
        chip: covered.or_else(|| field.and_then(|it| chip(&it.review))),
        level,
        source,
    }
}

fn table_row(
    columns: &[&FieldDefinition],
    row: &dossier::RowId,
    cells: &[(&FieldDefinition, &FieldShown)],
    edit: Option<String>,
) -> TableRow {
    let cell = |column: &&FieldDefinition| {
        let found = cells.iter().find(|(definition, _)| definition.id == column.id);
        found.map(|(_, field)| words::value(&field.value)).unwrap_or_default()
    };
    // A row is reviewed as a whole.
    let review = cells.iter().find_map(|(_, field)| chip(&field.review));
    TableRow { id: row.to_string(), cells: columns.iter().map(cell).collect(), chip: review, edit }
}
