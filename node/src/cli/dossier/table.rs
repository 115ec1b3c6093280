//! `hoso dossier table`: how many dossiers say what of one or two things, on screen or on paper (Điều
//! 12.1).

use std::collections::BTreeSet;

use clap::Args;
use dossier::lookup::Tabulation;
use serde_json::{Value as Json, json};

use super::asked::{self, Asked};
use super::on_paper::OnPaper;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::paper::Sheet;
use crate::cli::{Outcome, output};
use crate::search::{Axis, SearchOrder, Wanted};

pub(super) const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier table --rows unit --columns staff_type
  hoso dossier table --rows training.qualification --where \"staff_type=vien_chuc\" --unit sgddt
  hoso dossier table --rows salary.grade_code --columns sex --paper --out bieu.txt --purpose can-bo

--rows, --columns: mã hoặc tên của mục, hoặc unit. Chỉ đếm người đang công tác, dữ liệu đã duyệt; ngày
đếm theo năm. Người có nhiều dòng được đếm dưới mỗi giá trị của mình; dòng «Số người» không đếm hai lần.";

/// What stands where nothing was said.
const NOTHING: &str = "(chưa ghi)";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mục ở các hàng
    #[arg(long, value_name = "MỤC")]
    rows: String,
    /// Mục ở các cột
    #[arg(long, value_name = "MỤC")]
    columns: Option<String>,
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    paper: OnPaper,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let claim = self.asked.claim();
        let on_paper = self.paper.is_wanted(&claim, desk)?;
        let rows = axis(&self.rows, &library)?;
        let columns = self.columns.as_deref().map(|text| axis(text, &library)).transpose()?;
        let query = self.asked.query(&[], &library, desk.today()?)?;
        let (unit, after) = (self.asked.unit.clone(), None);
        let wanted = Wanted::Table { rows: rows.clone(), columns: columns.clone() };
        let mut order = SearchOrder { query, unit, after, wanted };
        let mut asker = desk.ask_as(claim)?;
        let (mut table, mut looked) = (Tabulation::default(), 0_u64);
        let (taken, scope) = loop {
            let page = asked::page(&mut asker, order.clone())?;
            table.add(&page.table);
            looked += u64::from(page.looked);
            order.after = page.next;
            if order.after.is_none() {
                break (page.taken.ok_or_else(CliError::unexpected)?, page.scope);
            }
        };
        let lines = lines(&table, &rows, columns.as_ref(), &library);
        let total = format!("Số người: {} (trong {looked} hồ sơ).", table.people);
        let sheet = on_paper.then(|| {
            let scope: Vec<String> = scope.iter().map(|unit| library.unit_name(unit)).collect();
            Sheet {
                head: taken.clone(),
                title: title(&rows, columns.as_ref(), &library),
                about: vec![format!("Phạm vi: {}", scope.join("; "))],
                lines: lines.iter().chain([&String::new(), &total]).cloned().collect(),
            }
        });
        if desk.out.is_json() {
            let out = sheet.as_ref().map(|sheet| self.paper.write(sheet)).transpose()?.flatten();
            desk.out.answer(&json!({ "people": table.people, "looked": looked, "scope": scope,
                "table": taken.number, "out": out, "counts": counts(&table, columns.is_some()) }));
            return Ok(Exit::Done);
        }
        match sheet {
            Some(sheet) => self.paper.put(desk, &sheet, "Biểu"),
            None => {
                lines.iter().for_each(|line| desk.out.say(line));
                desk.out.say(total);
                Ok(Exit::Done)
            }
        }
    }
}

fn counts(table: &Tabulation, by_two: bool) -> Vec<Json> {
    let count = |((row, column), count): (&(String, String), &u32)| json!({ "row": row, "column": by_two.then_some(column), "count": count });
    table.counts.iter().map(count).collect()
}

fn axis(text: &str, library: &Library) -> Result<Axis, CliError> {
    if text == "unit" {
        return Ok(Axis::Unit);
    }
    match asked::field(text, library)? {
        (field, Some(_)) => Ok(Axis::Field(field)),
        (table, None) => {
            let columns: Vec<String> =
                library.form.columns(table.as_str()).map(|it| it.id.to_string()).collect();
            Err(CliError::usage("DL-0197", format!("«{text}» là bảng, phải chỉ rõ cột."))
                .hint(format!("Các cột: {}", columns.join(", "))))
        }
    }
}

fn name(axis: &Axis, library: &Library) -> String {
    match axis {
        Axis::Unit => "Đơn vị".to_owned(),
        Axis::Field(field) => {
            library.form.field(field).map_or_else(|| field.to_string(), |it| it.name_vi.clone())
        }
    }
}

fn title(rows: &Axis, columns: Option<&Axis>, library: &Library) -> String {
    let columns = columns.map(|it| format!(" VÀ {}", name(it, library))).unwrap_or_default();
    format!("THỐNG KÊ THEO {}{columns}", name(rows, library)).to_uppercase()
}

/// A value of an axis as people read it.
fn shown(axis: &Axis, value: &str, library: &Library) -> String {
    match axis {
        _ if value.is_empty() => NOTHING.to_owned(),
        Axis::Unit => value.parse().map_or_else(|_| value.to_owned(), |it| library.unit_name(&it)),
        Axis::Field(_) => value.to_owned(),
    }
}

fn lines(
    table: &Tabulation,
    rows: &Axis,
    columns: Option<&Axis>,
    library: &Library,
) -> Vec<String> {
    let lefts: BTreeSet<&String> = table.counts.keys().map(|(row, _)| row).collect();
    let tops: BTreeSet<&String> = table.counts.keys().map(|(_, column)| column).collect();
    let mut headings = vec![name(rows, library)];
    match columns {
        Some(columns) => headings.extend(tops.iter().map(|it| shown(columns, it, library))),
        None => headings.push("Số người".to_owned()),
    }
    let filled = lefts.iter().map(|left| {
        let counts = tops.iter().map(|top| {
            let place = ((*left).clone(), (*top).clone());
            table.counts.get(&place).map_or_else(String::new, u32::to_string)
        });
        std::iter::once(shown(rows, left, library)).chain(counts).collect::<Vec<_>>()
    });
    output::grid(&headings, filled).lines().map(str::to_owned).collect()
}
