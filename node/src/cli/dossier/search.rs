//! `hoso dossier search`: finds dossiers by any field of the form, and says why (Điều 12.1).

use clap::Args;
use dossier::lookup::{Criterion, Query, Test};
use dossier::{PartialDate, UnitId, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::asked::{self, Asked};
use super::on_paper::OnPaper;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::paper::Sheet;
use crate::cli::{Outcome, words};
use crate::control::Taken;
use crate::search::{Answering, Hit, SearchOrder, Wanted};

pub(super) const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier search bui thi            Mọi từ đều phải có; không cần gõ dấu
  hoso dossier search --where \"training.qualification=Đại học\" --where \"training.field~luật\"
  hoso dossier search --where \"salary.grade_code~chuyên viên\" --age-from 50
  hoso dossier search --where \"birth_date>=1/1/1980\" --where \"birth_date<=31/12/1989\" --unit d150
  hoso dossier search --where citizen_id=0170 --unmask --purpose xac-minh
  hoso dossier search --where \"salary.grade_code~01.003\" --limit 1000 --paper --out ds.txt --purpose can-bo

--where: MỤC=GIÁ TRỊ (đúng giá trị hoặc mã), MỤC~CHỮ (có chữ), MỤC>=…, MỤC<=… (ngày, số). MỤC là mã,
tên của mục, hoặc tên bảng. Điều kiện về một bảng phải đúng trong cùng một dòng. Mục nhạy cảm chỉ tìm
được khi có --unmask và mục đích.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Các từ phải có trong hồ sơ, ở mục nào cũng được
    #[arg(value_name = "TỪ")]
    words: Vec<String>,
    #[command(flatten)]
    asked: Asked,
    /// Số hồ sơ nhiều nhất; nếu không ghi là 50
    #[arg(long, value_name = "SỐ", default_value = "50",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    paper: OnPaper,
}

/// What is said where not all that answers is told.
const MORE: &str = "Còn nữa: thêm điều kiện, hoặc --limit lớn hơn.";

/// What was found, and how far was looked.
struct Found {
    hits: Vec<Hit>,
    looked: u64,
    scope: Vec<UnitId>,
    more: bool,
    /// Who took it, and the number of the entry that records it.
    taken: Option<Taken>,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let query = self.asked.query(&self.words, &library, desk.today()?)?;
        if query == Query::default() {
            return Err(CliError::usage("DL-0190", "Chưa nói tìm gì.")
                .hint("Ví dụ: hoso dossier search \"bui thi\"; mọi hồ sơ: hoso dossier list"));
        }
        let on_paper = self.paper.is_wanted(&self.asked.claim(), desk)?;
        let found = self.find(desk, query)?;
        let sheet = on_paper.then(|| sheet(&found, &library)).transpose()?;
        if desk.out.is_json() {
            let hits: Vec<Json> = found.hits.iter().map(|hit| as_json(hit, &library)).collect();
            let mut answer = json!({ "count": hits.len(), "looked": found.looked,
                "scope": found.scope, "more": found.more, "dossiers": hits });
            if let Some(sheet) = &sheet {
                answer["out"] = json!(self.paper.write(sheet)?);
            }
            desk.out.answer(&answer);
            return Ok(Exit::Done);
        }
        if let Some(sheet) = sheet {
            return self.paper.put(desk, &sheet, "Danh sách");
        }
        lines(&found, &library).iter().for_each(|line| desk.out.say(line));
        let (count, looked, scope) = (found.hits.len(), found.looked, scope(&found, &library));
        desk.out.say(format_args!("{count} hồ sơ khớp, tìm trong {looked} hồ sơ của: {scope}."));
        if found.more {
            desk.out.say(MORE);
        }
        Ok(Exit::Done)
    }

    fn find(&self, desk: &Desk<'_>, query: Query) -> Result<Found, CliError> {
        let (hits, scope) = (Vec::new(), Vec::new());
        let mut found = Found { hits, looked: 0, scope, more: false, taken: None };
        let unit = self.asked.unit.clone();
        let order = SearchOrder { query, unit, after: None, wanted: Wanted::Hits(0) };
        let mut asker = desk.ask_as(self.asked.claim())?;
        let mut after = None;
        loop {
            let rest = self.limit - u32::try_from(found.hits.len()).unwrap_or(self.limit);
            let order = SearchOrder { after, wanted: Wanted::Hits(rest), ..order.clone() };
            let page = asked::page(&mut asker, order)?;
            found.looked += u64::from(page.looked);
            found.scope = page.scope;
            found.taken = found.taken.or(page.taken);
            found.hits.extend(page.hits);
            after = page.next;
            found.more = after.is_some();
            if after.is_none() || found.hits.len() >= self.limit as usize {
                return Ok(found);
            }
        }
    }
}

