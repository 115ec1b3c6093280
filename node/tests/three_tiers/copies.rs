//! Copies leave with a number and a purpose; many within an hour are refused, restarts included.

use config::Profile;
use node::{
    audit::Claim,
    control::{Client, Copied, CopyKind, CopyOrder, Request, Response},
    grant::{COPIES_PER_HOUR, COVERED, GrantAnswer, GrantOrder},
};

use dossier::{
    DossierId, Role, Value,
    account::Right,
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use jiff::ToSpan as _;

use crate::persons::{Office, acknowledge, ask, paper};
use crate::stage::{SCHOOL, Stage, unit, until};

/// A copy, or the code of the refusal.
async fn copy(
    stage: &Stage,
    dossier: DossierId,
    kind: CopyKind,
    purpose: &str,
) -> Result<Copied, String> {
    let claim =
        Claim {
            person: "Bùi Văn Hoà".to_owned(), purpose: purpose.to_owned(), ..Claim::default()
        };
    let data_dir = stage.at("truong");
    let asked = move || {
        let mut client = Client::connect(&data_dir).expect("the node listens");
        assert_eq!(client.call(&Request::Claim(claim)).expect("claimed"), Response::Claimed);
        client.call(&Request::Copy(CopyOrder { dossier, kind })).expect("answers")
    };
    match tokio::task::spawn_blocking(asked).await.expect("joins") {
        Response::Copied(copied) => Ok(*copied),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

// a copy has a number and a purpose, and many need an approval.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_are_numbered_and_not_taken_by_the_dozen() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "truong", SCHOOL).await;
    let bottom = stage.start_below("truong", Profile::Unit, &top).await;
    let mut dossiers = Vec::new();
    for number in 0..=COPIES_PER_HOUR {
        dossiers.push(stage.enter("truong", SCHOOL, &format!("Người {number}")).await);
    }
    let unknown = DossierId::from_bytes([7; 16]);
    assert_eq!(
        copy(&stage, unknown, CopyKind::Print, "x").await.expect_err("none"),
        "unknown-dossier"
    );
    let silent = copy(&stage, dossiers[0], CopyKind::Print, "").await;
    assert_eq!(silent.expect_err("no purpose"), "purpose-needed");
    let mut numbers = Vec::new();
    for dossier in &dossiers[..COPIES_PER_HOUR] {
        let copied = copy(&stage, *dossier, CopyKind::Print, "bổ nhiệm").await.expect("a copy");
        let taken = &copied.taken;
        assert_eq!((taken.person.as_str(), taken.purpose.as_str()), ("Bùi Văn Hoà", "bổ nhiệm"));
        let open = copied.shown.fields.iter().all(|field| match &field.value {
            Value::Text(text) => text != COVERED,
            _ => true,
        });
        assert!(open, "nothing of it is sensitive");
        numbers.push(copied.taken.number.parse::<u64>().expect("a number of the first log"));
    }
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    let last = dossiers[COPIES_PER_HOUR];
    let refused = copy(&stage, last, CopyKind::Export, "bổ nhiệm").await;
    assert_eq!(refused.expect_err("too many"), "bulk-export");
    copy(&stage, dossiers[0], CopyKind::Export, "bổ nhiệm").await.expect("the same again");

    stage.stop("truong", bottom).await;
    let bottom = stage.start_below("truong", Profile::Unit, &top).await;
    let refused = copy(&stage, last, CopyKind::Print, "bổ nhiệm").await;
    assert_eq!(refused.expect_err("the log remembers"), "bulk-export");
    an_approval_lets_them_leave(&stage, last).await;
    for (name, node) in [("truong", bottom), ("p", top)] {
        stage.stop(name, node).await;
    }
}

/// Sở Nội vụ lets the school take many copies: by two officers, each in her own session.
async fn an_approval_lets_them_leave(stage: &Stage, last: DossierId) {
    let mut office = Office::delegated(stage).await;
    office.issue("tier3", &[Right::Read, Right::Administer]).await;
    let first = office.seat("p", "tier3", "hoa.lt", Role::Administrator).await;
    acknowledge(stage, "p", first).await;
    office.administrator = Some(first);
    let second = office.seat("p", "tier3", "tu.hv", Role::Administrator).await;
    acknowledge(stage, "p", second).await;
    let today = dossier::grant::day_in_vietnam(stage.environment().clock.now());
    let day = |days: i32| (today + days.days()).to_string().parse().expect("a day");
    let by = || Officer { full_name: "-".to_owned(), login: None };
    let giving = Giving {
        kind: GrantKind::BulkCopies,
        document: paper("9/GP-SNV"),
        issuer: "Sở Nội vụ".to_owned(),
        by: by(),
        grantee: Grantee::Unit(unit(SCHOOL)),
        scope: Scope { units: [unit(SCHOOL)].into(), ..Scope::default() },
        period: Period { from: day(-1), to: day(9) },
        purpose: "bàn giao".to_owned(),
    };
    let act = async |token, act| {
        let order = Request::Grant(GrantOrder::Act(Box::new(act)));
        match ask(stage, "p", Some(token), &Claim::default(), order).await {
            Response::Grant(GrantAnswer::Acted { id, standing }) => Ok((id, standing)),
            Response::Refused(refused) => Err(refused.detail),
            other => panic!("{other:?}"),
        }
    };
    let (grant, standing) = act(first, GrantAct::Give(giving)).await.expect("given");
    assert_eq!(standing, "waiting");
    let twice = act(first, GrantAct::Confirm { grant, by: by() }).await;
    assert_eq!(twice.expect_err("herself"), "same_officer");
    let (_, standing) = act(second, GrantAct::Confirm { grant, by: by() }).await.expect("signed");
    assert_eq!(standing, "active");
    let mut document = String::new();
    until("the approval is known at the school", async || {
        let copied = copy(stage, last, CopyKind::Print, "bàn giao").await;
        copied.map(|copied| document = copied.taken.document).is_ok()
    })
    .await;
    assert_eq!(document, "9/GP-SNV", "the copy names what it rests on");
}
