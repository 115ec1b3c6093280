//! Why something is no attachment, or may not become one.

use serde::{Deserialize, Serialize};

/// Why something is no attachment, or may not become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentFault {
    /// A cell is missing or holds another kind of value.
    #[error("a cell is missing or of another kind")]
    Cell,
    /// Title or issuer is missing, or a text is too long or not fit to be shown.
    #[error("a text is missing, too long or not fit to be shown")]
    Words,
    /// An empty file.
    #[error("the file is empty")]
    Empty,
    /// A file beyond [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX).
    #[error("the file is too large")]
    FileTooLarge,
    /// More links than [`LINKS_MAX`](super::LINKS_MAX).
    #[error("too many links")]
    Links,
    /// The dossier has [`PER_DOSSIER_MAX`](super::PER_DOSSIER_MAX) attachments.
    #[error("the dossier has as many attachments as it may have")]
    TooMany,
    /// The files would exceed [`DOSSIER_BYTES_MAX`](super::DOSSIER_BYTES_MAX).
    #[error("the files of the dossier would be too large together")]
    DossierTooLarge,
    /// A mark of secrecy, and the installation was not declared fit for it (Điều 5.3).
    #[error("the installation is not declared fit for state secrets")]
    Secret,
    /// The same file is attached already.
    #[error("the same file is attached already")]
    Known,
}

impl AttachmentFault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::Cell,
        Self::Words,
        Self::Empty,
        Self::FileTooLarge,
        Self::Links,
        Self::TooMany,
        Self::DossierTooLarge,
        Self::Secret,
        Self::Known,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::Words => "words",
            Self::Empty => "empty",
            Self::FileTooLarge => "file_too_large",
            Self::Links => "links",
            Self::TooMany => "too_many",
            Self::DossierTooLarge => "dossier_too_large",
            Self::Secret => "secret",
            Self::Known => "known",
        }
    }

    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::Cell => "Thông tin về tài liệu không đủ hoặc sai kiểu.",
            Self::Words => "Trích yếu còn trống, hoặc có chữ quá dài, ký tự ẩn.",
            Self::Empty => "Tệp rỗng.",
            Self::FileTooLarge => "Tệp lớn hơn 50 MiB.",
            Self::Links => "Gắn với quá 32 mục của phiếu.",
            Self::TooMany => "Hồ sơ đã có 200 tài liệu, không nhận thêm.",
            Self::DossierTooLarge => "Các tệp của hồ sơ gộp lại sẽ quá 1 GiB.",
            Self::Secret => "Tài liệu đóng dấu mật không được đưa vào hệ thống này (Điều 5.3).",
            Self::Known => "Tệp này đã có trong hồ sơ.",
        }
    }
}
