//! Recorded events in the life of a dossier: who leaves, who comes back, what is taken away (Điều 11,
//! 12.2).
//!
//! A dossier is never deleted. Who retires, resigns or dies leaves it with the unit, closed: it takes
//! corrections with a reason, and opens again when the person is recruited again. Two officers of tier 3
//! may take it out of sight, and any of them brings it back.
//!
//! **Invariants:** what stands is read from the events alone, in whatever order they came: one that knows
//! another takes its place, and of two that knew nothing of each other the one that closes stands.
//! [`Event::read`] gives back what [`Event::cells`] wrote.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Destination;
use crate::{Hash, LegalBasis, PartialDate, Value};

/// A status that is recorded; the codes are those of the catalog `dossier_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Đang làm việc.
    Working,
    /// Tập sự, thử việc.
    Probation,
    /// Biệt phái.
    Seconded,
    /// Nghỉ dài hạn.
    LongLeave,
    /// Tạm đình chỉ công tác.
    Suspended,
    /// Nghỉ hưu.
    Retired,
    /// Thôi việc.
    Resigned,
    /// Buộc thôi việc.
    Dismissed,
    /// Từ trần.
    Deceased,
    /// Chấm dứt hợp đồng.
    ContractEnded,
    /// Tinh giản biên chế.
    Streamlined,
}

impl Status {
    /// Every status that is recorded.
    pub const ALL: [Self; 11] = [
        Self::Working,
        Self::Probation,
        Self::Seconded,
        Self::LongLeave,
        Self::Suspended,
        Self::Retired,
        Self::Resigned,
        Self::Dismissed,
        Self::Deceased,
        Self::ContractEnded,
        Self::Streamlined,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Probation => "probation",
            Self::Seconded => "seconded",
            Self::LongLeave => "long_leave",
            Self::Suspended => "suspended",
            Self::Retired => "retired",
            Self::Resigned => "resigned",
            Self::Dismissed => "dismissed",
            Self::Deceased => "deceased",
            Self::ContractEnded => "contract_ended",
            Self::Streamlined => "streamlined",
        }
    }

    /// The status of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether the person is in service and counts as staff; else the dossier is closed (Điều 11.3).
    pub const fn serves(self) -> bool {
        matches!(
            self,
            Self::Working | Self::Probation | Self::Seconded | Self::LongLeave | Self::Suspended
        )
    }
}

/// What was recorded. The document is the basis of the change that records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The person's status changed.
    Became {
        /// To what.
        status: Status,
        /// From which day.
        effective_on: PartialDate,
        /// Why, in the words of the unit.
        reason: String,
    },
    /// A first officer of tier 3 wants the dossier out of sight.
    RemovalProposed {
        /// Why.
        reason: String,
    },
    /// A second officer agrees to what this change proposed.
    Removed {
        /// The change that proposed it.
        proposal: Hash,
    },
    /// It is brought back.
    Restored {
        /// Why.
        reason: String,
    },
    /// Something was done late, and this is why (Điều 9.1 b).
    Explained {
        /// The obligation.
        obligation: Hash,
        /// Why.
        reason: String,
    },
    /// What was entered for a custody that is over was looked at by whoever keeps the dossier since
    /// (Điều 10).
    LateSettled {
        /// The change that came late.
        change: Hash,
        /// Whether what it says was entered again; it stays outside otherwise.
        adopted: bool,
        /// Why.
        reason: String,
    },
    /// A decision moves the person, and the dossier with her (Điều 10); the decision is the basis.
    Moves {
        /// Where.
        to: Destination,
        /// Why, in the words of the unit.
        reason: String,
    },
    /// The dossier of a move was handed over, with its delivery paper (Điều 10.1, 10.2, 10.3).
    HandedOver {
        /// The change that recorded the move.
        transfer: Hash,
        /// The day on the paper.
        on: PartialDate,
    },
    /// The receiving body has it, and has given it to the unit that uses the person (Điều 10.2).
    TakenOver {
        /// The change that recorded the move.
        transfer: Hash,
        /// The day on the receipt.
        on: PartialDate,
    },
}

