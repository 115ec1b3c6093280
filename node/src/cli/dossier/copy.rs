//! `hoso dossier print`, `export` and `unseal`: numbered copies that leave the system.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value as Json, json};

use super::show;
use crate::audit::{Claim, CopyFault, OpeningCode, open_copy, seal_copy};
use crate::cli::claim::{Second, Viewer};
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::node::write_new;
use crate::cli::{Outcome, words};
use crate::control::{Copied, CopyKind, CopyOrder, Request, Response};
use crate::environment::entropy::draw;
use crate::import::COPY_FORMAT;

const PRINT: &str = "\
Ví dụ:
  hoso dossier print 0f3a9c --purpose can-bo
  hoso dossier print 0f3a9c --purpose xac-minh --document 12/GP-UBND --out ban-in.txt

Đầu trang ghi số bản, người in, giờ in, mục đích; số bản là số mục nhật ký của máy ghi lần in ấy.";

const EXPORT: &str = "\
Ví dụ:
  hoso dossier export 0f3a9c --purpose can-bo --out ho-so.json --second
  hoso dossier export 0f3a9c --purpose can-bo --out ho-so.json --seal --second

--seal niêm phong tệp; mã mở chỉ in ra một lần, giao riêng. Một người in hoặc kết xuất quá 10 hồ sơ
trong một giờ thì bị từ chối, trừ khi Sở Nội vụ cho phép: hoso grant copies.";

const UNSEAL: &str = "\
Ví dụ:
  hoso dossier unseal ho-so.json --code 1f0c-… --out ho-so-mo.json";

/// The largest sealed file that is read, in bytes.
const FILE_MAX: u64 = 64 * 1024 * 1024;

/// Which dossier, for whom, to what purpose.
#[derive(Debug, Args)]
struct Wanted {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    #[command(flatten)]
    viewer: Viewer,
}

#[derive(Debug, Args)]
#[command(after_long_help = PRINT)]
pub(in crate::cli) struct Print {
    #[command(flatten)]
    wanted: Wanted,
    /// Tệp sẽ ghi; không ghi đè tệp đã có. Không có thì in ra màn hình
    #[arg(long, value_name = "TỆP")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = EXPORT)]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    wanted: Wanted,
    /// Tệp sẽ ghi; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: PathBuf,
    /// Niêm phong tệp dưới một mã mở
    #[arg(long)]
    seal: bool,
    #[command(flatten)]
    second: Second,
}

#[derive(Debug, Args)]
#[command(after_long_help = UNSEAL)]
pub(in crate::cli) struct Unseal {
    /// Tệp đã niêm phong
    #[arg(value_name = "TỆP")]
    file: PathBuf,
    /// Mã mở
    #[arg(long, value_name = "MÃ")]
    code: String,
    /// Tệp sẽ ghi; không ghi đè tệp đã có
    #[arg(long, value_name = "TỆP")]
    out: PathBuf,
}

impl Wanted {
    /// Has the node make a copy.
    fn copy(&self, desk: &Desk<'_>, kind: CopyKind, claim: Claim) -> Result<Copied, CliError> {
        let mut asker = desk.ask_as(claim)?;
        let dossier = asker.dossier(&self.dossier)?;
        match asker.call(&Request::Copy(CopyOrder { dossier, kind }))? {
            Response::Copied(copied) => Ok(*copied),
            _ => Err(CliError::unexpected()),
        }
    }
}

impl Print {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        fresh(self.out.as_deref())?;
        let library = Library::of(desk)?;
        let copied = self.wanted.copy(desk, CopyKind::Print, self.wanted.viewer.claim())?;
        let mut lines = head(&copied, &library);
        lines.extend(show::printed(&copied.shown, &library));
        if let Some(out) = &self.out {
            write_new(out, &format!("{}\n", lines.join("\n")))?;
        }
        if desk.out.is_json() {
            desk.out.answer(&json!({ "copy": copied.number, "dossier": copied.shown.dossier,
                "person": copied.person, "at_ms": copied.at.as_millis(),
                "purpose": copied.purpose, "out": self.out, "lines": lines }));
            return Ok(Exit::Done);
        }
        match &self.out {
            Some(out) => {
                desk.out.say(format_args!("Bản số {} ghi vào {}.", copied.number, out.display()));
            }
            None => lines.iter().for_each(|line| desk.out.say(line)),
        }
        Ok(Exit::Done)
    }
}

