//! How persons and bodies keep the regulation: what they answer for, the rules a body makes for
//! itself, problems and proposals (Điều 12.3, 15.3, 15.4, 16.3, 16.4, 17).
//!
//! Each is a signed statement that stands by itself and never changes, so it can be made while a unit
//! is cut off. A person acknowledges [`DUTIES`] once a year; a body of tier 2 publishes its own rules
//! and closes the check list of Điều 6 to 13 over them; anybody reports a problem to a body above the
//! unit, or proposes something to Sở Nội vụ, and the answer comes back the same way.
//!
//! **Invariants:** what the statements come to does not depend on their order; one that is refused
//! leaves what is known as it was; a check list with an article left open is never closed.

mod act;
mod fault;
mod law;
mod report;
mod upkeep;

use std::collections::BTreeMap;

use crate::account::Login;
use crate::unit::UnitTree;
use crate::{
    Hash, Timestamp, UnitId,
    grant::{Officer, Origin},
};

pub use act::{ARTICLES, ConductAct, Regulation, Severity, Ticket, TicketKind};
pub use fault::ConductFault;
pub use law::lawful;
pub use report::{InvalidPeriod, Period, Report};
pub use upkeep::{Check, CheckKind};

/// What every person who works with dossiers answers for, year by year (Điều 5, 6.3, 8.1, 12.3, 16).
pub const DUTIES: [&str; 7] = [
    "Giữ bí mật nội dung hồ sơ theo chế độ tài liệu mật (Điều 5).",
    "Chỉ mở, tìm, in, kết xuất hồ sơ đúng mục đích và trong phạm vi được giao (Điều 5.1, 5.3).",
    "Không cho người khác dùng tài khoản, không để lộ mật khẩu, mã hai lớp (Điều 5.2, 6.3).",
    "Chỉ cho người ngoài xem hồ sơ khi có văn bản đồng ý của cơ quan quản lý (Điều 8.1).",
    "Cập nhật đúng căn cứ, đúng hạn; chịu trách nhiệm về dữ liệu mình nhập (Điều 9, 16.2).",
    "Thực hiện đúng quy trình, biện pháp bảo mật khi khai thác, cập nhật (Điều 12.3, 16.3).",
    "Báo cáo ngay khi mất mật khẩu, khi có sự cố hoặc vướng mắc (Điều 16.4, 16.6).",
];

/// The digest by which a statement names the text of [`DUTIES`].
pub fn duties() -> Hash {
    let parts: Vec<&[u8]> = DUTIES.iter().map(|duty| duty.as_bytes()).collect();
    Hash::tagged("hoso/duties/1", &parts)
}

/// The rules of a body as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRegulation {
    /// Where they come from.
    pub origin: Origin,
    /// The rules.
    pub regulation: Regulation,
    /// When the check list over them was closed.
    pub settled: Option<Timestamp>,
}

/// A problem or proposal with what followed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTicket {
    /// Where it comes from.
    pub origin: Origin,
    /// What was reported.
    pub ticket: Ticket,
    /// The acts that followed, by the digests of their records.
    pub after: BTreeMap<Hash, (Origin, ConductAct)>,
}

impl KeptTicket {
    /// How it stands, as a stable code: `open`, `passed`, `answered`, `closed`.
    pub fn standing(&self) -> &'static str {
        let has = |wanted: fn(&ConductAct) -> bool| self.after.values().any(|(_, it)| wanted(it));
        if has(|act| matches!(act, ConductAct::Close { .. })) {
            "closed"
        } else if has(|act| matches!(act, ConductAct::Answer { .. })) {
            "answered"
        } else if has(|act| matches!(act, ConductAct::Pass { .. })) {
            "passed"
        } else {
            "open"
        }
    }

    /// Whether it waits for a body: laid before it, not passed on by it, not answered or closed.
    pub fn waits_for(&self, body: &UnitId) -> bool {
        let passed = self
            .after
            .values()
            .any(|(origin, act)| origin.unit == *body && matches!(act, ConductAct::Pass { .. }));
        let open = matches!(self.standing(), "open" | "passed");
        open && !passed && self.bodies().any(|it| it == body)
    }

    /// The bodies it was laid before: the first, and those it was passed to.
    pub fn bodies(&self) -> impl Iterator<Item = &UnitId> {
        let passed = self.after.values().filter_map(|(_, act)| match act {
            ConductAct::Pass { to, .. } => Some(to),
            _ => None,
        });
        std::iter::once(&self.ticket.to).chain(passed)
    }
}

