//! `hoso report`: what a unit reports on its work of a half year, and the word of its head (Điều 13,
//! 16.5).

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use dossier::conduct::{ConductAct, Period, Report};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::{Signer, nobody, short};
use super::ticket::{ask, say};
use super::{Outcome, words};
use crate::control::{ConductAnswer, ConductOrder, ReportOrder, ReportShown};

/// The shortest beginning of an id that names a report.
const FRONT_MIN: usize = 6;

const MAKE: &str = "\
Ví dụ:
  hoso report make --period 2026-1 --remarks \"máy tính hỏng hai ngày trong tháng 4\"
  hoso report make --period 2026-2 --despite \"xã Tân Minh mất mạng từ 1/12\"

Kỳ 1 gửi trước 15/6, kỳ 2 trước 15/12 (Điều 13.1). Các số do máy đếm từ bản ghi và nhật ký, không gõ tay.
Cơ quan báo cáo sau các đơn vị của mình: còn đơn vị chưa báo cáo thì bị từ chối, trừ khi nêu lý do.";

const ACCEPT: &str = "\
Ví dụ:
  hoso report accept 8c1d22

Do người đứng đầu hoặc người duyệt của đơn vị, không phải người lập báo cáo.";

const LIST: &str = "\
Ví dụ:
  hoso report list
  hoso report list --period 2026-1 --json";

/// What can be done with reports.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lập báo cáo của đơn vị này
    #[command(after_long_help = MAKE)]
    Make(Make),
    /// Duyệt báo cáo của đơn vị
    #[command(after_long_help = ACCEPT)]
    Accept(Accept),
    /// Xem báo cáo của máy này và các đơn vị cấp dưới
    #[command(after_long_help = LIST)]
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct Make {
    /// Kỳ báo cáo, dạng NĂM-1 hoặc NĂM-2
    #[arg(long, value_name = "KỲ")]
    period: String,
    /// Điều cần nói thêm; không ghi nội dung hồ sơ
    #[arg(long, value_name = "CÂU", default_value = "")]
    remarks: String,
    /// Lý do báo cáo khi còn đơn vị cấp dưới chưa báo cáo
    #[arg(long, value_name = "LÝ DO", default_value = "")]
    despite: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct Accept {
    /// Mã báo cáo, hoặc phần đầu
    #[arg(value_name = "MÃ")]
    report: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Chỉ kỳ này
    #[arg(long, value_name = "KỲ")]
    period: Option<String>,
    #[command(flatten)]
    reader: Reader,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Make(make) => make.run(desk),
            Self::Accept(accept) => accept.run(desk),
            Self::List(list) => list.run(desk),
        }
    }
}

fn period(text: &str) -> Result<Period, CliError> {
    text.trim().parse().map_err(|_| {
        CliError::usage("DL-0199", format!("«{text}» không phải kỳ báo cáo."))
            .hint("Ví dụ: 2026-1 (trước 15/6/2026), 2026-2 (trước 15/12/2026).")
    })
}

impl Make {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let order = ReportOrder {
            period: period(&self.period)?,
            remarks: dossier::fold::tidy(&self.remarks),
            despite: dossier::fold::tidy(&self.despite),
        };
        let answer = ask(desk, ConductOrder::Report(order), self.signer.claim())?;
        let ConductAnswer::Reported { id, report } = answer else {
            return Err(CliError::unexpected());
        };
        let today = desk.today()?;
        if desk.out.is_json() {
            let mut told = report_json(&report);
            told["report"] = json!(id);
            told["late_days"] = json!(late(report.period, today));
            desk.out.answer(&told);
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Đã ký báo cáo kỳ {}. Mã {}.", report.period, short(&id)));
        if let Some(days) = late(report.period, today).filter(|days| *days > 0) {
            desk.out.say(format_args!("Muộn {days} ngày (Điều 13.1)."));
        }
        figures(&report.figures).iter().for_each(|line| desk.out.say(line));
        desk.out.say("Chờ người đứng đầu duyệt: hoso report accept");
        Ok(Exit::Done)
    }
}

impl Accept {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let wanted = self.report.trim().to_ascii_lowercase();
        let mut found = all(desk, self.signer.claim())?;
        found.retain(|it| wanted.len() >= FRONT_MIN && it.id.to_string().starts_with(&wanted));
        let ([one], text) = (found.as_slice(), &self.report) else {
            return Err(CliError::failed(
                "BC-0101",
                format!("Không rõ báo cáo «{}».", self.report),
            )
            .hint("Hãy xem «hoso report list»; phần đầu của mã, từ 6 ký tự, là đủ."));
        };
        let act = ConductAct::Accept { report: one.id, by: nobody() };
        say(desk, act, self.signer.claim())?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "report": one.id, "accepted": true }));
        } else {
            desk.out.say(format_args!("Đã duyệt báo cáo {text}."));
        }
        Ok(Exit::Done)
    }
}