/// A row that records no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    /// A cell is missing, unknown or of another kind.
    #[error("a cell is missing or of another kind")]
    Cell,
    /// The reason is missing or too long.
    #[error("the reason is missing or too long")]
    Reason,
}

const STATUS: &str = "status";
const PROPOSED: &str = "removal_proposed";
const REMOVED: &str = "removed";
const RESTORED: &str = "restored";
const EXPLAINED: &str = "explained";
const LATE_ADOPTED: &str = "late_adopted";
const LATE_DISMISSED: &str = "late_dismissed";
const MOVES: &str = "moves";
const HANDED_OVER: &str = "handed_over";
const TAKEN_OVER: &str = "taken_over";

impl Event {
    /// The cells of the row.
    pub fn cells(&self) -> BTreeMap<String, Value> {
        let text = |column: &str, words: &str| (column.to_owned(), Value::Text(words.to_owned()));
        let handed = |kind: &str, transfer: &Hash, on: PartialDate| {
            let on = ("on".to_owned(), Value::Date(on));
            BTreeMap::from([text(STATUS, kind), text("transfer", &transfer.to_string()), on])
        };
        match self {
            Self::Moves { to, reason } => BTreeMap::from([
                text(STATUS, MOVES),
                text("to", &to.written()),
                text("reason", reason),
            ]),
            Self::HandedOver { transfer, on } => handed(HANDED_OVER, transfer, *on),
            Self::TakenOver { transfer, on } => handed(TAKEN_OVER, transfer, *on),
            Self::Became { status, effective_on, reason } => BTreeMap::from([
                text(STATUS, status.code()),
                ("effective_on".to_owned(), Value::Date(*effective_on)),
                text("reason", reason),
            ]),
            Self::RemovalProposed { reason } => {
                BTreeMap::from([text(STATUS, PROPOSED), text("reason", reason)])
            }
            Self::Removed { proposal } => {
                BTreeMap::from([text(STATUS, REMOVED), text("proposal", &proposal.to_string())])
            }
            Self::Restored { reason } => {
                BTreeMap::from([text(STATUS, RESTORED), text("reason", reason)])
            }
            Self::LateSettled { change, adopted, reason } => BTreeMap::from([
                text(STATUS, if *adopted { LATE_ADOPTED } else { LATE_DISMISSED }),
                text("change", &change.to_string()),
                text("reason", reason),
            ]),
            Self::Explained { obligation, reason } => BTreeMap::from([
                text(STATUS, EXPLAINED),
                text("obligation", &obligation.to_string()),
                text("reason", reason),
            ]),
        }
    }

    /// Reads a row, which may have come from anywhere.
    ///
    /// # Errors
    /// [`EventFault`] for anything but an event within its limits.
    pub fn read(cells: &BTreeMap<String, Value>) -> Result<Self, EventFault> {
        let words = |column: &str| match cells.get(column) {
            Some(Value::Text(text)) => Ok(text.as_str()),
            _ => Err(EventFault::Cell),
        };
        let reason = || {
            let reason = words("reason").map_err(|_| EventFault::Reason)?;
            let speaks = !reason.trim().is_empty() && reason.len() <= LegalBasis::TEXT_MAX;
            if speaks { Ok(reason.to_owned()) } else { Err(EventFault::Reason) }
        };
        let handed = || {
            let transfer = words("transfer")?.parse().map_err(|_| EventFault::Cell)?;
            match cells.get("on") {
                Some(Value::Date(on)) => Ok((transfer, *on)),
                _ => Err(EventFault::Cell),
            }
        };
        let (event, columns) = match words(STATUS)? {
            MOVES => {
                let to = Destination::read(words("to")?).ok_or(EventFault::Cell)?;
                (Self::Moves { to, reason: reason()? }, 3)
            }
            HANDED_OVER => {
                let (transfer, on) = handed()?;
                (Self::HandedOver { transfer, on }, 3)
            }
            TAKEN_OVER => {
                let (transfer, on) = handed()?;
                (Self::TakenOver { transfer, on }, 3)
            }
            PROPOSED => (Self::RemovalProposed { reason: reason()? }, 2),
            RESTORED => (Self::Restored { reason: reason()? }, 2),
            REMOVED => {
                let proposal = words("proposal")?.parse().map_err(|_| EventFault::Cell)?;
                (Self::Removed { proposal }, 2)
            }
            EXPLAINED => {
                let obligation = words("obligation")?.parse().map_err(|_| EventFault::Cell)?;
                (Self::Explained { obligation, reason: reason()? }, 3)
            }
            code @ (LATE_ADOPTED | LATE_DISMISSED) => {
                let change = words("change")?.parse().map_err(|_| EventFault::Cell)?;
                let adopted = code == LATE_ADOPTED;
                (Self::LateSettled { change, adopted, reason: reason()? }, 3)
            }
            code => {
                let status = Status::from_code(code).ok_or(EventFault::Cell)?;
                let Some(Value::Date(effective_on)) = cells.get("effective_on") else {
                    return Err(EventFault::Cell);
                };
                let effective_on = *effective_on;
                (Self::Became { status, effective_on, reason: reason()? }, 3)
            }
        };
        if cells.len() == columns { Ok(event) } else { Err(EventFault::Cell) }
    }
}

