//! The engine's part in the regular checks of Điều 8.5 and the reports of Điều 16.5: what is counted is
//! counted here, from the node's own records, and nobody types it.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    Timestamp, UnitId,
    account::Standing,
    conduct::{Check, CheckKind, ConductAct, Period, Report},
    grant::Officer,
};
use jiff::tz::{Offset, TimeZone};
use protocol::{
    audit::{Act, Entry, Outcome, Record},
    core::Refused,
    notice::Saying,
};

use super::super::{Engine, EngineError, account::view};
use crate::{
    account::Doubt,
    audit::UNMASKED,
    control::{CheckDue, CheckShown, ConductAnswer, ReportOrder, ReportShown, Trial},
    store::StoreError,
};

/// The kind under which a check that failed stands in the log.
const FAILED: &str = "check-failed";

impl Engine {
    /// Makes a check, signs what it came to, and raises an alarm where it failed.
    pub(super) fn check(
        &mut self,
        kind: CheckKind,
    ) -> Result<Result<ConductAnswer, Refused>, EngineError> {
        if let Err(refusal) = self.may_check()? {
            return Ok(Err(refusal));
        }
        let (check, doubts) = match kind {
            CheckKind::Integrity => (self.check_integrity()?, Vec::new()),
            CheckKind::Access => self.check_access()?,
            CheckKind::Restore => {
                return Ok(Err(no("request", "a backup is tried by whoever holds it")));
            }
        };
        self.note_check(check, doubts)
    }

    /// Takes what the trial of a backup came to.
    pub(super) fn note_trial(
        &mut self,
        trial: Trial,
    ) -> Result<Result<ConductAnswer, Refused>, EngineError> {
        if let Err(refusal) = self.may_check()? {
            return Ok(Err(refusal));
        }
        let Trial { passed, dossiers: looked, note } = trial;
        let check = Check { kind: CheckKind::Restore, passed, looked, note, by: nobody() };
        self.note_check(check, Vec::new())
    }

    /// Whether the person may answer for checks: asked before one is made, since it takes long.
    fn may_check(&mut self) -> Result<Result<(), Refused>, EngineError> {
        let claimed = self.claimed().to_owned();
        let note = "-".to_owned();
        let (kind, by) = (CheckKind::Access, nobody());
        let mut act = ConductAct::Check(Check { kind, passed: true, looked: 0, note, by });
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        Ok(self.porter.speak(seen, self.bearer.as_ref(), &claimed, &mut act)?)
    }

    fn check_integrity(&self) -> Result<Check, EngineError> {
        let (passed, looked, note) = match self.store.verify() {
            Ok(stats) => (true, stats.frames, "mọi bản ghi đúng như đã ghi".to_owned()),
            Err(StoreError::Damage(_)) => (false, 0, "có bản ghi không còn đúng".to_owned()),
            Err(error) => return Err(error.into()),
        };
        Ok(Check { kind: CheckKind::Integrity, passed, looked, note, by: nobody() })
    }

