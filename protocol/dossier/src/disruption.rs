//! Incidents of the system and the notice Sở Nội vụ owes for them (Điều 14.7).
//!
//! An outage is recorded with its start and its end; a risk is recorded by hand. When service was gone on
//! two consecutive working days, notice is due on the portal of the province and on the department's own
//! site, each with its proof; or it is waived with a reason. Acts are signed records; together they are a
//! set that only grows.
//!
//! **Invariant:** what the acts come to does not depend on the order in which they came.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::deadline::outage::{Outage, OutageReading, WorkingHours, trigger};
use crate::{Hash, PartialDate, Timestamp};

/// Incidents that are kept.
pub const DISRUPTIONS_MAX: usize = 4_096;
/// The longest text, in bytes.
pub const TEXT_MAX: usize = 512;
/// Vietnam's offset in seconds.
const SECONDS_EAST: i64 = 7 * 3_600;

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disruption {
    /// When service went, or when the risk was seen.
    pub from: Timestamp,
    /// When it came back; `None` as long as it lasts.
    pub to: Option<Timestamp>,
    /// Whether it is a risk alone, of which notice is given whether service goes or not.
    pub risk: bool,
    /// What happened, as it is announced.
    pub what: String,
}

/// Where notice is given; the text names both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Board {
    /// Cổng thông tin điện tử của UBND tỉnh.
    Portal,
    /// Trang thông tin điện tử của Sở Nội vụ.
    Department,
}

impl Board {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Portal, Self::Department];
}

/// An act on incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisruptionAct {
    /// Records one.
    Record {
        /// What.
        disruption: Disruption,
        /// Who entered it.
        by: String,
    },
    /// Says when service came back.
    End {
        /// Which.
        disruption: Hash,
        /// When.
        at: Timestamp,
        /// Who entered it.
        by: String,
    },
    /// Notice was given.
    Publish {
        /// Of which.
        disruption: Hash,
        /// Where.
        board: Board,
        /// On which day.
        on: PartialDate,
        /// Where it can be seen: an address, or the number of the paper.
        proof: String,
        /// Who entered it.
        by: String,
    },
    /// No notice is given.
    Waive {
        /// Of which.
        disruption: Hash,
        /// Why.
        reason: String,
        /// Who entered it.
        by: String,
    },
}

impl DisruptionAct {
    /// The incident it follows on; `None` for a record.
    pub fn disruption(&self) -> Option<Hash> {
        match self {
            Self::Record { .. } => None,
            Self::End { disruption, .. }
            | Self::Publish { disruption, .. }
            | Self::Waive { disruption, .. } => Some(*disruption),
        }
    }

    /// Names who enters it, whatever stood there.
    pub fn set_by(&mut self, person: String) {
        match self {
            Self::Record { by, .. }
            | Self::End { by, .. }
            | Self::Publish { by, .. }
            | Self::Waive { by, .. } => *by = person,
        }
    }

    /// Who entered it.
    pub fn by(&self) -> &str {
        match self {
            Self::Record { by, .. }
            | Self::End { by, .. }
            | Self::Publish { by, .. }
            | Self::Waive { by, .. } => by,
        }
    }
}

/// Why an act on incidents is not taken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum DisruptionFault {
    /// A text is missing or too long.
    #[error("text")]
    Text,
    /// It ends before it begins, or the day is no whole day.
    #[error("time")]
    Time,
    /// The incident is not known here yet.
    #[error("unknown_disruption")]
    UnknownDisruption,
    /// More than are kept.
    #[error("too_many")]
    TooMany,
}

impl DisruptionFault {
    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::Text => "Nội dung, lý do hoặc nơi đăng trống hoặc quá dài.",
            Self::Time => {
                "Thời điểm kết thúc trước lúc bắt đầu, hoặc ngày không đủ ngày tháng năm."
            }
            Self::UnknownDisruption => "Máy này không biết sự cố đó.",
            Self::TooMany => "Có quá nhiều sự cố được ghi.",
        }
    }
}

/// An incident with what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What was recorded.
    pub disruption: Disruption,
    /// Who recorded it.
    pub by: String,
    /// Notices: the first day, and its proof.
    pub published: BTreeMap<Board, (PartialDate, String)>,
    /// Why no notice is given, and when that was said.
    pub waived: Option<(Timestamp, String)>,
}

impl Kept {
    /// The span without service, up to `now` as long as it lasts; `None` of a mere risk.
    fn outage(&self, now: DateTime) -> Option<Outage> {
        let Disruption { from, to, risk, .. } = &self.disruption;
        let from = local(*from).filter(|_| !risk)?;
        let to = to.and_then(local).unwrap_or(now).max(from);
        Some(Outage { from, to })
    }

    /// The day on which nothing was left to do: both notices are given, or it was waived.
    pub fn settled_on(&self) -> Option<Date> {
        let waived = self.waived.as_ref().and_then(|(at, _)| local(*at)).map(|at| at.date());
        let given: Option<Vec<Date>> = Board::ALL
            .iter()
            .map(|board| self.published.get(board).and_then(|(on, _)| on.civil()))
            .collect();
        waived.or(given.and_then(|days| days.into_iter().max()))
    }
}

