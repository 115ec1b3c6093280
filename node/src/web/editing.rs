//! Saving what was typed: a part of a dossier, a row of a table, a new dossier.
//!
//! Nothing typed is lost: whatever keeps a form from being saved, the page comes back with all of
//! it. What somebody else wrote meanwhile is shown beside it and asks for a second, knowing save.

use axum::http::StatusCode;
use dossier::form::FieldDefinition;
use dossier::{DossierId, Edit, FieldPath, Hash, RowId, UnitId};
use jiff::civil::Date;
use pages::cover::Cover;
use pages::entry::{Basis, Entry as EntryPage};
use pages::frame::{Grade, Line, Notice, Place};
use protocol::core::{DocketOrder, DossierShown, Entry, FieldShown, Take};
use protocol::{Answer as CoreAnswer, Command};

use super::answer::{Answer, trouble};
use super::inputs::Cell;
use super::purpose::Place as Opened;
use super::routes::{Asked, Form, Outcome, text};
use super::visit::{Visit, is_over};
use super::{basis, shown};
use crate::cli::shared::{CliError, Library, Measured, NEW_ROW, Typed, measure};
use crate::environment::entropy::draw;

/// What is asked for before a dossier is begun; more is typed on its page.
const FIRST: [&str; 6] =
    ["full_name", "staff_type", "birth_date", "sex", "citizen_id", "staff_code"];

/// What a form writes to.
enum Target {
    /// Single fields of a part.
    Part { shown: Box<DossierShown>, section: String },
    /// A row of a table; `None` for one that is added.
    Row { shown: Box<DossierShown>, table: String, row: Option<RowId> },
    /// What stays where two places wrote at once: the item, the side, and what it wrote.
    Choice { shown: Box<DossierShown>, at: FieldPath, side: Hash, value: String },
    /// A dossier that is begun in a unit.
    New(UnitId),
}

/// A form with what was typed into it.
struct Sheet<'a> {
    target: &'a Target,
    cells: Vec<Cell<'a>>,
    basis: Basis,
    cover: Option<Cover>,
}

/// The part of the form that is changed.
pub(super) fn part(visit: &mut Visit, asked: &Asked) -> Outcome {
    let target = target_of_part(visit, asked)?;
    blank(visit, &target)
}

/// Saves a part.
pub(super) fn save_part(visit: &mut Visit, asked: &Asked) -> Outcome {
    let target = target_of_part(visit, asked)?;
    save(visit, &target, &asked.form)
}

/// The row that is changed or added.
pub(super) fn row(visit: &mut Visit, asked: &Asked) -> Outcome {
    let target = target_of_row(visit, asked)?;
    blank(visit, &target)
}

/// Saves a row, or takes it out.
pub(super) fn save_row(visit: &mut Visit, asked: &Asked) -> Outcome {
    let target = target_of_row(visit, asked)?;
    save(visit, &target, &asked.form)
}

/// The ground on which one side is chosen.
pub(super) fn choice(visit: &mut Visit, asked: &Asked) -> Outcome {
    let target = target_of_choice(visit, asked)?;
    blank(visit, &target)
}

/// Chooses a side; the other stays in the history.
pub(super) fn choose(visit: &mut Visit, asked: &Asked) -> Outcome {
    let target = target_of_choice(visit, asked)?;
    save(visit, &target, &asked.form)
}

/// «Lập hồ sơ mới».
pub(super) fn new(visit: &mut Visit, _: &Asked) -> Outcome {
    let target = Target::New(visit.asker.status()?.unit);
    blank(visit, &target)
}

/// Begins a dossier.
pub(super) fn save_new(visit: &mut Visit, asked: &Asked) -> Outcome {
    let target = Target::New(visit.asker.status()?.unit);
    save(visit, &target, &asked.form)
}

fn target_of_part(visit: &mut Visit, asked: &Asked) -> Result<Target, CliError> {
    let shown = Box::new(shown::shown(visit, asked)?);
    let section = asked.words.get(2).cloned().unwrap_or_default();
    let library = visit.library()?;
    let known = library.form.sections().iter().any(|it| it.id == section);
    known.then_some(Target::Part { shown, section }).ok_or_else(no_such_place)
}

