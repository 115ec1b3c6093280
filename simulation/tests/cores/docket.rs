//! What is done with a dossier: reviews, the phiếu, campaigns, one decision for many; the same at
//! every node it comes to.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Hash, LegalBasis, PartialDate, Review, Role, RowId, Timestamp, Value,
    account::Paper,
    attachment::Link,
    campaign::{Campaign, CampaignAct},
    docket::{Event as Recorded, FormVersion, ReviewState, Sheet},
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use protocol::{
    Answer, Command, Event, Records as _, Table,
    core::{
        DocketOrder, DocketQuestion, Draft, Editing, Entry, FieldShown, FormsShown, ListRow,
        ReviewShown,
    },
    envelope::Meta,
    holding::TAIL_MAX,
    notice::{Saying, SignedNotice},
};

use simulation::cores::{A, B, C, Fate, PROVINCE, SO, World, grounds, meta, set};

fn person(name: &str, role: Role, basis: LegalBasis) -> Meta {
    Meta { person: name.to_owned(), role, basis, review: Review::NotRequired }
}

fn head(name: &str) -> Meta {
    person(name, Role::Approver, LegalBasis::Office)
}

fn say(world: &mut World, place: usize, saying: Saying) -> Hash {
    let node = &world.nodes[place];
    let notice = node.core.notice(Timestamp::from_millis(world.now), saying);
    let notice = SignedNotice::issue(notice, &node.key);
    let id = notice.id();
    assert_eq!(world.ask(place, Command::Notices(vec![notice])), Answer::Done);
    id
}

fn day(text: &str) -> PartialDate {
    text.parse().expect("a day")
}

/// `so` lets `so.a` enter for it.
fn delegate(world: &mut World) {
    let giving = Giving {
        kind: GrantKind::Delegation,
        document: Paper { number: "12/QĐ".to_owned(), signed_on: day("1970-01-01") },
        issuer: "Sở".to_owned(),
        by: Officer { full_name: "Hà Văn Tú".to_owned(), login: None },
        grantee: Grantee::Unit("so.a".parse().expect("unit")),
        scope: Scope { units: BTreeSet::from(["so".parse().expect("unit")]), ..Scope::default() },
        period: Period { from: day("1970-01-01"), to: day("1970-03-01") },
        purpose: "nhập liệu".to_owned(),
    };
    say(world, SO, Saying::Grant(Box::new(GrantAct::Give(giving))));
}

fn reviews(world: &mut World, place: usize, of: Option<DossierId>) -> Vec<ReviewShown> {
    let question = of.map_or(DocketQuestion::Waiting { after: None }, DocketQuestion::Reviews);
    match world.order(place, Command::AskDocket(question)) {
        Answer::Reviews(reviews) | Answer::Waiting { list: reviews, next: None } => reviews,
        other => panic!("{other:?}"),
    }
}

fn forms(world: &mut World, place: usize, dossier: DossierId) -> FormsShown {
    match world.order(place, Command::AskDocket(DocketQuestion::Forms(dossier))) {
        Answer::Forms(forms) => *forms,
        other => panic!("{other:?}"),
    }
}

fn fields(world: &mut World, place: usize, dossier: DossierId) -> Vec<FieldShown> {
    match world.order(place, Command::Show(dossier)) {
        Answer::Shown(shown) => shown.fields,
        other => panic!("{other:?}"),
    }
}

/// What becomes of an order in the docket: `done`, or the code of the refusal.
fn act(
    world: &mut World,
    place: usize,
    dossier: DossierId,
    order: DocketOrder,
    meta: Meta,
) -> String {
    world.now += 1_000;
    match world.order(place, Command::Docket { dossier, order: Box::new(order), meta }) {
        Answer::Refused(refused) => refused.code,
        _ => "done".to_owned(),
    }
}

fn judge(change: Hash, items: &[Link], approve: bool, reason: &str) -> DocketOrder {
    DocketOrder::Judge { change, items: items.to_vec(), approve, reason: reason.to_owned() }
}

