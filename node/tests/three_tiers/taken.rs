//! A dossier is taken over from a school that is gone, by two officers of Sở Nội vụ, each of whom is asked
//! once more who she is.

use config::Profile;
use dossier::{
    DossierId, LegalBasis, Role, Timestamp,
    account::{Login, Right},
};
use node::{
    account::{Secret, Seed, Token},
    audit::Claim,
    control::{Request, Response},
};
use protocol::{
    Answer, Command,
    core::{CustodyAnswer, TakeOverStep, TransferOrder},
    custody::TransferId,
};

use crate::custody::{OTHER_SCHOOL, arrived, by_decision, full_name, head};
use crate::persons::{Office, acknowledge, ask};
use crate::stage::{DEPARTMENT, SCHOOL, Stage, unit, until};

/// An officer at her desk.
struct Officer {
    token: Token,
    seed: Option<Seed>,
}

impl Officer {
    async fn seated(office: &Office<'_>, login: &str) -> Self {
        let (token, seed) = office.seat_with_second("p", "tier3", login, Role::Administrator).await;
        acknowledge(office.stage, "p", token).await;
        Self { token, seed }
    }

    /// Takes a step; `late` is by how much later the digits are that she reads off, in milliseconds.
    async fn step(
        &self,
        stage: &Stage,
        dossier: DossierId,
        step: TakeOverStep,
        late: Option<i64>,
    ) -> Result<Option<TransferId>, String> {
        let now = stage.environment().clock.now().as_millis();
        let digits = late.map(|late| {
            let seed = self.seed.as_ref().expect("tier 3 has a second factor");
            Secret::new(seed.shown(Timestamp::from_millis(now + late)))
        });
        let claim = Claim { second: digits, ..Claim::default() };
        let basis = match step {
            TakeOverStep::Begin { .. } => by_decision(),
            _ => LegalBasis::Office,
        };
        let order = Box::new(TransferOrder::TakeOver(step));
        let order = Command::Transfer { dossier, order, meta: head(basis) };
        match ask(stage, "p", Some(self.token), &claim, Request::Core(order)).await {
            Response::Core(Answer::Custody(CustodyAnswer::Begun(_))) => Ok(None),
            Response::Core(Answer::Custody(CustodyAnswer::Ordered { tid, .. })) => Ok(Some(tid)),
            Response::Core(Answer::Refused(refused)) | Response::Refused(refused) => {
                Err(refused.code)
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_over_asks_each_officer_for_her_second_factor() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    for (name, id) in [("so", DEPARTMENT), ("truong", SCHOOL), ("truong-2", OTHER_SCHOOL)] {
        stage.join(&top, name, id).await;
    }
    let education = stage.start_below("so", Profile::Department, &top).await;
    let school = stage.start_below("truong", Profile::Unit, &education).await;
    let id = stage.enter("truong", SCHOOL, "Hà Thị Mai").await;
    until("the dossier at tier 3", async || full_name(&stage, "p", id).await.is_some()).await;
    stage.stop("truong", school).await;
    let other = stage.start_below("truong-2", Profile::Unit, &education).await;

    let mut office = Office::delegated(&stage).await;
    office.issue("tier3", &[Right::Read, Right::Administer]).await;
    let first = Officer::seated(&office, "hoa.lt").await;
    office.administrator = Some(first.token);
    let second = Officer::seated(&office, "tu.hv").await;

    // The login that an order names counts for nothing: it is the session's.
    let named: Login = "khong-ai".parse().expect("a login");
    let begin = || TakeOverStep::Begin { to: unit(OTHER_SCHOOL), login: named.clone() };
    let confirm = || TakeOverStep::Confirm { login: named.clone() };
    let silent = first.step(&stage, id, begin(), None).await;
    assert_eq!(silent, Err("second-needed".to_owned()));
    assert_eq!(first.step(&stage, id, begin(), Some(30_000)).await, Ok(None));
    assert_eq!(second.step(&stage, id, confirm(), None).await, Err("second-needed".to_owned()));
    let tid = second.step(&stage, id, confirm(), Some(30_000)).await.expect("ordered");
    arrived(&stage, "truong-2", tid.expect("a transfer")).await;
    assert_eq!(full_name(&stage, "truong-2", id).await.as_deref(), Some("Hà Thị Mai"));
    for (name, node) in [("truong-2", other), ("so", education), ("p", top)] {
        stage.stop(name, node).await;
    }
}
