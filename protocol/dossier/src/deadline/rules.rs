//! The clocks as data: what each counts from, how long it runs, and who is late.
//!
//! Rules are dated. The regulation's set (Quy chế of 04/9/2014) holds throughout; under the profile
//! of Nghị định 27/2026/NĐ-CP the decree's shorter terms take its place where it has one, for
//! events from its first day in force. The decree's terms are known from summaries alone.

use jiff::civil::{Date, date};

/// A clock of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clock {
    /// Entry of a new recruit (Điều 9.1 b).
    Recruitment,
    /// Entry of a state-side change (Điều 9.2 a).
    StateChange,
    /// Entry of a person's declaration (Điều 9.2 b): the regulation gives no number of days.
    PersonChange,
    /// Move within one body (Điều 10.1).
    MoveWithin,
    /// Sending to another body (Điều 10.2).
    MoveSend,
    /// Receiving and forwarding to the unit that uses the person (Điều 10.2).
    MoveReceive,
    /// Move to Party, mass organisation or another province (Điều 10.3).
    MoveOut,
    /// First report of the year (Điều 13.1 a).
    FirstReport,
    /// Second report of the year (Điều 13.1 a).
    SecondReport,
    /// Notice of an outage (Điều 14.7).
    OutageNotice,
}

impl Clock {
    /// Every clock, in the order of the articles.
    pub const ALL: [Self; 10] = [
        Self::Recruitment,
        Self::StateChange,
        Self::PersonChange,
        Self::MoveWithin,
        Self::MoveSend,
        Self::MoveReceive,
        Self::MoveOut,
        Self::FirstReport,
        Self::SecondReport,
        Self::OutageNotice,
    ];

    /// The stable code, e.g. `state_change`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Recruitment => "recruitment",
            Self::StateChange => "state_change",
            Self::PersonChange => "person_change",
            Self::MoveWithin => "move_within",
            Self::MoveSend => "move_send",
            Self::MoveReceive => "move_receive",
            Self::MoveOut => "move_out",
            Self::FirstReport => "first_report",
            Self::SecondReport => "second_report",
            Self::OutageNotice => "outage_notice",
        }
    }

    /// What is to be done, in Vietnamese.
    pub const fn name_vi(self) -> &'static str {
        match self {
            Self::Recruitment => "lập đủ hồ sơ người mới tuyển",
            Self::StateChange => "nhập thay đổi theo quyết định",
            Self::PersonChange => "nhập bản kê khai của cá nhân",
            Self::MoveWithin => "chuyển hồ sơ trong cơ quan",
            Self::MoveSend => "gửi hồ sơ sang cơ quan khác",
            Self::MoveReceive => "nhận và chuyển tiếp hồ sơ",
            Self::MoveOut => "chuyển hồ sơ ra ngoài tỉnh, khối Đảng",
            Self::FirstReport => "báo cáo 6 tháng đầu năm",
            Self::SecondReport => "báo cáo năm",
            Self::OutageNotice => "thông báo sự cố",
        }
    }
}

/// What starts a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The day the document was signed and issued.
    Signing,
    /// The day the document takes effect, as [`super::EffectReading`] reads it.
    Effect,
    /// The day the person's declaration was received.
    Receipt,
    /// The working day on which an outage reached the law's length.
    Outage,
    /// The half year that begins with this month; a report is no business of the half before.
    HalfYear(i8),
}

/// How long a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Working days after the start.
    WorkingDays(u32),
    /// Days of any kind after the start; an end on a rest day moves on (BLDS 2015 Điều 148.5).
    Days(u32),
    /// Months after the start, to the same day or the month's last (BLDS 2015 Điều 148.3); an end
    /// on a rest day moves on.
    Months(u32),
    /// Before a day of the year.
    Before {
        /// Month of that day.
        month: i8,
        /// The day itself, which the text excludes.
        day: i8,
    },
    /// Working days set by the unit itself: [`super::Profile::person_days`].
    Local,
}

