//! `hoso verify`: checks a file that was carried, without a data directory and without a network: a
//! proof of custody, a package, a word on a package, an anchor.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;

use clap::Args;
use dossier::{Hash, custody::CustodyKind};
use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::{CliError, Exit, sentence as unsound_sentence};
use super::{Outcome, words};
use crate::abroad::{AnchorFile, PackageShown, WordFile, WordShown, package};
use crate::proof::{self, BYTES_MAX, Proven};

const EXAMPLES: &str = "\
Ví dụ:
  hoso verify ban-giao.json
  hoso verify ho-so.goi --root 9ab3…

Mã kết thúc: 0 đúng, 6 không đúng, kèm lý do. Không cần mạng, không cần máy nút. Gói hồ sơ được kiểm tra
từng byte mà không mở.";

/// Bytes from the beginning that tell what a file is.
const MARK_BYTES: usize = 64;

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Tệp chứng cứ bàn giao, gói hồ sơ, giấy nhận hoặc giấy giới thiệu
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    /// Mã kiểm tra của chứng thư gốc, như ghi trên giấy
    #[arg(long, value_name = "MÃ KIỂM TRA")]
    root: Option<String>,
}

/// What a file turned out to prove.
enum Found {
    Custody(Box<Proven>),
    Package(Box<PackageShown>),
    Word(Box<WordShown>),
    Anchor(Box<AnchorFile>),
}

impl Found {
    fn root(&self) -> Hash {
        match self {
            Self::Custody(proven) => proven.root,
            Self::Package(shown) => shown.root,
            Self::Word(shown) => shown.root,
            Self::Anchor(file) => file.anchor().root,
        }
    }
}

impl Arguments {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let paper = self.root.as_ref().map(|text| {
            text.trim().to_lowercase().parse::<Hash>().map_err(|_| {
                CliError::usage("DL-0157", "Mã kiểm tra của chứng thư gốc không đúng dạng.")
            })
        });
        let paper = paper.transpose()?;
        let found = match self.check()? {
            Ok(found) if paper.is_some_and(|paper| paper != found.root()) => {
                Err(("root", sentence("root")))
            }
            other => other,
        };
        match found {
            Ok(found) => {
                tell(desk, &found);
                Ok(Exit::Done)
            }
            Err((what, text)) => {
                if desk.out.is_json() {
                    desk.out.answer(&json!({ "whole": false, "finding": what, "text": text }));
                } else {
                    desk.out.say(format_args!("KHÔNG đúng: {text}."));
                }
                Ok(Exit::Unverified)
            }
        }
    }

    /// Checks the file as what its first bytes say it is.
    fn check(&self) -> Result<Result<Found, (&'static str, &'static str)>, CliError> {
        let unreadable = |error: &std::io::Error| CliError::file(&self.file, error);
        let file = std::fs::File::open(&self.file).map_err(|error| unreadable(&error))?;
        let mut file =
            BufReader::new(file.take(BYTES_MAX + crate::abroad::LIMITS.sealed_bytes_max));
        let mark = file.fill_buf().map_err(|error| unreadable(&error))?;
        let mark = mark[..mark.len().min(MARK_BYTES)].to_vec();
        let is = |name: &str| mark.windows(name.len()).any(|part| part == name.as_bytes());
        let other = |what: &'static str| (what, unsound_sentence(what));
        if is("\"hoso_package\"") {
            let checked = package::check(&mut file, |_| {}).map_err(|error| unreadable(&error))?;
            return Ok(match checked {
                Ok(shown) => Ok(Found::Package(Box::new(shown))),
                Err(unsound) => Err(other(unsound.0)),
            });
        }
        let mut bytes = Vec::new();
        let read = file.take(BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        Ok(if is("\"hoso_package_word\"") {
            let read = WordFile::read(&bytes).map_err(|it| other(it.0));
            read.map(|word| Found::Word(Box::new(word)))
        } else if is("\"hoso_anchor\"") {
            let read = AnchorFile::read(&bytes).map_err(|it| other(it.0));
            read.map(|anchor| Found::Anchor(Box::new(anchor)))
        } else {
            let read = proof::verify(&bytes).map_err(|it| (it.0, sentence(it.0)));
            read.map(|proven| Found::Custody(Box::new(proven)))
        })
    }
}