/// An event, and the change that recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The change.
    pub change: Hash,
    /// What it recorded.
    pub event: Event,
}

/// How a dossier stands after its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Life {
    /// The newest status, and the change that recorded it; `None` where none was recorded.
    pub status: Option<(Status, Hash)>,
    /// The change that took it out of sight, while nobody brought it back.
    pub removed: Option<Hash>,
    /// A proposal to take it out of sight that waits for a second officer.
    pub proposed: Option<Hash>,
}

impl Life {
    /// What the events come to; `knew` tells whether the first change builds on the second.
    pub fn of(events: &[Recorded], knew: &dyn Fn(&Hash, &Hash) -> bool) -> Self {
        let later = |one: &Recorded, same: &dyn Fn(&Event) -> bool| {
            events.iter().any(|other| same(&other.event) && knew(&other.change, &one.change))
        };
        let newest = events.iter().filter_map(|it| match it.event {
            Event::Became { status, .. } => {
                let after = later(it, &|event| matches!(event, Event::Became { .. }));
                (!after).then_some((status, it.change))
            }
            _ => None,
        });
        let status = newest.max_by_key(|(status, change)| (!status.serves(), *change));
        let removed = events.iter().filter(|it| matches!(it.event, Event::Removed { .. }));
        let removed = removed
            .filter(|it| !later(it, &|event| matches!(event, Event::Restored { .. })))
            .map(|it| it.change)
            .max();
        let proposed = events.iter().filter(|it| {
            let answered = |event: &Event| {
                matches!(event, Event::Restored { .. })
                    || matches!(event, Event::Removed { proposal } if *proposal == it.change)
            };
            matches!(it.event, Event::RemovalProposed { .. }) && !later(it, &answered)
        });
        Self { status, removed, proposed: proposed.map(|it| it.change).max() }
    }

    /// Why what was owed was done late, by obligation; of two reasons the later, as [`Self::of`] has it.
    pub fn explained(
        events: &[Recorded],
        knew: &dyn Fn(&Hash, &Hash) -> bool,
    ) -> BTreeMap<Hash, String> {
        let mut reasons: BTreeMap<Hash, (&Hash, &String)> = BTreeMap::new();
        for Recorded { change, event } in events {
            let Event::Explained { obligation, reason } = event else { continue };
            let known = reasons.get(obligation).copied();
            let later = known.is_none_or(|(before, _)| {
                knew(change, before) || (!knew(before, change) && change > before)
            });
            if later {
                reasons.insert(*obligation, (change, reason));
            }
        }
        reasons.into_iter().map(|(id, (_, reason))| (id, reason.clone())).collect()
    }

