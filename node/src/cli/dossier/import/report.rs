//! What an import did, or would do, told in full or in short.

use std::collections::BTreeMap;
use std::path::Path;

use dossier::DossierId;
use dossier::finding::{Finding, Level};
use dossier::form::FormDefinition;
use serde_json::{Value as Json, json};

use crate::cli::error::CliError;
use crate::import::ImportPlan;

use super::again::Comparison;
use super::words;

/// Findings, and kinds of leftovers, that are listed for people; JSON has all.
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
    tally: Option<&Tally>,
    compared: Option<&Comparison>,
    form: &FormDefinition,
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
    left_out(plan, &mut lines);
    findings(&plan.findings, &mut lines);
    for (sheet, row, error) in tally.iter().flat_map(|tally| &tally.refused).take(LISTED) {
        lines.push(format!("  {}: {} {}", spot(sheet, Some(*row)), error.code, error.message));
    }
    if let Some(path) = errors {
        lines.push(format!("Danh sách kèm cột «Lỗi»: {}", path.display()));
    }
    lines
}

fn left_out(plan: &ImportPlan, lines: &mut Vec<String>) {
    for report in plan.sheets.iter().filter(|report| report.header_row.is_none()) {
        let message = format!(
            "Không nhập trang «{}»: không nhận ra tiêu đề ({} dòng)",
            report.sheet, report.entries
        );
        lines.push(message);
    }
    for column in plan.unmapped.iter().filter(|column| column.filled > 0).take(LISTED) {
        lines.push(format!("Không nhập cột «{}» ({} ô có dữ liệu)", column.heading, column.filled));
    }
    if !plan.ignored.is_empty() {
        let rows: Vec<String> =
            plan.ignored.iter().take(LISTED).map(|row| row.row.to_string()).collect();
        let more = if plan.ignored.len() > LISTED { ", ..." } else { "" };
        lines.push(format!(
            "Không nhập {} dòng (tiêu đề nhóm, dòng cộng, chữ ký): {}{more}",
            plan.ignored.len(),
            rows.join(", ")
        ));
    }
    if !plan.not_asked.is_empty() {
        let names: Vec<&str> = plan.not_asked.iter().map(|field| field.as_str()).collect();
        lines.push(format!("Mục bắt buộc mà danh sách không có cột: {}", names.join(", ")));
    }
}

fn findings(findings: &[Finding], lines: &mut Vec<String>) {
    if findings.is_empty() {
        lines.push("Không có lỗi.".to_owned());
        return;
    }
    let mut kinds: BTreeMap<(Level, &str), usize> = BTreeMap::new();
    for finding in findings {
        *kinds.entry((finding.level, finding.kind.code())).or_default() += 1;
    }
    lines.push(format!("Có {} điều cần xem:", findings.len()));
    for ((level, kind), count) in kinds {
        lines.push(format!("  {count} {} {kind}", grade(level)));
    }
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.level);
    for finding in sorted.iter().take(LISTED) {
        let spot = spot(finding.path.sheet.as_deref().unwrap_or_default(), finding.path.row);
        lines.push(format!("  {spot}: {} — {}", grade(finding.level), finding.message_vi));
    }
    if findings.len() > LISTED {
        let rest = findings.len() - LISTED;
        lines.push(format!("  ... và {rest} điều nữa; xem đủ bằng --errors-to hoặc --json"));
    }
}

fn grade(level: Level) -> &'static str {
    match level {
        Level::Error => "lỗi",
        Level::Warning => "cảnh báo",
        Level::Hint => "gợi ý",
    }
}

pub(super) fn spot(sheet: &str, row: Option<u32>) -> String {
    let row = row.map(|row| format!("dòng {row}"));
    let sheet = (!sheet.is_empty()).then(|| format!("trang «{sheet}»"));
    let parts: Vec<String> = sheet.into_iter().chain(row).collect();
    if parts.is_empty() { "cả tệp".to_owned() } else { parts.join(", ") }
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

    use super::*;
    use crate::cli::library::Library;
    use crate::import::FileKind;

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
        let form = Library::load().expect("loads").form;
        let lines = lines(&plan(), None, None, &form, None).join("\n");
        assert!(lines.contains("chưa ghi gì") && !lines.contains("mới:"), "{lines}");
        assert_eq!(as_json(&plan(), None, None, None)["dry_run"], true);
    }

    #[test]
    fn new_and_known_persons_are_told_apart() {
        let id = DossierId::from_bytes([1; 16]);
        let made = vec![(String::new(), 2, id, true), (String::new(), 3, id, false)];
        let refused = vec![(String::new(), 4, CliError::unexpected())];
        let tally = Tally { made, refused, ..Tally::default() };
        let form = Library::load().expect("loads").form;
        let json = as_json(&plan(), Some(&tally), None, None);
        assert_eq!((&json["new"], &json["known"]), (&json!(1), &json!(1)));
        let lines = lines(&plan(), Some(&tally), None, &form, None).join("\n");
        assert!(lines.contains("mới: 1") && lines.contains("dòng 4: MN-0205"), "{lines}");
    }
}
