//! What a unit owes by the clocks of the law, computed from what its dossiers hold (Điều 9, 13).
//!
//! Nothing of it is stored: an obligation follows from the facts, the calendar, the profile and the
//! day that is asked about, and clears itself when the facts change.
//!
//! **Invariants:** the same facts give the same obligations under the same ids on every node; none is
//! charged for an event before the regulation (QĐ Điều 2); a date no calendar knows starts no clock.

mod facts;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::deadline::{Clock, Due, Facts, Forwarding, Length, Profile, State, due};
use crate::disruption::Disruptions;
use crate::unit::{Tier, Unit};
use crate::{DossierId, Hash, LegalBasis, RowId, UnitId};

pub use facts::{DossierFacts, Entered, Moving, OnFile, PaperSide, Reach};

/// What an obligation is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// A new recruit's dossier, to be whole in time (Điều 9.1 b).
    Recruitment,
    /// A change that was entered on a document.
    Entry(Hash),
    /// A document on file that no change rests on.
    Paper(RowId),
    /// A report of the unit (Điều 13.1 a).
    Report(i16),
    /// A dossier that a decision moves (Điều 10).
    Transfer(Hash),
    /// An incident of which notice is due (Điều 14.7).
    Disruption(Hash),
}

/// One obligation on the day it was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Names it for as long as its facts stand.
    pub id: Hash,
    /// The unit that owes it.
    pub unit: UnitId,
    /// The dossier; `None` where it is about the unit.
    pub dossier: Option<DossierId>,
    /// What it is about.
    pub matter: Matter,
    /// Number of the document, or what stands for it.
    pub document: String,
    /// When it ends, and how that was counted.
    pub due: Due,
    /// How it stands.
    pub state: State,
    /// Why it was late, in the words of the unit.
    pub reason: Option<String>,
    /// Whether a receiving body is late for the sender's time alone (Điều 10.2).
    pub sent_late: bool,
}

/// How urgent an obligation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Urgency {
    /// Its time is over and nothing was done.
    Overdue,
    /// Done too late, and the reason is not given.
    ReasonAsked,
    /// It ends within [`Due::SOON`] working days.
    DueSoon,
    /// It runs.
    Open,
    /// Nothing is to be done.
    Settled,
}

impl Obligation {
    /// How urgent it is.
    pub fn urgency(&self) -> Urgency {
        match self.state {
            State::Overdue { .. } => Urgency::Overdue,
            State::Met { late_by }
                if late_by.is_late() && self.reason.is_none() && !self.sent_late =>
            {
                Urgency::ReasonAsked
            }
            State::DueSoon { .. } => Urgency::DueSoon,
            State::Open { .. } | State::NotStarted => Urgency::Open,
            State::Met { .. } | State::Exempt => Urgency::Settled,
        }
    }

    /// Whether its length is the unit's own setting and no rule of the law (Điều 9.2 b).
    pub fn is_local(&self) -> bool {
        self.due.rule.length == Length::Local
    }
}

/// The bench on which obligations are computed.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// The day they are asked about; what was done after it does not count.
    pub as_of: Date,
    /// The calendar in force.
    pub calendar: &'a Calendar,
    /// The rules, and how their open words are read.
    pub profile: &'a Profile,
}

