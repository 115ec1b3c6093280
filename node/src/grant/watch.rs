//! Who opens more dossiers within an hour than work asks for (Điều 5.3, 8.1).

use std::collections::{BTreeMap, VecDeque};

use dossier::{DossierId, Timestamp};

/// Dossiers one person opens within an hour without anybody being told.
pub const OPENED_PER_HOUR: usize = 60;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Openings of the last hour, by person; in memory alone, the audit log has them all.
#[derive(Debug, Default)]
pub struct Watch {
    persons: BTreeMap<String, Openings>,
}

#[derive(Debug, Default)]
struct Openings {
    opened: VecDeque<(Timestamp, DossierId)>,
    told: Option<Timestamp>,
}

impl Openings {
    fn forget_before(&mut self, now: Timestamp) {
        let past = |at: Timestamp| now.as_millis().saturating_sub(at.as_millis());
        // A clock that was set back must not let the count grow for ever.
        self.opened.retain(|(at, _)| past(*at).abs() < HOUR_MS);
        self.told = self.told.filter(|at| past(*at).abs() < HOUR_MS);
    }
}

impl Watch {
    /// Notes that `person` opened a dossier. Answers how many she opened within the hour when that
    /// is to be told: once an hour. The same dossier again is no other one.
    pub fn note(&mut self, person: &str, dossier: DossierId, now: Timestamp) -> Option<u32> {
        self.persons.retain(|_, openings| {
            openings.forget_before(now);
            !openings.opened.is_empty() || openings.told.is_some()
        });
        let openings = self.persons.entry(person.to_owned()).or_default();
        openings.opened.retain(|(_, known)| *known != dossier);
        openings.opened.push_back((now, dossier));
        // Beyond twice the bound the number is no news, and memory is bounded.
        openings.opened.truncate(2 * OPENED_PER_HOUR);
        if openings.opened.len() <= OPENED_PER_HOUR || openings.told.is_some() {
            return None;
        }
        openings.told = Some(now);
        u32::try_from(openings.opened.len()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(1_772_341_200_000 + minute * 60_000)
    }

    fn dossier(number: usize) -> DossierId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        DossierId::from_bytes(bytes)
    }

    #[test]
    fn the_sixty_first_within_an_hour_is_told_once() {
        let mut watch = Watch::default();
        for number in 0..OPENED_PER_HOUR {
            assert_eq!(watch.note("tu.hv", dossier(number), at(0)), None);
            assert_eq!(watch.note("tu.hv", dossier(0), at(1)), None, "the same again");
        }
        assert_eq!(watch.note("hoa.lt", dossier(99), at(2)), None);
        assert_eq!(watch.note("tu.hv", dossier(99), at(2)), Some(61));
        assert_eq!(watch.note("tu.hv", dossier(100), at(3)), None, "told already");
        // An hour later the count begins anew.
        assert_eq!(watch.note("tu.hv", dossier(101), at(70)), None);
        assert_eq!(watch.persons["tu.hv"].opened.len(), 1);
    }

    #[test]
    fn slow_reading_is_nobodys_business() {
        let mut watch = Watch::default();
        for number in 0..500 {
            assert_eq!(watch.note("tu.hv", dossier(number), at(2 * number as i64)), None);
        }
    }
}
