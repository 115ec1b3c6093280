//! Canaries in what people do beside entering and attaching: statements about their work, campaigns,
//! phiếu, searches, papers, what is taken off a list, and what tier 3 publishes.

use std::collections::{BTreeMap, BTreeSet};

use dossier::account::Paper;
use dossier::calendar::SpecialDay;
use dossier::campaign::{Campaign, CampaignAct};
use dossier::change_kind::NewKind;
use dossier::conduct::{ConductAct, Period, Regulation, Severity, Ticket, TicketKind};
use dossier::disruption::{Disruption, DisruptionAct};
use dossier::docket::{FormVersion, Sheet};
use dossier::grant::Officer;
use dossier::lookup::{Criterion, Query, Test};
use dossier::{Coded, DossierId, PartialDate, RowId, Timestamp, Value};
use node::audit::{Caller, Claim};
use node::calendar::CalendarOrder;
use node::control::{
    CampaignOrder, ConductOrder, CopyKind, CopyOrder, DisruptionOrder, KindOrder, ReportOrder,
    Request, Response,
};
use node::node::Node;
use node::search::{SearchOrder, Wanted};
use protocol::core::{DocketOrder, Draft};
use protocol::{Answer, Command};
use tokio::runtime::Runtime;

use super::{Canaries, MARK, meta, order_as, row, set};

fn day(text: &str) -> PartialDate {
    text.parse().expect("a day")
}

fn nobody() -> Officer {
    Officer { full_name: "-".to_owned(), login: None }
}

/// Somebody who says who she is and why, both in canaries.
fn caller(canaries: &mut Canaries) -> Caller {
    let claim = Claim { person: canaries.next(), purpose: canaries.next(), ..Claim::default() };
    Caller { claim, account: Some(0), page: false }
}

fn done(node: &mut Node, runtime: &Runtime, canaries: &mut Canaries, request: Request) -> Response {
    let answer = order_as(node, runtime, caller(canaries), request);
    let refused = matches!(answer, Response::Refused(_) | Response::Core(Answer::Refused(_)));
    assert!(!refused, "{answer:?}");
    answer
}

/// What tier 3 publishes.
pub(crate) fn publish(office: &mut Node, runtime: &Runtime, canaries: &mut Canaries) {
    let from = Timestamp::from_millis(1_767_500_000_000);
    let disruption = Disruption { from, to: None, risk: true, what: canaries.next() };
    let by = String::new();
    let kind = NewKind {
        code: "luan_chuyen".to_owned(),
        name: canaries.next(),
        document: canaries.next(),
        by: by.clone(),
    };
    let decided = CalendarOrder::Decide {
        year: 2027,
        document: canaries.next(),
        days: Vec::<SpecialDay>::new(),
    };
    for request in [
        Request::Disruption(DisruptionOrder::Act(Box::new(DisruptionAct::Record {
            disruption,
            by,
        }))),
        Request::Kind(KindOrder::Add(Box::new(kind))),
        Request::Calendar(decided),
    ] {
        done(office, runtime, canaries, request);
    }
}

/// What a unit says of its work.
fn statements(canaries: &mut Canaries) -> [Request; 4] {
    let ticket = Ticket {
        kind: TicketKind::Problem(Severity::Minor),
        to: "tier3".parse().expect("a unit"),
        text: canaries.next(),
        by: nobody(),
    };
    let regulation = Regulation {
        document: Paper { number: canaries.next(), signed_on: day("2026-01-02") },
        in_force: day("2026-01-03"),
        file: None,
        covers: BTreeMap::from([(6, canaries.next())]),
        by: nobody(),
    };
    let report = ReportOrder {
        period: Period { year: 2026, half: 1 },
        remarks: canaries.next(),
        despite: canaries.next(),
    };
    let campaign = Campaign {
        title: canaries.next(),
        year: Some(2026),
        units: BTreeSet::from(["d150".parse().expect("a unit")]),
        dossiers: BTreeSet::new(),
        due_on: day("2026-03-31"),
        by: String::new(),
    };
    let act = |act| Request::Conduct(ConductOrder::Act(Box::new(act)));
    [
        act(ConductAct::Raise(ticket)),
        act(ConductAct::Publish(regulation)),
        Request::Conduct(ConductOrder::Report(report)),
        Request::Campaign(CampaignOrder::Act(Box::new(CampaignAct::Open(campaign)))),
    ]
}

