//! Filling a phiếu in and submitting it.

use clap::Args;
use dossier::docket::{FormVersion, Sheet, SubmissionFault};
use dossier::{DossierId, Edit, FieldId, Hash, RowId, UnitId, Value};
use protocol::core::{DocketOrder, Draft, FormsShown};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::json;

use super::{ask, subject};
use crate::cli::ask::{Asker, PREFIX_MIN};
use crate::cli::basis::{self, Declared, Officer};
use crate::cli::desk::Desk;
use crate::cli::entry::{NEW_ROW, Typed, measure};
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::environment::entropy::draw;

#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ", required_unless_present = "name")]
    dossier: Option<String>,
    /// Họ tên người chưa có hồ sơ: phiếu lập trước, duyệt xong mới có dữ liệu (Điều 3.2)
    #[arg(long = "for", value_name = "HỌ TÊN", conflicts_with = "dossier")]
    name: Option<String>,
    /// Loại: can_bo, cong_chuc, vien_chuc, contract_68 (hợp đồng theo NĐ 68)
    #[arg(long, value_name = "LOẠI")]
    staff_type: String,
    /// Đợt kê khai hoặc yêu cầu mà phiếu này trả lời, mã trong «hoso campaign list»
    #[arg(long, value_name = "ĐỢT")]
    campaign: Option<String>,
    /// Ngày hướng dẫn điền phiếu (Điều 9.1 b)
    #[arg(long, value_name = "NGÀY")]
    guided_on: Option<String>,
    #[command(flatten)]
    officer: Officer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Set {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Các mục của phiếu, dạng mục=giá_trị; để trống là xóa
    #[arg(value_name = "MỤC=GIÁ TRỊ")]
    fields: Vec<String>,
    /// Dòng của bảng: bảng:DÒNG cột=giá_trị ...; DÒNG là new hoặc đầu mã dòng
    #[arg(long, num_args = 2.., value_name = "BẢNG:DÒNG CỘT=GIÁ TRỊ")]
    row: Vec<String>,
    #[command(flatten)]
    officer: Officer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Submit {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Đơn vị quản lý hồ sơ, của người chưa có hồ sơ; nếu không ghi là đơn vị của máy này
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: Option<UnitId>,
    #[command(flatten)]
    declared: Declared,
}

impl New {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (today, library) = (desk.today()?, Library::of(desk)?);
        let kinds = library.catalogs.get("staff_type");
        if kinds.is_none_or(|kinds| kinds.get(&self.staff_type).is_none()) {
            return Err(unknown_staff(&self.staff_type));
        }
        let guided_on = self.guided_on.as_deref().map(|day| basis::date(day, today)).transpose()?;
        let meta = self.officer.meta(desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let mut sheet = Sheet::default();
        let dossier = match (&self.dossier, &self.name) {
            (Some(text), _) => asker.dossier(text)?,
            (None, name) => {
                let name = Value::Text(dossier::fold::tidy(name.as_deref().unwrap_or_default()));
                sheet.write(Edit::Set {
                    field: library.field("full_name")?.id.clone(),
                    value: name,
                });
                DossierId::from_bytes(draw(&*desk.environment.entropy))
            }
        };
        let campaign = match &self.campaign {
            Some(text) => Some(crate::cli::campaign::named(&mut asker, text)?),
            None => None,
        };
        let version =
            FormVersion { number: 0, staff_type: self.staff_type, campaign, guided_on, sheet };
        save(&mut asker, dossier, version, meta)?;
        told(desk, dossier, "Đã bắt đầu phiếu, lưu ở máy này.", campaign);
        Ok(Exit::Done)
    }
}

impl Set {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (today, library) = (desk.today()?, Library::of(desk)?);
        let typed = Typed::read(&self.fields, &self.row)?;
        let meta = self.officer.meta(desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let (dossier, _) = subject(&mut asker, &self.dossier)?;
        let mut version = drafted(&ask(&mut asker, dossier)?)?.version.clone();
        let measured = measure(&typed, &library, today, |table, row| {
            if row == NEW_ROW {
                return Ok(RowId::from_bytes(draw(&*desk.environment.entropy)));
            }
            row_of(&version.sheet, table, row)
        })?;
        measured.edits.into_iter().for_each(|edit| version.sheet.write(edit));
        save(&mut asker, dossier, version, meta)?;
        told(desk, dossier, "Đã lưu phiếu đang điền ở máy này.", None);
        if !desk.out.is_json() {
            measured.notes.iter().for_each(|note| desk.out.say(format_args!("Lưu ý: {note}")));
        }
        Ok(Exit::Done)
    }
}

impl Submit {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (today, library) = (desk.today()?, Library::of(desk)?);
        let meta = self.declared.meta(today, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let (dossier, alone) = subject(&mut asker, &self.dossier)?;
        let version = drafted(&ask(&mut asker, dossier)?)?.version.clone();
        let rules = config::load_form_rules(&config::Files::embedded())?;
        rules
            .judge(&version.sheet, &version.staff_type, &library.form)
            .map_err(|fault| refused(&fault, &library))?;
        if alone {
            return self.begin(desk, &mut asker, dossier, version, meta);
        }
        let order = Box::new(DocketOrder::Submit(Box::new(version)));
        let Answer::Edited { change, .. } = asker.core(Command::Docket { dossier, order, meta })?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": dossier, "change": change }));
        } else {
            desk.out.say(format_args!(
                "Đã nộp phiếu, {}; chờ kiểm duyệt.",
                words::level([false, false])
            ));
        }
        Ok(Exit::Done)
    }
}

