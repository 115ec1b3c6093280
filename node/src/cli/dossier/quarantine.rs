//! `hoso dossier quarantine`: changes that wait or stay outside, and why.

use clap::Args;
use dossier::permission::Refusal;
use protocol::admission::{HoldReason, Outside, QuarantineReason};
use protocol::{Answer, Command};
use serde_json::json;

use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::{Outcome, words};

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier quarantine
  hoso dossier quarantine --json

Thay đổi bị giữ không mất và không vào hồ sơ; nó vào khi điều còn thiếu đã tới.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let Answer::Quarantine(kept) =
            desk.ask_as(self.reader.claim())?.core(Command::Quarantine)?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            let list: Vec<_> = kept
                .iter()
                .map(|(dossier, digest, since, outside)| {
                    json!({ "dossier": dossier, "digest": digest, "since_ms": since.as_millis(),
                        "waits": matches!(outside, Outside::Held(_)), "reason": outside,
                        "reason_text": reason(outside) })
                })
                .collect();
            desk.out.answer(&json!({ "count": list.len(), "quarantine": list }));
            return Ok(Exit::Done);
        }
        if kept.is_empty() {
            desk.out.say("Không có thay đổi nào bị giữ bên ngoài.");
            return Ok(Exit::Done);
        }
        desk.out.table(
            ["Hồ sơ", "Từ lúc", "Lý do"],
            kept.iter().map(|(dossier, _, since, outside)| {
                [dossier.to_string(), words::instant(*since), reason(outside)]
            }),
        );
        Ok(Exit::Done)
    }
}

/// Why a parcel is kept outside, for people.
pub fn reason(outside: &Outside) -> String {
    match outside {
        Outside::Held(HoldReason::UnknownMember(node)) => {
            format!("chờ danh sách máy: chưa biết máy {node}")
        }
        Outside::Held(HoldReason::UnknownEpoch(epoch)) => {
            format!("chờ giấy tờ quản lý hồ sơ, kỳ {epoch}")
        }
        Outside::Held(HoldReason::LineGap) => "chờ thay đổi trước đó của cùng máy".to_owned(),
        Outside::Held(HoldReason::Dependencies) => "chờ thay đổi mà nó dựa vào".to_owned(),
        Outside::Held(HoldReason::UnknownDossier) => "chờ phần đầu của hồ sơ".to_owned(),
        Outside::Held(HoldReason::Closing) => "chờ kết quả bàn giao hồ sơ đang làm".to_owned(),
        Outside::Held(HoldReason::Unheard) => {
            "chờ cấp trên cho biết lại các văn bản giao việc đã ban hành".to_owned()
        }
        Outside::Quarantined(QuarantineReason::Late) => {
            "ghi khi hồ sơ đã bàn giao cho đơn vị khác, đơn vị đang giữ hồ sơ xem lại".to_owned()
        }
        Outside::Quarantined(QuarantineReason::NoRight(code)) => {
            let refusal: Result<Refusal, _> = serde_json::from_value(code.clone().into());
            let sentence = match &refusal {
                Ok(refusal) => refusal.message_vi(),
                Err(_) => code,
            };
            format!("người ghi không có quyền: {sentence}")
        }
        Outside::Quarantined(QuarantineReason::RevokedAuthor(_)) => {
            "máy đã ghi bị thu hồi".to_owned()
        }
        Outside::Quarantined(QuarantineReason::Fork) => {
            "một máy ghi hai lịch sử khác nhau của hồ sơ".to_owned()
        }
        Outside::Quarantined(QuarantineReason::Custody) => {
            "giấy tờ quản lý hồ sơ lập không đúng thẩm quyền".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_told_in_its_own_sentence() {
        let outside = Outside::Quarantined(QuarantineReason::NoRight("foreign_unit".to_owned()));
        assert!(reason(&outside).ends_with(Refusal::ForeignUnit.message_vi()));
        let newer = Outside::Quarantined(QuarantineReason::NoRight("rule_of_2030".to_owned()));
        assert!(reason(&newer).ends_with("rule_of_2030"));
    }
}
