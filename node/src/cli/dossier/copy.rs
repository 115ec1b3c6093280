//! `hoso dossier print`, `export` and `unseal`: numbered copies that leave the system.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value as Json, json};

use super::show;
use crate::audit::{Claim, CopyFault, OpeningCode, open_copy, seal_copy};
use crate::cli::Outcome;
use crate::cli::claim::{Second, Viewer};
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::node::write_new;
use crate::cli::paper::{self, Sheet};
use crate::control::{Copied, CopyKind, CopyOrder, Request, Response, Taken};
use crate::environment::entropy::draw;
use crate::import::COPY_FORMAT;

const PRINT: &str = "\
Ví dụ:
  hoso dossier print 0f3a9c --purpose can-bo
  hoso dossier print 0f3a9c --purpose xac-minh --document 12/GP-UBND --out ban-in.txt
  hoso dossier print 0f3a9c --purpose luong --html --out ban-in.html

Đầu trang ghi số bản, người in, giờ in, mục đích; mỗi trang ghi lại và đánh số «Trang x/y». Số bản là số
mục nhật ký của máy ghi lần in ấy. Tài khoản phải có quyền in.";

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
    /// Thành trang HTML khổ A4, để in từ trình duyệt
    #[arg(long)]
    html: bool,
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
        let sheet = sheet(&copied, &library);
        let text = if self.html { paper::as_html(&sheet) } else { paper::as_text(&sheet) };
        if let Some(out) = &self.out {
            write_new(out, &text)?;
        }
        let Copied { taken, shown } = &copied;
        if desk.out.is_json() {
            desk.out.answer(&json!({ "copy": taken.number, "dossier": shown.dossier,
                "person": taken.person, "at_ms": taken.at.as_millis(),
                "purpose": taken.purpose, "out": self.out, "lines": sheet.lines }));
            return Ok(Exit::Done);
        }
        match &self.out {
            Some(out) => {
                desk.out.say(format_args!("Bản số {} ghi vào {}.", taken.number, out.display()));
            }
            None => desk.out.say(text.trim_end()),
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
            desk.out.answer(&json!({ "copy": copied.taken.number,
                "dossier": copied.shown.dossier, "out": self.out, "code": code }));
            return Ok(Exit::Done);
        }
        let (number, out) = (&copied.taken.number, self.out.display());
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
pub(super) fn fresh(out: Option<&Path>) -> Result<(), CliError> {
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

/// A copy as it is laid on pages.
fn sheet(copied: &Copied, library: &Library) -> Sheet {
    let shown = &copied.shown;
    Sheet {
        head: copied.taken.clone(),
        title: "HỒ SƠ CÁN BỘ, CÔNG CHỨC, VIÊN CHỨC".to_owned(),
        about: vec![
            format!("Hồ sơ {}", shown.dossier),
            format!("Đơn vị quản lý: {}", library.unit_name(&shown.unit)),
        ],
        lines: show::printed(shown, library),
    }
}

/// A copy as it is written to a file.
pub(in crate::cli) fn as_json(copied: &Copied, library: &Library) -> Json {
    let Copied { taken: Taken { number, person, at, purpose, document }, shown } = copied;
    json!({ "format": COPY_FORMAT, "copy": number, "person": person, "at_ms": at.as_millis(),
        "purpose": purpose, "document": document, "dossier": show::as_json(shown, library) })
}
