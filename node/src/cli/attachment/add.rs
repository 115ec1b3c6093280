//! `hoso attachment add`: one file into a dossier.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use dossier::attachment::{AttachmentFault, Description, FILE_BYTES_MAX, Kind, Link, Secrecy};
use dossier::{DossierId, fold::tidy};
use jiff::civil::Date;
use protocol::{Answer, Command, attachment::CHUNK_BYTES, core::Refused};
use serde_bytes::ByteBuf;
use serde_json::json;

use super::words::size;
use crate::cli::ask::Asker;
use crate::cli::basis::{Responsibility, date};
use crate::cli::desk::Desk;
use crate::cli::dossier::row_of;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::control::{AttachmentAnswer, AttachmentOrder, NewAttachment, Request, Response};

const EXAMPLES: &str = "\
Ví dụ:
  hoso attachment add 0f3a9c quyet-dinh.pdf --kind decision --title \"Bổ nhiệm ngạch\" \\
      --number 45/QĐ-UBND --date 15/3/2024 --issuer \"UBND huyện Đà Bắc\" --field work:1b22c0d4 \\
      --person \"Hà Văn Tú\" --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/3/2024\"
  hoso attachment add 0f3a9c bang.jpg --kind degree --title \"Bằng đại học\" \\
      --person \"Hà Văn Tú\" --declared-on 3/3/2025

Loại: decision, declaration, degree, assessment, conclusion, civil-status, health, contract, assets,
photo, other. Nhận PDF, JPEG, PNG, TIFF, DOCX, XLSX, ODT đến 50 MiB, theo nội dung chứ không theo đuôi.
Tài liệu đóng dấu mật không đưa vào hệ thống này (Điều 5.3).";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Tệp đưa vào
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    /// Loại văn bản
    #[arg(long, value_name = "LOẠI")]
    kind: String,
    /// Trích yếu
    #[arg(long, value_name = "TRÍCH YẾU")]
    title: String,
    /// Số văn bản
    #[arg(long, value_name = "SỐ", default_value = "")]
    number: String,
    /// Ngày văn bản
    #[arg(long, value_name = "NGÀY")]
    date: Option<String>,
    /// Cơ quan ban hành
    #[arg(long, value_name = "CƠ QUAN", default_value = "")]
    issuer: String,
    /// Mục của phiếu mà tài liệu chứng minh: mục, hoặc bảng:DÒNG
    #[arg(long = "field", value_name = "MỤC")]
    fields: Vec<String>,
    /// Dấu mật trên tài liệu: none, mat, toi-mat, tuyet-mat
    #[arg(long, value_name = "DẤU", default_value = "none")]
    secrecy: String,
    #[command(flatten)]
    responsibility: Responsibility,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let meta = self.responsibility.meta(desk.today()?, desk.in_session()?)?;
        let library = Library::of(desk)?;
        let today = desk.today()?;
        let mut asker = desk.ask()?;
        let id = asker.dossier(&self.dossier)?;
        let description = self.description(&library, today, &mut asker, id)?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = hand_in(&mut asker, &self.file)?;
        let new = Box::new(NewAttachment { dossier: id, name, description, meta });
        let AttachmentAnswer::Attached { row, change, media, name, content } =
            order(&mut asker, AttachmentOrder::Attach { file, new })?
        else {
            return Err(CliError::unexpected());
        };
        let level = words::level([false, false]);
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": id, "attachment": row, "change": change,
                "media": media.mime(), "name": name, "content": content, "level_text": level }));
        } else {
            let short = &row.to_string()[..8];
            desk.out.say(format_args!(
                "Đã đưa «{name}» ({}) vào hồ sơ {id}, {level}.",
                media.name_vi()
            ));
            desk.out.say(format_args!("Mã tài liệu: {short}"));
        }
        Ok(Exit::Done)
    }

    fn description(
        &self,
        library: &Library,
        today: Date,
        asker: &mut Asker,
        id: DossierId,
    ) -> Result<Description, CliError> {
        let unknown = |what: &str, text: &str, known: String| {
            CliError::usage("TL-0101", format!("{what} «{text}» không có.")).hint(known)
        };
        let kind = Kind::from_code(&self.kind).ok_or_else(|| {
            let all = Kind::ALL.map(|kind| format!("{} ({})", kind.code(), kind.name_vi()));
            unknown("Loại", &self.kind, all.join(", "))
        })?;
        let secrecy = Secrecy::from_code(&self.secrecy).ok_or_else(|| {
            let all = Secrecy::ALL.map(|mark| format!("{} ({})", mark.code(), mark.name_vi()));
            unknown("Dấu mật", &self.secrecy, all.join(", "))
        })?;
        let issued_on = self.date.as_deref().map(|text| date(text, today)).transpose()?;
        Ok(Description {
            kind,
            number: tidy(&self.number),
            issued_on,
            issuer: tidy(&self.issuer),
            title: tidy(&self.title),
            links: self.links(library, asker, id)?,
            secrecy,
        })
    }

    /// The places of the form, as the form knows them.
    fn links(
        &self,
        library: &Library,
        asker: &mut Asker,
        id: DossierId,
    ) -> Result<BTreeSet<Link>, CliError> {
        let mut links = BTreeSet::new();
        for word in &self.fields {
            let Some((table, row)) = word.split_once(':') else {
                links.insert(Link::Field(library.field(word)?.id.clone()));
                continue;
            };
            library.field(table)?;
            let Answer::Shown(shown) = asker.core(Command::Show(id))? else {
                return Err(CliError::unexpected());
            };
            let row = row_of(&shown, table, row)?;
            links.insert(Link::Row { table: table.to_owned(), row });
        }
        Ok(links)
    }
}

/// Hands in a file, piece by piece.
fn hand_in(asker: &mut Asker, path: &Path) -> Result<u64, CliError> {
    let unreadable = |error: &std::io::Error| CliError::file(path, error);
    let mut source = File::open(path).map_err(|error| unreadable(&error))?;
    let found = source.metadata().map_err(|error| unreadable(&error))?;
    if !found.is_file() {
        return Err(unreadable(&std::io::ErrorKind::IsADirectory.into()));
    }
    let length = found.len();
    if length > FILE_BYTES_MAX {
        let code = AttachmentFault::FileTooLarge.code().to_owned();
        let told = CliError::from(Refused { code: "attachment".to_owned(), detail: code });
        return Err(told.hint(format!("Tệp này {}.", size(length))));
    }
    let AttachmentAnswer::Begun { file } = order(asker, AttachmentOrder::Begin { size: length })?
    else {
        return Err(CliError::unexpected());
    };
    let mut left = length;
    while left > 0 {
        let piece = left.min(CHUNK_BYTES as u64) as usize;
        let mut bytes = vec![0; piece];
        source.read_exact(&mut bytes).map_err(|error| unreadable(&error))?;
        left -= piece as u64;
        order(asker, AttachmentOrder::Piece { file, bytes: ByteBuf::from(bytes) })?;
    }
    Ok(file)
}

/// Asks the node about the file of an attachment.
pub(in crate::cli) fn order(
    asker: &mut Asker,
    order: AttachmentOrder,
) -> Result<AttachmentAnswer, CliError> {
    match asker.call(&Request::Attachment(order))? {
        Response::Attachment(answer) => Ok(answer),
        _ => Err(CliError::unexpected()),
    }
}