    fn check_access(&self) -> Result<(Check, Vec<Doubt>), EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let review = self.porter.review_access(seen)?;
        let passed = review.doubts.is_empty();
        let note = match review.doubts.len() {
            0 => "không có gì phải xem lại".to_owned(),
            count => format!("{count} việc phải xem lại"),
        };
        let (kind, looked, by) = (CheckKind::Access, review.looked, nobody());
        Ok((Check { kind, passed, looked, note, by }, review.doubts))
    }

    fn note_check(
        &mut self,
        check: Check,
        doubts: Vec<Doubt>,
    ) -> Result<Result<ConductAnswer, Refused>, EngineError> {
        if !check.passed {
            tracing::warn!(kind = ?check.kind, "a regular check failed");
            self.record(Record::of(Act::Incident(FAILED.to_owned())))?;
        }
        let said = self.speak_for_unit(ConductAct::Check(check.clone()))?;
        Ok(said.map(|_| ConductAnswer::Checked { check, doubts }))
    }

    /// Signs a statement as that of the person of the session.
    fn speak_for_unit(
        &mut self,
        mut act: ConductAct,
    ) -> Result<Result<dossier::Hash, Refused>, EngineError> {
        let claimed = self.claimed().to_owned();
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        if let Err(refusal) = self.porter.speak(seen, self.bearer.as_ref(), &claimed, &mut act)? {
            return Ok(Err(refusal));
        }
        self.say(Saying::Conduct(Box::new(act)))
    }

    /// What was checked at the units this node knows, the newest of each kind.
    pub(super) fn checks_shown(&self) -> Vec<CheckShown> {
        let checks = self.core.board().conduct().checks();
        let shown = checks.map(|(unit, (origin, check))| CheckShown {
            unit: unit.clone(),
            at: origin.at,
            check: check.clone(),
        });
        shown.collect()
    }

    /// How the checks of the node's own unit stand; days and verdicts tell nothing of anybody.
    pub(super) fn checks_due(&self) -> Vec<CheckDue> {
        let (conduct, own) = (self.core.board().conduct(), &self.core.identity().unit);
        let now = self.environment.clock.now();
        let due = |kind: CheckKind| {
            let last = conduct.last_check(own, kind);
            let at = last.map(|(origin, _)| origin.at);
            let failed = last.is_some_and(|(_, check)| !check.passed);
            CheckDue { kind, last: at, failed, due: kind.is_due(at, now) }
        };
        CheckKind::ALL.map(due).into()
    }

    /// Counts, signs and sends the report of this unit (Điều 16.5).
    pub(super) fn report(
        &mut self,
        order: ReportOrder,
    ) -> Result<Result<ConductAnswer, Refused>, EngineError> {
        let ReportOrder { period, remarks, despite } = order;
        let Some(days) = period.days() else { return Ok(Err(no("report-period", period))) };
        let from = midnight(days.0);
        if self.environment.clock.now() < from {
            return Ok(Err(no("report-period", "it has not begun")));
        }
        let missing = self.not_reported(period);
        if !missing.is_empty() && despite.trim().is_empty() {
            let named: Vec<&str> = missing.iter().map(UnitId::as_str).collect();
            return Ok(Err(no("report-missing", named.join(", "))));
        }
        let despite = if missing.is_empty() { String::new() } else { despite };
        let figures = BTreeMap::new();
        let mut report = Report { period, figures, remarks, missing, despite, by: nobody() };
        // Whoever may not report is told so before anything is counted.
        let mut act = ConductAct::Report(report.clone());
        let claimed = self.claimed().to_owned();
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        if let Err(refusal) = self.porter.speak(seen, self.bearer.as_ref(), &claimed, &mut act)? {
            return Ok(Err(refusal));
        }
        report.figures = self.figures(from, midnight(days.1.saturating_add(one_day())))?;
        let said = self.speak_for_unit(ConductAct::Report(report.clone()))?;
        Ok(said.map(|id| ConductAnswer::Reported { id, report }))
    }

    /// Units below with a node of their own that have not reported on a period: their reports come
    /// before the body's (Điều 16.5).
    fn not_reported(&self, period: Period) -> BTreeSet<UnitId> {
        let (tree, own) = (&self.core.tree().tree, &self.core.identity().unit);
        let (members, conduct) = (self.core.members(), self.core.board().conduct());
        let below = tree.subtree(own).filter(|unit| unit.id != *own);
        let silent = below.filter(|unit| {
            members.active_for(&unit.id).is_some() && !conduct.reported(&unit.id, period)
        });
        silent.map(|unit| unit.id.clone()).collect()
    }

    /// The figures of a period: what is held and who has a way in as of this moment, what was done as
    /// the log tells.
    fn figures(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<BTreeMap<String, u64>, EngineError> {
        let mut figures: BTreeMap<String, u64> =
            CODES.iter().map(|code| ((*code).to_owned(), 0)).collect();
        let mut add = |code: &str, more: u64| {
            if let Some(figure) = figures.get_mut(code) {
                *figure = figure.saturating_add(more);
            }
        };
        let own = &self.core.identity().unit;
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let within = |unit: &UnitId| seen.tree.is_within(unit, own);
        add("dossiers", self.core.held_within(own, None).count() as u64);
        let live = seen.accounts.units().filter(|(unit, it)| within(unit) && it.revoked.is_none());
        add("accounts", live.count() as u64);
        let persons = seen.accounts.persons().filter(|(login, it)| {
            let standing = seen.accounts.standing(login, seen.today());
            within(&it.unit) && matches!(standing, Standing::Active(_))
        });
        add("persons", persons.count() as u64);
        let alerts = self.core.board().alerts();
        let alerts = alerts.filter(|(_, it)| within(&it.unit) && it.at >= from && it.at < until);
        add("alerts", alerts.count() as u64);
        let tickets = seen.conduct.tickets().filter(|(_, it)| {
            within(&it.origin.unit) && matches!(it.standing(), "open" | "passed" | "answered")
        });
        add("tickets_open", tickets.count() as u64);
        self.each_since(from, &mut |entry| {
            if entry.at < until {
                count(&entry, &mut add);
            }
            true
        })?;
        Ok(figures)
    }

    /// Every report this node knows, the newest first.
    pub(super) fn reports_shown(&self) -> Vec<ReportShown> {
        let reports = self.core.board().conduct().reports();
        let shown = reports.map(|(id, kept)| ReportShown {
            id: *id,
            unit: kept.origin.unit.clone(),
            at: kept.origin.at,
            report: kept.report.clone(),
            accepted: kept.accepted.clone(),
        });
        let mut shown: Vec<ReportShown> = shown.collect();
        shown.sort_by_key(|it| std::cmp::Reverse((it.at, it.id)));
        shown
    }
}

