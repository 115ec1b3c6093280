//! `hoso audit verify`: judges packages without a data directory and without a network.

use std::path::PathBuf;

use clap::Args;
use dossier::Hash;
use protocol::audit::inspection::{Counts, LogReport};
use serde_json::{Value as Json, json};

use super::{
    findings::{departed, sentence},
    words,
};
use crate::audit::{
    OpeningCode,
    verify::{Options, PackageReport, Verdict, verify},
};
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::{Outcome, words as times};

const EXAMPLES: &str = "\
Ví dụ:
  hoso audit verify may-huyen.audit
  hoso audit verify *.audit --code 1f0c-… --root 9ab3…

Đưa cả gói của cấp trên vào cùng lúc: dấu mà cấp trên giữ cho biết nhật ký có bị thay cả quyển hay
không. Mã kết thúc: 0 nguyên vẹn, 6 không nguyên vẹn, kèm lý do.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Các gói kiểm tra
    #[arg(value_name = "TỆP", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
    /// Mã mở gói, để đọc nội dung; có thể lặp lại cho nhiều gói
    #[arg(long, value_name = "MÃ")]
    code: Vec<String>,
    /// Mã kiểm tra của chứng thư gốc, như ghi trên giấy
    #[arg(long, value_name = "MÃ KIỂM TRA")]
    root: Option<String>,
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let code = |text: &String| {
            text.parse::<OpeningCode>().map_err(|_| {
                CliError::usage("DL-0156", "Mã mở gói không đúng dạng.")
                    .hint("Mã gồm tám nhóm, mỗi nhóm bốn chữ số hoặc chữ từ a đến f.")
            })
        };
        let codes = self.code.iter().map(code).collect::<Result<_, _>>()?;
        let root = self.root.as_ref().map(|text| {
            text.trim().to_lowercase().parse::<Hash>().map_err(|_| {
                CliError::usage("DL-0157", "Mã kiểm tra của chứng thư gốc không đúng dạng.")
            })
        });
        let options = Options { codes, root: root.transpose()? };
        let verdict = verify(&self.files, &options).map_err(|error| {
            let file = self.files.iter().find(|file| !file.is_file()).unwrap_or(&self.files[0]);
            CliError::file(file, &error)
        })?;
        if desk.out.is_json() {
            desk.out.answer(&as_json(&verdict));
        } else {
            lines(&verdict).iter().for_each(|line| desk.out.say(line));
        }
        Ok(if verdict.count == 0 { Exit::Done } else { Exit::Unverified })
    }
}

fn lines(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(root) = &verdict.root {
        lines.push(format!("Chứng thư gốc: {root}"));
        lines.push("  Hãy so với mã kiểm tra trên giấy của tỉnh.".to_owned());
    }
    for package in &verdict.packages {
        lines.extend(package_lines(package));
    }
    if !verdict.departures.is_empty() {
        lines.push("Cần xem lại, không phải dấu hiệu bị sửa:".to_owned());
        let told = verdict.departures.iter().map(|it| departed(it, &verdict.members));
        lines.extend(told.map(|sentence| format!("  {sentence}")));
    }
    if verdict.count == 0 {
        lines.push("Kết luận: NGUYÊN VẸN. Mọi mục, mọi chữ ký, mọi dấu đã so đều khớp.".to_owned());
        return lines;
    }
    lines.push(format!("Kết luận: KHÔNG nguyên vẹn, {} điều:", verdict.count));
    let told = verdict.findings.iter().map(|it| sentence(it, &verdict.members));
    lines.extend(told.map(|sentence| format!("  {sentence}")));
    lines
}

fn package_lines(package: &PackageReport) -> Vec<String> {
    let mut lines = vec![format!(
        "Gói của {} (máy {}), lập {}",
        package.unit,
        package.node,
        times::instant(package.at)
    )];
    if !package.mission.is_empty() {
        lines.push(format!("  theo văn bản {}", shown(&package.mission)));
    }
    if !package.opened {
        lines.push("  không có mã mở gói: kiểm tra được toàn vẹn, không đọc nội dung".to_owned());
    }
    for log in &package.logs {
        lines.extend(log_lines(log));
    }
    lines
}

fn log_lines(log: &LogReport) -> Vec<String> {
    let mut lines = vec![format!("  Nhật ký: {} mục, đã so với {} dấu", log.size, log.compared)];
    if let Some(since) = log.since {
        lines.push(format!("    sau khi lập gói, nhật ký đã có đến {since} mục"));
    }
    let reading = &log.reading;
    if let Some((from, to)) = reading.span {
        let (from, to) = (times::instant(from), times::instant(to));
        lines.push(format!("    từ {from} đến {to}"));
    }
    if let Some(gap) = reading.gaps.first() {
        let length = gap.to.as_millis().saturating_sub(gap.from.as_millis());
        let length = words::span(u64::try_from(length).unwrap_or(0));
        let from = times::instant(gap.from);
        lines.push(format!(
            "    lâu nhất không có mục nào: {length}, sau mục {} ({from})",
            gap.after
        ));
    }
    for (sequence, back) in &reading.steps {
        lines.push(format!("    mục {sequence}: đồng hồ bị lùi {}", words::span(*back)));
    }
    for (person, counts) in &reading.persons {
        let Counts { readings, lists, writings, copies, others, refused } = counts;
        lines.push(format!(
            "    {}: xem {readings}, danh sách {lists}, ghi {writings}, in và kết xuất {copies}, \
             việc khác {others}; bị từ chối {refused}",
            shown(words::person(person))
        ));
    }
    lines
}

/// Text of a package without what a terminal would obey.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn as_json(verdict: &Verdict) -> Json {
    let findings: Vec<Json> = verdict
        .findings
        .iter()
        .map(|it| json!({ "finding": it, "text": sentence(it, &verdict.members) }))
        .collect();
    let packages: Vec<Json> = verdict
        .packages
        .iter()
        .map(|package| {
            json!({ "file": package.path, "node": package.node, "unit": package.unit,
                "at_ms": package.at.as_millis(), "mission": package.mission,
                "opened": package.opened,
                "logs": package.logs.iter().map(log_json).collect::<Vec<_>>() })
        })
        .collect();
    let departures: Vec<Json> = verdict
        .departures
        .iter()
        .map(|it| {
            json!({ "node": it.node, "incarnation": it.incarnation, "entries": it.size,
                "agreed": it.agreed, "witnessed": it.witnessed, "holder": it.holder,
                "text": departed(it, &verdict.members) })
        })
        .collect();
    json!({ "whole": verdict.count == 0, "root": verdict.root, "packages": packages,
        "findings": findings, "count": verdict.count, "departures": departures })
}

fn log_json(log: &LogReport) -> Json {
    let person = |(name, counts): (&String, &Counts)| {
        json!({ "person": name, "readings": counts.readings, "lists": counts.lists,
            "writings": counts.writings, "copies": counts.copies, "others": counts.others,
            "refused": counts.refused })
    };
    json!({ "incarnation": log.incarnation, "entries": log.size, "root": log.root,
        "compared": log.compared, "since": log.since, "read": log.reading.entries,
        "clock_steps": log.reading.steps,
        "persons": log.reading.persons.iter().map(person).collect::<Vec<_>>() })
}
