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
  hoso dossier new --unit d150.05089 full_name=\"Bùi Thị Hòa\" birth_date=2/9/1985 sex=nữ \\
      --person \"Hà Văn Tú\" --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/3/2024\"

Ngày ghi ngày/tháng/năm; giấy cũ chỉ có tháng hoặc năm thì ghi 9/1985 hoặc 1985.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Các mục của phiếu, dạng mục=giá_trị; phải có full_name
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
        if !typed.fields.iter().any(|(name, text)| name == "full_name" && !text.trim().is_empty()) {
            return Err(CliError::usage("DL-0136", "Hồ sơ mới phải có họ và tên.")
                .hint("Hãy thêm full_name=\"Họ và tên\"."));
        }
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