impl Export {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        // A copy that cannot be written is not to be counted.
        fresh(Some(&self.out))?;
        let library = Library::of(desk)?;
        let claim = Claim { second: self.second.read()?, ..self.wanted.viewer.claim() };
        let copied = self.wanted.copy(desk, CopyKind::Export, claim)?;
        let plain = as_json(&copied, &library).to_string();
        let code = self.seal.then(|| OpeningCode::from_bytes(draw(&*desk.environment.entropy)));
        let text = match &code {
            None => plain,
            Some(code) => seal_copy(plain, code),
        };
        write_new(&self.out, &text)?;
        let code = code.map(|code| code.text());
        if desk.out.is_json() {
            desk.out.answer(&json!({ "copy": copied.number, "dossier": copied.shown.dossier,
                "out": self.out, "code": code }));
            return Ok(Exit::Done);
        }
        let (number, out) = (&copied.number, self.out.display());
        desk.out.say(format_args!("Đã kết xuất bản số {number} vào {out}."));
        if let Some(code) = code {
            desk.out.say(format_args!("Mã mở: {code}"));
            desk.out.say("  Hãy ghi mã ra giấy và giao riêng; mã này không xem lại được.");
        }
        Ok(Exit::Done)
    }
}

impl Unseal {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let code: OpeningCode =
            self.code.parse().map_err(|_| CliError::usage("DL-0160", "Mã mở không đúng dạng."))?;
        let text = bounded(&self.file)?;
        let plain = open_copy(&text, &code).map_err(|fault| match fault {
            CopyFault::Foreign => {
                CliError::failed("DL-0161", "Tệp không phải bản kết xuất đã niêm phong.")
            }
            CopyFault::Shut => CliError {
                exit: Exit::Unverified,
                ..CliError::failed("DL-0162", "Mã mở sai, hoặc tệp đã bị sửa.")
            },
        })?;
        write_new(&self.out, &plain)?;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "out": self.out }));
        } else {
            desk.out.say(format_args!("Đã mở vào {}.", self.out.display()));
        }
        Ok(Exit::Done)
    }
}

/// That a file to be written is not there.
fn fresh(out: Option<&Path>) -> Result<(), CliError> {
    match out.filter(|path| path.exists()) {
        Some(path) => Err(CliError::file(path, &std::io::ErrorKind::AlreadyExists.into())),
        None => Ok(()),
    }
}

fn bounded(path: &Path) -> Result<String, CliError> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_MAX).read_to_string(&mut text))
        .map_err(|error| CliError::file(path, &error))?;
    Ok(text)
}

/// What stands above every printed copy.
fn head(copied: &Copied, library: &Library) -> Vec<String> {
    let Copied { number, person, at, purpose, document, shown } = copied;
    let mut lines = vec![
        format!("BẢN IN SỐ {number}"),
        format!("Người in: {person}; lúc {}", words::instant(*at)),
        format!("Mục đích: {purpose}"),
    ];
    if !document.is_empty() {
        lines.push(format!("Theo văn bản: {document}"));
    }
    lines.push(format!("Hồ sơ {}", shown.dossier));
    lines.push(format!("Đơn vị quản lý: {}", library.unit_name(&shown.unit)));
    lines
}

fn as_json(copied: &Copied, library: &Library) -> Json {
    let Copied { number, person, at, purpose, document, shown } = copied;
    json!({ "format": COPY_FORMAT, "copy": number, "person": person, "at_ms": at.as_millis(),
        "purpose": purpose, "document": document, "dossier": show::as_json(shown, library) })
}
