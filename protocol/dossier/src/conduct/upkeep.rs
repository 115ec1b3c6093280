//! Regular checks of the system's safety at a unit, and what they came to (Điều 8.5).

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::grant::Officer;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// Every byte of the node's store is what was written.
    Integrity,
    /// Who has a way in, and whether she still should.
    Access,
    /// A backup opens and holds what it should.
    Restore,
}

impl CheckKind {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Integrity, Self::Access, Self::Restore];

    /// How many days after the last one the next is due: the regulation says "regularly", the numbers
    /// are this system's.
    pub fn every_days(self) -> i64 {
        match self {
            Self::Integrity => 30,
            Self::Access => 90,
            Self::Restore => 180,
        }
    }

    /// Whether one is due: none was made, or the last one too long ago.
    pub fn is_due(self, last: Option<Timestamp>, now: Timestamp) -> bool {
        let since = |at: Timestamp| now.as_millis().saturating_sub(at.as_millis());
        last.is_none_or(|at| since(at) > self.every_days() * DAY_MS)
    }

    /// What it is called, in Vietnamese.
    pub fn name_vi(self) -> &'static str {
        match self {
            Self::Integrity => "toàn vẹn dữ liệu",
            Self::Access => "rà soát quyền truy cập",
            Self::Restore => "khôi phục thử bản sao lưu",
        }
    }
}

/// A check that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// Whether nothing wrong was found.
    pub passed: bool,
    /// How many things were looked at: frames of the store, persons, dossiers of the backup.
    pub looked: u64,
    /// What was found, for people; no content of a dossier.
    pub note: String,
    /// Who made it.
    pub by: Officer,
}