fn target_of_row(visit: &mut Visit, asked: &Asked) -> Result<Target, CliError> {
    let shown = Box::new(shown::shown(visit, asked)?);
    let table = asked.words.get(2).cloned().unwrap_or_default();
    let word = asked.words.get(3).map_or("", String::as_str);
    let row = if word == NEW_ROW { None } else { Some(word.parse().map_err(|_| no_such_place())?) };
    let there = |row: &RowId| {
        shown
            .fields
            .iter()
            .any(|it| it.path.row == Some(*row) && it.path.field.table() == Some(&table))
    };
    let known = visit.library()?.form.is_table(&table) && row.as_ref().is_none_or(there);
    if known { Ok(Target::Row { shown, table, row }) } else { Err(no_such_place()) }
}

fn target_of_choice(visit: &mut Visit, asked: &Asked) -> Result<Target, CliError> {
    let shown = Box::new(shown::shown(visit, asked)?);
    let side: Hash = asked.words.get(2).and_then(|it| it.parse().ok()).ok_or_else(no_such_place)?;
    let met = shown.conflicts.iter().find_map(|it| {
        let at = it.sides.iter().position(|one| *one == side)?;
        Some((it.path.clone(), it.candidates.get(at)?.clone()))
    });
    let (at, side_of) = met.ok_or_else(no_such_place)?;
    if shown::is_covered_side(&side_of) {
        return Err(CliError::failed("HS-0422", "Mục này đang che nên chưa chọn được.")
            .hint("Mở hồ sơ, ghi mục đích để xem cả hai giá trị rồi chọn."));
    }
    let value = shown::told(&side_of);
    Ok(Target::Choice { shown, at, side, value })
}

fn no_such_place() -> CliError {
    CliError::failed("HS-0404", "Hồ sơ không có mục hoặc dòng này.")
}

impl Target {
    /// The dossier's page, or the list.
    fn back(&self) -> String {
        match self {
            Self::Part { shown, section } => format!("/ho-so/{}#{section}", shown.dossier),
            Self::Row { shown, table, .. } => format!("/ho-so/{}#{table}", shown.dossier),
            Self::Choice { shown, at, .. } => format!("/ho-so/{}#{}", shown.dossier, at.field),
            Self::New(_) => "/ho-so".to_owned(),
        }
    }

    /// The dossier that it writes to, where it is begun already.
    fn dossier(&self) -> Option<DossierId> {
        match self {
            Self::Part { shown, .. } | Self::Row { shown, .. } | Self::Choice { shown, .. } => {
                Some(shown.dossier)
            }
            Self::New(_) => None,
        }
    }

    fn action(&self) -> String {
        match self {
            Self::Part { shown, section } => format!("/ho-so/{}/phan/{section}", shown.dossier),
            Self::Row { shown, table, row } => {
                let row = row.map_or_else(|| NEW_ROW.to_owned(), |row| row.to_string());
                format!("/ho-so/{}/bang/{table}/{row}", shown.dossier)
            }
            Self::Choice { shown, side, .. } => format!("/ho-so/{}/chon/{side}", shown.dossier),
            Self::New(_) => "/ho-so/moi".to_owned(),
        }
    }

    fn whose(&self) -> String {
        match self {
            Self::Part { shown, .. } | Self::Row { shown, .. } | Self::Choice { shown, .. } => {
                shown::name(shown)
            }
            Self::New(_) => "Hồ sơ".to_owned(),
        }
    }

    fn heading(&self, library: &Library) -> String {
        let title = |table: &str| shown::table_title(library, table);
        match self {
            Self::Part { section, .. } => {
                let mut sections = library.form.sections().iter();
                sections.find(|it| it.id == *section).map_or(String::new(), |it| it.name_vi.clone())
            }
            Self::Row { table, row: None, .. } => format!("{}: thêm dòng", title(table)),
            Self::Row { table, .. } => format!("{}: sửa dòng", title(table)),
            Self::Choice { at, .. } => library
                .form
                .field(&at.field)
                .map_or_else(|| at.field.to_string(), |it| it.name_vi.clone()),
            Self::New(_) => "Lập hồ sơ mới".to_owned(),
        }
    }

    /// The fields of the form, each with what the dossier holds there.
    fn cells<'a>(&'a self, library: &'a Library) -> Vec<Cell<'a>> {
        let form = &library.form;
        let at = |shown: &'a DossierShown, definition: &FieldDefinition, row: Option<RowId>| {
            let there = |it: &&FieldShown| it.path.field == definition.id && it.path.row == row;
            shown.fields.iter().find(there)
        };
        match self {
            Self::Part { shown, section } => form
                .items_of(section)
                .filter(|it| it.id.table().is_none())
                .filter_map(|it| Cell::of(it, at(shown, it, None)))
                .collect(),
            Self::Row { shown, table, row } => form
                .columns(table)
                .filter_map(|it| Cell::of(it, row.and_then(|_| at(shown, it, *row))))
                .collect(),
            Self::Choice { .. } => Vec::new(),
            Self::New(_) => {
                let named = FIRST.iter().filter_map(|id| form.named(id));
                named.filter_map(|it| Cell::of(it, None)).collect()
            }
        }
    }
}

