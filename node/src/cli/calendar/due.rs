//! `hoso calendar due`: when something the law asks for is due, and how it stands.

use clap::{Args as ClapArgs, ValueEnum};
use dossier::deadline::{Clock, Debtor, Due, Facts, Lateness, Profile, State, due};
use serde_json::json;

use super::{beyond, day, load, steps_json, tell, written};
use crate::cli::Outcome;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};

const EXAMPLES: &str = "\
Ví dụ:
  hoso calendar due recruitment --signed 6/10/2014
  hoso calendar due state-change --signed 25/8/2026 --effective 1/9/2026
  hoso calendar due state-change --signed 25/8/2026 --done 30/9/2026
  hoso calendar due first-report --year 2026
  hoso calendar due move-within --signed 1/7/2026 --rules decree-2026";

#[derive(Debug, ClapArgs)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Việc
    #[arg(value_enum, value_name = "VIỆC")]
    clock: ClockWord,
    /// Ngày ký văn bản
    #[arg(long, value_name = "NGÀY")]
    signed: Option<String>,
    /// Ngày văn bản có hiệu lực, nếu khác ngày ký
    #[arg(long, value_name = "NGÀY")]
    effective: Option<String>,
    /// Ngày nhận bản kê khai
    #[arg(long, value_name = "NGÀY")]
    received: Option<String>,
    /// Ngày làm việc thứ hai mất liên tiếp (Điều 14.7)
    #[arg(long, value_name = "NGÀY")]
    outage: Option<String>,
    /// Năm của báo cáo
    #[arg(long, value_name = "NĂM")]
    year: Option<i16>,
    /// Ngày đã làm xong
    #[arg(long, value_name = "NGÀY")]
    done: Option<String>,
    /// Bộ quy định
    #[arg(long, value_enum, default_value = "regulation-2014", value_name = "BỘ")]
    rules: RulesWord,
}

/// What is to be done, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ClockWord {
    /// Lập hồ sơ người mới tuyển (Điều 9.1 b)
    Recruitment,
    /// Cập nhật thay đổi theo quyết định (Điều 9.2 a)
    StateChange,
    /// Cập nhật bản kê khai của cá nhân (Điều 9.2 b)
    PersonChange,
    /// Chuyển hồ sơ trong một cơ quan (Điều 10.1)
    MoveWithin,
    /// Gửi hồ sơ sang cơ quan khác (Điều 10.2)
    MoveSend,
    /// Nhận và chuyển tiếp hồ sơ (Điều 10.2)
    MoveReceive,
    /// Chuyển hồ sơ ra ngoài tỉnh, khối Đảng (Điều 10.3)
    MoveOut,
    /// Báo cáo đợt 1 (Điều 13)
    FirstReport,
    /// Báo cáo đợt 2 (Điều 13)
    SecondReport,
    /// Thông báo sự cố (Điều 14.7)
    OutageNotice,
}

impl From<ClockWord> for Clock {
    fn from(word: ClockWord) -> Self {
        match word {
            ClockWord::Recruitment => Self::Recruitment,
            ClockWord::StateChange => Self::StateChange,
            ClockWord::PersonChange => Self::PersonChange,
            ClockWord::MoveWithin => Self::MoveWithin,
            ClockWord::MoveSend => Self::MoveSend,
            ClockWord::MoveReceive => Self::MoveReceive,
            ClockWord::MoveOut => Self::MoveOut,
            ClockWord::FirstReport => Self::FirstReport,
            ClockWord::SecondReport => Self::SecondReport,
            ClockWord::OutageNotice => Self::OutageNotice,
        }
    }
}

