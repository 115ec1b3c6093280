//! `hoso outage`: incidents of the system and the notice of them (Điều 14.7).

use clap::{Args, Subcommand, ValueEnum};
use dossier::calendar::Calendar;
use dossier::deadline::Profile;
use dossier::disruption::{Board, Disruption, DisruptionAct, Disruptions, Kept, instant, local};
use dossier::{Hash, Timestamp};
use jiff::civil::DateTime;
use serde_json::{Value as Json, json};

use super::ask::Asker;
use super::calendar::Book;
use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::named::{one, short, told};
use super::{Outcome, basis, words};
use crate::control::{DisruptionAnswer, DisruptionOrder, Request, Response};

const EXAMPLES: &str = "\
Ví dụ:
  hoso outage record --from \"5/3/2026 07:30\" --to \"6/3/2026 17:30\" --what \"mất điện phòng máy\" --person \"Hà Văn Tú\"
  hoso outage record --risk --from \"5/3/2026 09:00\" --what \"ổ đĩa báo lỗi\" --person \"Hà Văn Tú\"
  hoso outage end 1b2c3d --at \"6/3/2026 17:30\" --person \"Hà Văn Tú\"
  hoso outage draft 1b2c3d
  hoso outage publish 1b2c3d --board portal --on 9/3/2026 --proof \"https://...\" --person \"Hà Văn Tú\"
  hoso outage waive 1b2c3d --reason \"diễn tập\" --person \"Hà Văn Tú\"
  hoso outage list

Ngừng hai ngày làm việc liền nhau thì phải thông báo trên cổng của UBND tỉnh và trang của Sở (Điều 14.7).
Chưa đăng đủ hai nơi thì còn trong «hoso obligations». Chỉ Sở Nội vụ ghi; máy nào cũng xem được.
Cấu hình: deadlines.outage (whole: mất gần hết giờ làm việc của cả hai ngày; touched: chạm vào cả hai),
deadlines.outage_percent, deadlines.office_hours (\"07:30-11:30, 13:30-17:30\").";

/// What can be done about incidents.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ghi một lần ngừng, hoặc một nguy cơ
    #[command(after_long_help = EXAMPLES)]
    Record(Record),
    /// Ghi lúc chạy lại
    #[command(after_long_help = EXAMPLES)]
    End(End),
    /// Soạn thông báo
    #[command(after_long_help = EXAMPLES)]
    Draft(One),
    /// Ghi đã đăng thông báo, nơi đăng và bằng chứng
    #[command(after_long_help = EXAMPLES)]
    Publish(Publish),
    /// Ghi không thông báo, có lý do
    #[command(after_long_help = EXAMPLES)]
    Waive(Waive),
    /// Xem các sự cố
    #[command(after_long_help = EXAMPLES)]
    List(Reader),
}

#[derive(Debug, Args)]
pub(super) struct Record {
    /// Từ lúc, dạng ngày/tháng/năm giờ:phút
    #[arg(long, value_name = "LÚC")]
    from: String,
    /// Đến lúc; chưa chạy lại thì không ghi
    #[arg(long, value_name = "LÚC")]
    to: Option<String>,
    /// Chỉ là nguy cơ, chưa ngừng: thông báo ngay
    #[arg(long, conflicts_with = "to")]
    risk: bool,
    /// Sự cố gì, như sẽ thông báo
    #[arg(long, value_name = "NỘI DUNG")]
    what: String,
    #[command(flatten)]
    reader: Reader,
}

/// An incident, and who acts.
#[derive(Debug, Args)]
pub(super) struct One {
    /// Mã sự cố, hoặc phần đầu của mã
    #[arg(value_name = "SỰ CỐ")]
    disruption: String,
    #[command(flatten)]
    reader: Reader,
}

#[derive(Debug, Args)]
pub(super) struct End {
    #[command(flatten)]
    one: One,
    /// Chạy lại lúc
    #[arg(long, value_name = "LÚC")]
    at: String,
}

/// Where notice is given, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum BoardWord {
    Portal,
    Department,
}

#[derive(Debug, Args)]
pub(super) struct Publish {
    #[command(flatten)]
    one: One,
    /// Nơi đăng: portal (cổng của UBND tỉnh), department (trang của Sở Nội vụ)
    #[arg(long, value_enum, value_name = "NƠI")]
    board: BoardWord,
    /// Ngày đăng
    #[arg(long, value_name = "NGÀY")]
    on: String,
    /// Địa chỉ bài đăng, hoặc số văn bản
    #[arg(long, value_name = "BẰNG CHỨNG")]
    proof: String,
}

