//! `hoso account acknowledge`: what a person answers for, year by year (Điều 12.3).

use clap::Args;
use dossier::conduct::{ConductAct, DUTIES, duties};
use serde_json::json;

use super::{CliError, ask};
use crate::account::{AccountAnswer, AccountOrder};
use crate::cli::Outcome;
use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::control::{ConductAnswer, ConductOrder, Request, Response};

#[derive(Debug, Args)]
pub(in crate::cli) struct Acknowledge {
    /// Đã đọc và xác nhận
    #[arg(long)]
    agree: bool,
}

impl Acknowledge {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        if !self.agree {
            return read(desk);
        }
        let AccountAnswer::Who(who) = ask(desk, AccountOrder::Who)? else {
            return Err(CliError::unexpected());
        };
        // The node puts the year of its clock in the place of this one.
        let act = ConductAct::Acknowledge { login: who.login, year: 2014, duties: duties() };
        let order = Request::Conduct(ConductOrder::Act(Box::new(act)));
        let Response::Conduct(ConductAnswer::Said(id)) = desk.ask()?.call(&order)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "acknowledged": true, "record": id }));
        } else {
            desk.out.say("Đã ghi xác nhận trách nhiệm của năm nay.");
        }
        Ok(Exit::Done)
    }
}

fn read(desk: &mut Desk<'_>) -> Outcome {
    if desk.out.is_json() {
        desk.out.answer(&json!({ "acknowledged": false, "duties": DUTIES, "text": duties() }));
        return Ok(Exit::Done);
    }
    desk.out.say("Người dùng hồ sơ điện tử có trách nhiệm:");
    for (number, duty) in (1..).zip(DUTIES) {
        desk.out.say(format_args!("  {number}. {duty}"));
    }
    desk.out.say("Đã đọc và xác nhận: hoso account acknowledge --agree");
    Ok(Exit::Done)
}
