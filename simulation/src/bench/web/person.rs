//! A person who reads at tier 3: seated, signed in with her second factor, her duties acknowledged.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use dossier::account::{AccountAct, Activation, Assigning, Decision, Paper, Person, Right, Rights};
use dossier::{Hash, Role, Timestamp, UnitId, validity::Validity};
use node::account::{AccountAnswer, AccountOrder, Secret, Seed};
use node::control::{Request, Response};
use node::environment::{Clock as _, SystemClock};

use super::super::loopback::{Province, TOP};
use super::browser::Browser;

const LOGIN: &str = "doc.ht";
const PASSWORD: &str = "năm con trâu đi qua";

/// Her browser.
///
/// # Errors
/// Whatever keeps her out.
pub(super) fn signed_in(
    province: &Province<'_>,
    unit: UnitId,
    pages: SocketAddr,
) -> anyhow::Result<Browser> {
    let paper = Paper { number: "1/UQ".to_owned(), signed_on: "2025-01-05".parse()? };
    let delegate =
        AccountAct::DelegateAdministration { document: paper, scope: "toàn tỉnh".to_owned() };
    act(province, delegate)?;
    let rights = Rights { acts: [Right::Read, Right::Approve].into(), ..Rights::default() };
    act(province, AccountAct::Issue { unit: unit.clone(), rights, agreement: None })?;
    let code = act(province, AccountAct::Assign(assigning(unit)?))?.context("no code")?;
    let password = Secret::new(PASSWORD.to_owned());
    let activate = AccountOrder::Activate { login: LOGIN.to_owned(), code, password };
    let AccountAnswer::Activated { second } = order(province, activate)? else {
        bail!("she was not let in")
    };
    let seed = second.context("tier 3 asks for a second factor")?;
    let seed = Seed::read(seed.as_str()).context("no seed")?;
    let digits = seed.shown(SystemClock.now());

    let mut browser = Browser::at(pages);
    let form = [("login", LOGIN), ("password", PASSWORD), ("second", digits.as_str())];
    province.runtime.block_on(async {
        browser.post("/dang-nhap", &form).await?;
        browser.post("/trach-nhiem", &[]).await
    })?;
    Ok(browser)
}

fn assigning(unit: UnitId) -> anyhow::Result<Assigning> {
    Ok(Assigning {
        unit,
        person: Person {
            login: LOGIN.parse()?,
            full_name: "Hoàng Thị Đọc".to_owned(),
            role: Role::Approver,
        },
        decision: Decision {
            number: "2/QĐ".to_owned(),
            signed_on: "2025-01-05".parse()?,
            issuer: "Sở Nội vụ".to_owned(),
        },
        validity: Validity::ALWAYS,
        // The node draws the code and says until when it holds.
        activation: Activation { code: Hash::ZERO, until: Timestamp::from_millis(0) },
    })
}

fn act(province: &Province<'_>, act: AccountAct) -> anyhow::Result<Option<Secret>> {
    match order(province, AccountOrder::Act(Box::new(act)))? {
        AccountAnswer::Acted { code, .. } => Ok(code),
        other => bail!("{other:?}"),
    }
}

fn order(province: &Province<'_>, order: AccountOrder) -> anyhow::Result<AccountAnswer> {
    match province.call(TOP, &Request::Account(order))? {
        Response::Account(answer) => Ok(answer),
        other => bail!("{other:?}"),
    }
}
