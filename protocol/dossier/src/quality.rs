//! How well the dossiers of a unit are kept: the figures of Điều 8.4, and coverage (Điều 9.1 a).
//!
//! **Invariant:** the figures of a whole are the sums of its parts, and no figure counts what waits for
//! review (Điều 15.1).

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// The figures of a unit, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Dossiers.
    pub dossiers: u32,
    /// Of persons in service, who count as staff (Điều 11.3).
    pub in_service: u32,
    /// Dossiers that are complete (Điều 3.1).
    pub complete: u32,
    /// Required items that are missing.
    pub missing: u32,
    /// Dossiers with a finding that is an error.
    pub faulty: u32,
    /// Findings that are errors.
    pub errors: u32,
    /// Findings that are warnings.
    pub warnings: u32,
    /// Places where two writings met and nobody has chosen.
    pub conflicts: u32,
    /// Changes that wait for review.
    pub unreviewed: u32,
    /// Dossiers that are not compared with the paper, or differ from it (Điều 8.3).
    pub unmatched: u32,
    /// Obligations whose time is over.
    pub overdue: u32,
    /// What was done late, without a reason.
    pub unexplained: u32,
    /// Obligations that end within five working days.
    pub due_soon: u32,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        let pairs = [
            (&mut self.dossiers, other.dossiers),
            (&mut self.in_service, other.in_service),
            (&mut self.complete, other.complete),
            (&mut self.missing, other.missing),
            (&mut self.faulty, other.faulty),
            (&mut self.errors, other.errors),
            (&mut self.warnings, other.warnings),
            (&mut self.conflicts, other.conflicts),
            (&mut self.unreviewed, other.unreviewed),
            (&mut self.unmatched, other.unmatched),
            (&mut self.overdue, other.overdue),
            (&mut self.unexplained, other.unexplained),
            (&mut self.due_soon, other.due_soon),
        ];
        for (sum, part) in pairs {
            *sum = sum.saturating_add(part);
        }
    }
}

impl std::iter::Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}

/// The staff a unit was given, and has (Điều 9.1 a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Biên chế giao.
    pub allotted: u32,
    /// Persons who are present.
    pub present: u32,
}

/// How far the persons present have dossiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The staff.
    pub quota: Quota,
    /// Dossiers of persons in service.
    pub dossiers: u32,
}

impl Coverage {
    /// Persons present without a dossier.
    pub fn lacking(self) -> u32 {
        self.quota.present.saturating_sub(self.dossiers)
    }

    /// Hundredths of the persons present who have one, rounded down; 100 where nobody is present.
    pub fn percent(self) -> u32 {
        let present = u64::from(self.quota.present);
        let having = u64::from(self.dossiers).min(present);
        let percent = (having * 100).checked_div(present).unwrap_or(100);
        u32::try_from(percent).unwrap_or(100)
    }

    /// Whether everybody present has one (Điều 9.1 a).
    pub fn is_complete(self) -> bool {
        self.lacking() == 0
    }

    /// Whether more are present than were allotted.
    pub fn is_over(self) -> bool {
        self.quota.present > self.quota.allotted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-7.2b: the figures of a body are the sums of its units'.
    #[test]
    fn a_whole_is_the_sum_of_its_parts() {
        let part = |number: u32| Figures {
            dossiers: number,
            in_service: number,
            complete: 1,
            missing: 2 * number,
            faulty: 3,
            errors: 4,
            warnings: 5,
            conflicts: 6,
            unreviewed: 7,
            unmatched: 8,
            overdue: 9,
            unexplained: 10,
            due_soon: 11,
        };
        let whole: Figures = (1..=3).map(part).sum();
        assert_eq!((whole.dossiers, whole.missing, whole.due_soon), (6, 12, 33));
        let mut other = part(3);
        other += part(1);
        other += part(2);
        assert_eq!(whole, other);
    }

    // R-9.1a: 100 present and 98 dossiers is 98 %, with 2 lacking.
    #[test]
    fn coverage_is_refused_while_somebody_lacks_a_dossier() {
        let of = |present, dossiers| Coverage { quota: Quota { allotted: 99, present }, dossiers };
        let lacking = of(100, 98);
        assert_eq!((lacking.percent(), lacking.lacking(), lacking.is_complete()), (98, 2, false));
        assert!(lacking.is_over() && !of(99, 99).is_over());
        assert!(of(98, 98).is_complete());
        assert_eq!((of(0, 0).percent(), of(3, 5).percent()), (100, 100));
    }
}
