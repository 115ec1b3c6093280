//! What the other side says of a package, and what follows.

use std::path::PathBuf;

use clap::Args;
use protocol::core::TransferOrder;
use protocol::custody::AnswerCode;
use serde_json::json;

use super::order;
use crate::cli::Outcome;
use crate::cli::basis::Officer;
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
        false => TransferOrder::SentBack { word: digest },
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