/// The form as the dossier fills it, with the ground of the last save.
fn blank(visit: &mut Visit, target: &Target) -> Outcome {
    let library = visit.library()?;
    let basis = visit.house.sittings.basis(&visit.name);
    let remembered = !basis.kind.is_empty();
    let cells = target.cells(&library);
    let hidden = cells.iter().filter(|cell| cell.is_covered()).count();
    // What was typed would be lost with the page: the box stands where nothing was typed yet.
    let cover =
        target.dossier().and_then(|id| visit.cover(Opened::Dossier(id), hidden, target.action()));
    let sheet = Sheet { target, cells, basis: Basis { remembered, ..basis }, cover };
    page(visit, sheet, &library, None)
}

fn page(visit: &mut Visit, sheet: Sheet<'_>, library: &Library, notice: Option<Notice>) -> Outcome {
    let (today, target) = (visit.today()?, sheet.target);
    let heading = target.heading(library);
    let mut frame = visit.frame(&heading, Place::Dossiers)?;
    let status = match &notice {
        None => StatusCode::OK,
        Some(notice) if notice.kind == Grade::Warning => StatusCode::CONFLICT,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    frame.notices.extend(notice);
    let view = EntryPage {
        frame,
        whose: target.whose(),
        heading,
        back: target.back(),
        action: target.action(),
        save: match target {
            Target::New(_) => "Lập hồ sơ",
            Target::Choice { .. } => "Giữ giá trị này",
            Target::Part { .. } | Target::Row { .. } => "Lưu",
        },
        lead: match target {
            Target::Choice { value, .. } => {
                format!("Giữ «{value}»; giá trị kia vẫn còn trong lịch sử và chọn lại được.")
            }
            _ => String::new(),
        },
        removable: matches!(target, Target::Row { row: Some(_), .. }),
        cover: sheet.cover,
        inputs: sheet.cells.into_iter().map(|cell| cell.input(library, today)).collect(),
        basis: sheet.basis,
    };
    Ok(Answer::page(&view).status(status))
}

fn save(visit: &mut Visit, target: &Target, form: &Form) -> Outcome {
    let (library, today) = (visit.library()?, visit.today()?);
    let cells = target.cells(&library).into_iter().map(|cell| cell.over(form)).collect();
    let mut sheet = Sheet { target, cells, basis: basis::typed(form), cover: None };
    let removing = text(form, "remove") == "yes";
    if !removing && let Some(notice) = sheet.judge(&library, today) {
        return page(visit, sheet, &library, Some(notice));
    }
    let meta = match basis::meta(&sheet.basis, today) {
        Ok(meta) => meta,
        Err(error) => {
            sheet.basis.fault = Some(error.message.clone());
            let mut notice = trouble(&error);
            notice
                .lines
                .push(Line {
                    text: "Xem mục căn cứ".to_owned(), at: Some("can-cu".to_owned())
                });
            return page(visit, sheet, &library, Some(notice));
        }
    };
    let row = RowId::from_bytes(draw(&*visit.house.environment.entropy));
    let written = sheet.edits(removing, row, &library, today).and_then(|measured| {
        let command = target.command(measured.edits, meta);
        Ok((visit.asker.core(command)?, measured.notes))
    });
    match written.and_then(|(answer, notes)| Ok((target.done(answer)?, notes))) {
        Ok((location, notes)) => {
            visit.house.sittings.remember(&visit.name, sheet.basis);
            let text = if removing {
                "Đã bỏ dòng; lịch sử vẫn còn."
            } else {
                "Đã lưu tại đây."
            };
            let mut notice = Notice::done(text);
            if !notes.is_empty() {
                notice = Notice { kind: Grade::Warning, ..notice }.with(notes);
            }
            visit.house.sittings.tell(&visit.name, notice);
            Ok(Answer::go(location))
        }
        Err(error) if is_over(&error) => Err(error),
        Err(error) => page(visit, sheet, &library, Some(trouble(&error))),
    }
}

impl Sheet<'_> {
    /// What keeps it from being saved, noted at the fields too.
    fn judge(&mut self, library: &Library, today: Date) -> Option<Notice> {
        self.cells.iter_mut().for_each(|cell| cell.measure(library, today));
        let adds = matches!(self.target, Target::Row { .. });
        for cell in &mut self.cells {
            let emptied = cell.is_changed() && cell.typed.is_empty();
            let named = ["full_name", "staff_type"].contains(&cell.definition.id.as_str());
            if adds && emptied {
                let text =
                    "Ô đã ghi thì không để trống; ghi giá trị khác, hoặc bỏ cả dòng (DL-0135).";
                cell.fault = Some(text.to_owned());
            } else if matches!(self.target, Target::New(_)) && named && cell.typed.is_empty() {
                cell.fault = Some("Hồ sơ mới phải có mục này (DL-0136).".to_owned());
            }
        }
        let line = |cell: &Cell<'_>| Line {
            text: cell.definition.name_vi.clone(),
            at: Some(cell.definition.id.to_string()),
        };
        let notice = |kind, text: &str, lines: Vec<Line>, code: &str| Notice {
            kind,
            text: text.to_owned(),
            lines,
            code: Some(code.to_owned()),
        };
        let faulty: Vec<Line> =
            self.cells.iter().filter(|cell| cell.fault.is_some()).map(line).collect();
        if !faulty.is_empty() {
            let text = "Chưa lưu: có mục chưa đúng. Những gì đã gõ vẫn còn ở dưới.";
            return Some(notice(Grade::Error, text, faulty, "HS-0413"));
        }
        let stale: Vec<Line> = self.cells.iter().filter(|it| it.is_stale()).map(line).collect();
        if !stale.is_empty() {
            let text =
                "Chưa lưu: người khác vừa ghi cùng mục. Xem giá trị của họ bên dưới rồi lưu lại.";
            return Some(notice(Grade::Warning, text, stale, "HS-0415"));
        }
        let chooses = matches!(self.target, Target::Choice { .. });
        if !chooses && !self.cells.iter().any(Cell::is_changed) {
            let text = "Chưa có gì thay đổi để lưu.";
            return Some(notice(Grade::Error, text, Vec::new(), "DL-0138"));
        }
        None
    }

    /// The edits of the one change.
    fn edits(
        &self,
        removing: bool,
        fresh: RowId,
        library: &Library,
        today: Date,
    ) -> Result<Measured, CliError> {
        let changed = self.cells.iter().filter(|cell| cell.is_changed());
        let typed = match self.target {
            Target::Row { table, row: Some(row), .. } if removing => {
                let edits = vec![Edit::RemoveRow { table: table.clone(), row: *row }];
                return Ok(Measured { edits, notes: Vec::new() });
            }
            Target::Row { table, .. } => {
                let cells =
                    changed.map(|it| (it.definition.id.column().to_owned(), it.typed.clone()));
                let row = (table.clone(), NEW_ROW.to_owned(), cells.collect());
                Typed { fields: Vec::new(), rows: vec![row] }
            }
            Target::Choice { .. } => return Ok(Measured::default()),
            Target::Part { .. } | Target::New(_) => {
                let fields = changed.map(|it| (it.definition.id.to_string(), it.typed.clone()));
                Typed { fields: fields.collect(), rows: Vec::new() }
            }
        };
        let row = match self.target {
            Target::Row { row: Some(row), .. } => *row,
            _ => fresh,
        };
        measure(&typed, library, today, |_, _| Ok(row))
    }
}

impl Target {
    fn command(&self, edits: Vec<Edit>, meta: protocol::envelope::Meta) -> Command {
        match self {
            Self::Part { shown, .. } | Self::Row { shown, .. } => {
                Command::Edit { dossier: shown.dossier, edits, meta }
            }
            Self::Choice { shown, at, side, .. } => {
                let order = DocketOrder::Choose { at: at.clone(), take: Take::Side(*side) };
                Command::Docket { dossier: shown.dossier, order: Box::new(order), meta }
            }
            Self::New(unit) => {
                Command::Enter(vec![Entry { key: None, unit: unit.clone(), edits, meta }])
            }
        }
    }

    /// Where one goes after the node has written.
    fn done(&self, answer: CoreAnswer) -> Result<String, CliError> {
        match answer {
            CoreAnswer::Edited { .. } => Ok(self.back()),
            CoreAnswer::Entered(mut made) => {
                let (id, _) = made.pop().ok_or_else(CliError::unexpected)??;
                Ok(format!("/ho-so/{id}"))
            }
            _ => Err(CliError::unexpected()),
        }
    }
}