/// R-15.1c: what is entered under delegation waits for the delegating body; it is returned with a
/// reason or approved, not by who entered it, and both verdicts stay.
#[test]
fn what_is_delegated_counts_once_the_delegating_body_approved_it() {
    let mut world = World::new(61);
    world.connect_all();
    delegate(&mut world);
    let entry = Entry {
        key: None,
        unit: "so".parse().expect("unit"),
        edits: vec![set("full_name", "Hà Thị Mai")],
        meta: meta("so.a"),
    };
    let answer = world.order(A, Command::Enter(vec![entry]));
    let Answer::Entered(made) = answer else { panic!("{answer:?}") };
    let (id, _) = made[0].clone().expect("delegated");
    world.settle();
    let state = |world: &mut World, place| fields(world, place, id)[0].review.clone();
    assert_eq!(state(&mut world, SO), ReviewState::Awaiting);
    let [waiting] = reviews(&mut world, SO, None).try_into().expect("one waits");
    let (change, opens) = (waiting.provenance.change, waiting.opens);
    assert!(opens && waiting.items.len() == 1);

    let own = act(&mut world, A, id, judge(change, &[], true, ""), head("Trần Thị B"));
    assert_eq!(own, "four_eyes", "the unit that entered does not review");
    let same = act(&mut world, SO, id, judge(change, &[], true, ""), head("cán bộ so.a"));
    assert_eq!(same, "four_eyes", "nor does the person");
    let silent = act(&mut world, SO, id, judge(change, &[], false, " "), head("Trần Thị B"));
    assert_eq!(silent, "reason-needed");
    let back = judge(change, &[], false, "thiếu bản chụp");
    assert_eq!(act(&mut world, SO, id, back, head("Trần Thị B")), "done");
    world.settle();
    let returned = ReviewState::Returned { reason: "thiếu bản chụp".to_owned() };
    assert_eq!(state(&mut world, A), returned, "the unit sees what came back and why");
    assert!(!returned.counts());

    // what is entered into a dossier without an approved phiếu does not count either.
    let meta = person("cán bộ so.a", Role::Clerk, grounds(true));
    let edit = Command::Edit { dossier: id, edits: vec![set("phone", "0911")], meta };
    let Answer::Edited { change: later, .. } = world.order(A, edit) else { panic!("delegated") };
    world.settle();
    assert_eq!(act(&mut world, SO, id, judge(later, &[], true, ""), head("Trần Thị B")), "done");
    let phone = |world: &mut World| fields(world, SO, id)[1].review.clone();
    assert_eq!(phone(&mut world), ReviewState::WithoutForm);

    let approve = judge(change, &[], true, "");
    assert_eq!(act(&mut world, SO, id, approve, head("Lò Văn C")), "done");
    assert_eq!(phone(&mut world), ReviewState::Approved);
    world.settle();
    for place in [A, SO, PROVINCE] {
        assert_eq!(state(&mut world, place), ReviewState::Approved);
        let all = reviews(&mut world, place, Some(id)).remove(0);
        let told: Vec<_> = all.verdicts.iter().map(|it| (it.approved, it.replaced)).collect();
        assert_eq!(told, [(false, true), (true, false)], "both stay");
    }
    assert!(reviews(&mut world, SO, None).is_empty());
    world.assert_converged();
}

/// What else the phiếu asks of a civil servant.
const REQUIRED: [&str; 14] = [
    "full_name",
    "sex",
    "birth_date",
    "birth_place_province",
    "home_province",
    "ethnic_group",
    "religion",
    "recruited_on",
    "recruited_by",
    "recruitment_decision_date",
    "general_education",
    "highest_professional",
    "main_job",
    "declarant_signed_on",
];

fn sheet() -> Sheet {
    let mut sheet = Sheet::default();
    for (field, text) in
        [("phone", "0911"), ("current_address", "Đà Bắc"), ("main_post", "Văn thư")]
    {
        sheet.write(set(field, text));
    }
    for field in REQUIRED {
        sheet.write(set(field, "x"));
    }
    let cells = [("full_name".to_owned(), Value::Text("Bùi Văn A".to_owned()))].into();
    let row = RowId::from_bytes([7; 16]);
    sheet.write(dossier::Edit::PutRow { table: "family".to_owned(), row, cells });
    sheet
}

fn version(campaign: Option<Hash>) -> FormVersion {
    FormVersion {
        number: 0,
        staff_type: "cong_chuc".to_owned(),
        campaign,
        guided_on: None,
        sheet: sheet(),
    }
}

