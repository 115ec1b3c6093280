//! The kinds of file that are accepted.

use serde::{Deserialize, Serialize};

/// What the bytes of an attachment are. Nothing else is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MediaType {
    /// PDF; papers signed with a digital signature are PDF too.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF, of any number of pages.
    Tiff,
    /// A text document of Office Open XML.
    Docx,
    /// A workbook of Office Open XML.
    Xlsx,
    /// A text document of OpenDocument.
    Odt,
}

impl MediaType {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Pdf, Self::Jpeg, Self::Png, Self::Tiff, Self::Docx, Self::Xlsx, Self::Odt];

    /// Its registered name.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
        }
    }

    /// The kind of a registered name.
    pub fn from_mime(mime: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.mime() == mime)
    }

    /// Endings a name of such a file has; the first is given to one that has none of them.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Tiff => &["tif", "tiff"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Odt => &["odt"],
        }
    }

    /// What people call it.
    pub fn name_vi(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Jpeg => "ảnh JPEG",
            Self::Png => "ảnh PNG",
            Self::Tiff => "ảnh TIFF",
            Self::Docx => "văn bản DOCX",
            Self::Xlsx => "bảng tính XLSX",
            Self::Odt => "văn bản ODT",
        }
    }
}
