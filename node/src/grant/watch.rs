//! Who opens or takes out more dossiers within an hour than work asks for (Điều 5.3, 8.1).

use std::collections::{BTreeMap, VecDeque};

use dossier::{Timestamp, attachment::TABLE};
use protocol::audit::{Act, Entry, Outcome, Pseudonym};

/// Dossiers one person opens within an hour without anybody being told.
pub const OPENED_PER_HOUR: usize = 60;

/// Dossiers one person prints or exports within an hour; more is bulk export, which needs the word
/// of Sở Nội vụ (Điều 5.3).
pub const COPIES_PER_HOUR: usize = 10;

pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;

/// Openings and copies of the last hour, by person: in memory, and read from the audit log again
/// when the program starts. Dossiers go by the names they have there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Watch {
    persons: BTreeMap<String, Openings>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Openings {
    opened: Recent,
    copied: Recent,
    told: Option<Timestamp>,
}

/// Dossiers with the moment of each, oldest first; none twice.
#[derive(Debug, Default, PartialEq, Eq)]
struct Recent(VecDeque<(Timestamp, Pseudonym)>);

impl Recent {
    fn note(&mut self, dossier: Pseudonym, now: Timestamp) {
        self.0.retain(|(_, known)| *known != dossier);
        self.0.push_back((now, dossier));
        // Beyond twice the bound the number is no news, and memory is bounded.
        while self.0.len() > 2 * OPENED_PER_HOUR {
            self.0.pop_front();
        }
    }

    fn forget_before(&mut self, now: Timestamp) {
        // A clock that was set back must not let the count grow for ever.
        self.0.retain(|(at, _)| is_recent(*at, now));
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.as_millis().saturating_sub(at.as_millis()).abs() < HOUR_MS
}

impl Openings {
    fn forget_before(&mut self, now: Timestamp) {
        self.opened.forget_before(now);
        self.copied.forget_before(now);
        self.told = self.told.filter(|at| is_recent(*at, now));
    }

    fn is_idle(&self) -> bool {
        self.opened.0.is_empty() && self.copied.0.is_empty() && self.told.is_none()
    }
}

impl Watch {
    /// By what name an entry of the audit log says that somebody was told.
    pub const INCIDENT: &str = "many-opened";

    /// What the entries of the last hour come to, oldest first.
    pub fn recall(entries: &[Entry]) -> Self {
        let mut watch = Self::default();
        for Entry { at, record, .. } in entries {
            let person = record.person.as_str();
            if record.act == Act::Incident(Self::INCIDENT.to_owned()) {
                watch.of(person).told = Some(*at);
            }
            // What the node does by itself comes through nobody's socket.
            if record.outcome != Outcome::Done || record.client.is_empty() {
                continue;
            }
            let files = record.sections.iter().any(|section| section == TABLE);
            let copy = matches!(record.act, Act::Printed { .. } | Act::Exported { .. });
            for dossier in &record.dossiers {
                if copy {
                    watch.note_copy(person, *dossier, *at);
                }
                if copy || record.act == Act::Opened && !files {
                    watch.of(person).opened.note(*dossier, *at);
                }
            }
        }
        watch
    }

    fn of(&mut self, person: &str) -> &mut Openings {
        self.persons.entry(person.to_owned()).or_default()
    }

    /// Notes that `person` opened a dossier. Answers how many she opened within the hour when that
    /// is to be told: once an hour. The same dossier again is no other one.
    pub fn note(&mut self, person: &str, dossier: Pseudonym, now: Timestamp) -> Option<u32> {
        self.persons.retain(|_, openings| {
            openings.forget_before(now);
            !openings.is_idle()
        });
        let openings = self.of(person);
        openings.opened.note(dossier, now);
        let opened = openings.opened.0.len();
        if opened <= OPENED_PER_HOUR || openings.told.is_some() {
            return None;
        }
        openings.told = Some(now);
        u32::try_from(opened).ok()
    }

    /// Notes that `person` took a copy of a dossier out.
    pub fn note_copy(&mut self, person: &str, dossier: Pseudonym, now: Timestamp) {
        self.of(person).copied.note(dossier, now);
    }

    /// Of how many other dossiers `person` took copies within the hour.
    pub fn other_copies(&self, person: &str, dossier: &Pseudonym, now: Timestamp) -> usize {
        let copied = self.persons.get(person).map(|openings| &openings.copied.0);
        let others = copied.into_iter().flatten().filter(|(_, known)| known != dossier);
        others.filter(|(at, _)| is_recent(*at, now)).count()
    }
}

#[cfg(test)]
mod tests {
    use dossier::{Hash, Incarnation, NodeId};
    use protocol::audit::{Record, TimeSource};

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(1_772_341_200_000 + minute * 60_000)
    }

    fn dossier(number: usize) -> Pseudonym {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Pseudonym(bytes)
    }

    fn entry(person: &str, act: Act, number: usize, minute: i64) -> Entry {
        let record = Record {
            person: person.to_owned(),
            dossiers: vec![dossier(number)],
            client: "uid 7".to_owned(),
            ..Record::of(act)
        };
        Entry {
            sequence: 1,
            previous: Hash::ZERO,
            at: at(minute),
            source: TimeSource::Clock,
            unit: "so".parse().expect("unit"),
            node: NodeId::from_bytes([1; 16]),
            incarnation: Incarnation::from_bytes([1; 16]),
            record,
        }
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
        assert_eq!(watch.persons["tu.hv"].opened.0.len(), 1);
    }

    #[test]
    fn slow_reading_is_nobodys_business() {
        let mut watch = Watch::default();
        for number in 0..500 {
            assert_eq!(watch.note("tu.hv", dossier(number), at(2 * number as i64)), None);
        }
    }

    #[test]
    fn a_restart_forgets_nothing_that_the_log_holds() {
        let mut entries = Vec::new();
        let mut watch = Watch::default();
        for number in 0..OPENED_PER_HOUR {
            entries.push(entry("tu.hv", Act::Opened, number, number as i64 / 2));
            watch.note("tu.hv", dossier(number), at(number as i64 / 2));
        }
        let mut refused = entry("tu.hv", Act::Opened, 500, 31);
        refused.record.outcome = Outcome::Refused("account-scope".to_owned());
        entries.push(refused);
        let mut again = Watch::recall(&entries);
        assert_eq!(again, watch);
        assert_eq!(again.note("tu.hv", dossier(99), at(40)), Some(61));
        // Nor that it was told.
        entries.push(entry("tu.hv", Act::Incident(Watch::INCIDENT.to_owned()), 0, 40));
        let mut told = Watch::recall(&entries);
        assert_eq!(told.note("tu.hv", dossier(99), at(41)), None);
    }

    #[test]
    fn copies_are_counted_by_dossier_and_hour() {
        let entries: Vec<Entry> = (0..COPIES_PER_HOUR)
            .flat_map(|number| {
                let out = if number % 2 == 0 {
                    Act::Printed { copies: 1 }
                } else {
                    Act::Exported { rows: 1 }
                };
                [entry("tu.hv", out.clone(), number, 0), entry("tu.hv", out, number, 1)]
            })
            .collect();
        let watch = Watch::recall(&entries);
        assert_eq!(watch.other_copies("tu.hv", &dossier(99), at(2)), COPIES_PER_HOUR);
        assert_eq!(watch.other_copies("tu.hv", &dossier(0), at(2)), COPIES_PER_HOUR - 1);
        assert_eq!(watch.other_copies("tu.hv", &dossier(99), at(62)), 0);
        assert_eq!(watch.other_copies("hoa.lt", &dossier(99), at(2)), 0);
    }
}