impl Bench<'_> {
    /// What is owed for one dossier.
    pub fn of_dossier(&self, facts: &DossierFacts) -> Vec<Obligation> {
        let known: Vec<&Entered> = facts
            .entered
            .iter()
            .filter(|it| it.day().is_some_and(|day| day <= self.as_of))
            .collect();
        let mut owed: Vec<Obligation> = self.recruitment(facts, &known).into_iter().collect();
        owed.extend(known.iter().filter(|it| !it.opens).filter_map(|it| self.entry(facts, it)));
        owed.extend(facts.on_file.iter().filter_map(|it| self.paper(facts, &known, it)));
        owed.extend(facts.moving.iter().flat_map(|it| self.moving(facts, it)));
        owed
    }

    /// What a unit owes for itself: the report of the half year that runs, until its last day. Whether
    /// one was made is not known here, so none is called late (Điều 13.1 a).
    pub fn of_unit(&self, unit: &Unit) -> Vec<Obligation> {
        if unit.tier != Tier::Two {
            return Vec::new();
        }
        let year = self.as_of.year();
        let facts = Facts::of_year(year);
        let reports = [Clock::FirstReport, Clock::SecondReport].into_iter().filter_map(|clock| {
            let owed = self.judge(clock, &facts, None)?;
            (owed.0.start <= self.as_of && self.as_of <= owed.0.last_on_time)
                .then_some((clock, owed))
        });
        let of_report = |(clock, (due, state)): (Clock, (Due, State))| Obligation {
            id: name(clock, &unit.id, None, &year.to_be_bytes()),
            unit: unit.id.clone(),
            dossier: None,
            matter: Matter::Report(year),
            document: year.to_string(),
            due,
            state,
            reason: None,
            sent_late: false,
        };
        reports.map(of_report).collect()
    }

    /// The notices that the unit which runs the system owes for incidents (Điều 14.7).
    pub fn of_disruptions(&self, unit: &UnitId, known: &Disruptions) -> Vec<Obligation> {
        let (reading, hours) = (self.profile.outage, &self.profile.hours);
        let now = self.as_of.to_datetime(jiff::civil::time(23, 59, 59, 0));
        let owed = known.iter().filter_map(|(id, kept)| {
            let outage_on = known.due_from(id, now, reading, hours, self.calendar)?;
            if outage_on > self.as_of {
                return None;
            }
            let facts = Facts { outage_on: Some(outage_on), ..Facts::default() };
            let done = kept.settled_on().filter(|day| *day <= self.as_of);
            let (due, state) = self.judge(Clock::OutageNotice, &facts, done)?;
            Some(Obligation {
                id: name(Clock::OutageNotice, unit, None, id.as_bytes()),
                unit: unit.clone(),
                dossier: None,
                matter: Matter::Disruption(*id),
                document: kept.disruption.what.clone(),
                due,
                state,
                reason: None,
                sent_late: false,
            })
        });
        owed.collect()
    }

    /// Điều 9.1 b: a dossier opened on a decision is a new recruit's, and must be whole in time. One
    /// taken over by list or from paper is of those present (Điều 9.1 a).
    fn recruitment(&self, facts: &DossierFacts, known: &[&Entered]) -> Option<Obligation> {
        let opened = known.iter().find(|it| it.opens)?;
        let decision = opened.basis.decision()?;
        let decided = facts.recruited_on.and_then(|day| day.civil());
        let signed = Facts::signed(decided.or_else(|| decision.signed_on.civil())?);
        let done = facts.completed_on.and_then(|day| day.civil()).filter(|day| *day <= self.as_of);
        let (due, state) = self.judge(Clock::Recruitment, &signed, done)?;
        let id = name(Clock::Recruitment, &facts.unit, Some(facts.dossier), b"");
        Some(facts.owed(id, Matter::Recruitment, decision.number, due, state))
    }

    /// Điều 9.2: what was entered, against the term its document began; a declaration from the day it was
    /// received, which is the day of signing where no other is recorded.
    fn entry(&self, facts: &DossierFacts, entered: &Entered) -> Option<Obligation> {
        let on = entered.day()?;
        let (clock, dates, document) = match &entered.basis {
            LegalBasis::Decision { number, signed_on, effective_on, .. }
            | LegalBasis::OfKind { number, signed_on, effective_on, .. } => {
                (Clock::StateChange, decided(*signed_on, *effective_on)?, number.clone())
            }
            LegalBasis::Declaration { signed_on } | LegalBasis::Received { signed_on, .. } => {
                let (_, received_on) = entered.basis.declared()?;
                let received_on = Some(received_on.civil()?);
                let dates = Facts { received_on, ..Facts::default() };
                (Clock::PersonChange, dates, signed_on.to_string())
            }
            LegalBasis::Correction { .. } | LegalBasis::Import { .. } | LegalBasis::Office => {
                return None;
            }
        };
        let (due, state) = self.judge(clock, &dates, Some(on))?;
        let id = name(clock, &facts.unit, Some(facts.dossier), entered.change.as_bytes());
        Some(facts.owed(id, Matter::Entry(entered.change), &document, due, state))
    }

    /// Điều 9.2: a document that came after the dossier was opened, and that nothing rests on yet.
    fn paper(
        &self,
        facts: &DossierFacts,
        known: &[&Entered],
        paper: &OnFile,
    ) -> Option<Obligation> {
        let issued = paper.issued_on.civil()?;
        let opened = known.iter().find(|it| it.opens).and_then(|it| it.day())?;
        let filed = paper.day().is_some_and(|day| day <= self.as_of);
        if !filed || issued <= opened || known.iter().any(|it| paper.is_behind(&it.basis)) {
            return None;
        }
        let (clock, dates) = match paper.side {
            PaperSide::State => (Clock::StateChange, Facts::signed(issued)),
            PaperSide::Person => {
                (Clock::PersonChange, Facts { received_on: Some(issued), ..Facts::default() })
            }
        };
        let (due, state) = self.judge(clock, &dates, None)?;
        let id = name(clock, &facts.unit, Some(facts.dossier), paper.row.as_bytes());
        Some(facts.owed(id, Matter::Paper(paper.row), &paper.number, due, state))
    }

    /// Điều 10: a dossier follows its person within a body, to another one, or out of the system. Between
    /// bodies both clocks start on the day the decision was issued, by the letter.
    fn moving(&self, facts: &DossierFacts, moving: &Moving) -> Vec<Obligation> {
        let Some(signed) = moving.signed_on.civil() else { return Vec::new() };
        let known = |day: Option<crate::PartialDate>| {
            day.and_then(|day| day.civil()).filter(|day| *day <= self.as_of)
        };
        // The unit it went to keeps it already, whatever was written about the way there.
        let arrived =
            (moving.to.as_ref() == Some(&facts.unit)).then_some(facts.kept_since).flatten();
        let sent = known(moving.handed_over_on).or(known(arrived));
        let taken = known(moving.taken_over_on).or(known(arrived));
        let own = |clock, done| (clock, moving.from.clone(), done);
        let clocks = match (moving.reach, &moving.to) {
            (Reach::Within, _) => vec![own(Clock::MoveWithin, sent.or(taken))],
            (Reach::Out, _) => vec![own(Clock::MoveOut, sent)],
            (Reach::Between, None) => vec![own(Clock::MoveSend, sent.or(taken))],
            (Reach::Between, Some(to)) => {
                vec![own(Clock::MoveSend, sent.or(taken)), (Clock::MoveReceive, to.clone(), taken)]
            }
        };
        let owed = clocks.into_iter().filter_map(|(clock, unit, done)| {
            let (due, state) = self.judge(clock, &Facts::signed(signed), done)?;
            let sent_late = clock == Clock::MoveReceive
                && sent.is_some_and(|sent| {
                    let until = done.unwrap_or(self.as_of);
                    Forwarding::judge(&due, sent, until, self.calendar, self.profile)
                        .is_ok_and(Forwarding::is_sent_late)
                });
            let id = name(clock, &unit, Some(facts.dossier), moving.change.as_bytes());
            let owed = facts.owed(id, Matter::Transfer(moving.change), &moving.number, due, state);
            Some(Obligation { unit, sent_late, ..owed })
        });
        owed.collect()
    }

    fn judge(&self, clock: Clock, facts: &Facts, done: Option<Date>) -> Option<(Due, State)> {
        let due = due(clock, facts, self.calendar, self.profile).ok()??;
        let state = due.state(done, self.as_of, self.calendar).ok()?;
        Some((due, state))
    }
}

impl DossierFacts {
    fn owed(&self, id: Hash, matter: Matter, document: &str, due: Due, state: State) -> Obligation {
        Obligation {
            id,
            unit: self.unit.clone(),
            dossier: Some(self.dossier),
            matter,
            document: document.to_owned(),
            due,
            state,
            reason: self.reasons.get(&id).cloned(),
            sent_late: false,
        }
    }
}

/// The dates of a decision; `None` where a day of them is not known.
fn decided(
    signed_on: crate::PartialDate,
    effective_on: Option<crate::PartialDate>,
) -> Option<Facts> {
    let signed = signed_on.civil()?;
    let effective_on = match effective_on {
        Some(day) => Some(day.civil()?),
        None => Some(signed),
    };
    Some(Facts { effective_on, ..Facts::signed(signed) })
}

fn name(clock: Clock, unit: &UnitId, dossier: Option<DossierId>, key: &[u8]) -> Hash {
    // A dossier that moves keeps the names of what is owed for it.
    let about =
        dossier.map_or_else(|| unit.as_str().as_bytes().to_vec(), |it| it.as_bytes().to_vec());
    Hash::tagged("hoso/obligation/1", &[clock.code().as_bytes(), &about, key])
}

#[cfg(test)]
mod tests;