#[derive(Debug, Args)]
pub(super) struct Waive {
    #[command(flatten)]
    one: One,
    /// Vì sao không thông báo
    #[arg(long, value_name = "LÝ DO")]
    reason: String,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let by = String::new();
        match self {
            Self::Record(arguments) => arguments.run(desk),
            Self::End(End { one, at }) => {
                let at = moment(&at)?;
                act(desk, &one, "Đã ghi lúc chạy lại.", |disruption| DisruptionAct::End {
                    disruption,
                    at,
                    by,
                })
            }
            Self::Publish(Publish { one, board, on, proof }) => {
                let on = basis::date(&on, desk.today()?)?;
                let board = match board {
                    BoardWord::Portal => Board::Portal,
                    BoardWord::Department => Board::Department,
                };
                let proof = proof.trim().to_owned();
                act(desk, &one, "Đã ghi thông báo đã đăng.", |disruption| {
                    DisruptionAct::Publish { disruption, board, on, proof, by }
                })
            }
            Self::Waive(Waive { one, reason }) => {
                let reason = dossier::fold::tidy(&reason);
                act(desk, &one, "Đã ghi không thông báo.", |disruption| DisruptionAct::Waive {
                    disruption,
                    reason,
                    by,
                })
            }
            Self::Draft(one) => tell_draft(desk, &one),
            Self::List(reader) => list(desk, &reader),
        }
    }
}

impl Record {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let from = moment(&self.from)?;
        let to = self.to.as_deref().map(moment).transpose()?;
        let what = dossier::fold::tidy(&self.what);
        let disruption = Disruption { from, to, risk: self.risk, what };
        let act = DisruptionAct::Record { disruption, by: String::new() };
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = give(&mut asker, act)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "disruption": id }));
        } else {
            desk.out.say(format_args!("Đã ghi sự cố {}.", short(id)));
        }
        Ok(Exit::Done)
    }
}

fn tell_draft(desk: &mut Desk<'_>, one: &One) -> Outcome {
    let (calendar, now) = (Book::of(desk)?.in_force(), now(desk)?);
    let profile = desk.settings(&[])?.settings.deadlines;
    let mut asker = desk.ask_as(one.reader.claim())?;
    let all = known(&mut asker)?;
    let id = named(&all, &one.disruption)?;
    let Some((_, kept)) = all.iter().find(|(it, _)| **it == id) else {
        return Err(CliError::unexpected());
    };
    let days = due(&all, &id, &calendar, &profile, now);
    let lines = draft(kept, days.is_some());
    if desk.out.is_json() {
        desk.out.answer(&json!({ "disruption": id, "text": lines.join("\n") }));
    } else {
        lines.iter().for_each(|line| desk.out.say(line));
    }
    Ok(Exit::Done)
}

fn list(desk: &mut Desk<'_>, reader: &Reader) -> Outcome {
    let (calendar, now) = (Book::of(desk)?.in_force(), now(desk)?);
    let profile = desk.settings(&[])?.settings.deadlines;
    let mut asker = desk.ask_as(reader.claim())?;
    let all = known(&mut asker)?;
    if desk.out.is_json() {
        let list: Vec<Json> = all
            .iter()
            .map(|(id, kept)| as_json(*id, kept, due(&all, id, &calendar, &profile, now)))
            .collect();
        desk.out.answer(&json!({ "disruptions": list }));
        return Ok(Exit::Done);
    }
    if all.iter().next().is_none() {
        desk.out.say("Chưa ghi sự cố nào.");
    }
    for (id, kept) in all.iter() {
        let due = due(&all, id, &calendar, &profile, now);
        lines(*id, kept, due).iter().for_each(|line| desk.out.say(line));
    }
    Ok(Exit::Done)
}

fn act(
    desk: &mut Desk<'_>,
    one: &One,
    done: &str,
    make: impl FnOnce(Hash) -> DisruptionAct,
) -> Outcome {
    let mut asker = desk.ask_as(one.reader.claim())?;
    let id = named(&known(&mut asker)?, &one.disruption)?;
    give(&mut asker, make(id))?;
    told(desk.out, "disruption", id, done)
}

fn give(asker: &mut Asker, act: DisruptionAct) -> Result<Hash, CliError> {
    match asker.call(&Request::Disruption(DisruptionOrder::Act(Box::new(act))))? {
        Response::Disruption(DisruptionAnswer::Acted(id)) => Ok(id),
        _ => Err(CliError::unexpected()),
    }
}

/// Every incident the node knows.
pub(crate) fn known(asker: &mut Asker) -> Result<Disruptions, CliError> {
    match asker.call(&Request::Disruption(DisruptionOrder::List))? {
        Response::Disruption(DisruptionAnswer::List(list)) => Ok(list.into_iter().collect()),
        _ => Err(CliError::unexpected()),
    }
}

