//! `hoso federation`: which other provinces are believed, and by which keys (Điều 10.3).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dossier::UnitId;
use serde_json::json;

use super::desk::Desk;
use super::error::{CliError, Exit, unsound};
use super::grant::Signer;
use super::node::write_new;
use super::{Outcome, words};
use crate::abroad::{AnchorFile, Opener};
use crate::control::{AbroadAnswer, AbroadOrder, Request, Response};

const RECIPIENT: &str = "\
Ví dụ:
  hoso federation recipient --person \"Hà Văn Tú\"

Khóa công khai để tỉnh khác niêm phong gói cho máy này; mang đến Sở Nội vụ để đưa vào giấy giới thiệu.";

const ANCHOR: &str = "\
Ví dụ:
  hoso federation anchor --name \"Tỉnh Hòa Bình\" --out hoa-binh.json --person \"Hà Văn Tú\"
  hoso federation anchor --name \"Tỉnh Hòa Bình\" --unit d150=age1… --out hoa-binh.json

Chỉ ở cấp ba. In ra các từ đối chiếu: đọc cho người của tỉnh kia nghe qua điện thoại.";

const ACCEPT: &str = "\
Ví dụ:
  hoso federation accept phu-tho.json --words \"lusab-babad-gutih-tugad-…\" \\
      --person \"Hà Văn Tú\" --second \"Bùi Thị Hòa\"

Hai người cùng nghe tỉnh kia đọc các từ và so với tệp, rồi gõ lại các từ ấy.";

const LIST: &str = "\
Ví dụ:
  hoso federation list";

/// What can be done about other provinces.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Khóa công khai của máy này để nhận gói
    #[command(after_long_help = RECIPIENT)]
    Recipient(Look),
    /// Ghi giấy giới thiệu của tỉnh này, có chữ ký (chỉ ở cấp ba)
    #[command(after_long_help = ANCHOR)]
    Anchor(Make),
    /// Tin giấy giới thiệu của tỉnh khác, sau khi hai người đối chiếu
    #[command(after_long_help = ACCEPT)]
    Accept(Accept),
    /// Xem các tỉnh đã tin
    #[command(after_long_help = LIST)]
    List(Look),
}

#[derive(Debug, Args)]
pub(super) struct Look {
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct Make {
    /// Tên tỉnh
    #[arg(long, value_name = "TÊN")]
    name: String,
    /// Tệp sẽ ghi; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: PathBuf,
    /// Khóa công khai của một đơn vị nhận: mã đơn vị=age1…; dùng nhiều lần được
    #[arg(long = "unit", value_name = "ĐƠN VỊ=KHÓA")]
    units: Vec<String>,
    /// Có giá trị bao nhiêu ngày
    #[arg(long, value_name = "NGÀY", default_value_t = 730)]
    days: u32,
    #[command(flatten)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(super) struct Accept {
    /// Giấy giới thiệu của tỉnh kia
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    /// Các từ đối chiếu, như tỉnh kia đọc
    #[arg(long, value_name = "TỪ")]
    words: String,
    /// Họ tên người thứ hai
    #[arg(long, value_name = "HỌ TÊN")]
    second: String,
    #[command(flatten)]
    signer: Signer,
}

impl Verb {
    pub(super) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        match self {
            Self::Recipient(look) => look.recipient(desk),
            Self::Anchor(make) => make.run(desk),
            Self::Accept(accept) => accept.run(desk),
            Self::List(look) => look.list(desk),
        }
    }
}

/// Asks the node about other provinces.
pub(super) fn ask(
    asker: &mut super::ask::Asker,
    order: AbroadOrder,
) -> Result<AbroadAnswer, CliError> {
    match asker.call(&Request::Abroad(order))? {
        Response::Abroad(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}

/// The anchors that are trusted.
pub(super) fn anchors(asker: &mut super::ask::Asker) -> Result<Vec<AnchorFile>, CliError> {
    let AbroadAnswer::Provinces(files) = ask(asker, AbroadOrder::Provinces)? else {
        return Err(CliError::unexpected());
    };
    Ok(files.iter().filter_map(|file| AnchorFile::read(file).ok()).collect())
}

impl Look {
    fn recipient(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.signer.claim())?;
        let AbroadAnswer::Recipient { unit, recipient } = ask(&mut asker, AbroadOrder::Recipient)?
        else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "unit": unit, "recipient": recipient }));
        } else {
            desk.out.say(format_args!("{unit}={recipient}"));
        }
        Ok(Exit::Done)
    }

    fn list(self, desk: &mut Desk<'_>) -> Outcome {
        let mut asker = desk.ask_as(self.signer.claim())?;
        let files = anchors(&mut asker)?;
        if desk.out.is_json() {
            let list: Vec<_> = files
                .iter()
                .map(|it| json!({ "anchor": it.anchor(), "words": it.words() }))
                .collect();
            desk.out.answer(&json!({ "provinces": list }));
            return Ok(Exit::Done);
        }
        if files.is_empty() {
            desk.out.say("Chưa tin tỉnh nào.");
        }
        for it in &files {
            let anchor = it.anchor();
            let until = words::instant(anchor.valid_until);
            desk.out.say(format_args!("{} ({}), đến {until}", anchor.name, anchor.province));
            desk.out.say(format_args!("  từ đối chiếu: {}", it.words()));
            let units: Vec<&str> = anchor.units.iter().map(|it| it.unit.as_str()).collect();
            desk.out.say(format_args!("  đơn vị nhận: {}", units.join(", ")));
        }
        Ok(Exit::Done)
    }
}

impl Make {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let units = self.units.iter().map(|text| opener(text)).collect::<Result<_, _>>()?;
        let mut asker = desk.ask_as(self.signer.claim())?;
        let order = AbroadOrder::Anchor { name: self.name, days: self.days, units };
        let AbroadAnswer::Paper(text) = ask(&mut asker, order)? else {
            return Err(CliError::unexpected());
        };
        let file = AnchorFile::read(text.as_bytes()).map_err(|it| unsound(it.0))?;
        write_new(&self.out, &text)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "out": self.out, "words": file.words(),
                "anchor": file.anchor() }));
        } else {
            desk.out.say(format_args!("Đã ghi giấy giới thiệu «{}».", self.out.display()));
            desk.out.say(format_args!("Từ đối chiếu: {}", file.words()));
        }
        Ok(Exit::Done)
    }
}

impl Accept {
    fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let file = super::desk::read_whole(&self.file)?;
        let mut asker = desk.ask_as(self.signer.claim())?;
        let (words, second) = (self.words, self.second);
        let order = AbroadOrder::Trust { file: file.into(), words, second };
        let AbroadAnswer::Trusted { root, name } = ask(&mut asker, order)? else {
            return Err(CliError::unexpected());
        };
        if desk.out.is_json() {
            desk.out.answer(&json!({ "root": root, "name": name }));
        } else {
            desk.out.say(format_args!("Từ nay tin giấy tờ của {name}."));
        }
        Ok(Exit::Done)
    }
}

fn opener(text: &str) -> Result<Opener, CliError> {
    let wrong = || {
        CliError::usage("GH-0150", format!("«{text}» không có dạng ĐƠN VỊ=KHÓA."))
            .hint("Lấy bằng «hoso federation recipient» ở máy của đơn vị.")
    };
    let (unit, recipient) = text.split_once('=').ok_or_else(wrong)?;
    let unit: UnitId = unit.trim().parse().map_err(|_| wrong())?;
    Ok(Opener { unit, recipient: recipient.trim().to_owned() })
}