fn field(id: &str) -> Link {
    Link::Field(id.parse().expect("a field"))
}

/// R-9.1b.2: a phiếu is drafted, submitted, reviewed item by item by another person, and feeds
/// the dossier; every value leads back to its version, and each version stays.
#[test]
fn a_form_feeds_what_another_person_accepted_of_it() {
    let mut world = World::new(62);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Công Đức");
    let clerk = || person("Hà Văn Tú", Role::Clerk, grounds(true));
    let draft = Draft { person: "Hà Văn Tú".to_owned(), version: version(None) };
    let keep = DocketOrder::Draft(Some(Box::new(draft)));
    assert_eq!(act(&mut world, A, id, keep, clerk()), "done");
    world.kill(A);
    let drafted = forms(&mut world, A, id).draft.expect("is kept over a crash");
    world.connect_all();
    world.settle();
    assert!(forms(&mut world, SO, id).draft.is_none(), "a draft leaves no machine");

    let submit = DocketOrder::Submit(Box::new(drafted.version));
    assert_eq!(act(&mut world, A, id, submit.clone(), head("X")), "declaration_required");
    assert_eq!(act(&mut world, A, id, submit, clerk()), "done");
    let shown = forms(&mut world, A, id);
    assert!(shown.draft.is_none() && shown.opened.is_some(), "version 1 is the opening");
    let [form] = shown.versions.as_slice() else { panic!("one version") };
    let (row, change) = (form.row, form.change);
    assert_eq!((form.version.number, form.items.len()), (2, 4 + REQUIRED.len()));
    let feed = |decided| DocketOrder::Feed { version: row, decided };
    assert_eq!(act(&mut world, A, id, feed(None), clerk()), "form-nothing-accepted");

    let own = judge(change, &[], true, "");
    assert_eq!(act(&mut world, A, id, own, head("Hà Văn Tú")), "four_eyes");
    let family = Link::Row { table: "family".to_owned(), row: RowId::from_bytes([7; 16]) };
    let accepted = [field("phone"), field("main_post"), family];
    let accept = judge(change, &accepted, true, "");
    assert_eq!(act(&mut world, A, id, accept, head("Trần Thị B")), "done");
    let back = judge(change, &[field("current_address")], false, "thiếu số nhà");
    assert_eq!(act(&mut world, A, id, back, head("Trần Thị B")), "done");
    let other = judge(change, &[field("health")], true, "");
    assert_eq!(act(&mut world, A, id, other, head("Trần Thị B")), "unknown-item");

    assert_eq!(act(&mut world, A, id, feed(None), clerk()), "decision_required");
    assert_eq!(fields(&mut world, A, id).len(), 1, "and nothing was fed by halves");
    assert_eq!(act(&mut world, A, id, feed(Some(grounds(false))), clerk()), "done");
    world.settle();
    for place in [A, SO, PROVINCE] {
        let told: Vec<(String, Option<u32>, bool)> = fields(&mut world, place, id)
            .into_iter()
            .map(|it| (it.path.field.to_string(), it.form, it.review.counts()))
            .collect();
        let expected = [
            ("family.full_name", Some(2)),
            ("full_name", Some(1)),
            ("main_post", Some(2)),
            ("phone", Some(2)),
        ];
        assert_eq!(told, expected.map(|(name, form)| (name.to_owned(), form, true)));
        assert_eq!(forms(&mut world, place, id).versions[0].fed.len(), 2, "one for each side");
    }
    assert_eq!(act(&mut world, A, id, feed(None), clerk()), "form-nothing-accepted");
    world.assert_converged();
}