/// Every figure of a report, by its stable code.
const CODES: [&str; 20] = [
    "dossiers",
    "accounts",
    "persons",
    "sign_ins",
    "sign_ins_refused",
    "opened",
    "unmasked",
    "searched",
    "printed",
    "exported",
    "created",
    "edited",
    "approved",
    "accounts_changed",
    "grants_changed",
    "refused",
    "incidents",
    "alerts",
    "locked",
    "tickets_open",
];

/// Counts an entry of the log under its figure.
fn count(entry: &Entry, add: &mut dyn FnMut(&str, u64)) {
    let record = &entry.record;
    if let Outcome::Refused(_) = record.outcome {
        let signs_in = matches!(record.act, Act::LogIn);
        return add(if signs_in { "sign_ins_refused" } else { "refused" }, 1);
    }
    if record.sections.iter().any(|section| section == UNMASKED) {
        add("unmasked", 1);
    }
    match &record.act {
        Act::LogIn => add("sign_ins", 1),
        Act::Locked => add("locked", 1),
        Act::Opened | Act::HistoryRead | Act::AttachmentRead(_) => add("opened", 1),
        Act::Listed { .. } | Act::Searched { .. } | Act::Counted { .. } => add("searched", 1),
        Act::Printed { copies } => add("printed", u64::from(*copies)),
        Act::Exported { rows } => add("exported", u64::from(*rows)),
        Act::Created { new, .. } | Act::Imported { new, .. } => add("created", u64::from(*new)),
        Act::Edited { .. } => add("edited", 1),
        Act::Approved { .. } => add("approved", 1),
        Act::AccountChanged { .. } => add("accounts_changed", 1),
        Act::Granted { .. } => add("grants_changed", 1),
        Act::Incident(_) => add("incidents", 1),
        _ => {}
    }
}

fn nobody() -> Officer {
    Officer { full_name: "-".to_owned(), login: None }
}

fn one_day() -> jiff::Span {
    jiff::Span::new().days(1)
}

/// The first moment of a day in Vietnam.
fn midnight(day: jiff::civil::Date) -> Timestamp {
    let east = TimeZone::fixed(Offset::constant(7));
    let at = day.to_zoned(east).map_or(0, |at| at.timestamp().as_millisecond());
    Timestamp::from_millis(at)
}

fn no(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