fn all(desk: &Desk<'_>, claim: crate::audit::Claim) -> Result<Vec<ReportShown>, CliError> {
    match ask(desk, ConductOrder::Reports, claim)? {
        ConductAnswer::Reports(reports) => Ok(reports),
        _ => Err(CliError::unexpected()),
    }
}

impl List {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let wanted = self.period.as_deref().map(period).transpose()?;
        let mut reports = all(desk, self.reader.claim())?;
        reports.retain(|it| wanted.is_none_or(|wanted| it.report.period == wanted));
        if desk.out.is_json() {
            let list: Vec<Json> = reports.iter().map(as_json).collect();
            desk.out.answer(&json!({ "count": list.len(), "reports": list }));
            return Ok(Exit::Done);
        }
        if reports.is_empty() {
            desk.out.say("Chưa có báo cáo nào.");
        }
        for shown in &reports {
            let ReportShown { id, unit, at, report, accepted } = shown;
            let late = words::day(*at).and_then(|day| late(report.period, day)).unwrap_or(0);
            let late = if late > 0 { format!(", muộn {late} ngày") } else { String::new() };
            let accepted = accepted.as_ref().map_or_else(
                || "chưa duyệt".to_owned(),
                |(at, by)| format!("{by} duyệt {}", words::instant(*at)),
            );
            desk.out.say(format_args!(
                "{}  {unit}, kỳ {}: {} lập {}{late}; {accepted}",
                short(id),
                report.period,
                report.by.signature(),
                words::instant(*at)
            ));
            if !report.missing.is_empty() {
                let missing: Vec<&str> = report.missing.iter().map(|it| it.as_str()).collect();
                desk.out.say(format_args!(
                    "    thiếu báo cáo của {}; lý do: {}",
                    missing.join(", "),
                    report.despite
                ));
            }
            if !report.remarks.is_empty() {
                desk.out.say(format_args!("    {}", report.remarks));
            }
            figures(&report.figures).iter().for_each(|line| desk.out.say(line));
        }
        Ok(Exit::Done)
    }
}

/// Days after the last on which a report is on time; 0 before it.
fn late(period: Period, day: Date) -> Option<i32> {
    let (_, last) = period.days()?;
    let days = day.since(last).ok()?.get_days();
    Some(days.max(0))
}

/// The figures of a report, those that are not nothing.
fn figures(figures: &BTreeMap<String, u64>) -> Vec<String> {
    let told = figures.iter().filter(|(_, count)| **count > 0);
    told.map(|(code, count)| format!("    {}: {count}", name_vi(code))).collect()
}

fn name_vi(code: &str) -> &str {
    match code {
        "dossiers" => "hồ sơ đang quản lý",
        "accounts" => "tài khoản đang dùng",
        "persons" => "người dùng được phân công",
        "sign_ins" => "lần đăng nhập",
        "sign_ins_refused" => "lần đăng nhập bị từ chối",
        "opened" => "lần mở hồ sơ, lịch sử, tài liệu",
        "unmasked" => "lần xem mục nhạy cảm",
        "searched" => "lần tìm, liệt kê, thống kê",
        "printed" => "bản in",
        "exported" => "hồ sơ kết xuất",
        "created" => "hồ sơ lập mới",
        "edited" => "lần cập nhật",
        "approved" => "lần kiểm duyệt",
        "accounts_changed" => "thay đổi về tài khoản, mật khẩu",
        "grants_changed" => "văn bản quyền, quy định, vướng mắc",
        "refused" => "lần bị từ chối",
        "incidents" => "sự cố an toàn",
        "alerts" => "cảnh báo khai thác",
        "locked" => "lần khóa đăng nhập",
        "tickets_open" => "vướng mắc, kiến nghị chưa xong",
        other => other,
    }
}

fn report_json(report: &Report) -> Json {
    let Report { period, figures, remarks, missing, despite, by } = report;
    json!({ "period": period.to_string(), "figures": figures, "remarks": remarks,
        "missing": missing, "despite": despite, "by": by.signature() })
}

fn as_json(shown: &ReportShown) -> Json {
    let mut told = report_json(&shown.report);
    told["report"] = json!(shown.id);
    told["unit"] = json!(shown.unit);
    told["at_ms"] = json!(shown.at.as_millis());
    told["accepted_by"] = json!(shown.accepted.as_ref().map(|(_, by)| by));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    // a report counts as late by the days of Điều 13.
    #[test]
    fn a_report_is_late_from_the_fifteenth() {
        let period = period("2026-1").expect("a period");
        let late = |month, day| late(period, Date::constant(2026, month, day));
        assert_eq!((late(6, 14), late(6, 15), late(7, 1)), (Some(0), Some(1), Some(17)));
        assert_eq!(super::period("2026-3").expect_err("none").code, "DL-0199");
    }
}