/// R-8.3b: one decision for many dossiers is one transaction: a refusal or a crash leaves none.
#[test]
fn one_decision_for_many_is_all_or_none() {
    let mut world = World::new(63);
    world.connect_all();
    let ids: Vec<DossierId> =
        ["Hà Thị Một", "Hà Thị Hai", "Hà Thị Ba"].map(|name| world.create(A, "so.a", name)).into();
    let clerk = person("Hà Văn Tú", Role::Clerk, grounds(false));
    let raise = |field: &str| -> Vec<Editing> {
        let edits = |id: &DossierId| {
            let field = if *id == ids[2] { field } else { "main_post" };
            vec![set(field, "Văn thư")]
        };
        let one = |id: &DossierId| Editing { dossier: *id, edits: edits(id), meta: clerk.clone() };
        ids.iter().map(one).collect()
    };
    let posts = |world: &mut World, place| -> usize {
        ids.iter().filter(|id| world.text(place, **id, "main_post").is_some()).count()
    };
    // The last of three is the person's to declare.
    let Answer::Refused(refused) = world.order(A, Command::Many(raise("phone"))) else { panic!() };
    assert_eq!(refused.code, "declaration_required");
    assert!(refused.detail.contains(&ids[2].to_string()), "{refused:?}");
    assert_eq!(posts(&mut world, A), 0);
    let mut stranger = raise("main_post");
    stranger.push(Editing { dossier: DossierId::from_bytes([9; 16]), ..stranger[0].clone() });
    let Answer::Refused(refused) = world.order(A, Command::Many(stranger)) else { panic!() };
    assert_eq!((refused.code.as_str(), posts(&mut world, A)), ("unknown-dossier", 0));

    let command =
        || Event::Command { request: 900, command: Box::new(Command::Many(raise("main_post"))) };
    world.turn(A, [command()], Fate::DiesWithin(0));
    assert_eq!(posts(&mut world, A), 0, "the power was cut before it");
    world.turn(A, [command()], Fate::DiesWithin(1));
    assert_eq!(posts(&mut world, A), 3, "one transaction holds all of it");
    world.cut(A);
    world.connect_all();
    world.settle();
    assert_eq!(posts(&mut world, PROVINCE), 3);
    let question = Command::AskDocket(DocketQuestion::ByDecision("45/qđ-ubnd".to_owned()));
    let Answer::ByDecision(decided) = world.order(PROVINCE, question) else { panic!() };
    assert_eq!(decided.iter().map(|it| it.dossier).collect::<BTreeSet<_>>().len(), 3);
    assert!(decided.iter().all(|it| it.values.len() == 1));
    world.assert_converged();
}

/// R-9.2b.1: a campaign reaches the units it asks, who has filed is told by the phiếu, and the body
/// reminds and closes.
#[test]
fn a_campaign_knows_who_has_filed() {
    let mut world = World::new(64);
    world.connect_all();
    let [one, two] = ["Hà Thị Một", "Hà Thị Hai"].map(|name| world.create(A, "so.a", name));
    let campaign = Campaign {
        title: "Bổ sung lý lịch năm 2026".to_owned(),
        year: Some(2026),
        units: BTreeSet::from(["so".parse().expect("unit")]),
        dossiers: BTreeSet::new(),
        due_on: day("2026-12-01"),
        by: "Hà Văn Tú".to_owned(),
    };
    let id = say(&mut world, SO, Saying::Campaign(Box::new(CampaignAct::Open(campaign))));
    world.settle();
    let knows =
        |world: &World, place: usize| world.nodes[place].core.board().campaigns().get(&id).cloned();
    assert!([A, B, SO, PROVINCE].iter().all(|place| knows(&world, *place).is_some()));
    assert!(knows(&world, C).is_none(), "another body's unit has no part in it");

    let clerk = person("Hà Văn Tú", Role::Clerk, grounds(true));
    let submit = DocketOrder::Submit(Box::new(version(Some(id))));
    assert_eq!(act(&mut world, A, one, submit, clerk), "done");
    world.settle();
    let filed = |world: &mut World, dossier| {
        let question = DocketQuestion::Filed { campaign: id, after: None };
        let Answer::Filed { list, next: None } = world.order(SO, Command::AskDocket(question))
        else {
            panic!()
        };
        list.into_iter().find(|it| it.dossier == dossier).expect("is listed").filed
    };
    for _ in 0..2 {
        let told = filed(&mut world, one).expect("it has filed");
        assert!(told.form == 2 && !told.reviewed && told.person == "Hà Văn Tú");
        assert_eq!(filed(&mut world, two), None);
    }
    // What is remembered of it is dropped when the dossier is another.
    let change = reviews(&mut world, SO, Some(one)).pop().expect("waits").provenance.change;
    assert_eq!(act(&mut world, A, one, judge(change, &[], true, ""), head("Lò Thị Mơ")), "done");
    world.settle();
    assert!(filed(&mut world, one).is_some_and(|it| it.reviewed));
    // A node that starts again finds what was done, and reads nothing that is not asked for.
    let store = world.nodes[SO].store.clone();
    world.restart(SO, store);
    assert!(filed(&mut world, one).is_some_and(|it| it.reviewed));
    world.connect_all();
    world.settle();

    let (text, by) = ("còn năm ngày".to_owned(), "Hà Văn Tú".to_owned());
    let remind = CampaignAct::Remind { campaign: id, text, by: by.clone() };
    say(&mut world, SO, Saying::Campaign(Box::new(remind)));
    say(&mut world, SO, Saying::Campaign(Box::new(CampaignAct::Close { campaign: id, by })));
    world.settle();
    let store = world.nodes[A].store.clone();
    world.restart(A, store);
    let kept = knows(&world, A).expect("is known after a restart");
    assert!(kept.reminders.len() == 1 && kept.closed.is_some());
    // Another body cannot close it.
    let by = "Hà Văn Tú".to_owned();
    let close = Saying::Campaign(Box::new(CampaignAct::Close { campaign: id, by }));
    let node = &world.nodes[A];
    let notice = node.core.notice(Timestamp::from_millis(world.now), close);
    let notice = SignedNotice::issue(notice, &node.key);
    let Answer::Refused(refused) = world.ask(A, Command::Notices(vec![notice])) else { panic!() };
    assert_eq!((refused.code.as_str(), refused.detail.as_str()), ("campaign-rule", "foreign"));
}

