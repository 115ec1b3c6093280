//! What keeps a node from being set up or from running.

use std::path::Path;

use super::{CliError, Exit};
use crate::engine::EngineError;
use crate::home::HomeError;
use crate::node::ServeError;
use crate::province::SetupError;
use crate::store::StoreError;

impl From<HomeError> for CliError {
    fn from(error: HomeError) -> Self {
        let shown = |path: &Path| path.display().to_string();
        match error {
            HomeError::Missing(path) => {
                let message = format!("Thư mục «{}» chưa có máy nút nào.", shown(&path));
                Self::new(Exit::Configuration, "MN-0310", message)
                    .hint("Hãy chạy «hoso node enrol», hoặc chỉ đúng thư mục bằng --data-dir.")
            }
            HomeError::Occupied(path) => {
                let message = format!("Thư mục «{}» đã có máy nút hoặc tệp khác.", shown(&path));
                Self::new(Exit::Configuration, "MN-0311", message)
                    .hint("Hãy chọn thư mục khác. Dữ liệu đang có được giữ nguyên.")
            }
            HomeError::Io { path, source, .. } => Self::file(&path, &source),
            HomeError::Seal(error) => error.into(),
            HomeError::Clock => {
                let message = "Chứng thư cấp phát không có hiệu lực vào giờ mà máy này đang chỉ.";
                Self::new(Exit::Configuration, "MN-0313", message.to_owned())
                    .hint("Hãy kiểm tra ngày giờ của máy. Dữ liệu được giữ nguyên.")
            }
            HomeError::Damaged(file) => {
                Self::new(Exit::Unverified, "MN-0312", format!("Tệp {file} của máy nút bị hỏng."))
                    .hint("Hãy khôi phục từ bản sao lưu: hoso backup restore.")
            }
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let told = error.to_string();
        match error {
            StoreError::LockHeld { pid } => {
                let who = pid.map_or_else(String::new, |pid| format!(" (tiến trình {pid})"));
                let message = format!("Thư mục dữ liệu đang được máy nút khác dùng{who}.");
                Self::new(Exit::Locked, "KD-0401", message)
                    .hint("Mỗi thư mục chỉ một máy nút. Hãy dừng máy kia hoặc dùng --data-dir.")
            }
            StoreError::NewerFormat { found, supported } => {
                let message = format!(
                    "Dữ liệu ở định dạng {found}, chương trình này chỉ đọc đến {supported}."
                );
                Self::new(Exit::Upgrade, "KD-0402", message)
                    .hint("Hãy cài bản mới hơn. Dữ liệu được giữ nguyên.")
            }
            StoreError::OlderFormat { found, supported } => {
                let message = format!(
                    "Dữ liệu ở định dạng {found}, chưa niêm phong; chương trình này đọc từ {supported}."
                );
                Self::new(Exit::Upgrade, "KD-0405", message).hint("Dữ liệu được giữ nguyên.")
            }
            StoreError::Damage(_) | StoreError::BadFile { .. } => {
                Self::new(Exit::Unverified, "KD-0403", "Kho dữ liệu bị hỏng, không mở.")
                    .hint(format!("Đừng xóa gì; hãy khôi phục từ bản sao lưu. Chi tiết: {told}"))
            }
            StoreError::Missing(path) => Self::from(HomeError::Missing(path)),
            StoreError::Exists(path) => Self::from(HomeError::Occupied(path)),
            StoreError::DiskFull { .. } => {
                Self::failed("KD-0404", "Ổ đĩa gần đầy, không ghi thêm.")
                    .hint("Hãy giải phóng chỗ rồi thử lại. Những gì đã ghi vẫn còn nguyên.")
            }
            _ => Self::failed("KD-0400", "Kho dữ liệu không làm việc được.")
                .hint(format!("Chi tiết: {told}")),
        }
    }
}

impl From<SetupError> for CliError {
    fn from(error: SetupError) -> Self {
        let told = error.to_string();
        match error {
            SetupError::Home(error) => error.into(),
            SetupError::Store(error) => error.into(),
            SetupError::RootFile(path, error) => Self::file(&path, &error),
            SetupError::WeakPassphrase => {
                Self::usage("DL-0112", "Cụm mật khẩu phải có ít nhất 12 ký tự.")
            }
            SetupError::NoProvinceUnit => {
                Self::new(Exit::Configuration, "DU-0502", "Cơ cấu tổ chức không có đơn vị cấp ba.")
            }
            SetupError::Refused(_) => {
                Self::failed("MN-0302", "Phiếu hoặc trả lời không được chấp nhận.")
                    .hint(format!("Hãy xin phiếu mới ở cấp ba. Chi tiết: {told}"))
            }
            SetupError::Unreachable(_) => {
                Self::failed("MN-0303", "Không liên lạc được với cấp ba để nhận máy.")
                    .hint("Hãy kiểm tra --address và mạng; hoặc mang tay bằng --request-to.")
            }
            SetupError::Authority(_) | SetupError::Root(_) => {
                Self::failed("MN-0304", "Không tạo được chứng thư.")
                    .hint(format!("Chi tiết: {told}"))
            }
        }
    }
}

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        let told = error.to_string();
        match error {
            ServeError::Home(error) => error.into(),
            ServeError::Store(error) | ServeError::Engine(EngineError::Store(error)) => {
                error.into()
            }
            ServeError::Data(error) => error.into(),
            ServeError::Link(_) => Self::failed("MN-0320", "Không mở được cổng mạng.")
                .hint(format!("Hãy kiểm tra listen.peer, listen.enrol. Chi tiết: {told}")),
            ServeError::Parent(_) => {
                Self::new(Exit::Configuration, "MN-0321", "Không hiểu địa chỉ của cấp trên.")
                    .hint("Hãy sửa parent.address, ví dụ snv.hoabinh.gov.vn:7443.")
            }
            ServeError::Tls => {
                Self::new(Exit::Unverified, "MN-0322", "Chứng thư của máy không dùng được.")
                    .hint("Hãy khôi phục từ bản sao lưu, hoặc nhận máy lại.")
            }
            ServeError::Open(_)
            | ServeError::Control(_)
            | ServeError::Pages(_)
            | ServeError::Thread(_)
            | ServeError::Engine(_) => {
                Self::failed("MN-0323", "Máy nút dừng vì lỗi.").hint(format!("Chi tiết: {told}"))
            }
        }
    }
}