/// Which texts apply, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RulesWord {
    /// Quy chế năm 2014
    #[value(name = "regulation-2014")]
    Regulation2014,
    /// Quy chế năm 2014 và Nghị định 27/2026/NĐ-CP
    #[value(name = "decree-2026")]
    Decree2026,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (calendar, today) = (load(desk)?, desk.today()?);
        let typed = |text: &Option<String>| text.as_deref().map(|it| day(it, today)).transpose();
        let facts = Facts {
            signed_on: typed(&self.signed)?,
            effective_on: typed(&self.effective)?,
            received_on: typed(&self.received)?,
            outage_on: typed(&self.outage)?,
            year: self.year,
        };
        let done = typed(&self.done)?;
        let profile = match self.rules {
            RulesWord::Regulation2014 => Profile::REGULATION_2014,
            RulesWord::Decree2026 => Profile::DECREE_2026,
        };
        let beyond = |error| beyond(&error);
        let due = due(self.clock.into(), &facts, &calendar, &profile).map_err(beyond)?;
        let due = due.ok_or_else(|| not_started(self.clock))?;
        let state = due.state(done, today, &calendar).map_err(beyond)?;
        let steps = match &due.counting {
            Some(counting) => counting.steps(&calendar).map_err(beyond)?,
            None => Vec::new(),
        };
        if desk.out.is_json() {
            let (code, late) = code(&state);
            desk.out.answer(&json!({ "article": due.rule.article, "start": due.start.to_string(),
                "last_on_time": due.last_on_time.to_string(), "provisional": due.provisional,
                "charged": due.charged, "state": code, "late_days": late.days,
                "late_working_days": late.working_days, "steps": steps_json(&steps) }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Căn cứ: {}", due.rule.article));
        desk.out.say(format_args!("Trách nhiệm: {}", debtor(due.rule.debtor)));
        desk.out.say(format_args!("Tính từ: {}", written(due.start)));
        desk.out.say(standing(&due, &state));
        tell(desk, &steps, due.last_on_time, due.provisional);
        Ok(Exit::Done)
    }
}

fn not_started(clock: ClockWord) -> CliError {
    let wanted = match clock {
        ClockWord::PersonChange => "--received NGÀY",
        ClockWord::FirstReport | ClockWord::SecondReport => "--year NĂM",
        ClockWord::OutageNotice => "--outage NGÀY",
        _ => "--signed NGÀY",
    };
    CliError::usage("LH-0103", "Chưa có ngày để bắt đầu tính hạn.").hint(format!("Thêm {wanted}."))
}

pub(in crate::cli) fn debtor(debtor: Debtor) -> &'static str {
    match debtor {
        Debtor::ManagingBody => "cơ quan quản lý hồ sơ",
        Debtor::RecruitingBody => "cơ quan có thẩm quyền tuyển dụng",
        Debtor::ReceivingBody => "cơ quan tiếp nhận",
        Debtor::TierTwo => "sở, ban, ngành, huyện",
        Debtor::InteriorDepartment => "Sở Nội vụ",
    }
}

pub(in crate::cli) fn standing(due: &Due, state: &State) -> String {
    let late = |by: &Lateness| match by.working_days {
        0 => format!("{} ngày, không có ngày làm việc nào", by.days),
        days => format!("{days} ngày làm việc"),
    };
    match state {
        State::NotStarted => "Chưa đến ngày bắt đầu tính.".to_owned(),
        State::Open { left } => format!("Còn {left} ngày làm việc."),
        State::DueSoon { left: 0 } => "Hôm nay là ngày cuối cùng.".to_owned(),
        State::DueSoon { left } => format!("Sắp đến hạn: còn {left} ngày làm việc."),
        State::Overdue { by } => format!("Quá hạn {}.", late(by)),
        State::Met { late_by } if late_by.is_late() => {
            format!("Đã làm, muộn {}; phải ghi lý do.", late(late_by))
        }
        State::Met { .. } if !due.charged => {
            "Đã làm; việc có trước ngày Quy chế có hiệu lực, không tính muộn.".to_owned()
        }
        State::Met { .. } => "Đã làm, đúng hạn.".to_owned(),
        State::Exempt => "Việc có trước ngày Quy chế có hiệu lực, không tính muộn.".to_owned(),
    }
}

/// The stable name of a state, and by how much it is late.
pub(in crate::cli) fn code(state: &State) -> (&'static str, Lateness) {
    match state {
        State::NotStarted => ("not_started", Lateness::default()),
        State::Open { .. } => ("open", Lateness::default()),
        State::DueSoon { .. } => ("due_soon", Lateness::default()),
        State::Overdue { by } => ("overdue", *by),
        State::Met { late_by } => ("met", *late_by),
        State::Exempt => ("exempt", Lateness::default()),
    }
}