fn scope(found: &Found, library: &Library) -> String {
    let units: Vec<String> = found.scope.iter().map(|it| library.unit_name(it)).collect();
    units.join("; ")
}

fn lines(found: &Found, library: &Library) -> Vec<String> {
    found.hits.iter().flat_map(|hit| lines_of(hit, library)).collect()
}

/// What was found, as a numbered list.
fn sheet(found: &Found, library: &Library) -> Result<Sheet, CliError> {
    let (count, looked) = (found.hits.len(), found.looked);
    let mut lines = lines(found, library);
    lines.extend([String::new(), format!("Cộng: {count} hồ sơ, trong {looked} hồ sơ.")]);
    lines.extend(found.more.then(|| MORE.to_owned()));
    Ok(Sheet {
        head: found.taken.clone().ok_or_else(CliError::unexpected)?,
        title: "DANH SÁCH HỒ SƠ".to_owned(),
        about: vec![format!("Phạm vi: {}", scope(found, library))],
        lines,
    })
}

/// A dossier that was found, and below it why.
fn lines_of(hit: &Hit, library: &Library) -> Vec<String> {
    let born = hit.birth_date.map(words::date).unwrap_or_default();
    let left = if hit.serves { "" } else { ", đã thôi công tác" };
    let Hit { dossier, name, staff_code, unit, .. } = hit;
    let head = format!("{dossier}  {name}  {born}  {staff_code}  {unit}{left}");
    let why = hit.why.iter().map(|why| format!("    {}", reason(why, library)));
    std::iter::once(head).chain(why).collect()
}

/// Why a dossier was found: the item and what it says.
fn reason(why: &Answering, library: &Library) -> String {
    let item = super::place::item(&library.form, &why.field);
    let waits = if why.waits { ", chưa duyệt" } else { "" };
    format!("{item}: {}{waits}", words::value(&why.value))
}

fn as_json(hit: &Hit, library: &Library) -> Json {
    let why: Vec<Json> = hit
        .why
        .iter()
        .map(|it| {
            let label = library.form.field(&it.field).map(|field| field.name_vi.clone());
            json!({ "field": it.field, "label": label, "text": words::value(&it.value),
                "unreviewed": it.waits })
        })
        .collect();
    json!({ "id": hit.dossier, "unit": hit.unit, "name": hit.name, "staff_code": hit.staff_code,
        "birth_date": hit.birth_date, "in_service": hit.serves, "why": why })
}

/// The bounds on a day of birth that bounds on an age are, on a day.
pub(crate) fn born(
    (least, most): (Option<u16>, Option<u16>),
    today: Date,
) -> Result<Vec<Criterion>, CliError> {
    let wrong = || CliError::usage("DL-0191", "Tuổi phải từ 0 đến 150.");
    let field = || "birth_date".parse().map_err(|_| CliError::unexpected());
    let before = |years: u16, days: i64| {
        let back = today.checked_sub(i64::from(years).years());
        let day = back.and_then(|day| day.checked_add(days.days())).map_err(|_| wrong())?;
        let (month, date) = (day.month().unsigned_abs(), day.day().unsigned_abs());
        let day = PartialDate::day(day.year(), month, date).map_err(|_| wrong())?;
        Ok::<Value, CliError>(Value::Date(day))
    };
    let mut criteria = Vec::new();
    if let Some(least) = least {
        criteria.push(Criterion { field: field()?, test: Test::To(before(least, 0)?) });
    }
    if let Some(most) = most {
        // Whoever becomes a year older tomorrow is still of that age.
        criteria.push(Criterion { field: field()?, test: Test::From(before(most + 1, 1)?) });
    }
    Ok(criteria)
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-12.1a: an age is counted on the day it is asked for.
    #[test]
    fn bounds_on_an_age_are_days_of_birth() {
        let today = Date::constant(2026, 3, 5);
        let day = |text: &str| Value::Date(text.parse().expect("a day"));
        let criteria = born((Some(50), Some(59)), today).expect("bounds");
        let tests: Vec<&Test> = criteria.iter().map(|it| &it.test).collect();
        // 50 today: born up to this day of 1976; not yet 60: born after this day of 1966.
        assert_eq!(tests, [&Test::To(day("1976-03-05")), &Test::From(day("1966-03-06"))]);
        assert!(born((None, None), today).expect("none").is_empty());
    }
}