    /// Whether nothing but a correction, a return to service or what concerns its removal may be written.
    pub fn is_closed(&self) -> bool {
        self.removed.is_some() || self.status.is_some_and(|(status, _)| !status.serves())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn became(status: Status) -> Event {
        let effective_on = "2026-03-01".parse().expect("a day");
        Event::Became { status, effective_on, reason: "theo chế độ".to_owned() }
    }

    fn hash(number: u8) -> Hash {
        Hash::from_bytes([number; 32])
    }

    fn life(events: &[(u8, Event)], knew: &[(u8, u8)]) -> Life {
        let mut recorded: Vec<Recorded> = events
            .iter()
            .map(|(number, event)| Recorded { change: hash(*number), event: event.clone() })
            .collect();
        let knows = |one: &Hash, other: &Hash| {
            knew.iter().any(|(a, b)| (hash(*a), hash(*b)) == (*one, *other))
        };
        let life = Life::of(&recorded, &knows);
        recorded.reverse();
        assert_eq!(Life::of(&recorded, &knows), life, "in any order");
        life
    }

    // who retires leaves a closed dossier; recruited again, it opens again.
    #[test]
    fn who_retires_closes_and_who_is_recruited_again_opens() {
        assert!(!life(&[], &[]).is_closed());
        let retired = (1, became(Status::Retired));
        assert!(life(std::slice::from_ref(&retired), &[]).is_closed());
        let back = (2, became(Status::Working));
        assert!(!life(&[retired.clone(), back.clone()], &[(2, 1)]).is_closed());
        // Two that knew nothing of each other: the one that closes stands, until somebody knows both.
        assert!(life(&[retired.clone(), back.clone()], &[]).is_closed());
        let again = (3, became(Status::Working));
        assert!(!life(&[retired, back, again], &[(3, 1), (3, 2)]).is_closed());
    }

    #[test]
    fn a_removal_is_taken_back() {
        let proposed = (1, Event::RemovalProposed { reason: "lập trùng".to_owned() });
        let removed = (2, Event::Removed { proposal: hash(1) });
        let waits = life(std::slice::from_ref(&proposed), &[]);
        assert_eq!((waits.proposed, waits.is_closed()), (Some(hash(1)), false));
        let gone = life(&[proposed.clone(), removed.clone()], &[(2, 1)]);
        assert_eq!((gone.proposed, gone.removed), (None, Some(hash(2))));
        let restored = (3, Event::Restored { reason: "không trùng".to_owned() });
        let back = life(&[proposed, removed, restored], &[(2, 1), (3, 1), (3, 2)]);
        assert_eq!((back.removed, back.proposed, back.is_closed()), (None, None, false));
    }

    #[test]
    fn an_event_reads_as_it_was_written_and_nothing_else_does() {
        let mut events: Vec<Event> = Status::ALL.map(became).to_vec();
        events.push(Event::RemovalProposed { reason: "lập trùng".to_owned() });
        events.push(Event::Removed { proposal: hash(7) });
        events.push(Event::Restored { reason: "nhầm".to_owned() });
        events
            .push(Event::Explained { obligation: hash(9), reason: "chờ bản gốc".to_owned() });
        for adopted in [true, false] {
            let reason = "đã có trong quyết định".to_owned();
            events.push(Event::LateSettled { change: hash(6), adopted, reason });
        }
        let on = "2026-03-20".parse().expect("a day");
        let to = Destination::Unit("d150".parse().expect("a unit"));
        events.push(Event::Moves { to, reason: "điều động".to_owned() });
        events.push(Event::HandedOver { transfer: hash(8), on });
        events.push(Event::TakenOver { transfer: hash(8), on });
        for event in events {
            let cells = event.cells();
            assert_eq!(Event::read(&cells), Ok(event));
            for column in cells.keys() {
                let mut less = cells.clone();
                less.remove(column);
                assert!(Event::read(&less).is_err(), "without {column}");
                let mut other = cells.clone();
                other.insert(column.clone(), Value::Integer(1));
                assert!(Event::read(&other).is_err(), "{column} of another kind");
            }
            let mut more = cells.clone();
            more.insert("x".to_owned(), Value::Integer(1));
            assert!(Event::read(&more).is_err());
        }
        let mut silent = became(Status::Retired).cells();
        silent.insert("reason".to_owned(), Value::Text(" ".to_owned()));
        assert_eq!(Event::read(&silent), Err(EventFault::Reason));
    }

    #[test]
    fn codes_are_those_of_the_statuses() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(status));
        }
        assert_eq!(Status::from_code("removed"), None);
    }
}
