//! `hoso dossier list`: finds dossiers by name or staff code.

use clap::Args;
use dossier::DossierId;
use protocol::core::ListRow;
use serde_json::json;

use super::status::name;
use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::cli::library::Library;
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier list                      50 hồ sơ đầu
  hoso dossier list \"bui thi\"            Không cần gõ dấu
  hoso dossier list --limit 1000 --json";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Một phần họ tên hoặc số hiệu, có dấu hay không đều được
    #[arg(value_name = "TỪ KHÓA", default_value = "")]
    query: String,
    /// Số hồ sơ nhiều nhất, 1 đến 10000; nếu không ghi là 50
    #[arg(long, value_name = "SỐ", default_value = "50",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Xem tiếp sau hồ sơ này
    #[arg(long, value_name = "MÃ HỒ SƠ")]
    after: Option<DossierId>,
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let rows = desk.ask_as(self.reader.claim())?.list(self.after, self.limit, &self.query)?;
        let full = rows.len() == self.limit as usize;
        let next = rows.last().map(|row| row.dossier).filter(|_| full);
        if desk.out.is_json() {
            let list: Vec<serde_json::Value> = rows
                .iter()
                .map(|row| {
                    json!({ "id": row.dossier, "unit": row.unit, "name": row.name,
                        "staff_code": row.staff_code, "birth_date": row.birth_date,
                        "changes": row.changes, "conflicts": row.conflicts,
                        "status": row.status, "unreviewed": row.unreviewed == Some(true) })
                })
                .collect();
            desk.out.answer(&json!({ "count": list.len(), "dossiers": list, "next": next }));
            return Ok(Exit::Done);
        }
        if rows.is_empty() {
            desk.out.say(if self.query.is_empty() {
                "Chưa có hồ sơ nào. Nhập từ Excel bằng «hoso dossier import», hoặc «hoso dossier new»."
            } else {
                "Không có hồ sơ nào khớp với từ khóa."
            });
            return Ok(Exit::Done);
        }
        let library = Library::of(desk)?;
        let headings =
            ["Mã hồ sơ", "Họ và tên", "Ngày sinh", "Số hiệu", "Đơn vị", "Trạng thái", "Chờ chọn"];
        desk.out.table(
            headings,
            rows.into_iter().map(|row| {
                let waiting =
                    if row.conflicts == 0 { String::new() } else { row.conflicts.to_string() };
                [
                    row.dossier.to_string(),
                    named(&row),
                    words::date_text(&row.birth_date),
                    row.staff_code,
                    row.unit.to_string(),
                    row.status.map(|status| name(status, &library)).unwrap_or_default(),
                    waiting,
                ]
            }),
        );
        if let Some(next) = next {
            desk.out.say(format_args!("Còn nữa: thêm --after {next} hoặc --limit lớn hơn."));
        }
        Ok(Exit::Done)
    }
}

/// The name, with a word beside it where nobody reviewed it (Điều 15.1).
fn named(row: &ListRow) -> String {
    if row.unreviewed == Some(true) {
        format!("{} (chưa duyệt)", row.name)
    } else {
        row.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-15.1c: a name that nobody reviewed is marked wherever it is listed.
    #[test]
    fn a_name_that_nobody_reviewed_is_marked() {
        let row = |unreviewed| ListRow {
            dossier: DossierId::from_bytes([1; 16]),
            unit: "d150".parse().expect("a unit"),
            name: "Hà Thị Mai".to_owned(),
            staff_code: String::new(),
            birth_date: String::new(),
            changes: 1,
            conflicts: 0,
            status: None,
            unreviewed: Some(unreviewed),
        };
        assert_eq!(named(&row(true)), "Hà Thị Mai (chưa duyệt)");
        assert_eq!(named(&row(false)), "Hà Thị Mai");
    }
}
