//! Who can sign in to the pages of the demonstration: a clerk and an approver of the commune, issued,
//! assigned and activated as in a province.

use anyhow::{Context, bail};
use dossier::account::{AccountAct, Activation, Assigning, Decision, Paper, Person, Right, Rights};
use dossier::validity::Validity;
use dossier::{Hash, PartialDate, Role, Timestamp};

use super::province::{COMMUNE, Province, TOP, unit};
use crate::account::{AccountAnswer, AccountOrder, Secret};
use crate::control::{Request, Response};

/// The password of both: everything the demonstration holds is made up, and its pages answer this
/// machine alone.
pub(super) const PASSWORD: &str = "nương ngô đầu bản xa";

/// Login, name, capacity.
pub(super) const PERSONS: [(&str, &str, Role); 2] =
    [("tu.hv", "Hà Văn Tú", Role::Clerk), ("mai.bt", "Bùi Thị Mai", Role::Approver)];

impl Province {
    /// Gives the commune its account and both persons their first password.
    pub(super) fn seat_persons(&self) -> anyhow::Result<()> {
        let day = || -> anyhow::Result<PartialDate> { Ok("2026-01-05".parse()?) };
        let document = Paper { number: "01/UQ-UBND".to_owned(), signed_on: day()? };
        let scope = "toàn tỉnh".to_owned();
        self.act(AccountAct::DelegateAdministration { document, scope })?;
        let acts = [Right::Read, Right::Enter, Right::Approve, Right::Print].into();
        let rights = Rights { acts, ..Rights::default() };
        self.act(AccountAct::Issue { unit: unit(COMMUNE), rights, agreement: None })?;
        for (login, name, role) in PERSONS {
            let assigning = Assigning {
                unit: unit(COMMUNE),
                person: Person { login: login.parse()?, full_name: name.to_owned(), role },
                decision: Decision {
                    number: "07/QĐ-UBND".to_owned(),
                    signed_on: day()?,
                    issuer: "UBND huyện Đà Bắc".to_owned(),
                },
                validity: Validity::ALWAYS,
                // The node draws the code and says until when it holds.
                activation: Activation { code: Hash::ZERO, until: Timestamp::from_millis(0) },
            };
            let code = self.act(AccountAct::Assign(assigning))?.context("no code was given")?;
            self.until(&format!("tài khoản {login} về đến xã"), || {
                let AccountAnswer::List(list) = self.ask_accounts(COMMUNE, AccountOrder::List)?
                else {
                    bail!("another answer")
                };
                let mut known = list.accounts.iter().flat_map(|account| &account.persons);
                Ok(known.any(|person| person.login.as_str() == login).then_some(()))
            })?;
            let password = Secret::new(PASSWORD.to_owned());
            let order = AccountOrder::Activate { login: login.to_owned(), code, password };
            self.ask_accounts(COMMUNE, order)?;
        }
        Ok(())
    }

    fn act(&self, act: AccountAct) -> anyhow::Result<Option<Secret>> {
        match self.ask_accounts(TOP, AccountOrder::Act(Box::new(act)))? {
            AccountAnswer::Acted { code, .. } => Ok(code),
            _ => bail!("another answer"),
        }
    }

    fn ask_accounts(&self, id: &str, order: AccountOrder) -> anyhow::Result<AccountAnswer> {
        match self.call(&unit(id), &Request::Account(order))? {
            Response::Account(answer) => Ok(answer),
            Response::Refused(refused) => {
                bail!("máy {id} từ chối: {} ({})", refused.code, refused.detail)
            }
            other => bail!("máy {id} trả lời lạ: {other:?}"),
        }
    }
}
