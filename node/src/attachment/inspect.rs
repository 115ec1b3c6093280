//! Which files are taken: by their leading bytes and their structure, whatever their name says.
//!
//! Taken are PDF, JPEG, PNG, TIFF, DOCX, XLSX and ODT: what scanners make and offices write. A paper
//! with a digital signature is a PDF (Nghị định 30/2020), so containers of XML signatures are not
//! taken; neither are pictures that can carry scripts. What is refused is refused with its reason.
//!
//! **Invariants:** time and memory are linear in the bytes of the file; no input panics; nothing is
//! decoded, drawn or run. What lies compressed inside a PDF is not looked at.

mod image;
mod package;
mod pdf;
#[cfg(test)]
pub(crate) mod tests;

use dossier::attachment::{FILE_BYTES_MAX, MediaType};
use infer::MatcherType;
use serde::{Deserialize, Serialize};

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum UnfitFile {
    /// No bytes.
    #[error("empty file")]
    Empty,
    /// Beyond [`FILE_BYTES_MAX`].
    #[error("file too large")]
    TooLarge,
    /// A program or a script.
    #[error("a program or a script")]
    Program,
    /// A page of the web, or a picture with scripts.
    #[error("a page of the web")]
    Markup,
    /// An archive.
    #[error("an archive")]
    Archive,
    /// Some other kind of file.
    #[error("a kind of file that is not taken")]
    Unknown,
    /// Not whole, or not what its beginning says.
    #[error("damaged file")]
    Damaged,
    /// Readable only with a password: whoever comes later could not read it.
    #[error("encrypted file")]
    Encrypted,
    /// Carries macros, scripts, or files inside.
    #[error("carries scripts or files inside")]
    Active,
    /// Two kinds of file in one.
    #[error("two kinds of file in one")]
    Polyglot,
    /// Unpacks to far more than it is.
    #[error("unpacks to far too much")]
    Bomb,
    /// More pages than [`PAGES_MAX`](dossier::attachment::PAGES_MAX).
    #[error("too many pages")]
    TooManyPages,
    /// More pixels than [`PIXELS_MAX`](dossier::attachment::PIXELS_MAX).
    #[error("too many pixels")]
    TooManyPixels,
}

impl UnfitFile {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::Empty,
        Self::TooLarge,
        Self::Program,
        Self::Markup,
        Self::Archive,
        Self::Unknown,
        Self::Damaged,
        Self::Encrypted,
        Self::Active,
        Self::Polyglot,
        Self::Bomb,
        Self::TooManyPages,
        Self::TooManyPixels,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::Program => "program",
            Self::Markup => "markup",
            Self::Archive => "archive",
            Self::Unknown => "unknown",
            Self::Damaged => "damaged",
            Self::Encrypted => "encrypted",
            Self::Active => "active",
            Self::Polyglot => "polyglot",
            Self::Bomb => "bomb",
            Self::TooManyPages => "too_many_pages",
            Self::TooManyPixels => "too_many_pixels",
        }
    }

    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::Empty => "Tệp rỗng.",
            Self::TooLarge => "Tệp lớn hơn 50 MiB.",
            Self::Program => "Đây là chương trình hoặc kịch bản, không phải tài liệu.",
            Self::Markup => "Đây là trang web hoặc ảnh SVG, có thể chứa kịch bản.",
            Self::Archive => "Đây là tệp nén, hãy đưa từng tài liệu bên trong.",
            Self::Unknown => "Chỉ nhận PDF, JPEG, PNG, TIFF, DOCX, XLSX, ODT.",
            Self::Damaged => "Tệp bị hỏng hoặc bị cắt, nội dung không khớp với loại tệp.",
            Self::Encrypted => "Tệp đặt mật khẩu: người kế nhiệm sẽ không mở được.",
            Self::Active => "Tệp chứa macro, kịch bản hoặc tệp nhúng bên trong.",
            Self::Polyglot => "Tệp ghép hai loại vào một.",
            Self::Bomb => "Tệp giải nén ra quá lớn so với chính nó.",
            Self::TooManyPages => "Tài liệu quá 2.000 trang.",
            Self::TooManyPixels => "Ảnh quá 50 triệu điểm ảnh.",
        }
    }
}

/// Says what a file is.
///
/// # Errors
/// [`UnfitFile`] when it is nothing that is taken.
pub fn inspect(bytes: &[u8]) -> Result<MediaType, UnfitFile> {
    if bytes.is_empty() {
        return Err(UnfitFile::Empty);
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(UnfitFile::TooLarge);
    }
    let media = match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => {
            pdf::judge(bytes)?;
            MediaType::Pdf
        }
        [0xff, 0xd8, 0xff, ..] => {
            image::judge_jpeg(bytes)?;
            MediaType::Jpeg
        }
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => {
            image::judge_png(bytes)?;
            MediaType::Png
        }
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => {
            image::judge_tiff(bytes)?;
            MediaType::Tiff
        }
        [b'P', b'K', 3, 4, ..] => package::judge(bytes)?,
        other => return Err(refuse(other)),
    };
    if media != MediaType::Docx && media != MediaType::Xlsx && media != MediaType::Odt {
        let appended = package::directory(bytes).is_some();
        if appended || (media != MediaType::Pdf && holds_markup(bytes)) {
            return Err(UnfitFile::Polyglot);
        }
    }
    Ok(media)
}

/// Why a file that begins like none of those taken is refused.
fn refuse(bytes: &[u8]) -> UnfitFile {
    let head = &bytes[..bytes.len().min(1024)];
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.starts_with(b"#!") {
        return UnfitFile::Program;
    }
    if text.starts_with(b"<") || holds_markup(head) {
        return UnfitFile::Markup;
    }
    match infer::get(bytes).map(|kind| kind.matcher_type()) {
        Some(MatcherType::App) => UnfitFile::Program,
        Some(MatcherType::Archive) => UnfitFile::Archive,
        Some(MatcherType::Text) => UnfitFile::Markup,
        _ => UnfitFile::Unknown,
    }
}

/// Whether something that a browser would run stands anywhere in the bytes.
fn holds_markup(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 4] = [b"<script", b"<!doctype html", b"<html>", b"<iframe"];
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[at..];
        let begins = |mark: &&[u8]| {
            rest.get(..mark.len()).is_some_and(|front| front.eq_ignore_ascii_case(mark))
        };
        if MARKS.iter().any(begins) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}