/// What is known of a name's review stands when a phiếu comes, so that a list after a campaign opens no
/// dossier.
#[test]
fn a_form_that_arrives_leaves_the_list_as_it_was() {
    let mut world = World::new(66);
    world.connect_all();
    let one = world.create(A, "so.a", "Hà Thị Một");
    for number in 0..2 * TAIL_MAX {
        let edits = vec![set("main_post", &format!("chức vụ {number}"))];
        let command = Command::Edit { dossier: one, edits, meta: meta("so.a") };
        assert!(matches!(world.order(A, command), Answer::Edited { .. }));
    }
    world.settle();
    let store = world.nodes[SO].store.clone();
    world.restart(SO, store);
    world.connect_all();
    world.settle();
    let clerk = person("Hà Văn Tú", Role::Clerk, grounds(true));
    let submit = DocketOrder::Submit(Box::new(version(None)));
    assert_eq!(act(&mut world, A, one, submit, clerk), "done");
    world.settle();
    let row = world.nodes[SO].store.get(Table::Listing, one.as_bytes()).expect("answers");
    let row = ListRow::decode(&row.expect("is listed")).expect("a row");
    assert_eq!(row.unreviewed, Some(false));
    assert_eq!(reviews(&mut world, SO, None).len(), 1, "and it waits");
}

#[test]
fn a_life_is_told_in_the_order_in_which_it_was_recorded() {
    let mut world = World::new(47);
    world.connect_all();
    let id = world.create(A, "so.a", "Bùi Văn A");
    // All within one second, each in a row that stands before the one of the last.
    let reasons = ["một", "hai", "ba", "bốn"];
    for (row, reason) in (1..=4).rev().zip(reasons) {
        let (obligation, reason) = (Hash::from_bytes([9; 32]), reason.to_owned());
        let cells = Recorded::Explained { obligation, reason }.cells();
        let (table, row) = ("statuses".to_owned(), RowId::from_bytes([row; 16]));
        let edits = vec![dossier::Edit::PutRow { table, row, cells }];
        let meta = person("cán bộ so.a", Role::Clerk, LegalBasis::Office);
        let said = world.order(A, Command::Edit { dossier: id, edits, meta });
        assert!(matches!(said, Answer::Edited { .. }), "{said:?}");
    }
    let Answer::Life(life) = world.order(A, Command::Life(id)) else { panic!("no life") };
    let told = life.events.iter().map(|it| match &it.event {
        Recorded::Explained { reason, .. } => reason.as_str(),
        other => panic!("{other:?}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), reasons);
}
