//! `hoso quality`: how well the dossiers of each unit are kept (Điều 8.4), and coverage (Điều 9.1 a).

mod persons;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use dossier::UnitId;
use dossier::obligation::{Bench, Urgency};
use dossier::quality::{Coverage, Figures, Quota};
use serde_json::{Value as Json, json};

use super::Outcome;
use super::calendar::Book;
use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::library::Library;
use super::survey::Survey;
use crate::survey::Appraisal;

const EXAMPLES: &str = "\
Ví dụ:
  hoso quality
  hoso quality --unit d150 --json
  hoso quality --by-person               Ai ghi bao nhiêu, muộn bao nhiêu, còn lỗi bao nhiêu (Điều 16.2)
  hoso quality --quota bien-che.csv      Tỷ lệ có hồ sơ trên số người có mặt (Điều 9.1 a)

Tệp biên chế là CSV có các cột unit,allotted,present: mã đơn vị, biên chế giao, số người có mặt.
Số của cả đơn vị là tổng của các đơn vị thuộc nó; dữ liệu chưa duyệt không tính vào số nào khác.";

/// The largest file of quotas, in bytes.
const FILE_BYTES: u64 = 1024 * 1024;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Chỉ của đơn vị này và các đơn vị thuộc nó
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: Option<UnitId>,
    /// Tệp CSV ghi biên chế giao và số người có mặt của từng đơn vị
    #[arg(long, value_name = "TỆP")]
    quota: Option<PathBuf>,
    /// Theo người ghi, không theo đơn vị
    #[arg(long, conflicts_with = "quota")]
    by_person: bool,
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let quotas = self.quota.as_deref().map(quotas).transpose()?.unwrap_or_default();
        let profile = desk.settings(&[])?.settings.deadlines;
        let calendar = Book::of(desk)?.in_force();
        let library = Library::of(desk)?;
        let survey = Survey::of(desk, self.unit.as_ref(), self.reader.claim())?;
        let bench = Bench { as_of: desk.today()?, calendar: &calendar, profile: &profile };
        if self.by_person {
            persons::tell(desk, survey.appraisals(), &bench);
            return Ok(Exit::Done);
        }
        let mut units: BTreeMap<UnitId, Figures> = BTreeMap::new();
        for appraisal in survey.appraisals() {
            *units.entry(appraisal.facts.unit.clone()).or_default() += figures(&appraisal, &bench);
        }
        let total: Figures = units.values().copied().sum();
        let covered: Vec<(UnitId, Coverage)> = quotas
            .into_iter()
            .filter(|(unit, _)| {
                self.unit.as_ref().is_none_or(|scope| library.tree.is_within(unit, scope))
            })
            .map(|(unit, quota)| {
                let dossiers = units.get(&unit).map_or(0, |it| it.in_service);
                (unit, Coverage { quota, dossiers })
            })
            .collect();
        if desk.out.is_json() {
            let rows: Vec<Json> =
                units.iter().map(|(unit, it)| json!({ "unit": unit, "figures": it })).collect();
            let covered: Vec<Json> = covered.iter().map(coverage_json).collect();
            desk.out.answer(&json!({ "units": rows, "total": total, "coverage": covered }));
            return Ok(Exit::Done);
        }
        if units.is_empty() {
            desk.out.say("Chưa có hồ sơ nào.");
            return Ok(Exit::Done);
        }
        let headings = [
            "Đơn vị",
            "Hồ sơ",
            "Đang công tác",
            "Đủ",
            "Mục thiếu",
            "Lỗi",
            "Cảnh báo",
            "Chờ chọn",
            "Chưa duyệt",
            "Chưa khớp giấy",
            "Quá hạn",
            "Muộn, chưa có lý do",
            "Sắp đến hạn",
        ];
        let rows = units.iter().map(|(unit, it)| line(library.unit_name(unit), it));
        desk.out.table(headings, rows.chain([line("Cộng".to_owned(), &total)]));
        for (unit, coverage) in &covered {
            desk.out.say(covered_line(&library.unit_name(unit), *coverage));
        }
        Ok(Exit::Done)
    }
}

/// The figures of one dossier.
fn figures(appraisal: &Appraisal, bench: &Bench<'_>) -> Figures {
    let owed = bench.of_dossier(&appraisal.facts);
    let of = |urgency| {
        u32::try_from(owed.iter().filter(|it| it.urgency() == urgency).count()).unwrap_or(u32::MAX)
    };
    Figures {
        dossiers: 1,
        in_service: u32::from(appraisal.in_service),
        complete: u32::from(appraisal.complete),
        missing: appraisal.missing,
        faulty: u32::from(appraisal.errors > 0),
        errors: appraisal.errors,
        warnings: appraisal.warnings,
        conflicts: appraisal.conflicts,
        unreviewed: appraisal.unreviewed,
        unmatched: u32::from(!appraisal.matched),
        overdue: of(Urgency::Overdue),
        unexplained: of(Urgency::ReasonAsked),
        due_soon: of(Urgency::DueSoon),
    }
}

fn line(name: String, it: &Figures) -> [String; 13] {
    let Figures { dossiers, in_service, complete, missing, errors, warnings, .. } = it;
    let Figures { conflicts, unreviewed, unmatched, overdue, unexplained, due_soon, .. } = it;
    [
        name,
        dossiers.to_string(),
        in_service.to_string(),
        complete.to_string(),
        missing.to_string(),
        errors.to_string(),
        warnings.to_string(),
        conflicts.to_string(),
        unreviewed.to_string(),
        unmatched.to_string(),
        overdue.to_string(),
        unexplained.to_string(),
        due_soon.to_string(),
    ]
}

fn covered_line(unit: &str, coverage: Coverage) -> String {
    let Quota { allotted, present } = coverage.quota;
    let mut line = format!(
        "{unit}: {} hồ sơ trên {present} người có mặt, {} %",
        coverage.dossiers,
        coverage.percent()
    );
    match coverage.lacking() {
        0 => line.push_str("; đủ hồ sơ"),
        lacking => line.push_str(&format!("; còn {lacking} người chưa có hồ sơ")),
    }
    if coverage.is_over() {
        line.push_str(&format!("; có mặt nhiều hơn biên chế giao ({allotted})"));
    }
    line
}

fn coverage_json((unit, coverage): &(UnitId, Coverage)) -> Json {
    json!({ "unit": unit, "allotted": coverage.quota.allotted, "present": coverage.quota.present,
        "dossiers": coverage.dossiers, "percent": coverage.percent(),
        "lacking": coverage.lacking(), "complete": coverage.is_complete(),
        "over": coverage.is_over() })
}

/// The quotas of a file, by unit.
fn quotas(path: &Path) -> Result<BTreeMap<UnitId, Quota>, CliError> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).map_err(|error| CliError::file(path, &error))?;
    let mut reader = csv::Reader::from_reader(file.take(FILE_BYTES));
    let wrong = |line: usize| {
        CliError::failed("CL-0101", format!("Tệp biên chế sai ở dòng {line}."))
            .hint("Các cột: unit,allotted,present; ví dụ d150,120,118")
    };
    let mut quotas = BTreeMap::new();
    for (line, row) in (2..).zip(reader.records()) {
        let row = row.map_err(|_| wrong(line))?;
        let [unit, allotted, present] =
            [0, 1, 2].map(|column| row.get(column).unwrap_or("").trim());
        let unit = unit.parse::<UnitId>().map_err(|_| wrong(line))?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong(line));
        quotas.insert(unit, Quota { allotted: number(allotted)?, present: number(present)? });
    }
    Ok(quotas)
}
