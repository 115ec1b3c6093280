//! What a unit reports on its work of a period to its head and the body above (Điều 13.1, 16.5).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::UnitId;
use crate::grant::Officer;

/// A half year of reports: the first ends before 15 June, the second before 15 December (Điều 13.1 a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The year.
    pub year: i16,
    /// 1 or 2.
    pub half: u8,
}

/// Text that is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a period")]
pub struct InvalidPeriod;

impl Period {
    /// Whether there is such a period under the regulation.
    pub fn is_well_formed(self) -> bool {
        (2014..=9999).contains(&self.year) && matches!(self.half, 1 | 2)
    }

    /// The first day it tells of, and the last on which it is on time: the 14th, since the regulation
    /// says "before the 15th".
    pub fn days(self) -> Option<(Date, Date)> {
        let day = |year, month| Date::new(year, month, 14).ok();
        let (from, to) = match self.half {
            1 => (day(self.year - 1, 12)?, day(self.year, 6)?),
            _ => (day(self.year, 6)?, day(self.year, 12)?),
        };
        Some((from.tomorrow().ok()?, to))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.year, self.half)
    }
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        let (year, half) = text.split_once('-').ok_or(InvalidPeriod)?;
        let period = Self {
            year: year.parse().map_err(|_| InvalidPeriod)?,
            half: half.parse().map_err(|_| InvalidPeriod)?,
        };
        if period.is_well_formed() { Ok(period) } else { Err(InvalidPeriod) }
    }
}

/// A report. Its figures are counted by the node that signs it, from its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The period.
    pub period: Period,
    /// What was counted, by stable codes.
    pub figures: BTreeMap<String, u64>,
    /// What the person adds; no content of a dossier.
    pub remarks: String,
    /// Units below that have not reported: a body's report names them (Điều 16.5).
    pub missing: BTreeSet<UnitId>,
    /// Why it is made without them; empty where none is missing.
    pub despite: String,
    /// Who made it.
    pub by: Officer,
}

impl Report {
    /// The most figures.
    pub const FIGURES_MAX: usize = 64;
    /// The most units that may be missing.
    pub const MISSING_MAX: usize = 2_000;

    /// Whether who is missing is explained, and no more is said than a report may.
    pub(super) fn is_explained(&self) -> bool {
        self.missing.is_empty() == self.despite.trim().is_empty()
            && self.figures.len() <= Self::FIGURES_MAX
            && self.figures.keys().all(|code| !code.is_empty() && code.len() <= 64)
            && self.missing.len() <= Self::MISSING_MAX
    }
}
