//! `hoso regulation`: the rules a body makes for itself, and the check list of Điều 6 to 13 over them
//! (Điều 15.3).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use dossier::conduct::{ARTICLES, ConductAct, Regulation};
use dossier::{Hash, UnitId};
use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::{Document, Signer, nobody, short};
use super::ticket::{ask, say};
use super::{Outcome, basis, named, words};
use crate::audit::Claim;
use crate::control::{ConductAnswer, ConductOrder, RegulationShown};

/// The largest file whose digest is taken, in bytes.
const FILE_MAX: u64 = 64 * 1024 * 1024;
const PUBLISH: &str = "\
Ví dụ:
  hoso regulation publish --document \"03/QĐ-UBND|UBND huyện Đà Bắc|5/1/2026\" --in-force 1/2/2026 \\
      --article \"6=chương II\" --article \"7=chương III\" --file quy-dinh.pdf

Mỗi điều từ 6 đến 13 của Quy chế ghi quy định ở đâu trong văn bản. Với --file, máy ghi mã băm SHA-256
của văn bản để đối chiếu về sau; văn bản do cơ quan giữ. Sửa đổi thì ban hành bản mới.";

const CHECK: &str = "\
Ví dụ:
  hoso regulation check
  hoso regulation check --unit d150 --json

Bảng kiểm của bản mới nhất: điều nào đã có quy định, điều nào còn thiếu.";

const SETTLE: &str = "\
Ví dụ:
  hoso regulation settle 8c1d22

Thiếu một điều thì không đóng được bảng kiểm.";

const LIST: &str = "\
Ví dụ:
  hoso regulation list";

/// What can be done with the rules of a body.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ghi quy định nội bộ đã ban hành
    #[command(after_long_help = PUBLISH)]
    Publish(Publish),
    /// Xem bảng kiểm Điều 6 đến 13
    #[command(after_long_help = CHECK)]
    Check(Check),
    /// Đóng bảng kiểm
    #[command(after_long_help = SETTLE)]
    Settle(Settle),
    /// Xem quy định nội bộ của các cơ quan
    #[command(after_long_help = LIST)]
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct Publish {
    /// Ngày có hiệu lực
    #[arg(long, value_name = "NGÀY")]
    in_force: String,
    /// Điều nào quy định ở đâu: "ĐIỀU=CHỖ"; ghi nhiều lần được
    #[arg(long, value_name = "ĐIỀU=CHỖ")]
    article: Vec<String>,
    /// Tệp của văn bản, để ghi mã băm
    #[arg(long, value_name = "TỆP")]
    file: Option<PathBuf>,
    #[command(flatten)]
    document: Document,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Cơ quan; không có thì cơ quan của máy này
    #[arg(long, value_name = "MÃ ĐƠN VỊ")]
    unit: Option<UnitId>,
}

#[derive(Debug, Args)]
pub(super) struct Settle {
    /// Mã của quy định, hoặc phần đầu
    #[arg(value_name = "MÃ")]
    regulation: String,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct List {}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Publish(arguments) => arguments.run(desk),
            Self::Check(arguments) => arguments.run(desk),
            Self::Settle(arguments) => arguments.run(desk),
            Self::List(List {}) => list(desk),
        }
    }
}

impl Publish {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (document, _) = self.document.read(desk)?;
        let in_force = basis::date(&self.in_force, desk.today()?)?;
        let regulation = Regulation {
            document,
            in_force,
            file: self.file.as_deref().map(digest).transpose()?,
            covers: covers(&self.article)?,
            by: nobody(),
        };
        let open: Vec<u8> = regulation.open_articles().collect();
        let id = say(desk, ConductAct::Publish(regulation), self.document.claim())?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "regulation": id, "open": open }));
            return Ok(Exit::Done);
        }
        desk.out.say(format_args!("Đã ghi quy định nội bộ. Mã {}.", short(&id)));
        desk.out.say(missing_vi(&open));
        Ok(Exit::Done)
    }
}

impl Check {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let unit = match self.unit {
            Some(unit) => unit,
            None => desk.ask()?.status()?.unit,
        };
        let newest = all(desk)?.into_iter().find(|it| it.unit == unit);
        let covers = newest.as_ref().map(|it| it.regulation.covers.clone()).unwrap_or_default();
        let open: Vec<u8> = ARTICLES.filter(|article| !covers.contains_key(article)).collect();
        let settled = newest.as_ref().and_then(|it| it.settled);
        if desk.out.is_json() {
            let covers: BTreeMap<String, &String> =
                covers.iter().map(|(article, place)| (article.to_string(), place)).collect();
            desk.out.answer(&json!({ "unit": unit, "regulation": newest.as_ref().map(|it| it.id),
                "covers": covers, "open": open, "settled": settled.is_some() }));
            return Ok(Exit::Done);
        }
        match &newest {
            Some(shown) => desk.out.heading(title(shown)),
            None => desk.out.say(format_args!("{unit} chưa ghi quy định nội bộ nào.")),
        }
        for article in ARTICLES {
            let place = covers.get(&article).map_or("chưa có", String::as_str);
            desk.out.say(format_args!("  Điều {article}: {place}"));
        }
        match settled {
            Some(at) => desk.out.say(format_args!("Đã đóng bảng kiểm {}.", words::instant(at))),
            None => desk.out.say(missing_vi(&open)),
        }
        Ok(Exit::Done)
    }
}

