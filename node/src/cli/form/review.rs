//! Reviewing a phiếu item by item, and feeding what was accepted into the dossier.

use clap::Args;
use dossier::attachment::Link;
use dossier::docket::ReviewState;
use protocol::core::DocketOrder;
use protocol::{Answer, Command};
use serde_json::json;

use super::{ask, version};
use crate::cli::basis::{self, Declared, Officer};
use crate::cli::desk::Desk;
use crate::cli::dossier::review::item;
use crate::cli::error::{CliError, Exit};
use crate::cli::{Outcome, words};

#[derive(Debug, Args)]
pub(in crate::cli) struct Review {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Phiếu số mấy; không có thì phiếu mới nhất
    #[arg(long, value_name = "SỐ")]
    form: Option<u32>,
    /// Nhận mục này: mã mục, hoặc bảng:DÒNG; dùng nhiều lần được
    #[arg(long, value_name = "MỤC")]
    accept: Vec<String>,
    /// Trả lại mục này, phải có --reason; dùng nhiều lần được
    #[arg(long = "return", value_name = "MỤC", requires = "reason")]
    give_back: Vec<String>,
    /// Lý do trả lại
    #[arg(long, value_name = "LÝ DO")]
    reason: Option<String>,
    #[command(flatten)]
    officer: Officer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Feed {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Phiếu số mấy; không có thì phiếu mới nhất
    #[arg(long, value_name = "SỐ")]
    form: Option<u32>,
    /// Quyết định cho các mục phía nhà nước: "số|cơ quan ký|ngày ký[|ngày hiệu lực]"
    #[arg(long, value_name = "QUYẾT ĐỊNH")]
    decision: Option<String>,
    #[command(flatten)]
    declared: Declared,
}

impl Review {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.officer.meta(desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let dossier = asker.dossier(&self.dossier)?;
        let forms = ask(&mut asker, dossier)?;
        let form = version(&forms, self.form)?;
        let named = |texts: &[String]| -> Result<Vec<Link>, CliError> {
            texts.iter().map(|text| item(&form.items, text)).collect()
        };
        let (accepted, returned) = (named(&self.accept)?, named(&self.give_back)?);
        let reason = self.reason.unwrap_or_default().trim().to_owned();
        let mut verdicts = Vec::new();
        // Without items the verdict is on all of the phiếu.
        if accepted.is_empty() && returned.is_empty() {
            verdicts.push((reason.is_empty(), Vec::new(), reason.clone()));
        }
        if !accepted.is_empty() {
            verdicts.push((true, accepted, String::new()));
        }
        if !returned.is_empty() {
            verdicts.push((false, returned, reason));
        }
        for (approve, items, reason) in verdicts {
            let change = form.change;
            let order = Box::new(DocketOrder::Judge { change, items, approve, reason });
            let command = Command::Docket { dossier, order, meta: meta.clone() };
            let Answer::Edited { .. } = asker.core(command)? else {
                return Err(CliError::unexpected());
            };
        }
        let after = ask(&mut asker, dossier)?;
        let form = version(&after, Some(form.version.number))?;
        let counted = |wanted: fn(&ReviewState) -> bool| {
            form.items.iter().filter(|it| wanted(&it.state)).count()
        };
        let approved = counted(|it| *it == ReviewState::Approved);
        let back = counted(|it| matches!(it, ReviewState::Returned { .. }));
        let open = form.items.len() - approved - back;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": dossier, "form": form.version.number,
                "approved": approved, "returned": back, "awaiting": open }));
        } else {
            desk.out.say(format_args!(
                "Phiếu số {}: {approved} mục đã duyệt, {back} mục trả lại, {open} mục chờ duyệt.",
                form.version.number
            ));
        }
        Ok(Exit::Done)
    }
}

impl Feed {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let today = desk.today()?;
        let decided = self.decision.as_deref().map(|it| basis::decision(it, today)).transpose()?;
        let meta = self.declared.meta(today, desk.in_session()?)?;
        let mut asker = desk.ask()?;
        let dossier = asker.dossier(&self.dossier)?;
        let forms = ask(&mut asker, dossier)?;
        let form = version(&forms, self.form)?;
        let number = form.version.number;
        let order = Box::new(DocketOrder::Feed { version: form.row, decided });
        let Answer::EditedAll(changes) = asker.core(Command::Docket { dossier, order, meta })?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let changes: Vec<_> = changes.iter().map(|(_, change)| change).collect();
            desk.out.answer(&json!({ "dossier": dossier, "form": number, "changes": changes }));
        } else {
            desk.out.say(format_args!(
                "Đã đưa phiếu số {number} vào hồ sơ, {} lần ghi, {}.",
                changes.len(),
                words::level([false, false])
            ));
        }
        Ok(Exit::Done)
    }
}