impl Submit {
    /// Opens the dossier of a person by her phiếu.
    fn begin(
        &self,
        desk: &mut Desk<'_>,
        asker: &mut Asker,
        dossier: DossierId,
        version: FormVersion,
        meta: Meta,
    ) -> Outcome {
        let unit = match &self.unit {
            Some(unit) => unit.clone(),
            None => asker.status()?.unit,
        };
        let order = Box::new(DocketOrder::Begin { unit: unit.clone(), version: Box::new(version) });
        let Answer::Entered(_) = asker.core(Command::Docket { dossier, order, meta })? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": dossier, "unit": unit, "opened": true }));
        } else {
            desk.out.say(format_args!(
                "Đã nộp phiếu và lập hồ sơ {dossier}, {}; chờ kiểm duyệt.",
                words::level([false, false])
            ));
            desk.out.say("Hồ sơ chỉ có phiếu: duyệt phiếu rồi đưa vào bằng «hoso form feed».");
        }
        Ok(Exit::Done)
    }
}

fn told(desk: &mut Desk<'_>, dossier: DossierId, sentence: &str, campaign: Option<Hash>) {
    if desk.out.is_json() {
        desk.out.answer(&json!({ "dossier": dossier, "draft": true, "campaign": campaign }));
    } else {
        desk.out.say(sentence);
    }
}

fn save(
    asker: &mut Asker,
    dossier: DossierId,
    version: FormVersion,
    meta: Meta,
) -> Result<(), CliError> {
    let draft = Draft { person: meta.person.clone(), version };
    let order = Box::new(DocketOrder::Draft(Some(Box::new(draft))));
    match asker.core(Command::Docket { dossier, order, meta })? {
        Answer::Done => Ok(()),
        _ => Err(CliError::unexpected()),
    }
}

fn drafted(forms: &FormsShown) -> Result<&Draft, CliError> {
    forms.draft.as_ref().ok_or_else(|| {
        CliError::failed("HS-0460", "Hồ sơ này không có phiếu đang điền ở máy này.")
            .hint("Hãy bắt đầu bằng «hoso form new».")
    })
}

fn row_of(sheet: &Sheet, table: &str, text: &str) -> Result<RowId, CliError> {
    let rows = sheet.tables.get(table);
    let mut found = rows.into_iter().flat_map(|rows| rows.keys()).filter(|row| {
        text.len() >= PREFIX_MIN && row.to_string().starts_with(&text.to_ascii_lowercase())
    });
    match (found.next(), found.next()) {
        (Some(row), None) => Ok(*row),
        _ => Err(CliError::usage("DL-0137", format!("Bảng «{table}» không có dòng «{text}»."))
            .hint("Mã dòng xem trong «hoso form show»; dòng mới ghi là new.")),
    }
}

fn unknown_staff(code: &str) -> CliError {
    CliError::usage("DL-0163", format!("Không có loại «{code}»."))
        .hint("Loại là can_bo, cong_chuc, vien_chuc hoặc contract_68.")
}

fn refused(fault: &SubmissionFault, library: &Library) -> CliError {
    let names = |fields: &[FieldId]| {
        let name = |field: &FieldId| {
            let known = library.form.named(field.as_str());
            known.map_or_else(|| field.to_string(), |it| format!("{} ({field})", it.name_vi))
        };
        fields.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    match fault {
        SubmissionFault::StaffType(code) => unknown_staff(code),
        SubmissionFault::Missing(fields) => {
            CliError::failed("HS-0461", format!("Phiếu còn thiếu mục bắt buộc: {}.", names(fields)))
                .hint("Hãy điền bằng «hoso form set» rồi nộp lại.")
        }
        SubmissionFault::Barred(fields) => {
            CliError::failed("HS-0462", format!("Loại này không có mục: {}.", names(fields)))
                .hint("Hãy để trống các mục đó: «hoso form set HỒ SƠ mục=».")
        }
    }
}
