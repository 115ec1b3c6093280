//! What keeps sealed data shut, told to a person.

use super::{CliError, Exit};
use crate::seal::SealError;

impl From<SealError> for CliError {
    fn from(error: SealError) -> Self {
        let settings = |code, message: String| Self::new(Exit::Configuration, code, message);
        match error {
            SealError::KeyFileMissing(path) => {
                let message = format!("Không thấy tệp khóa «{}», chưa mở gì.", path.display());
                settings("KM-0101", message)
                    .hint("Hãy cắm thẻ giữ tệp khóa, hoặc chỉ đúng chỗ bằng seal.key_file.")
            }
            SealError::KeyFileDamaged(path) => {
                let message = format!("«{}» không phải tệp khóa còn nguyên.", path.display());
                settings("KM-0102", message).hint("Hãy dùng bản sao khác của tệp khóa.")
            }
            SealError::PassphraseMissing => {
                settings("KM-0103", "Chưa có cụm mật khẩu mở dữ liệu.".to_owned()).hint(
                    "Chạy tại màn hình để được hỏi, hoặc đặt HOSO_PASSPHRASE_FILE là tệp chứa nó.",
                )
            }
            SealError::WrongKey => {
                let message = "Khóa không mở được dữ liệu này, chưa mở gì.".to_owned();
                settings("KM-0104", message)
                    .hint("Hãy thử lại đúng khóa. Nếu đã mất: «hoso keys recover» với mã phục hồi.")
            }
            SealError::Unsealed(path) => {
                let message =
                    format!("Dữ liệu trong «{}» chưa được niêm phong, không mở.", path.display());
                Self::new(Exit::Upgrade, "KM-0105", message)
                    .hint("Dữ liệu thuộc bản chương trình cũ và được giữ nguyên.")
            }
            SealError::NewerFormat { found, supported } => {
                let message = format!(
                    "Niêm phong ở định dạng {found}, chương trình này chỉ đọc đến {supported}."
                );
                Self::new(Exit::Upgrade, "KM-0106", message)
                    .hint("Hãy cài bản mới hơn. Dữ liệu được giữ nguyên.")
            }
            SealError::KeyFileInside(path) => {
                let path = path.display();
                settings("KM-0107", format!("Tệp khóa «{path}» nằm ngay trong thư mục dữ liệu."))
                    .hint("Ai lấy được thư mục sẽ lấy được cả khóa. Hãy chọn chỗ khác.")
            }
            SealError::Damaged(path) => {
                let message = format!("Tệp «{}» bị hỏng, không mở được dữ liệu.", path.display());
                Self::new(Exit::Unverified, "KM-0108", message)
                    .hint("Hãy chép lại tệp này từ bản «hoso keys backup» mới nhất.")
            }
            SealError::WeakPassphrase => {
                Self::usage("DL-0112", "Cụm mật khẩu phải có ít nhất 12 ký tự.")
            }
            SealError::SameKey => {
                Self::failed("KM-0109", "Khóa mới chính là khóa đang dùng, chưa đổi gì.")
                    .hint("Hãy chọn cụm mật khẩu khác, hoặc bỏ --key-file để lập tệp khóa mới.")
            }
            SealError::NotOnDisk => Self::failed("KM-0100", "Không có niêm phong nào trên đĩa."),
            SealError::Io { path, source, .. } => Self::file(&path, &source),
        }
    }
}
