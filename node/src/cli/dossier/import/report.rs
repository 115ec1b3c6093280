//! What an import did, or would do, told in full or in short.

use std::collections::BTreeMap;
use std::path::Path;

use dossier::DossierId;
use dossier::finding::{Finding, Level};
use dossier::form::FormDefinition;
use serde_json::{Value as Json, json};

use crate::cli::error::CliError;
use crate::import::ImportPlan;
use crate::import::header::{Unmapped, UnmappedColumn};

use super::again::Comparison;
use super::words;

/// Sentences, headings and runs of rows that are listed for people; JSON has all.
pub(super) const LISTED: usize = 20;

/// What the node answered, person by person.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Sheet, row, dossier, and whether it is new.
    pub(super) made: Vec<(String, u32, DossierId, bool)>,
    /// Sheet, row, and why not.
    pub(super) refused: Vec<(String, u32, CliError)>,
    /// What the list corrects in dossiers that were there.
    pub(super) compared: Comparison,
}

impl Tally {
    fn begun(&self) -> usize {
        self.made.iter().filter(|(.., new)| *new).count()
    }

    fn known(&self) -> usize {
        self.made.len() - self.begun()
    }
}

fn held_back(plan: &ImportPlan) -> usize {
    plan.people.len() - plan.ready().count()
}

/// The report for people.
pub(super) fn lines(
    plan: &ImportPlan,
    form: &FormDefinition,
    tally: Option<&Tally>,
    compared: Option<&Comparison>,
    errors: Option<&Path>,
) -> Vec<String> {
    let mut lines = vec![format!("Danh sách «{}»: {} người", plan.list, plan.people.len())];
    match tally {
        Some(tally) => {
            lines.push(format!("  mới: {} ({})", tally.begun(), words::level([false, false])));
            tally.compared.summary(&mut lines);
            lines.push(format!("  giữ lại vì lỗi: {}", held_back(plan)));
            if !tally.refused.is_empty() {
                lines.push(format!("  máy nút từ chối: {}", tally.refused.len()));
            }
        }
        None => {
            lines.push(format!("  nhập được: {}", plan.ready().count()));
            lines.push(format!("  phải sửa trước khi nhập: {}", held_back(plan)));
            match compared {
                Some(compared) => {
                    lines.push(format!("  mới: {}", plan.ready().count() - compared.known));
                    compared.summary(&mut lines);
                }
                None => lines.push("  máy nút không chạy: chưa so với hồ sơ đã có".to_owned()),
            }
            lines.push("  chỉ kiểm tra, chưa ghi gì".to_owned());
        }
    }
    compared.into_iter().for_each(|compared| compared.details(form, &mut lines));
    left_out(plan, form, &mut lines);
    findings(&plan.findings, &mut lines);
    for (sheet, row, error) in tally.iter().flat_map(|tally| &tally.refused).take(LISTED) {
        lines.push(format!("  {}: {} {}", place(sheet, &[*row]), error.code, error.message));
    }
    if let Some(path) = errors {
        lines.push(format!("Danh sách kèm cột «Lỗi»: {}", path.display()));
    }
    lines
}

fn left_out(plan: &ImportPlan, form: &FormDefinition, lines: &mut Vec<String>) {
    for report in plan.sheets.iter().filter(|report| report.header_row.is_none()) {
        let message = format!(
            "Không nhập trang «{}»: không nhận ra tiêu đề ({} dòng)",
            report.sheet, report.entries
        );
        lines.push(message);
    }
    let needless = |reason| matches!(reason, Unmapped::NotAField | Unmapped::Repeated);
    let (known, strange): (Vec<_>, Vec<_>) = plan
        .unmapped
        .iter()
        .filter(|column| column.filled > 0)
        .partition(|column| needless(column.reason));
    if !strange.is_empty() {
        lines.push(format!("Cột không nhập vì phiếu không có mục này: {}", headings(&strange)));
    }
    if !known.is_empty() {
        let names = headings(&known);
        lines.push(format!("Cột không cần nhập (số thứ tự, ghi chú, cột lặp lại): {names}"));
    }
    if !plan.ignored.is_empty() {
        let rows: Vec<u32> = plan.ignored.iter().map(|row| row.row).collect();
        lines
            .push(format!("Dòng không nhập (tiêu đề nhóm, dòng cộng, chữ ký): {}", numbers(&rows)));
    }
    if !plan.not_asked.is_empty() {
        let name = |field| form.field(field).map_or(field.as_str(), |it| it.name_vi.as_str());
        let names: Vec<&str> = plan.not_asked.iter().map(name).collect();
        lines.push(format!("Mục bắt buộc mà danh sách không có cột: {}", names.join("; ")));
    }
}

