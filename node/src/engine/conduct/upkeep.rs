//! The engine's part in the regular checks of Điều 8.5 and the reports of Điều 16.5: what is counted is
//! counted here, from the node's own records, and nobody types it.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    Timestamp, UnitId,
    conduct::{Check, CheckKind, ConductAct, Period, Report},
    grant::Officer,
};
use jiff::tz::{Offset, TimeZone};
use protocol::{
    audit::{Act, Record},
    core::Refused,
    notice::Saying,
};

use super::super::{Engine, EngineError, account::view};
use crate::{
    account::Doubt,
    control::{CheckDue, CheckShown, ConductAnswer, ReportOrder, ReportShown, Trial},
    store::StoreError,
};

/// Bytes of the journal that are read before others have their turn.
const ROUND_BYTES: u64 = 2 * 1024 * 1024;

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
            CheckKind::Integrity => match self.check_integrity()? {
                Ok(check) => (check, Vec::new()),
                Err((looked, of)) => return Ok(Ok(ConductAnswer::Underway { looked, of })),
            },
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

    /// Reads the next part of the journal; how far it came, where that was not the last.
    fn check_integrity(&mut self) -> Result<Result<Check, (u64, u64)>, EngineError> {
        let round = match self.readers.round.take() {
            Some(round) => Ok(round),
            None => self.store.begin_round(),
        };
        let read =
            round.and_then(|mut round| Ok((self.store.go_round(&mut round, ROUND_BYTES)?, round)));
        let (passed, looked, note) = match read {
            Ok((true, round)) => (true, round.frames(), "mọi bản ghi đúng như đã ghi".to_owned()),
            Ok((false, round)) => {
                let (looked, of) = (round.frames(), round.of());
                self.readers.round = Some(round);
                return Ok(Err((looked, of)));
            }
            Err(StoreError::Damage(_)) => (false, 0, "có bản ghi không còn đúng".to_owned()),
            Err(error) => return Err(error.into()),
        };
        Ok(Ok(Check { kind: CheckKind::Integrity, passed, looked, note, by: nobody() }))
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
        let until = midnight(days.1.saturating_add(one_day()));
        report.figures = match self.count_on(period, (from, until))? {
            Ok(figures) => figures,
            Err((looked, of)) => return Ok(Ok(ConductAnswer::Underway { looked, of })),
        };
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
