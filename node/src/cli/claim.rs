//! Who reads, and why: options of every verb that shows dossiers. What is said is recorded.

use std::path::PathBuf;

use clap::Args;

use super::account::secret;
use super::error::CliError;
use crate::account::Secret;
use crate::audit::Claim;
use crate::grant::purpose;

/// Who reads, and why.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Reader {
    /// Họ tên người xem, ghi vào nhật ký (hoặc biến HOSO_PERSON)
    #[arg(long, env = "HOSO_PERSON", value_name = "HỌ TÊN")]
    person: Option<String>,
    /// Mục đích khai thác, ghi vào nhật ký: quan-ly, cap-nhat, kiem-duyet, can-bo, luong,
    /// khen-ky-luat, xac-minh, kiem-tra, ca-nhan, hoặc câu tự ghi (hoặc biến HOSO_PURPOSE)
    #[arg(long, env = "HOSO_PURPOSE", value_name = "MỤC ĐÍCH")]
    purpose: Option<String>,
    /// Số văn bản làm căn cứ để xem; bắt buộc khi hồ sơ ngoài phạm vi được giao (Điều 8.1)
    #[arg(long, value_name = "SỐ VĂN BẢN")]
    document: Option<String>,
}

impl Reader {
    /// The claim as it is sent to the node.
    pub(super) fn claim(&self) -> Claim {
        let tidy = |text: &Option<String>| text.as_deref().map(dossier::fold::tidy);
        Claim {
            person: tidy(&self.person).unwrap_or_default(),
            purpose: self.purpose.as_deref().map(purpose).unwrap_or_default(),
            document: tidy(&self.document).unwrap_or_default(),
            ..Claim::default()
        }
    }
}

/// The second proof that is asked for what leaves the system and for a take-over.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Second {
    /// Hỏi mã hai lớp tại màn hình; phải có khi đơn vị đã có tài khoản
    #[arg(long)]
    second: bool,
    /// Tệp có mã hai lớp đang hiện trên điện thoại
    #[arg(long, value_name = "TỆP")]
    second_file: Option<PathBuf>,
}

impl Second {
    /// The digits, where they are given.
    pub(super) fn read(&self) -> Result<Option<Secret>, CliError> {
        match (self.second_file.as_deref(), self.second) {
            (None, false) => Ok(None),
            (file, _) => secret(file, "Mã hai lớp: ").map(Some),
        }
    }
}

/// Who looks into a dossier, and how far.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Viewer {
    #[command(flatten)]
    reader: Reader,
    /// Hiện cả mục nhạy cảm và thông tin người thứ ba; phải có --purpose, có ghi nhật ký
    #[arg(long)]
    unmask: bool,
}

impl Viewer {
    /// The claim as it is sent to the node.
    pub(super) fn claim(&self) -> Claim {
        Claim { unmask: self.unmask, ..self.reader.claim() }
    }
}
