//! `hoso audit show`: the log of this node, read by its running node.

use clap::Args;
use dossier::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value as Json, json};

use super::{ask, words};
use crate::audit::Claim;
use crate::cli::Outcome;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::control::{AuditAnswer, AuditOrder};
use crate::import::date::parse_text;

const EXAMPLES: &str = "\
Ví dụ:
  hoso audit show
  hoso audit show --dossier \"Bùi Thị Hòa\" --since 1/3/2026
  hoso audit show --person \"Hà Văn Tú\" --json

Hồ sơ trong nhật ký chỉ có mã riêng của nhật ký, không có họ tên. Việc xem nhật ký cũng được ghi.";

/// Entries that are gathered for one answer in JSON.
const JSON_MAX: usize = 100_000;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Chỉ các việc về hồ sơ này: mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(long, value_name = "HỒ SƠ")]
    dossier: Option<String>,
    /// Chỉ các việc của người này (tên hoặc một phần tên)
    #[arg(long, value_name = "HỌ TÊN")]
    person: Option<String>,
    /// Chỉ từ ngày này
    #[arg(long, value_name = "NGÀY")]
    since: Option<String>,
    /// Họ tên người đang xem nhật ký (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN")]
    by: Option<String>,
    /// Mục đích xem, ghi vào nhật ký (hoặc biến HOSO_PURPOSE)
    #[arg(long, env = "HOSO_PURPOSE", value_name = "MỤC ĐÍCH")]
    purpose: Option<String>,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let since = self.since.as_deref().map(|text| since(text, desk)).transpose()?;
        let claim = Claim {
            person: self.by.clone().unwrap_or_default(),
            purpose: self.purpose.clone().unwrap_or_default(),
            ..Claim::default()
        };
        let mut asker = desk.ask_as(claim)?;
        let dossier = self.dossier.as_deref().map(|text| asker.dossier(text)).transpose()?;
        let person = self.person.clone().unwrap_or_default();
        let (mut after, mut shown, mut gathered) = (None, 0_u64, Vec::<Json>::new());
        loop {
            let order = AuditOrder::Show { dossier, person: person.clone(), since, after };
            let AuditAnswer::Page { entries, next } = ask(&mut asker, order)? else {
                return Err(CliError::unexpected());
            };
            shown += entries.len() as u64;
            for entry in &entries {
                if desk.out.is_json() {
                    gathered.push(words::entry_json(entry));
                } else {
                    desk.out.say(words::line(entry));
                }
            }
            if gathered.len() > JSON_MAX {
                return Err(CliError::failed("NJ-0601", "Nhật ký quá dài để trả lời một lần.")
                    .hint("Hãy thu hẹp bằng --since, --person hoặc --dossier."));
            }
            match next {
                Some(_) => after = next,
                None => break,
            }
        }
        desk.out.say(format_args!("{shown} mục nhật ký"));
        if desk.out.is_json() {
            desk.out.answer(&json!({ "entries": gathered }));
        }
        Ok(Exit::Done)
    }
}

/// The beginning of a day in Vietnam.
fn since(text: &str, desk: &Desk<'_>) -> Result<Timestamp, CliError> {
    let wrong = || {
        CliError::usage("DL-0154", format!("«{text}» không phải ngày có trong lịch."))
            .hint("Hãy ghi ngày/tháng/năm, ví dụ 15/3/2024.")
    };
    let date = parse_text(text.trim(), desk.today()?).map_err(|_| wrong())?;
    let day = date.civil().ok_or_else(wrong)?;
    let zone = TimeZone::fixed(Offset::constant(7));
    let at = day.to_zoned(zone).map_err(|_| wrong())?.timestamp().as_millisecond();
    Ok(Timestamp::from_millis(at))
}
