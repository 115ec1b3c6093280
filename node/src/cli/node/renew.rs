//! `hoso node renew`: the next certificate of a node that was away, over the network or by hand.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{read, write_new};
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::{Outcome, words};
use crate::control::{CertificateOrder, CertificateShown, Request, Response};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Ghi yêu cầu vào tệp này để mang đến cấp ba
    #[arg(long, visible_alias = "request-to", value_name = "TỆP", conflicts_with = "answer")]
    request: Option<PathBuf>,
    /// Tệp trả lời mang về từ cấp ba
    #[arg(long, value_name = "TỆP")]
    answer: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let order = match (&self.request, &self.answer) {
            (Some(_), _) => CertificateOrder::WritePaper,
            (None, Some(path)) => CertificateOrder::TakePaper(read(path)?),
            (None, None) => CertificateOrder::Renew,
        };
        match (desk.ask()?.call(&Request::Certificate(order))?, &self.request) {
            (Response::LatePaper { request }, Some(path)) => {
                write_new(path, &request)?;
                if desk.out.is_json() {
                    desk.out.answer(&json!({ "request_to": path }));
                } else {
                    desk.out.say(format_args!("Đã ghi yêu cầu vào {}.", path.display()));
                    desk.out.say(
                        "Mang đến cấp ba trong 72 giờ: hoso node answer --request TỆP --to TỆP",
                    );
                }
                Ok(Exit::Done)
            }
            (Response::Certificate(shown), None) => Ok(renewed(&shown, desk)),
            _ => Err(CliError::unexpected()),
        }
    }
}

fn renewed(shown: &CertificateShown, desk: &mut Desk<'_>) -> Exit {
    if desk.out.is_json() {
        desk.out.answer(&json!({ "not_after_ms": shown.not_after.as_millis() }));
        return Exit::Done;
    }
    let until = words::instant(shown.not_after);
    desk.out.say(format_args!("Đã nhận chứng thư mới, dùng đến {until}."));
    if let Some((_, refused)) = &shown.trouble {
        let error = CliError::from(refused.clone());
        desk.out.say(format_args!("Lưu ý: {}", error.message));
    }
    Exit::Done
}
