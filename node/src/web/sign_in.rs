//! Signing in and out, the first password, and the duties of the year.

use std::sync::Arc;

use axum::http::StatusCode;
use dossier::conduct::{ConductAct, DUTIES as SENTENCES, duties as digest};
use pages::frame::{Grade, Notice, Place};
use pages::sign_in::{Activate, Duties, Second, SignIn};
use tokio::time::Instant;

use super::House;
use super::answer::{Answer, troubled};
use super::routes::{Asked, Form, Outcome, text};
use super::sitting::Name;
use super::visit::Visit;
use crate::account::{AccountAnswer, AccountOrder, Secret};
use crate::cli::shared::{Asker, CliError, words};
use crate::control::{ConductAnswer, ConductOrder, Request, Response};

/// Where one lands when a session has ended.
pub(super) const OVER: &str = "/dang-nhap?het-phien=1";

/// Where the duties of the year are acknowledged.
pub(super) const DUTIES: &str = "/trach-nhiem";

/// «Đăng nhập».
pub(super) fn show(house: &Arc<House>, asked: &Asked) -> Outcome {
    let mut view = form(house, String::new())?;
    if !text(&asked.form, "het-phien").is_empty() {
        view.frame.notices.push(Notice {
            kind: Grade::Warning,
            text: "Phiên làm việc đã kết thúc. Hãy đăng nhập lại; những gì đã lưu vẫn còn."
                .to_owned(),
            lines: Vec::new(),
            code: Some("TK-0231".to_owned()),
        });
    }
    if !text(&asked.form, "da-dat").is_empty() {
        view.frame.notices.push(Notice::done("Đã đặt mật khẩu. Hãy đăng nhập."));
    }
    Ok(Answer::page(&view))
}

fn form(house: &House, login: String) -> Result<SignIn, CliError> {
    let mut asker = house.asker();
    let has_accounts = has_accounts(&mut asker)?;
    Ok(SignIn { frame: house.open_frame("Đăng nhập"), login, has_accounts })
}

/// Whether the unit of this node has an account.
fn has_accounts(asker: &mut Asker) -> Result<bool, CliError> {
    let unit = asker.status()?.unit;
    match asker.call(&Request::Account(AccountOrder::List))? {
        Response::Account(AccountAnswer::List(list)) => {
            Ok(list.accounts.iter().any(|account| account.unit == unit))
        }
        _ => Err(CliError::unexpected()),
    }
}

fn order(asker: &mut Asker, order: AccountOrder) -> Result<AccountAnswer, CliError> {
    match asker.call(&Request::Account(order))? {
        Response::Account(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}

fn secret(form: &Form, name: &str) -> Secret {
    // Spaces within a passphrase are its own.
    let typed = form.iter().find(|(key, _)| key == name).map_or("", |(_, text)| text);
    Secret::new(typed.to_owned())
}

/// Signs in.
pub(super) fn enter(house: &Arc<House>, asked: &Asked) -> Outcome {
    let login = text(&asked.form, "login").to_owned();
    let digits: String = text(&asked.form, "second").split_whitespace().collect();
    let second = (!digits.is_empty()).then(|| Secret::new(digits));
    let password = secret(&asked.form, "password");
    let sign_in = AccountOrder::SignIn { login: login.clone(), password, second };
    match order(&mut house.asker(), sign_in) {
        Ok(AccountAnswer::SignedIn { token, before, ended_another, .. }) => {
            let last = before.last().map(|at| format!("Lần trước: {}.", words::instant(*at)));
            let first = "Đây là lần đăng nhập đầu tiên.".to_owned();
            let mut notice = Notice::done("Đã đăng nhập.").with([last.unwrap_or(first)]);
            if ended_another {
                notice.kind = Grade::Warning;
                let text =
                    "Một phiên khác của bạn vừa bị kết thúc. Nếu không phải bạn, hãy báo ngay.";
                notice = notice.with([text.to_owned()]);
            }
            let name = house.sittings.begin(token, vec![notice], Instant::now());
            Ok(Answer::go("/").cookie(house.cookie_for(&name, 1)))
        }
        Ok(_) => Err(CliError::unexpected()),
        Err(error) => {
            let mut view = form(house, login)?;
            view.frame = troubled(view.frame, &error);
            Ok(Answer::page(&view).status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// «Đặt mật khẩu lần đầu».
pub(super) fn first(house: &Arc<House>, _: &Asked) -> Outcome {
    let frame = house.open_frame("Đặt mật khẩu lần đầu");
    Ok(Answer::page(&Activate { frame, login: String::new() }))
}

/// Sets the first password.
pub(super) fn activate(house: &Arc<House>, asked: &Asked) -> Outcome {
    let login = text(&asked.form, "login").to_owned();
    let (password, again) = (secret(&asked.form, "password"), secret(&asked.form, "again"));
    let code = Secret::new(text(&asked.form, "code").to_owned());
    let done = if password == again {
        let login = login.clone();
        order(&mut house.asker(), AccountOrder::Activate { login, code, password })
    } else {
        Err(CliError::usage("TK-0246", "Hai lần gõ mật khẩu khác nhau."))
    };
    match done {
        Ok(AccountAnswer::Activated { second: None }) => Ok(Answer::go("/dang-nhap?da-dat=1")),
        Ok(AccountAnswer::Activated { second: Some(second) }) => {
            let frame = house.open_frame("Mã hai lớp");
            Ok(Answer::page(&Second { frame, secret: second.as_str().to_owned() }))
        }
        Ok(_) => Err(CliError::unexpected()),
        Err(error) => {
            let frame = troubled(house.open_frame("Đặt mật khẩu lần đầu"), &error);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(Answer::page(&Activate { frame, login }).status(status))
        }
    }
}

/// Signs out; the sitting ends in any case.
pub(super) fn leave(house: &Arc<House>, name: &Name) -> Answer {
    if let Some(token) = house.sittings.end(name) {
        let (desk, runtime) = (house.desk.clone(), house.runtime.clone());
        let mut asker = Asker::at_a_page(desk, runtime, Some(token));
        if let Err(error) = order(&mut asker, AccountOrder::SignOut) {
            tracing::debug!(code = error.code, "the session had ended before");
        }
    }
    Answer::go("/dang-nhap").cookie(house.cookie_for(name, 0))
}

/// The duties, to be read.
pub(super) fn duties(visit: &mut Visit, _: &Asked) -> Outcome {
    let frame = visit.frame("Trách nhiệm của người dùng", Place::Elsewhere)?;
    let duties = SENTENCES.iter().map(|it| (*it).to_owned()).collect();
    Ok(Answer::page(&Duties { frame, duties }))
}

/// Acknowledges the duties of the year (Điều 12.3).
pub(super) fn acknowledge(visit: &mut Visit, _: &Asked) -> Outcome {
    let login = visit.who.login.clone();
    // The node puts the year of its clock in the place of this one.
    let act = ConductAct::Acknowledge { login, year: 2014, duties: digest() };
    let order = Request::Conduct(ConductOrder::Act(Box::new(act)));
    match visit.asker.call(&order)? {
        Response::Conduct(ConductAnswer::Said(_)) => {
            let notice = Notice::done("Đã ghi xác nhận trách nhiệm của năm nay.");
            visit.house.sittings.tell(&visit.name, notice);
            Ok(Answer::go("/"))
        }
        _ => Err(CliError::unexpected()),
    }
}