/// Each heading once, with the most cells it fills in one sheet.
fn headings(columns: &[&UnmappedColumn]) -> String {
    let mut filled: BTreeMap<&str, usize> = BTreeMap::new();
    for column in columns {
        let cells = filled.entry(&column.heading).or_default();
        *cells = column.filled.max(*cells);
    }
    let more = if filled.len() > LISTED { ", ..." } else { "" };
    let named: Vec<String> = filled
        .into_iter()
        .take(LISTED)
        .map(|(heading, cells)| format!("«{heading}» ({cells} ô)"))
        .collect();
    format!("{}{more}", named.join(", "))
}

/// Row numbers with their runs drawn together: `1-3, 5`.
fn numbers(rows: &[u32]) -> String {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => runs.push((row, row)),
        }
    }
    let more = if runs.len() > LISTED { ", ..." } else { "" };
    let shown: Vec<String> = runs
        .iter()
        .take(LISTED)
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    format!("{}{more}", shown.join(", "))
}

/// What people must look at: counted by gravity, then each sentence once with its rows.
fn findings(findings: &[Finding], lines: &mut Vec<String>) {
    if findings.is_empty() {
        lines.push("Không có lỗi.".to_owned());
        return;
    }
    let mut levels: BTreeMap<Level, usize> = BTreeMap::new();
    let mut alike: BTreeMap<(Level, &str, &str), Vec<u32>> = BTreeMap::new();
    for finding in findings {
        *levels.entry(finding.level).or_default() += 1;
        let sheet = finding.path.sheet.as_deref().unwrap_or_default();
        let rows = alike.entry((finding.level, &finding.message_vi, sheet)).or_default();
        rows.extend(finding.path.row);
    }
    let counts: Vec<String> =
        levels.iter().map(|(level, count)| format!("{count} {}", words::grade(*level))).collect();
    lines.push(format!("Có {} điều cần xem: {}", findings.len(), counts.join(", ")));
    let rest = alike.len().saturating_sub(LISTED);
    let mut alike: Vec<_> = alike.into_iter().collect();
    alike.sort_by_key(|((level, _, sheet), rows)| (*level, *sheet, rows.iter().min().copied()));
    for ((level, message, sheet), rows) in alike.into_iter().take(LISTED) {
        lines.push(format!("  {}, {}: {message}", words::grade(level), place(sheet, &rows)));
    }
    if rest > 0 {
        lines.push(format!("  ... và {rest} loại nữa; xem đủ bằng --errors-to hoặc --json"));
    }
}

pub(super) fn place(sheet: &str, rows: &[u32]) -> String {
    let rows = (!rows.is_empty()).then(|| format!("dòng {}", numbers(rows)));
    let sheet = (!sheet.is_empty()).then(|| format!("trang «{sheet}»"));
    let parts: Vec<String> = sheet.into_iter().chain(rows).collect();
    if parts.is_empty() { "cả tệp".to_owned() } else { parts.join(" ") }
}

