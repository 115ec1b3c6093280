//! both readings of "two consecutive working days".

use jiff::civil::date;

use super::*;

const NARROW: OutageReading = OutageReading::Whole { percent: 90 };

fn calendar() -> Calendar {
    Calendar::provisional()
}

fn outage(from: DateTime, to: DateTime) -> Outage {
    Outage { from, to }
}

/// A moment of October 2014, whose 10th is a Friday.
fn at(day: i8, hour: i8, minute: i8) -> DateTime {
    date(2014, 10, day).at(hour, minute, 0, 0)
}

fn judge(outages: &[Outage], reading: OutageReading) -> Option<(Date, Date)> {
    trigger(outages, reading, &WorkingHours::default(), &calendar())
        .expect("in range")
        .map(|trigger| (trigger.first, trigger.second))
}

// both readings of two consecutive working days.
#[test]
fn from_friday_afternoon_to_tuesday_morning() {
    let outages = [outage(at(10, 13, 0), at(14, 9, 0))];
    let days = down_days(&outages, &WorkingHours::default(), &calendar()).expect("in range");
    let minutes: Vec<(i8, u32)> =
        days.iter().map(|down| (down.day.day(), down.down / 60)).collect();
    assert_eq!(minutes, [(10, 240), (13, 480), (14, 90)]);
    assert!(days.iter().all(|down| down.of == 8 * 3_600));
    assert_eq!(judge(&outages, NARROW), None);
    let touched = Some((date(2014, 10, 10), date(2014, 10, 13)));
    assert_eq!(judge(&outages, OutageReading::Touched), touched);
}

#[test]
fn the_threshold_decides_and_can_be_set() {
    let outages = [outage(at(10, 13, 0), at(14, 17, 0))];
    let both = Some((date(2014, 10, 13), date(2014, 10, 14)));
    assert_eq!(judge(&outages, NARROW), both, "7.5 of 8 hours on the second day");
    assert_eq!(judge(&outages, OutageReading::Whole { percent: 100 }), None);
    assert_eq!(OutageReading::default(), NARROW);
}

#[test]
fn weekends_and_tet_do_not_part_two_working_days() {
    let outages = [outage(date(2026, 2, 13).at(7, 0, 0, 0), date(2026, 2, 23).at(18, 0, 0, 0))];
    let around = Some((date(2026, 2, 13), date(2026, 2, 23)));
    for reading in [NARROW, OutageReading::Touched] {
        assert_eq!(judge(&outages, reading), around);
    }
    let weekend = [outage(at(10, 17, 30), at(13, 7, 30))];
    let night = [outage(at(7, 18, 0), at(8, 7, 0)), outage(at(8, 11, 30), at(8, 13, 30))];
    for outages in [&weekend[..], &night[..]] {
        assert_eq!(judge(outages, OutageReading::Touched), None);
        let days = down_days(outages, &WorkingHours::default(), &calendar()).expect("in range");
        assert!(days.is_empty(), "no working hour was lost");
    }
}

#[test]
fn many_short_outages_add_up_in_one_reading_alone() {
    let outages: Vec<Outage> = [8, 7]
        .into_iter()
        .flat_map(|day| {
            [
                outage(at(day, 12, 0), at(day, 17, 30)),
                outage(at(day, 7, 30), at(day, 10, 0)),
                outage(at(day, 9, 0), at(day, 11, 30)),
            ]
        })
        .collect();
    let both = Some((date(2014, 10, 7), date(2014, 10, 8)));
    assert_eq!(judge(&outages, OutageReading::Whole { percent: 100 }), both);
    assert_eq!(judge(&outages, OutageReading::Touched), None, "no outage spans two days");
    let apart = [outage(at(6, 7, 0), at(6, 18, 0)), outage(at(8, 7, 0), at(8, 18, 0))];
    assert_eq!(judge(&apart, NARROW), None, "a day between them had service");
}

#[test]
fn office_hours_are_spans_in_order() {
    let at = |hour| time(hour, 0, 0, 0);
    assert!(WorkingHours::new(&[(at(8), at(12)), (at(13), at(17))]).is_some());
    for spans in [
        vec![],
        vec![(at(12), at(8))],
        vec![(at(8), at(8))],
        vec![(at(8), at(12)), (at(11), at(17))],
        vec![(at(13), at(17)), (at(8), at(12))],
        (0..9).map(|hour| (at(2 * hour), at(2 * hour + 1))).collect(),
    ] {
        assert_eq!(WorkingHours::new(&spans), None, "{spans:?}");
    }
}

#[test]
fn impossible_outages_are_refused() {
    let hours = WorkingHours::default();
    let refuse = |outages: &[Outage]| {
        trigger(outages, OutageReading::Touched, &hours, &calendar()).expect_err("refused")
    };
    let back = outage(at(14, 9, 0), at(10, 13, 0));
    assert_eq!(refuse(&[back]), OutageError::Backwards(at(14, 9, 0)));
    let short = outage(at(10, 13, 0), at(10, 14, 0));
    assert_eq!(refuse(&[short; OUTAGES_MAX + 1]), OutageError::TooMany);
    assert_eq!(refuse(&[outage(DateTime::MIN, DateTime::MAX)]), OutageError::TooMany);
    let far = DateTime::MAX;
    let last = outage(far.date().at(8, 0, 0, 0), far);
    assert!(matches!(refuse(&[last]), OutageError::Count(_)));
}

// the office hours are a setting, and the day is judged by them.
#[test]
fn hours_are_set_as_text_and_decide() {
    let short: WorkingHours = "08:00-12:00".parse().expect("hours");
    let mornings = [outage(at(6, 8, 0), at(6, 12, 0)), outage(at(7, 8, 0), at(7, 12, 0))];
    let judge = |hours: &WorkingHours| trigger(&mornings, NARROW, hours, &calendar());
    assert_eq!(judge(&WorkingHours::default()), Ok(None), "half of each day had service");
    assert!(judge(&short).expect("in range").is_some(), "the whole of each day");
    assert_eq!("7:30-11:30,13:30 - 17:30".parse(), Ok(WorkingHours::USUAL));
    for text in ["", "8", "8:00-", "12:00-8:00", "8:00-24:30", "1:00-2:00,2:00-3:00"] {
        assert_eq!(text.parse::<WorkingHours>(), Err(HoursError), "{text}");
    }
}