/// A report with the word of the head of the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReport {
    /// Where it comes from.
    pub origin: Origin,
    /// The report.
    pub report: Report,
    /// Who accepted it for the unit, and when first.
    pub accepted: Option<(Timestamp, String)>,
}

/// Every statement a node knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conduct {
    acknowledged: BTreeMap<(Login, i16), BTreeMap<Hash, Origin>>,
    regulations: BTreeMap<Hash, KeptRegulation>,
    tickets: BTreeMap<Hash, KeptTicket>,
    checks: BTreeMap<(UnitId, CheckKind), (Origin, Check)>,
    reports: BTreeMap<Hash, KeptReport>,
    /// How many statements each unit made that follow on none.
    said: BTreeMap<UnitId, usize>,
}

impl Conduct {
    /// The most statements of one unit that follow on none; further ones are refused.
    pub const PER_UNIT_MAX: usize = 16_384;
    /// The most answers to one ticket.
    pub const AFTER_MAX: usize = 64;
    /// The most closings of one ticket: the first counts, and whoever answers without end keeps
    /// nobody from closing.
    pub const CLOSINGS_MAX: usize = 8;

    /// Whether a person of `unit` answered for her duties in a year: as the node of her unit says, or
    /// that of a body above it, where she sits (Điều 12.3).
    pub fn acknowledged(&self, login: &Login, unit: &UnitId, year: i16, tree: &UnitTree) -> bool {
        let said = self.acknowledged.get(&(login.clone(), year));
        said.is_some_and(|said| said.values().any(|it| tree.is_within(unit, &it.unit)))
    }

    /// The newest year for which a person answered; `None` when she never did.
    pub fn last_acknowledged(&self, login: &Login) -> Option<i16> {
        let years = (login.clone(), i16::MIN)..=(login.clone(), i16::MAX);
        self.acknowledged.range(years).next_back().map(|((_, year), _)| *year)
    }

    /// Every set of rules with its id.
    pub fn regulations(&self) -> impl Iterator<Item = (&Hash, &KeptRegulation)> {
        self.regulations.iter()
    }

    /// Every problem and proposal with its id.
    pub fn tickets(&self) -> impl Iterator<Item = (&Hash, &KeptTicket)> {
        self.tickets.iter()
    }

    /// A problem or proposal by its id.
    pub fn ticket(&self, id: &Hash) -> Option<&KeptTicket> {
        self.tickets.get(id)
    }

    /// The newest check of a kind at a unit.
    pub fn last_check(&self, unit: &UnitId, kind: CheckKind) -> Option<&(Origin, Check)> {
        self.checks.get(&(unit.clone(), kind))
    }

    /// The newest checks of every unit.
    pub fn checks(&self) -> impl Iterator<Item = (&UnitId, &(Origin, Check))> {
        self.checks.iter().map(|((unit, _), check)| (unit, check))
    }

    /// Every report with its id.
    pub fn reports(&self) -> impl Iterator<Item = (&Hash, &KeptReport)> {
        self.reports.iter()
    }

    /// Whether a unit reported on a period.
    pub fn reported(&self, unit: &UnitId, period: Period) -> bool {
        let mut all = self.reports.values();
        all.any(|kept| kept.origin.unit == *unit && kept.report.period == period)
    }

