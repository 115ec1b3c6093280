//! `hoso dossier new`: begins one dossier.

use clap::Args;
use dossier::{RowId, UnitId};
use protocol::core::Entry;
use protocol::{Answer, Command};
use serde_json::json;

use crate::cli::basis::Responsibility;
use crate::cli::desk::Desk;
use crate::cli::entry::{Typed, measure};
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::environment::entropy::draw;

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier new --unit d150.05089 full_name=\"Bùi Thị Hòa\" staff_type=cong_chuc birth_date=2/9/1985 \\
      --person \"Hà Văn Tú\" --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/3/2024\"

Ngày ghi ngày/tháng/năm; giấy cũ chỉ có tháng hoặc năm thì ghi 9/1985 hoặc 1985.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Các mục của phiếu, dạng mục=giá_trị; phải có full_name và staff_type
    #[arg(value_name = "MỤC=GIÁ TRỊ", required = true)]
    fields: Vec<String>,
    /// Dòng của bảng: bảng:new cột=giá_trị ...
    #[arg(long, num_args = 2.., value_name = "BẢNG:new CỘT=GIÁ TRỊ")]
    row: Vec<String>,
    /// Đơn vị quản lý hồ sơ; nếu không ghi là đơn vị của máy này
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: Option<UnitId>,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let library = Library::of(desk)?;
        let typed = Typed::read(&self.fields, &self.row)?;
        named_and_of_a_kind(&typed)?;
        let measured = measure(&typed, &library, today, |_, _| {
            Ok(RowId::from_bytes(draw(&*desk.environment.entropy)))
        })?;
        let meta = self.responsibility.meta(today, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let unit = match self.unit {
            Some(unit) => unit,
            None => asker.status()?.unit,
        };
        let entry = Entry { key: None, unit: unit.clone(), edits: measured.edits, meta };
        let Answer::Entered(mut made) = asker.core(Command::Enter(vec![entry]))? else {
            return Err(CliError::unexpected());
        };
        let (id, _) = made.pop().ok_or_else(CliError::unexpected)??;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": id, "unit": unit, "notes": measured.notes,
                "level_text": words::level([false, false]) }));
        } else {
            desk.out.say(format_args!("Đã lập hồ sơ {id}, {}.", words::level([false, false])));
            desk.out.say(format_args!("Đơn vị: {}", library.unit_name(&unit)));
            measured.notes.iter().for_each(|note| desk.out.say(format_args!("Lưu ý: {note}")));
        }
        Ok(Exit::Done)
    }
}

/// A dossier is of somebody, who is of a kind of staff (Điều 2 b).
fn named_and_of_a_kind(typed: &Typed) -> Result<(), CliError> {
    let given = |field: &str| {
        typed.fields.iter().any(|(name, text)| name == field && !text.trim().is_empty())
    };
    if !given("full_name") {
        return Err(CliError::usage("DL-0136", "Hồ sơ mới phải có họ và tên.")
            .hint("Hãy thêm full_name=\"Họ và tên\"."));
    }
    if !given("staff_type") {
        return Err(CliError::usage("DL-0170", "Hồ sơ mới phải có loại đối tượng (Điều 2).")
            .hint("Hãy thêm staff_type=can_bo, cong_chuc, vien_chuc hoặc contract_68."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-2b: a dossier is of a cán bộ, công chức, viên chức or of a contract, and says so.
    #[test]
    fn a_dossier_without_a_kind_of_staff_is_not_opened() {
        let judge = |fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|it| (*it).to_owned()).collect();
            named_and_of_a_kind(&Typed::read(&fields, &[]).expect("is typed right"))
        };
        let code = |fields: &[&str]| judge(fields).expect_err("refused").code;
        assert_eq!(code(&["staff_type=cong_chuc"]), "DL-0136");
        assert_eq!(code(&["full_name=Bùi Thị Hòa"]), "DL-0170");
        assert_eq!(code(&["full_name=Bùi Thị Hòa", "staff_type= "]), "DL-0170");
        assert!(judge(&["full_name=Bùi Thị Hòa", "staff_type=cong_chuc"]).is_ok());
    }
}