/// The report for programs, with every finding.
pub(super) fn as_json(
    plan: &ImportPlan,
    tally: Option<&Tally>,
    compared: Option<&Comparison>,
    errors: Option<&Path>,
) -> Json {
    let made = tally.map(|tally| {
        let row = |(sheet, row, id, new): &(String, u32, DossierId, bool)| {
            json!({ "sheet": sheet, "row": row, "dossier": id, "new": new })
        };
        tally.made.iter().map(row).collect::<Vec<_>>()
    });
    let refused = tally.map(|tally| {
        let row = |(sheet, row, error): &(String, u32, CliError)| {
            json!({ "sheet": sheet, "row": row, "code": error.code, "message": error.message })
        };
        tally.refused.iter().map(row).collect::<Vec<_>>()
    });
    json!({
        "list": plan.list, "file": plan.file, "dry_run": tally.is_none(),
        "people": plan.people.len(), "ready": plan.ready().count(),
        "held_back": held_back(plan), "new": tally.map(Tally::begun), "known": tally.map(Tally::known),
        "corrected": compared.map(Comparison::people),
        "corrections": compared.map(Comparison::as_json), "entered": made, "refused": refused,
        "findings": plan.findings, "not_asked": plan.not_asked, "sheets": plan.sheets,
        "unmapped": plan.unmapped, "ignored": plan.ignored, "duplicates": plan.duplicates,
        "errors_to": errors,
    })
}

#[cfg(test)]
mod tests {
    use dossier::Hash;
    use dossier::finding::{FindingKind, Where};

    use super::*;
    use crate::import::FileKind;

    fn form() -> FormDefinition {
        config::load_form(&config::Files::embedded()).expect("the form")
    }

    fn plan() -> ImportPlan {
        ImportPlan {
            list: "ds.csv".to_owned(),
            file: Hash::ZERO,
            kind: FileKind::Csv,
            list_date: None,
            people: Vec::new(),
            findings: Vec::new(),
            not_asked: Vec::new(),
            sheets: Vec::new(),
            unmapped: Vec::new(),
            ignored: Vec::new(),
            duplicates: Vec::new(),
        }
    }

    #[test]
    fn a_dry_run_says_that_nothing_was_written() {
        let lines = lines(&plan(), &form(), None, None, None).join("\n");
        assert!(lines.contains("chưa ghi gì") && !lines.contains("mới:"), "{lines}");
        assert_eq!(as_json(&plan(), None, None, None)["dry_run"], true);
    }

    #[test]
    fn new_and_known_persons_are_told_apart() {
        let id = DossierId::from_bytes([1; 16]);
        let made = vec![(String::new(), 2, id, true), (String::new(), 3, id, false)];
        let refused = vec![(String::new(), 4, CliError::unexpected())];
        let tally = Tally { made, refused, ..Tally::default() };
        let json = as_json(&plan(), Some(&tally), None, None);
        assert_eq!((&json["new"], &json["known"]), (&json!(1), &json!(1)));
        let lines = lines(&plan(), &form(), Some(&tally), None, None).join("\n");
        assert!(lines.contains("mới: 1") && lines.contains("dòng 4: MN-0205"), "{lines}");
    }

    #[test]
    fn what_is_alike_is_said_once() {
        let column = |sheet: &str, heading: &str, reason| UnmappedColumn {
            sheet: sheet.to_owned(),
            column: 0,
            heading: heading.to_owned(),
            reason,
            filled: 7,
        };
        let finding = |row| {
            let field = "unit_name".parse().expect("field");
            let path = Where { sheet: Some("A".to_owned()), row: Some(row), field };
            Finding::new(path, FindingKind::NotInCatalog, "không có trong danh mục".to_owned())
        };
        let plan = ImportPlan {
            unmapped: vec![
                column("A", "Họ và tên", Unmapped::Repeated),
                column("B", "Họ và tên", Unmapped::Repeated),
                column("B", "Sở thích", Unmapped::Unknown),
            ],
            findings: [4, 2, 9, 3].map(finding).to_vec(),
            not_asked: vec!["birth_date".parse().expect("field")],
            ..plan()
        };
        let lines = lines(&plan, &form(), None, None, None);
        let has = |line: &str| assert!(lines.iter().any(|it| it == line), "{line} in {lines:#?}");
        has("Cột không nhập vì phiếu không có mục này: «Sở thích» (7 ô)");
        has("Cột không cần nhập (số thứ tự, ghi chú, cột lặp lại): «Họ và tên» (7 ô)");
        has("Có 4 điều cần xem: 4 lỗi");
        has("  lỗi, trang «A» dòng 2-4, 9: không có trong danh mục");
        let form = form();
        let name = &form.named("birth_date").expect("field").name_vi;
        has(&format!("Mục bắt buộc mà danh sách không có cột: {name}"));
    }
}
