//! `hoso dossier apply`: one decision for many dossiers, all or none.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use dossier::{DossierId, RowId};
use jiff::civil::Date;
use protocol::core::{EDITS_MAX, Editing};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::json;

use crate::cli::ask::Asker;
use crate::cli::basis::Responsibility;
use crate::cli::desk::{Desk, read_bounded};
use crate::cli::entry::{NEW_ROW, Typed, measure};
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::environment::entropy::draw;

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier apply --file nang-luong.csv --person \"Hà Văn Tú\" \\
      --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/3/2024|1/4/2024\"
  hoso dossier apply --dossier TL-1,TL-2 --row salary:new step=3 from=1/4/2024 \\
      --person \"Hà Văn Tú\" --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/3/2024\"

Tệp .csv: dòng đầu là tên cột; cột «dossier» là mã hồ sơ, số hiệu hoặc họ tên; các cột khác là mã mục
(phone) hoặc bảng.cột (salary.step). Các cột của một bảng là một dòng mới của bảng. Ô trống là không ghi.
Một hồ sơ sai thì không hồ sơ nào được ghi.";

/// Name of the column that says whose row it is.
const WHOSE: &str = "dossier";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Danh sách .csv: mỗi dòng một hồ sơ
    #[arg(long, value_name = "TỆP", conflicts_with_all = ["dossier", "fields", "row"])]
    file: Option<PathBuf>,
    /// Các hồ sơ, cách nhau bằng dấu phẩy
    #[arg(long, value_delimiter = ',', value_name = "HỒ SƠ,...")]
    dossier: Vec<String>,
    /// Các mục của phiếu, dạng mục=giá_trị
    #[arg(value_name = "MỤC=GIÁ TRỊ")]
    fields: Vec<String>,
    /// Dòng mới của bảng: bảng:new cột=giá_trị ...
    #[arg(long, num_args = 2.., value_name = "BẢNG:new CỘT=GIÁ TRỊ")]
    row: Vec<String>,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (today, library) = (desk.today()?, Library::of(desk)?);
        let meta = self.responsibility.meta(today, desk.in_session()?)?;
        let wanted = match &self.file {
            Some(path) => read(&read_bounded(path).map_err(|error| CliError::file(path, &error))?)?,
            None => {
                let typed = Typed::read(&self.fields, &self.row)?;
                self.dossier.iter().map(|text| (text.clone(), typed.clone())).collect()
            }
        };
        if wanted.is_empty() || wanted.len() > EDITS_MAX {
            return Err(CliError::usage(
                "DL-0164",
                format!("Phải có từ 1 đến {EDITS_MAX} hồ sơ, đang có {}.", wanted.len()),
            ));
        }
        let mut asker = desk.ask()?;
        let all = edits(&wanted, &mut asker, desk, &library, today, &meta)?;
        let Answer::EditedAll(changes) = asker.core(Command::Many(all))? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let changes: Vec<_> = changes
                .iter()
                .map(|(dossier, change)| json!({ "dossier": dossier, "change": change }))
                .collect();
            desk.out.answer(&json!({ "changes": changes }));
        } else {
            desk.out.say(format_args!(
                "Đã ghi {} hồ sơ cùng một căn cứ, {}.",
                changes.len(),
                words::level([false, false])
            ));
        }
        Ok(Exit::Done)
    }
}

/// Makes edits of what is wanted; the first that can't be read ends it.
fn edits(
    wanted: &[(String, Typed)],
    asker: &mut Asker,
    desk: &Desk<'_>,
    library: &Library,
    today: Date,
    meta: &Meta,
) -> Result<Vec<Editing>, CliError> {
    let mut seen: BTreeSet<DossierId> = BTreeSet::new();
    let mut all = Vec::with_capacity(wanted.len());
    for (text, typed) in wanted {
        let dossier = asker.dossier(text)?;
        if !seen.insert(dossier) {
            return Err(CliError::usage("DL-0165", format!("Hồ sơ «{text}» có hai lần."))
                .hint("Hãy gộp các mục của một hồ sơ vào một dòng."));
        }
        if typed.is_empty() {
            return Err(CliError::usage("DL-0138", format!("«{text}»: chưa có gì để cập nhật.")));
        }
        let new_row = |table: &str, row: &str| match row {
            NEW_ROW => Ok(RowId::from_bytes(draw(&*desk.environment.entropy))),
            _ => Err(CliError::usage("DL-0166", format!("«{table}:{row}»: chỉ thêm dòng mới."))
                .hint(format!("Hãy ghi {table}:{NEW_ROW}."))),
        };
        let measured = measure(typed, library, today, new_row)?;
        all.push(Editing { dossier, edits: measured.edits, meta: meta.clone() });
    }
    Ok(all)
}

/// Reads a list: for each row whose it is, and what it says.
fn read(bytes: &[u8]) -> Result<Vec<(String, Typed)>, CliError> {
    let wrong = |line: usize, what: &str| {
        CliError::usage("DL-0167", format!("Danh sách sai ở dòng {line}: {what}."))
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let head = reader.headers().map_err(|_| wrong(1, "không đọc được"))?.clone();
    let names: Vec<&str> = head.iter().map(|it| it.trim_start_matches('\u{feff}')).collect();
    let whose = names.iter().position(|name| *name == WHOSE);
    let whose = whose.ok_or_else(|| wrong(1, "thiếu cột «dossier»"))?;
    let mut wanted = Vec::new();
    for (line, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|_| wrong(line, "không đọc được"))?;
        let text = record.get(whose).unwrap_or_default();
        if text.is_empty() {
            return Err(wrong(line, "cột «dossier» trống"));
        }
        let mut typed = Typed::default();
        for (place, cell) in record.iter().enumerate() {
            let name = names.get(place).copied().unwrap_or_default();
            if place == whose || cell.is_empty() {
                continue;
            }
            match name.split_once('.') {
                None => typed.fields.push((name.to_owned(), cell.to_owned())),
                Some((table, column)) => {
                    let cell = (column.to_owned(), cell.to_owned());
                    match typed.rows.iter_mut().find(|(known, ..)| known == table) {
                        Some((_, _, cells)) => cells.push(cell),
                        None => {
                            let row = (table.to_owned(), NEW_ROW.to_owned(), vec![cell]);
                            typed.rows.push(row);
                        }
                    }
                }
            }
        }
        wanted.push((text.to_owned(), typed));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_row_by_row() {
        let text =
            "\u{feff}dossier,phone,salary.step,salary.from\nTL-1,0999,3,1/4/2024\nTL-2,,4,\n";
        let wanted = read(text.as_bytes()).expect("reads");
        let [(first, one), (second, two)] = wanted.as_slice() else { panic!("two rows") };
        assert_eq!((first.as_str(), second.as_str()), ("TL-1", "TL-2"));
        assert_eq!(one.fields, [("phone".to_owned(), "0999".to_owned())]);
        assert_eq!(one.rows[0].2.len(), 2);
        assert!(two.fields.is_empty());
        assert_eq!(two.rows[0].2, [("step".to_owned(), "4".to_owned())]);
        for wrong in ["phone\n1\n", "dossier,phone\n,1\n", "dossier,phone\nA,1,2\n"] {
            assert_eq!(read(wrong.as_bytes()).expect_err(wrong).code, "DL-0167");
        }
    }
}
