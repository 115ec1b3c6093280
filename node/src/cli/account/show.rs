//! `hoso account list` and `hoso account show`.

use clap::Args;
use dossier::{
    UnitId,
    account::{Right, Rights},
};
use serde_json::{Value as Json, json};

use super::{CliError, ask};
use crate::account::{AccountAnswer, AccountOrder, AccountShown, AccountsShown, PersonShown};
use crate::cli::Outcome;
use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::cli::library::Library;

#[derive(Debug, Args)]
pub(in crate::cli) struct List {}

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// Đơn vị có tài khoản
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: UnitId,
}

impl List {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let list = all(desk)?;
        if desk.out.is_json() {
            let accounts: Vec<Json> = list.accounts.iter().map(as_json).collect();
            desk.out.answer(&json!({ "number": list.number, "delegation": list.delegation,
                "count": accounts.len(), "accounts": accounts }));
            return Ok(Exit::Done);
        }
        let library = Library::of(desk)?;
        match &list.delegation {
            Some(number) => desk.out.say(format_args!("Ủy quyền của UBND tỉnh: {number}.")),
            None => desk.out.say("Chưa có ủy quyền của UBND tỉnh (Điều 7)."),
        }
        desk.out.table(
            ["Đơn vị", "Mã", "Quyền", "Người dùng", "Tình trạng"],
            list.accounts.iter().map(|account| {
                let active = account.persons.iter().filter(|it| it.standing == "active").count();
                [
                    library.unit_name(&account.unit),
                    account.unit.to_string(),
                    rights_vi(&account.rights),
                    active.to_string(),
                    state(account),
                ]
            }),
        );
        Ok(Exit::Done)
    }
}

impl Show {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let list = all(desk)?;
        let account = list.accounts.iter().find(|account| account.unit == self.unit);
        let account = account.ok_or_else(|| {
            let fault = dossier::account::AccountFault::NoAccount;
            CliError::failed("TK-0200", fault.message_vi()).hint("Hãy xem «hoso account list».")
        })?;
        if desk.out.is_json() {
            desk.out.answer(&as_json(account));
            return Ok(Exit::Done);
        }
        desk.out.heading(format_args!("Tài khoản {}: {}", account.unit, state(account)));
        desk.out.say(format_args!("  Quyền: {}", rights_vi(&account.rights)));
        if let Some(number) = &account.agreement {
            desk.out.say(format_args!("  Văn bản thống nhất: {number}"));
        }
        desk.out.table(
            [
                "Tên đăng nhập",
                "Họ tên",
                "Vai trò",
                "Quyết định",
                "Xác nhận trách nhiệm",
                "Tình trạng",
            ],
            account.persons.iter().map(|person| {
                [
                    person.login.to_string(),
                    person.full_name.clone(),
                    super::persons::role_vi(person.role).to_owned(),
                    person.decision.clone(),
                    person.acknowledged.map_or_else(|| "chưa".to_owned(), |year| year.to_string()),
                    standing_vi(&person.standing).to_owned(),
                ]
            }),
        );
        Ok(Exit::Done)
    }
}

fn all(desk: &Desk<'_>) -> Result<AccountsShown, CliError> {
    match ask(desk, AccountOrder::List)? {
        AccountAnswer::List(list) => Ok(list),
        _ => Err(CliError::unexpected()),
    }
}

fn as_json(account: &AccountShown) -> Json {
    let persons: Vec<Json> = account
        .persons
        .iter()
        .map(|PersonShown { login, full_name, role, decision, acknowledged, standing }| {
            json!({ "login": login, "full_name": full_name, "role": role, "decision": decision,
                "acknowledged": acknowledged, "standing": standing })
        })
        .collect();
    json!({ "unit": account.unit, "rights": account.rights.acts, "scope": account.rights.scope,
        "agreement": account.agreement, "revoked": account.revoked, "persons": persons })
}

fn state(account: &AccountShown) -> String {
    account.revoked.as_ref().map_or_else(|| "đang dùng".to_owned(), |why| format!("thu hồi: {why}"))
}

fn rights_vi(rights: &Rights) -> String {
    let words: Vec<&str> = rights
        .acts
        .iter()
        .map(|right| match right {
            Right::Read => "xem",
            Right::Enter => "nhập",
            Right::Approve => "duyệt",
            Right::Export => "trích xuất",
            Right::Administer => "quản trị",
            Right::Print => "in",
        })
        .collect();
    words.join(", ")
}

/// How a person stands, for people.
pub(in crate::cli) fn standing_vi(code: &str) -> &'static str {
    match code {
        "active" => "đang dùng",
        "not_yet" => "chưa đến ngày phân công",
        "lapsed" => "hết hạn phân công",
        "ended" => "đã kết thúc phân công",
        "revoked" => "tài khoản đã thu hồi",
        "unentitled" => "tài khoản không còn quyền này",
        _ => "không có",
    }
}