/// The incidents that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disruptions(BTreeMap<Hash, Kept>);

impl FromIterator<(Hash, Kept)> for Disruptions {
    fn from_iter<I: IntoIterator<Item = (Hash, Kept)>>(kept: I) -> Self {
        Self(kept.into_iter().collect())
    }
}

impl Disruptions {
    /// All with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Kept)> {
        self.0.iter()
    }

    /// Judges an act without taking it.
    ///
    /// # Errors
    /// [`DisruptionFault`].
    pub fn judge(&self, act: &DisruptionAct) -> Result<(), DisruptionFault> {
        let speaks = |text: &str| !text.trim().is_empty() && text.len() <= TEXT_MAX;
        if !speaks(act.by()) {
            return Err(DisruptionFault::Text);
        }
        let known = act.disruption().map(|id| self.0.get(&id));
        let known = match known {
            Some(None) => return Err(DisruptionFault::UnknownDisruption),
            Some(known) => known,
            None => None,
        };
        let (texts, times) = match act {
            DisruptionAct::Record { disruption: Disruption { from, to, what, .. }, .. } => {
                let ordered = to.is_none_or(|to| *from <= to);
                (speaks(what), ordered && local(*from).is_some())
            }
            DisruptionAct::End { at, .. } => {
                (true, known.is_none_or(|it| it.disruption.from <= *at))
            }
            DisruptionAct::Publish { proof, on, .. } => (speaks(proof), on.civil().is_some()),
            DisruptionAct::Waive { reason, .. } => (speaks(reason), true),
        };
        match (texts, times) {
            (true, true) => Ok(()),
            (false, _) => Err(DisruptionFault::Text),
            (true, false) => Err(DisruptionFault::Time),
        }
    }

    /// Takes an act that was judged, or that comes from the own store; `at` is when it was said.
    ///
    /// # Errors
    /// [`DisruptionFault`]; everything is then as before.
    pub fn apply(
        &mut self,
        id: Hash,
        at: Timestamp,
        act: &DisruptionAct,
    ) -> Result<(), DisruptionFault> {
        self.judge(act)?;
        if let DisruptionAct::Record { disruption, by } = act {
            if self.0.len() >= DISRUPTIONS_MAX && !self.0.contains_key(&id) {
                return Err(DisruptionFault::TooMany);
            }
            let (disruption, by) = (disruption.clone(), by.clone());
            let kept = Kept { disruption, by, published: BTreeMap::new(), waived: None };
            self.0.entry(id).or_insert(kept);
            return Ok(());
        }
        let kept = act.disruption().and_then(|id| self.0.get_mut(&id));
        let kept = kept.ok_or(DisruptionFault::UnknownDisruption)?;
        match act {
            DisruptionAct::Record { .. } => {}
            DisruptionAct::End { at, .. } => {
                let end = kept.disruption.to.map_or(*at, |known| known.min(*at));
                kept.disruption.to = Some(end);
            }
            DisruptionAct::Publish { board, on, proof, .. } => {
                let given = (*on, proof.clone());
                let first = kept.published.get(board).map_or(&given, |known| known.min(&given));
                kept.published.insert(*board, first.clone());
            }
            DisruptionAct::Waive { reason, .. } => {
                let said = (at, reason.clone());
                kept.waived = Some(kept.waived.take().map_or(said.clone(), |it| it.min(said)));
            }
        }
        Ok(())
    }

    /// The day from which notice of an incident is due; `None` as long as it is not. An outage that
    /// began on the working day before counts with it.
    pub fn due_from(
        &self,
        id: &Hash,
        now: DateTime,
        reading: OutageReading,
        hours: &WorkingHours,
        calendar: &Calendar,
    ) -> Option<Date> {
        let kept = self.0.get(id)?;
        let Some(own) = kept.outage(now) else {
            return local(kept.disruption.from).map(|from| from.date());
        };
        let before = own.from.date().yesterday().ok()?;
        let earliest = calendar.working_day_until(before).ok()?;
        let near = |it: &Outage| it.to.date() >= earliest && it.from <= own.from;
        let outages: Vec<Outage> =
            self.0.values().filter_map(|it| it.outage(now)).filter(near).collect();
        let found = trigger(&outages, reading, hours, calendar).ok()??;
        (found.second >= own.from.date() && found.second <= own.to.date()).then_some(found.second)
    }
}

/// The time in Vietnam.
pub fn local(at: Timestamp) -> Option<DateTime> {
    let at = jiff::Timestamp::from_second(at.as_seconds().checked_add(SECONDS_EAST)?).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(at))
}

/// The instant of a time in Vietnam.
pub fn instant(at: DateTime) -> Option<Timestamp> {
    let seconds = jiff::tz::Offset::UTC.to_timestamp(at).ok()?.as_second();
    Some(Timestamp::from_millis(seconds.checked_sub(SECONDS_EAST)?.checked_mul(1_000)?))
}

#[cfg(test)]
mod tests;
