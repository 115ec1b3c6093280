//! The Vietnamese lunar calendar, as far as public holidays need it: Tết, Giỗ Tổ, leap months.
//!
//! Method: Hồ Ngọc Đức, "Thuật toán tính âm lịch" (2004), after J. Meeus, *Astronomical Algorithms*
//! (1998): true new moons and the sun's longitude, both taken at the meridian of UTC+7. Month 11
//! holds the winter solstice; of thirteen months between two of them, the first without a major
//! solar term is the leap month. Good to a minute or two within 1900 to 2200.

use std::f64::consts::PI;

use jiff::civil::Date;

use super::FIRST_DAY;

/// Mean length of a lunation, in days.
const SYNODIC_MONTH: f64 = 29.530_588_853;
/// Julian day number of 1 January 1900, [`FIRST_DAY`].
const FIRST_JULIAN: i32 = 2_415_021;
/// UTC+7, as a part of a day.
const MERIDIAN: f64 = 7.0 / 24.0;
/// Twelfth of the zodiac in which the sun enters the winter solstice, counted from 0.
const WINTER: i32 = 9;

/// What holidays need to know of one lunar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LunarYear {
    /// Mùng 1 Tết: first day of the first month.
    pub new_year: Date,
    /// 10/3 âm lịch, Giỗ Tổ Hùng Vương; never in a leap month.
    pub hung_kings: Date,
    /// Number of the month that is doubled.
    pub leap_month: Option<u8>,
    /// Length in days.
    pub days: u16,
}

impl LunarYear {
    /// The lunar year whose Tết falls in `year`; `None` outside 1900 to 2200.
    pub fn of(year: i16) -> Option<Self> {
        if !super::YEARS.contains(&year) {
            return None;
        }
        let year = i32::from(year);
        let (before, within, after) = (solstice(year - 1), solstice(year), solstice(year + 1));
        let mut months = months_between(before, within);
        months.extend(months_between(within, after));
        let is_first = |month: &&Month| month.number == 1 && !month.leap;
        let mut firsts = months.iter().filter(is_first).map(|month| month.start);
        let (start, end) = (firsts.next()?, firsts.next()?);
        let own = || months.iter().filter(|month| (start..end).contains(&month.start));
        let third = own().find(|month| month.number == 3 && !month.leap)?;
        Some(Self {
            new_year: civil(start)?,
            hung_kings: civil(third.start + 9)?,
            leap_month: own().find(|month| month.leap).map(|month| month.number),
            days: u16::try_from(end - start).ok()?,
        })
    }
}

/// One lunar month.
struct Month {
    /// Julian day number of its first day.
    start: i32,
    /// 1 to 12; a leap month has the number of the month before.
    number: u8,
    leap: bool,
}

/// The months from one month 11 up to the next, both given as lunations.
fn months_between(first: i32, next: i32) -> Vec<Month> {
    let leap = (next - first == 13).then(|| leap_place(first));
    let mut months = Vec::with_capacity(13);
    let mut number = 10;
    for lunation in first..next {
        let doubled = leap == Some(lunation - first);
        if !doubled {
            number = number % 12 + 1;
        }
        months.push(Month { start: first_day_of(lunation), number, leap: doubled });
    }
    months
}

/// How many months after month 11 the leap month comes: the first in which the sun does not
/// enter another twelfth of the zodiac.
fn leap_place(first: i32) -> i32 {
    let twelfth = |place: i32| twelfth_at(first_day_of(first + place));
    (1..13).find(|place| twelfth(*place) == twelfth(place + 1)).unwrap_or(12)
}

/// The lunation of month 11 of a solar year, the one that holds the winter solstice.
fn solstice(year: i32) -> i32 {
    let last_day = FIRST_JULIAN + days_before(year + 1) - 1;
    let lunation = (f64::from(last_day - FIRST_JULIAN) / SYNODIC_MONTH).floor() as i32;
    // A month that begins after the solstice is month 12.
    if twelfth_at(first_day_of(lunation)) >= WINTER { lunation - 1 } else { lunation }
}

/// Days from 1 January 1900 to 1 January of `year`.
fn days_before(year: i32) -> i32 {
    let leap_days = |last: i32| last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400);
    (year - 1900) * 365 + leap_days(year - 1) - leap_days(1899)
}

fn civil(julian: i32) -> Option<Date> {
    FIRST_DAY.checked_add(jiff::Span::new().try_days(julian - FIRST_JULIAN).ok()?).ok()
}

/// Julian day number of the day, at UTC+7, in which a lunation begins.
fn first_day_of(lunation: i32) -> i32 {
    (new_moon(lunation) + 0.5 + MERIDIAN).floor() as i32
}

/// In which twelfth of the zodiac the sun stands when a day begins at UTC+7, from 0.
fn twelfth_at(julian: i32) -> i32 {
    let longitude = sun_longitude(f64::from(julian) - 0.5 - MERIDIAN);
    (longitude / PI * 6.0).floor() as i32
}