/// Works with dossiers at a node; `file` is an attachment of the first.
pub(crate) fn work(
    node: &mut Node,
    runtime: &Runtime,
    canaries: &mut Canaries,
    (dossier, file): (DossierId, RowId),
) {
    for request in statements(canaries) {
        done(node, runtime, canaries, request);
    }
    let field = |name: &str| name.parse().expect("a field");
    let religion = Coded { code: "01".to_owned(), label: canaries.next(), version: 1 };
    let edits = vec![
        set("religion", Value::Coded(religion)),
        set("citizen_id", canaries.text()),
        set("current_address", canaries.text()),
        row("discipline", 900, "body", canaries.text()),
        row("work", 901, "title", canaries.text()),
    ];
    let edited = Command::Edit { dossier, edits, meta: meta(canaries, false) };
    done(node, runtime, canaries, Request::Core(edited));

    let sheet = Sheet {
        fields: BTreeMap::from([(field("full_name"), canaries.text())]),
        ..Sheet::default()
    };
    let version = FormVersion {
        number: 0,
        staff_type: "cong_chuc".to_owned(),
        campaign: None,
        guided_on: None,
        sheet,
    };
    let draft = Draft { person: canaries.next(), version };
    let keep = Box::new(DocketOrder::Draft(Some(Box::new(draft))));
    let keep = Command::Docket { dossier, order: keep, meta: meta(canaries, false) };
    done(node, runtime, canaries, Request::Core(keep));

    let word = dossier::fold(&format!("{MARK}0001"));
    let criteria = vec![Criterion { field: field("full_name"), test: Test::Has(word.clone()) }];
    let query = Query { words: vec![word], criteria };
    let search = SearchOrder { query, unit: None, after: None, wanted: Wanted::Hits(10) };
    done(node, runtime, canaries, Request::Search(search));
    for kind in [CopyKind::Print, CopyKind::Export] {
        done(node, runtime, canaries, Request::Copy(CopyOrder { dossier, kind }));
    }
    let reason = canaries.next();
    let detach = Command::Detach { dossier, row: file, reason, meta: meta(canaries, false) };
    done(node, runtime, canaries, Request::Core(detach));
}

// what was read while nobody asked is looked up at once after a start.
#[cfg(not(feature = "planted"))]
#[test]
fn after_a_start_dossiers_are_read_before_anybody_searches() {
    let _alone = super::LOGGED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = super::runtime();
    let _within = runtime.enter();
    let data = super::found(folder.path(), &runtime);
    let settings = super::settings(&data, config::Profile::Department, config::IndexKind::Redb);
    let options = node::node::Options::of(&settings, node::link::LinkLimits::default());
    let open = || Node::open(&super::environment(), &settings, &options).expect("opens");
    let mut node = open();
    let made = super::live(&mut node.engine, &mut Canaries::default(), 25);
    node.engine.close().expect("closed");
    let looked = |warm: bool| {
        let mut node = open();
        while warm && node.engine.warm() {}
        let query = Query { words: vec![dossier::fold(MARK)], criteria: Vec::new() };
        let search = SearchOrder { query, unit: None, after: None, wanted: Wanted::Hits(100) };
        let found = order_as(&mut node, &runtime, Caller::default(), Request::Search(search));
        let Response::Found(page) = found else { panic!("{found:?}") };
        node.engine.close().expect("closed");
        (page.hits.len(), page.next.is_some())
    };
    assert_eq!(looked(true), (made.len(), false));
    // Whoever is not waited for gets them page by page, and others have their turn between.
    assert_eq!(looked(false), (20, true));
}
