//! `hoso dossier import`: a list of persons into dossiers, or only its findings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use dossier::{Hash, LegalBasis, Review, Role, UnitId};
use protocol::core::Entry;
use protocol::envelope::Meta;
use protocol::{Answer, Command};

use crate::audit::Claim;
use crate::cli::Outcome;
use crate::cli::ask::Asker;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{progress, words};
use crate::grant::purpose;
use crate::import::{
    ChildReader, ImportOptions, ImportPlan, Limits, Mapping, Person, custodian, error_file,
    read_bytes,
};

mod again;
mod copy;
mod report;

use again::{Comparison, View};
use report::{LISTED, Tally, place};

/// Dossiers asked of the node at a time; each batch is on disk before the next one.
const BATCH: usize = 64;

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier import ds.xlsx --dry-run --errors-to ds-loi.xlsx
  hoso dossier import ds.xlsx --person \"Hà Văn Tú\"
  hoso dossier import xa-cu.xls --unit d150.05089
  hoso dossier import ho-so.json             Hồ sơ đã kết xuất: lập lại, hoặc xem khác gì

Nhập lại cùng một danh sách không tạo hồ sơ trùng. Người có lỗi được giữ lại; sửa tệp rồi nhập lại.
Danh sách đã sửa: giá trị nhập từ danh sách cũ được sửa theo, giá trị người dùng đã ghi tay giữ nguyên.
Bị ngắt giữa chừng: chạy lại lệnh này, phần đã ghi được nhận ra.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Danh sách: .xlsx, .xls hoặc .csv; hoặc hồ sơ đã kết xuất: .json
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    /// Đơn vị của danh sách, khi trong tệp không ghi
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: Option<UnitId>,
    /// Chỉ kiểm tra, không ghi gì; không cần máy nút đang chạy
    #[arg(long)]
    dry_run: bool,
    /// Ghi lại danh sách kèm cột «Lỗi» vào tệp này
    #[arg(long, value_name = "TỆP")]
    errors_to: Option<PathBuf>,
    /// Họ tên người nhập (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN", default_value = "Cán bộ nhập liệu")]
    person: String,
    /// Tệp TOML chỉ cột: [columns] "Tiêu đề" = "mã mục"
    #[arg(long, value_name = "TỆP")]
    mapping: Option<PathBuf>,
    /// Hiện cả giá trị cũ của mục nhạy cảm; phải có --purpose, ghi nhật ký như người xem từng hồ sơ
    #[arg(long, requires = "purpose")]
    unmask: bool,
    /// Mục đích khai thác, ghi vào nhật ký (hoặc biến HOSO_PURPOSE)
    #[arg(long, env = "HOSO_PURPOSE", value_name = "MỤC ĐÍCH")]
    purpose: Option<String>,
    /// Tên danh sách ghi vào căn cứ; nếu không ghi là tên tệp
    #[arg(long, value_name = "TÊN")]
    list: Option<String>,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let bytes = read_bytes(&self.file)?;
        if copy::is_copy(&bytes) {
            return self.import_copy(&bytes, desk);
        }
        let library = Library::of(desk)?;
        let options = self.options(desk)?;
        let reader = ChildReader::this_program(Limits::DEFAULT)?;
        let (book, file) = (reader.read(&bytes)?, Hash::of(&bytes));
        let plan = ImportPlan::make(&book, file, library.domain(), &options)?;
        if let Some(path) = &self.errors_to {
            error_file::write(path, &book, &plan)?;
        }
        let tally = if self.dry_run { None } else { Some(self.enter(&plan, &library, desk)?) };
        // A dry run needs no node; with one it also tells what is there already.
        let looked = match self.dry_run.then(|| desk.ask_as(self.claim())) {
            Some(Ok(mut asker)) => Some(Comparison::look(&plan, &mut asker, self.view())?),
            Some(Err(_)) | None => None,
        };
        let compared = tally.as_ref().map(|tally| &tally.compared).or(looked.as_ref());
        let errors = self.errors_to.as_deref();
        if desk.out.is_json() {
            let answer = report::as_json(&plan, tally.as_ref(), compared, errors);
            desk.out.answer(&answer);
        } else {
            let lines = report::lines(&plan, &library.form, tally.as_ref(), compared, errors);
            lines.iter().for_each(|it| desk.out.say(it));
        }
        let refused = tally.is_some_and(|tally| !tally.refused.is_empty());
        Ok(if refused { Exit::Failed } else { Exit::Done })
    }

    /// What is entered already is compared whole with the list: by the program, unless a person
    /// wants to see what is sensitive.
    fn claim(&self) -> Claim {
        let said = self.purpose.as_deref().map(purpose);
        Claim {
            person: dossier::fold::tidy(&self.person),
            purpose: said.unwrap_or_else(|| purpose("cap-nhat")),
            unmask: self.unmask,
            comparing: !self.unmask,
            ..Claim::default()
        }
    }

    fn view(&self) -> View {
        if self.unmask { View::Whole } else { View::Covered }
    }

    fn options(&self, desk: &Desk<'_>) -> Result<ImportOptions, CliError> {
        let mapping = match &self.mapping {
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|error| CliError::file(path, &error))?;
                Mapping::parse(&text).map_err(crate::import::ImportError::Mapping)?
            }
            None => Mapping::default(),
        };
        let list = self.list.clone().unwrap_or_else(|| name_of(&self.file));
        let list_date = None;
        Ok(ImportOptions {
            list,
            unit: self.unit.clone(),
            mapping,
            list_date,
            today: desk.today()?,
        })
    }

    /// Asks the node batch by batch; what was answered is on its disk.
    fn enter(
        &self,
        plan: &ImportPlan,
        library: &Library,
        desk: &Desk<'_>,
    ) -> Result<Tally, CliError> {
        let optional = desk.settings(&[])?.settings.communes_hold_dossiers;
        let mut asker = desk.ask_as(self.claim())?;
        let own = asker.status()?.unit;
        let with_node = with_node(&mut asker)?;
        let ready: Vec<&Person> = plan.ready().collect();
        let bar = progress::bar(ready.len(), "người", desk.out.is_json());
        let mut tally = Tally { compared: Comparison::of(self.view()), ..Tally::default() };
        for batch in ready.chunks(BATCH) {
            let entries = batch
                .iter()
                .map(|person| {
                    let named = person.unit.as_ref().or(self.unit.as_ref()).unwrap_or(&own);
                    let unit = custodian(&library.tree, named, &own, optional, &with_node);
                    self.entry(plan, person, unit)
                })
                .collect();
            self.send(plan, batch, entries, &mut asker, &mut tally).map_err(|error| {
                let done = tally.made.len();
                let hint = format!("Đã ghi {done} người. Chạy lại lệnh này để nhập tiếp.");
                error.hint(hint)
            })?;
            bar.inc(batch.len() as u64);
        }
        bar.finish_and_clear();
        Ok(tally)
    }

    fn entry(&self, plan: &ImportPlan, person: &Person, unit: &UnitId) -> Entry {
        let meta = self.meta(plan, person);
        Entry { key: Some(person.import_key), unit: unit.clone(), edits: person.edits(), meta }
    }

    fn meta(&self, plan: &ImportPlan, person: &Person) -> Meta {
        Meta {
            person: dossier::fold::tidy(&self.person),
            role: Role::Clerk,
            basis: LegalBasis::Import { list: plan.list.clone(), file: plan.file, row: person.row },
            review: Review::NotRequired,
        }
    }

    fn send(
        &self,
        plan: &ImportPlan,
        batch: &[&Person],
        entries: Vec<Entry>,
        asker: &mut Asker,
        tally: &mut Tally,
    ) -> Result<(), CliError> {
        let Answer::Entered(made) = asker.core(Command::Enter(entries))? else {
            return Err(CliError::unexpected());
        };
        for (person, made) in batch.iter().zip(made) {
            match made {
                Ok((id, new)) => {
                    tally.made.push((person.sheet.clone(), person.row, id, new));
                    if !new {
                        let meta = self.meta(plan, person);
                        tally.compared.correct(person, id, meta, asker)?;
                    }
                }
                Err(refused) => {
                    tally.refused.push((person.sheet.clone(), person.row, refused.into()));
                }
            }
        }
        Ok(())
    }
}

/// The units that have a node of their own.
fn with_node(asker: &mut Asker) -> Result<BTreeSet<UnitId>, CliError> {
    let Answer::Members(members) = asker.core(Command::Members)? else {
        return Err(CliError::unexpected());
    };
    Ok(members.into_iter().filter(|member| member.active).map(|member| member.unit).collect())
}

/// The file's name as the list's name.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| "danh sách".to_owned(), |it| it.to_string_lossy().into_owned())
}