fn named(all: &Disruptions, text: &str) -> Result<Hash, CliError> {
    one(all.iter().map(|(id, _)| *id), |id| *id, text).ok_or_else(|| {
        CliError::usage("DL-0172", format!("Không có sự cố nào là «{text}»."))
            .hint("Mã xem trong «hoso outage list».")
    })
}

fn due(
    all: &Disruptions,
    id: &Hash,
    calendar: &Calendar,
    profile: &Profile,
    now: DateTime,
) -> Option<jiff::civil::Date> {
    all.due_from(id, now, profile.outage, &profile.hours, calendar)
}

fn now(desk: &Desk<'_>) -> Result<DateTime, CliError> {
    local(desk.environment.clock.now()).ok_or_else(CliError::unexpected)
}

/// A day and a time of the day in Vietnam.
fn moment(text: &str) -> Result<Timestamp, CliError> {
    let read = jiff::fmt::strtime::parse("%d/%m/%Y %H:%M", text.trim());
    let at = read.ok().and_then(|it| it.to_datetime().ok()).and_then(instant);
    at.ok_or_else(|| {
        CliError::usage("DL-0173", format!("«{text}» không phải một lúc có trong lịch."))
            .hint("Ví dụ: --from \"5/3/2026 07:30\"")
    })
}

fn written(at: Timestamp) -> String {
    local(at).map(|at| at.strftime("%H:%M ngày %d/%m/%Y").to_string()).unwrap_or_default()
}

fn span(kept: &Kept) -> String {
    let Disruption { from, to, risk, .. } = &kept.disruption;
    match to {
        _ if *risk => format!("nguy cơ, từ {}", written(*from)),
        Some(to) => format!("từ {} đến {}", written(*from), written(*to)),
        None => format!("từ {}, chưa chạy lại", written(*from)),
    }
}

fn lines(id: Hash, kept: &Kept, due: Option<jiff::civil::Date>) -> Vec<String> {
    let mut lines = vec![
        format!("{} {}", short(id), kept.disruption.what),
        format!("  {}; {}", span(kept), kept.by),
    ];
    for (board, (on, proof)) in &kept.published {
        lines.push(format!("  đã đăng {} ngày {}: {proof}", name(*board), words::date(*on)));
    }
    let standing = match (&kept.waived, kept.settled_on(), due) {
        (Some((_, reason)), _, _) => format!("không thông báo: {reason}"),
        (None, Some(_), _) => "đã thông báo đủ hai nơi".to_owned(),
        (None, None, Some(day)) => {
            format!("phải thông báo, từ {} (Điều 14.7)", day.strftime("%d/%m/%Y"))
        }
        (None, None, None) => "chưa đến mức phải thông báo".to_owned(),
    };
    lines.push(format!("  {standing}"));
    lines
}

fn name(board: Board) -> &'static str {
    match board {
        Board::Portal => "cổng thông tin của UBND tỉnh",
        Board::Department => "trang thông tin của Sở Nội vụ",
    }
}

/// The notice as it may be published.
fn draft(kept: &Kept, due: bool) -> Vec<String> {
    let mut lines = vec![
        "SỞ NỘI VỤ".to_owned(),
        String::new(),
        "THÔNG BÁO".to_owned(),
        "Về sự cố của phần mềm quản lý hồ sơ cán bộ, công chức, viên chức".to_owned(),
        String::new(),
        format!("Sự cố: {}.", kept.disruption.what),
        format!("Thời gian: {}.", span(kept)),
    ];
    lines.push(match (kept.disruption.to, kept.disruption.risk) {
        (Some(to), _) => format!("Phần mềm đã hoạt động lại lúc {}.", written(to)),
        (None, true) => "Các đơn vị lưu công việc và theo dõi thông báo tiếp theo.".to_owned(),
        (None, false) => "Các đơn vị tiếp tục nhập tại máy của mình; dữ liệu gửi sau.".to_owned(),
    });
    lines.push("Căn cứ: khoản 7 Điều 14 Quy chế.".to_owned());
    if !due {
        lines.push("(Chưa đến mức phải thông báo.)".to_owned());
    }
    lines
}

fn as_json(id: Hash, kept: &Kept, due: Option<jiff::civil::Date>) -> Json {
    let Disruption { from, to, risk, what } = &kept.disruption;
    let published: Vec<Json> = kept
        .published
        .iter()
        .map(|(board, (on, proof))| json!({ "board": board, "on": on, "proof": proof }))
        .collect();
    json!({ "disruption": id, "what": what, "from": from.as_millis(),
        "to": to.map(|to| to.as_millis()), "risk": risk, "by": kept.by, "published": published,
        "waived": kept.waived.as_ref().map(|(_, reason)| reason),
        "due_from": due.map(|day| day.to_string()),
        "settled_on": kept.settled_on().map(|day| day.to_string()) })
}
