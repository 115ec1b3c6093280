//! `hoso campaign`: the yearly supplement and requests at other times (Điều 9.2 b).

mod owed;

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use dossier::campaign::{Campaign, CampaignAct, Kept};
use dossier::{DossierId, Hash};
use jiff::civil::Date;
use protocol::core::{DocketQuestion, FiledShown, FilingShown};
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::ask::Asker;
use super::basis;
use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::library::Library;
use super::named::{one, short, told};
use super::{Outcome, words};
use crate::control::{CampaignAnswer, CampaignOrder, CampaignShown, Request, Response};

pub(super) use owed::{Owed, owed};

const EXAMPLES: &str = "\
Ví dụ:
  hoso campaign open --year 2026 --title \"Bổ sung lý lịch năm 2026\" --due 1/12/2026 --person \"Hà Văn Tú\"
  hoso campaign open --dossier TL-1,TL-2 --title \"Xác minh bằng cấp\" --due 20/4/2026 --person \"Hà Văn Tú\"
  hoso campaign status 1b2c3d                Ai đã nộp, ai chưa nộp
  hoso campaign remind 1b2c3d --text \"còn năm ngày\" --person \"Hà Văn Tú\"
  hoso campaign close 1b2c3d --person \"Hà Văn Tú\"

Đã nộp là có phiếu trả lời đợt này: «hoso form new HỒ SƠ --campaign 1b2c3d», rồi «hoso form submit».";

/// What can be done with campaigns.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Mở đợt kê khai hằng năm, hoặc yêu cầu một số hồ sơ kê khai
    #[command(after_long_help = EXAMPLES)]
    Open(Open),
    /// Xem ai đã nộp, ai chưa nộp
    #[command(after_long_help = EXAMPLES)]
    Status(One),
    /// Nhắc các đơn vị có người chưa nộp
    #[command(after_long_help = EXAMPLES)]
    Remind(Remind),
    /// Đóng đợt kê khai
    #[command(after_long_help = EXAMPLES)]
    Close(One),
    /// Xem các đợt kê khai và yêu cầu
    #[command(after_long_help = EXAMPLES)]
    List(Reader),
}

#[derive(Debug, Args)]
pub(super) struct Open {
    /// Tên đợt, hoặc lý do yêu cầu
    #[arg(long, value_name = "TÊN")]
    title: String,
    /// Năm của bổ sung lý lịch; yêu cầu đột xuất thì không có
    #[arg(long, value_name = "NĂM")]
    year: Option<i16>,
    /// Đơn vị phải kê khai, cả đơn vị bên dưới; không có thì đơn vị của máy này
    #[arg(long, value_name = "ĐƠN VỊ")]
    unit: Vec<String>,
    /// Chỉ những hồ sơ này, cách nhau bằng dấu phẩy
    #[arg(long, value_delimiter = ',', value_name = "HỒ SƠ,...")]
    dossier: Vec<String>,
    /// Hạn nộp
    #[arg(long, value_name = "NGÀY")]
    due: String,
    #[command(flatten)]
    reader: Reader,
}

/// A campaign, and who looks.
#[derive(Debug, Args)]
pub(super) struct One {
    /// Mã đợt, hoặc phần đầu của mã
    #[arg(value_name = "ĐỢT")]
    campaign: String,
    #[command(flatten)]
    reader: Reader,
}

#[derive(Debug, Args)]
pub(super) struct Remind {
    #[command(flatten)]
    one: One,
    /// Lời nhắc
    #[arg(long, default_value = "", value_name = "LỜI")]
    text: String,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Open(arguments) => arguments.run(desk),
            Self::Status(one) => status(desk, &one),
            Self::Remind(Remind { one, text }) => act(desk, &one, "Đã nhắc.", |campaign| {
                CampaignAct::Remind { campaign, text: text.trim().to_owned(), by: String::new() }
            }),
            Self::Close(one) => act(desk, &one, "Đã đóng đợt kê khai.", |campaign| {
                CampaignAct::Close { campaign, by: String::new() }
            }),
            Self::List(reader) => list(desk, &reader),
        }
    }
}

