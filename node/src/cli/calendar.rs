//! `hoso calendar`: the working-day calendar, and how a term of the law is counted day by day.

mod book;
mod decide;
pub(super) mod due;
mod log;

use clap::{Args, Subcommand};
use dossier::calendar::{Calendar, CountError, DayKind, SpecialKind, Step, weekday};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

pub(crate) use book::Book;

use super::Outcome;
use super::basis;
use super::desk::Desk;
use super::error::{CliError, Exit};

const YEAR_EXAMPLES: &str = "\
Ví dụ:
  hoso calendar year 2026
  hoso calendar year 2026 --json";

const COUNT_EXAMPLES: &str = "\
Ví dụ:
  hoso calendar count --after 5/9/2014 --days 15

Ngày bắt đầu không tính; hạn hết vào 24 giờ ngày làm việc cuối cùng.";

/// What can be asked of the calendar.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ngày nghỉ, ngày làm bù và số ngày làm việc của một năm
    Year(YearArguments),
    /// Đếm ngày làm việc, giải thích từng ngày
    Count(CountArguments),
    /// Hạn của một việc theo quy định, giải thích từng ngày
    Due(due::Arguments),
    /// Ghi quyết định lịch nghỉ, làm bù của một năm, báo cho mọi máy (chỉ ở cấp ba)
    Decide(decide::Arguments),
    /// Hạn nào đã đổi theo quyết định lịch nào
    Log(log::Arguments),
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Year(arguments) => arguments.run(desk),
            Self::Count(arguments) => arguments.run(desk),
            Self::Due(arguments) => arguments.run(desk),
            Self::Decide(arguments) => arguments.run(desk),
            Self::Log(arguments) => arguments.run(desk),
        }
    }
}

/// The calendar in force, as far as it is known here.
fn load(desk: &Desk<'_>) -> Result<Calendar, CliError> {
    Ok(Book::of(desk)?.in_force())
}

pub(super) fn beyond(error: &CountError) -> CliError {
    let hint = match error {
        CountError::TooMany => format!("Đếm được nhiều nhất {} ngày.", Calendar::COUNT_MAX),
        CountError::OutOfRange(_) | CountError::Year(_) => "Lịch có các năm 1900 đến 2200.".into(),
    };
    CliError::usage("LH-0101", "Không đếm được: ngoài phạm vi của lịch.").hint(hint)
}

/// A whole day as people type it.
pub(super) fn day(text: &str, today: Date) -> Result<Date, CliError> {
    basis::date(text, today)?.civil().ok_or_else(|| {
        CliError::usage("LH-0102", format!("«{text}» chưa đủ ngày, tháng, năm."))
            .hint("Ghi như 5/9/2014.")
    })
}

pub(super) fn written(day: Date) -> String {
    format!("{} {}", weekday(day), day.strftime("%d/%m/%Y"))
}

pub(super) fn steps_json(steps: &[Step<'_>]) -> Json {
    steps
        .iter()
        .map(|step| json!({ "day": step.day.to_string(), "text": step.to_string() }))
        .collect()
}

#[derive(Debug, Args)]
#[command(after_long_help = YEAR_EXAMPLES)]
pub(super) struct YearArguments {
    /// Năm
    #[arg(value_name = "NĂM", value_parser = clap::value_parser!(i16).range(1900..=2200))]
    year: i16,
}

impl YearArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (calendar, year) = (load(desk)?, self.year);
        let first = Date::constant(year, 1, 1);
        let mut working = 0_u32;
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| day.year() == year) {
            working += u32::from(calendar.is_working(day).map_err(|error| beyond(&error))?);
        }
        let decided = calendar.decided(year);
        let days = calendar.days_of(year);
        if desk.out.is_json() {
            desk.out.answer(&json!({ "year": year, "working_days": working, "days": days,
                "document": decided.map(|it| it.document()), "version": decided.map(|it| it.version()),
                "provisional": decided.is_none() }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Năm {year}: {working} ngày làm việc"));
        desk.out.say(match decided {
            Some(decided) => format!("Theo {}", decided.document()),
            None => "Tạm tính theo luật: chưa có quyết định lịch của năm này.".to_owned(),
        });
        for special in days {
            let kind = match special.kind {
                SpecialKind::Holiday => "nghỉ lễ, Tết",
                SpecialKind::Compensation => "nghỉ bù",
                SpecialKind::SwappedOff => "nghỉ hoán đổi",
                SpecialKind::SwappedWork => "làm bù",
            };
            desk.out.say(format_args!("  {}  {kind}: {}", written(special.day), special.reason));
        }
        Ok(Exit::Done)
    }
}

#[derive(Debug, Args)]
#[command(after_long_help = COUNT_EXAMPLES)]
pub(super) struct CountArguments {
    /// Ngày bắt đầu, không tính
    #[arg(long, value_name = "NGÀY")]
    after: String,
    /// Số ngày làm việc
    #[arg(long, value_name = "SỐ")]
    days: u32,
}

impl CountArguments {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let calendar = load(desk)?;
        let after = day(&self.after, desk.today()?)?;
        let counted = calendar.count_working_days(after, self.days);
        let counting = counted.map_err(|error| beyond(&error))?;
        let steps = counting.steps(&calendar).map_err(|error| beyond(&error))?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "after": after.to_string(), "days": self.days,
                "last": counting.last.to_string(), "provisional": counting.provisional,
                "steps": steps_json(&steps) }));
            return Ok(Exit::Done);
        }
        tell(desk, &steps, counting.last, counting.provisional);
        Ok(Exit::Done)
    }
}

/// A count as people follow it with a finger.
pub(super) fn tell(desk: &mut Desk<'_>, steps: &[Step<'_>], last: Date, provisional: bool) {
    desk.out.say(format_args!("Ngày cuối cùng: {}, đến 24 giờ", written(last)));
    if provisional {
        desk.out.say("Có năm chưa có quyết định lịch nghỉ: ngày này còn có thể đổi.");
    }
    // Weekends are seen from the dates; what else is passed over has a reason.
    for step in steps.iter().filter(|step| step.kind != DayKind::Weekend) {
        desk.out.say(format_args!("  {step}"));
    }
}
