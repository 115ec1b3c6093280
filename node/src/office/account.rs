//! Acts on accounts: what the register signs beside the member list (Điều 6.2).

use dossier::{
    Timestamp,
    account::{ACTIVATION_LIFE_MS, AccountAct, Activation, Assigning, Login, Place},
};
use protocol::{Core, account::SignedAccountEntry, core::Refused};

use super::Office;
use crate::account::Code;

/// An act that was signed, and what is handed to the person it concerns.
#[derive(Debug)]
pub struct Acted {
    /// The entry to append.
    pub entry: SignedAccountEntry,
    /// The one-time code and when it ends.
    pub code: Option<(Code, Timestamp)>,
}

impl Office {
    /// Judges an act and signs it; `secret` becomes its one-time code, where it gives one.
    ///
    /// # Errors
    /// A refusal for people, which names the rule.
    pub fn act(
        &self,
        core: &Core,
        mut act: AccountAct,
        secret: [u8; 16],
        now: Timestamp,
    ) -> Result<Acted, Refused> {
        let until = Timestamp::from_millis(now.as_millis() + ACTIVATION_LIFE_MS);
        let code = activation_of(&mut act).map(|(login, activation)| {
            let code = Code::new(secret);
            *activation = Activation { code: code.digest(login), until };
            (code, until)
        });
        let list = core.accounts();
        let place = Place { number: list.number() + 1, at: now };
        let optional = core.identity().optional_holders;
        list.book().judge(place, &act, &core.tree().tree, optional).map_err(|fault| Refused {
            code: "account-rule".to_owned(),
            detail: fault.code().to_owned(),
        })?;
        let entry = SignedAccountEntry::issue(list.next(act, now), &self.register);
        Ok(Acted { entry, code })
    }
}

/// The place of the one-time code in an act that gives one.
fn activation_of(act: &mut AccountAct) -> Option<(&Login, &mut Activation)> {
    match act {
        AccountAct::Assign(Assigning { person, activation, .. }) => {
            Some((&person.login, activation))
        }
        AccountAct::Reissue { login, activation, .. } => Some((login, activation)),
        _ => None,
    }
}
