//! Regular checks and reports: made and counted by the node, known above, and units before their body.

use config::Profile;
use dossier::conduct::{Check, CheckKind, ConductAct, Period, Report};
use dossier::grant::Officer;
use node::{
    audit::Claim,
    control::{
        AuditAnswer, AuditOrder, CheckDue, ConductAnswer, ConductOrder, ReportOrder, Request,
        Response, Trial,
    },
};
use protocol::{Answer, Command, audit::Act};

use crate::persons::ask;
use crate::stage::{DEPARTMENT, SCHOOL, Stage, unit, until};

/// What a node answers to a person; a refusal by its code and detail.
async fn conduct(
    stage: &Stage,
    name: &str,
    person: &str,
    order: ConductOrder,
) -> Result<ConductAnswer, (String, String)> {
    let claim = Claim { person: person.to_owned(), ..Claim::default() };
    match ask(stage, name, None, &claim, Request::Conduct(order)).await {
        Response::Conduct(answer) => Ok(answer),
        Response::Refused(refused) => Err((refused.code, refused.detail)),
        other => panic!("{other:?}"),
    }
}

async fn due(stage: &Stage, name: &str) -> Vec<CheckDue> {
    match conduct(stage, name, "", ConductOrder::Waiting).await {
        Ok(ConductAnswer::Waiting { checks, .. }) => checks,
        other => panic!("{other:?}"),
    }
}

// results are recorded and known above, the last day is shown, a failed check raises an alarm.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checks_are_recorded_fall_due_and_raise_an_alarm_when_they_fail() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "truong", SCHOOL).await;
    let school = stage.start_below("truong", Profile::Unit, &top).await;
    assert!(due(&stage, "truong").await.iter().all(|it| it.due && it.last.is_none()));
    let run = |kind| ConductOrder::Check(kind);
    let nobody = conduct(&stage, "truong", "", run(CheckKind::Integrity)).await;
    assert_eq!(nobody.expect_err("unsigned").0, "person-needed");
    for kind in [CheckKind::Integrity, CheckKind::Access] {
        let checked = conduct(&stage, "truong", "Hà Văn Tú", run(kind)).await.expect("checked");
        let ConductAnswer::Checked { check, doubts } = checked else { panic!("{checked:?}") };
        assert!(check.passed && doubts.is_empty(), "{check:?}");
        assert_eq!(check.looked > 0, kind == CheckKind::Integrity, "frames; nobody has an account");
    }
    let trial = Trial { passed: false, dossiers: 0, note: "không mở được".to_owned() };
    let tried = conduct(&stage, "truong", "Hà Văn Tú", ConductOrder::Tried(trial)).await;
    assert!(matches!(&tried, Ok(ConductAnswer::Checked { check, .. }) if !check.passed));
    let standing: Vec<_> =
        due(&stage, "truong").await.into_iter().map(|it| (it.kind, it.failed, it.due)).collect();
    let expected = CheckKind::ALL.map(|kind| (kind, kind == CheckKind::Restore, false));
    assert_eq!(standing, expected);

    let show = AuditOrder::Show { dossier: None, person: String::new(), since: None, after: None };
    let claim = Claim::default();
    let log = ask(&stage, "truong", None, &claim, Request::Audit(show)).await;
    let Response::Audit(AuditAnswer::Page { entries, .. }) = log else { panic!("{log:?}") };
    let alarm = Act::Incident("check-failed".to_owned());
    assert_eq!(entries.iter().filter(|entry| entry.record.act == alarm).count(), 1);
    until("the check that failed is known at tier 3", async || {
        let answer = conduct(&stage, "p", "", ConductOrder::Checks).await;
        let Ok(ConductAnswer::Checks(checks)) = answer else { panic!("{answer:?}") };
        checks.iter().any(|it| it.unit == unit(SCHOOL) && !it.check.passed)
    })
    .await;

    // What nobody made is not typed in.
    let by = Officer { full_name: "-".to_owned(), login: None };
    let (kind, note) = (CheckKind::Integrity, "đạt".to_owned());
    let typed = ConductAct::Check(Check { kind, passed: true, looked: 9, note, by });
    let typed = conduct(&stage, "truong", "Hà Văn Tú", ConductOrder::Act(Box::new(typed))).await;
    assert_eq!(typed.expect_err("typed").0, "request");
    stage.days_later(31);
    let late: Vec<_> =
        due(&stage, "truong").await.into_iter().filter(|it| it.due).map(|it| it.kind).collect();
    assert_eq!(late, [CheckKind::Integrity]);
    for (name, node) in [("truong", school), ("p", top)] {
        stage.stop(name, node).await;
    }
}