    /// Takes a record on what the records before it say.
    ///
    /// # Errors
    /// The rule it breaks; nothing is then changed.
    pub fn apply(&mut self, origin: Origin, act: &ConductAct) -> Result<(), ConductFault> {
        if !act.is_well_formed() {
            return Err(ConductFault::Malformed);
        }
        match act {
            ConductAct::Settle { regulation, .. } => self.settle(&origin, regulation),
            ConductAct::Answer { ticket, .. }
            | ConductAct::Pass { ticket, .. }
            | ConductAct::Close { ticket, .. } => self.follow(*ticket, origin, act),
            ConductAct::Accept { report, by } => self.accept(&origin, report, by),
            first => {
                let said = self.said.entry(origin.unit.clone()).or_default();
                if *said >= Self::PER_UNIT_MAX {
                    return Err(ConductFault::TooMany);
                }
                *said += 1;
                self.begin(origin, first);
                Ok(())
            }
        }
    }

    fn begin(&mut self, origin: Origin, act: &ConductAct) {
        let id = origin.id;
        match act {
            ConductAct::Acknowledge { login, year, .. } => {
                let said = self.acknowledged.entry((login.clone(), *year)).or_default();
                said.insert(id, origin);
            }
            ConductAct::Publish(regulation) => {
                let regulation = regulation.clone();
                self.regulations.insert(id, KeptRegulation { origin, regulation, settled: None });
            }
            ConductAct::Raise(ticket) => {
                let (ticket, after) = (ticket.clone(), BTreeMap::new());
                self.tickets.insert(id, KeptTicket { origin, ticket, after });
            }
            ConductAct::Check(check) => {
                let place = (origin.unit.clone(), check.kind);
                let newest = (origin.at, id);
                let known = self.checks.get(&place);
                if known.is_none_or(|(origin, _)| (origin.at, origin.id) < newest) {
                    self.checks.insert(place, (origin, check.clone()));
                }
            }
            ConductAct::Report(report) => {
                let report = report.clone();
                self.reports.insert(id, KeptReport { origin, report, accepted: None });
            }
            _ => {}
        }
    }

    /// Điều 15.3: a check list is closed when each of Điều 6 to 13 is dealt with.
    fn settle(&mut self, origin: &Origin, regulation: &Hash) -> Result<(), ConductFault> {
        let known = self.regulations.get_mut(regulation).ok_or(ConductFault::Unknown)?;
        if known.origin.unit != origin.unit {
            return Err(ConductFault::ForeignBody);
        }
        if known.regulation.open_articles().next().is_some() {
            return Err(ConductFault::ArticlesOpen);
        }
        known.settled = known.settled.into_iter().chain([origin.at]).min();
        Ok(())
    }

    /// Điều 13, 16.5: the head answers for a report, who is not the person that made it.
    fn accept(&mut self, origin: &Origin, report: &Hash, by: &Officer) -> Result<(), ConductFault> {
        let known = self.reports.get_mut(report).ok_or(ConductFault::Unknown)?;
        if known.origin.unit != origin.unit {
            return Err(ConductFault::ForeignBody);
        }
        if known.report.by.signature() == by.signature() {
            return Err(ConductFault::SamePerson);
        }
        let word = (origin.at, by.signature());
        known.accepted = known.accepted.take().into_iter().chain([word]).min();
        Ok(())
    }

    fn follow(
        &mut self,
        ticket: Hash,
        origin: Origin,
        act: &ConductAct,
    ) -> Result<(), ConductFault> {
        let known = self.tickets.get_mut(&ticket).ok_or(ConductFault::Unknown)?;
        let closes = |act: &ConductAct| matches!(act, ConductAct::Close { .. });
        let most = if closes(act) { Self::CLOSINGS_MAX } else { Self::AFTER_MAX };
        let alike = known.after.values().filter(|(_, it)| closes(it) == closes(act));
        if alike.count() >= most {
            return Err(ConductFault::TooMany);
        }
        known.after.insert(origin.id, (origin, act.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