impl Open {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let due_on = basis::date(&self.due, today)?;
        let mut asker = desk.ask_as(self.reader.claim())?;
        let mut units = BTreeSet::new();
        for text in &self.unit {
            units.insert(text.parse().map_err(|_| {
                CliError::usage("DL-0168", format!("«{text}» không phải mã đơn vị."))
            })?);
        }
        if units.is_empty() {
            units.insert(asker.status()?.unit);
        }
        let mut dossiers: BTreeSet<DossierId> = BTreeSet::new();
        for text in &self.dossier {
            dossiers.insert(asker.dossier(text)?);
        }
        let (title, year) = (dossier::fold::tidy(&self.title), self.year);
        let by = String::new();
        let campaign = Campaign { title, year, units, dossiers, due_on, by };
        let id = give(&mut asker, CampaignAct::Open(campaign))?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "campaign": id, "due_on": due_on }));
        } else {
            desk.out.say(format_args!("Đã mở đợt {}, hạn {}.", short(id), words::date(due_on)));
        }
        Ok(Exit::Done)
    }
}

fn status(desk: &mut Desk<'_>, one: &One) -> Outcome {
    let library = Library::of(desk)?;
    let mut asker = desk.ask_as(one.reader.claim())?;
    let shown = find(&mut asker, &one.campaign)?;
    let filings = filings(&mut asker, shown.id)?;
    let kept = Kept {
        unit: shown.unit.clone(),
        at: shown.at,
        campaign: shown.campaign.clone(),
        reminders: std::collections::BTreeMap::new(),
        closed: shown.closed,
    };
    let asked = |it: &&FilingShown| kept.asks(&it.dossier, &it.unit, &library.tree);
    let (filed, open): (Vec<&FilingShown>, Vec<&FilingShown>) =
        filings.iter().filter(asked).partition(|it| it.filed.is_some());
    if desk.out.is_json() {
        let row = |it: &&FilingShown| filing_json(it, shown.campaign.due_on.civil());
        desk.out.answer(&json!({ "campaign": shown.id, "title": shown.campaign.title,
            "due_on": shown.campaign.due_on, "closed": shown.closed.is_some(),
            "filed": filed.iter().map(row).collect::<Vec<_>>(),
            "not_filed": open.iter().map(row).collect::<Vec<_>>() }));
        return Ok(Exit::Done);
    }
    lines(&shown, desk.today()?).iter().for_each(|line| desk.out.say(line));
    desk.out.say(format_args!("  đã nộp {}, chưa nộp {}", filed.len(), open.len()));
    for one in &filed {
        let late = if is_late(one, shown.campaign.due_on.civil()) { ", nộp muộn" } else { "" };
        let reviewed = match &one.filed {
            Some(filed) if filed.reviewed => "đã kiểm duyệt",
            _ => "chờ duyệt",
        };
        desk.out.say(format_args!("  đã nộp: {} ({}), {reviewed}{late}", one.name, one.dossier));
    }
    for one in &open {
        desk.out.say(format_args!("  chưa nộp: {} ({}), {}", one.name, one.dossier, one.unit));
    }
    Ok(Exit::Done)
}

fn list(desk: &mut Desk<'_>, reader: &Reader) -> Outcome {
    let mut asker = desk.ask_as(reader.claim())?;
    let campaigns = all(&mut asker)?;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "campaigns": campaigns.iter().map(as_json).collect::<Vec<_>>() }));
        return Ok(Exit::Done);
    }
    if campaigns.is_empty() {
        desk.out.say("Chưa có đợt kê khai nào.");
    }
    let today = desk.today()?;
    for one in &campaigns {
        lines(one, today).iter().for_each(|line| desk.out.say(line));
    }
    Ok(Exit::Done)
}