fn tell(desk: &mut Desk<'_>, found: &Found) {
    if desk.out.is_json() {
        let mut answer = as_json(found);
        answer["whole"] = json!(true);
        answer["root"] = json!(found.root());
        desk.out.answer(&answer);
        return;
    }
    for line in lines(found) {
        desk.out.say(line);
    }
    desk.out.say(format_args!("Chứng thư gốc: {}", found.root()));
    desk.out.say("  Hãy so với mã kiểm tra trên giấy của tỉnh.");
}

fn as_json(found: &Found) -> Json {
    match found {
        Found::Custody(proven) => {
            let chain = &proven.chain;
            let units: Vec<_> = chain.records().records().map(|(record, _)| &record.to).collect();
            json!({ "dossier": chain.dossier(), "custodians": units,
                "custodian": chain.current().to, "received": proven.received })
        }
        Found::Package(shown) => {
            json!({ "package": shown.manifest, "dossier": shown.manifest.dossier })
        }
        Found::Word(shown) => json!({ "word": shown.verdict, "dossier": shown.verdict.dossier }),
        Found::Anchor(file) => json!({ "anchor": file.anchor(), "words": file.words() }),
    }
}

fn lines(found: &Found) -> Vec<String> {
    match found {
        Found::Custody(proven) => {
            let chain = &proven.chain;
            let mut lines =
                vec![format!("ĐÚNG: mọi chữ ký của hồ sơ {} đều khớp.", chain.dossier())];
            lines.extend(chain.records().records().map(|(record, _)| {
                let at = words::instant(record.issued_at);
                let received = if proven.received.contains(&record.epoch) {
                    ", đã nhận đủ"
                } else {
                    ""
                };
                let what = match record.kind {
                    CustodyKind::Export => "cho ra ngoài tỉnh",
                    _ => "giữ",
                };
                format!("  kỳ {}: {} {what}, {at}{received}", record.epoch, record.to)
            }));
            lines
        }
        Found::Package(shown) => {
            let manifest = &shown.manifest;
            vec![
                format!("ĐÚNG: gói hồ sơ {} đủ và không bị sửa.", manifest.dossier),
                format!("  {} giao cho {}", manifest.from, manifest.addressee.name),
                format!("  căn cứ: {}", words::basis(&manifest.basis)),
                format!("  nhận trước: {}", words::instant(manifest.open_until)),
            ]
        }
        Found::Word(shown) => {
            let verdict = &shown.verdict;
            let taken = verdict.code == protocol::custody::AnswerCode::Accepted;
            let what = if taken { "đã nhận" } else { "trả lại" };
            let at = words::instant(verdict.at);
            vec![format!("ĐÚNG: {} {what} hồ sơ {}, {at}.", verdict.unit, verdict.dossier)]
        }
        Found::Anchor(file) => {
            let anchor = file.anchor();
            let until = words::instant(anchor.valid_until);
            vec![
                format!("ĐÚNG: giấy giới thiệu của {}, đến {until}.", anchor.name),
                format!("  từ đối chiếu: {}", file.words()),
            ]
        }
    }
}

fn sentence(what: &str) -> &'static str {
    match what {
        "form" | "version" => "tệp không phải chứng cứ bàn giao của phiên bản này",
        "digest" => "tệp đã bị sửa hoặc hỏng",
        "root" | "charter" => "chứng thư gốc hoặc điều lệ của tỉnh không khớp",
        "members" => "danh sách máy không nối liền hoặc không phải của Sở Nội vụ ký",
        "tree" => "sơ đồ tổ chức không phải của Sở Nội vụ ký",
        "register" => "danh sách máy không có sổ đăng ký hoặc máy làm chứng",
        "receipts" => "giấy nhận không phải của đơn vị đã nhận",
        _ => "các biên bản bàn giao không nối liền hoặc thiếu chữ ký",
    }
}
