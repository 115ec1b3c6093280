//! The clocks of a transfer: both run from the day its document was issued (Điều 10.1, 10.2).

use dossier::calendar::Calendar;
use dossier::deadline::{Clock, Due, Facts, Forwarding, Profile, State, due};
use dossier::{Timestamp, grant::day_in_vietnam};
use jiff::civil::Date;
use protocol::core::{RoadShown, TransferShown, TransferStage};
use serde_json::{Value as Json, json};

use crate::cli::calendar::Book;
use crate::cli::calendar::due::{code, standing};
use crate::cli::desk::Desk;
use crate::cli::error::CliError;

/// What the clocks are counted by.
pub(crate) struct Clocks {
    calendar: Calendar,
    profile: Profile,
    today: Date,
}

/// One clock of a transfer.
#[derive(Debug)]
struct Running {
    due: Due,
    state: State,
    /// Late for the sender's time alone.
    sent_late: bool,
}

impl Clocks {
    pub(super) fn of(desk: &Desk<'_>) -> Result<Self, CliError> {
        let profile = desk.settings(&[])?.settings.deadlines;
        Ok(Self::by(&Book::of(desk)?, profile, desk.today()?))
    }

    /// Counted by the calendar in force, on this day.
    pub(crate) fn by(book: &Book, profile: Profile, today: Date) -> Self {
        Self { calendar: book.in_force(), profile, today }
    }

    /// The clocks that a transfer keeps or breaks; none of one that came to nothing.
    fn running(&self, it: &TransferShown) -> Vec<Running> {
        let day = |at: Timestamp| day_in_vietnam(at);
        let signed = it.basis.decision().and_then(|decided| decided.signed_on.civil());
        let (Some(signed), Some(road)) = (signed, it.road) else { return Vec::new() };
        if matches!(it.stage, TransferStage::Ended(_)) {
            return Vec::new();
        }
        let (sent, taken) = (it.sent_at.map(day), it.taken_at.map(day));
        let clocks = match road {
            RoadShown::Within => vec![(Clock::MoveWithin, taken)],
            RoadShown::Between | RoadShown::Forward => {
                vec![(Clock::MoveSend, sent), (Clock::MoveReceive, taken)]
            }
            RoadShown::Outside => vec![(Clock::MoveOut, taken)],
            // No clock of the law runs for what nobody could give up, nor where units changed and
            // not persons.
            RoadShown::Takeover | RoadShown::Reorg => Vec::new(),
        };
        let running = clocks.into_iter().filter_map(|(clock, done)| {
            let due = due(clock, &Facts::signed(signed), &self.calendar, &self.profile).ok()??;
            let state = due.state(done, self.today, &self.calendar).ok()?;
            let until = done.unwrap_or(self.today);
            let sent = sent.filter(|_| clock == Clock::MoveReceive);
            let sent_late = sent.is_some_and(|sent| {
                Forwarding::judge(&due, sent, until, &self.calendar, &self.profile)
                    .is_ok_and(Forwarding::is_sent_late)
            });
            Some(Running { due, state, sent_late })
        });
        running.collect()
    }

    /// The clocks, for people.
    pub(crate) fn lines(&self, it: &TransferShown) -> Vec<String> {
        let line = |one: &Running| {
            let cause = if one.sent_late { " Muộn do bên gửi gửi muộn." } else { "" };
            let last = one.due.last_on_time.strftime("%d/%m/%Y");
            format!(
                "  {} ({}): hạn {last}. {}{cause}",
                one.due.clock.name_vi(),
                one.due.rule.article,
                standing(&one.due, &one.state)
            )
        };
        self.running(it).iter().map(line).collect()
    }

    /// The clocks, for programs.
    pub(super) fn as_json(&self, it: &TransferShown) -> Vec<Json> {
        let one = |one: &Running| {
            let (state, late) = code(&one.state);
            json!({ "clock": one.due.clock.code(), "article": one.due.rule.article,
                "start": one.due.start.to_string(),
                "last_on_time": one.due.last_on_time.to_string(),
                "provisional": one.due.provisional, "state": state, "late_days": late.days,
                "late_working_days": late.working_days, "sent_late": one.sent_late })
        };
        self.running(it).iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use dossier::{DossierId, Hash, LegalBasis, PartialDate};
    use jiff::civil::date;
    use protocol::custody::TransferId;

    use super::*;

    fn at(day: Date) -> Option<Timestamp> {
        let noon = day.at(5, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).expect("an instant");
        Some(Timestamp::from_millis(noon.timestamp().as_millisecond()))
    }

    fn shown(road: RoadShown, sent: Option<Date>, taken: Option<Date>) -> TransferShown {
        TransferShown {
            tid: TransferId(Hash::ZERO),
            dossier: DossierId::from_bytes([3; 16]),
            name: String::new(),
            epoch: 0,
            from: "sgddt".parse().expect("a unit"),
            to: "syt".parse().expect("a unit"),
            road: Some(road),
            basis: LegalBasis::Decision {
                issuer: "UBND tỉnh".to_owned(),
                number: "45/QĐ-UBND".to_owned(),
                signed_on: PartialDate::day(2026, 3, 6).expect("a day"),
                effective_on: None,
                scan: None,
            },
            deadline: None,
            sent_at: sent.and_then(at),
            taken_at: taken.and_then(at),
            answer: None,
            cover: None,
            remark: None,
            stage: TransferStage::Proposed,
            parts: [true, false, false],
            outside: None,
        }
    }

    fn clocks(today: Date) -> Clocks {
        let calendar = config::load_calendar(&config::Files::embedded()).expect("a calendar");
        Clocks { calendar, profile: Profile::REGULATION_2014, today }
    }

    // R-10.2b, R-10.2c: 15 working days from the day of issue for all; who receives late what was sent
    // late is told that cause.
    #[test]
    fn both_clocks_of_a_transfer_run_from_the_day_of_issue() {
        let last = date(2026, 3, 27);
        let within = clocks(last).running(&shown(RoadShown::Within, None, None));
        let [one] = &within[..] else { panic!("{within:?}") };
        assert_eq!((one.due.clock, one.due.last_on_time), (Clock::MoveWithin, last));
        assert_eq!(one.state, State::DueSoon { left: 0 });

        let between = shown(RoadShown::Between, Some(last), Some(date(2026, 3, 30)));
        let both = clocks(date(2026, 5, 4)).running(&between);
        let [send, receive] = &both[..] else { panic!("{both:?}") };
        assert!(matches!(send.state, State::Met { late_by } if !late_by.is_late()));
        assert!(matches!(receive.state, State::Met { late_by } if late_by.working_days == 1));
        assert_eq!((send.sent_late, receive.sent_late), (false, true));
        assert!(clocks(last).lines(&between)[1].contains("bên gửi gửi muộn"));
    }

    #[test]
    fn a_transfer_that_came_to_nothing_breaks_no_clock() {
        let ended = TransferShown {
            stage: TransferStage::Ended(None),
            ..shown(RoadShown::Within, None, None)
        };
        assert!(clocks(date(2026, 6, 1)).running(&ended).is_empty());
    }
}
