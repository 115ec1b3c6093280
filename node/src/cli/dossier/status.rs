//! `hoso dossier status`: who leaves, who comes back, what is taken out of sight (Điều 11, 12.2).

mod words_of;

use clap::{Args, Subcommand};
use dossier::docket::{Destination, Event, Status, Table};
use dossier::{DossierId, Edit, RowId};
use protocol::core::{EventShown, LifeShown};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use crate::cli::ask::Asker;
use crate::cli::basis::{Responsibility, date};
use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::environment::entropy::draw;

/// What can be recorded in the life of a dossier.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Ghi trạng thái theo quyết định: nghỉ hưu, thôi việc, từ trần, trở lại...
    #[command(after_long_help = words_of::SET)]
    Set(Set),
    /// Xem trạng thái và mọi lần ghi
    #[command(after_long_help = words_of::HISTORY)]
    History(History),
    /// Cất một hồ sơ đi, hai người ký (chỉ ở cấp ba)
    #[command(after_long_help = words_of::REMOVE)]
    Remove(Remove),
    /// Khôi phục hồ sơ đã cất đi (chỉ ở cấp ba)
    #[command(after_long_help = words_of::RESTORE)]
    Restore(Restore),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Set(arguments) => arguments.run(desk),
            Self::History(arguments) => arguments.run(desk),
            Self::Remove(arguments) => arguments.run(desk),
            Self::Restore(arguments) => arguments.run(desk),
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Set {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Trạng thái
    #[arg(value_name = "TRẠNG THÁI")]
    status: String,
    /// Ngày có hiệu lực; nếu không ghi là ngày hiệu lực của quyết định
    #[arg(long, value_name = "NGÀY")]
    effective: Option<String>,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Set {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let status = Status::from_code(self.status.trim()).ok_or_else(|| {
            let codes = Status::ALL.map(Status::code).join(", ");
            CliError::usage("TT-0101", format!("Không có trạng thái «{}».", self.status))
                .hint(format!("Các trạng thái: {codes}."))
        })?;
        let meta = self.responsibility.meta(today, desk.in_session()?)?;
        let Some(decided) = meta.basis.decision() else {
            return Err(CliError::usage("TT-0102", "Ghi trạng thái phải có quyết định (Điều 11).")
                .hint("Hãy thêm --decision \"số|cơ quan ký|ngày ký\"."));
        };
        let of_decision = decided.effective_on.unwrap_or(decided.signed_on);
        let typed = self.effective.as_deref().map(|text| date(text, today)).transpose()?;
        let (effective_on, reason) =
            (typed.unwrap_or(of_decision), dossier::fold::tidy(&self.reason));
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        record(desk, &mut asker, id, &Event::Became { status, effective_on, reason }, meta)
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct History {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    reader: Reader,
}

impl History {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = asker.dossier(&self.dossier)?;
        let life = life(&mut asker, id)?;
        if desk.out.is_json() {
            let events: Vec<Json> = life.events.iter().map(event_json).collect();
            desk.out.answer(&json!({ "dossier": id, "status": life.status, "closed": life.closed,
                "removed": life.removed, "proposed": life.proposed, "events": events }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Hồ sơ {id}"));
        let status = life.status.map(|status| name(status, &library));
        let status = status.unwrap_or_else(|| "chưa ghi sự kiện nào".to_owned());
        desk.out.say(format_args!("Trạng thái: {status}"));
        for (so, said) in [
            (life.closed, "Hồ sơ đã đóng: chỉ đính chính có lý do, hoặc mở lại (Điều 11.3)."),
            (life.removed, "Hồ sơ đã được cất đi, không tính vào số nào (Điều 12.2)."),
            (life.proposed.is_some(), "Có đề nghị cất hồ sơ, chờ người thứ hai ký (Điều 12.2)."),
        ] {
            if so {
                desk.out.say(said);
            }
        }
        for event in &life.events {
            lines(event, &library).iter().for_each(|line| desk.out.say(line));
        }
        Ok(Exit::Done)
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Lý do, của người đề nghị
    #[arg(long, value_name = "LÝ DO", required_unless_present = "confirm")]
    reason: Option<String>,
    /// Người thứ hai ký đề nghị đang chờ
    #[arg(long, conflicts_with = "reason")]
    confirm: bool,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Remove {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.responsibility.meta(desk.today()?, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let event = match &self.reason {
            Some(reason) => Event::RemovalProposed { reason: dossier::fold::tidy(reason) },
            None => {
                let proposal = life(&mut asker, id)?.proposed.ok_or_else(|| {
                    CliError::failed("TT-0103", "Hồ sơ này không có đề nghị nào đang chờ.")
                        .hint("Người thứ nhất ghi đề nghị bằng --reason \"LÝ DO\".")
                })?;
                Event::Removed { proposal }
            }
        };
        record(desk, &mut asker, id, &event, meta)
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Restore {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Lý do
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Restore {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.responsibility.meta(desk.today()?, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let event = Event::Restored { reason: dossier::fold::tidy(&self.reason) };
        record(desk, &mut asker, id, &event, meta)
    }
}

pub(super) fn life(asker: &mut Asker, id: DossierId) -> Result<LifeShown, CliError> {
    match asker.core(Command::Life(id))? {
        Answer::Life(life) => Ok(*life),
        _ => Err(CliError::unexpected()),
    }
}

/// Enters an event as a change of its own.
pub(in crate::cli) fn record(
    desk: &mut Desk<'_>,
    asker: &mut Asker,
    dossier: DossierId,
    event: &Event,
    meta: Meta,
) -> Outcome {
    let row = RowId::from_bytes(draw(&*desk.environment.entropy));
    let table = Table::Statuses.name().to_owned();
    let edits = vec![Edit::PutRow { table, row, cells: event.cells() }];
    let Answer::Edited { change, .. } = asker.core(Command::Edit { dossier, edits, meta })? else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        desk.out.answer(&json!({ "dossier": dossier, "change": change, "event": event }));
        return Ok(Exit::Done);
    }
    let said = match event {
        Event::Became { status, .. } if !status.serves() => "Đã ghi trạng thái, hồ sơ đã đóng",
        Event::Became { .. } => "Đã ghi trạng thái",
        Event::RemovalProposed { .. } => "Đã ghi đề nghị cất hồ sơ, chờ người thứ hai ký",
        Event::Removed { .. } => "Đã cất hồ sơ đi",
        Event::Restored { .. } => "Đã khôi phục hồ sơ",
        Event::Explained { .. } => "Đã ghi lý do muộn",
        Event::LateSettled { .. } => "Đã xét thay đổi đến muộn",
        Event::Moves { .. } => "Đã ghi quyết định chuyển hồ sơ",
        Event::HandedOver { .. } => "Đã ghi hồ sơ đã gửi đi",
        Event::TakenOver { .. } => "Đã ghi cơ quan nhận đã nhận hồ sơ",
    };
    desk.out.say(format_args!("{said}: {dossier}, {}.", words::level([false, false])));
    Ok(Exit::Done)
}

fn receiver(to: &Destination, library: &Library) -> String {
    match to {
        Destination::Unit(unit) => library.unit_name(unit),
        Destination::Outside { kind, name } => format!("{name} ({})", kind.name_vi()),
    }
}

/// What people call a status.
pub(crate) fn name(status: Status, library: &Library) -> String {
    let entry = library.catalogs.get("dossier_status").and_then(|it| it.get(status.code()));
    entry.map_or_else(|| status.code().to_owned(), |entry| entry.label.clone())
}

fn event_json(shown: &EventShown) -> Json {
    json!({ "row": shown.row, "event": shown.event,
        "source": shown.provenance.as_ref().map(words::provenance_json) })
}

fn lines(shown: &EventShown, library: &Library) -> Vec<String> {
    let what = match &shown.event {
        Event::Became { status, effective_on, reason } => {
            let from = words::date(*effective_on);
            format!("{} từ {from}: {reason}", name(*status, library))
        }
        Event::RemovalProposed { reason } => format!("đề nghị cất hồ sơ: {reason}"),
        Event::Removed { .. } => "cất hồ sơ, người thứ hai ký".to_owned(),
        Event::Restored { reason } => format!("khôi phục hồ sơ: {reason}"),
        Event::Explained { reason, .. } => format!("lý do muộn: {reason}"),
        Event::LateSettled { adopted: true, reason, .. } => {
            format!("nhận thay đổi đến muộn vào hồ sơ: {reason}")
        }
        Event::LateSettled { reason, .. } => format!("không nhận thay đổi đến muộn: {reason}"),
        Event::Moves { to, reason } => format!("chuyển đến {}: {reason}", receiver(to, library)),
        Event::HandedOver { on, .. } => format!("đã gửi hồ sơ ngày {}", words::date(*on)),
        Event::TakenOver { on, .. } => format!("cơ quan nhận có hồ sơ ngày {}", words::date(*on)),
    };
    let mut lines = vec![format!("  {what}")];
    if let Some(source) = &shown.provenance {
        lines.push(format!("      ghi bởi {}", words::writer(source)));
        lines.push(format!("      căn cứ: {}", words::basis(&source.meta.basis)));
    }
    lines
}
