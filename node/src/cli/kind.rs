//! `hoso kind`: the catalog of the kinds of change that decisions bring about (Điều 9.2 a).

use clap::{Args, Subcommand};
use dossier::change_kind::{AddedKind, NewKind, OF_REGULATION};
use serde_json::{Value as Json, json};

use super::claim::Reader;
use super::desk::Desk;
use super::error::{CliError, Exit};
use super::grant::Document;
use super::{Outcome, words};
use crate::control::{KindAnswer, KindOrder, Request, Response};

const EXAMPLES: &str = "\
Ví dụ:
  hoso kind list
  hoso kind add biet_phai --name \"biệt phái\" --document \"12/QĐ-SNV|Sở Nội vụ|2/3/2026\" --person \"Hà Văn Tú\"
  hoso dossier set 0f3a9c main_post=\"Trưởng phòng\" --decision \"45/QĐ|UBND huyện|15/3/2024\" --change-kind bo_nhiem

Quy chế nêu đào tạo, bồi dưỡng, bổ nhiệm, điều động, nâng lương, khen thưởng, kỷ luật \"...\" (Điều 9.2 a).
Chỉ Sở Nội vụ thêm loại; đơn vị chọn trong danh mục, không tự đặt. Loại đã thêm không bỏ đi.";

/// What can be done with the catalog.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Xem các loại thay đổi
    #[command(after_long_help = EXAMPLES)]
    List(Reader),
    /// Thêm một loại; chỉ Sở Nội vụ
    #[command(after_long_help = EXAMPLES)]
    Add(Add),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Mã loại: chữ thường không dấu, số, dấu gạch dưới
    #[arg(value_name = "MÃ")]
    code: String,
    /// Tên loại
    #[arg(long, value_name = "TÊN")]
    name: String,
    #[command(flatten)]
    document: Document,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::List(reader) => list(desk, &reader),
            Self::Add(arguments) => arguments.run(desk),
        }
    }
}

fn list(desk: &mut Desk<'_>, reader: &Reader) -> Outcome {
    let mut asker = desk.ask_as(reader.claim())?;
    let Response::Kind(KindAnswer::List(added)) = asker.call(&Request::Kind(KindOrder::List))?
    else {
        return Err(CliError::unexpected());
    };
    if desk.out.is_json() {
        let known = OF_REGULATION.iter();
        let mut kinds: Vec<Json> =
            known.map(|(code, name)| json!({ "code": code, "name": name })).collect();
        kinds.extend(added.iter().map(as_json));
        desk.out.answer(&json!({ "kinds": kinds }));
        return Ok(Exit::Done);
    }
    for (code, name) in OF_REGULATION {
        desk.out.say(format_args!("{code}: {name} (Điều 9.2 a)"));
    }
    for (code, AddedKind { at, name, document, by, .. }) in &added {
        let at = words::instant(*at);
        desk.out.say(format_args!("{code}: {name} (văn bản {document}, {by}, {at})"));
    }
    Ok(Exit::Done)
}

impl Add {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let (paper, issuer) = self.document.read(desk)?;
        let signed = words::date(paper.signed_on);
        let kind = NewKind {
            code: self.code.trim().to_owned(),
            name: dossier::fold::tidy(&self.name),
            document: format!("{} ngày {signed} của {issuer}", paper.number),
            by: String::new(),
        };
        let code = kind.code.clone();
        let mut asker = desk.ask_as(self.document.claim())?;
        let Response::Kind(KindAnswer::Added(id)) =
            asker.call(&Request::Kind(KindOrder::Add(Box::new(kind))))?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "kind": code, "record": id }));
        } else {
            desk.out.say(format_args!("Đã thêm loại «{code}» vào danh mục của tỉnh."));
        }
        Ok(Exit::Done)
    }
}

fn as_json((code, added): &(String, AddedKind)) -> Json {
    let AddedKind { at, name, document, by, .. } = added;
    json!({ "code": code, "name": name, "document": document, "by": by,
        "at_ms": at.as_millis() })
}
