//! `hoso dossier show`: one dossier in the order of the paper form, with the source of each value.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use dossier::Value;
use protocol::core::{DossierShown, FieldShown};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::place::{self, Item};
use super::status;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::grant::COVERED;

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier show 0f3a9c               Đầu mã hồ sơ là đủ nếu không trùng
  hoso dossier show \"Bùi Thị Hòa\"
  hoso dossier show 0f3a9c --empty       Cả những mục còn trống, với mã của mục
  hoso dossier show 0f3a9c --unmask --purpose xac-minh
  hoso dossier show 0f3a9c… --document 12/GP-UBND --purpose xac-minh

Mục nhạy cảm và thông tin người thứ ba hiện là «•••» cho đến khi nói rõ mục đích.
Sau mỗi giá trị là mức đã chắc chắn và số của nguồn; các nguồn liệt kê ở cuối.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Hiện cả mục còn trống
    #[arg(long)]
    empty: bool,
    #[command(flatten)]
    viewer: Viewer,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let id = asker.dossier(&self.dossier)?;
        let Answer::Shown(shown) = asker.core(Command::Show(id))? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&as_json(&shown, &library));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Hồ sơ {}", shown.dossier));
        desk.out.say(format_args!("Đơn vị quản lý: {}", library.unit_name(&shown.unit)));
        if let Some(status) = shown.status {
            let closed = if shown.closed { ", hồ sơ đã đóng" } else { "" };
            desk.out.say(format_args!("Trạng thái: {}{closed}", status::name(status, &library)));
        }
        desk.out.say(format_args!("{} lần ghi", shown.changes));
        desk.out.say(format_args!("Mã kiểm tra: {}", shown.digest));
        if !shown.conflicts.is_empty() {
            let count = shown.conflicts.len();
            desk.out.say(format_args!(
                "Có {count} mục hai nơi cùng sửa, chờ người chọn: «hoso dossier conflicts»."
            ));
        }
        if shown.fields.is_empty() {
            desk.out.say("Chưa có dữ liệu, chỉ có phiếu: «hoso form show».");
        }
        let mut page = Page { sources: Sources::default(), empty: self.empty };
        for section in library.form.sections() {
            let lines = page.section(&place::section(&library.form, &section.id, &shown));
            if !lines.is_empty() {
                desk.out.say("");
                desk.out.heading(&section.name_vi);
                lines.iter().for_each(|line| desk.out.say(line));
            }
        }
        page.section(&place::unknown(&library.form, &shown))
            .iter()
            .for_each(|line| desk.out.say(line));
        if shown.fields.iter().any(is_covered) {
            desk.out.say("");
            desk.out.say("Mục «•••» đang che. Để xem: thêm --unmask --purpose \"MỤC ĐÍCH\".");
        }
        desk.out.say("");
        desk.out.heading("Nguồn");
        page.sources.lines().for_each(|line| desk.out.say(line));
        Ok(Exit::Done)
    }
}

/// Whether a value is covered: it is sensitive, and nobody said to what purpose it is wanted.
fn is_covered(field: &FieldShown) -> bool {
    matches!(&field.value, Value::Text(text) if text == COVERED)
}

/// Who wrote what, each source once.
#[derive(Default)]
struct Sources {
    numbers: BTreeMap<String, usize>,
}

impl Sources {
    /// Level and number of a value's source.
    fn mark(&mut self, field: &FieldShown) -> String {
        let Some(provenance) = &field.provenance else { return "nguồn không rõ".to_owned() };
        let text = format!(
            "{}\n      {}",
            words::writer(provenance),
            words::basis(&provenance.meta.basis)
        );
        let text = match field.form {
            Some(number) if number > 1 => format!("{text} (phiếu số {number})"),
            _ => text,
        };
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(text).or_insert(next);
        let review = match field.review.words_vi() {
            words if words.is_empty() => words,
            words => format!(", {words}"),
        };
        format!("{}{review} [{number}]", words::level(provenance.held_above))
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let mut lines: Vec<(usize, &String)> =
            self.numbers.iter().map(|(text, number)| (*number, text)).collect();
        lines.sort_unstable();
        lines.into_iter().map(|(number, text)| format!("  [{number}] {text}"))
    }
}