impl Settle {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let Some(one) = named::one(all(desk)?, |it| it.id, &self.regulation) else {
            let message = format!("Không rõ quy định nội bộ «{}».", self.regulation);
            return Err(CliError::failed("UQ-0132", message)
                .hint("Hãy xem «hoso regulation list»; phần đầu của mã, từ 6 ký tự, là đủ."));
        };
        let act = ConductAct::Settle { regulation: one.id, by: nobody() };
        let id = say(desk, act, self.signer.claim())?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "regulation": id, "settled": true }));
        } else {
            desk.out.say("Đã đóng bảng kiểm: đủ Điều 6 đến 13.");
        }
        Ok(Exit::Done)
    }
}

/// SHA-256 of a file.
fn digest(path: &Path) -> Result<Hash, CliError> {
    let unread = |error: &std::io::Error| CliError::file(path, error);
    let file = File::open(path).map_err(|error| unread(&error))?;
    let mut bytes = Vec::new();
    file.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(|error| unread(&error))?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(CliError::usage("UQ-0134", "Tệp văn bản quá 64 MiB."));
    }
    Ok(Hash::of(&bytes))
}

/// Where each article is dealt with, as it was typed.
fn covers(articles: &[String]) -> Result<BTreeMap<u8, String>, CliError> {
    let read = |text: &String| {
        let (article, place) = text.split_once('=')?;
        let article = article.trim().parse().ok().filter(|it| ARTICLES.contains(it))?;
        Some((article, dossier::fold::tidy(place)))
    };
    let wrong = |text: &String| {
        CliError::usage("UQ-0133", format!("«{text}» không phải «ĐIỀU=CHỖ», điều từ 6 đến 13."))
    };
    articles.iter().map(|text| read(text).ok_or_else(|| wrong(text))).collect()
}

fn all(desk: &Desk<'_>) -> Result<Vec<RegulationShown>, CliError> {
    match ask(desk, ConductOrder::Regulations, Claim::default())? {
        ConductAnswer::Regulations(list) => Ok(list),
        _ => Err(CliError::unexpected()),
    }
}

fn missing_vi(open: &[u8]) -> String {
    if open.is_empty() {
        return "Đã đủ Điều 6 đến 13; đóng bảng kiểm: hoso regulation settle.".to_owned();
    }
    let open: Vec<String> = open.iter().map(u8::to_string).collect();
    format!("Còn thiếu: Điều {}.", open.join(", "))
}

fn title(shown: &RegulationShown) -> String {
    let Regulation { document, in_force, .. } = &shown.regulation;
    let (signed, from) = (words::date(document.signed_on), words::date(*in_force));
    format!("{}: {} ngày {signed}, hiệu lực từ {from}", shown.unit, document.number)
}

fn list(desk: &mut Desk<'_>) -> Outcome {
    let list = all(desk)?;
    if desk.out.is_json() {
        let list: Vec<Json> = list.iter().map(as_json).collect();
        desk.out.answer(&json!({ "count": list.len(), "regulations": list }));
        return Ok(Exit::Done);
    }
    if list.is_empty() {
        desk.out.say("Chưa có quy định nội bộ nào.");
    }
    for shown in &list {
        let open: Vec<u8> = shown.regulation.open_articles().collect();
        let standing = match (shown.settled, open.is_empty()) {
            (Some(_), _) => "đã đóng bảng kiểm".to_owned(),
            (None, true) => "đủ điều, chưa đóng bảng kiểm".to_owned(),
            (None, false) => format!("thiếu {} điều", open.len()),
        };
        desk.out.say(format_args!("{}  {}: {standing}", short(&shown.id), title(shown)));
    }
    Ok(Exit::Done)
}

fn as_json(shown: &RegulationShown) -> Json {
    let Regulation { document, in_force, file, covers, by } = &shown.regulation;
    let covers: BTreeMap<String, &String> =
        covers.iter().map(|(article, place)| (article.to_string(), place)).collect();
    json!({ "regulation": shown.id, "unit": shown.unit, "document": document.number,
        "signed_on": document.signed_on, "in_force": in_force, "file": file, "covers": covers,
        "open": shown.regulation.open_articles().collect::<Vec<_>>(), "by": by.signature(),
        "at_ms": shown.at.as_millis(), "settled": shown.settled.is_some() })
}