/// The period in which the clock of the stage stands.
fn period(stage: &Stage) -> Period {
    let today = dossier::grant::day_in_vietnam(stage.environment().clock.now());
    let near = [today.year(), today.year() + 1].into_iter();
    let mut all = near.flat_map(|year| [1, 2].map(|half| Period { year, half }));
    let holds =
        |period: &Period| period.days().is_some_and(|(from, to)| (from..=to).contains(&today));
    all.find(holds).expect("every day is in a period")
}

async fn report(
    stage: &Stage,
    name: &str,
    period: Period,
    despite: &str,
) -> Result<(dossier::Hash, Report), (String, String)> {
    let (remarks, despite) = (String::new(), despite.to_owned());
    let order = ConductOrder::Report(ReportOrder { period, remarks, despite });
    match conduct(stage, name, "Hà Văn Tú", order).await? {
        ConductAnswer::Reported { id, report } => Ok((id, report)),
        other => panic!("{other:?}"),
    }
}

// a body reports after its units, or says why not; figures are counted from the records.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_reports_after_its_units_and_the_node_counts() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let so = stage.start_below("so", Profile::Department, &top).await;
    let school = stage.start_below("truong", Profile::Unit, &so).await;
    let this = period(&stage);
    until("the department knows the node of the school", async || {
        let refused = report(&stage, "so", this, "").await;
        matches!(&refused, Err((code, detail)) if code == "report-missing" && detail == SCHOOL)
    })
    .await;
    let later = Period { year: this.year + 1, ..this };
    assert_eq!(report(&stage, "truong", later, "").await.expect_err("early").0, "report-period");

    let dossier = stage.enter("truong", SCHOOL, "Hà Thị Mai").await;
    for _ in 0..3 {
        assert!(matches!(stage.ask("truong", Command::Show(dossier)).await, Answer::Shown(_)));
    }
    let (first, of_school) = report(&stage, "truong", this, "").await.expect("signed");
    let figure = |code: &str| of_school.figures.get(code).copied();
    assert_eq!(
        (figure("dossiers"), figure("opened"), figure("created")),
        (Some(1), Some(3), Some(1))
    );
    assert_eq!(figure("printed"), Some(0), "what did not happen is told too");
    let accept = |person| {
        let by = Officer { full_name: "-".to_owned(), login: None };
        let act = ConductAct::Accept { report: first, by };
        conduct(&stage, "truong", person, ConductOrder::Act(Box::new(act)))
    };
    let own = accept("Hà Văn Tú").await.expect_err("her own");
    assert_eq!(own, ("conduct-rule".to_owned(), "same_person".to_owned()));
    accept("Bùi Thị Lan").await.expect("accepted");

    let mut of_body = None;
    until("the report of the school is known at the department", async || {
        of_body = report(&stage, "so", this, "").await.ok();
        of_body.is_some()
    })
    .await;
    let (_, of_body) = of_body.expect("signed");
    assert!(of_body.missing.is_empty() && of_body.despite.is_empty());
    let before = Period { year: this.year - 1, ..this };
    let (_, despite) = report(&stage, "so", before, "trường mất mạng").await.expect("explained");
    assert_eq!(despite.missing.into_iter().collect::<Vec<_>>(), [unit(SCHOOL)]);

    let answer = conduct(&stage, "so", "", ConductOrder::Reports).await;
    let Ok(ConductAnswer::Reports(reports)) = answer else { panic!("{answer:?}") };
    let at = |id: &str| {
        let mut of_period = reports.iter().filter(|it| it.report.period == this);
        of_period.find(|it| it.unit == unit(id)).expect("known").at
    };
    assert!(at(SCHOOL) <= at(DEPARTMENT), "the unit's report precedes the body's");
    for (name, node) in [("truong", school), ("so", so), ("p", top)] {
        stage.stop(name, node).await;
    }
}