struct Page {
    sources: Sources,
    empty: bool,
}

impl Page {
    fn section(&mut self, items: &[Item<'_>]) -> Vec<String> {
        let mut lines = Vec::new();
        for item in items {
            match item {
                Item::Single(definition, Some(field)) => {
                    let mark = self.sources.mark(field);
                    let value = words::value(&field.value);
                    lines.push(format!("  {}: {value}  — {mark}", definition.name_vi));
                }
                Item::Single(definition, None) if self.empty => {
                    lines.push(format!("  {}: (trống)  {}", definition.name_vi, definition.id));
                }
                Item::Single(..) => {}
                Item::Table(table, title, rows) if !rows.is_empty() || self.empty => {
                    lines.push(format!("  {title} ({table}): {} dòng", rows.len()));
                    for (row, cells) in rows {
                        lines.push(format!("    dòng {}", place::short(*row)));
                        for (definition, field) in cells {
                            let (value, mark) =
                                (words::value(&field.value), self.sources.mark(field));
                            lines.push(format!("      {}: {value}  — {mark}", definition.name_vi));
                        }
                    }
                }
                Item::Table(..) => {}
                Item::Unknown(field) => {
                    let mut line = format!("  {}", field.path.field);
                    let _ = write!(line, ": {}", words::value(&field.value));
                    let _ = write!(line, "  — {}", self.sources.mark(field));
                    lines.push(line);
                }
            }
        }
        lines
    }
}

/// The form with its values as lines of a page, sections with their headings, without sources.
pub(super) fn printed(shown: &DossierShown, library: &Library) -> Vec<String> {
    let mut page = Page { sources: Sources::default(), empty: false };
    let mut lines = Vec::new();
    for section in library.form.sections() {
        let items = place::section(&library.form, &section.id, shown);
        let told = page.section(&items);
        if !told.is_empty() {
            lines.extend([String::new(), section.name_vi.clone()]);
            lines.extend(told);
        }
    }
    lines.extend(page.section(&place::unknown(&library.form, shown)));
    lines.extend([String::new(), "Nguồn".to_owned()]);
    lines.extend(page.sources.lines());
    lines
}

/// A dossier for programs.
pub(super) fn as_json(shown: &DossierShown, library: &Library) -> Json {
    let field = |field: &FieldShown, label: Option<&str>| {
        json!({
            "field": field.path.field, "row": field.path.row, "label": label,
            "text": words::value(&field.value), "value": field.value,
            "covered": is_covered(field), "review": field.review, "form": field.form,
            "source": field.provenance.as_ref().map(words::provenance_json),
        })
    };
    let mut fields = Vec::new();
    let known = library
        .form
        .sections()
        .iter()
        .flat_map(|section| place::section(&library.form, &section.id, shown));
    for item in known.chain(place::unknown(&library.form, shown)) {
        match item {
            Item::Single(definition, Some(it)) => fields.push(field(it, Some(&definition.name_vi))),
            Item::Single(_, None) => {}
            Item::Table(_, _, rows) => {
                let cells = rows.into_iter().flat_map(|(_, cells)| cells);
                fields.extend(cells.map(|(column, it)| field(it, Some(&column.name_vi))));
            }
            Item::Unknown(it) => fields.push(field(it, None)),
        }
    }
    json!({ "dossier": shown.dossier, "unit": shown.unit, "form": shown.form,
        "status": shown.status, "closed": shown.closed, "digest": shown.digest, "changes": shown.changes, "conflicts": shown.conflicts.len(),
        "fields": fields })
}