/// Who answers for a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Debtor {
    /// The body that manages the dossier.
    ManagingBody,
    /// The body with the right to recruit, on the sending side.
    RecruitingBody,
    /// The body that takes the dossier over.
    ReceivingBody,
    /// A body of tier 2.
    TierTwo,
    /// Sở Nội vụ.
    InteriorDepartment,
}

/// One clock as one text sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The clock.
    pub clock: Clock,
    /// Where the text says so, as people cite it.
    pub article: &'static str,
    /// What starts it.
    pub start: Start,
    /// How long it runs.
    pub length: Length,
    /// Who is late.
    pub debtor: Debtor,
}

/// Which texts apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RuleSet {
    /// The regulation of 2014 alone.
    #[default]
    Regulation2014,
    /// The regulation, with the terms of Nghị định 27/2026/NĐ-CP from 01/7/2026.
    Decree2026,
}

/// The day the regulation was signed.
pub const REGULATION_SIGNED: Date = date(2014, 9, 4);
/// First day in force of Nghị định 27/2026/NĐ-CP.
pub const DECREE_IN_FORCE: Date = date(2026, 7, 1);

const fn rule(
    clock: Clock,
    article: &'static str,
    start: Start,
    length: Length,
    debtor: Debtor,
) -> Rule {
    Rule { clock, article, start, length, debtor }
}

/// The regulation of 2014.
#[rustfmt::skip]
pub const REGULATION: [Rule; 10] = [
    rule(Clock::Recruitment, "Điều 9.1b", Start::Signing, Length::WorkingDays(30), Debtor::ManagingBody),
    rule(Clock::StateChange, "Điều 9.2a", Start::Effect, Length::WorkingDays(15), Debtor::ManagingBody),
    rule(Clock::PersonChange, "Điều 9.2b", Start::Receipt, Length::Local, Debtor::ManagingBody),
    rule(Clock::MoveWithin, "Điều 10.1", Start::Signing, Length::WorkingDays(15), Debtor::ManagingBody),
    rule(Clock::MoveSend, "Điều 10.2", Start::Signing, Length::WorkingDays(15), Debtor::RecruitingBody),
    // From the same day as the sending, by the letter of the text.
    rule(Clock::MoveReceive, "Điều 10.2", Start::Signing, Length::WorkingDays(15), Debtor::ReceivingBody),
    rule(Clock::MoveOut, "Điều 10.3", Start::Signing, Length::WorkingDays(30), Debtor::RecruitingBody),
    rule(Clock::FirstReport, "Điều 13.1a", Start::HalfYear(1), Length::Before { month: 6, day: 15 }, Debtor::TierTwo),
    rule(Clock::SecondReport, "Điều 13.1a", Start::HalfYear(7), Length::Before { month: 12, day: 15 }, Debtor::TierTwo),
    // The text asks for notice at once; one working day is how long "at once" may take.
    rule(Clock::OutageNotice, "Điều 14.7", Start::Outage, Length::WorkingDays(1), Debtor::InteriorDepartment),
];

/// The terms of Nghị định 27/2026/NĐ-CP; every other clock stays the regulation's.
#[rustfmt::skip]
pub const DECREE: [Rule; 3] = [
    rule(Clock::Recruitment, "NĐ 27/2026/NĐ-CP", Start::Signing, Length::Days(3), Debtor::ManagingBody),
    // One day for what another system hands over; a change entered by hand has three working days.
    rule(Clock::StateChange, "NĐ 27/2026/NĐ-CP", Start::Effect, Length::WorkingDays(3), Debtor::ManagingBody),
    rule(Clock::PersonChange, "NĐ 27/2026/NĐ-CP", Start::Receipt, Length::WorkingDays(3), Debtor::ManagingBody),
];

impl RuleSet {
    /// The rule of a clock for an event of `day`.
    pub fn rule(self, clock: Clock, day: Date) -> &'static Rule {
        let decree = (self == Self::Decree2026 && day >= DECREE_IN_FORCE)
            .then(|| DECREE.iter().find(|rule| rule.clock == clock))
            .flatten();
        decree.unwrap_or(&REGULATION[place(clock)])
    }
}

/// Where a clock stands in [`REGULATION`].
const fn place(clock: Clock) -> usize {
    clock as usize
}
