//! What a person does for herself: activate, sign in and out, change the password.

use std::path::PathBuf;

use clap::Args;
use dossier::{Role, Timestamp};
use serde_json::json;

use super::typed::{new_password, secret};
use super::{CliError, ask, ticket};
use crate::account::{AccountAnswer, AccountOrder, WhoShown};
use crate::cli::desk::Desk;
use crate::cli::error::Exit;
use crate::cli::{Outcome, words};
use crate::control::Request;
use crate::grant::GrantOrder;

#[derive(Debug, Args)]
pub(in crate::cli) struct Activate {
    /// Tên đăng nhập
    #[arg(long, value_name = "TÊN")]
    login: String,
    /// Tệp có mã kích hoạt
    #[arg(long, value_name = "TỆP")]
    code_file: Option<PathBuf>,
    /// Tệp có mật khẩu mới
    #[arg(long, value_name = "TỆP")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Login {
    /// Tên đăng nhập
    #[arg(long, value_name = "TÊN")]
    login: String,
    /// Tệp có mật khẩu
    #[arg(long, value_name = "TỆP")]
    password_file: Option<PathBuf>,
    /// Có mã hai lớp (cấp hai, cấp ba): hỏi tại màn hình
    #[arg(long)]
    second: bool,
    /// Tệp có mã hai lớp đang hiện trên điện thoại
    #[arg(long, value_name = "TỆP")]
    second_file: Option<PathBuf>,
    /// Mục đích khai thác của cả phiên; nếu không ghi: quản lý hồ sơ theo phân công
    #[arg(long, value_name = "MỤC ĐÍCH")]
    purpose: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Logout {}

#[derive(Debug, Args)]
pub(in crate::cli) struct Password {
    /// Tệp có mật khẩu đang dùng
    #[arg(long, value_name = "TỆP")]
    old_file: Option<PathBuf>,
    /// Tệp có mật khẩu mới
    #[arg(long, value_name = "TỆP")]
    new_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Second {
    /// Tệp có mật khẩu đang dùng
    #[arg(long, value_name = "TỆP")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Whoami {}

impl Activate {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let code = secret(self.code_file.as_deref(), "Mã kích hoạt: ")?;
        let password = new_password(self.password_file.as_deref())?;
        let order = AccountOrder::Activate { login: self.login, code, password };
        let AccountAnswer::Activated { second } = ask(desk, order)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let second = second.as_ref().map(|second| second.as_str());
            desk.out.answer(&json!({ "second": second }));
            return Ok(Exit::Done);
        }
        desk.out.say("Đã đặt mật khẩu. Mã kích hoạt không dùng được nữa.");
        if let Some(second) = &second {
            desk.out.say("Mã hai lớp, chỉ hiện lần này. Hãy nhập vào ứng dụng trên điện thoại:");
            desk.out.say(format_args!("  {}", second.as_str()));
        }
        desk.out.say("Tiếp theo: hoso account login");
        Ok(Exit::Done)
    }
}

impl Login {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let data_dir = desk.settings(&[])?.settings.data_dir;
        let password = secret(self.password_file.as_deref(), "Mật khẩu: ")?;
        let second = match (self.second_file.as_deref(), self.second) {
            (None, false) => None,
            (file, _) => Some(secret(file, "Mã hai lớp: ")?),
        };
        let order = AccountOrder::SignIn { login: self.login, password, second };
        let answer = ask(desk, order)?;
        let AccountAnswer::SignedIn { token, who, before, ended_another } = answer else {
            return Err(CliError::unexpected());
        };
        ticket::write(&data_dir, &token)?;
        if let Some(purpose) = &self.purpose {
            let order = GrantOrder::Purpose(crate::grant::purpose(purpose));
            desk.ask()?.call(&Request::Grant(order))?;
        }
        if desk.out.is_json() {
            let before: Vec<i64> = before.iter().map(|at| at.as_millis()).collect();
            let mut answer = as_json(&who);
            answer["before_ms"] = json!(before);
            answer["ended_another"] = json!(ended_another);
            desk.out.answer(&answer);
            return Ok(Exit::Done);
        }
        tell(desk, &who);
        match before.last() {
            Some(at) => desk.out.say(format_args!("Lần trước: {}.", words::instant(*at))),
            None => desk.out.say("Đây là lần đăng nhập đầu tiên."),
        }
        if ended_another {
            desk.out
                .say("Một phiên khác của bạn vừa bị kết thúc. Nếu không phải bạn, hãy báo ngay.");
        }
        Ok(Exit::Done)
    }
}

impl Logout {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let data_dir = desk.settings(&[])?.settings.data_dir;
        let ended = ask(desk, AccountOrder::SignOut);
        // Whatever the node says: nobody is signed in at this terminal.
        ticket::remove(&data_dir)?;
        ended?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "signed_out": true }));
        } else {
            desk.out.say("Đã đăng xuất.");
        }
        Ok(Exit::Done)
    }
}

impl Password {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let old = secret(self.old_file.as_deref(), "Mật khẩu đang dùng: ")?;
        let new = new_password(self.new_file.as_deref())?;
        let AccountAnswer::Changed = ask(desk, AccountOrder::Change { old, new })? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "changed": true }));
        } else {
            desk.out.say("Đã đổi mật khẩu.");
        }
        Ok(Exit::Done)
    }
}

impl Second {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let password = secret(self.password_file.as_deref(), "Mật khẩu: ")?;
        let answer = ask(desk, AccountOrder::Second { password })?;
        let AccountAnswer::Activated { second: Some(second) } = answer else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "second": second.as_str() }));
            return Ok(Exit::Done);
        }
        desk.out.say("Mã hai lớp, chỉ hiện lần này. Hãy nhập vào ứng dụng trên điện thoại:");
        desk.out.say(format_args!("  {}", second.as_str()));
        desk.out.say("Từ nay mỗi lần đăng nhập phải có mã: --second.");
        Ok(Exit::Done)
    }
}

impl Whoami {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let AccountAnswer::Who(who) = ask(desk, AccountOrder::Who)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&as_json(&who));
        } else {
            tell(desk, &who);
        }
        Ok(Exit::Done)
    }
}

fn tell(desk: &mut Desk<'_>, who: &WhoShown) {
    let role = role_vi(who.role);
    desk.out.say(format_args!("{} ({}), {role}, đơn vị {}.", who.full_name, who.login, who.unit));
    let (idle, until) = (words::instant(who.idle_until), words::instant(who.until));
    desk.out.say(format_args!("Phiên hết lúc {idle} nếu không dùng, muộn nhất {until}."));
    if who.owes_duties {
        desk.out.say("Chưa xác nhận trách nhiệm năm nay (Điều 12.3): hoso account acknowledge");
    }
}

fn as_json(who: &WhoShown) -> serde_json::Value {
    json!({ "login": who.login, "full_name": who.full_name, "unit": who.unit, "role": who.role,
        "owes_duties": who.owes_duties, "idle_until_ms": Timestamp::as_millis(who.idle_until), "until_ms": who.until.as_millis() })
}

/// A capacity, for people.
pub(super) fn role_vi(role: Role) -> &'static str {
    match role {
        Role::Clerk => "cán bộ nhập liệu",
        Role::Approver => "người duyệt",
        Role::Administrator => "quản trị",
        Role::Inspector => "thanh tra",
    }
}