/// Julian day of the true new moon of a lunation, in universal time (Meeus, chapter 49).
fn new_moon(lunation: i32) -> f64 {
    let k = f64::from(lunation);
    let t = k / 1236.85;
    let (t2, t3) = (t * t, t * t * t);
    let sin = |degrees: f64| degrees.to_radians().sin();
    let mean = 2_415_020.759_33 + 29.530_588_68 * k + 0.000_117_8 * t2 - 0.000_000_155 * t3
        + 0.000_33 * sin(166.56 + 132.87 * t - 0.009_173 * t2);
    let sun = 359.224_2 + 29.105_356_08 * k - 0.000_033_3 * t2 - 0.000_003_47 * t3;
    let moon = 306.025_3 + 385.816_918_06 * k + 0.010_730_6 * t2 + 0.000_012_36 * t3;
    let node = 21.296_4 + 390.670_506_46 * k - 0.001_652_8 * t2 - 0.000_002_39 * t3;
    let terms = (0.173_4 - 0.000_393 * t) * sin(sun) + 0.002_1 * sin(2.0 * sun)
        - 0.406_8 * sin(moon)
        + 0.016_1 * sin(2.0 * moon)
        - 0.000_4 * sin(3.0 * moon)
        + 0.010_4 * sin(2.0 * node)
        - 0.005_1 * sin(sun + moon)
        - 0.007_4 * sin(sun - moon)
        + 0.000_4 * sin(2.0 * node + sun)
        - 0.000_4 * sin(2.0 * node - sun)
        - 0.000_6 * sin(2.0 * node + moon)
        + 0.001_0 * sin(2.0 * node - moon)
        + 0.000_5 * sin(2.0 * moon + sun);
    let dynamical_minus_universal = -0.000_278 + 0.000_265 * t + 0.000_262 * t2;
    mean + terms - dynamical_minus_universal
}

/// The sun's true longitude in radians, from 0 to 2π (Meeus, chapter 25).
fn sun_longitude(julian: f64) -> f64 {
    let t = (julian - 2_451_545.0) / 36_525.0;
    let t2 = t * t;
    let sin = |degrees: f64| degrees.to_radians().sin();
    let anomaly = 357.529_10 + 35_999.050_30 * t - 0.000_155_9 * t2 - 0.000_000_48 * t * t2;
    let mean = 280.466_45 + 36_000.769_83 * t + 0.000_303_2 * t2;
    let centre = (1.914_600 - 0.004_817 * t - 0.000_014 * t2) * sin(anomaly)
        + (0.019_993 - 0.000_101 * t) * sin(2.0 * anomaly)
        + 0.000_290 * sin(3.0 * anomaly);
    (mean + centre).to_radians().rem_euclid(2.0 * PI)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const VECTORS: &str = include_str!("tests/lunar_vectors.csv");

    #[test]
    fn every_known_lunar_year_is_found() {
        let mut rows = 0;
        for line in VECTORS.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let year = LunarYear::of(cells[0].parse().expect("year")).expect("in range");
            assert_eq!(year.new_year.to_string(), cells[1], "Tết {}", cells[0]);
            assert_eq!(year.hung_kings.to_string(), cells[3], "10/3 {}", cells[0]);
            assert_eq!(year.leap_month.unwrap_or(0).to_string(), cells[5], "leap {}", cells[0]);
            assert_eq!(year.days.to_string(), cells[6], "days {}", cells[0]);
            rows += 1;
        }
        assert_eq!(rows, 90);
    }

    #[test]
    fn hanoi_and_beijing_differ_where_they_do() {
        for tet in [
            date(1968, 1, 29),
            date(1985, 1, 21),
            date(2007, 2, 17),
            date(2030, 2, 2),
            date(2053, 2, 18),
        ] {
            assert_eq!(LunarYear::of(tet.year()).map(|year| year.new_year), Some(tet));
        }
    }

    #[test]
    fn the_years_follow_one_another_without_a_gap() {
        for year in super::super::YEARS {
            let lunar = LunarYear::of(year).expect("in range");
            assert!((353..=385).contains(&lunar.days), "{year}: {} days", lunar.days);
            assert_eq!(lunar.leap_month.is_some(), lunar.days > 380, "{year}");
            assert!((date(year, 1, 20)..=date(year, 2, 21)).contains(&lunar.new_year), "{year}");
            if let Some(next) = LunarYear::of(year + 1) {
                let days = lunar.new_year.until(next.new_year).expect("a span").get_days();
                assert_eq!(days, i32::from(lunar.days), "{year}");
            }
        }
        assert!(LunarYear::of(1899).is_none() && LunarYear::of(2201).is_none());
    }

    /// Two machines whose sines differ in the last bits must find the same day.
    #[test]
    fn no_new_moon_is_so_near_midnight_that_rounding_decides() {
        for lunation in 0..=solstice(2201) {
            let moment = (new_moon(lunation) + 0.5 + MERIDIAN).rem_euclid(1.0);
            assert!((1e-7..1.0 - 1e-7).contains(&moment), "lunation {lunation}");
        }
    }
}
