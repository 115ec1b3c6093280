//! What the other side says of a package, and what follows.

use std::path::PathBuf;

use clap::Args;
use dossier::account::Login;
use protocol::core::TransferOrder;
use protocol::custody::{AnswerCode, Comeback};
use protocol::envelope::Meta;
use serde_json::json;

use super::order;
use crate::cli::Outcome;
use crate::cli::basis::{Officer, decision};
use crate::cli::desk::{Desk, read_whole};
use crate::cli::error::{CliError, Exit};
use crate::cli::federation::ask;
use crate::cli::grant::Signer;
use crate::control::{AbroadAnswer, AbroadOrder};

#[derive(Debug, Args)]
pub(in crate::cli) struct Told {
    /// Lời của bên kia: giấy nhận hoặc giấy trả lại
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Paper {
    /// Mã hồ sơ
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Số giấy biên nhận
    #[arg(long, value_name = "SỐ")]
    number: String,
    /// Họ tên người thứ hai đã thấy giấy
    #[arg(long, value_name = "HỌ TÊN")]
    second: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Reopen {
    /// Mã hồ sơ
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Tên đăng nhập của hai người ra lệnh; người thứ hai đang ngồi ở máy này
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    officers: Vec<Login>,
    /// Lệnh bằng văn bản: "số|cơ quan ký|ngày ký"
    #[arg(long, value_name = "VĂN BẢN")]
    decision: String,
    #[command(flatten)]
    officer: Officer,
}

impl Told {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let file = read_whole(&self.file)?;
        let claim = self.signer.claim();
        let person = claim.person.clone();
        let mut asker = desk.ask_as(claim)?;
        let order = AbroadOrder::Hear { file: file.into() };
        let heard = ask(&mut asker, order)?;
        close(desk, &mut asker, heard, &person)
    }
}

impl Paper {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let claim = self.signer.claim();
        let person = claim.person.clone();
        let mut asker = desk.ask_as(claim)?;
        let dossier = crate::cli::transfer::dossier(&mut asker, &self.dossier)?;
        let order = AbroadOrder::HearPaper { dossier, number: self.number, second: self.second };
        let heard = ask(&mut asker, order)?;
        close(desk, &mut asker, heard, &person)
    }
}

/// A receipt closes the case, a refusal lets the dossier come back.
fn close(
    desk: &mut Desk<'_>,
    asker: &mut crate::cli::ask::Asker,
    heard: AbroadAnswer,
    person: &str,
) -> Outcome {
    let AbroadAnswer::Heard { dossier, code, digest } = heard else {
        return Err(CliError::unexpected());
    };
    let taken = code == AnswerCode::Accepted;
    let what = match taken {
        true => TransferOrder::Confirm,
        false => TransferOrder::Reopen { why: Comeback::Refused(digest) },
    };
    let person = Some(person.to_owned()).filter(|person| !person.is_empty());
    let meta = Officer::approver(person).meta(desk.in_session()?)?;
    order(asker, dossier, what, meta)?;
    if desk.out.is_json() {
        desk.out.answer(&json!({ "dossier": dossier, "taken": taken, "code": code }));
    } else if taken {
        desk.out.say(format_args!("Bên kia đã nhận hồ sơ {dossier}; việc chuyển đã xong."));
    } else {
        desk.out.say(format_args!("Bên kia trả lại; hồ sơ {dossier} về đơn vị đã giao."));
    }
    Ok(Exit::Done)
}

impl Reopen {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let basis = decision(&self.decision, desk.today()?)?;
        let meta = Meta { basis, ..self.officer.meta(desk.in_session()?)? };
        let officers: [Login; 2] = self
            .officers
            .try_into()
            .map_err(|_| CliError::usage("GH-0154", "Phải ghi hai người: --officers A,B."))?;
        let mut asker = desk.ask()?;
        let id = crate::cli::transfer::dossier(&mut asker, &self.dossier)?;
        order(&mut asker, id, TransferOrder::Reopen { why: Comeback::Ordered(officers) }, meta)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": id }));
        } else {
            desk.out.say(format_args!("Hồ sơ {id} về đơn vị đã giao."));
        }
        Ok(Exit::Done)
    }
}
