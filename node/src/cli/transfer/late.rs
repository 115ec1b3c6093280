//! `hoso transfer late`: what the old unit entered when the dossier had gone, looked at by the new one.

use clap::{Args, Subcommand};
use dossier::Hash;
use protocol::core::{CustodyAnswer, CustodyQuestion, LateShown, TransferOrder};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use crate::cli::ask::{Asker, PREFIX_MIN};
use crate::cli::basis::of_office;
use crate::cli::claim::Viewer;
use crate::cli::desk::Desk;
use crate::cli::dossier::place_name;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, custody, words};

const LIST: &str = "\
Ví dụ:
  hoso transfer late list                Mọi hồ sơ có thay đổi đến muộn
  hoso transfer late list 0f3a9c         Nội dung của từng thay đổi

Đơn vị cũ ghi khi hồ sơ đã bàn giao: không tự vào hồ sơ và không mất, đơn vị đang giữ xét từng thay đổi.";

const ADOPT: &str = "\
Ví dụ:
  hoso transfer late adopt 0f3a9c --reason \"đúng quyết định 45/QĐ-UBND\" --person \"Trần Thị B\"
  hoso transfer late adopt 0f3a9c --change 7b1e22 --reason \"đúng quyết định\" --person \"Trần Thị B\"

Nội dung được ghi lại vào hồ sơ theo căn cứ cũ của nó, do người xét chịu trách nhiệm.";

const DISMISS: &str = "\
Ví dụ:
  hoso transfer late dismiss 0f3a9c --reason \"đã ghi theo quyết định khác\" --person \"Trần Thị B\"

Thay đổi vẫn nằm ngoài hồ sơ, xem được; lý do nằm trong hồ sơ.";

/// What can be done with late changes.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Xem các thay đổi đến muộn
    #[command(after_long_help = LIST)]
    List(List),
    /// Nhận thay đổi đến muộn vào hồ sơ
    #[command(after_long_help = ADOPT)]
    Adopt(Settle),
    /// Không nhận thay đổi đến muộn
    #[command(after_long_help = DISMISS)]
    Dismiss(Settle),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::List(arguments) => arguments.run(desk),
            Self::Adopt(arguments) => arguments.run(desk, true),
            Self::Dismiss(arguments) => arguments.run(desk, false),
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Hồ sơ: mã, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: Option<String>,
    /// Cả những thay đổi đã xét
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    viewer: Viewer,
}

impl List {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.viewer.claim())?;
        let id = self.dossier.as_deref().map(|text| asker.dossier(text)).transpose()?;
        let mut late = known(&mut asker, id)?;
        late.retain(|it| self.all || it.settled.is_none());
        if desk.out.is_json() {
            let list: Vec<Json> = late.iter().map(as_json).collect();
            desk.out.answer(&json!({ "count": list.len(), "late": list }));
            return Ok(Exit::Done);
        }
        if late.is_empty() {
            desk.out.say("Không có thay đổi đến muộn nào đang chờ xét.");
        }
        for one in &late {
            lines(one, &library).iter().for_each(|line| desk.out.say(line));
        }
        Ok(Exit::Done)
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Settle {
    /// Hồ sơ: mã, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Chỉ thay đổi này: mã hoặc phần đầu của mã; không ghi là mọi thay đổi đang chờ
    #[arg(long = "change", value_name = "MÃ")]
    changes: Vec<String>,
    /// Lý do, ghi vào hồ sơ
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
    /// Họ tên người xét (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN", default_value = "")]
    person: String,
}

impl Settle {
    fn run(self, desk: &mut Desk<'_>, adopt: bool) -> Outcome {
        let meta = of_office(&self.person, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let changes = match self.changes.as_slice() {
            [] => Vec::new(),
            named => {
                let late = known(&mut asker, None)?;
                let here = late.iter().filter(|it| it.dossier == id).map(|it| it.change);
                let here: Vec<Hash> = here.collect();
                named.iter().map(|text| chosen(text, &here)).collect::<Result<_, _>>()?
            }
        };
        let reason = dossier::fold::tidy(&self.reason);
        let order = Box::new(TransferOrder::SettleLate { changes, adopt, reason });
        let command = Command::Transfer { dossier: id, order, meta };
        let Answer::Custody(CustodyAnswer::Settled { dossier, changes }) = asker.core(command)?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let list = json!({ "dossier": dossier, "adopted": adopt, "changes": changes });
            desk.out.answer(&list);
            return Ok(Exit::Done);
        }
        let said = if adopt { "Đã nhận vào hồ sơ" } else { "Đã ghi là không nhận" };
        desk.out.say(format_args!("{said}: {dossier}, {} thay đổi đến muộn.", changes.len()));
        Ok(Exit::Done)
    }
}

/// How many late changes wait for somebody to look at them.
pub(crate) fn waiting(asker: &mut Asker) -> Result<usize, CliError> {
    let late = known(asker, None)?;
    Ok(late.iter().filter(|it| it.settled.is_none()).count())
}

fn known(asker: &mut Asker, of: Option<dossier::DossierId>) -> Result<Vec<LateShown>, CliError> {
    match custody::ask(asker, CustodyQuestion::Late(of))? {
        CustodyAnswer::Late(late) => Ok(late),
        _ => Err(CliError::unexpected()),
    }
}

fn chosen(text: &str, among: &[Hash]) -> Result<Hash, CliError> {
    let begins = |it: &&Hash| {
        text.len() >= PREFIX_MIN && it.to_string().starts_with(&text.trim().to_lowercase())
    };
    let found: Vec<&Hash> = among.iter().filter(begins).collect();
    match found.as_slice() {
        [one] => Ok(**one),
        _ => Err(CliError::failed(
            "HS-0505",
            format!("Không có đúng một thay đổi đến muộn có mã «{text}»."),
        )
        .hint("Hãy xem «hoso transfer late list».")),
    }
}

fn lines(it: &LateShown, library: &Library) -> Vec<String> {
    let unit = it.unit.as_ref().map_or_else(|| "?".to_owned(), |unit| library.unit_name(unit));
    let mut lines = vec![format!("{} {}, thay đổi {}", it.name, it.dossier, it.change)];
    lines.push(format!("  {} ({unit}) ghi; {}", it.person, words::basis(&it.basis)));
    lines.push(format!("  đến máy này {}", words::instant(it.since)));
    for (path, value) in &it.values {
        let value = value.as_ref().map_or_else(|| "(xóa)".to_owned(), words::value);
        lines.push(format!("    {}: {value}", place_name(&library.form, path)));
    }
    lines.push(match &it.settled {
        None => "  chờ đơn vị đang giữ hồ sơ xét".to_owned(),
        Some(settled) => {
            let what = if settled.adopted { "đã nhận vào hồ sơ" } else { "không nhận" };
            format!("  {what}, {}: {}", settled.person, settled.reason)
        }
    });
    lines
}

fn as_json(it: &LateShown) -> Json {
    let values: Vec<Json> =
        it.values.iter().map(|(path, value)| json!({ "path": path, "value": value })).collect();
    json!({ "dossier": it.dossier, "name": it.name, "change": it.change,
        "since_ms": it.since.as_millis(), "at_seconds": it.at_seconds, "unit": it.unit,
        "person": it.person, "basis": it.basis, "values": values, "settled": it.settled })
}