fn act(
    desk: &mut Desk<'_>,
    one: &One,
    done: &str,
    make: impl FnOnce(Hash) -> CampaignAct,
) -> Outcome {
    let mut asker = desk.ask_as(one.reader.claim())?;
    let id = named(&mut asker, &one.campaign)?;
    give(&mut asker, make(id))?;
    told(desk.out, "campaign", id, done)
}

fn give(asker: &mut Asker, act: CampaignAct) -> Result<Hash, CliError> {
    match asker.call(&Request::Campaign(CampaignOrder::Act(Box::new(act))))? {
        Response::Campaign(CampaignAnswer::Acted(id)) => Ok(id),
        _ => Err(CliError::unexpected()),
    }
}

fn all(asker: &mut Asker) -> Result<Vec<CampaignShown>, CliError> {
    match asker.call(&Request::Campaign(CampaignOrder::List))? {
        Response::Campaign(CampaignAnswer::List(list)) => Ok(list),
        _ => Err(CliError::unexpected()),
    }
}

/// The campaign that an id or its beginning names.
pub(super) fn named(asker: &mut Asker, text: &str) -> Result<Hash, CliError> {
    find(asker, text).map(|it| it.id)
}

fn find(asker: &mut Asker, text: &str) -> Result<CampaignShown, CliError> {
    one(all(asker)?, |it| it.id, text).ok_or_else(|| {
        CliError::usage("DL-0169", format!("Không có đợt kê khai nào là «{text}»."))
            .hint("Mã đợt xem trong «hoso campaign list».")
    })
}

fn lines(shown: &CampaignShown, today: Date) -> Vec<String> {
    let Campaign { title, year, units, dossiers, due_on, by } = &shown.campaign;
    let what = match year {
        Some(year) => format!("bổ sung lý lịch năm {year}"),
        None => "yêu cầu".to_owned(),
    };
    let over = due_on.civil().is_some_and(|due| due < today);
    let standing = match shown.closed {
        Some(at) => format!("đã đóng {}", words::instant(at)),
        None if over => "quá hạn".to_owned(),
        None => "đang mở".to_owned(),
    };
    let of_whom = match dossiers.len() {
        0 => units.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        count => format!("{count} hồ sơ"),
    };
    let mut lines = vec![
        format!("{} {title}: {what}, {standing}", short(shown.id)),
        format!("  hạn {}; của {of_whom}; {} mở, {by}", words::date(*due_on), shown.unit),
    ];
    for (at, text) in &shown.reminders {
        lines.push(format!("  nhắc {}: {text}", words::instant(*at)));
    }
    lines
}

/// Every dossier of the node with what it answered, page by page.
fn filings(asker: &mut Asker, campaign: Hash) -> Result<Vec<FilingShown>, CliError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let question = DocketQuestion::Filed { campaign, after };
        let Answer::Filed { list, next } = asker.core(Command::AskDocket(question))? else {
            return Err(CliError::unexpected());
        };
        all.extend(list);
        after = next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

fn is_late(one: &FilingShown, due: Option<Date>) -> bool {
    let Some(FiledShown { at_seconds: at, .. }) = &one.filed else { return false };
    let day = words::day(dossier::Timestamp::from_millis(at.saturating_mul(1_000)));
    day.zip(due).is_some_and(|(day, due)| day > due)
}

fn filing_json(one: &FilingShown, due: Option<Date>) -> Json {
    let filed = one.filed.as_ref().map(|FiledShown { form, at_seconds, person, reviewed }| {
        json!({ "form": form, "reviewed": reviewed, "late": is_late(one, due),
            "person": person, "at_ms": at_seconds.saturating_mul(1_000) })
    });
    json!({ "dossier": one.dossier, "unit": one.unit, "name": one.name, "filed": filed })
}

fn as_json(shown: &CampaignShown) -> Json {
    let Campaign { title, year, units, dossiers, due_on, by } = &shown.campaign;
    json!({ "campaign": shown.id, "unit": shown.unit, "title": title, "year": year,
        "units": units, "dossiers": dossiers, "due_on": due_on, "by": by,
        "reminders": shown.reminders.len(), "closed": shown.closed.is_some() })
}
