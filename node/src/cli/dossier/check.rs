//! `hoso dossier check`: what is wrong in a dossier, and what it lacks.

use std::collections::BTreeMap;

use clap::Args;
use dossier::completeness::{Completeness, Meter};
use dossier::finding::{Finding, Record, judge};
use dossier::{FieldId, RowId};
use protocol::core::DossierShown;
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::place;
use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier check 0f3a9c              Lỗi, cảnh báo, và bảy mặt của hồ sơ (Điều 3.1)
  hoso dossier check \"Bùi Thị Hòa\" --json

Hồ sơ đủ khi không mặt nào trống và không thiếu mục bắt buộc.";

/// Empty items named in one line.
const LISTED: usize = 6;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (library, today) = (Library::of(desk)?, desk.today()?);
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = asker.dossier(&self.dossier)?;
        let Answer::Shown(shown) = asker.core(Command::Show(id))? else {
            return Err(CliError::unexpected());
        };
        let sheet = Sheet::of(&shown, &library);
        let Library { form, catalogs, tree } = &library;
        let findings = judge(&sheet.record, Some(today), form, catalogs, tree);
        let measured = Completeness::measure(&sheet.record, form, today);
        if desk.out.is_json() {
            desk.out.answer(&as_json(&shown, &sheet, &findings, &measured));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Hồ sơ {}", shown.dossier));
        desk.out.say("");
        desk.out.heading("Bảy mặt của hồ sơ (Điều 3.1)");
        for meter in &measured.meters {
            desk.out.say(format_args!("  {}", line(meter, &library)));
        }
        desk.out.say(verdict(&measured, &library));
        desk.out.say("");
        desk.out.heading("Điều cần xem");
        sheet.lines(&findings, &library).iter().for_each(|line| desk.out.say(line));
        let open = shown.fields.iter().filter(|it| !it.review.counts()).count();
        if open > 0 {
            desk.out.say(format_args!(
                "  Có {open} giá trị chưa duyệt hoặc bị trả lại, không tính: «hoso dossier review list»."
            ));
        }
        if !shown.conflicts.is_empty() {
            let count = shown.conflicts.len();
            desk.out.say(format_args!(
                "  Có {count} mục hai nơi cùng sửa, chờ người chọn: «hoso dossier conflicts»."
            ));
        }
        Ok(Exit::Done)
    }
}

fn line(meter: &Meter, library: &Library) -> String {
    let (name, filled, asked) = (meter.area.name_vi(), meter.filled, meter.asked());
    let counted = format!("{name}: {filled}/{asked} mục");
    let named = names(&meter.empty, library);
    if named.is_empty() { counted } else { format!("{counted}; còn trống: {named}") }
}

/// What the form calls some items.
fn names(fields: &[FieldId], library: &Library) -> String {
    let name = |id: &FieldId| match id.table() {
        Some(table) => heading(table, id, library),
        None => library.form.field(id).map_or_else(|| id.to_string(), |it| it.name_vi.clone()),
    };
    let mut shown: Vec<String> = fields.iter().take(LISTED).map(name).collect();
    if fields.len() > LISTED {
        shown.push(format!("và {} mục nữa", fields.len() - LISTED));
    }
    shown.join(", ")
}

/// What a table is called: by its own item, else by the section it fills.
fn heading(table: &str, column: &FieldId, library: &Library) -> String {
    let item = library.form.named(table).map(|item| &item.name_vi);
    let section = || {
        let section = &library.form.field(column)?.section;
        library.form.sections().iter().find(|it| it.id == *section).map(|it| &it.name_vi)
    };
    item.or_else(section).cloned().unwrap_or_else(|| table.to_owned())
}

fn verdict(measured: &Completeness, library: &Library) -> String {
    if measured.is_complete() {
        return "Hồ sơ đã đủ.".to_owned();
    }
    let bare = measured.meters.iter().filter(|meter| meter.filled == 0).count();
    let mut reasons = Vec::new();
    if bare > 0 {
        reasons.push(format!("{bare} mặt chưa có gì"));
    }
    if !measured.missing.is_empty() {
        reasons.push(format!("thiếu mục bắt buộc: {}", names(&measured.missing, library)));
    }
    format!("Hồ sơ chưa đủ: {}.", reasons.join("; "))
}

/// A dossier as the judges take it, with the keys of its rows in their order.
struct Sheet {
    record: Record,
    rows: BTreeMap<String, Vec<RowId>>,
}

impl Sheet {
    fn of(shown: &DossierShown, library: &Library) -> Self {
        let mut sheet = Self { record: Record::default(), rows: BTreeMap::new() };
        let known = shown.fields.iter().filter(|it| library.form.field(&it.path.field).is_some());
        // Điều 15.1: what was not reviewed counts in no figure.
        let known = known.filter(|it| it.review.counts());
        for field in known.filter(|it| it.path.row.is_none()) {
            sheet.record.fields.insert(field.path.field.clone(), field.value.clone());
        }
        for table in library.form.tables() {
            for (id, cells) in place::rows(&library.form, table, shown) {
                let counted = cells.into_iter().filter(|(_, field)| field.review.counts());
                let row = counted
                    .map(|(column, field)| (column.id.column().to_owned(), field.value.clone()));
                sheet.record.rows.entry(table.to_owned()).or_default().push(row.collect());
                sheet.rows.entry(table.to_owned()).or_default().push(id);
            }
        }
        sheet
    }

    /// The key of the row a finding is about.
    fn row(&self, finding: &Finding) -> Option<RowId> {
        let table = finding.path.field.table()?;
        let position = usize::try_from(finding.path.row?).ok()?;
        self.rows.get(table)?.get(position).copied()
    }

    fn lines(&self, findings: &[Finding], library: &Library) -> Vec<String> {
        if findings.is_empty() {
            return vec!["  Không có lỗi.".to_owned()];
        }
        let mut findings: Vec<&Finding> = findings.iter().collect();
        findings.sort_by_key(|finding| finding.level);
        let mut lines = Vec::new();
        for finding in findings {
            let mut told = format!("  {}: {}", words::grade(finding.level), finding.message_vi);
            if let Some(row) = self.row(finding) {
                told.push_str(&format!(" (dòng {})", place::short(row)));
            }
            lines.push(told);
            lines.push(format!("      mục {}", place::item(&library.form, &finding.path.field)));
            lines.extend(finding.legal_basis.iter().map(|it| format!("      căn cứ: {it}")));
        }
        lines
    }
}

fn as_json(
    shown: &DossierShown,
    sheet: &Sheet,
    findings: &[Finding],
    measured: &Completeness,
) -> Json {
    let areas: Vec<Json> = measured
        .meters
        .iter()
        .map(|meter| {
            json!({ "area": meter.area, "name": meter.area.name_vi(), "filled": meter.filled,
                "asked": meter.asked(), "empty": meter.empty })
        })
        .collect();
    let findings: Vec<Json> = findings
        .iter()
        .map(|it| {
            json!({ "field": it.path.field, "row": sheet.row(it), "level": it.level,
                "code": it.kind, "message": it.message_vi, "legal_basis": it.legal_basis })
        })
        .collect();
    json!({ "dossier": shown.dossier, "complete": measured.is_complete(), "areas": areas,
        "missing": measured.missing, "findings": findings, "conflicts": shown.conflicts.len(),
        "unreviewed": shown.fields.iter().filter(|it| !it.review.counts()).count() })
}
