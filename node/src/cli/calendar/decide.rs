//! `hoso calendar decide`: tier 3 enters the yearly decision, and every node counts by it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use dossier::calendar::{CalendarYear, SpecialDay};
use serde_json::json;

use crate::calendar::{CalendarAnswer, CalendarOrder};
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::grant::Document;
use crate::cli::{Outcome, words};
use crate::control::{Request, Response};

const EXAMPLES: &str = "\
Ví dụ:
  hoso calendar decide 2027 --file lich-2027.csv \\
      --document \"1234/QĐ-UBND|UBND tỉnh Hòa Bình|1/12/2026\"

Tệp CSV có các cột date, kind, reason, và paired cho hai ngày hoán đổi, ví dụ:
  date,kind,reason,paired
  2027-01-01,holiday,Tết Dương lịch,
  2027-09-03,swap_off,Nghỉ hoán đổi Quốc khánh,2027-09-11
  2027-09-11,swap_work,Làm bù Quốc khánh,2027-09-03
kind là holiday, tet, compensation (nghỉ bù), swap_off (nghỉ hoán đổi), swap_work (làm bù).
Ghi lại cùng một năm là sửa: bản mới có hiệu lực, bản cũ vẫn giữ; hạn đang mở được tính lại.";

/// The largest file that is read, in bytes.
const FILE_BYTES: u64 = 256 * 1024;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Năm
    #[arg(value_name = "NĂM", value_parser = clap::value_parser!(i16).range(1900..=2200))]
    year: i16,
    /// Tệp CSV ghi các ngày nghỉ, ngày làm bù
    #[arg(long, value_name = "TỆP")]
    file: PathBuf,
    #[command(flatten)]
    document: Document,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (paper, issuer) = self.document.read(desk)?;
        let signed = words::date(paper.signed_on);
        let document = format!("{} ngày {signed} của {issuer}", paper.number);
        let days = read(&self.file, &document)?;
        // Judged once more where it is signed; here the words name the line's day.
        CalendarYear::new(self.year, 1, document.clone(), days.clone()).map_err(|error| {
            CliError::failed("LH-0111", format!("Lịch năm {} không dùng được.", self.year))
                .hint(error.to_string())
        })?;
        let (year, listed) = (self.year, days.len());
        let order = CalendarOrder::Decide { year, document: document.clone(), days };
        let answer = desk.ask_as(self.document.claim())?.call(&Request::Calendar(order))?;
        let Response::Calendar(CalendarAnswer::Taken { id, version }) = answer else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "year": year, "version": version, "id": id,
                "document": document, "days": listed }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Đã ghi lịch năm {year}, bản {version}: {listed} ngày."));
        desk.out.say(format_args!("Theo {document}. Các máy nhận khi nối mạng."));
        desk.out.say("Hạn nào đổi: «hoso calendar log».");
        Ok(Exit::Done)
    }
}

fn read(path: &Path, document: &str) -> Result<Vec<SpecialDay>, CliError> {
    let file = |error| CliError::file(path, &error);
    let mut text = String::new();
    let source = std::fs::File::open(path).map_err(file)?;
    source.take(FILE_BYTES).read_to_string(&mut text).map_err(file)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let text = text.trim_start_matches('\u{feff}');
    config::read_days(&name.unwrap_or_default(), text, document).map_err(|error| {
        CliError::failed("LH-0110", "Tệp lịch không đúng mẫu.").hint(error.to_string())
    })
}
