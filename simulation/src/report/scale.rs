//! Where moments and texts stand on the page.

use std::fmt::Write as _;

use crate::world::clock::is_working_day;

/// Width of every picture, in pixels: fits a screen of 1366 with its scroll bar.
pub(super) const WIDTH: u64 = 1320;
/// Where time begins and ends, in pixels.
pub(super) const LEFT: u64 = 300;
pub(super) const RIGHT: u64 = 1130;

const DAY_MS: u64 = 86_400_000;
/// Room that the name of a day needs, in pixels.
const DAY_LABEL: u64 = 58;
/// The first day, a Monday, in days after 1 January 2026.
const FIRST_DAY: u64 = 4;
const MONTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Moments of a run as places from left to right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) end_ms: u64,
}

impl Scale {
    pub(super) fn x(self, ms: u64) -> f64 {
        LEFT as f64 + (RIGHT - LEFT) as f64 * ms.min(self.end_ms) as f64 / self.end_ms as f64
    }

    fn days(self) -> u64 {
        self.end_ms.div_ceil(DAY_MS)
    }

    /// Weekends, days and the moment of healing, behind everything else.
    pub(super) fn ground(self, height: u64, healed_ms: u64) -> String {
        let mut svg = String::new();
        for day in 0..self.days() {
            let (from, to) = (self.x(day * DAY_MS), self.x((day + 1) * DAY_MS));
            if !is_working_day(day) {
                let width = to - from;
                let _ = write!(
                    svg,
                    r#"<rect class="off" x="{from:.1}" y="0" width="{width:.1}" height="{height}"/>"#
                );
            }
            let _ = write!(svg, r#"<path class="day" d="M{from:.1} 0V{height}"/>"#);
        }
        let healed = self.x(healed_ms);
        let _ = write!(svg, r#"<path class="healed" d="M{healed:.1} 0V{height}"/>"#);
        svg
    }

    /// The names of the days, as many as there is room for.
    pub(super) fn axis(self, healed_ms: u64) -> String {
        let each = (RIGHT - LEFT) / self.days().max(1);
        let step = [1, 2, 7, 14, 28]
            .into_iter()
            .find(|step| step * each >= DAY_LABEL)
            .unwrap_or(self.days());
        let mut svg = self.ground(24, healed_ms);
        for day in (0..self.days()).step_by(usize::try_from(step).unwrap_or(1)) {
            let x = self.x(day * DAY_MS) + 3.0;
            if x + DAY_LABEL as f64 <= RIGHT as f64 {
                let _ = write!(svg, r#"<text x="{x:.1}" y="16">{}</text>"#, day_name(day));
            }
        }
        svg
    }
}

/// `T2 05/01` for the first day.
fn day_name(day: u64) -> String {
    let weekday = ["T2", "T3", "T4", "T5", "T6", "T7", "CN"][usize::try_from(day % 7).unwrap_or(0)];
    let mut left = FIRST_DAY + day;
    let mut month = 0;
    while left >= MONTHS[month % 12] {
        left -= MONTHS[month % 12];
        month += 1;
    }
    format!("{weekday} {:02}/{:02}", left + 1, month % 12 + 1)
}

/// A moment as day and hour, for hints.
pub(super) fn moment(ms: u64) -> String {
    let minutes = ms % DAY_MS / 60_000;
    format!("{} {:02}:{:02}", day_name(ms / DAY_MS), minutes / 60, minutes % 60)
}

/// Text that means nothing to HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The front of a text that fits into so many characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let front: String = text.chars().take(most - 1).collect();
    format!("{}…", front.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        assert_eq!(day_name(0), "T2 05/01");
        assert_eq!(day_name(27), "CN 01/02");
        assert_eq!(moment(DAY_MS + 8 * 3_600_000), "T3 06/01 08:00");
    }

    #[test]
    fn texts_are_cut_at_letters() {
        assert_eq!(shortened("Đà Bắc", 6), "Đà Bắc");
        assert_eq!(shortened("Đà Bắc và", 6), "Đà Bắ…");
        assert_eq!(escaped("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
    }
}
