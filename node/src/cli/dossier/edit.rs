//! `hoso dossier edit`: one change of one dossier.

use clap::Args;
use dossier::{Edit, RowId};
use protocol::{Answer, Command};
use serde_json::json;

use super::place;
use crate::cli::basis::Responsibility;
use crate::cli::desk::Desk;
use crate::cli::entry::{NEW_ROW, Typed, measure};
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::environment::entropy::draw;

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier edit 0f3a9c phone=0999123456 --person \"Hà Văn Tú\" --declared-on 3/3/2025
  hoso dossier edit 0f3a9c --row work:new from=9/2020 title=\"Công chức địa chính\" \\
      --person \"Hà Văn Tú\" --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/8/2020|1/9/2020\"
  hoso dossier edit 0f3a9c birth_date=2/9/1985 --person \"Hà Văn Tú\" --correction \"gõ nhầm năm\"

Giá trị để trống (phone=) là xóa. Mọi mục ghi trong một lần cùng đứng hoặc cùng không.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Các mục của phiếu, dạng mục=giá_trị
    #[arg(value_name = "MỤC=GIÁ TRỊ")]
    fields: Vec<String>,
    /// Dòng của bảng: bảng:DÒNG cột=giá_trị ...; DÒNG là new hoặc đầu mã dòng
    #[arg(long, num_args = 2.., value_name = "BẢNG:DÒNG CỘT=GIÁ TRỊ")]
    row: Vec<String>,
    /// Bỏ một dòng của bảng; lịch sử vẫn còn
    #[arg(long, value_name = "BẢNG:DÒNG")]
    remove_row: Vec<String>,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let library = Library::of(desk)?;
        let typed = Typed::read(&self.fields, &self.row)?;
        if typed.is_empty() && self.remove_row.is_empty() {
            return Err(CliError::usage("DL-0138", "Chưa có gì để cập nhật.")
                .hint("Hãy thêm mục=giá_trị, --row hoặc --remove-row."));
        }
        let meta = self.responsibility.meta(today, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let Answer::Shown(shown) = asker.core(Command::Show(id))? else {
            return Err(CliError::unexpected());
        };
        let mut measured = measure(&typed, &library, today, |table, row| {
            if row == NEW_ROW {
                return Ok(RowId::from_bytes(draw(&*desk.environment.entropy)));
            }
            place::row(&shown, table, row)
        })?;
        for word in &self.remove_row {
            let (table, row) = word.split_once(':').ok_or_else(|| {
                CliError::usage("DL-0132", format!("--remove-row sai ở «{word}»."))
                    .hint("Ví dụ: --remove-row work:0f3a9c12")
            })?;
            let row = place::row(&shown, table, row)?;
            measured.edits.push(Edit::RemoveRow { table: table.to_owned(), row });
        }
        let command = Command::Edit { dossier: id, edits: measured.edits, meta };
        let Answer::Edited { dossier, change } = asker.core(command)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": dossier, "change": change,
                "notes": measured.notes, "level_text": words::level([false, false]) }));
        } else {
            desk.out.say(format_args!(
                "Đã cập nhật hồ sơ {dossier}, {}.",
                words::level([false, false])
            ));
            measured.notes.iter().for_each(|note| desk.out.say(format_args!("Lưu ý: {note}")));
        }
        Ok(Exit::Done)
    }
}
